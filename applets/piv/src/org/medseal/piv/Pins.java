package org.medseal.piv;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.framework.Util;

/**
 * The cardholder's PIN and the PUK that unblocks it (part 2, 3.2.1 to 3.2.3). Both are compared as eight bytes, shorter
 * ones filled up with FF. A PIN is made of digits; the bytes of a PUK are free but for FF.
 *
 * A verification is fresh until the next command that is not about reading data: a key whose use the PIN must
 * precede each time asks for that, and uses it up.
 */
final class Pins {

    /** References, P2 of the commands (part 1, table 4). */
    private static final byte PIN = (byte) 0x80;
    private static final byte PUK = (byte) 0x81;

    private static final byte P1_CHECK = 0;
    private static final byte P1_END = (byte) 0xFF;

    private static final byte LENGTH = 8;
    private static final short SHORTEST = 6;
    private static final byte FILLER = (byte) 0xFF;
    private static final byte DEFAULT_TRIES = 3;

    private static final short SW_TRIES_LEFT = 0x63C0;
    private static final short SW_BLOCKED = 0x6983;
    private static final short SW_REFERENCE_NOT_FOUND = 0x6A88;

    private final OwnerPIN pin;
    private final OwnerPIN puk;
    /** One element: whether the PIN was verified just before. */
    private final boolean[] fresh;

    Pins(byte[] given, short offset, short end) {
        fresh = JCSystem.makeTransientBooleanArray((short) 1, JCSystem.CLEAR_ON_DESELECT);
        pin = make(Personalization.tries(given, offset, end, (short) 0, DEFAULT_TRIES));
        puk = make(Personalization.tries(given, offset, end, (short) 1, DEFAULT_TRIES));
        byte[] block = JCSystem.makeTransientByteArray(LENGTH, JCSystem.CLEAR_ON_DESELECT);
        setGiven(pin, PIN, block, given, Personalization.need(given, offset, end, Personalization.PIN), end);
        setGiven(puk, PUK, block, given, Personalization.need(given, offset, end, Personalization.PUK), end);
    }

    private static OwnerPIN make(byte tries) {
        return new OwnerPIN(tries, LENGTH);
    }

    /** The install parameters have the secret without its filling. */
    private static void setGiven(
            OwnerPIN secret, byte reference, byte[] block, byte[] given, short lengthAt, short end) {
        short length = Tlv.length(given, lengthAt, end);
        if (length > LENGTH) {
            Tlv.wrong();
        }
        Util.arrayFillNonAtomic(block, (short) 0, LENGTH, FILLER);
        Util.arrayCopyNonAtomic(given, Tlv.value(given, lengthAt, end), block, (short) 0, length);
        requireForm(reference, block, (short) 0);
        secret.update(block, (short) 0, LENGTH);
        Util.arrayFillNonAtomic(block, (short) 0, LENGTH, (byte) 0);
    }

    void forget() {
        pin.reset();
        puk.reset();
        endFreshness();
    }

    void endFreshness() {
        fresh[0] = false;
    }

    void requirePin() {
        if (!pin.isValidated()) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
    }

    /** The same for a key that wants the PIN each time; the verification serves once. */
    void requireFreshPin() {
        boolean verified = fresh[0] && pin.isValidated();
        endFreshness();
        if (!verified) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
    }

    /** VERIFY: eight bytes are checked; none ask how matters stand, or end the verification. */
    void verify(byte p1, byte reference, byte[] data, short at, short length) {
        if (p1 != P1_CHECK && p1 != P1_END) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        if (reference != PIN) {
            ISOException.throwIt(SW_REFERENCE_NOT_FOUND);
        }
        if (p1 == P1_END) {
            requireLength(length, (short) 0);
            forget();
        } else if (length == 0) {
            requireTries(pin);
            if (!pin.isValidated()) {
                ISOException.throwIt((short) (SW_TRIES_LEFT | pin.getTriesRemaining()));
            }
        } else {
            requireTries(pin);
            requireLength(length, LENGTH);
            requireForm(PIN, data, at);
            check(pin, data, at);
            fresh[0] = true;
        }
    }

    /** CHANGE REFERENCE DATA: what is valid now, and what shall be. A bad new one costs no try. */
    void change(byte reference, byte[] data, short at, short length) {
        OwnerPIN secret = secretOf(reference);
        short next = (short) (at + LENGTH);
        requireTries(secret);
        requireLength(length, (short) (2 * LENGTH));
        requireForm(reference, data, next);
        check(secret, data, at);
        secret.update(data, next, LENGTH);
    }

    /** RESET RETRY COUNTER: the PUK, and a new PIN. */
    void unblock(byte reference, byte[] data, short at, short length) {
        if (reference != PIN) {
            ISOException.throwIt(SW_REFERENCE_NOT_FOUND);
        }
        short next = (short) (at + LENGTH);
        requireTries(puk);
        requireLength(length, (short) (2 * LENGTH));
        requireForm(PIN, data, next);
        check(puk, data, at);
        puk.reset();
        pin.update(data, next, LENGTH);
    }

    private OwnerPIN secretOf(byte reference) {
        if (reference != PIN && reference != PUK) {
            ISOException.throwIt(SW_REFERENCE_NOT_FOUND);
        }
        return reference == PIN ? pin : puk;
    }

    private static void check(OwnerPIN secret, byte[] data, short at) {
        if (!secret.check(data, at, LENGTH)) {
            ISOException.throwIt((short) (SW_TRIES_LEFT | secret.getTriesRemaining()));
        }
    }

    private static void requireTries(OwnerPIN secret) {
        if (secret.getTriesRemaining() == 0) {
            ISOException.throwIt(SW_BLOCKED);
        }
    }

    private static void requireLength(short length, short wanted) {
        if (length != wanted) {
            Tlv.wrong();
        }
    }

    /** Six to eight bytes of the secret's kind, then nothing but filling. */
    private static void requireForm(byte reference, byte[] data, short at) {
        short length = 0;
        while (length < LENGTH && data[(short) (at + length)] != FILLER) {
            byte next = data[(short) (at + length)];
            if (reference == PIN && (next < '0' || next > '9')) {
                Tlv.wrong();
            }
            length++;
        }
        if (length < SHORTEST) {
            Tlv.wrong();
        }
        for (short rest = length; rest < LENGTH; rest++) {
            if (data[(short) (at + rest)] != FILLER) {
                Tlv.wrong();
            }
        }
    }
}
