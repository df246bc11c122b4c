package semantics;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.Util;

/** Runs one case, P1, on all the arguments in a command: two shorts and a byte each, one short for an answer. */
public class Runner extends Applet {
    public static void install(byte[] parameters, short offset, byte length) {
        new Runner().register();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) return;
        byte[] buffer = apdu.getBuffer();
        short number = (short) (buffer[ISO7816.OFFSET_P1] & 0xFF);
        short end = (short) (ISO7816.OFFSET_CDATA + apdu.setIncomingAndReceive());
        short to = 0;
        for (short at = ISO7816.OFFSET_CDATA; at < end; at += 5) {
            short a = Util.getShort(buffer, at);
            short b = Util.getShort(buffer, (short) (at + 2));
            to = Util.setShort(buffer, to, Cases.run(number, a, b, buffer[(short) (at + 4)]));
        }
        apdu.setOutgoingAndSend((short) 0, to);
    }
}
