
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import javacard.security.Checksum;
import javacard.security.KeyAgreement;
import javacard.security.KeyBuilder;
import javacard.security.KeyPair;
import javacard.security.MessageDigest;
import javacard.security.RandomData;
import javacard.security.Signature;
import javacardx.crypto.Cipher;

/** The factories that cards of API 3.0.5 have, by the numbers of the command; constants come as the data. */
class Factories {

    /**
     * Makes one object.
     *
     * @return it, or the reference null of a factory that gives none
     */
    Object make(byte factory, byte[] data, short at) {
        byte first = data[at];
        switch (factory) {
            case 0x00: return MessageDigest.getInstance(first, false);
            case 0x01: return MessageDigest.getInitializedMessageDigestInstance(first, false);
            case 0x02: return Signature.getInstance(first, false);
            case 0x03: return Signature.getInstance(first, data[(short) (at + 1)], data[(short) (at + 2)], false);
            case 0x04: return Cipher.getInstance(first, false);
            case 0x05: return Cipher.getInstance(first, data[(short) (at + 1)], false);
            case 0x06: return KeyAgreement.getInstance(first, false);
            case 0x07: return RandomData.getInstance(first);
            case 0x08: return Checksum.getInstance(first, false);
            case 0x09: return KeyBuilder.buildKey(first, Util.getShort(data, (short) (at + 1)), false);
            case 0x0A: return KeyBuilder.buildKey(
                    first, data[(short) (at + 1)], Util.getShort(data, (short) (at + 2)), false);
            case 0x0B: return new KeyPair(first, Util.getShort(data, (short) (at + 1)));
            default:
                ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
                return null;
        }
    }
}
