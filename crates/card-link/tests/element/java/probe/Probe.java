package probe;

import javacard.framework.*;
import javacard.security.*;
import javacardx.apdu.ExtendedLength;
import javacardx.crypto.Cipher;

/** Asks the platform one thing a command: INS says which, the answer is what came out. */
public final class Probe extends Applet implements ExtendedLength {

    private byte kept;
    private final byte[] persistent = new byte[64];
    private final byte[] large = new byte[10000];
    private final byte[] onReset;
    private final byte[] onDeselect;
    private Object stored;
    private final OwnerPIN pin = new OwnerPIN((byte) 3, (byte) 8);

    private Probe() {
        onReset = JCSystem.makeTransientByteArray((short) 64, JCSystem.CLEAR_ON_RESET);
        onDeselect = JCSystem.makeTransientByteArray((short) 64, JCSystem.CLEAR_ON_DESELECT);
        pin.update(new byte[] {1, 2, 3, 4}, (short) 0, (byte) 4);
    }

    public static void install(byte[] data, short offset, byte length) {
        new Probe().register();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        byte p1 = buffer[ISO7816.OFFSET_P1];
        short length;
        switch (buffer[ISO7816.OFFSET_INS]) {
            case 0x01: length = abort(buffer); break;
            case 0x02: escape(); return;
            case 0x03:
                buffer[0] = kept;
                buffer[1] = JCSystem.getTransactionDepth();
                length = 2;
                break;
            case 0x04: length = nested(buffer); break;
            case 0x05: length = capacity(buffer); break;
            case 0x06: length = pinInTransaction(buffer); break;
            case 0x07: ((byte[]) stored)[0] = 1; return;
            case 0x08: length = cipher(apdu, buffer, p1); break;
            case 0x09: length = cmac(apdu, buffer); break;
            case 0x0A: length = hmac(apdu, buffer, p1); break;
            case 0x0B: length = digest(apdu, buffer, p1); break;
            case 0x0C: length = agree(buffer); break;
            case 0x0D: length = sign(buffer); break;
            case 0x0E: length = store(buffer, p1 == 0 ? (Object) buffer : (Object) apdu); break;
            case 0x0F: length = names(buffer); break;
            case 0x10: length = transients(buffer, p1); break;
            case 0x11: length = sum(apdu, buffer); break;
            case 0x12: length = random(buffer); break;
            case 0x13:
                apdu.setOutgoing();
                try {
                    apdu.setOutgoing();
                } catch (APDUException e) {
                    ISOException.throwIt((short) (0x6F10 + e.getReason()));
                }
                return;
            case 0x14: UserExceptionThrower.run(); return;
            case 0x15: while (true) { kept++; }
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return;
        }
        apdu.setOutgoingAndSend((short) 0, length);
    }

    private short abort(byte[] buffer) {
        persistent[0] = 1;
        persistent[1] = 1;
        onReset[0] = 1;
        JCSystem.beginTransaction();
        persistent[0] = 2;
        buffer[0] = 2;
        Util.arrayCopyNonAtomic(buffer, (short) 0, persistent, (short) 1, (short) 1);
        onReset[0] = 2;
        JCSystem.abortTransaction();
        buffer[0] = persistent[0];
        buffer[1] = persistent[1];
        buffer[2] = onReset[0];
        return 3;
    }

    private void escape() {
        kept = 0;
        JCSystem.beginTransaction();
        kept = 9;
        ISOException.throwIt((short) 0x6A88);
    }

    private short nested(byte[] buffer) {
        JCSystem.beginTransaction();
        try {
            JCSystem.beginTransaction();
        } catch (TransactionException e) {
            Util.setShort(buffer, (short) 0, e.getReason());
        }
        JCSystem.commitTransaction();
        return 2;
    }

    private short capacity(byte[] buffer) {
        JCSystem.beginTransaction();
        try {
            Util.arrayFill(large, (short) 0, (short) large.length, (byte) 1);
        } catch (TransactionException e) {
            Util.setShort(buffer, (short) 0, e.getReason());
        }
        JCSystem.abortTransaction();
        return 2;
    }

    private short pinInTransaction(byte[] buffer) {
        pin.resetAndUnblock();
        JCSystem.beginTransaction();
        pin.check(new byte[] {1, 2, 3, 5}, (short) 0, (byte) 4);
        JCSystem.abortTransaction();
        buffer[0] = pin.getTriesRemaining();
        buffer[1] = (byte) (pin.check(new byte[] {1, 2, 3, 4}, (short) 0, (byte) 4) ? 1 : 0);
        buffer[2] = pin.getTriesRemaining();
        return 3;
    }

    /** Data: key (16), vector (16), text. */
    private short cipher(APDU apdu, byte[] buffer, byte mode) {
        short length = apdu.setIncomingAndReceive();
        AESKey key = (AESKey) KeyBuilder.buildKey(KeyBuilder.TYPE_AES, KeyBuilder.LENGTH_AES_128, false);
        key.setKey(buffer, (short) 5);
        Cipher cipher = Cipher.getInstance(Cipher.ALG_AES_BLOCK_128_CBC_NOPAD, false);
        cipher.init(key, mode, buffer, (short) 21, (short) 16);
        return cipher.doFinal(buffer, (short) 37, (short) (length - 32), buffer, (short) 0);
    }

