package misuse;

import javacardx.security.derivation.KDFAnsiX963Spec;
import javacardx.security.derivation.KDFHmacSpec;

/** Parameters of HKDF and of X9.63, and of no other derivation. */
final class Secrets implements KDFAnsiX963Spec, KDFHmacSpec {

    private byte algorithm;
    private byte[] secret;
    private short length;

    void set(byte algorithm, byte[] secret, short length) {
        this.algorithm = algorithm;
        this.secret = secret;
        this.length = length;
    }

    public byte getAlgorithm() {
        return algorithm;
    }

    public byte[] getSecret() {
        return secret;
    }

    public byte[] getSharedInfo() {
        return null;
    }

    public byte[] getInfo() {
        return null;
    }

    public byte[] getSalt() {
        return null;
    }

    public short getOutputLength() {
        return length;
    }
}
