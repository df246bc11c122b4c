package probes;

import javacardx.framework.math.*;
import javacardx.framework.util.intx.JCint;
import javacard.framework.JCSystem;

/** BCDUtil, ParityBit, JCint. */
final class Numbers {

    static short call(byte method) {
        short[] s = Api.s;
        byte[] a = Api.a;
        byte[] out = Api.out;
        switch (method) {
            case 0x01: return BCDUtil.convertToHex(a, s[0], s[1], out, s[2]);
            case 0x02: return BCDUtil.convertToBCD(a, s[0], s[1], out, s[2]);
            case 0x03: return Api.of(BCDUtil.isBCDFormat(a, s[0], s[1]));
            case 0x04: return BCDUtil.getMaxBytesSupported();
            case 0x05:
                ParityBit.set(a, s[0], s[1], s[2] != 0);
                return copy(a);
            case 0x06: JCint.setInt(out, (short) 0, JCint.makeInt((byte) s[0], (byte) s[1], (byte) s[2], (byte) s[3])); return 0;
            case 0x07: JCint.setInt(out, (short) 0, JCint.makeInt(s[0], s[1])); return 0;
            case 0x08: return JCint.setInt(out, s[0], JCint.getInt(a, s[1]));
            case 0x09:
                int[] ints = JCint.makeTransientIntArray(s[0], (byte) s[1]);
                if (ints.length > 0) {
                    ints[0] = JCint.makeInt((short) 0x1234, (short) 0x5678);
                    JCint.setInt(out, (short) 0, ints[0]);
                }
                return JCSystem.isTransient(ints);
            case 0x0A: new BCDUtil(); new ParityBit(); return 0;
            default: return Api.unknown();
        }
    }

    static short copy(byte[] from) {
        return javacard.framework.Util.arrayCopyNonAtomic(from, (short) 0, Api.out, (short) 0, (short) from.length);
    }
}
