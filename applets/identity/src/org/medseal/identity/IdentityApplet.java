package org.medseal.identity;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.OwnerPIN;
import javacard.framework.Util;
import javacardx.apdu.ExtendedLength;
import org.globalplatform.GPSystem;
import org.globalplatform.SecureChannel;

/**
 * A medical device's identity: takes commands, checks who may give them, and hands the work to the
 * class that owns it. The commands and every byte of them are in docs/formats.md.
 *
 * All objects are made here, at installation, so that no later command can run out of memory.
 */
public final class IdentityApplet extends Applet implements ExtendedLength {

    /** Of this command set, the first byte of GET STATUS. */
    private static final byte VERSION = 1;

    private static final byte PIN_TRIES = 3;
    private static final byte PIN_MIN = 6;
    private static final byte PIN_MAX = 16;
    /** P2 of the PIN commands: this applet's own reference data, number 0. */
    private static final byte PIN_REFERENCE = (byte) 0x80;

    private static final byte INS_VERIFY = 0x20;
    private static final byte INS_CHANGE_REFERENCE_DATA = 0x24;

    private static final byte INS_GENERATE_KEY = 0x10;
    private static final byte INS_PUT_SECRET = 0x12;
    private static final byte INS_PUT_CERTIFICATE = 0x14;
    private static final byte INS_GET_CERTIFICATE = 0x16;
    private static final byte INS_GET_PUBLIC_KEY = 0x18;
    private static final byte INS_SEAL = 0x20;
    private static final byte INS_GET_LAST_SEAL = 0x22;
    private static final byte INS_SIGN_TLS = 0x24;
    private static final byte INS_SIGN_TOKEN = 0x26;
    private static final byte INS_GET_STATUS = 0x28;
    private static final byte INS_INITIALIZE_UPDATE = 0x50;
    private static final byte INS_EXTERNAL_AUTHENTICATE = (byte) 0x82;

    /** The class byte's bits: proprietary; channels 4 to 19; chained; secured on either kind of channel. */
    private static final byte CLA_PROPRIETARY = (byte) 0x80;
    private static final byte CLA_FURTHER = 0x40;
    private static final byte CLA_FURTHER_SECURED = 0x20;
    private static final byte CLA_CHAINED = 0x10;
    private static final byte CLA_SECURED = 0x0C;

    private static final short SW_PIN_TRIES_LEFT = 0x63C0;
    private static final short SW_REFERENCED_DATA_NOT_FOUND = 0x6A88;

    private final OwnerPIN pin;
    private final KeyStore keys;
    private final SealEngine seals;
    private final TlsSigner tls;
    private final TokenSigner tokens;
    private final Certificates certificates;

    private IdentityApplet(byte[] parameters, short offset, byte length) {
        // There is no PIN that everybody knows: without one of its own the applet does not come to be.
        if (length < PIN_MIN || length > PIN_MAX) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        pin = new OwnerPIN(PIN_TRIES, PIN_MAX);
        pin.update(parameters, offset, length);
        keys = new KeyStore();
        seals = new SealEngine(keys);
        tls = new TlsSigner(keys);
        tokens = new TokenSigner(keys);
        certificates = new Certificates();
    }

    /** Called by the card: instance AID, control information and applet data, each behind its length. */
    public static void install(byte[] parameters, short offset, byte length) {
        short aid = (short) (offset + 1);
        short control = (short) (aid + parameters[offset]);
        short data = (short) (control + 1 + parameters[control]);
        IdentityApplet applet = new IdentityApplet(parameters, (short) (data + 1), parameters[data]);
        applet.register(parameters, aid, parameters[offset]);
    }

    public boolean select() {
        forget();
        return true;
    }

    public void deselect() {
        forget();
    }

