package desk;

import javacardx.security.derivation.KDFAnsiX963Spec;
import javacardx.security.derivation.KDFHmacSpec;
import javacardx.security.derivation.KDFIcaoMrtdSpec;
import javacardx.security.derivation.KDFIeee1363Spec;
import javacardx.security.derivation.TLSKDFExpandLabelSpec;

/** Parameters of every derivation whose secret is an array; each method gives what a test put there. */
final class ByteSpec implements KDFAnsiX963Spec, KDFHmacSpec, KDFIcaoMrtdSpec, KDFIeee1363Spec, TLSKDFExpandLabelSpec {
    byte algorithm;
    short output;
    short prefix;
    byte[] secret;
    byte[] first;
    byte[] second;

    public byte getAlgorithm() {
        return algorithm;
    }

    public byte[] getSecret() {
        return secret;
    }

    public short getOutputLength() {
        return output;
    }

    public byte[] getSharedInfo() {
        return first;
    }

    public byte[] getInfo() {
        return first;
    }

    public byte[] getSalt() {
        return second;
    }

    public byte[] getCounter() {
        return first;
    }

    public byte[] getParameters() {
        return first;
    }

    public short getLabelPrefix() {
        return prefix;
    }

    public byte[] getLabel() {
        return first;
    }

    public byte[] getContext() {
        return second;
    }
}
