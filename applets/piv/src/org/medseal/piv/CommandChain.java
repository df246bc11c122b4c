package org.medseal.piv;

import javacard.framework.APDU;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;

/**
 * Gathers the data of GENERAL AUTHENTICATE, which may come as a chain of commands with the same parameters
 * (ISO/IEC 7816-4, 5.3.3). Its buffer serves for the answer as well.
 */
final class CommandChain {

    /** More than the longest template: 7C, a point, a response. */
    private static final short CAPACITY = 256;
    private static final short SW_LAST_OF_CHAIN_EXPECTED = 0x6883;

    private final byte[] buffer;
    /** How much came; P1 and P2 of the first command. */
    private final short[] state;

    private static final short FILLED = 0;
    private static final short PARAMETERS = 1;

    CommandChain() {
        buffer = JCSystem.makeTransientByteArray(CAPACITY, JCSystem.CLEAR_ON_DESELECT);
        state = JCSystem.makeTransientShortArray((short) 2, JCSystem.CLEAR_ON_DESELECT);
    }

    void forget() {
        state[FILLED] = 0;
    }

    /** Adds a command's data. */
    void add(APDU apdu) {
        byte[] from = apdu.getBuffer();
        short parameters = Util.getShort(from, ISO7816.OFFSET_P1);
        if (state[FILLED] != 0 && state[PARAMETERS] != parameters) {
            forget();
            ISOException.throwIt(SW_LAST_OF_CHAIN_EXPECTED);
        }
        state[PARAMETERS] = parameters;
        short length = apdu.setIncomingAndReceive();
        if (length != apdu.getIncomingLength() || length > (short) (CAPACITY - state[FILLED])) {
            forget();
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        state[FILLED] = Util.arrayCopyNonAtomic(from, apdu.getOffsetCdata(), buffer, state[FILLED], length);
    }

    /** Ends the chain and gives its length. */
    short take() {
        short length = state[FILLED];
        forget();
        return length;
    }

    byte[] buffer() {
        return buffer;
    }
}
