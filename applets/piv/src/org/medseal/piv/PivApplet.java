package org.medseal.piv;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacardx.apdu.ExtendedLength;

/**
 * The PIV card application of NIST SP 800-73-4 part 2: takes commands apart, checks what must have been proven before,
 * and hands the work to the class that owns it.
 *
 * <pre>
 *   VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER   Pins
 *   GET DATA, PUT DATA                                   DataObjects
 *   GENERATE ASYMMETRIC KEY PAIR                         KeySlots
 *   GENERAL AUTHENTICATE                                 KeySlots, or AdminKey for key 9B
 *   GET RESPONSE                                         Answers
 * </pre>
 *
 * PIN, PUK and administration key come with the install parameters (see {@link Personalization}). There are no others:
 * an applet without them does not come to be. What was proven lasts while the applet is selected; selecting it again in
 * between changes nothing (part 2, 3.1.1).
 *
 * Without contacts only what everybody may have is to be had: the card's own key 9E and a few objects. There is no secure
 * messaging, which would be the way to the rest.
 */
public final class PivApplet extends Applet implements ExtendedLength {

    private static final byte INS_VERIFY = 0x20;
    private static final byte INS_CHANGE_REFERENCE_DATA = 0x24;
    private static final byte INS_RESET_RETRY_COUNTER = 0x2C;
    private static final byte INS_GENERATE = 0x47;
    private static final byte INS_GENERAL_AUTHENTICATE = (byte) 0x87;
    private static final byte INS_SELECT = (byte) 0xA4;
    private static final byte INS_GET_RESPONSE = (byte) 0xC0;
    private static final byte INS_GET_DATA = (byte) 0xCB;
    private static final byte INS_PUT_DATA = (byte) 0xDB;

    /** P1 P2 of GET DATA and PUT DATA: the current application's objects. */
    private static final byte P1_CURRENT = 0x3F;
    private static final byte P2_CURRENT = (byte) 0xFF;
    private static final byte P1_BY_NAME = 0x04;

    /** The answer to SELECT, an application property template (part 2, table 3). */
    private static final byte[] PROPERTIES = {
        0x61, 0x26,
        // The AID without its first five bytes: application 1000, version 0100.
        0x4F, 6, 0, 0, 0x10, 0, 1, 0,
        // Who gives out the tags: NIST.
        0x79, 7, 0x4F, 5, (byte) 0xA0, 0, 0, 3, 8,
        0x50, 11, 'm', 'e', 'd', 's', 'e', 'a', 'l', ' ', 'P', 'I', 'V',
        // Algorithms: ECC P-256. The administration key's is not told to everybody.
        (byte) 0xAC, 6, (byte) 0x80, 1, KeySlots.ECC_P256, 6, 1, 0};

    private final Pins pins;
    private final AdminKey admin;
    private final KeySlots slots;
    private final DataObjects objects;
    private final CommandChain chain;
    private final Answers answers;
    private final Template template;

    private PivApplet(byte[] parameters, short offset, short length) {
        short end = (short) (offset + length);
        pins = new Pins(parameters, offset, end);
        admin = new AdminKey(parameters, offset, end);
        slots = new KeySlots(pins);
        objects = new DataObjects();
        chain = new CommandChain();
        answers = new Answers();
        template = new Template();
    }

    /** Called by the card: instance AID, control information and applet data, each behind its length. */
    public static void install(byte[] parameters, short offset, byte length) {
        short aid = (short) (offset + 1);
        short control = (short) (aid + parameters[offset]);
        short data = (short) (control + 1 + parameters[control]);
        short dataLength = (short) (parameters[data] & 0xFF);
        PivApplet applet = new PivApplet(parameters, (short) (data + 1), dataLength);
        applet.register(parameters, aid, parameters[offset]);
    }

    public boolean select() {
        if (!reSelectingApplet()) {
            forget();
        }
        return true;
    }

    public void deselect() {
        if (!reSelectingApplet()) {
            forget();
        }
    }

    /** Ends what is bound to a session. */
    private void forget() {
        pins.forget();
        admin.forget();
        chain.forget();
        answers.forget();
        objects.abandon();
    }

