package hostile;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Shareable;
import javacard.framework.Util;

/**
 * Honest as it stands. The test makes of each "return null" below a return of the argument, so that any number becomes a
 * reference of any type: what no verifier lets through.
 */
public final class Hostile extends Applet {
    private Hostile next;
    private byte[] large;
    private short mark = 0x55;

    static byte[] bytes(short number) {
        return null;
    }

    static short[] shorts(short number) {
        return null;
    }

    static Object[] objects(short number) {
        return null;
    }

    static Object object(short number) {
        return null;
    }

    static Hostile hostile(short number) {
        return null;
    }

    static Applet applet(short number) {
        return null;
    }

    static RuntimeException exception(short number) {
        return null;
    }

    static Shareable shareable(short number) {
        return null;
    }

    static APDU apdu(short number) {
        return null;
    }

    public static void install(byte[] data, short offset, byte length) {
        new Hostile().register();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        short number = Util.getShort(buffer, ISO7816.OFFSET_P1);
        short answer = 0;
        switch (buffer[ISO7816.OFFSET_INS]) {
            case 0x00: answer = mark; break;
            case 0x10: answer = bytes(number)[0]; break;
            case 0x11: bytes(number)[1] = 1; break;
            case 0x12: answer = shorts(number)[2]; break;
            case 0x13: shorts(number)[3] = 4; break;
            case 0x14: objects(number)[0] = this; break;
            case 0x15: answer = (short) objects(number).length; break;
            case 0x16: answer = (short) (object(number).equals(this) ? 1 : 0); break;
            case 0x17: hostile(number).next = this; break;
            case 0x18: answer = hostile(number).mark; break;
            case 0x19: applet(number).process(apdu); break;
            case 0x1A: applet(number).deselect(); break;
            case 0x1B: throw exception(number);
            case 0x1C: answer = (short) (shareable(number) instanceof Applet ? 1 : 0); break;
            case 0x1D: answer = (short) apdu(number).getBuffer().length; break;
            case 0x1E: Util.arrayCopy(bytes(number), (short) 0, buffer, (short) 0, (short) 100); break;
            case 0x1F: Util.arrayFillNonAtomic(bytes(number), (short) 0, (short) 1, (byte) 0); break;
            case 0x20: next = hostile(number); break;
            case 0x21: large = bytes(number); JCSystem.requestObjectDeletion(); break;
            case 0x30: recurse(number); break;
            case 0x31: while (true) { allocate(); }
            case 0x32: while (true) { mark++; }
            case 0x33: while (true) { JCSystem.makeTransientByteArray((short) 100, JCSystem.CLEAR_ON_RESET); }
            default: ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
        Util.setShort(buffer, (short) 0, answer);
        apdu.setOutgoingAndSend((short) 0, (short) 2);
    }

    private short recurse(short depth) {
        return (short) (recurse((short) (depth + 1)) + 1);
    }

    private void allocate() {
        Hostile more = new Hostile();
        more.next = next;
        more.large = new byte[1000];
        next = more;
    }
}
