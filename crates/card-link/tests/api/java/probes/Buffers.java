package probes;

import javacard.framework.*;
import javacardx.framework.nio.*;
import javacardx.framework.util.intx.JCint;

/**
 * ByteBuffer: made anew for each command over a, with position s[0], limit s[1] and, if s[2] is 1, little-endian; if s[3]
 * is 1, it is read-only, if 2, direct with the contents of a.
 */
final class Buffers {

    static ByteBuffer make() {
        short[] s = Api.s;
        ByteBuffer buffer = s[3] == 2 ? ByteBuffer.allocateDirect(Api.a.length) : ByteBuffer.wrap(Api.a);
        if (s[3] == 2) {
            buffer.put(Api.a);
            buffer.rewind();
        }
        buffer.limit(s[1]).position(s[0]);
        if (s[3] == 1) {
            buffer = buffer.asReadOnlyBuffer();
        }
        return buffer.order(s[2] == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    }

    static short call(byte method) {
        short[] s = Api.s;
        byte[] a = Api.a;
        byte[] b = Api.b;
        byte[] out = Api.out;
        short x = s[4];
        short y = s[5];
        switch (method) {
            case 0x01: return marks(ByteBuffer.allocateDirect(s[0]));
            case 0x02: return marks(ByteBuffer.wrap(a));
            case 0x03: return marks(ByteBuffer.wrap(a, s[0], s[1]));
            case 0x04: return marks(ByteBuffer.wrap(APDU.getCurrentAPDUBuffer()));
            case 0x05: return Api.of(ByteOrder.BIG_ENDIAN == ByteOrder.BIG_ENDIAN && ByteOrder.BIG_ENDIAN != ByteOrder.LITTLE_ENDIAN);
            default: break;
        }
        ByteBuffer buffer = make();
        switch (method) {
            case 0x10: return marks(buffer);
            case 0x11: return marks(buffer.position(x));
            case 0x12: return marks(buffer.limit(x));
            case 0x13: return marks(buffer.clear());
            case 0x14: return marks(buffer.flip());
            case 0x15: return marks(buffer.rewind());
            case 0x16: return flags(buffer);
            case 0x17: return (short) ((byte[]) ((Buffer) buffer).array()).length;
            case 0x18: return (short) buffer.arrayOffset();
            case 0x19: return Api.of(buffer.order() == ByteOrder.LITTLE_ENDIAN);
            case 0x1A: return marks(buffer.slice());
            case 0x1B: return flags(((ByteBuffer) ((Buffer) buffer).slice()).asReadOnlyBuffer());
            case 0x1C: buffer.order(null); return 0;
            case 0x1D: return (short) buffer.slice().arrayOffset();

            case 0x20: out[0] = buffer.get(); return (short) buffer.position();
            case 0x21: out[0] = buffer.get(x); return (short) buffer.position();
            case 0x22: Util.setShort(out, (short) 0, buffer.getShort()); return (short) buffer.position();
            case 0x23: Util.setShort(out, (short) 0, buffer.getShort(x)); return (short) buffer.position();
            case 0x24: JCint.setInt(out, (short) 0, buffer.getInt()); return (short) buffer.position();
            case 0x25: JCint.setInt(out, (short) 0, buffer.getInt(x)); return (short) buffer.position();
            case 0x26: return show(buffer.put((byte) x));
            case 0x27: return show(buffer.put(x, (byte) y));
            case 0x28: return show(buffer.putShort(x));
            case 0x29: return show(buffer.putShort(x, y));
            case 0x2A: return show(buffer.putInt(JCint.makeInt(x, y)));
            case 0x2B: return show(buffer.putInt(x, JCint.makeInt(y, s[6])));
            case 0x2C: return (short) buffer.get(out, x, y).position();
            case 0x2D:
                byte[] all = new byte[x];
                buffer.get(all);
                Numbers.copy(all);
                return (short) buffer.position();
            case 0x2E: return show(buffer.put(b, x, y));
            case 0x2F: return show(buffer.put(b));
            case 0x30: {
                ByteBuffer source = ByteBuffer.wrap(b, x, y);
                buffer.put(source);
                return (short) (show(buffer) + 100 * source.remaining());
            }
            case 0x31: return show(buffer.put(buffer));
            case 0x32: return show(buffer.compact());
            case 0x33: return (short) buffer.compareTo(ByteBuffer.wrap(b));
            case 0x34: return show(((ByteBuffer) ((Buffer) buffer).slice()).put((byte) x));
            default: return Api.unknown();
        }
    }

    /** Position; limit and capacity, and what remains. */
    private static short marks(Buffer buffer) {
        Util.setShort(Api.out, (short) 0, (short) buffer.limit());
        Util.setShort(Api.out, (short) 2, (short) buffer.capacity());
        Util.setShort(Api.out, (short) 4, (short) (buffer.hasRemaining() ? buffer.remaining() : -1));
        return (short) buffer.position();
    }

    private static short flags(Buffer buffer) {
        return (short) (Api.of(buffer.isReadOnly()) + 2 * Api.of(buffer.hasArray()) + 4 * Api.of(buffer.isDirect()));
    }

    /** Position; the array. */
    private static short show(Buffer buffer) {
        Numbers.copy(Api.a);
        return (short) buffer.position();
    }
}
