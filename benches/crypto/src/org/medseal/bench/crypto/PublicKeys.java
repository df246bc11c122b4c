package org.medseal.bench.crypto;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.security.KeyAgreement;
import javacard.security.KeyBuilder;
import javacard.security.KeyPair;
import javacard.security.MessageDigest;
import javacard.security.NamedParameterSpec;
import javacard.security.PrivateKey;
import javacard.security.PublicKey;
import javacard.security.Signature;
import javacard.security.XECPublicKey;
import javacardx.crypto.Cipher;

/**
 * Work with public keys.
 *
 * <pre>
 *   01  sign 32 bytes, ECDSA with SHA-256     variant: a curve, see below
 *   02  verify that signature
 *   03  ECDH, the shared coordinate
 *   04  sign 32 bytes, Ed25519
 *   05  verify that signature
 *   06  X25519
 *   10  sign 32 bytes, RSA PKCS #1 with SHA-256, CRT      variant: the length in units of 256 bits
 *   11  verify that signature
 *   12  make a key pair
 * </pre>
 *
 * Curves: 0 P-256, 1 P-384, 2 P-521, 3 brainpoolP256r1, 4 brainpoolP384r1.
 */
final class PublicKeys implements Work {

    private static final byte ECDSA_SIGN = 0x01;
    private static final byte ECDSA_VERIFY = 0x02;
    private static final byte ECDH = 0x03;
    private static final byte EDDSA_SIGN = 0x04;
    private static final byte EDDSA_VERIFY = 0x05;
    private static final byte XDH = 0x06;
    private static final byte RSA_SIGN = 0x10;
    private static final byte RSA_VERIFY = 0x11;
    private static final byte RSA_GENERATE = 0x12;

    private static final short MESSAGE = 32;
    private static final short LONGEST = 512;

    /** The curves by their variants. */
    private static final short[] CURVES = {
        NamedParameterSpec.SECP256R1,
        NamedParameterSpec.SECP384R1,
        NamedParameterSpec.SECP521R1,
        NamedParameterSpec.BRAINPOOLP256R1,
        NamedParameterSpec.BRAINPOOLP384R1,
    };

    private final byte[] message = JCSystem.makeTransientByteArray(MESSAGE, JCSystem.CLEAR_ON_RESET);
    private final byte[] out = JCSystem.makeTransientByteArray(LONGEST, JCSystem.CLEAR_ON_RESET);
    /** The other's key, or a signature. */
    private final byte[] given = JCSystem.makeTransientByteArray(LONGEST, JCSystem.CLEAR_ON_RESET);
    private short givenLength;
    private byte kind;
    private KeyPair pair;
    private Signature signature;
    private KeyAgreement agreement;

    public void prepare(byte kind, byte variant) {
        this.kind = kind;
        switch (kind) {
            case ECDSA_SIGN:
            case ECDSA_VERIFY:
                pair = named(CURVES[variant]);
                prepareSignature(MessageDigest.ALG_SHA_256, Signature.SIG_CIPHER_ECDSA, Cipher.PAD_NULL, kind == ECDSA_VERIFY);
                return;
            case EDDSA_SIGN:
            case EDDSA_VERIFY:
                pair = named(NamedParameterSpec.ED25519);
                prepareSignature(MessageDigest.ALG_NULL, Signature.SIG_CIPHER_EDDSA, Cipher.PAD_NULL, kind == EDDSA_VERIFY);
                return;
            case ECDH:
                prepareAgreement(CURVES[variant], KeyAgreement.ALG_EC_SVDP_DH_PLAIN);
                return;
            case XDH:
                prepareAgreement(NamedParameterSpec.X25519, KeyAgreement.ALG_XDH);
                return;
            case RSA_SIGN:
            case RSA_VERIFY:
                pair = new KeyPair(KeyPair.ALG_RSA_CRT, (short) (variant * 256));
                pair.genKeyPair();
                prepareSignature(MessageDigest.ALG_SHA_256, Signature.SIG_CIPHER_RSA, Cipher.PAD_PKCS1, kind == RSA_VERIFY);
                return;
            case RSA_GENERATE:
                pair = new KeyPair(KeyPair.ALG_RSA_CRT, (short) (variant * 256));
                return;
            default:
                ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
    }

    public short run(short count) {
        short length = 0;
        for (short i = 0; i < count; i++) {
            switch (kind) {
                case ECDH:
                case XDH:
                    length = agreement.generateSecret(given, (short) 0, givenLength, out, (short) 0);
                    break;
                case RSA_GENERATE:
                    pair.genKeyPair();
                    break;
                case ECDSA_VERIFY:
                case EDDSA_VERIFY:
                case RSA_VERIFY:
                    if (!signature.verify(message, (short) 0, MESSAGE, given, (short) 0, givenLength)) {
                        ISOException.throwIt(ISO7816.SW_WRONG_DATA);
                    }
                    break;
                default:
                    length = signature.sign(message, (short) 0, MESSAGE, out, (short) 0);
            }
        }
        return length;
    }

    /** A new pair of a curve. */
    private static KeyPair named(short name) {
        NamedParameterSpec spec = NamedParameterSpec.getInstance(name);
        short persistent = JCSystem.MEMORY_TYPE_PERSISTENT;
        KeyPair pair = new KeyPair(
            (PublicKey) KeyBuilder.buildXECKey(spec, (short) (KeyBuilder.ATTR_PUBLIC | persistent), false),
            (PrivateKey) KeyBuilder.buildXECKey(spec, (short) (KeyBuilder.ATTR_PRIVATE | persistent), false));
        pair.genKeyPair();
        return pair;
    }

    private void prepareSignature(byte digest, byte cipher, byte padding, boolean verifies) {
        signature = Signature.getInstance(digest, cipher, padding, false);
        signature.init(pair.getPrivate(), Signature.MODE_SIGN);
        if (verifies) {
            givenLength = signature.sign(message, (short) 0, MESSAGE, given, (short) 0);
            signature.init(pair.getPublic(), Signature.MODE_VERIFY);
        }
    }

    private void prepareAgreement(short name, byte algorithm) {
        givenLength = ((XECPublicKey) named(name).getPublic()).getEncoded(given, (short) 0);
        pair = named(name);
        agreement = KeyAgreement.getInstance(algorithm, false);
        agreement.init(pair.getPrivate());
    }
}
