package misuse;

import javacard.framework.*;
import javacard.security.*;
import javacardx.crypto.Cipher;
import javacardx.security.derivation.DerivationFunction;

/**
 * Calls methods of the API in the order that a command gives, right and wrong ones. A step is 13 bytes: the method and six
 * arguments. The answer is the last step's result, or the exception that ended the steps: which step, its class, its reason.
 */
public final class Misuse extends Applet {

    private static final short STEP = 13;
    private static final byte RESULT = 0;

    private final byte[] in = JCSystem.makeTransientByteArray((short) 256, JCSystem.CLEAR_ON_RESET);
    private final byte[] out = JCSystem.makeTransientByteArray((short) 256, JCSystem.CLEAR_ON_RESET);
    private final byte[] tiny = JCSystem.makeTransientByteArray((short) 4, JCSystem.CLEAR_ON_RESET);
    private final byte[] none = new byte[0];
    private final byte[] steps = JCSystem.makeTransientByteArray((short) 256, JCSystem.CLEAR_ON_RESET);
    private final Object[] keys = new Object[4];
    private final Secrets spec = new Secrets();

    private MessageDigest digest;
    private InitializedMessageDigest resumed;
    private Signature signature;
    private Cipher cipher;
    private KeyAgreement agreement;
    private RandomData random;
    private Checksum checksum;
    private DerivationFunction derivation;
    private KeyPair pair;
    private short done;

