package org.medseal.identity;

import javacard.framework.APDU;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;

/**
 * The certificates of the seal key and of the TLS key, kept for whoever asks. They are public; what they say
 * is not checked here. One that is being replaced does not exist until its last part has come.
 */
final class Certificates {

    private static final short MAX_LENGTH = 1024;
    private static final short PART = 256;
    /** P2 of PUT CERTIFICATE. */
    private static final byte LAST_PART = (byte) 0x80;
    /** The warning that comes with the last part. */
    private static final short SW_END_REACHED = 0x6282;

    private static final short COUNT = 2;

    private final byte[] first;
    private final byte[] second;
    /** How much has come of each. */
    private final short[] filled;
    /** How long each is; zero while it is not complete. */
    private final short[] lengths;

    Certificates() {
        first = new byte[MAX_LENGTH];
        second = new byte[MAX_LENGTH];
        filled = new short[COUNT];
        lengths = new short[COUNT];
    }

    boolean complete() {
        return lengths[0] != 0 && lengths[1] != 0;
    }

    /** The data is an offset and a part that begins there: at zero, or where the part before it ended. */
    void put(byte key, byte flags, byte[] buffer, short at, short length) {
        short index = indexOf(key);
        if ((byte) (flags & ~LAST_PART) != 0) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        if (length < 3) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        short offset = Util.getShort(buffer, at);
        short part = (short) (length - 2);
        if (offset != 0 && offset != filled[index]) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        if (part > (short) (MAX_LENGTH - offset)) {
            ISOException.throwIt(ISO7816.SW_FILE_FULL);
        }
        lengths[index] = 0;
        short end = Util.arrayCopyNonAtomic(buffer, (short) (at + 2), bytesOf(index), offset, part);
        filled[index] = end;
        if (flags == LAST_PART) {
            lengths[index] = end;
        }
    }

    void send(byte key, short offset, APDU apdu) {
        short index = indexOf(key);
        short left = (short) (lengths[index] - offset);
        if (lengths[index] == 0) {
            IdentityApplet.notFound();
        }
        if (offset < 0 || left <= 0) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        short wanted = apdu.setOutgoing();
        short part = wanted < PART ? wanted : PART;
        if (left < part) {
            part = left;
        }
        apdu.setOutgoingLength(part);
        apdu.sendBytesLong(bytesOf(index), offset, part);
        if (part == left) {
            ISOException.throwIt(SW_END_REACHED);
        }
    }

    private byte[] bytesOf(short index) {
        return index == 0 ? first : second;
    }

    private static short indexOf(byte key) {
        if (key != KeyStore.SEAL && key != KeyStore.TLS) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        return (short) (key - 1);
    }
}
