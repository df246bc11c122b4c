package org.medseal.piv;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;

/**
 * What an issuer gives when it installs the applet, each item a tag, a length of one byte and the value:
 *
 * <pre>
 *   80  the PIN, 6 to 8 ASCII digits                          needed
 *   81  the PUK, 6 to 8 bytes other than FF                   needed
 *   9B  the administration key: 16, 24 or 32 bytes of AES     needed
 *   82  tries of the PIN and of the PUK, each 1 to 15         3 and 3 without it
 * </pre>
 *
 * Nothing of it is copied but into the objects that keep it.
 */
final class Personalization {

    static final byte PIN = (byte) 0x80;
    static final byte PUK = (byte) 0x81;
    static final byte TRIES = (byte) 0x82;
    static final byte ADMIN_KEY = (byte) 0x9B;

    private static final short NONE = -1;

    private Personalization() {
    }

    /** The offset of an item's length byte; without the item there is no applet. */
    static short need(byte[] data, short offset, short end, byte tag) {
        short at = find(data, offset, end, tag);
        if (at == NONE) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        return at;
    }

    /** How often a secret may be tried: number 0 is the PIN, 1 the PUK. */
    static byte tries(byte[] data, short offset, short end, short number, byte otherwise) {
        short at = find(data, offset, end, TRIES);
        if (at == NONE) {
            return otherwise;
        }
        byte tries = data[(short) (Tlv.value(data, at, end) + number)];
        if (Tlv.length(data, at, end) != 2 || tries < 1 || tries > 15) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        return tries;
    }

    /** Looks at every item, so that one that nobody knows is not let pass. */
    private static short find(byte[] data, short offset, short end, byte tag) {
        short found = NONE;
        short at = offset;
        while (at < end) {
            byte here = data[at++];
            if (here != PIN && here != PUK && here != TRIES && here != ADMIN_KEY) {
                ISOException.throwIt(ISO7816.SW_WRONG_DATA);
            }
            if (here == tag) {
                found = at;
            }
            at = (short) (Tlv.value(data, at, end) + Tlv.length(data, at, end));
        }
        return found;
    }
}
