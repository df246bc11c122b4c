package client;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.framework.Util;

/** Cases that need no other applet. */
class Alone {
    private static final byte[] WRONG = { 9, 9, 9, 9 };

    private byte[] persistent = new byte[4];
    private byte[] transientBytes = JCSystem.makeTransientByteArray((short) 4, JCSystem.CLEAR_ON_RESET);
    private byte[] deselect = JCSystem.makeTransientByteArray((short) 4, JCSystem.CLEAR_ON_DESELECT);
    private byte[] big = new byte[12000];
    private byte[] missing;
    private OwnerPIN pin = new OwnerPIN((byte) 3, (byte) 4);
    private short field;
    private Object kept;

    /** Cases whose exception leaves process. */
    void uncaught(byte ins) {
        if (ins == 0x02) {
            JCSystem.beginTransaction();
            field = 99;
            ISOException.throwIt((short) 0x6999);
        }
        if (ins == 0x30) {
            missing[0] = 1;
        }
    }

    short run(byte ins, APDU apdu) {
        return ins < 0x10 ? transaction(ins) : ins < 0x20 ? memory(ins, apdu) : type(ins);
    }

    private short transaction(byte ins) {
        switch (ins) {
            case 0x01:
                return abort();
            case 0x03:
                return field;
            case 0x04:
                return JCSystem.getTransactionDepth();
            case 0x05:
                return nested();
            case 0x06:
                JCSystem.beginTransaction();
                pin.check(WRONG, (short) 0, (byte) 4);
                JCSystem.abortTransaction();
                return pin.getTriesRemaining();
            default:
                return tooMuch();
        }
    }

    /** A bit for each of: byte, field, non-atomic byte, transient byte that has the new value. */
    private short abort() {
        byte[] ones = transientBytes;
        persistent[0] = 0;
        persistent[1] = 0;
        field = 0;
        ones[0] = 0;
        ones[1] = 1;
        JCSystem.beginTransaction();
        persistent[0] = 1;
        field = 1;
        Util.arrayCopyNonAtomic(ones, (short) 1, persistent, (short) 1, (short) 1);
        ones[0] = 1;
        JCSystem.abortTransaction();
        return (short) (persistent[0] << 3 | field << 2 | persistent[1] << 1 | ones[0]);
    }

    private short nested() {
        JCSystem.beginTransaction();
        try {
            JCSystem.beginTransaction();
        } finally {
            JCSystem.abortTransaction();
        }
        return 0;
    }

    private short tooMuch() {
        JCSystem.beginTransaction();
        try {
            for (short at = 0; at < big.length; at++) {
                big[at] = 1;
            }
        } finally {
            JCSystem.abortTransaction();
        }
        return 0;
    }

    private short memory(byte ins, APDU apdu) {
        switch (ins) {
            case 0x10:
                deselect[0] = 5;
                transientBytes[0] = 6;
                return 0;
            case 0x11:
                return Util.makeShort(deselect[0], transientBytes[0]);
            case 0x12:
                kept = apdu.getBuffer();
                return 0;
            default:
                kept = apdu;
                return 0;
        }
    }

    private short type(byte ins) {
        short zero = (short) (ins - ins);
        switch (ins) {
            case 0x20:
                return (short) ((short[]) (Object) persistent).length;
            case 0x21:
                Object[] applets = new Applet[1];
                applets[0] = persistent;
                return 0;
            case 0x22:
                return persistent[persistent.length];
            case 0x23:
                return (short) (ins / zero);
            case 0x24:
                return (short) new byte[(short) (zero - 1)].length;
            case 0x25:
                return nest((short) 21);
            default:
                return (short) ((short) (zero + 32767) + 1);
        }
    }

    private short nest(short left) {
        return left == 0 ? 0 : (short) (nest((short) (left - 1)) + 1);
    }
}
