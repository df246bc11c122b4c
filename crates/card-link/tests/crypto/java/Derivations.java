package desk;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.AESKey;
import javacard.security.AlgorithmParameterSpec;
import javacard.security.DESKey;
import javacard.security.GenericSecretKey;
import javacard.security.HMACKey;
import javacard.security.KeyBuilder;
import javacard.security.NamedParameterSpec;
import javacard.security.SecretKey;
import javacardx.security.derivation.DerivationFunction;

/**
 * Derivations as commands. Parameters come as: algorithm, output length (2), counter length or label prefix (2), type of the
 * key that holds the secret or 0, then three arrays, each behind its length (2), FFFF for null: secret, and two more.
 */
final class Derivations {
    private static short at;

    static short run(Object[] places, byte instruction, byte first, byte second, byte[] in, byte[] out) {
        DerivationFunction function = (DerivationFunction) ((instruction & 0x0F) == 0 ? null : places[first]);
        switch ((byte) (instruction & 0x0F)) {
            case 0x00:
                places[first] = DerivationFunction.getInstance(Util.getShort(in, (short) 0), false);
                return 0;
            case 0x01:
                function.init(read(in, (short) 0, second));
                JCSystem.requestObjectDeletion();
                return 0;
            case 0x02:
                return function.nextBytes(out, (short) 0, Util.getShort(in, (short) 0));
            case 0x03:
                return function.lastBytes(out, (short) 0, Util.getShort(in, (short) 0));
            case 0x04:
                Util.setShort(out, (short) 0, function.nextBytes((SecretKey) places[second]));
                return 2;
            case 0x05:
                Util.setShort(out, (short) 0, function.lastBytes((SecretKey) places[second]));
                return 2;
            case 0x06:
                Util.setShort(out, (short) 0, function.getAlgorithm());
                return 2;
            case 0x07:
                return once(in, second, out);
            case 0x08:
                DerivationFunction.OneShot shot = DerivationFunction.OneShot.open(in[0]);
                shot.close();
                return shot.nextBytes(out, (short) 0, (short) 1);
            case 0x09:
                function.init(NamedParameterSpec.getInstance(NamedParameterSpec.ED25519));
                return 0;
            case 0x0A:
                return bytes((SecretKey) places[second], out);
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    private static short bytes(SecretKey key, byte[] out) {
        if (key instanceof AESKey) return ((AESKey) key).getKey(out, (short) 0);
        if (key instanceof DESKey) return ((DESKey) key).getKey(out, (short) 0);
        if (key instanceof HMACKey) return ((HMACKey) key).getKey(out, (short) 0);
        return ((GenericSecretKey) key).getKey(out, (short) 0);
    }

    /** Algorithm, then parameters. */
    private static short once(byte[] in, byte kind, byte[] out) {
        DerivationFunction.OneShot shot = DerivationFunction.OneShot.open(in[0]);
        try {
            shot.init(read(in, (short) 1, kind));
            out[0] = (byte) shot.getAlgorithm();
            return (short) (1 + shot.lastBytes(out, (short) 1, Util.getShort(in, (short) 2)));
        } finally {
            shot.close();
            JCSystem.requestObjectDeletion();
        }
    }

    private static AlgorithmParameterSpec read(byte[] in, short offset, byte kind) {
        byte algorithm = in[offset];
        short output = Util.getShort(in, (short) (offset + 1));
        short number = Util.getShort(in, (short) (offset + 3));
        byte type = in[(short) (offset + 5)];
        at = (short) (offset + 6);
        byte[] secret = array(in);
        byte[] first = array(in);
        byte[] second = array(in);
        if (kind == 0) {
            ByteSpec spec = new ByteSpec();
            spec.algorithm = algorithm;
            spec.output = output;
            spec.prefix = number;
            spec.secret = secret;
            spec.first = first;
            spec.second = second;
            return spec;
        }
        KeySpec spec = new KeySpec();
        spec.algorithm = algorithm;
        spec.output = output;
        spec.counter = number;
        spec.secret = type == 0 ? null : key(type, secret);
        spec.first = first;
        spec.second = second;
        return spec;
    }

    private static byte[] array(byte[] in) {
        short size = Util.getShort(in, at);
        at += 2;
        if (size == (short) 0xFFFF) return null;
        byte[] array = new byte[size];
        Util.arrayCopyNonAtomic(in, at, array, (short) 0, size);
        at += size;
        return array;
    }

    /** A key of the bytes; without bytes, one that is not initialised. */
    private static SecretKey key(byte type, byte[] bytes) {
        short size = bytes == null ? 16 : (short) bytes.length;
        SecretKey key = (SecretKey) KeyBuilder.buildKey(type, (short) (8 * size), false);
        if (bytes == null) return key;
        if (key instanceof AESKey) ((AESKey) key).setKey(bytes, (short) 0);
        else if (key instanceof HMACKey) ((HMACKey) key).setKey(bytes, (short) 0, size);
        else ((GenericSecretKey) key).setKey(bytes, (short) 0, size);
        return key;
    }
}
