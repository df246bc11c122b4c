package desk;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.SystemException;
import javacard.framework.Util;
import javacard.security.CryptoException;
import javacard.security.ECKey;
import javacard.security.Key;
import javacard.security.KeyAgreement;
import javacard.security.KeyBuilder;
import javacard.security.KeyPair;
import javacard.security.MessageDigest;
import javacard.security.NamedParameterSpec;
import javacard.security.PrivateKey;
import javacard.security.PublicKey;
import javacard.security.Signature;
import javacard.security.SignatureMessageRecovery;
import javacard.security.XECKey;
import javacardx.apdu.ExtendedLength;
import javacardx.crypto.AEADCipher;
import javacardx.crypto.Cipher;
import javacardx.crypto.KeyEncryption;
import javacardx.security.cert.CertificateException;

/**
 * Every method of keys, signatures and ciphers as a command, so that a test chooses what is done.
 *
 * Keys and algorithm objects lie in numbered places: P1 is the object's, P2 a key's or a part's. A CryptoException
 * becomes the status word 6F10 and its reason, a CertificateException 6F20, a SystemException 6F30.
 */
public class Desk extends Applet implements ExtendedLength {
    private static final short REFUSED = (short) 0x6F10;
    private static final short CERTIFICATE = (short) 0x6F20;
    private static final short SYSTEM = (short) 0x6F30;
    private static final short ARITHMETIC = (short) 0x6F41;
    private static final short SECURITY = (short) 0x6F42;
    private static final short NULL = (short) 0x6F43;
    private static final short LONGEST = 8192;

    private final Object[] places = new Object[16];
    private final Certificates certificates = new Certificates();
    private final byte[] in = JCSystem.makeTransientByteArray(LONGEST, JCSystem.CLEAR_ON_DESELECT);
    private final byte[] out = JCSystem.makeTransientByteArray(LONGEST, JCSystem.CLEAR_ON_DESELECT);
    private final short[] held = JCSystem.makeTransientShortArray((short) 1, JCSystem.CLEAR_ON_DESELECT);
    private short length;

