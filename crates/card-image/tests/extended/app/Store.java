package app;

import inner.Step;
import inner.Worker;
import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Resources;
import javacard.framework.Shareable;
import javacard.framework.Util;
import lib.Box;

public class Store extends Applet implements Shared {
    private final Worker worker = new Worker((short) 10);

    public static void install(byte[] data, short offset, byte length) {
        new Store().register();
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return this;
    }

    public short ask(short number) {
        return (short) (worker.value + number);
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        short by = (short) (buffer[ISO7816.OFFSET_P1] & 0xFF);
        short length = 2;
        switch (buffer[ISO7816.OFFSET_INS]) {
            case 0x10:
                Step step = worker;
                Util.setShort(buffer, (short) 0, step.step(by));
                break;
            case 0x12:
                Util.setShort(buffer, (short) 0, worker.open());
                Util.setShort(buffer, (short) 2, worker.own());
                Util.setShort(buffer, (short) 4, worker.last);
                worker.bytes[3] = (byte) (worker.value + Step.LIMIT);
                buffer[6] = worker.bytes[3];
                length = 7;
                break;
            case 0x14:
                length = Util.arrayCopyNonAtomic(Box.TABLE, (short) 0, buffer, (short) 0, (short) Box.TABLE.length);
                break;
            case 0x16:
                Resources resources = Resources.getResources();
                byte[] view = resources.getView(by);
                short size = resources.getSize(by);
                Util.setShort(buffer, (short) 0, size);
                length = Util.arrayCopyNonAtomic(view, (short) 0, buffer, (short) 2, (short) view.length);
                break;
            case 0x18:
                byte[] part = Resources.getResources().getView(by, (short) 1, (short) 2);
                part[0] = 9;
                break;
            case 0x1A:
                Util.setShort(buffer, (short) 0, Box.made);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
        apdu.setOutgoingAndSend((short) 0, length);
    }
}
