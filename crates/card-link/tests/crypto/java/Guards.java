package desk;

import javacard.framework.AID;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.framework.SensitiveArrays;
import javacard.framework.Util;
import javacardx.security.SensitiveResult;
import javacardx.security.util.MonotonicCounter;

/** Counters, results that are asserted, and arrays that guard themselves, as commands. */
final class Guards {

    static short counter(Object[] places, byte instruction, byte first, byte second, byte[] in, short length, byte[] out) {
        MonotonicCounter counter = (MonotonicCounter) ((instruction & 0x0F) == 0 ? null : places[first]);
        switch ((byte) (instruction & 0x0F)) {
            case 0x00:
                places[first] = MonotonicCounter.getInstance(Util.getShort(in, (short) 0), in[2]);
                return 0;
            case 0x01:
                return counter.get(out, (short) 0);
            case 0x02:
                return Util.setShort(out, (short) 0, counter.setValue(in, (short) 0, length));
            case 0x03:
                return Util.setShort(out, (short) 0, counter.incrementBy(Util.getShort(in, (short) 0)));
            case 0x04:
                return Util.setShort(out, (short) 0, counter.compareTo(in, (short) 0, length));
            case 0x05:
                return Util.setShort(out, (short) 0, counter.compareTo((MonotonicCounter) places[second]));
            case 0x06:
                Util.setShort(out, (short) 0, counter.getSize());
                out[2] = counter.getMemoryType();
                out[3] = (byte) (counter.equalsMax() ? 1 : 0);
                return 4;
            case 0x07:
                JCSystem.beginTransaction();
                counter.incrementBy((short) 1);
                JCSystem.abortTransaction();
                return 0;
            case 0x08:
                JCSystem.beginTransaction();
                counter.setValue(in, (short) 0, length);
                ISOException.throwIt(ISO7816.SW_UNKNOWN);
                return 0;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    /** What is done, how it is asserted, a short for that, then bytes. */
    static short result(byte[] in, short length) {
        AID own = in[0] == 4 ? null : JCSystem.getAID();
        OwnerPIN pin = new OwnerPIN((byte) 3, (byte) 4);
        pin.update(in, (short) 4, (byte) 1);
        SensitiveResult.reset();
        JCSystem.requestObjectDeletion();
        switch (in[0]) {
            case 0:
                break;
            case 1:
                Util.arrayCompare(in, (short) 4, in, (short) 5, (short) 1);
                break;
            case 2:
                own.equals(in, (short) 4, (byte) (length - 4));
                break;
            case 3:
            case 4:
                JCSystem.getAID();
                break;
            case 5:
                Util.arrayCompare(in, (short) 4, in, (short) 5, (short) 1);
                try {
                    Util.arrayCompare(in, (short) 4, null, (short) 5, (short) 1);
                } catch (NullPointerException expected) {
                    // The result before it is forgotten.
                }
                break;
            case 6:
                Util.arrayCompare(in, (short) 4, in, (short) 5, (short) 1);
                Util.makeShort(in[4], in[5]);
                break;
            case 7:
                pin.check(in, (short) 5, (byte) 1);
                break;
            case 8:
                JCSystem.lookupAID(in, (short) 0, (byte) 16);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        short value = Util.makeShort(in[2], in[3]);
        switch (in[1]) {
            case 0: SensitiveResult.assertTrue(); break;
            case 1: SensitiveResult.assertFalse(); break;
            case 2: SensitiveResult.assertNegative(); break;
            case 3: SensitiveResult.assertPositive(); break;
            case 4: SensitiveResult.assertZero(); break;
            case 5: SensitiveResult.assertEquals(value); break;
            case 6: SensitiveResult.assertGreaterThan(value); break;
            case 7: SensitiveResult.assertLessThan(value); break;
            case 8: SensitiveResult.assertEquals((Object) own); break;
            case 9: SensitiveResult.assertEquals((Object) null); break;
            default: ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        return 0;
    }

    static short array(Object[] places, byte instruction, byte first, byte[] in, short length, byte[] out) {
        Object array = places[first];
        switch ((byte) (instruction & 0x0F)) {
            case 0x00:
                places[first] = SensitiveArrays.makeIntegritySensitiveArray(in[0], in[1], Util.getShort(in, (short) 2));
                return 0;
            case 0x01:
                places[first] = new byte[4];
                return 0;
            case 0x02:
                SensitiveArrays.assertIntegrity(array);
                return 0;
            case 0x03:
                out[0] = (byte) (SensitiveArrays.isIntegritySensitive(array) ? 1 : 0);
                out[1] = (byte) (SensitiveArrays.isIntegritySensitiveArraysSupported() ? 1 : 0);
                return 2;
            case 0x04:
                return Util.setShort(out, (short) 0, SensitiveArrays.clearArray(array));
            case 0x05:
                fill(array, in[0], places);
                return 0;
            case 0x06:
                return sum(array, out);
            case 0x07:
                JCSystem.beginTransaction();
                fill(array, in[0], places);
                JCSystem.abortTransaction();
                SensitiveArrays.assertIntegrity(array);
                return 0;
            case 0x08:
                Util.arrayCopyNonAtomic(in, (short) 0, (byte[]) array, (short) 0, length);
                return 0;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    private static void fill(Object array, byte value, Object[] places) {
        if (array instanceof byte[]) {
            byte[] bytes = (byte[]) array;
            for (short i = 0; i < (short) bytes.length; i++) bytes[i] = value;
        } else if (array instanceof short[]) {
            short[] shorts = (short[]) array;
            for (short i = 0; i < (short) shorts.length; i++) shorts[i] = value;
        } else if (array instanceof boolean[]) {
            boolean[] booleans = (boolean[]) array;
            for (short i = 0; i < (short) booleans.length; i++) booleans[i] = value != 0;
        } else {
            Object[] objects = (Object[]) array;
            for (short i = 0; i < (short) objects.length; i++) objects[i] = value == 0 ? null : places;
        }
    }

    /** How many elements are not zero. */
    private static short sum(Object array, byte[] out) {
        short count = 0;
        if (array instanceof byte[]) {
            byte[] bytes = (byte[]) array;
            for (short i = 0; i < (short) bytes.length; i++) if (bytes[i] != 0) count++;
        } else if (array instanceof short[]) {
            short[] shorts = (short[]) array;
            for (short i = 0; i < (short) shorts.length; i++) if (shorts[i] != 0) count++;
        } else if (array instanceof boolean[]) {
            boolean[] booleans = (boolean[]) array;
            for (short i = 0; i < (short) booleans.length; i++) if (booleans[i]) count++;
        } else {
            Object[] objects = (Object[]) array;
            for (short i = 0; i < (short) objects.length; i++) if (objects[i] != null) count++;
        }
        return Util.setShort(out, (short) 0, count);
    }
}
