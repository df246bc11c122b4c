package hello;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;

/** The smallest useful applet: it answers with a greeting. */
public final class Hello extends Applet {

    private static final byte CLASS = (byte) 0x80;
    private static final byte GREET = 0x00;
    private static final byte[] GREETING = {'H', 'e', 'l', 'l', 'o'};

    private Hello() {
        register();
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new Hello();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        if (buffer[ISO7816.OFFSET_CLA] != CLASS) {
            ISOException.throwIt(ISO7816.SW_CLA_NOT_SUPPORTED);
        }
        if (buffer[ISO7816.OFFSET_INS] != GREET) {
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
        short length = (short) GREETING.length;
        Util.arrayCopyNonAtomic(GREETING, (short) 0, buffer, (short) 0, length);
        apdu.setOutgoingAndSend((short) 0, length);
    }
}
