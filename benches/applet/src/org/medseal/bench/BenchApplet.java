package org.medseal.bench;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.AESKey;
import javacard.security.KeyBuilder;
import javacard.security.KeyPair;
import javacard.security.MessageDigest;
import javacard.security.RandomData;
import javacard.security.Signature;
import javacardx.crypto.Cipher;

/**
 * What a card is measured with. CLA is 80, P1 P2 a count (0 to 7FFF); a command that needs data brings them.
 *
 * <pre>
 *   00  nothing                                                    no answer
 *   10  loop of short arithmetic, thousands of rounds              2 bytes: the loop's result
 *   12  the same with int                                          2 bytes
 *   14  bubble sort of 128 bytes, so often                         2 bytes: of the last
 *   16  virtual calls, thousands                                   2 bytes
 *   18  calls through an interface, thousands                      2 bytes
 *   20  ECDSA P-256 with SHA-256 over 32 bytes, so often           the last signature, DER
 *   22  AES-128-CBC of 256 bytes, so often                         the last block
 *   30  a transaction that commits 64 bytes, so often              2 bytes: how many were made
 *   32  Util.arrayCopyNonAtomic of 256 bytes, so often             2 bytes: the last two
 *   34  P1 P2 bytes of answer, at most 256                         those bytes
 *   40  the public key of 20                                       04 x y
 * </pre>
 *
 * All objects are made at installation.
 */
public final class BenchApplet extends Applet {

    private static final byte CLA = (byte) 0x80;

    private static final byte INS_NOTHING = 0x00;
    private static final byte INS_SHORT = 0x10;
    private static final byte INS_INT = 0x12;
    private static final byte INS_SORT = 0x14;
    private static final byte INS_VIRTUAL = 0x16;
    private static final byte INS_INTERFACE = 0x18;
    private static final byte INS_SIGN = 0x20;
    private static final byte INS_ENCRYPT = 0x22;
    private static final byte INS_TRANSACTION = 0x30;
    private static final byte INS_COPY = 0x32;
    private static final byte INS_ANSWER = 0x34;
    private static final byte INS_PUBLIC_KEY = 0x40;

    private static final short HASH_LENGTH = 32;
    private static final short BLOCK = 16;
    private static final short TEXT = 256;
    private static final short COMMITTED = 64;

    private final byte[] numbers;
    private final Loops.Counter plain;
    private final Loops.Counter other;
    private final KeyPair pair;
    private final Signature signature;
    private final Cipher cipher;
    private final byte[] text;
    private final byte[] out;
    /** What the transactions write to, persistent. */
    private final byte[] committed;

    private BenchApplet() {
        numbers = JCSystem.makeTransientByteArray(Loops.SORTED, JCSystem.CLEAR_ON_DESELECT);
        plain = new Loops.Counter();
        other = new Loops.OtherCounter();
        pair = new KeyPair(KeyPair.ALG_EC_FP, KeyBuilder.LENGTH_EC_FP_256);
        pair.genKeyPair();
        signature = Signature.getInstance(
            MessageDigest.ALG_SHA_256, Signature.SIG_CIPHER_ECDSA, Cipher.PAD_NULL, false);
        signature.init(pair.getPrivate(), Signature.MODE_SIGN);
        text = JCSystem.makeTransientByteArray(TEXT, JCSystem.CLEAR_ON_DESELECT);
        out = JCSystem.makeTransientByteArray(TEXT, JCSystem.CLEAR_ON_DESELECT);
        committed = new byte[COMMITTED];
        AESKey key = (AESKey) KeyBuilder.buildKey(KeyBuilder.TYPE_AES, KeyBuilder.LENGTH_AES_128, false);
        RandomData.getInstance(RandomData.ALG_SECURE_RANDOM).nextBytes(text, (short) 0, BLOCK);
        key.setKey(text, (short) 0);
        cipher = Cipher.getInstance(Cipher.ALG_AES_BLOCK_128_CBC_NOPAD, false);
        cipher.init(key, Cipher.MODE_ENCRYPT);
    }

    /** Called by the card: instance AID first, behind its length. */
    public static void install(byte[] parameters, short offset, byte length) {
        new BenchApplet().register(parameters, (short) (offset + 1), parameters[offset]);
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        if (buffer[ISO7816.OFFSET_CLA] != CLA) {
            ISOException.throwIt(ISO7816.SW_CLA_NOT_SUPPORTED);
        }
        short count = Util.getShort(buffer, ISO7816.OFFSET_P1);
        byte ins = buffer[ISO7816.OFFSET_INS];
        if (count < 0) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        if (ins == INS_NOTHING) {
            return;
        }
        if (ins < INS_SIGN) {
            apdu.setOutgoingAndSend((short) 0, Util.setShort(buffer, (short) 0, loop(ins, count)));
        } else {
            apdu.setOutgoingAndSend((short) 0, useApi(ins, count, buffer));
        }
    }

    /** What is bytecode alone. */
    private short loop(byte ins, short count) {
        switch (ins) {
            case INS_SHORT:
                return Loops.shortArithmetic(count);
            case INS_INT:
                return Loops.intArithmetic(count);
            case INS_SORT:
                short last = 0;
                for (short i = 0; i < count; i++) {
                    last = Loops.bubbleSort(numbers);
                }
                return last;
            case INS_VIRTUAL:
                plain.sum = 0;
                other.sum = 0;
                return Loops.virtualCalls(plain, other, count);
            case INS_INTERFACE:
                return Loops.interfaceCalls(plain, count);
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    /** What is the platform's work. Gives the length of the answer at the buffer's beginning. */
    private short useApi(byte ins, short count, byte[] buffer) {
        switch (ins) {
            case INS_SIGN:
                return sign(count, buffer);
            case INS_ENCRYPT:
                return encrypt(count, buffer);
            case INS_TRANSACTION:
                return commit(count, buffer);
            case INS_COPY:
                for (short i = 0; i < count; i++) {
                    Util.arrayCopyNonAtomic(text, (short) 0, out, (short) 0, TEXT);
                }
                return Util.arrayCopyNonAtomic(out, (short) (TEXT - 2), buffer, (short) 0, (short) 2);
            case INS_ANSWER:
                if (count > TEXT) {
                    ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
                }
                return Util.arrayCopyNonAtomic(text, (short) 0, buffer, (short) 0, count);
            case INS_PUBLIC_KEY:
                return ((javacard.security.ECPublicKey) pair.getPublic()).getW(buffer, (short) 0);
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    private short sign(short count, byte[] buffer) {
        short length = 0;
        for (short i = 0; i < count; i++) {
            length = signature.sign(text, (short) 0, HASH_LENGTH, out, (short) 0);
        }
        return Util.arrayCopyNonAtomic(out, (short) 0, buffer, (short) 0, length);
    }

    private short encrypt(short count, byte[] buffer) {
        for (short i = 0; i < count; i++) {
            cipher.doFinal(text, (short) 0, TEXT, out, (short) 0);
        }
        return Util.arrayCopyNonAtomic(out, (short) (TEXT - BLOCK), buffer, (short) 0, BLOCK);
    }

    private short commit(short count, byte[] buffer) {
        for (short i = 0; i < count; i++) {
            Util.setShort(text, (short) 0, i);
            JCSystem.beginTransaction();
            Util.arrayCopy(text, (short) 0, committed, (short) 0, COMMITTED);
            JCSystem.commitTransaction();
        }
        return Util.setShort(buffer, (short) 0, count);
    }
}
