package org.medseal.bench.crypto;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;

/**
 * What a card's cryptography is measured with. CLA is 80.
 *
 * <pre>
 *   50  P1 a kind of work, P2 a variant of it: makes keys and objects for it     no answer
 *   52  P1 P2 a count (1 to 7FFF): does the prepared work so often               2 bytes: length of the last result
 * </pre>
 *
 * The kinds are those of {@link PublicKeys} (below 20) and of {@link Bulk}.
 */
public final class CryptoApplet extends Applet {

    private static final byte CLA = (byte) 0x80;
    private static final byte INS_PREPARE = 0x50;
    private static final byte INS_WORK = 0x52;
    /** The first kind of work of {@link Bulk}. */
    private static final byte FIRST_BULK = 0x20;

    private final PublicKeys keys = new PublicKeys();
    private final Bulk bulk = new Bulk();
    /** Whichever was prepared last. */
    private Work prepared;

    /** Called by the card: instance AID first, behind its length. */
    public static void install(byte[] parameters, short offset, byte length) {
        new CryptoApplet().register(parameters, (short) (offset + 1), parameters[offset]);
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        if (buffer[ISO7816.OFFSET_CLA] != CLA) {
            ISOException.throwIt(ISO7816.SW_CLA_NOT_SUPPORTED);
        }
        switch (buffer[ISO7816.OFFSET_INS]) {
            case INS_PREPARE:
                byte kind = buffer[ISO7816.OFFSET_P1];
                prepared = null;
                Work work = kind < FIRST_BULK ? (Work) keys : (Work) bulk;
                work.prepare(kind, buffer[ISO7816.OFFSET_P2]);
                prepared = work;
                return;
            case INS_WORK:
                if (prepared == null) {
                    ISOException.throwIt(ISO7816.SW_CONDITIONS_NOT_SATISFIED);
                }
                short length = prepared.run(Util.getShort(buffer, ISO7816.OFFSET_P1));
                apdu.setOutgoingAndSend((short) 0, Util.setShort(buffer, (short) 0, length));
                return;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }
}
