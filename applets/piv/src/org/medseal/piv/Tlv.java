package org.medseal.piv;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;

/**
 * Lengths of BER-TLV objects (ISO/IEC 7816-4, 5.2.2.2): one byte below 80, else 81 and one byte, or 82 and two.
 * A length that runs past the end of what was given is wrong data.
 */
final class Tlv {

    private static final byte ONE_BYTE = (byte) 0x81;
    private static final byte TWO_BYTES = (byte) 0x82;

    private Tlv() {
    }

    /** The offset of the value whose length field is at {@code at}; all of the value lies before {@code end}. */
    static short value(byte[] data, short at, short end) {
        short value = begin(data, at, end);
        if (length(data, at, end) > (short) (end - value)) {
            wrong();
        }
        return value;
    }

    /** The offset of the value, which may not have come as a whole yet. */
    static short begin(byte[] data, short at, short end) {
        if (at >= end) {
            wrong();
        }
        return (short) (at + (data[at] == ONE_BYTE ? 2 : data[at] == TWO_BYTES ? 3 : 1));
    }

    /** The length that the field at {@code at} says. */
    static short length(byte[] data, short at, short end) {
        if (begin(data, at, end) > end) {
            wrong();
        }
        short length = data[at];
        if (length == ONE_BYTE) {
            length = (short) (data[(short) (at + 1)] & 0xFF);
        } else if (length == TWO_BYTES) {
            length = Util.getShort(data, (short) (at + 1));
        }
        if (length < 0) {
            wrong();
        }
        return length;
    }

    /** What came is not what the command's description says. */
    static void wrong() {
        ISOException.throwIt(ISO7816.SW_WRONG_DATA);
    }
}
