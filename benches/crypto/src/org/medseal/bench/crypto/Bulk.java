package org.medseal.bench.crypto;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.security.AESKey;
import javacard.security.HMACKey;
import javacard.security.KeyBuilder;
import javacard.security.MessageDigest;
import javacard.security.Signature;
import javacardx.crypto.AEADCipher;
import javacardx.crypto.Cipher;

/**
 * Work with many bytes.
 *
 * <pre>
 *   20  AES-CBC encryption
 *   21  AES-CTR
 *   22  AES-GCM encryption, with a nonce and a tag for each message
 *   23  AES-CCM encryption, likewise
 *   30  SHA-256
 *   31  HMAC with SHA-256
 * </pre>
 *
 * Variant: 1 for 4,096 bytes instead of 256, and 2 for a key of 256 bits instead of 128.
 */
final class Bulk implements Work {

    private static final byte AES_CBC = 0x20;
    private static final byte AES_CTR = 0x21;
    private static final byte AES_GCM = 0x22;
    private static final byte AES_CCM = 0x23;
    private static final byte SHA_256 = 0x30;
    private static final byte HMAC_SHA_256 = 0x31;

    private static final short SHORT = 256;
    private static final short LONG = 4096;
    private static final short KEY = 32;
    private static final short BLOCK = 16;
    private static final short NONCE = 12;

    private final byte[] text = JCSystem.makeTransientByteArray(LONG, JCSystem.CLEAR_ON_RESET);
    private final byte[] tag = JCSystem.makeTransientByteArray(BLOCK, JCSystem.CLEAR_ON_RESET);
    private final byte[] out = JCSystem.makeTransientByteArray((short) (LONG + BLOCK), JCSystem.CLEAR_ON_RESET);
    private byte kind;
    private short length;
    private AESKey key;
    private Cipher cipher;
    private AEADCipher aead;
    private MessageDigest digest;
    private Signature mac;

    public void prepare(byte kind, byte variant) {
        this.kind = kind;
        length = (variant & 1) == 0 ? SHORT : LONG;
        short bits = (variant & 2) == 0 ? KeyBuilder.LENGTH_AES_128 : KeyBuilder.LENGTH_AES_256;
        switch (kind) {
            case AES_CBC:
                prepareCipher(Cipher.ALG_AES_BLOCK_128_CBC_NOPAD, bits);
                return;
            case AES_CTR:
                prepareCipher(Cipher.ALG_AES_CTR, bits);
                return;
            case AES_GCM:
                prepareAead(AEADCipher.ALG_AES_GCM, bits);
                return;
            case AES_CCM:
                prepareAead(AEADCipher.ALG_AES_CCM, bits);
                return;
            case SHA_256:
                digest = MessageDigest.getInstance(MessageDigest.ALG_SHA_256, false);
                return;
            case HMAC_SHA_256:
                HMACKey secret = (HMACKey) KeyBuilder.buildKey(
                    KeyBuilder.TYPE_HMAC, KeyBuilder.LENGTH_HMAC_SHA_256_BLOCK_64, false);
                secret.setKey(text, (short) 0, KEY);
                mac = Signature.getInstance(Signature.ALG_HMAC_SHA_256, false);
                mac.init(secret, Signature.MODE_SIGN);
                return;
            default:
                ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
    }

    public short run(short count) {
        short result = 0;
        for (short i = 0; i < count; i++) {
            switch (kind) {
                case AES_GCM:
                    aead.init(key, Cipher.MODE_ENCRYPT, text, (short) 0, NONCE);
                    result = seal();
                    break;
                case AES_CCM:
                    aead.init(key, Cipher.MODE_ENCRYPT, text, (short) 0, NONCE, (short) 0, length, BLOCK);
                    result = seal();
                    break;
                case SHA_256:
                    result = digest.doFinal(text, (short) 0, length, out, (short) 0);
                    break;
                case HMAC_SHA_256:
                    result = mac.sign(text, (short) 0, length, out, (short) 0);
                    break;
                default:
                    result = cipher.doFinal(text, (short) 0, length, out, (short) 0);
            }
        }
        return result;
    }

    /** The ciphertext, then the tag. */
    private short seal() {
        short made = aead.doFinal(text, (short) 0, length, out, (short) 0);
        return (short) (made + aead.retrieveTag(tag, (short) 0, BLOCK));
    }

    private void prepareKey(short bits) {
        key = (AESKey) KeyBuilder.buildKey(KeyBuilder.TYPE_AES, bits, false);
        key.setKey(text, (short) 0);
    }

    private void prepareCipher(byte algorithm, short bits) {
        prepareKey(bits);
        cipher = Cipher.getInstance(algorithm, false);
        cipher.init(key, Cipher.MODE_ENCRYPT, text, (short) 0, BLOCK);
    }

    private void prepareAead(byte algorithm, short bits) {
        prepareKey(bits);
        aead = (AEADCipher) Cipher.getInstance(algorithm, false);
    }
}
