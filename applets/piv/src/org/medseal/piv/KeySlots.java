package org.medseal.piv;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import javacard.security.ECPrivateKey;
import javacard.security.ECPublicKey;
import javacard.security.KeyAgreement;
import javacard.security.KeyBuilder;
import javacard.security.KeyPair;
import javacard.security.MessageDigest;
import javacard.security.Signature;
import javacardx.crypto.Cipher;

/**
 * The four P-256 keys that are made in the card (part 1, table 4; part 2, 3.2.4 and 3.3.2):
 *
 * <pre>
 *   9A  authentication    signs            after the PIN
 *   9C  signature         signs            after the PIN, each time anew
 *   9D  key management    agrees on keys   after the PIN
 *   9E  card              signs            always
 * </pre>
 *
 * A key counts as made when its bit is set, which happens last; while a pair is being replaced there is none.
 */
final class KeySlots {

    /** The algorithm's number (SP 800-78-4, table 6-2). */
    static final byte ECC_P256 = 0x11;

    private static final byte AUTHENTICATION = (byte) 0x9A;
    private static final byte SIGNATURE = (byte) 0x9C;
    private static final byte KEY_MANAGEMENT = (byte) 0x9D;
    static final byte CARD_AUTHENTICATION = (byte) 0x9E;

    private static final short COUNT = 4;
    private static final short HASH_LENGTH = 32;
    private static final short POINT_LENGTH = 65;

    /** The request for a pair: a template with one algorithm. */
    private static final byte TAG_REQUEST = (byte) 0xAC;
    private static final byte TAG_ALGORITHM = (byte) 0x80;
    private static final short REQUEST_LENGTH = 5;
    /** The answer: a public key template with the point. */
    private static final short TAG_PUBLIC_KEY = 0x7F49;
    private static final byte TAG_POINT = (byte) 0x86;

    private static final short SW_REFERENCE_NOT_FOUND = 0x6A88;

    private final Pins pins;
    private final KeyPair[] pairs;
    /** Bit n: pair n can be used. */
    private byte made;
    private final Signature signature;
    private final KeyAgreement agreement;

    KeySlots(Pins pins) {
        this.pins = pins;
        pairs = new KeyPair[COUNT];
        for (short i = 0; i < COUNT; i++) {
            ECPublicKey publicKey = (ECPublicKey) KeyBuilder.buildKey(
                KeyBuilder.TYPE_EC_FP_PUBLIC, KeyBuilder.LENGTH_EC_FP_256, false);
            ECPrivateKey privateKey = (ECPrivateKey) KeyBuilder.buildKey(
                KeyBuilder.TYPE_EC_FP_PRIVATE, KeyBuilder.LENGTH_EC_FP_256, false);
            P256.describe(publicKey);
            P256.describe(privateKey);
            pairs[i] = new KeyPair(publicKey, privateKey);
        }
        signature = Signature.getInstance(
            MessageDigest.ALG_SHA_256, Signature.SIG_CIPHER_ECDSA, Cipher.PAD_NULL, false);
        agreement = KeyAgreement.getInstance(KeyAgreement.ALG_EC_SVDP_DH_PLAIN, false);
    }

    /** GENERATE ASYMMETRIC KEY PAIR: makes a pair and writes the public key's template. */
    short generate(byte key, byte[] data, short at, short length, byte[] out) {
        short index = indexOf(key);
        if (length != REQUEST_LENGTH || data[at] != TAG_REQUEST || data[(short) (at + 1)] != 3
            || data[(short) (at + 2)] != TAG_ALGORITHM || data[(short) (at + 3)] != 1
            || data[(short) (at + 4)] != ECC_P256) {
            Tlv.wrong();
        }
        byte bit = (byte) (1 << index);
        made &= (byte) ~bit;
        pairs[index].genKeyPair();
        made |= bit;
        Util.setShort(out, (short) 0, TAG_PUBLIC_KEY);
        out[2] = (byte) (POINT_LENGTH + 2);
        out[3] = TAG_POINT;
        out[4] = (byte) POINT_LENGTH;
        return (short) (5 + ((ECPublicKey) pairs[index].getPublic()).getW(out, (short) 5));
    }

    /** GENERAL AUTHENTICATE with one of these keys: a signature, or the secret agreed on. */
    short authenticate(byte algorithm, byte key, Template template, byte[] data) {
        short index = indexOf(key);
        if (algorithm != ECC_P256) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        requireConsent(key);
        if ((byte) (made & (1 << index)) == 0) {
            ISOException.throwIt(SW_REFERENCE_NOT_FOUND);
        }
        if (!template.asks(Template.RESPONSE)) {
            Tlv.wrong();
        }
        return key == KEY_MANAGEMENT ? agree(index, template, data) : sign(index, template, data);
    }

    /** What the cardholder must have done for this key. */
    private void requireConsent(byte key) {
        switch (key) {
            case SIGNATURE:
                pins.requireFreshPin();
                break;
            case CARD_AUTHENTICATION:
                pins.endFreshness();
                break;
            default:
                pins.endFreshness();
                pins.requirePin();
        }
    }

    /** Signs a hash. A shorter one than SHA-256's is the same number with zeros before it (FIPS 186-5, 6.4.1). */
    private short sign(short index, Template template, byte[] data) {
        short length = template.length(Template.CHALLENGE);
        if (length <= 0 || length > HASH_LENGTH) {
            Tlv.wrong();
        }
        short zeros = (short) (HASH_LENGTH - length);
        Util.arrayCopyNonAtomic(data, template.offset(Template.CHALLENGE), data, zeros, length);
        Util.arrayFillNonAtomic(data, (short) 0, zeros, (byte) 0);
        signature.init(pairs[index].getPrivate(), Signature.MODE_SIGN);
        short signed = signature.signPreComputedHash(data, (short) 0, HASH_LENGTH, data, (short) 0);
        return Template.wrap(Template.RESPONSE, data, signed);
    }

    /** The x coordinate that both sides compute; a point that is none of the curve's is refused by the card. */
    private short agree(short index, Template template, byte[] data) {
        template.requireLength(Template.EXPONENTIATION, POINT_LENGTH);
        agreement.init(pairs[index].getPrivate());
        short offset = template.offset(Template.EXPONENTIATION);
        try {
            short agreed = agreement.generateSecret(data, offset, POINT_LENGTH, data, (short) 0);
            return Template.wrap(Template.RESPONSE, data, agreed);
        } catch (javacard.security.CryptoException notOnTheCurve) {
            Tlv.wrong();
            return 0;
        }
    }

    private static short indexOf(byte key) {
        switch (key) {
            case AUTHENTICATION:
                return 0;
            case SIGNATURE:
                return 1;
            case KEY_MANAGEMENT:
                return 2;
            case CARD_AUTHENTICATION:
                return 3;
            default:
                ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
                return 0;
        }
    }
}
