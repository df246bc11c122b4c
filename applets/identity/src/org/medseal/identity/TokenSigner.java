package org.medseal.identity;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.security.MessageDigest;
import javacard.security.Signature;
import javacardx.crypto.Cipher;

/**
 * Signatures of tokens, ES256 or HS256 (RFC 7515). The signing input may come in several commands; what has
 * arrived of it lives in the signature object and in transient memory, and any other command ends it.
 */
final class TokenSigner {

    private static final byte NONE = 0;
    private static final byte ES256 = 1;
    private static final byte HS256 = 2;

    private static final short MAX_LENGTH = 1024;

    /** A JSON object's start in base64url: no handshake and no seal begins so. */
    private static final byte[] START = {'e', 'y', 'J'};

    // Slots of the state: the algorithm of the input in progress, and how much of it has come.
    private static final short ALGORITHM = 0;
    private static final short LENGTH = 1;

    private final KeyStore keys;
    private final Signature es256;
    private final Signature hs256;
    private final short[] state;

    TokenSigner(KeyStore keys) {
        this.keys = keys;
        es256 = Signature.getInstance(
            MessageDigest.ALG_SHA_256, Signature.SIG_CIPHER_ECDSA_PLAIN, Cipher.PAD_NULL, false);
        hs256 = Signature.getInstance(Signature.ALG_HMAC_SHA_256, false);
        state = JCSystem.makeTransientShortArray((short) 2, JCSystem.CLEAR_ON_DESELECT);
    }

    void abandon() {
        state[ALGORITHM] = NONE;
    }

    /** Starts an input, or goes on with the one in progress when it is for the same algorithm. */
    void begin(byte algorithm) {
        if (state[ALGORITHM] == algorithm && algorithm != NONE) {
            return;
        }
        boolean other = state[ALGORITHM] != NONE;
        abandon();
        if (other) {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
        switch (algorithm) {
            case ES256:
                es256.init(keys.privateKey(KeyStore.TOKEN), Signature.MODE_SIGN);
                break;
            case HS256:
                hs256.init(keys.secret(), Signature.MODE_SIGN);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        state[LENGTH] = 0;
        state[ALGORITHM] = algorithm;
    }

    void add(byte[] buffer, short offset, short length) {
        short before = state[LENGTH];
        for (short i = 0; i < length && (short) (before + i) < START.length; i++) {
            if (buffer[(short) (offset + i)] != START[(short) (before + i)]) {
                refuse();
            }
        }
        if (length > (short) (MAX_LENGTH - before)) {
            refuse();
        }
        state[LENGTH] = (short) (before + length);
        signature().update(buffer, offset, length);
    }

    /** Writes the signature to the buffer's start and gives its length. */
    short finish(byte[] buffer) {
        if (state[LENGTH] < START.length) {
            refuse();
        }
        Signature signature = signature();
        abandon();
        return signature.sign(buffer, (short) 0, (short) 0, buffer, (short) 0);
    }

    private Signature signature() {
        return state[ALGORITHM] == ES256 ? es256 : hs256;
    }

    private void refuse() {
        abandon();
        ISOException.throwIt(ISO7816.SW_WRONG_DATA);
    }
}