    /** Ends what is bound to a session: the PIN's verification and a token half signed. */
    private void forget() {
        pin.reset();
        tokens.abandon();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        byte cla = buffer[ISO7816.OFFSET_CLA];
        byte ins = buffer[ISO7816.OFFSET_INS];
        boolean proprietary = (cla & CLA_PROPRIETARY) != 0;
        boolean chained = (cla & CLA_CHAINED) != 0;
        boolean secured = (cla & ((cla & CLA_FURTHER) != 0 ? CLA_FURTHER_SECURED : CLA_SECURED)) != 0;

        if (proprietary && ins == INS_SIGN_TOKEN && !secured) {
            signToken(apdu, chained);
            return;
        }
        tokens.abandon();
        if (chained) {
            ISOException.throwIt(ISO7816.SW_COMMAND_CHAINING_NOT_SUPPORTED);
        }
        if (proprietary && (ins == INS_INITIALIZE_UPDATE || ins == INS_EXTERNAL_AUTHENTICATE)) {
            short length = GPSystem.getSecureChannel().processSecurity(apdu);
            apdu.setOutgoingAndSend(ISO7816.OFFSET_CDATA, length);
            return;
        }
        if (secured) {
            // Only the one command that carries a secret is worth a secure channel.
            if (!proprietary || ins != INS_PUT_SECRET) {
                ISOException.throwIt(ISO7816.SW_SECURE_MESSAGING_NOT_SUPPORTED);
            }
            putSecret(apdu, buffer);
        } else if (proprietary) {
            processOwn(apdu, buffer, ins);
        } else {
            processStandard(apdu, buffer, ins);
        }
    }

