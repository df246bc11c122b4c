package org.medseal.piv;

import javacard.framework.APDU;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.SystemException;
import javacard.framework.Util;

/**
 * The data objects 5FC101 to 5FC123 of SP 800-73-4 part 1, table 3, and the discovery object 7E. Each is kept as it is
 * read: tag 53, length, value, in an array of just that length.
 *
 * A new object is written into an array of its own, in as many commands and pieces as it takes, and takes the old one's
 * place by one assignment in a transaction when it is complete. So a reader finds the old object or the new one, whenever
 * the writer stops or the power fails.
 */
final class DataObjects {

    private static final byte TAG_LIST = 0x5C;
    private static final byte TAG_DATA = 0x53;
    private static final byte TAG_DISCOVERY = 0x7E;
    private static final short TAG_PREFIX = 0x5FC1;

    /** Last bytes of the tags, from 01. */
    private static final short COUNT = 0x23;
    private static final short UNASSIGNED = 0x04;
    // Those that only the cardholder may have read.
    private static final short FINGERPRINTS = 0x03;
    private static final short FACE = 0x08;
    private static final short PRINTED_INFORMATION = 0x09;
    private static final short IRIS = 0x21;
    private static final short PAIRING_CODE = 0x23;
    // Those that everybody may read without contacts, beside the discovery object.
    private static final short CARDHOLDER_ID = 0x02;
    private static final short CARD_CERTIFICATE = 0x01;
    private static final short MESSAGING_CERTIFICATE = 0x22;

    private static final short NONE = -1;

    /** Which application this is, and that its own PIN guards it (part 1, 3.3.2). */
    private static final byte[] DISCOVERY = {
        TAG_DISCOVERY, 0x12,
        0x4F, 11, (byte) 0xA0, 0, 0, 3, 8, 0, 0, 0x10, 0, 1, 0,
        0x5F, 0x2F, 2, 0x40, 0};

    private final Object[] objects;
    /** The array that an object under way is written to; it stays when the power fails, until the next one comes. */
    private byte[] incoming;
    /** While one is under way: its index, and how much of it came. */
    private final short[] state;

    private static final short INDEX = 0;
    private static final short FILLED = 1;

    DataObjects() {
        objects = new Object[COUNT];
        state = JCSystem.makeTransientShortArray((short) 2, JCSystem.CLEAR_ON_DESELECT);
    }

    /** GET DATA: the object that a tag list names. */
    byte[] find(byte[] data, short at, short length, Pins pins, boolean contacts) {
        short end = (short) (at + length);
        if (length == 0 || data[at] != TAG_LIST || (short) (at + 2 + tagLength(data, at, end)) != end) {
            Tlv.wrong();
        }
        if (tagLength(data, at, end) == 1 && data[(short) (at + 2)] == TAG_DISCOVERY) {
            return DISCOVERY;
        }
        short index = index(data, at, end);
        if (index == NONE) {
            ISOException.throwIt(ISO7816.SW_FILE_NOT_FOUND);
        }
        if (!contacts && !isForEverybody((short) (index + 1))) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
        if (isPrivate((short) (index + 1))) {
            pins.requirePin();
        }
        byte[] object = (byte[]) objects[index];
        if (object == null) {
            ISOException.throwIt(ISO7816.SW_FILE_NOT_FOUND);
        }
        return object;
    }

    /** PUT DATA: the first command of a chain names the object and says its length. */
    void put(APDU apdu, boolean more) {
        byte[] buffer = apdu.getBuffer();
        short length = apdu.setIncomingAndReceive();
        short at = apdu.getOffsetCdata();
        short left = (short) (apdu.getIncomingLength() - length);
        if (state[FILLED] == 0) {
            short header = begin(buffer, at, length);
            at += header;
            length -= header;
        }
        add(buffer, at, length);
        while (left > 0) {
            length = apdu.receiveBytes(apdu.getOffsetCdata());
            add(buffer, apdu.getOffsetCdata(), length);
            left -= length;
        }
        if (!more) {
            complete();
        }
    }

    /** Forgets an object that is under way. */
    void abandon() {
        state[FILLED] = 0;
    }

    /** Makes the array for an object whose tag list and data begin here; gives the length of the tag list. */
    private short begin(byte[] data, short at, short length) {
        short end = (short) (at + length);
        if (length == 0 || data[at] != TAG_LIST) {
            // Discovery and biometric information templates come bare; they cannot be written here.
            ISOException.throwIt(ISO7816.SW_FUNC_NOT_SUPPORTED);
        }
        short index = index(data, at, end);
        if (index == NONE) {
            ISOException.throwIt(ISO7816.SW_FUNC_NOT_SUPPORTED);
        }
        short header = (short) (2 + tagLength(data, at, end));
        short object = (short) (at + header);
        if (object >= end || data[object] != TAG_DATA) {
            Tlv.wrong();
        }
        short lengthAt = (short) (object + 1);
        short before = (short) (Tlv.begin(data, lengthAt, end) - object);
        allocate(before, Tlv.length(data, lengthAt, end));
        state[INDEX] = index;
        return header;
    }

    private void allocate(short before, short length) {
        short total = (short) (before + length);
        if (total < 0) {
            ISOException.throwIt(ISO7816.SW_FILE_FULL);
        }
        try {
            incoming = new byte[total];
        } catch (SystemException noRoom) {
            ISOException.throwIt(ISO7816.SW_FILE_FULL);
        }
    }

    private void add(byte[] data, short at, short length) {
        short filled = state[FILLED];
        if (length > (short) (incoming.length - filled)) {
            abandon();
            Tlv.wrong();
        }
        state[FILLED] = Util.arrayCopyNonAtomic(data, at, incoming, filled, length);
    }

    private void complete() {
        short filled = state[FILLED];
        abandon();
        if (filled != incoming.length) {
            Tlv.wrong();
        }
        JCSystem.beginTransaction();
        objects[state[INDEX]] = incoming;
        incoming = null;
        JCSystem.commitTransaction();
        if (JCSystem.isObjectDeletionSupported()) {
            JCSystem.requestObjectDeletion();
        }
    }

    private static boolean isPrivate(short object) {
        return object == FINGERPRINTS || object == FACE || object == PRINTED_INFORMATION || object == IRIS
            || object == PAIRING_CODE;
    }

    private static boolean isForEverybody(short object) {
        return object == CARDHOLDER_ID || object == CARD_CERTIFICATE || object == MESSAGING_CERTIFICATE;
    }

    private static short tagLength(byte[] data, short list, short end) {
        short length = Tlv.length(data, (short) (list + 1), end);
        // Every tag is so short that its length takes one byte.
        if (length > 3 || Tlv.value(data, (short) (list + 1), end) != (short) (list + 2)) {
            Tlv.wrong();
        }
        return length;
    }

    /** The place of the object that a tag list names, if it is one of these. */
    private static short index(byte[] data, short list, short end) {
        if (tagLength(data, list, end) != 3 || Util.getShort(data, (short) (list + 2)) != TAG_PREFIX) {
            return NONE;
        }
        short last = (short) (data[(short) (list + 4)] & 0xFF);
        return last == 0 || last == UNASSIGNED || last > COUNT ? NONE : (short) (last - 1);
    }
}
