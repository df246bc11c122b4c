package org.medseal.sweep;

import javacard.security.SecretKey;
import javacardx.security.derivation.KDFCounterModeSpec;
import javacardx.security.derivation.KDFDoublePipelineIterationModeSpec;
import javacardx.security.derivation.KDFFeedbackModeSpec;
import javacardx.security.derivation.TLSPseudoRandomFunctionSpec;

/** Parameters of all derivations whose secret is a key. */
final class KeyParameters
        implements KDFCounterModeSpec, KDFDoublePipelineIterationModeSpec, KDFFeedbackModeSpec, TLSPseudoRandomFunctionSpec {

    private static final short COUNTER_BITS = 32;

    private final byte[] input = new byte[16];
    private final byte[] none = new byte[0];
    private byte algorithm;
    private short length;
    private SecretKey secret;

    void set(byte algorithm, short length, SecretKey secret) {
        this.algorithm = algorithm;
        this.length = length;
        this.secret = secret;
    }

    public byte getAlgorithm() {
        return algorithm;
    }

    public SecretKey getSecret() {
        return secret;
    }

    public short getOutputLength() {
        return length;
    }

    public short getCounterLength() {
        return COUNTER_BITS;
    }

    public byte[] getInputDataBeforeCounter() {
        return none;
    }

    public byte[] getInputDataAfterCounter() {
        return input;
    }

    public byte[] getInputData() {
        return input;
    }

    public byte[] getIV() {
        return none;
    }

    public byte[] getSeed() {
        return input;
    }
}
