package org.medseal.piv;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.AESKey;
import javacard.security.KeyBuilder;
import javacard.security.RandomData;
import javacardx.crypto.Cipher;

/**
 * The card administration key 9B: whoever proves to hold it may make keys and write objects (part 2, 3.2.4 and A.1).
 *
 * <pre>
 *   external:  81 asked            card gives 81 challenge,   host gives 82 E(challenge)
 *   mutual:    80 asked            card gives 80 E(witness),  host gives 80 witness, 81 challenge,
 *                                  card gives 82 E(challenge)
 * </pre>
 *
 * The card encrypts nothing that a host chose before that host has decrypted the card's witness, so nobody can have it
 * answer its own challenge. Each challenge serves once.
 */
final class AdminKey {

    static final byte REFERENCE = (byte) 0x9B;

    /** Algorithms (SP 800-78-4, table 6-2), one for each length of the key. */
    private static final byte AES_128 = 0x08;
    private static final byte AES_192 = 0x0A;
    private static final byte AES_256 = 0x0C;

    private static final short BLOCK = 16;

    /** What the host is to answer: nothing, a challenge, or the card's witness. */
    private static final byte NOTHING = 0;
    private static final byte CHALLENGE = 1;
    private static final byte WITNESS = 2;

    private final AESKey key;
    private final byte algorithm;
    private final Cipher cipher;
    private final RandomData random;
    /** What was asked of the host. */
    private final byte[] asked;
    /** One element: which of the two it was. */
    private final byte[] awaiting;
    /** One element: whether the host is the administrator. It outlasts a selection of what is selected already. */
    private final boolean[] proven;

    AdminKey(byte[] given, short offset, short end) {
        short at = Personalization.need(given, offset, end, Personalization.ADMIN_KEY);
        short length = Tlv.length(given, at, end);
        algorithm = algorithmOf(length);
        key = (AESKey) KeyBuilder.buildKey(KeyBuilder.TYPE_AES, (short) (length * 8), false);
        key.setKey(given, Tlv.value(given, at, end));
        cipher = Cipher.getInstance(Cipher.ALG_AES_BLOCK_128_ECB_NOPAD, false);
        random = RandomData.getInstance(RandomData.ALG_SECURE_RANDOM);
        asked = JCSystem.makeTransientByteArray(BLOCK, JCSystem.CLEAR_ON_DESELECT);
        awaiting = JCSystem.makeTransientByteArray((short) 1, JCSystem.CLEAR_ON_DESELECT);
        proven = JCSystem.makeTransientBooleanArray((short) 1, JCSystem.CLEAR_ON_RESET);
    }

    private static byte algorithmOf(short length) {
        switch (length) {
            case 16:
                return AES_128;
            case 24:
                return AES_192;
            case 32:
                return AES_256;
            default:
                Tlv.wrong();
                return 0;
        }
    }

    void forget() {
        proven[0] = false;
        awaiting[0] = NOTHING;
    }

    void require() {
        if (!proven[0]) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
    }

    /** One step of either way; {@code data} holds what the template found, and takes the answer. */
    short authenticate(byte wanted, Template template, byte[] data) {
        byte awaited = awaiting[0];
        forget();
        if (wanted != algorithm) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        if (template.asks(Template.CHALLENGE)) {
            return ask(CHALLENGE, data);
        }
        if (template.asks(Template.WITNESS)) {
            return ask(WITNESS, data);
        }
        if (awaited == CHALLENGE && template.has(Template.RESPONSE)) {
            check(template, Template.RESPONSE, data);
            proven[0] = true;
            return 0;
        }
        if (awaited == WITNESS && template.has(Template.WITNESS) && template.has(Template.CHALLENGE)) {
            check(template, Template.WITNESS, data);
            short answer = answer(template, data);
            proven[0] = true;
            return answer;
        }
        Tlv.wrong();
        return 0;
    }

    /** Draws a challenge and keeps what must come back: it enciphered, or the witness behind what is given. */
    private short ask(byte kind, byte[] data) {
        short value = Template.open(kind == CHALLENGE ? Template.CHALLENGE : Template.WITNESS, data, BLOCK);
        random.nextBytes(asked, (short) 0, BLOCK);
        cipher.init(key, Cipher.MODE_ENCRYPT);
        if (kind == CHALLENGE) {
            Util.arrayCopyNonAtomic(asked, (short) 0, data, value, BLOCK);
            cipher.doFinal(data, value, BLOCK, asked, (short) 0);
        } else {
            cipher.doFinal(asked, (short) 0, BLOCK, data, value);
        }
        awaiting[0] = kind;
        return (short) (value + BLOCK);
    }

    private void check(Template template, byte tag, byte[] data) {
        template.requireLength(tag, BLOCK);
        if (Util.arrayCompare(data, template.offset(tag), asked, (short) 0, BLOCK) != 0) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
    }

    private short answer(Template template, byte[] data) {
        template.requireLength(Template.CHALLENGE, BLOCK);
        cipher.init(key, Cipher.MODE_ENCRYPT);
        cipher.doFinal(data, template.offset(Template.CHALLENGE), BLOCK, asked, (short) 0);
        short value = Template.open(Template.RESPONSE, data, BLOCK);
        return Util.arrayCopyNonAtomic(asked, (short) 0, data, value, BLOCK);
    }
}
