package org.medseal.piv;

import javacard.framework.JCSystem;
import javacard.framework.Util;

/**
 * The dynamic authentication template of GENERAL AUTHENTICATE (part 2, table 7): tag 7C, in it some of
 *
 * <pre>
 *   80 witness    81 challenge    82 response    85 the other side's point
 * </pre>
 *
 * An element without a value asks the card for it.
 */
final class Template {

    static final byte WITNESS = (byte) 0x80;
    static final byte CHALLENGE = (byte) 0x81;
    static final byte RESPONSE = (byte) 0x82;
    static final byte EXPONENTIATION = (byte) 0x85;

    private static final byte TAG = 0x7C;
    private static final short TAGS = 6;
    private static final short ABSENT = -1;

    /** Offset and length of each element, by its tag's last three bits. */
    private final short[] offsets;
    private final short[] lengths;

    Template() {
        offsets = JCSystem.makeTransientShortArray(TAGS, JCSystem.CLEAR_ON_DESELECT);
        lengths = JCSystem.makeTransientShortArray(TAGS, JCSystem.CLEAR_ON_DESELECT);
    }

    /** Finds the elements in the first bytes of an array. */
    void parse(byte[] data, short end) {
        for (short i = 0; i < TAGS; i++) {
            lengths[i] = ABSENT;
        }
        if (end == 0 || data[0] != TAG) {
            Tlv.wrong();
        }
        short at = Tlv.value(data, (short) 1, end);
        if ((short) (at + Tlv.length(data, (short) 1, end)) != end) {
            Tlv.wrong();
        }
        while (at < end) {
            byte tag = data[at++];
            if (tag != WITNESS && tag != CHALLENGE && tag != RESPONSE && tag != EXPONENTIATION) {
                Tlv.wrong();
            }
            short length = Tlv.length(data, at, end);
            offsets[index(tag)] = Tlv.value(data, at, end);
            lengths[index(tag)] = length;
            at = (short) (offsets[index(tag)] + length);
        }
    }

    /** The element is there and has a value. */
    boolean has(byte tag) {
        return lengths[index(tag)] > 0;
    }

    /** The element is there and has none. */
    boolean asks(byte tag) {
        return lengths[index(tag)] == 0;
    }

    short offset(byte tag) {
        return offsets[index(tag)];
    }

    short length(byte tag) {
        return lengths[index(tag)];
    }

    void requireLength(byte tag, short length) {
        if (length(tag) != length) {
            Tlv.wrong();
        }
    }

    private static short index(byte tag) {
        return (short) (tag & 0x07);
    }

    /**
     * Begins a template with one element whose value has a known length, less than 126 bytes, and gives the value's
     * offset.
     */
    static short open(byte tag, byte[] out, short length) {
        out[0] = TAG;
        out[1] = (byte) (length + 2);
        out[2] = tag;
        out[3] = (byte) length;
        return 4;
    }

    /** Moves a value of such a length, which stands at the beginning of an array, into a template there. */
    static short wrap(byte tag, byte[] out, short length) {
        Util.arrayCopyNonAtomic(out, (short) 0, out, (short) 4, length);
        return (short) (open(tag, out, length) + length);
    }
}
