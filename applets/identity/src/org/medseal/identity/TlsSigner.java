package org.medseal.identity;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import javacard.security.Signature;

/**
 * The client's signature in a TLS 1.3 handshake. The host sends the whole content of RFC 8446 section 4.4.3;
 * anything that does not have its exact form is refused, so the TLS key signs handshakes and nothing else.
 */
final class TlsSigner {

    /** 64 spaces, the client's context string and a zero byte; the transcript's hash follows. */
    private static final byte[] PREFIX = {
        ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ',
        ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ',
        ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ',
        ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ',
        'T', 'L', 'S', ' ', '1', '.', '3', ',', ' ', 'c', 'l', 'i', 'e', 'n', 't', ' ',
        'C', 'e', 'r', 't', 'i', 'f', 'i', 'c', 'a', 't', 'e', 'V', 'e', 'r', 'i', 'f', 'y', 0};

    /** The transcript's hash is SHA-256 or SHA-384, by the cipher suite. */
    private static final short HASH_256 = 32;
    private static final short HASH_384 = 48;

    private final KeyStore keys;
    private final Signature signature;

    TlsSigner(KeyStore keys) {
        this.keys = keys;
        signature = Signature.getInstance(Signature.ALG_ECDSA_SHA_256, false);
    }

    /** Signs the content in the buffer, writes the DER signature to the buffer's start and gives its length. */
    short sign(byte[] buffer, short offset, short length) {
        short hash = (short) (length - PREFIX.length);
        if ((hash != HASH_256 && hash != HASH_384)
                || Util.arrayCompare(PREFIX, (short) 0, buffer, offset, (short) PREFIX.length) != 0) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        signature.init(keys.privateKey(KeyStore.TLS), Signature.MODE_SIGN);
        return signature.sign(buffer, offset, length, buffer, (short) 0);
    }
}
