package org.medseal.ndef;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;

/**
 * An NFC Forum Type 4 Tag, mapping version 2.0: two files, selected by number and read and written by offset.
 *
 * <pre>
 *   E103  capability container, 15 bytes
 *         00 length: 000F        02 version: 20         03 longest answer: 00FF     05 longest command: 00FF
 *         07 TLV 04, 6 bytes:    09 file: E104          0B size of that file
 *                                0D read access: 00     0E write access: 00, or FF for never
 *   E104  two bytes of length, then the NDEF message
 * </pre>
 *
 * Install parameters: two bytes, the size of file E104; and what stands in it from its third byte on, an NDEF message.
 *
 * Writing FF at offset 000E of E103, and nothing else, makes the tag read-only for ever. The specification leaves it to
 * the card how that is done.
 */
public final class NdefApplet extends Applet {

    private static final byte INS_SELECT = (byte) 0xA4;
    private static final byte INS_READ_BINARY = (byte) 0xB0;
    private static final byte INS_UPDATE_BINARY = (byte) 0xD6;

    /** SELECT by file number, first or only one, no answer data. */
    private static final short SELECT_BY_NUMBER = 0x000C;

    private static final short FILE_CONTAINER = (short) 0xE103;
    private static final short FILE_NDEF = (short) 0xE104;
    private static final short NO_FILE = 0;

    /** At least the file's own length and an empty record; at most what a tag of this mapping may say. */
    private static final short SMALLEST = 5;
    private static final short LARGEST = 0x7FFE;
    private static final short LENGTH_BYTES = 2;

    private static final short SIZE = 0x0B;
    private static final short WRITE_ACCESS = 0x0E;
    private static final byte NEVER = (byte) 0xFF;

    private static final short SW_WRONG_OFFSET = 0x6B00;

    private static final byte[] CONTAINER = {
        0, 0x0F, 0x20, 0, (byte) 0xFF, 0, (byte) 0xFF, 4, 6, (byte) 0xE1, 4, 0, 0, 0, 0};

    private final byte[] container;
    private final byte[] message;
    /** One element: the file that is selected. */
    private final short[] selected;

    private NdefApplet(byte[] parameters, short offset, short length) {
        if (length < LENGTH_BYTES) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        short size = Util.getShort(parameters, offset);
        short given = (short) (length - LENGTH_BYTES);
        if (size < SMALLEST || size > LARGEST || given > (short) (size - LENGTH_BYTES)) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        container = new byte[(short) CONTAINER.length];
        Util.arrayCopyNonAtomic(CONTAINER, (short) 0, container, (short) 0, (short) CONTAINER.length);
        Util.setShort(container, SIZE, size);
        message = new byte[size];
        Util.setShort(message, (short) 0, given);
        Util.arrayCopyNonAtomic(parameters, (short) (offset + LENGTH_BYTES), message, LENGTH_BYTES, given);
        selected = JCSystem.makeTransientShortArray((short) 1, JCSystem.CLEAR_ON_DESELECT);
    }

    /** Called by the card: instance AID, control information and applet data, each behind its length. */
    public static void install(byte[] parameters, short offset, byte length) {
        short aid = (short) (offset + 1);
        short control = (short) (aid + parameters[offset]);
        short data = (short) (control + 1 + parameters[control]);
        short dataLength = (short) (parameters[data] & 0xFF);
        NdefApplet applet = new NdefApplet(parameters, (short) (data + 1), dataLength);
        applet.register(parameters, aid, parameters[offset]);
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            selected[0] = NO_FILE;
            return;
        }
        byte[] buffer = apdu.getBuffer();
        if (buffer[ISO7816.OFFSET_CLA] != 0) {
            ISOException.throwIt(ISO7816.SW_CLA_NOT_SUPPORTED);
        }
        short parameters = Util.getShort(buffer, ISO7816.OFFSET_P1);
        switch (buffer[ISO7816.OFFSET_INS]) {
            case INS_SELECT:
                selectFile(apdu, buffer, parameters);
                break;
            case INS_READ_BINARY:
                read(apdu, parameters);
                break;
            case INS_UPDATE_BINARY:
                update(apdu, buffer, parameters);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private void selectFile(APDU apdu, byte[] buffer, short parameters) {
        if (parameters != SELECT_BY_NUMBER) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        if (apdu.setIncomingAndReceive() != 2) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        short file = Util.getShort(buffer, ISO7816.OFFSET_CDATA);
        if (file != FILE_CONTAINER && file != FILE_NDEF) {
            ISOException.throwIt(ISO7816.SW_FILE_NOT_FOUND);
        }
        selected[0] = file;
    }

    /** READ BINARY: as many bytes as are asked for, or as there are. */
    private void read(APDU apdu, short offset) {
        byte[] file = file();
        if (offset < 0 || offset >= file.length) {
            ISOException.throwIt(SW_WRONG_OFFSET);
        }
        short left = (short) (file.length - offset);
        short wanted = apdu.setOutgoing();
        short part = wanted < left ? wanted : left;
        apdu.setOutgoingLength(part);
        apdu.sendBytesLong(file, offset, part);
    }

    /** UPDATE BINARY: all of the data, or none when the power fails. */
    private void update(APDU apdu, byte[] buffer, short offset) {
        byte[] file = file();
        short length = apdu.setIncomingAndReceive();
        if (length == 0) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        if (selected[0] == FILE_CONTAINER) {
            makeReadOnly(buffer, offset, length);
            return;
        }
        if (container[WRITE_ACCESS] == NEVER) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
        if (offset < 0 || length > (short) (file.length - offset)) {
            ISOException.throwIt(SW_WRONG_OFFSET);
        }
        Util.arrayCopy(buffer, ISO7816.OFFSET_CDATA, file, offset, length);
    }

    private void makeReadOnly(byte[] buffer, short offset, short length) {
        if (offset != WRITE_ACCESS || length != 1 || buffer[ISO7816.OFFSET_CDATA] != NEVER) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
        container[WRITE_ACCESS] = NEVER;
    }

    private byte[] file() {
        if (selected[0] == NO_FILE) {
            ISOException.throwIt(ISO7816.SW_COMMAND_NOT_ALLOWED);
        }
        return selected[0] == FILE_CONTAINER ? container : message;
    }
}
