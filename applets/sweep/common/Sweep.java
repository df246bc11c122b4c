
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.CardRuntimeException;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.SystemException;
import javacard.framework.Util;
import javacard.security.CryptoException;

/**
 * Tries whatever constant of the API it is given, and says what became of it. It knows no constants: they come with the
 * command, from the host's table.
 *
 * <pre>
 *   00            nothing                                         no answer: what a command takes
 *   01            about the card                                  version 2, free memory 3 x 2, deletion of objects 1
 *   10 P1 P2      objects of factory P1, P2 bytes of data each    an outcome each
 *   20 P1         a key (P1 = 0) or a pair of keys (1), or one of named parameters (2)
 *                                                                 an outcome
 *   21            curve parameters p, a, b, g, r for the pair, each after its length
 *                                                                 an outcome
 *   22            the pair's values are made                      an outcome
 *   30 P1 P2      operation P1 of the object made last: count 2, length 2, then P2 bytes of parameters
 *                                                                 an outcome
 * </pre>
 *
 * An outcome is a kind (see the constants) and, of an exception, its reason: three bytes. The length of what an operation
 * gave is its reason. Every status word but 9000 means that the applet was asked wrongly.
 */
abstract class Sweep extends Applet {

    static final byte INS_NOTHING = 0x00;
    static final byte INS_ABOUT = 0x01;
    static final byte INS_MAKE = 0x10;
    static final byte INS_KEY = 0x20;
    static final byte INS_CURVE = 0x21;
    static final byte INS_GENERATE = 0x22;
    static final byte INS_OPERATE = 0x30;

    private static final byte DONE = 0;
    private static final byte CRYPTO = 1;
    private static final byte SYSTEM = 2;
    private static final byte OTHER_REASON = 3;
    private static final byte OTHER = 4;
    /** It did something else than it should: a signature that does not verify, another text than was encrypted. */
    private static final byte WRONG = 5;
    private static final short OUTCOME = 3;

    final Factories factories;
    final Keys keys;
    final Operations operations;
    private final byte[] parameters = JCSystem.makeTransientByteArray((short) 256, JCSystem.CLEAR_ON_DESELECT);

    Sweep(Factories factories, Keys keys, Operations operations) {
        this.factories = factories;
        this.keys = keys;
        this.operations = operations;
    }

    public void process(APDU apdu) {
        if (selectingApplet()) return;
        byte[] buffer = apdu.getBuffer();
        if (buffer[ISO7816.OFFSET_CLA] != (byte) 0x80) ISOException.throwIt(ISO7816.SW_CLA_NOT_SUPPORTED);
        short length = receive(apdu);
        byte first = buffer[ISO7816.OFFSET_P1];
        short second = (short) (buffer[ISO7816.OFFSET_P2] & 0xFF);
        short answer;
        switch (buffer[ISO7816.OFFSET_INS]) {
            case INS_NOTHING:
                return;
            case INS_ABOUT:
                answer = about(buffer);
                break;
            case INS_MAKE:
                answer = make(first, second, length, buffer);
                break;
            case INS_KEY:
            case INS_CURVE:
            case INS_GENERATE:
            case INS_OPERATE:
                answer = attempt(buffer[ISO7816.OFFSET_INS], first, (short) 0, second, length, buffer, (short) 0);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return;
        }
        apdu.setOutgoingAndSend((short) 0, answer);
    }

    private short receive(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        short got = apdu.setIncomingAndReceive();
        short length = 0;
        while (got > 0) {
            length = Util.arrayCopyNonAtomic(buffer, apdu.getOffsetCdata(), parameters, length, got);
            got = apdu.receiveBytes(ISO7816.OFFSET_CDATA);
        }
        return length;
    }

    private short about(byte[] answer) {
        Util.setShort(answer, (short) 0, JCSystem.getVersion());
        short at = 2;
        for (byte memory = 0; memory < 3; memory++) {
            Util.setShort(answer, at, JCSystem.getAvailableMemory(memory));
            at += 2;
        }
        answer[at] = (byte) (JCSystem.isObjectDeletionSupported() ? 1 : 0);
        return (short) (at + 1);
    }

    /** One outcome for every item of the data; the objects before the last are given back to the card. */
    private short make(byte factory, short size, short length, byte[] answer) {
        if (size == 0) ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        short out = 0;
        for (short at = 0; (short) (at + size) <= length; at += size) {
            out += attempt(INS_MAKE, factory, at, size, length, answer, out);
        }
        if (JCSystem.isObjectDeletionSupported()) JCSystem.requestObjectDeletion();
        return out;
    }

    private short attempt(
            byte instruction, byte first, short at, short second, short length, byte[] answer, short out) {
        byte kind = DONE;
        short reason = 0;
        try {
            reason = run(instruction, first, at, second, length);
        } catch (CryptoException refused) {
            kind = CRYPTO;
            reason = refused.getReason();
        } catch (SystemException refused) {
            kind = SYSTEM;
            reason = refused.getReason();
        } catch (ISOException wrong) {
            if (wrong.getReason() != ISO7816.SW_WRONG_DATA) ISOException.throwIt(wrong.getReason());
            kind = WRONG;
        } catch (CardRuntimeException refused) {
            kind = OTHER_REASON;
            reason = refused.getReason();
        } catch (RuntimeException refused) {
            kind = OTHER;
        }
        answer[out] = kind;
        Util.setShort(answer, (short) (out + 1), reason);
        return OUTCOME;
    }

    private short run(byte instruction, byte first, short at, short second, short length) {
        switch (instruction) {
            case INS_MAKE:
                operations.object(factories.make(first, parameters, at));
                return 0;
            case INS_KEY:
                keys.make(first, parameters);
                return 0;
            case INS_CURVE:
                keys.curve(parameters);
                return 0;
            case INS_GENERATE:
                keys.generate();
                return 0;
            default:
                return operations.run(first, parameters, second);
        }
    }
}
