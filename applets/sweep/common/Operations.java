
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.Checksum;
import javacard.security.DHPublicKey;
import javacard.security.ECPublicKey;
import javacard.security.Key;
import javacard.security.KeyAgreement;
import javacard.security.MessageDigest;
import javacard.security.PrivateKey;
import javacard.security.RandomData;
import javacard.security.Signature;
import javacard.security.SignatureMessageRecovery;
import javacardx.crypto.AEADCipher;
import javacardx.crypto.Cipher;

/** What objects do, once or so often, with the keys that were made. */
class Operations {

    private static final short LONGEST = 1024;
    private static final short TAG = 16;

    final Keys keys;
    final byte[] text = JCSystem.makeTransientByteArray(LONGEST, JCSystem.CLEAR_ON_DESELECT);
    final byte[] result = JCSystem.makeTransientByteArray(LONGEST, JCSystem.CLEAR_ON_DESELECT);
    private final byte[] back = JCSystem.makeTransientByteArray(LONGEST, JCSystem.CLEAR_ON_DESELECT);
    private final short[] length = JCSystem.makeTransientShortArray((short) 2, JCSystem.CLEAR_ON_DESELECT);
    private final Object[] held = JCSystem.makeTransientObjectArray((short) 1, JCSystem.CLEAR_ON_DESELECT);

    Operations(Keys keys) {
        this.keys = keys;
    }

    final void object(Object made) {
        held[0] = made;
    }

    final Object object() {
        return held[0];
    }

    /** Count and length of the text, then parameters. Gives the length of the result. */
    final short run(byte operation, byte[] data, short parameters) {
        short count = Util.getShort(data, (short) 0);
        short size = Util.getShort(data, (short) 2);
        for (short at = 0; at < size; at++) text[at] = (byte) at;
        return operate(operation, count, size, data, parameters);
    }

    /** Parameters stand in data from offset 4 on. */
    short operate(byte operation, short count, short size, byte[] data, short parameters) {
        switch (operation) {
            case 0x00: return digest(count, size);
            case 0x01: return sign(count, size);
            case 0x02: return verify(count, size);
            case 0x03: return encrypt(count, size, data, parameters);
            case 0x04: return decrypt(count, size, data, parameters);
            case 0x05: return sealed(count, size, data, parameters);
            case 0x06: return agree(count, peer());
            case 0x07: return random(count, size);
            case 0x08: return check(count, size);
            default:
                ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
                return 0;
        }
    }

    private short digest(short count, short size) {
        MessageDigest digest = (MessageDigest) object();
        short made = 0;
        for (short i = 0; i < count; i++) made = digest.doFinal(text, (short) 0, size, result, (short) 0);
        return made;
    }

    private short sign(short count, short size) {
        Signature signature = (Signature) object();
        signature.init(keys.ofSigner(), Signature.MODE_SIGN);
        short made = 0;
        for (short i = 0; i < count; i++) {
            made = signature instanceof SignatureMessageRecovery
                    ? ((SignatureMessageRecovery) signature)
                            .sign(text, (short) 0, size, result, (short) 0, length, (short) 1)
                    : signature.sign(text, (short) 0, size, result, (short) 0);
        }
        length[0] = made;
        return made;
    }

    private short verify(short count, short size) {
        Signature signature = (Signature) object();
        signature.init(keys.ofVerifier(), Signature.MODE_VERIFY);
        for (short i = 0; i < count; i++) {
            if (!(signature instanceof SignatureMessageRecovery)) {
                expect(signature.verify(text, (short) 0, size, result, (short) 0, length[0]));
                continue;
            }
            SignatureMessageRecovery recovering = (SignatureMessageRecovery) signature;
            Util.arrayCopyNonAtomic(result, (short) 0, back, (short) 0, length[0]);
            short front = recovering.beginVerify(back, (short) 0, length[0]);
            expect(recovering.verify(text, front, (short) (size - front)));
        }
        return 0;
    }

    private short encrypt(short count, short size, byte[] data, short parameters) {
        Cipher cipher = (Cipher) object();
        start(cipher, keys.ofVerifier(), Cipher.MODE_ENCRYPT, data, parameters);
        short made = 0;
        for (short i = 0; i < count; i++) made = cipher.doFinal(text, (short) 0, size, result, (short) 0);
        length[0] = made;
        return made;
    }

    private short decrypt(short count, short size, byte[] data, short parameters) {
        Cipher cipher = (Cipher) object();
        start(cipher, keys.ofSigner(), Cipher.MODE_DECRYPT, data, parameters);
        short made = 0;
        for (short i = 0; i < count; i++) made = cipher.doFinal(result, (short) 0, length[0], back, (short) 0);
        expect(made == size && Util.arrayCompare(text, (short) 0, back, (short) 0, size) == 0);
        return made;
    }

    private static void start(Cipher cipher, Key key, byte mode, byte[] data, short parameters) {
        if (parameters == 0) cipher.init(key, mode);
        else cipher.init(key, mode, data, (short) 4, parameters);
    }

    /** Encryption with a tag; the nonce must be a new one for every message, so each begins with init. */
    private short sealed(short count, short size, byte[] data, short parameters) {
        AEADCipher cipher = (AEADCipher) object();
        boolean lengths = cipher.getCipherAlgorithm() == AEADCipher.CIPHER_AES_CCM;
        short made = 0;
        for (short i = 0; i < count; i++) {
            if (lengths) {
                cipher.init(keys.ofVerifier(), Cipher.MODE_ENCRYPT, data, (short) 4, parameters, (short) 0, size, TAG);
            } else {
                cipher.init(keys.ofVerifier(), Cipher.MODE_ENCRYPT, data, (short) 4, parameters);
            }
            made = cipher.doFinal(text, (short) 0, size, result, (short) 0);
            expect(cipher.retrieveTag(back, (short) 0, TAG) == TAG);
        }
        return (short) (made + TAG);
    }

    /** The other's public value in the array of results, with its length. */
    short peer() {
        Key key = keys.ofVerifier();
        return key instanceof DHPublicKey
                ? ((DHPublicKey) key).getY(result, (short) 0)
                : ((ECPublicKey) key).getW(result, (short) 0);
    }

    private short agree(short count, short peer) {
        KeyAgreement agreement = (KeyAgreement) object();
        agreement.init((PrivateKey) keys.ofSigner());
        short made = 0;
        for (short i = 0; i < count; i++) {
            made = agreement.generateSecret(result, (short) 0, peer, back, (short) 0);
        }
        return made;
    }

    private short random(short count, short size) {
        RandomData random = (RandomData) object();
        for (short i = 0; i < count; i++) random.nextBytes(result, (short) 0, size);
        return size;
    }

    private short check(short count, short size) {
        Checksum checksum = (Checksum) object();
        short made = 0;
        for (short i = 0; i < count; i++) made = checksum.doFinal(text, (short) 0, size, result, (short) 0);
        return made;
    }

    static void expect(boolean right) {
        if (!right) ISOException.throwIt(ISO7816.SW_WRONG_DATA);
    }
}
