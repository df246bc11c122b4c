package org.medseal.identity;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.security.ECPrivateKey;
import javacard.security.ECPublicKey;
import javacard.security.HMACKey;
import javacard.security.KeyBuilder;
import javacard.security.KeyPair;
import javacard.security.PrivateKey;

/**
 * The four keys: three pairs made in the element, which never leave it, and one secret that is put in.
 * A key counts as made when its bit is set, which happens last: a pair whose making was interrupted is
 * simply made again, and nothing was signed by it.
 */
final class KeyStore {

    static final byte SEAL = 1;
    static final byte TLS = 2;
    static final byte TOKEN = 3;
    static final byte TOKEN_SECRET = 4;

    /** The bits of keys 1 to 3. */
    static final byte ALL_PAIRS = 0x07;
    static final short SECRET_LENGTH = 32;

    private static final short PAIRS = 3;

    private final KeyPair[] pairs;
    private final HMACKey secret;
    /** Bit n - 1: key n can be used. */
    private byte made;

    KeyStore() {
        pairs = new KeyPair[PAIRS];
        for (short i = 0; i < PAIRS; i++) {
            ECPublicKey publicKey = (ECPublicKey) KeyBuilder.buildKey(
                KeyBuilder.TYPE_EC_FP_PUBLIC, KeyBuilder.LENGTH_EC_FP_256, false);
            ECPrivateKey privateKey = (ECPrivateKey) KeyBuilder.buildKey(
                KeyBuilder.TYPE_EC_FP_PRIVATE, KeyBuilder.LENGTH_EC_FP_256, false);
            P256.describe(publicKey);
            P256.describe(privateKey);
            pairs[i] = new KeyPair(publicKey, privateKey);
        }
        secret = (HMACKey) KeyBuilder.buildKey(
            KeyBuilder.TYPE_HMAC, KeyBuilder.LENGTH_HMAC_SHA_256_BLOCK_64, false);
    }

    /** Makes a pair, once: a second one would let somebody replace the device's identity. */
    void generate(byte key) {
        requirePair(key);
        if (isMade(key)) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        pairs[(short) (key - 1)].genKeyPair();
    }

    void markMade(byte key) {
        made |= (byte) (1 << (key - 1));
    }

    void putSecret(byte[] buffer, short offset) {
        secret.setKey(buffer, offset, SECRET_LENGTH);
        markMade(TOKEN_SECRET);
    }

    byte made() {
        return made;
    }

    /** Copies the point 04 x y of a pair that is made, and gives its length. */
    short copyPublic(byte key, byte[] buffer, short offset) {
        requirePair(key);
        if (!isMade(key)) {
            IdentityApplet.notFound();
        }
        return copyPoint(key, buffer, offset);
    }

    /** The same for a pair that is being made. */
    short copyPoint(byte key, byte[] buffer, short offset) {
        return ((ECPublicKey) pairs[(short) (key - 1)].getPublic()).getW(buffer, offset);
    }

    PrivateKey privateKey(byte key) {
        requireMade(key);
        return pairs[(short) (key - 1)].getPrivate();
    }

    HMACKey secret() {
        requireMade(TOKEN_SECRET);
        return secret;
    }

    private boolean isMade(byte key) {
        return (byte) (made & (1 << (key - 1))) != 0;
    }

    private void requireMade(byte key) {
        if (!isMade(key)) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
    }

    private static void requirePair(byte key) {
        if (key < SEAL || key > TOKEN) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
    }
}
