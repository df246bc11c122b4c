package single;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.Shareable;

/** Can be selected on one channel only, as can its whole package. */
public class Single extends Applet implements Gate {
    public static void install(byte[] data, short offset, byte length) {
        new Single().register();
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return this;
    }

    public void process(APDU apdu) {
    }

    public short pass() {
        return 7;
    }
}
