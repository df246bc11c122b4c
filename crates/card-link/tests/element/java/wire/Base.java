package wire;

import javacard.framework.APDU;
import javacard.framework.APDUException;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;

/** Uses the APDU class in every way that is right, and in most that are wrong. */
abstract class Base extends Applet {
    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        short number = Util.getShort(buffer, ISO7816.OFFSET_P1);
        switch (buffer[ISO7816.OFFSET_INS]) {
            case 0x10: send(apdu, number, false); return;
            case 0x12: receive(apdu); return;
            case 0x14: send(apdu, number, true); return;
            case 0x16: return;
            case 0x18:
                apdu.setIncomingAndReceive();
                send(apdu, number, false);
                ISOException.throwIt((short) 0x6283);
                return;
            case 0x1A:
                try {
                    misuse(apdu, buffer[ISO7816.OFFSET_P1]);
                } catch (APDUException e) {
                    ISOException.throwIt((short) (0x6F10 + e.getReason()));
                }
                return;
            case 0x1C: describe(apdu); return;
            case 0x1E: header(apdu); return;
            default: ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }

    /** Sends so many bytes, each the low byte of its index, in pieces of fifty. */
    private void send(APDU apdu, short number, boolean whole) {
        byte[] buffer = apdu.getBuffer();
        if (whole) {
            apdu.setOutgoingNoChaining();
        } else {
            apdu.setOutgoing();
        }
        apdu.setOutgoingLength(number);
        for (short sent = 0; sent < number; ) {
            short piece = (short) (number - sent) < 50 ? (short) (number - sent) : 50;
            for (short i = 0; i < piece; i++) {
                buffer[i] = (byte) (sent + i);
            }
            apdu.waitExtension();
            apdu.sendBytes((short) 0, piece);
            sent += piece;
        }
    }

    /** Takes all data; answers the states on the way, Lc, where data begin, Le, and the sum of all bytes. */
    private void receive(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        byte first = apdu.getCurrentState();
        short offset = apdu.getOffsetCdata();
        short length = apdu.getIncomingLength();
        short got = apdu.setIncomingAndReceive();
        byte second = apdu.getCurrentState();
        short sum = 0;
        short from = offset;
        while (got > 0) {
            for (short i = 0; i < got; i++) {
                sum += buffer[(short) (from + i)] & 0xFF;
            }
            from = 0;
            got = apdu.receiveBytes((short) 0);
        }
        byte third = apdu.getCurrentState();
        short expected = apdu.setOutgoing();
        byte fourth = apdu.getCurrentState();
        apdu.setOutgoingLength((short) 12);
        byte fifth = apdu.getCurrentState();
        buffer[0] = first;
        buffer[1] = second;
        buffer[2] = third;
        buffer[3] = fourth;
        buffer[4] = fifth;
        buffer[5] = (byte) offset;
        Util.setShort(buffer, (short) 6, length);
        Util.setShort(buffer, (short) 8, expected);
        Util.setShort(buffer, (short) 10, sum);
        apdu.sendBytes((short) 0, (short) 6);
        if (apdu.getCurrentState() != APDU.STATE_PARTIAL_OUTGOING) {
            ISOException.throwIt((short) 0x6F05);
        }
        apdu.sendBytesLong(buffer, (short) 6, (short) 6);
        if (apdu.getCurrentState() != APDU.STATE_FULL_OUTGOING) {
            ISOException.throwIt((short) 0x6F06);
        }
    }

    /** Protocol, block sizes, node address, and what the class byte says. */
    private void describe(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        short out = APDU.getOutBlockSize();
        byte channel = APDU.getCLAChannel();
        boolean same = APDU.getCurrentAPDU() == apdu && APDU.getCurrentAPDUBuffer() == buffer;
        buffer[0] = APDU.getProtocol();
        buffer[1] = (byte) APDU.getInBlockSize();
        Util.setShort(buffer, (short) 2, out);
        buffer[4] = apdu.getNAD();
        buffer[5] = channel;
        buffer[6] = flags(apdu);
        buffer[7] = apdu.getLogicalChannelEncoding();
        buffer[8] = (byte) (same ? 1 : 0);
        apdu.setOutgoingAndSend((short) 0, (short) 9);
    }

    /** A bit for chaining, secure messaging, interindustry class and valid class each. */
    private static byte flags(APDU apdu) {
        byte flags = 0;
        if (apdu.isCommandChainingCLA()) {
            flags |= 1;
        }
        if (apdu.isSecureMessagingCLA()) {
            flags |= 2;
        }
        if (apdu.isISOInterindustryCLA()) {
            flags |= 4;
        }
        if (apdu.isValidCLA()) {
            flags |= 8;
        }
        return flags;
    }

    /** What stands in the buffer before anything is taken: the header, then zeros. */
    private void header(APDU apdu) {
        byte[] buffer = apdu.getBuffer();
        short used = (short) buffer.length;
        while (used > 0 && buffer[(short) (used - 1)] == 0) {
            used--;
        }
        buffer[(short) 8] = (byte) used;
        apdu.setOutgoing();
        apdu.setOutgoingLength((short) 9);
        apdu.sendBytes((short) 0, (short) 9);
        buffer[(short) 1000] = 0x55;
    }

    private void misuse(APDU apdu, byte what) {
        byte[] buffer = apdu.getBuffer();
        switch (what) {
            case 1: apdu.setOutgoing(); apdu.setOutgoing(); break;
            case 2: apdu.setOutgoingLength((short) 1); break;
            case 3: apdu.setOutgoing(); apdu.setOutgoingLength((short) -1); break;
            case 4: apdu.setOutgoing(); apdu.setOutgoingLength((short) 257); break;
            case 5: apdu.setOutgoingNoChaining(); apdu.setOutgoingLength((short) 253); break;
            case 6: apdu.setOutgoing(); apdu.sendBytes((short) 0, (short) 1); break;
            case 7: apdu.setOutgoing(); apdu.setOutgoingLength((short) 2); apdu.sendBytes((short) 0, (short) 3); break;
            case 8:
                apdu.setOutgoing();
                apdu.setOutgoingLength((short) 200);
                apdu.sendBytes((short) (buffer.length - 1), (short) 2);
                break;
            case 9: apdu.receiveBytes((short) 5); break;
            case 10: apdu.setOutgoing(); apdu.setIncomingAndReceive(); break;
            case 11: apdu.setIncomingAndReceive(); apdu.setIncomingAndReceive(); break;
            case 12: apdu.setOutgoing(); apdu.setOutgoingLength((short) 2); apdu.sendBytes((short) 0, (short) -1); break;
            case 13: apdu.setOutgoing(); apdu.setOutgoingLength((short) 2); apdu.setOutgoingLength((short) 2); break;
            case 14: apdu.setOutgoingAndSend((short) 0, (short) 2); apdu.sendBytes((short) 0, (short) 1); break;
            case 15: apdu.setIncomingAndReceive(); apdu.receiveBytes((short) (buffer.length - 1)); break;
            case 16: apdu.setOutgoing(); apdu.receiveBytes((short) 5); break;
            default: ISOException.throwIt(ISO7816.SW_WRONG_P1P2);
        }
    }
}
