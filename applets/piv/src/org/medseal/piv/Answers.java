package org.medseal.piv;

import javacard.framework.APDU;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;

/**
 * Answers that may be longer than what the host asked for: the status word 61xx says how much is left, and GET RESPONSE
 * fetches it (ISO/IEC 7816-4, 5.3.4). A host that asks in extended form gets all at once.
 */
final class Answers {

    private static final short MORE_THAN_A_BYTE_SAYS = 0x100;

    /** One element: where the rest is. */
    private final Object[] source;
    /** Where in it, and how many bytes. */
    private final short[] rest;

    private static final short AT = 0;
    private static final short LEFT = 1;

    Answers() {
        source = JCSystem.makeTransientObjectArray((short) 1, JCSystem.CLEAR_ON_DESELECT);
        rest = JCSystem.makeTransientShortArray((short) 2, JCSystem.CLEAR_ON_DESELECT);
    }

    void forget() {
        source[0] = null;
        rest[LEFT] = 0;
    }

    /** Sends the first bytes of an array, which must stay as it is until the next command. */
    void send(APDU apdu, byte[] from, short length) {
        source[0] = from;
        rest[AT] = 0;
        rest[LEFT] = length;
        next(apdu);
    }

    void next(APDU apdu) {
        short left = rest[LEFT];
        if (left == 0) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        short wanted = apdu.setOutgoing();
        short part = wanted < left ? wanted : left;
        apdu.setOutgoingLength(part);
        apdu.sendBytesLong((byte[]) source[0], rest[AT], part);
        rest[AT] += part;
        left -= part;
        rest[LEFT] = left;
        if (left == 0) {
            forget();
        } else {
            short said = left < MORE_THAN_A_BYTE_SAYS ? left : 0;
            ISOException.throwIt((short) (ISO7816.SW_BYTES_REMAINING_00 | said));
        }
    }
}
