package org.medseal.sweep;

import javacardx.security.derivation.KDFAnsiX963Spec;
import javacardx.security.derivation.KDFHmacSpec;
import javacardx.security.derivation.KDFIcaoMrtdSpec;
import javacardx.security.derivation.KDFIeee1363Spec;
import javacardx.security.derivation.TLSKDFExpandLabelSpec;

/** Parameters of all derivations whose secret is an array. */
final class BytesParameters
        implements KDFAnsiX963Spec, KDFHmacSpec, KDFIcaoMrtdSpec, KDFIeee1363Spec, TLSKDFExpandLabelSpec {

    private final byte[] secret = new byte[32];
    private final byte[] more = new byte[8];
    private final byte[] counter = {0, 0, 0, 1};
    private byte algorithm;
    private short length;

    void set(byte algorithm, short length) {
        this.algorithm = algorithm;
        this.length = length;
    }

    public byte getAlgorithm() {
        return algorithm;
    }

    public byte[] getSecret() {
        return secret;
    }

    public short getOutputLength() {
        return length;
    }

    public byte[] getSharedInfo() {
        return more;
    }

    public byte[] getInfo() {
        return more;
    }

    public byte[] getSalt() {
        return more;
    }

    public byte[] getCounter() {
        return counter;
    }

    public byte[] getParameters() {
        return more;
    }

    public short getLabelPrefix() {
        return LABEL_PREFIX_TLS13;
    }

    public byte[] getLabel() {
        return more;
    }

    public byte[] getContext() {
        return more;
    }
}
