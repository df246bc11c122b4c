package org.medseal.managed;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import org.globalplatform.Application;
import org.globalplatform.CVM;
import org.globalplatform.GPSystem;
import org.globalplatform.SecureChannel;

/** Uses what GlobalPlatform offers an applet, one instruction each. */
public final class Managed extends Applet implements Application {
    private final byte[] personal = new byte[64];
    private short length;

    public static void install(byte[] data, short offset, byte length) {
        new Managed().register(data, (short) (offset + 1), data[offset]);
    }

    /** Keeps the data field of the last STORE DATA; refuses one that begins with FF. */
    public void processData(byte[] buffer, short offset, short length) {
        short data = (short) (length - ISO7816.OFFSET_CDATA);
        if (buffer[(short) (offset + ISO7816.OFFSET_INS)] != (byte) 0xE2) {
            ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
        if (buffer[(short) (offset + ISO7816.OFFSET_CDATA)] == (byte) 0xFF) {
            ISOException.throwIt((short) 0x6A99);
        }
        Util.arrayCopy(buffer, (short) (offset + ISO7816.OFFSET_CDATA), personal, this.length, data);
        this.length += data;
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        byte p1 = buffer[ISO7816.OFFSET_P1];
        switch (buffer[ISO7816.OFFSET_INS]) {
            case 0x01: // what was personalized
                Util.arrayCopyNonAtomic(personal, (short) 0, buffer, (short) 0, length);
                apdu.setOutgoingAndSend((short) 0, length);
                return;
            case 0x02: // states of the applet and of the card
                buffer[0] = GPSystem.getCardContentState();
                buffer[1] = GPSystem.getCardState();
                apdu.setOutgoingAndSend((short) 0, (short) 2);
                return;
            case 0x03:
                answer(apdu, GPSystem.setCardContentState(p1));
                return;
            case 0x04:
                answer(apdu, GPSystem.lockCard());
                return;
            case 0x05:
                answer(apdu, GPSystem.terminateCard());
                return;
            case 0x06:
                pin(apdu, p1);
                return;
            default:
                secure(apdu);
        }
    }

    private void answer(APDU apdu, boolean yes) {
        byte[] buffer = apdu.getBuffer();
        buffer[0] = yes ? (byte) 1 : (byte) 0;
        apdu.setOutgoingAndSend((short) 0, (short) 1);
    }

    /** P1 0 sets the global PIN up with three tries, 1 verifies, 2 unblocks; the answer is the outcome, flags and tries. */
    private void pin(APDU apdu, byte what) {
        short received = apdu.setIncomingAndReceive();
        byte[] buffer = apdu.getBuffer();
        CVM pin = GPSystem.getCVM(GPSystem.CVM_GLOBAL_PIN);
        boolean done;
        if (what == 0) {
            done = pin.setTryLimit((byte) 3)
                    && pin.update(buffer, ISO7816.OFFSET_CDATA, (byte) received, CVM.FORMAT_ASCII);
        } else if (what == 1) {
            done = pin.verify(buffer, ISO7816.OFFSET_CDATA, (byte) received, CVM.FORMAT_ASCII)
                    == CVM.CVM_SUCCESS;
        } else {
            done = pin.resetAndUnblockState();
        }
        buffer[0] = done ? (byte) 1 : (byte) 0;
        buffer[1] = (byte) ((pin.isActive() ? 8 : 0) | (pin.isSubmitted() ? 4 : 0)
                | (pin.isVerified() ? 2 : 0) | (pin.isBlocked() ? 1 : 0));
        buffer[2] = pin.getTriesRemaining();
        apdu.setOutgoingAndSend((short) 0, (short) 3);
    }

    /** Opens a channel, or echoes the data of a command through it, with the level in front. */
    private void secure(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        SecureChannel channel = GPSystem.getSecureChannel();
        if (buffer[ISO7816.OFFSET_INS] != 0x10) {
            short length = channel.processSecurity(apdu);
            if (length > 0) {
                apdu.setOutgoingAndSend(ISO7816.OFFSET_CDATA, length);
            }
            return;
        }
        short received = apdu.setIncomingAndReceive();
        short length = channel.unwrap(buffer, (short) 0, (short) (ISO7816.OFFSET_CDATA + received));
        // The level and the plain data go out, protected as the session says.
        short data = (short) (length - ISO7816.OFFSET_CDATA);
        buffer[4] = channel.getSecurityLevel();
        Util.setShort(buffer, (short) (ISO7816.OFFSET_CDATA + data), ISO7816.SW_NO_ERROR);
        short wrapped = channel.wrap(buffer, (short) 4, (short) (data + 3));
        apdu.setOutgoingAndSend((short) 4, wrapped);
    }
}