    /** The commands of ISO/IEC 7816-4. */
    private void processStandard(APDU apdu, byte[] buffer, byte ins) {
        switch (ins) {
            case INS_VERIFY:
                requireParameters(buffer, (byte) 0, PIN_REFERENCE);
                verify(apdu, buffer);
                break;
            case INS_CHANGE_REFERENCE_DATA:
                requireParameters(buffer, (byte) 0, PIN_REFERENCE);
                changePin(apdu, buffer);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    /** The commands of this applet alone. */
    private void processOwn(APDU apdu, byte[] buffer, byte ins) {
        byte key = buffer[ISO7816.OFFSET_P1];
        switch (ins) {
            case INS_SEAL:
                requireParameters(buffer, (byte) 0, (byte) 0);
                seal(apdu, buffer);
                break;
            case INS_GET_LAST_SEAL:
                requireParameters(buffer, (byte) 0, (byte) 0);
                seals.sendLast(apdu);
                break;
            case INS_SIGN_TLS:
                requireParameters(buffer, (byte) 0, (byte) 0);
                signTls(apdu, buffer);
                break;
            case INS_GET_STATUS:
                requireParameters(buffer, (byte) 0, (byte) 0);
                sendStatus(apdu, buffer);
                break;
            case INS_GENERATE_KEY:
                requireParameters(buffer, key, (byte) 0);
                requirePin();
                keys.generate(key);
                if (key == KeyStore.SEAL) {
                    seals.adoptKey();
                }
                keys.markMade(key);
                apdu.setOutgoingAndSend((short) 0, keys.copyPublic(key, buffer, (short) 0));
                break;
            case INS_GET_PUBLIC_KEY:
                requireParameters(buffer, key, (byte) 0);
                apdu.setOutgoingAndSend((short) 0, keys.copyPublic(key, buffer, (short) 0));
                break;
            case INS_PUT_CERTIFICATE:
                requirePin();
                short length = receive(apdu);
                certificates.put(key, buffer[ISO7816.OFFSET_P2], buffer, apdu.getOffsetCdata(), length);
                break;
            case INS_GET_CERTIFICATE:
                requireParameters(buffer, key, (byte) 0);
                requireLength(receive(apdu), (short) 2);
                certificates.send(key, Util.getShort(buffer, apdu.getOffsetCdata()), apdu);
                break;
            case INS_PUT_SECRET:
                // Unsecured: the secret would be readable on the wire.
                ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
                break;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    private void verify(APDU apdu, byte[] buffer) {
        short length = receive(apdu);
        if (length == 0) {
            ISOException.throwIt((short) (SW_PIN_TRIES_LEFT | pin.getTriesRemaining()));
        }
        requirePinLength(length);
        checkPin(buffer, apdu.getOffsetCdata(), (byte) length);
    }

    /** Data: length of the old PIN, the old PIN, length of the new PIN, the new PIN. */
    private void changePin(APDU apdu, byte[] buffer) {
        short length = receive(apdu);
        if (length < 2) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
        short old = apdu.getOffsetCdata();
        short end = (short) (old + length);
        short oldLength = buffer[old++];
        requirePinLength(oldLength);
        short fresh = (short) (old + oldLength);
        if (fresh >= end) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        short freshLength = buffer[fresh++];
        requirePinLength(freshLength);
        if ((short) (fresh + freshLength) != end) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
        checkPin(buffer, old, (byte) oldLength);
        pin.update(buffer, fresh, (byte) freshLength);
    }

    private void checkPin(byte[] buffer, short offset, byte length) {
        if (pin.check(buffer, offset, length)) {
            return;
        }
        byte left = pin.getTriesRemaining();
        ISOException.throwIt(left == 0 ? ISO7816.SW_FILE_INVALID : (short) (SW_PIN_TRIES_LEFT | left));
    }

    private void putSecret(APDU apdu, byte[] buffer) {
        short length = receive(apdu);
        SecureChannel channel = GPSystem.getSecureChannel();
        byte wanted = (byte) (SecureChannel.AUTHENTICATED | SecureChannel.C_MAC | SecureChannel.C_DECRYPTION);
        if ((byte) (channel.getSecurityLevel() & wanted) != wanted) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
        length = channel.unwrap(buffer, (short) 0, (short) (ISO7816.OFFSET_CDATA + length));
        requireParameters(buffer, KeyStore.TOKEN_SECRET, (byte) 0);
        requirePin();
        requireLength((short) (length - ISO7816.OFFSET_CDATA), KeyStore.SECRET_LENGTH);
        keys.putSecret(buffer, ISO7816.OFFSET_CDATA);
        Util.arrayFillNonAtomic(buffer, ISO7816.OFFSET_CDATA, KeyStore.SECRET_LENGTH, (byte) 0);
    }

    private void seal(APDU apdu, byte[] buffer) {
        requireLength(receive(apdu), SealEngine.HASH_LENGTH);
        seals.seal(buffer, apdu.getOffsetCdata());
        seals.sendLast(apdu);
    }

    private void signTls(APDU apdu, byte[] buffer) {
        short length = receive(apdu);
        apdu.setOutgoingAndSend((short) 0, tls.sign(buffer, apdu.getOffsetCdata(), length));
    }

    /** One link of a chain or the whole input; an extended command's data comes in several pieces. */
    private void signToken(APDU apdu, boolean more) {
        byte[] buffer = apdu.getBuffer();
        byte algorithm = buffer[ISO7816.OFFSET_P1];
        if (buffer[ISO7816.OFFSET_P2] != 0) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
        short piece = apdu.setIncomingAndReceive();
        short left = (short) (apdu.getIncomingLength() - piece);
        short offset = apdu.getOffsetCdata();
        tokens.begin(algorithm);
        tokens.add(buffer, offset, piece);
        while (left > 0) {
            piece = apdu.receiveBytes(offset);
            tokens.add(buffer, offset, piece);
            left -= piece;
        }
        if (!more) {
            apdu.setOutgoingAndSend((short) 0, tokens.finish(buffer));
        }
    }

    private void sendStatus(APDU apdu, byte[] buffer) {
        byte made = keys.made();
        boolean ready = (byte) (made & KeyStore.ALL_PAIRS) == KeyStore.ALL_PAIRS && certificates.complete();
        buffer[0] = VERSION;
        buffer[1] = (byte) (ready ? 1 : 0);
        buffer[2] = made;
        short end = seals.copyCounter(buffer, (short) 3);
        buffer[end++] = pin.getTriesRemaining();
        apdu.setOutgoingAndSend((short) 0, end);
    }

    /** Takes in the command's data, all of it at once: none of these commands has more than one buffer. */
    private static short receive(APDU apdu) {
        short length = apdu.setIncomingAndReceive();
        requireLength(length, apdu.getIncomingLength());
        return length;
    }

    private void requirePin() {
        if (!pin.isValidated()) {
            ISOException.throwIt(ISO7816.SW_SECURITY_STATUS_NOT_SATISFIED);
        }
    }

    private static void requirePinLength(short length) {
        if (length < PIN_MIN || length > PIN_MAX) {
            ISOException.throwIt(ISO7816.SW_WRONG_DATA);
        }
    }

    private static void requireLength(short length, short wanted) {
        if (length != wanted) {
            ISOException.throwIt(ISO7816.SW_WRONG_LENGTH);
        }
    }

    private static void requireParameters(byte[] buffer, byte p1, byte p2) {
        if (buffer[ISO7816.OFFSET_P1] != p1 || buffer[ISO7816.OFFSET_P2] != p2) {
            ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        }
    }

    /** What is asked for has not been made or put yet. */
    static void notFound() {
        ISOException.throwIt(SW_REFERENCED_DATA_NOT_FOUND);
    }
}