    /** Data: key (16), text. */
    private short cmac(APDU apdu, byte[] buffer) {
        short length = apdu.setIncomingAndReceive();
        AESKey key = (AESKey) KeyBuilder.buildKey(
            KeyBuilder.TYPE_AES_TRANSIENT_DESELECT, KeyBuilder.LENGTH_AES_128, false);
        key.setKey(buffer, (short) 5);
        Signature mac = Signature.getInstance(Signature.ALG_AES_CMAC_128, false);
        mac.init(key, Signature.MODE_SIGN);
        return mac.sign(buffer, (short) 21, (short) (length - 16), buffer, (short) 0);
    }

    /** Data: key (P1 bytes), text; in two pieces. */
    private short hmac(APDU apdu, byte[] buffer, byte keyLength) {
        short length = apdu.setIncomingAndReceive();
        HMACKey key = (HMACKey) KeyBuilder.buildKey(
            KeyBuilder.TYPE_HMAC, KeyBuilder.LENGTH_HMAC_SHA_256_BLOCK_64, false);
        key.setKey(buffer, (short) 5, keyLength);
        Signature mac = Signature.getInstance(Signature.ALG_HMAC_SHA_256, false);
        mac.init(key, Signature.MODE_SIGN);
        mac.update(buffer, (short) (5 + keyLength), (short) 3);
        return mac.sign(buffer, (short) (8 + keyLength), (short) (length - keyLength - 3), buffer, (short) 0);
    }

    private short digest(APDU apdu, byte[] buffer, byte algorithm) {
        short length = apdu.setIncomingAndReceive();
        return MessageDigest.getInstance(algorithm, false).doFinal(buffer, (short) 5, length, buffer, (short) 0);
    }

    private KeyPair pair() {
        KeyPair pair = new KeyPair(KeyPair.ALG_EC_FP, KeyBuilder.LENGTH_EC_FP_256);
        pair.genKeyPair();
        return pair;
    }

    private short agree(byte[] buffer) {
        KeyPair ours = pair();
        KeyPair theirs = pair();
        KeyAgreement agreement = KeyAgreement.getInstance(KeyAgreement.ALG_EC_SVDP_DH_PLAIN, false);
        agreement.init(ours.getPrivate());
        short length = ((ECPublicKey) theirs.getPublic()).getW(buffer, (short) 0);
        agreement.generateSecret(buffer, (short) 0, length, buffer, (short) 100);
        agreement.init(theirs.getPrivate());
        length = ((ECPublicKey) ours.getPublic()).getW(buffer, (short) 0);
        short secret = agreement.generateSecret(buffer, (short) 0, length, buffer, (short) 150);
        buffer[0] = Util.arrayCompare(buffer, (short) 100, buffer, (short) 150, secret);
        buffer[1] = (byte) secret;
        return 2;
    }

    private short sign(byte[] buffer) {
        KeyPair pair = pair();
        Signature signature = Signature.getInstance(Signature.ALG_ECDSA_SHA_256, false);
        signature.init(pair.getPrivate(), Signature.MODE_SIGN);
        short length = signature.sign(buffer, (short) 0, (short) 4, buffer, (short) 100);
        signature.init(pair.getPublic(), Signature.MODE_VERIFY);
        boolean right = signature.verify(buffer, (short) 0, (short) 4, buffer, (short) 100, length);
        buffer[0]++;
        boolean wrong = signature.verify(buffer, (short) 0, (short) 4, buffer, (short) 100, length);
        buffer[0] = (byte) (right ? 1 : 0);
        buffer[1] = (byte) (wrong ? 1 : 0);
        return 2;
    }

    private short store(byte[] buffer, Object what) {
        buffer[0] = 0;
        try {
            stored = what;
        } catch (SecurityException e) {
            buffer[0] = 1;
        }
        return 1;
    }

    private short names(byte[] buffer) {
        AID own = JCSystem.getAID();
        short length = own.getBytes(buffer, (short) 0);
        AID found = JCSystem.lookupAID(buffer, (short) 0, (byte) length);
        buffer[length] = (byte) (found == own && own.equals(buffer, (short) 0, (byte) length) ? 1 : 0);
        buffer[(short) (length + 1)] = (byte) (JCSystem.getPreviousContextAID() == null ? 1 : 0);
        return (short) (length + 2);
    }

    private short transients(byte[] buffer, byte set) {
        if (set != 0) {
            onReset[1] = set;
            onDeselect[1] = set;
        }
        buffer[0] = onReset[1];
        buffer[1] = onDeselect[1];
        buffer[2] = JCSystem.isTransient(onDeselect);
        return 3;
    }

    private short sum(APDU apdu, byte[] buffer) {
        short piece = apdu.setIncomingAndReceive();
        short left = (short) (apdu.getIncomingLength() - piece);
        short offset = apdu.getOffsetCdata();
        short sum = 0;
        short pieces = 1;
        while (true) {
            for (short at = 0; at < piece; at++) {
                sum += (short) (buffer[(short) (offset + at)] & 0xFF);
            }
            if (left == 0) {
                break;
            }
            piece = apdu.receiveBytes(offset);
            left -= piece;
            pieces++;
        }
        Util.setShort(buffer, (short) 0, sum);
        Util.setShort(buffer, (short) 2, pieces);
        return 4;
    }

    private short random(byte[] buffer) {
        RandomData random = RandomData.getInstance(RandomData.ALG_SECURE_RANDOM);
        random.generateData(buffer, (short) 0, (short) 32);
        random.generateData(buffer, (short) 32, (short) 32);
        buffer[0] = (byte) (Util.arrayCompare(buffer, (short) 0, buffer, (short) 32, (short) 32) == 0 ? 0 : 1);
        return 1;
    }

    /** An exception that is no ISOException leaves process. */
    private static final class UserExceptionThrower {
        static void run() {
            CryptoException.throwIt(CryptoException.ILLEGAL_USE);
        }
    }
}
