package desk;

import javacard.security.SecretKey;
import javacardx.security.derivation.KDFCounterModeSpec;
import javacardx.security.derivation.KDFDoublePipelineIterationModeSpec;
import javacardx.security.derivation.KDFFeedbackModeSpec;
import javacardx.security.derivation.TLSPseudoRandomFunctionSpec;

/** Parameters of every derivation whose secret is a key. */
final class KeySpec
        implements KDFCounterModeSpec, KDFDoublePipelineIterationModeSpec, KDFFeedbackModeSpec, TLSPseudoRandomFunctionSpec {
    byte algorithm;
    short output;
    short counter;
    SecretKey secret;
    byte[] first;
    byte[] second;

    public byte getAlgorithm() {
        return algorithm;
    }

    public SecretKey getSecret() {
        return secret;
    }

    public short getOutputLength() {
        return output;
    }

    public short getCounterLength() {
        return counter;
    }

    public byte[] getInputDataBeforeCounter() {
        return first;
    }

    public byte[] getInputDataAfterCounter() {
        return second;
    }

    public byte[] getInputData() {
        return first;
    }

    public byte[] getIV() {
        return second;
    }

    public byte[] getSeed() {
        return first;
    }
}
