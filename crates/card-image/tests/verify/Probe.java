package probe;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Shareable;
import javacard.framework.Util;

/** Uses what the verifier must understand: fields, arrays, interfaces, exceptions, switches, int and casts. */
public class Probe extends Applet implements Counter {
    private static final byte[] TABLE = {1, 2, 3, 5};
    static short calls;

    private short count;
    private byte small;
    private boolean on;
    private byte[] buffer;
    private Object[] slots;
    private Counter next;
    int total;

    protected Probe(short size) {
        buffer = new byte[size];
        slots = new Object[(short) 4];
        next = this;
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new Probe((short) 32).register();
    }

    public Shareable getShareableInterfaceObject(javacard.framework.AID client, byte parameter) {
        return parameter == 1 ? this : null;
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] command = apdu.getBuffer();
        calls++;
        switch (command[ISO7816.OFFSET_INS]) {
            case 1:
                count = next((short) 1);
                break;
            case 2:
                fill(command);
                break;
            case 3:
                total += count;
                break;
            case 100:
                choose(command[ISO7816.OFFSET_P1]).next(count);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
        Util.setShort(command, (short) 0, (short) (total >> 3));
        apdu.setOutgoingAndSend((short) 0, (short) 2);
    }

    public short next(short step) {
        return (short) (count + step);
    }

    private void fill(byte[] command) {
        short at = 0;
        try {
            for (at = 0; at < (short) buffer.length; at++) {
                buffer[at] = (byte) (command[at] ^ TABLE[(short) (at & 3)]);
            }
            slots[0] = command;
            Object held = slots[0];
            if (held instanceof byte[]) {
                small = ((byte[]) held)[0];
            }
        } catch (ArrayIndexOutOfBoundsException e) {
            on = !on;
        } finally {
            count = at;
        }
    }

    private Counter choose(byte which) {
        Counter chosen;
        if (which == 0) {
            chosen = new Steps((byte) 2);
        } else {
            chosen = this;
        }
        return chosen;
    }
}
