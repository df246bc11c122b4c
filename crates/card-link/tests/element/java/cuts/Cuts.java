package cuts;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.framework.Util;

/** Changes persistent state in each way there is; instruction 00 shows all of it. */
public final class Cuts extends Applet {
    private static final byte TRIES = 5;
    private static short total;

    private final OwnerPIN pin = new OwnerPIN(TRIES, (byte) 4);
    private final byte[] record = new byte[16];
    private final byte[] large = new byte[2048];
    private short counter;
    private Node list;

    private Cuts(byte[] data, short offset) {
        byte[] right = {1, 2, 3, 4};
        pin.update(right, (short) 0, (byte) 4);
        for (byte i = 0; i < 3; i++) {
            list = new Node(list);
        }
    }

    public static void install(byte[] data, short offset, byte length) {
        new Cuts(data, offset).register();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        byte p1 = buffer[ISO7816.OFFSET_P1];
        switch (buffer[ISO7816.OFFSET_INS]) {
            case 0x00: show(apdu, buffer); return;
            case 0x10: counter++; total++; return;
            case 0x12: change(p1); JCSystem.commitTransaction(); return;
            case 0x14: change(p1); JCSystem.abortTransaction(); return;
            case 0x16: change(p1); ISOException.throwIt((short) 0x6A88); return;
            case 0x18:
                change(p1);
                Util.arrayFillNonAtomic(large, (short) 100, (short) 50, p1);
                JCSystem.abortTransaction();
                return;
            case 0x20: check(buffer, p1); return;
            case 0x24: change(p1); check(buffer, (byte) 0); JCSystem.abortTransaction(); return;
            case 0x26: change(p1); check(buffer, (byte) 0); JCSystem.commitTransaction(); return;
            case 0x28: change(p1); check(buffer, (byte) 1); JCSystem.commitTransaction(); return;
            case 0x30: list = new Node(list); return;
            case 0x32: list = list.next; JCSystem.requestObjectDeletion(); return;
            case 0x34: JCSystem.beginTransaction(); list = new Node(list); JCSystem.abortTransaction(); return;
            case 0x36: Util.arrayFill(large, (short) 0, (short) 2048, p1); return;
            case 0x38: JCSystem.beginTransaction(); list = new Node(list); JCSystem.commitTransaction(); return;
            default: ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    /** Opens a transaction and changes three things in it. */
    private void change(byte value) {
        JCSystem.beginTransaction();
        Util.arrayFill(record, (short) 0, (short) 16, value);
        counter++;
        total++;
    }

    private void check(byte[] buffer, byte right) {
        buffer[0] = 1;
        buffer[1] = 2;
        buffer[2] = 3;
        buffer[3] = (byte) (3 + right);
        pin.check(buffer, (short) 0, (byte) 4);
    }

    /** Static sum, counter, ends of the record, four bytes of the large array, tries left, nodes. */
    private void show(APDU apdu, byte[] buffer) {
        Util.setShort(buffer, (short) 0, total);
        Util.setShort(buffer, (short) 2, counter);
        buffer[4] = record[0];
        buffer[5] = record[15];
        buffer[6] = large[0];
        buffer[7] = large[100];
        buffer[8] = large[149];
        buffer[9] = large[2047];
        buffer[10] = pin.getTriesRemaining();
        buffer[11] = 0;
        for (Node node = list; node != null; node = node.next) {
            buffer[11]++;
        }
        apdu.setOutgoingAndSend((short) 0, (short) 12);
    }
}
