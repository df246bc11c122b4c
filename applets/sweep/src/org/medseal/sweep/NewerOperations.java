package org.medseal.sweep;

import javacard.security.AlgorithmParameterSpec;
import javacard.security.XECKey;
import javacardx.security.derivation.DerivationFunction;

/** Agreement with keys of named parameters, and derivations. */
final class NewerOperations extends Operations {

    private static final byte DERIVE_FROM_BYTES = 0x20;
    private static final byte DERIVE_FROM_KEY = 0x21;

    private final NewerKeys named;
    private final BytesParameters ofBytes = new BytesParameters();
    private final KeyParameters ofKey = new KeyParameters();

    NewerOperations(NewerKeys keys) {
        super(keys);
        named = keys;
    }

    short operate(byte operation, short count, short size, byte[] data, short parameters) {
        switch (operation) {
            case DERIVE_FROM_BYTES:
                ofBytes.set(data[4], size);
                return derive(count, size, ofBytes);
            case DERIVE_FROM_KEY:
                ofKey.set(data[4], size, named.secret());
                return derive(count, size, ofKey);
            default:
                return super.operate(operation, count, size, data, parameters);
        }
    }

    short peer() {
        return keys.ofVerifier() instanceof XECKey
                ? ((XECKey) keys.ofVerifier()).getEncoded(result, (short) 0)
                : super.peer();
    }

    private short derive(short count, short size, AlgorithmParameterSpec parameters) {
        DerivationFunction function = (DerivationFunction) object();
        for (short i = 0; i < count; i++) {
            function.init(parameters);
            function.lastBytes(result, (short) 0, size);
        }
        return size;
    }
}
