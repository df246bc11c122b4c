package client;
// uses: library
// applets: Client

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.JCSystem;
import javacard.framework.Shareable;
import library.Service;
import library.Shared;

public class Client extends Applet implements Service {
    private final Shared shared = new Mine();

    public static void install(byte[] parameters, short offset, byte length) {
        new Client().register();
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        if (selectingApplet()) return;
        if (buffer[ISO7816.OFFSET_INS] == 1) Shared.changes = Shared.twice(shared.step());
        apdu.setOutgoingAndSend((short) 0, serve(buffer, Shared.LIMIT));
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) { return this; }

    public short serve(byte[] buffer, short offset) {
        buffer[offset] = Shared.table[1];
        return ((Service) JCSystem.getAppletShareableInterfaceObject(null, (byte) 0)).serve(buffer, offset);
    }
}

class Mine extends Shared {
    public short step() { reset(); return (short) (super.step() + 1); }

    short more() { return 5; }
}