    public static void install(byte[] parameters, short offset, byte count) {
        new Desk().register();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) return;
        byte[] buffer = apdu.getBuffer();
        byte instruction = buffer[ISO7816.OFFSET_INS];
        byte first = buffer[ISO7816.OFFSET_P1];
        byte second = buffer[ISO7816.OFFSET_P2];
        receive(apdu);
        short answer;
        try {
            answer = run(instruction, first, second);
        } catch (CryptoException refused) {
            ISOException.throwIt((short) (REFUSED + refused.getReason()));
            return;
        } catch (CertificateException refused) {
            ISOException.throwIt((short) (CERTIFICATE + refused.getReason()));
            return;
        } catch (SystemException refused) {
            ISOException.throwIt((short) (SYSTEM + refused.getReason()));
            return;
        } catch (ArithmeticException refused) {
            ISOException.throwIt(ARITHMETIC);
            return;
        } catch (SecurityException refused) {
            ISOException.throwIt(SECURITY);
            return;
        } catch (NullPointerException refused) {
            ISOException.throwIt(NULL);
            return;
        }
        apdu.setOutgoing();
        apdu.setOutgoingLength(answer);
        apdu.sendBytesLong(out, (short) 0, answer);
    }

    private void receive(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        short got = apdu.setIncomingAndReceive();
        length = 0;
        while (got > 0) {
            Util.arrayCopyNonAtomic(buffer, apdu.getOffsetCdata(), in, length, got);
            length += got;
            got = apdu.receiveBytes(apdu.getOffsetCdata());
        }
    }

    private short run(byte instruction, byte first, byte second) {
        switch ((byte) (instruction & 0xF0)) {
            case 0x10: return key(instruction, first, second);
            case 0x20: return pair(instruction, first, second);
            case 0x30: return signature(instruction, first, second);
            case 0x40: return cipher(instruction, first, second);
            case 0x50: return agreement(instruction, first, second);
            case 0x60: return oneShot(instruction, first, second);
            case (byte) 0x90: return Derivations.run(places, instruction, first, second, in, out);
            case (byte) 0xA0: return Numbers.run(places, instruction, first, in, length, out);
            case (byte) 0xB0: return certificates.run(places, instruction, first, second, in, length, out);
            case (byte) 0xC0: return Guards.counter(places, instruction, first, second, in, length, out);
            case (byte) 0xD0: return Guards.result(in, length);
            case (byte) 0xE0: return Guards.array(places, instruction, first, in, length, out);
            case 0x70: return digest(first);
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    private short key(byte instruction, byte first, byte second) {
        Key key = instruction < 0x14 ? null : (Key) places[first];
        switch (instruction) {
            case 0x10:
                places[first] = KeyBuilder.buildKey(in[0], Util.getShort(in, (short) 1), false);
                return 0;
            case 0x11:
                places[first] = KeyBuilder.buildKey(in[0], in[1], Util.getShort(in, (short) 2), false);
                return 0;
            case 0x12:
                places[first] = KeyBuilder.buildXECKey(
                        NamedParameterSpec.getInstance(Util.getShort(in, (short) 0)), Util.getShort(in, (short) 2), false);
                return 0;
            case 0x13:
                places[first] = KeyBuilder.buildKeyWithSharedDomain(in[0], in[1], (Key) places[second], false);
                return 0;
            case 0x14:
                Parts.set(key, second, in, length);
                return 0;
            case 0x15:
                return Parts.get(key, second, out);
            case 0x16:
                out[0] = key.getType();
                Util.setShort(out, (short) 1, key.getSize());
                out[3] = (byte) (key.isInitialized() ? 1 : 0);
                out[4] = KeyBuilder.getMemoryType(key);
                return 5;
            case 0x17:
                key.clearKey();
                return 0;
            case 0x18:
                ((ECKey) key).copyDomainParametersFrom((ECKey) places[second]);
                return 0;
            case 0x19:
                ((KeyEncryption) key).setKeyCipher((Cipher) places[second]);
                return 0;
            case 0x1A:
                NamedParameterSpec spec = ((XECKey) key).getParams();
                Util.setShort(out, (short) 0, spec.getName());
                Util.setShort(out, (short) 2, ((XECKey) key).getEncodingLength());
                return 4;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    private short pair(byte instruction, byte first, byte second) {
        KeyPair pair = instruction == 0x20
                ? new KeyPair(in[0], Util.getShort(in, (short) 1))
                : new KeyPair((PublicKey) places[first], (PrivateKey) places[second]);
        if (instruction != 0x22) pair.genKeyPair();
        places[first] = pair.getPublic();
        places[second] = pair.getPrivate();
        return 0;
    }

    private short signature(byte instruction, byte first, byte second) {
        Signature signature = instruction < 0x32 ? null : (Signature) places[first];
        short size;
        switch (instruction) {
            case 0x30:
                places[first] = Signature.getInstance(in[0], false);
                return 0;
            case 0x31:
                places[first] = Signature.getInstance(in[0], in[1], in[2], false);
                return 0;
            case 0x32:
                if (length == 1) signature.init((Key) places[second], in[0]);
                else signature.init((Key) places[second], in[0], in, (short) 1, (short) (length - 1));
                return 0;
            case 0x33:
                signature.update(in, (short) 0, length);
                return 0;
            case 0x34:
                return signature.sign(in, (short) 0, length, out, (short) 0);
            case 0x35:
                size = Util.getShort(in, (short) 0);
                return answer(signature.verify(in, (short) 2, size, in, (short) (2 + size), (short) (length - 2 - size)));
            case 0x36:
                return signature.signPreComputedHash(in, (short) 0, length, out, (short) 0);
            case 0x37:
                size = Util.getShort(in, (short) 0);
                return answer(signature.verifyPreComputedHash(
                        in, (short) 2, size, in, (short) (2 + size), (short) (length - 2 - size)));
            case 0x38:
                out[0] = signature.getAlgorithm();
                out[1] = signature.getMessageDigestAlgorithm();
                out[2] = signature.getCipherAlgorithm();
                out[3] = signature.getPaddingAlgorithm();
                Util.setShort(out, (short) 4, signature.getLength());
                return 6;
            case 0x39:
                size = (short) (in[0] & 0xFF);
                signature.setInitialDigest(in, (short) 1, size, in, (short) (1 + size), (short) (length - 1 - size));
                return 0;
            case 0x3A:
                size = ((SignatureMessageRecovery) signature)
                        .sign(in, (short) 0, length, out, (short) 2, held, (short) 0);
                Util.setShort(out, (short) 0, held[0]);
                return (short) (size + 2);
            case 0x3B:
                return recover((SignatureMessageRecovery) signature);
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    /** Length, signature, rest of the message; the answer is whether it is right, and the message's front. */
    private short recover(SignatureMessageRecovery signature) {
        short size = Util.getShort(in, (short) 0);
        short front = signature.beginVerify(in, (short) 2, size);
        Util.arrayCopyNonAtomic(in, (short) 2, out, (short) 1, front);
        out[0] = (byte) (signature.verify(in, (short) (2 + size), (short) (length - 2 - size)) ? 1 : 0);
        return (short) (front + 1);
    }

    private short cipher(byte instruction, byte first, byte second) {
        Cipher cipher = instruction < 0x42 ? null : (Cipher) places[first];
        switch (instruction) {
            case 0x40:
                places[first] = Cipher.getInstance(in[0], false);
                return 0;
            case 0x41:
                places[first] = Cipher.getInstance(in[0], in[1], false);
                return 0;
            case 0x42:
                if (length == 1) cipher.init((Key) places[second], in[0]);
                else cipher.init((Key) places[second], in[0], in, (short) 1, (short) (length - 1));
                return 0;
            case 0x43:
                return cipher.doFinal(in, (short) 0, length, out, (short) 0);
            case 0x44:
                return cipher.update(in, (short) 0, length, out, (short) 0);
            case 0x45:
                out[0] = cipher.getAlgorithm();
                out[1] = cipher.getCipherAlgorithm();
                out[2] = cipher.getPaddingAlgorithm();
                return 3;
            default:
                return authenticated((AEADCipher) cipher, instruction, second);
        }
    }

    /** The methods that only authenticated modes have. */
    private short authenticated(AEADCipher cipher, byte instruction, byte second) {
        switch (instruction) {
            case 0x46: {
                short nonce = Util.getShort(in, (short) 1);
                short at = (short) (3 + nonce);
                cipher.init((Key) places[second], in[0], in, (short) 3, nonce, Util.getShort(in, at),
                        Util.getShort(in, (short) (at + 2)), Util.getShort(in, (short) (at + 4)));
                return 0;
            }
            case 0x47:
                cipher.updateAAD(in, (short) 0, length);
                return 0;
            case 0x48:
                return cipher.retrieveTag(out, (short) 0, second);
            case 0x49:
                return answer(cipher.verifyTag(in, (short) 0, length, second));
            case 0x4A:
                cipher.init((Key) places[second], in[0], in, (short) 1, (short) (length - 1));
                return 0;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    /** Mode, cipher, padding, length of the initial vector, that, and the message. */
    private short cipherOnce(byte instruction, byte second) {
        Cipher.OneShot shot = Cipher.OneShot.open(in[1], in[2]);
        short at = (short) (4 + in[3]);
        try {
            if (in[3] == 0) shot.init((Key) places[second], in[0]);
            else shot.init((Key) places[second], in[0], in, (short) 4, in[3]);
            if (instruction == 0x65) return shot.update(in, at, (short) (length - at), out, (short) 0);
            return shot.doFinal(in, at, (short) (length - at), out, (short) 0);
        } finally {
            shot.close();
        }
    }

    private short agreement(byte instruction, byte first, byte second) {
        switch (instruction) {
            case 0x50:
                places[first] = KeyAgreement.getInstance(in[0], false);
                return 0;
            case 0x51:
                ((KeyAgreement) places[first]).init((PrivateKey) places[second]);
                return 0;
            case 0x53:
                ((KeyAgreement) places[first]).init((PrivateKey) places[second], in[0] == 0 ? null : new ByteSpec());
                return 0;
            case 0x52:
                return ((KeyAgreement) places[first]).generateSecret(in, (short) 0, length, out, (short) 0);
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    /** Digest, cipher, padding, then the message. */
    private short oneShot(byte instruction, byte first, byte second) {
        if (instruction >= 0x64) return cipherOnce(instruction, second);
        Signature.OneShot shot = Signature.OneShot.open(in[0], in[1], in[2]);
        short size;
        try {
            shot.init((Key) places[second], instruction == 0x60 ? Signature.MODE_SIGN : Signature.MODE_VERIFY);
            if (instruction == 0x60) return shot.sign(in, (short) 3, (short) (length - 3), out, (short) 0);
            if (instruction == 0x62) shot.update(in, (short) 3, (short) (length - 3));
            size = Util.getShort(in, (short) 3);
            return answer(shot.verify(in, (short) 5, size, in, (short) (5 + size), (short) (length - 5 - size)));
        } finally {
            shot.close();
        }
    }

    private short digest(byte algorithm) {
        MessageDigest digest = MessageDigest.getInstance(algorithm, false);
        return digest.doFinal(in, (short) 0, length, out, (short) 0);
    }

    private short answer(boolean right) {
        out[0] = (byte) (right ? 1 : 0);
        return 1;
    }
}
