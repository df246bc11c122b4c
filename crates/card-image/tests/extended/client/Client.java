package client;

import app.Shared;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import lib.Full;
import lib.Plain;

/** Of another file: extends a class of the extended file's library and calls its applet. */
public class Client extends Applet {
    private final Near near = new Near();

    public static void install(byte[] data, short offset, byte length) {
        new Client().register();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        short by = (short) (buffer[ISO7816.OFFSET_P1] & 0xFF);
        near.value++;
        short changed;
        try {
            changed = near.change(by);
        } catch (Full full) {
            changed = full.by;
        }
        byte[] name = {(byte) 0xF0, 'e', 'x', 't', 'e', 'n', 1};
        Shared shared = (Shared) JCSystem.getAppletShareableInterfaceObject(
                JCSystem.lookupAID(name, (short) 0, (byte) name.length), (byte) 0);
        Util.setShort(buffer, (short) 0, changed);
        Util.setShort(buffer, (short) 2, near.sum());
        Util.setShort(buffer, (short) 4, shared.ask(by));
        apdu.setOutgoingAndSend((short) 0, (short) 6);
    }
}