    public static void install(byte[] parameters, short offset, byte length) {
        new Misuse().register();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) return;
        byte[] buffer = apdu.getBuffer();
        short length = apdu.setIncomingAndReceive();
        Util.arrayCopyNonAtomic(buffer, apdu.getOffsetCdata(), steps, (short) 0, length);
        for (short at = 0; at < (short) in.length; at++) in[at] = (byte) at;
        byte kind = RESULT;
        short value = 0;
        done = 0;
        try {
            for (short at = 0; at < length; at += STEP) {
                value = step(steps[at], at);
                done++;
            }
        } catch (Exception e) {
            kind = codeOf(e);
            value = e instanceof CardRuntimeException ? ((CardRuntimeException) e).getReason() : 0;
        }
        buffer[0] = kind;
        buffer[1] = (byte) done;
        Util.setShort(buffer, (short) 2, value);
        JCSystem.requestObjectDeletion();
        apdu.setOutgoingAndSend((short) 0, (short) 4);
    }

    private static byte codeOf(Exception e) {
        if (e instanceof CryptoException) return 1;
        if (e instanceof ArrayIndexOutOfBoundsException) return 2;
        if (e instanceof NullPointerException) return 3;
        if (e instanceof ClassCastException) return 4;
        if (e instanceof NegativeArraySizeException) return 5;
        if (e instanceof SecurityException) return 6;
        if (e instanceof SystemException) return 7;
        return 9;
    }

    private short word(short at, short argument) {
        return Util.getShort(steps, (short) (at + 1 + argument * 2));
    }

    private byte[] array(short at, short argument) {
        switch (word(at, argument)) {
            case 1: return in;
            case 2: return out;
            case 3: return tiny;
            case 4: return none;
            default: return null;
        }
    }

    private Key key(short at) {
        short place = word(at, (short) 0);
        return place < 0 ? null : (Key) keys[place];
    }

    private short step(byte method, short at) {
        switch ((byte) (method & 0xF0)) {
            case 0x00: return keys(method, at);
            case 0x10: return digests(method, at);
            case 0x20: return signatures(method, at);
            case 0x30: return ciphers(method, at);
            case 0x50: return others(method, at);
            default: return derivations(method, at);
        }
    }

    private short keys(byte method, short at) {
        short first = word(at, (short) 0);
        switch (method) {
            case 0x01:
                keys[first] = KeyBuilder.buildKey((byte) word(at, (short) 1), word(at, (short) 2), false);
                return 0;
            case 0x02:
                secret((Key) keys[first], array(at, (short) 1), word(at, (short) 2), word(at, (short) 3));
                return 0;
            case 0x03:
                ((Key) keys[first]).clearKey();
                return 0;
            case 0x04:
                pair = new KeyPair((byte) first, word(at, (short) 1));
                return 0;
            case 0x05:
                pair.genKeyPair();
                keys[0] = pair.getPrivate();
                keys[1] = pair.getPublic();
                return 0;
            case 0x06:
                pair = new KeyPair((PublicKey) keys[first], (PrivateKey) key((short) (at + 2)));
                return 0;
            case 0x07:
                keys[first] = KeyBuilder.buildXECKey(
                        NamedParameterSpec.getInstance(word(at, (short) 1)), word(at, (short) 2), false);
                return 0;
            case 0x08:
                return ((Key) keys[first]).isInitialized() ? (short) 1 : (short) 0;
            default:
                pair.genKeyPair(null);
                return 0;
        }
    }

    private static void secret(Key key, byte[] bytes, short offset, short length) {
        if (key instanceof AESKey) ((AESKey) key).setKey(bytes, offset);
        else if (key instanceof DESKey) ((DESKey) key).setKey(bytes, offset);
        else if (key instanceof SM4Key) ((SM4Key) key).setKey(bytes, offset);
        else if (key instanceof KoreanSEEDKey) ((KoreanSEEDKey) key).setKey(bytes, offset);
        else if (key instanceof HMACKey) ((HMACKey) key).setKey(bytes, offset, length);
        else ((GenericSecretKey) key).setKey(bytes, offset, length);
    }

    private short digests(byte method, short at) {
        short first = word(at, (short) 0);
        byte[] array = array(at, (short) 0);
        switch (method) {
            case 0x10:
                digest = MessageDigest.getInstance((byte) first, false);
                return 0;
            case 0x11:
                resumed = MessageDigest.getInitializedMessageDigestInstance((byte) first, false);
                digest = resumed;
                return 0;
            case 0x12:
                digest.update(array, word(at, (short) 1), word(at, (short) 2));
                return 0;
            case 0x13:
                return digest.doFinal(
                        array, word(at, (short) 1), word(at, (short) 2), array(at, (short) 3), word(at, (short) 4));
            case 0x14:
                digest.reset();
                return 0;
            case 0x15:
                return digest.getLength();
            case 0x16:
                return digest.doIntermediateMessageDigest(array, word(at, (short) 1));
            default:
                resumed.setInitialDigest(
                        array, word(at, (short) 1), word(at, (short) 2),
                        array(at, (short) 3), word(at, (short) 4), word(at, (short) 5));
                return 0;
        }
    }

    private short signatures(byte method, short at) {
        byte[] array = array(at, (short) 0);
        short offset = word(at, (short) 1);
        short length = word(at, (short) 2);
        switch (method) {
            case 0x20:
                signature = Signature.getInstance((byte) word(at, (short) 0), false);
                return 0;
            case 0x21:
                signature = Signature.getInstance(
                        (byte) word(at, (short) 0), (byte) offset, (byte) length, false);
                return 0;
            case 0x22:
                signature.init(key(at), (byte) offset);
                return 0;
            case 0x23:
                signature.init(key(at), (byte) offset, array(at, (short) 2), word(at, (short) 3), word(at, (short) 4));
                return 0;
            case 0x24:
                signature.update(array, offset, length);
                return 0;
            case 0x25:
                return signature.sign(array, offset, length, array(at, (short) 3), word(at, (short) 4));
            case 0x26:
                return signature.verify(
                        array, offset, length, array(at, (short) 3), word(at, (short) 4), word(at, (short) 5))
                        ? (short) 1 : (short) 0;
            case 0x27:
                return signature.getLength();
            case 0x28:
                return signature.signPreComputedHash(array, offset, length, array(at, (short) 3), word(at, (short) 4));
            case 0x29:
                return ((SignatureMessageRecovery) signature).beginVerify(array, offset, length);
            default:
                signature.setInitialDigest(
                        array, offset, length, array(at, (short) 3), word(at, (short) 4), word(at, (short) 5));
                return 0;
        }
    }

    private short ciphers(byte method, short at) {
        byte[] array = array(at, (short) 0);
        short offset = word(at, (short) 1);
        short length = word(at, (short) 2);
        switch (method) {
            case 0x30:
                cipher = Cipher.getInstance((byte) word(at, (short) 0), false);
                return 0;
            case 0x31:
                cipher = Cipher.getInstance((byte) word(at, (short) 0), (byte) offset, false);
                return 0;
            case 0x32:
                cipher.init(key(at), (byte) offset);
                return 0;
            case 0x33:
                cipher.init(key(at), (byte) offset, array(at, (short) 2), word(at, (short) 3), word(at, (short) 4));
                return 0;
            case 0x34:
                return cipher.update(array, offset, length, array(at, (short) 3), word(at, (short) 4));
            default:
                return cipher.doFinal(array, offset, length, array(at, (short) 3), word(at, (short) 4));
        }
    }

    private short others(byte method, short at) {
        byte[] array = array(at, (short) 0);
        short offset = word(at, (short) 1);
        short length = word(at, (short) 2);
        switch (method) {
            case 0x50:
                agreement = KeyAgreement.getInstance((byte) word(at, (short) 0), false);
                return 0;
            case 0x51:
                agreement.init((PrivateKey) key(at));
                return 0;
            case 0x52:
                return agreement.generateSecret(array, offset, length, array(at, (short) 3), word(at, (short) 4));
            case 0x53:
                return ((ECPublicKey) keys[1]).getW(array, offset);
            case 0x54:
                random = RandomData.getInstance((byte) word(at, (short) 0));
                return 0;
            case 0x55:
                return random.nextBytes(array, offset, length);
            case 0x56:
                random.generateData(array, offset, length);
                return 0;
            case 0x57:
                random.setSeed(array, offset, length);
                return 0;
            case 0x58:
                checksum = Checksum.getInstance((byte) word(at, (short) 0), false);
                return 0;
            case 0x59:
                checksum.init(array, offset, length);
                return 0;
            case 0x5A:
                checksum.update(array, offset, length);
                return 0;
            default:
                return checksum.doFinal(array, offset, length, array(at, (short) 3), word(at, (short) 4));
        }
    }

    private short derivations(byte method, short at) {
        switch (method) {
            case 0x60:
                derivation = DerivationFunction.getInstance(word(at, (short) 0), false);
                return 0;
            case 0x61:
                spec.set((byte) word(at, (short) 0), array(at, (short) 1), word(at, (short) 2));
                derivation.init(spec);
                return 0;
            case 0x62:
                derivation.init(null);
                return 0;
            case 0x63:
                return derivation.nextBytes(array(at, (short) 0), word(at, (short) 1), word(at, (short) 2));
            case 0x64:
                return derivation.lastBytes(array(at, (short) 0), word(at, (short) 1), word(at, (short) 2));
            default:
                return derivation.nextBytes((SecretKey) key(at));
        }
    }
}
