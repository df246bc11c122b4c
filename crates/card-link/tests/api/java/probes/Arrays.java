package probes;

import javacardx.framework.util.ArrayLogic;

/** ArrayLogic. s[0] and s[1] say of which kind the two arrays are: 1 byte, 2 short, 4 int, 0 boolean, 3 Object, 5 null. */
final class Arrays {

    static Object array(short kind, byte[] bytes) {
        switch (kind) {
            case 0: {
                boolean[] array = new boolean[(short) bytes.length];
                for (short i = 0; i < (short) array.length; i++) {
                    array[i] = bytes[i] != 0;
                }
                return array;
            }
            case 1: return bytes;
            case 2: {
                short[] array = new short[(short) (bytes.length / 2)];
                ArrayLogic.arrayCopyRepack(bytes, (short) 0, (short) bytes.length, array, (short) 0);
                return array;
            }
            case 3: return new Object[2];
            case 4: {
                int[] array = new int[(short) (bytes.length / 4)];
                ArrayLogic.arrayCopyRepackNonAtomic(bytes, (short) 0, (short) bytes.length, array, (short) 0);
                return array;
            }
            default: return null;
        }
    }

    /** Writes the bytes of an array to the output. */
    static void show(short kind, Object array) {
        switch (kind) {
            case 0:
                for (short i = 0; i < (short) ((boolean[]) array).length; i++) {
                    Api.out[i] = (byte) Api.of(((boolean[]) array)[i]);
                }
                break;
            case 1: Numbers.copy((byte[]) array); break;
            case 2: ArrayLogic.arrayCopyRepack(array, (short) 0, (short) ((short[]) array).length, Api.out, (short) 0); break;
            case 4: ArrayLogic.arrayCopyRepack(array, (short) 0, (short) ((int[]) array).length, Api.out, (short) 0); break;
            default: break;
        }
    }

    static short call(byte method) {
        short[] s = Api.s;
        Object left = array(s[0], Api.a);
        Object right = array(s[1], Api.b);
        short result;
        switch (method) {
            case 0x01: result = ArrayLogic.arrayCopyRepack(left, s[2], s[3], right, s[4]); break;
            case 0x02: result = ArrayLogic.arrayCopyRepackNonAtomic(left, s[2], s[3], right, s[4]); break;
            case 0x03: result = ArrayLogic.arrayFillGeneric(right, s[2], s[3], left, s[4]); break;
            case 0x04: result = ArrayLogic.arrayFillGenericNonAtomic(right, s[2], s[3], left, s[4]); break;
            case 0x05: return ArrayLogic.arrayCompareGeneric(left, s[2], right, s[3], s[4]);
            case 0x06: return ArrayLogic.arrayFindGeneric(left, s[2], (byte[]) right, s[3]);
            case 0x07: result = ArrayLogic.arrayCopyRepack(left, s[2], s[3], left, s[4]); show(s[0], left); return result;
            default: return Api.unknown();
        }
        show(s[1], right);
        return result;
    }
}
