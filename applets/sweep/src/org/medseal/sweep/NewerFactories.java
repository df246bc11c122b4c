package org.medseal.sweep;

import javacard.framework.Util;
import javacard.security.InitializedMessageDigest;
import javacard.security.KeyBuilder;
import javacard.security.MessageDigest;
import javacard.security.NamedParameterSpec;
import javacard.security.RandomData;
import javacard.security.Signature;
import javacardx.biometry.BioBuilder;
import javacardx.biometry1toN.Bio1toNBuilder;
import javacardx.crypto.Cipher;
import javacardx.security.cert.CertificateParser;
import javacardx.security.derivation.DerivationFunction;

/** The factories of API 3.1 and 3.2, and of packages that a card need not have. */
final class NewerFactories extends Factories {

    private static final byte TRIES = 3;

    Object make(byte factory, byte[] data, short at) {
        byte first = data[at];
        switch (factory) {
            case 0x20: return NamedParameterSpec.getInstance(Util.getShort(data, at));
            case 0x21: return KeyBuilder.buildXECKey(
                    NamedParameterSpec.getInstance(Util.getShort(data, at)), Util.getShort(data, (short) (at + 2)), false);
            case 0x22: return DerivationFunction.getInstance(Util.getShort(data, at), false);
            case 0x23: return CertificateParser.getInstance(Util.getShort(data, at));
            case 0x24: return BioBuilder.buildBioTemplate(first, TRIES);
            case 0x25: return Bio1toNBuilder.buildBioMatcher(TRIES, first, TRIES);
            default:
                if ((byte) (factory & 0xF0) == 0x30) return once(factory, data, at);
                return super.make(factory, data, at);
        }
    }

    /** Classes that lend an object for one use: it is given back at once, and cannot be kept. */
    private static Object once(byte factory, byte[] data, short at) {
        byte first = data[at];
        switch (factory) {
            case 0x30:
                MessageDigest.OneShot.open(first).close();
                return null;
            case 0x31:
                InitializedMessageDigest.OneShot.open(first).close();
                return null;
            case 0x32:
                Signature.OneShot.open(first, data[(short) (at + 1)], data[(short) (at + 2)]).close();
                return null;
            case 0x33:
                Cipher.OneShot.open(first, data[(short) (at + 1)]).close();
                return null;
            case 0x34:
                RandomData.OneShot.open(first).close();
                return null;
            default:
                DerivationFunction.OneShot.open(first).close();
                return null;
        }
    }
}
