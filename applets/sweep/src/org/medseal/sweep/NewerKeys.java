package org.medseal.sweep;

import javacard.framework.Util;
import javacard.security.GenericSecretKey;
import javacard.security.Key;
import javacard.security.KeyBuilder;
import javacard.security.KeyPair;
import javacard.security.NamedParameterSpec;
import javacard.security.PrivateKey;
import javacard.security.PublicKey;
import javacard.security.SM4Key;
import javacard.security.SecretKey;

/** Keys of named parameters, SM4's, and secrets that only derivations take. */
final class NewerKeys extends Keys {

    private static final byte NAMED_PAIR = 2;

    void make(byte kind, byte[] data) {
        if (kind != NAMED_PAIR) {
            super.make(kind, data);
            return;
        }
        NamedParameterSpec parameters = NamedParameterSpec.getInstance(Util.getShort(data, (short) 0));
        Key open = KeyBuilder.buildXECKey(parameters, KeyBuilder.ATTR_PUBLIC, false);
        Key secret = KeyBuilder.buildXECKey(parameters, KeyBuilder.ATTR_PRIVATE, false);
        pair(new KeyPair((PublicKey) open, (PrivateKey) secret));
    }

    SecretKey secret() {
        return (SecretKey) ofSigner();
    }

    void fill(Key key) {
        if (key instanceof SM4Key) {
            ((SM4Key) key).setKey(pattern, (short) 0);
        } else if (key instanceof GenericSecretKey) {
            ((GenericSecretKey) key).setKey(pattern, (short) 0, (short) 32);
        } else {
            super.fill(key);
        }
    }
}
