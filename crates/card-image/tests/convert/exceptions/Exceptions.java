package exceptions;

import javacard.framework.CardRuntimeException;
import javacard.framework.ISOException;
import javacard.framework.UserException;

class Exceptions {
    static short nested(byte[] bytes, short at) {
        short result = 0;
        try {
            try {
                result = bytes[at];
            } catch (ArrayIndexOutOfBoundsException e) {
                result = 1;
            } catch (NullPointerException e) {
                return 2;
            } finally {
                result++;
            }
        } catch (RuntimeException e) {
            throw e;
        }
        return result;
    }

    static short checked() {
        try {
            UserException.throwIt((short) 5);
        } catch (UserException e) {
            return e.getReason();
        }
        return 0;
    }

    static void thrown(boolean really) {
        if (really) throw new CardRuntimeException((short) 1);
        ISOException.throwIt((short) 0x6A80);
    }
}
