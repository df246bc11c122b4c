package org.medseal.identity;

import javacard.framework.APDU;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.MessageDigest;
import javacard.security.Signature;
import javacardx.crypto.Cipher;

/**
 * Seals: a counter that only grows, a chain of hashes, and a signature over both and the batch's hash.
 *
 * The host gives 32 bytes and nothing else. What is signed, the Sig_structure of RFC 9052 section 4.4, is
 * built here, so counter and chain are the element's word. A seal leaves the element only after counter,
 * chain and the seal itself are stored in one transaction: whenever the power fails, either the seal is the
 * last one and can be asked for again, or it never was and its number is still free.
 */
final class SealEngine {

    static final short HASH_LENGTH = 32;

    private static final short KEY_ID_LENGTH = 16;
    private static final short COUNTER_LENGTH = 8;
    private static final short POINT_LENGTH = 65;

    /** The Sig_structure: "Signature1", the protected header behind its length, no external data, the payload. */
    private static final byte[] SIG_STRUCTURE = {
        (byte) 0x84, (byte) 0x6A, 'S', 'i', 'g', 'n', 'a', 't', 'u', 'r', 'e', '1',
        (byte) 0x58, (byte) 78,
        (byte) 0xA5,
        (byte) 0x01, (byte) 0x26,
        (byte) 0x04, (byte) 0x50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        (byte) 0x19, (byte) 0x01, (byte) 0x02, (byte) 0x2F,
        (byte) 0x3A, 0, 1, 0, 0, (byte) 0x1B, 0, 0, 0, 0, 0, 0, 0, 0,
        (byte) 0x3A, 0, 1, 0, 1, (byte) 0x58, HASH_LENGTH,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        (byte) 0x40,
        (byte) 0x58, HASH_LENGTH,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

    // Offsets in it.
    private static final short HEADER = 12;
    private static final short KEY_ID = 19;
    private static final short COUNTER = 45;
    private static final short PREVIOUS = 60;
    private static final short HEADER_END = 92;
    private static final short PAYLOAD = 93;
    private static final short PAYLOAD_HASH = 95;
    private static final short STRUCTURE_LENGTH = 127;

    /** The COSE_Sign1 around header, payload and signature. */
    private static final byte TAG_SIGN1 = (byte) 0xD2;
    private static final byte ARRAY_OF_4 = (byte) 0x84;
    private static final byte EMPTY_MAP = (byte) 0xA0;
    private static final byte BYTES = (byte) 0x58;
    private static final byte SIGNATURE_LENGTH = 64;

    // Offsets in it: header and payload keep their length bytes.
    private static final short SEAL_HEADER = 2;
    private static final short SEAL_MAP = 82;
    private static final short SEAL_PAYLOAD = 83;
    private static final short SEAL_HASH = 85;
    private static final short SEAL_SIGNATURE = 117;
    private static final short SEAL_LENGTH = 183;

    /** A P-256 SubjectPublicKeyInfo up to the point. */
    private static final byte[] PUBLIC_KEY_INFO = {
        (byte) 0x30, (byte) 0x59, (byte) 0x30, (byte) 0x13,
        (byte) 0x06, (byte) 0x07, (byte) 0x2A, (byte) 0x86, (byte) 0x48, (byte) 0xCE, (byte) 0x3D, 2, 1,
        (byte) 0x06, (byte) 0x08, (byte) 0x2A, (byte) 0x86, (byte) 0x48, (byte) 0xCE, (byte) 0x3D, 3, 1, 7,
        (byte) 0x03, (byte) 0x42, 0};

    private final KeyStore keys;
    private final Signature signature;
    private final MessageDigest sha256;

    /** Persistent: the Sig_structure with the key's id, and counter and hash of the last seal made. */
    private final byte[] head;
    /** Persistent: the last seal; its first byte is zero while there is none. */
    private final byte[] last;

    // For one command only.
    private final byte[] structure;
    private final byte[] seal;
    private final byte[] hash;

    SealEngine(KeyStore keys) {
        this.keys = keys;
        signature = Signature.getInstance(
            MessageDigest.ALG_SHA_256, Signature.SIG_CIPHER_ECDSA_PLAIN, Cipher.PAD_NULL, false);
        sha256 = MessageDigest.getInstance(MessageDigest.ALG_SHA_256, false);
        head = new byte[STRUCTURE_LENGTH];
        last = new byte[SEAL_LENGTH];
        Util.arrayCopyNonAtomic(SIG_STRUCTURE, (short) 0, head, (short) 0, STRUCTURE_LENGTH);
        structure = JCSystem.makeTransientByteArray(STRUCTURE_LENGTH, JCSystem.CLEAR_ON_DESELECT);
        seal = JCSystem.makeTransientByteArray(SEAL_LENGTH, JCSystem.CLEAR_ON_DESELECT);
        hash = JCSystem.makeTransientByteArray(HASH_LENGTH, JCSystem.CLEAR_ON_DESELECT);
    }

    /** Takes over the id of the seal key, which has just been made: SHA-256 of its DER form, cut to 16 bytes. */
    void adoptKey() {
        short prefix = (short) PUBLIC_KEY_INFO.length;
        Util.arrayCopyNonAtomic(PUBLIC_KEY_INFO, (short) 0, seal, (short) 0, prefix);
        keys.copyPoint(KeyStore.SEAL, seal, prefix);
        sha256.doFinal(seal, (short) 0, (short) (prefix + POINT_LENGTH), hash, (short) 0);
        Util.arrayCopy(hash, (short) 0, head, KEY_ID, KEY_ID_LENGTH);
    }

    /** Makes this batch hash's seal the last one; does nothing when it is so already. */
    void seal(byte[] batch, short offset) {
        if (hasLast() && Util.arrayCompare(last, SEAL_HASH, batch, offset, HASH_LENGTH) == 0) {
            return;
        }
        Util.arrayCopyNonAtomic(head, (short) 0, structure, (short) 0, STRUCTURE_LENGTH);
        Util.arrayCopyNonAtomic(batch, offset, structure, PAYLOAD_HASH, HASH_LENGTH);
        count();
        assemble();
        sha256.doFinal(seal, (short) 0, SEAL_LENGTH, hash, (short) 0);

        JCSystem.beginTransaction();
        Util.arrayCopy(structure, COUNTER, head, COUNTER, COUNTER_LENGTH);
        Util.arrayCopy(hash, (short) 0, head, PREVIOUS, HASH_LENGTH);
        Util.arrayCopy(seal, (short) 0, last, (short) 0, SEAL_LENGTH);
        JCSystem.commitTransaction();
    }

    void sendLast(APDU apdu) {
        if (!hasLast()) {
            IdentityApplet.notFound();
        }
        apdu.setOutgoing();
        apdu.setOutgoingLength(SEAL_LENGTH);
        apdu.sendBytesLong(last, (short) 0, SEAL_LENGTH);
    }

    /** Copies the last seal's counter, zero when there is none, and gives the offset after it. */
    short copyCounter(byte[] buffer, short offset) {
        return Util.arrayCopyNonAtomic(head, COUNTER, buffer, offset, COUNTER_LENGTH);
    }

    private boolean hasLast() {
        return last[0] == TAG_SIGN1;
    }

    /** Adds one to the counter, big-endian. It is never reused: after the last value sealing ends. */
    private void count() {
        for (short at = COUNTER + COUNTER_LENGTH - 1; at >= COUNTER; at--) {
            if (++structure[at] != 0) {
                return;
            }
        }
        ISOException.throwIt(ISO7816.SW_FILE_FULL);
    }

    /** Signs the Sig_structure and writes the COSE_Sign1 of it. */
    private void assemble() {
        signature.init(keys.privateKey(KeyStore.SEAL), Signature.MODE_SIGN);
        signature.sign(structure, (short) 0, STRUCTURE_LENGTH, seal, (short) (SEAL_SIGNATURE + 2));
        seal[0] = TAG_SIGN1;
        seal[1] = ARRAY_OF_4;
        Util.arrayCopyNonAtomic(structure, HEADER, seal, SEAL_HEADER, (short) (HEADER_END - HEADER));
        seal[SEAL_MAP] = EMPTY_MAP;
        Util.arrayCopyNonAtomic(structure, PAYLOAD, seal, SEAL_PAYLOAD, (short) (STRUCTURE_LENGTH - PAYLOAD));
        seal[SEAL_SIGNATURE] = BYTES;
        seal[(short) (SEAL_SIGNATURE + 1)] = SIGNATURE_LENGTH;
    }
}