    public void process(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        if (selectingApplet()) {
            answers.send(apdu, PROPERTIES, (short) PROPERTIES.length);
            return;
        }
        if (!apdu.isISOInterindustryCLA()) {
            ISOException.throwIt(ISO7816.SW_CLA_NOT_SUPPORTED);
        }
        if (apdu.isSecureMessagingCLA()) {
            ISOException.throwIt(ISO7816.SW_SECURE_MESSAGING_NOT_SUPPORTED);
        }
        byte ins = buffer[ISO7816.OFFSET_INS];
        if (ins == INS_GET_RESPONSE) {
            requireParameters(buffer, (byte) 0, (byte) 0);
            answers.next(apdu);
            return;
        }
        answers.forget();
        if (ins != INS_GET_DATA && ins != INS_GENERAL_AUTHENTICATE) {
            pins.endFreshness();
        }
        boolean more = apdu.isCommandChainingCLA();
        if (ins != INS_PUT_DATA) {
            objects.abandon();
        }
        if (more && ins != INS_PUT_DATA && ins != INS_GENERAL_AUTHENTICATE) {
            chain.forget();
            ISOException.throwIt(ISO7816.SW_COMMAND_CHAINING_NOT_SUPPORTED);
        }
        if (ins == INS_GENERAL_AUTHENTICATE) {
            generalAuthenticate(apdu, buffer, more);
            return;
        }
        chain.forget();
        processWhole(apdu, buffer, ins, more);
    }

    /** The commands that come in one piece, and PUT DATA, which needs no buffer for its pieces. */
    private void processWhole(APDU apdu, byte[] buffer, byte ins, boolean more) {
        byte p1 = buffer[ISO7816.OFFSET_P1];
        byte p2 = buffer[ISO7816.OFFSET_P2];
        switch (ins) {
            case INS_VERIFY:
                requireContacts();
                pins.verify(p1, p2, buffer, apdu.getOffsetCdata(), receive(apdu));
                break;
            case INS_CHANGE_REFERENCE_DATA:
                requireContacts();
                requireParameters(buffer, (byte) 0, p2);
                pins.change(p2, buffer, apdu.getOffsetCdata(), receive(apdu));
                break;
            case INS_RESET_RETRY_COUNTER:
                requireContacts();
                requireParameters(buffer, (byte) 0, p2);
                pins.unblock(p2, buffer, apdu.getOffsetCdata(), receive(apdu));
                break;
            case INS_GET_DATA:
                requireParameters(buffer, P1_CURRENT, P2_CURRENT);
                getData(apdu, buffer);
                break;
            case INS_PUT_DATA:
                requireParameters(buffer, P1_CURRENT, P2_CURRENT);
                admin.require();
                objects.put(apdu, more);
                break;
            case INS_GENERATE:
                requireParameters(buffer, (byte) 0, p2);
                admin.require();
                generate(apdu, buffer, p2);
                break;
            case INS_SELECT:
                // Not this applet's name, and nobody else's either: PIV stays selected.
                ISOException.throwIt(p1 == P1_BY_NAME ? ISO7816.SW_FILE_NOT_FOUND : ISO7816.SW_INCORRECT_P1P2);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private void getData(APDU apdu, byte[] buffer) {
        short length = receive(apdu);
        byte[] object = objects.find(buffer, apdu.getOffsetCdata(), length, pins, hasContacts());
        answers.send(apdu, object, (short) object.length);
    }

    private void generate(APDU apdu, byte[] buffer, byte key) {
        short length = receive(apdu);
        byte[] out = chain.buffer();
        short made = slots.generate(key, buffer, apdu.getOffsetCdata(), length, out);
        answers.send(apdu, out, made);
    }

    private void generalAuthenticate(APDU apdu, byte[] buffer, boolean more) {
        byte algorithm = buffer[ISO7816.OFFSET_P1];
        byte key = buffer[ISO7816.OFFSET_P2];
        if (key != KeySlots.CARD_AUTHENTICATION) {
            requireContacts();
        }
        chain.add(apdu);
        if (more) {
            return;
        }
        byte[] data = chain.buffer();
        short length = chain.take();
        template.parse(data, length);
        // What was asked is read before the answer overwrites it.
        short made = key == AdminKey.REFERENCE
            ? admin.authenticate(algorithm, template, data) : slots.authenticate(algorithm, key, template, data);
        if (made != 0) {
            answers.send(apdu, data, made);
        }
    }

    /** Takes in the command's data, all of it at once: none of these commands has more than one buffer. */
    private static short receive(APDU apdu) {
        short length = apdu.setIncomingAndReceive();
        if (length != apdu.getIncomingLength()) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        return length;
    }

    /** Without contacts a PIN could be overheard, and a card used in its owner's pocket. */
    private static void requireContacts() {
        if (!hasContacts()) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
    }

    private static boolean hasContacts() {
        byte media = (byte) (APDU.getProtocol() & APDU.PROTOCOL_MEDIA_MASK);
        return media == APDU.PROTOCOL_MEDIA_DEFAULT || media == APDU.PROTOCOL_MEDIA_USB;
    }

    private static void requireParameters(byte[] buffer, byte p1, byte p2) {
        if (buffer[ISO7816.OFFSET_P1] != p1 || buffer[ISO7816.OFFSET_P2] != p2) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
    }
}
