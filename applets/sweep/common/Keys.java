
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.AESKey;
import javacard.security.DESKey;
import javacard.security.ECKey;
import javacard.security.HMACKey;
import javacard.security.Key;
import javacard.security.KeyBuilder;
import javacard.security.KeyPair;
import javacard.security.KoreanSEEDKey;

/** The key or pair of keys that operations use. A key of one's own is both halves. */
class Keys {

    private static final byte SECRET = 0;
    private static final byte PAIR = 1;

    private final Object[] held = JCSystem.makeTransientObjectArray((short) 3, JCSystem.CLEAR_ON_DESELECT);
    /** What secret keys are: no two halves of it are the same, as XTS demands. */
    final byte[] pattern = JCSystem.makeTransientByteArray((short) 64, JCSystem.CLEAR_ON_DESELECT);

    Key ofSigner() {
        return (Key) held[0];
    }

    Key ofVerifier() {
        return (Key) held[1];
    }

    void make(byte kind, byte[] data) {
        switch (kind) {
            case SECRET:
                Key key = KeyBuilder.buildKey(data[0], Util.getShort(data, (short) 1), false);
                for (short at = 0; at < (short) pattern.length; at++) pattern[at] = (byte) (at * 7 + 1);
                fill(key);
                hold(key, key, null);
                return;
            case PAIR:
                pair(new KeyPair(data[0], Util.getShort(data, (short) 1)));
                return;
            default:
                ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
    }

    final void pair(KeyPair pair) {
        hold(pair.getPrivate(), pair.getPublic(), pair);
    }

    private void hold(Key signer, Key verifier, KeyPair pair) {
        held[0] = signer;
        held[1] = verifier;
        held[2] = pair;
    }

    /** Gives a secret key its value. */
    void fill(Key key) {
        if (key instanceof AESKey) {
            ((AESKey) key).setKey(pattern, (short) 0);
        } else if (key instanceof DESKey) {
            ((DESKey) key).setKey(pattern, (short) 0);
        } else if (key instanceof KoreanSEEDKey) {
            ((KoreanSEEDKey) key).setKey(pattern, (short) 0);
        } else if (key instanceof HMACKey) {
            ((HMACKey) key).setKey(pattern, (short) 0, (short) 32);
        } else {
            ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
        }
    }

    /** p, a, b, g, r: many cards have no parameters of their own for a length. */
    void curve(byte[] data) {
        for (short half = 0; half < 2; half++) {
            ECKey key = (ECKey) held[half];
            short at = 0;
            for (byte part = 0; part < 5; part++) {
                short length = (short) (data[at] & 0xFF);
                at++;
                switch (part) {
                    case 0: key.setFieldFP(data, at, length); break;
                    case 1: key.setA(data, at, length); break;
                    case 2: key.setB(data, at, length); break;
                    case 3: key.setG(data, at, length); break;
                    default: key.setR(data, at, length); break;
                }
                at += length;
            }
        }
    }

    void generate() {
        ((KeyPair) held[2]).genKeyPair();
    }
}
