package framework;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.CardException;
import javacard.framework.CardRuntimeException;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.framework.OwnerPINBuilder;
import javacard.framework.OwnerPINx;
import javacard.framework.OwnerPINxWithPredecrement;
import javacard.framework.PIN;
import javacard.framework.PINException;
import javacard.framework.SensitiveArrays;
import javacard.framework.SystemException;
import javacard.framework.TransactionException;
import javacard.framework.Util;

/** Questions about javacard.framework, an instruction each; expected.txt has the answers. */
public final class Framework extends Applet {
    private static final short NO_EXCEPTION = 0;

    private final OwnerPIN pin = new OwnerPIN((byte) 3, (byte) 8);
    private final OwnerPINx pinX = (OwnerPINx) OwnerPINBuilder.buildOwnerPIN((byte) 3, (byte) 8, OwnerPINBuilder.OWNER_PIN_X);
    private final OwnerPINxWithPredecrement pinTaken = (OwnerPINxWithPredecrement)
        OwnerPINBuilder.buildOwnerPIN((byte) 3, (byte) 8, OwnerPINBuilder.OWNER_PIN_X_WITH_PREDECREMENT);
    private final byte[] kept = new byte[16];
    private final byte[] large = new byte[10000];
    private Object anything;

    public static void install(byte[] data, short offset, byte length) {
        Framework applet = new Framework();
        applet.pin.update(data, (short) 0, (byte) 0);
        applet.register();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        byte p1 = buffer[ISO7816.OFFSET_P1];
        byte p2 = buffer[ISO7816.OFFSET_P2];
        short length = 2;
        switch (buffer[ISO7816.OFFSET_INS]) {
            case 0x01: length = pin(apdu, buffer, p1); break;
            case 0x02: length = pinX(apdu, buffer, p1, p2); break;
            case 0x03: length = pinTaken(apdu, buffer, p1); break;
            case 0x04: Util.setShort(buffer, (short) 0, pinMisuse(p1)); break;
            case 0x05: length = view(buffer, p1); break;
            case 0x06: Util.setShort(buffer, (short) 0, arrayMisuse(buffer, p1)); break;
            case 0x07: length = memory(buffer); break;
            case 0x08: length = aid(buffer, p1); break;
            case 0x09: Util.setShort(buffer, (short) 0, aidMisuse(buffer, p1)); break;
            case 0x0A: length = reasons(buffer); break;
            case 0x0B: length = capacity(buffer); break;
            case 0x0C: length = util(buffer, p1); break;
            case 0x0D: length = global(buffer); break;
            default: ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
        apdu.setOutgoingAndSend((short) 0, length);
    }

    private static short status(PIN pin, boolean right, byte[] buffer) {
        buffer[0] = (byte) (right ? 1 : 0);
        buffer[1] = pin.getTriesRemaining();
        buffer[2] = (byte) (pin.isValidated() ? 1 : 0);
        return 3;
    }

    /** P1 00 check, 01 update, 02 reset, 03 resetAndUnblock, 04 check in a transaction that aborts, 05 update so. */
    private short pin(APDU apdu, byte[] buffer, byte p1) {
        byte length = (byte) apdu.setIncomingAndReceive();
        boolean right = false;
        if (p1 >= 4) {
            JCSystem.beginTransaction();
        }
        switch (p1) {
            case 0: case 4: right = pin.check(buffer, ISO7816.OFFSET_CDATA, length); break;
            case 1: case 5: pin.update(buffer, ISO7816.OFFSET_CDATA, length); break;
            case 2: pin.reset(); break;
            case 3: pin.resetAndUnblock(); break;
            default: break;
        }
        if (p1 >= 4) {
            JCSystem.abortTransaction();
        }
        return status(pin, right, buffer);
    }

    private short pinX(APDU apdu, byte[] buffer, byte p1, byte p2) {
        byte length = (byte) apdu.setIncomingAndReceive();
        boolean right = false;
        switch (p1) {
            case 0: right = pinX.check(buffer, ISO7816.OFFSET_CDATA, length); break;
            case 1: pinX.update(buffer, ISO7816.OFFSET_CDATA, length); break;
            case 2: pinX.reset(); break;
            case 3: pinX.setTryLimit(p2); break;
            case 4: pinX.setTriesRemaining(p2); break;
            case 5: JCSystem.beginTransaction(); pinX.setTryLimit(p2); JCSystem.abortTransaction(); break;
            default: break;
        }
        status(pinX, right, buffer);
        buffer[3] = pinX.getTryLimit();
        return 4;
    }

    private short pinTaken(APDU apdu, byte[] buffer, byte p1) {
        byte length = (byte) apdu.setIncomingAndReceive();
        boolean right = false;
        switch (p1) {
            case 0: right = pinTaken.check(buffer, ISO7816.OFFSET_CDATA, length); break;
            case 1: pinTaken.update(buffer, ISO7816.OFFSET_CDATA, length); break;
            case 2: pinTaken.decrementTriesRemaining(); break;
            case 3:
                JCSystem.beginTransaction();
                pinTaken.decrementTriesRemaining();
                JCSystem.abortTransaction();
                right = pinTaken.check(buffer, ISO7816.OFFSET_CDATA, length);
                break;
            case 4: pinTaken.decrementTriesRemaining(); pinTaken.reset(); break;
            default: break;
        }
        return status(pinTaken, right, buffer);
    }

    private short pinMisuse(byte p1) {
        try {
            switch (p1) {
                case 0: new OwnerPIN((byte) 0, (byte) 8); break;
                case 1: new OwnerPIN((byte) 3, (byte) 0); break;
                case 2: pin.update(large, (short) 0, (byte) 9); break;
                case 3: pinX.setTryLimit((byte) 0); break;
                case 4: pinX.setTriesRemaining((byte) -1); break;
                case 5: pinX.setTriesRemaining((byte) (pinX.getTryLimit() + 1)); break;
                case 6: pinTaken.reset(); pinTaken.check(kept, (short) 0, (byte) 4); break;
                case 7: OwnerPINBuilder.buildOwnerPIN((byte) 3, (byte) 8, (byte) 4); break;
                case 8: OwnerPINBuilder.buildOwnerPIN((byte) 0, (byte) 8, OwnerPINBuilder.OWNER_PIN_X); break;
                case 9: pin.check(null, (short) 0, (byte) 4); break;
                case 10: pin.check(kept, (short) 15, (byte) 4); break;
                case 11: pin.check(kept, (short) -1, (byte) 4); break;
                default: break;
            }
        } catch (PINException e) {
            return (short) (0x0100 + e.getReason());
        } catch (SystemException e) {
            return (short) (0x0200 + e.getReason());
        } catch (NullPointerException e) {
            return 0x0300;
        } catch (ArrayIndexOutOfBoundsException e) {
            return 0x0400;
        }
        return NO_EXCEPTION;
    }

    /** A view of kept: P1 says its attributes. Tries to read, write, copy from and to it. */
    private short view(byte[] buffer, byte p1) {
        Util.arrayFillNonAtomic(kept, (short) 0, (short) 16, (byte) 7);
        byte[] view = JCSystem.makeByteArrayView(kept, (short) 4, (short) 8, p1, null);
        buffer[0] = (byte) (JCSystem.isArrayView(view) && !JCSystem.isArrayView(kept) ? 1 : 0);
        buffer[1] = (byte) JCSystem.getAttributes(view);
        buffer[2] = (byte) view.length;
        buffer[3] = JCSystem.isTransient(view);
        buffer[4] = 0;
        try {
            buffer[4] = view[0];
        } catch (SecurityException e) {
            buffer[4] = (byte) 0xEE;
        }
        try {
            view[1] = 9;
        } catch (SecurityException e) {
            buffer[4] |= (byte) 0x10;
        }
        buffer[5] = kept[5];
        try {
            Util.arrayCopy(view, (short) 0, buffer, (short) 6, (short) 2);
        } catch (SecurityException e) {
            buffer[6] = (byte) 0xEE;
            buffer[7] = (byte) 0xEE;
        }
        try {
            Util.arrayFillNonAtomic(view, (short) 6, (short) 2, (byte) 5);
        } catch (SecurityException e) {
            buffer[8] = (byte) 0xEE;
        }
        buffer[9] = kept[10];
        buffer[10] = kept[12];
        return 11;
    }

    private short arrayMisuse(byte[] buffer, byte p1) {
        try {
            switch (p1) {
                case 0: JCSystem.makeByteArrayView(kept, (short) 0, (short) 4, (short) 4, null); break;
                case 1: JCSystem.makeByteArrayView(kept, (short) 14, (short) 4, JCSystem.ATTR_READABLE_VIEW, null); break;
                case 2: JCSystem.makeByteArrayView(kept, (short) -1, (short) 4, JCSystem.ATTR_READABLE_VIEW, null); break;
                case 3: JCSystem.makeByteArrayView(null, (short) 0, (short) 0, JCSystem.ATTR_READABLE_VIEW, null); break;
                case 4: JCSystem.makeArrayView(this, (short) 0, (short) 0, JCSystem.ATTR_READABLE_VIEW, null); break;
                case 5: JCSystem.getAttributes(kept); break;
                case 6: anything = JCSystem.makeByteArrayView(kept, (short) 0, (short) 4, JCSystem.ATTR_READABLE_VIEW, null); break;
                case 7: {
                    byte[] view = JCSystem.makeByteArrayView(kept, (short) 0, (short) 4, JCSystem.ATTR_READABLE_VIEW, null);
                    JCSystem.makeByteArrayView(view, (short) 0, (short) 2, JCSystem.ATTR_WRITABLE_VIEW, null);
                    break;
                }
                case 8: JCSystem.makeTransientByteArray((short) 4, (byte) 0); break;
                case 9: JCSystem.makeTransientByteArray((short) -1, JCSystem.CLEAR_ON_RESET); break;
                case 10: JCSystem.makeTransientObjectArray((short) 4, (byte) 3); break;
                case 11: JCSystem.makeTransientByteArray((short) 32767, JCSystem.CLEAR_ON_RESET);
                    JCSystem.makeTransientByteArray((short) 32767, JCSystem.CLEAR_ON_RESET); break;
                case 12: JCSystem.makeGlobalArray((byte) 6, (short) 4); break;
                case 13: anything = JCSystem.makeGlobalArray(JCSystem.ARRAY_TYPE_BYTE, (short) 4); break;
                case 14: SensitiveArrays.makeIntegritySensitiveArray(JCSystem.ARRAY_TYPE_BYTE, (byte) 0, (short) 4); break;
                case 15: SensitiveArrays.assertIntegrity(kept); break;
                case 16: SensitiveArrays.clearArray(null); break;
                case 17: SensitiveArrays.isIntegritySensitive(null); break;
                case 18: JCSystem.getAvailableMemory((byte) 3); break;
                case 19: anything = buffer; break;
                default: break;
            }
        } catch (SystemException e) {
            return (short) (0x0200 + e.getReason());
        } catch (NullPointerException e) {
            return 0x0300;
        } catch (ArrayIndexOutOfBoundsException e) {
            return 0x0400;
        } catch (NegativeArraySizeException e) {
            return 0x0500;
        } catch (SecurityException e) {
            return 0x0600;
        }
        return NO_EXCEPTION;
    }

    /** What the forms of getAvailableMemory agree on, and what does not change. */
    private short memory(byte[] buffer) {
        short[] shorts = JCSystem.makeTransientShortArray((short) 2, JCSystem.CLEAR_ON_DESELECT);
        byte ok = 1;
        for (byte type = 0; type <= 2; type++) {
            JCSystem.getAvailableMemory(shorts, (short) 0, type);
            JCSystem.getAvailableMemory(buffer, (short) 20, type);
            short one = JCSystem.getAvailableMemory(type);
            if (shorts[0] != Util.getShort(buffer, (short) 20) || shorts[1] != Util.getShort(buffer, (short) 22)) {
                ok = 0;
            }
            boolean large = shorts[0] != 0 || shorts[1] < 0;
            if (large ? one != 32767 : one != shorts[1]) {
                ok = 0;
            }
        }
        buffer[0] = ok;
        buffer[1] = (byte) (JCSystem.isObjectDeletionSupported() ? 1 : 0);
        buffer[2] = (byte) (SensitiveArrays.isIntegritySensitiveArraysSupported() ? 1 : 0);
        buffer[3] = JCSystem.getAssignedChannel();
        buffer[4] = (byte) (JCSystem.isAppletActive(JCSystem.getAID()) ? 1 : 0);
        buffer[5] = JCSystem.getTransactionDepth();
        return 6;
    }

    private short aid(byte[] buffer, byte p1) {
        AID own = JCSystem.getAID();
        Util.setShort(buffer, (short) 20, (short) 0xF046);
        byte length = own.getBytes(buffer, (short) 20);
        AID made = new AID(buffer, (short) 20, length);
        buffer[0] = length;
        buffer[1] = (byte) (own.equals(made) && made.equals(own) && !own.equals((Object) buffer) && !own.equals((Object) null) ? 1 : 0);
        buffer[2] = (byte) (own.equals(buffer, (short) 20, length) && !own.equals(buffer, (short) 20, (byte) (length - 1))
            && !own.equals(null, (short) 0, (byte) 0) ? 1 : 0);
        buffer[3] = (byte) (own.partialEquals(buffer, (short) 20, (byte) 5) && own.partialEquals(buffer, (short) 20, (byte) 0)
            && !own.partialEquals(null, (short) 0, (byte) 0) ? 1 : 0);
        buffer[4] = own.getPartialBytes((short) 5, buffer, (short) 40, (byte) 0);
        buffer[5] = own.getPartialBytes((short) 1, buffer, (short) 6, (byte) 2);
        buffer[8] = (byte) (own.RIDEquals(made) && !own.RIDEquals(null) ? 1 : 0);
        buffer[9] = (byte) (JCSystem.lookupAID(buffer, (short) 20, length) == own ? 1 : 0);
        buffer[10] = (byte) (JCSystem.lookupAID(buffer, (short) 20, (byte) 5) == null ? 1 : 0);
        buffer[11] = (byte) (JCSystem.getPreviousContextAID() == null ? 1 : 0);
        anything = own;
        return 12;
    }

    private short aidMisuse(byte[] buffer, byte p1) {
        try {
            switch (p1) {
                case 0: new AID(buffer, (short) 0, (byte) 4); break;
                case 1: new AID(buffer, (short) 0, (byte) 17); break;
                case 2: new AID(null, (short) 0, (byte) 5); break;
                case 3: new AID(kept, (short) 14, (byte) 5); break;
                case 4: JCSystem.getAID().getBytes(kept, (short) 14); break;
                case 5: JCSystem.getAID().getPartialBytes((short) 20, buffer, (short) 0, (byte) 1); break;
                case 6: JCSystem.getAID().equals(kept, (short) -1, (byte) 5); break;
                case 7: JCSystem.lookupAID(null, (short) 0, (byte) 5); break;
                default: break;
            }
        } catch (SystemException e) {
            return (short) (0x0200 + e.getReason());
        } catch (NullPointerException e) {
            return 0x0300;
        } catch (ArrayIndexOutOfBoundsException e) {
            return 0x0400;
        }
        return NO_EXCEPTION;
    }

    /** Reasons come back from exceptions thrown by the runtime environment's objects and by one's own. */
    private short reasons(byte[] buffer) {
        try {
            CardException.throwIt((short) 0x1234);
        } catch (CardException e) {
            Util.setShort(buffer, (short) 0, e.getReason());
        }
        try {
            throw new CardException((short) 0x2345);
        } catch (CardException e) {
            e.setReason((short) (e.getReason() + 1));
            Util.setShort(buffer, (short) 2, e.getReason());
        }
        try {
            CardRuntimeException.throwIt((short) 0x3456);
        } catch (CardRuntimeException e) {
            Util.setShort(buffer, (short) 4, e.getReason());
        }
        try {
            anything = null;
            SystemException.throwIt((short) 5);
        } catch (SystemException e) {
            try {
                anything = e;
            } catch (SecurityException refused) {
                Util.setShort(buffer, (short) 6, e.getReason());
            }
        }
        return 8;
    }

    /** The commit capacity shrinks with each change, and is whole again after; no more fits than there is. */
    private short capacity(byte[] buffer) {
        short whole = JCSystem.getMaxCommitCapacity();
        JCSystem.beginTransaction();
        short before = JCSystem.getUnusedCommitCapacity();
        Util.arrayFill(large, (short) 0, (short) 1000, (byte) 1);
        short after = JCSystem.getUnusedCommitCapacity();
        short reason = 0;
        try {
            Util.arrayFill(large, (short) 1000, (short) (after + 1), (byte) 1);
        } catch (TransactionException e) {
            reason = e.getReason();
        }
        Util.arrayFill(large, (short) 1000, after, (byte) 1);
        JCSystem.abortTransaction();
        buffer[0] = (byte) (before <= whole && (short) (before - after) >= 1000 ? 1 : 0);
        buffer[1] = (byte) reason;
        buffer[2] = (byte) (JCSystem.getUnusedCommitCapacity() == before ? 1 : 0);
        buffer[3] = large[1000];
        return 4;
    }

    private short util(byte[] buffer, byte p1) {
        switch (p1) {
            case 0:
                for (short i = 0; i < 8; i++) {
                    buffer[i] = (byte) i;
                }
                // Overlapping both ways, as if through a copy.
                Util.arrayCopyNonAtomic(buffer, (short) 0, buffer, (short) 2, (short) 4);
                Util.arrayCopy(buffer, (short) 4, buffer, (short) 3, (short) 4);
                return 8;
            case 1:
                Util.setShort(kept, (short) 0, (short) 0x80FF);
                Util.setShort(buffer, (short) 0, Util.getShort(kept, (short) 0));
                Util.setShort(buffer, (short) 2, Util.makeShort((byte) 0x81, (byte) 0xFE));
                kept[2] = (byte) 0x7F;
                kept[3] = (byte) 0x80;
                // Bytes are compared without sign.
                buffer[4] = Util.arrayCompare(kept, (short) 2, kept, (short) 3, (short) 1);
                buffer[5] = Util.arrayCompare(kept, (short) 0, kept, (short) 0, (short) 4);
                buffer[6] = Util.arrayCompare(kept, (short) 3, kept, (short) 2, (short) 1);
                buffer[7] = Util.arrayCompare(kept, (short) 0, kept, (short) 3, (short) 0);
                return 8;
            case 2:
                Util.setShort(buffer, (short) 0, Util.arrayFill(kept, (short) 2, (short) 5, (byte) 3));
                Util.setShort(buffer, (short) 2, Util.arrayCopy(kept, (short) 1, kept, (short) 9, (short) 3));
                Util.setShort(buffer, (short) 4, Util.setShort(kept, (short) 0, (short) 1));
                return 6;
            default:
                try {
                    switch (p1) {
                        case 3: Util.arrayCopy(kept, (short) 10, buffer, (short) 0, (short) 7); break;
                        case 4: Util.arrayCopy(kept, (short) 0, buffer, (short) 0, (short) -1); break;
                        case 5: Util.arrayCopy(null, (short) 0, buffer, (short) 0, (short) 1); break;
                        case 6: Util.getShort(kept, (short) 15); break;
                        case 7: Util.arrayCompare(kept, (short) 0, null, (short) 0, (short) 1); break;
                        case 8: Util.arrayFillNonAtomic(kept, (short) 0, (short) 17, (byte) 1); break;
                        default: break;
                    }
                } catch (NullPointerException e) {
                    Util.setShort(buffer, (short) 0, (short) 0x0300);
                    return 2;
                } catch (ArrayIndexOutOfBoundsException e) {
                    Util.setShort(buffer, (short) 0, (short) 0x0400);
                    return 2;
                }
                return 0;
        }
    }

    /** A global array of each kind can be used and is zero at first. */
    private short global(byte[] buffer) {
        byte[] bytes = (byte[]) JCSystem.makeGlobalArray(JCSystem.ARRAY_TYPE_BYTE, (short) 4);
        short[] shorts = (short[]) JCSystem.makeGlobalArray(JCSystem.ARRAY_TYPE_SHORT, (short) 4);
        boolean[] booleans = (boolean[]) JCSystem.makeGlobalArray(JCSystem.ARRAY_TYPE_BOOLEAN, (short) 4);
        Object[] objects = (Object[]) JCSystem.makeGlobalArray(JCSystem.ARRAY_TYPE_OBJECT, (short) 4);
        bytes[0]++;
        shorts[1]++;
        buffer[0] = bytes[0];
        buffer[1] = (byte) shorts[1];
        buffer[2] = (byte) (!booleans[3] && objects[0] == null ? 1 : 0);
        buffer[3] = JCSystem.isTransient(bytes);
        return 4;
    }
}
