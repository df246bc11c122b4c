package channels;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.MultiSelectable;
import single.Gate;

/** Counts how it is selected and deselected, and shows what a channel has to do with it. */
class Base extends Applet implements MultiSelectable {
    private byte selects;
    private byte deselects;
    private byte multiSelects;
    private byte multiDeselects;
    private byte again;
    private byte selectedOn;
    private Gate gate;
    private final byte[] onDeselect = JCSystem.makeTransientByteArray((short) 1, JCSystem.CLEAR_ON_DESELECT);
    private final byte[] onReset = JCSystem.makeTransientByteArray((short) 1, JCSystem.CLEAR_ON_RESET);

    public boolean select() {
        selects++;
        if (reSelectingApplet()) {
            again++;
        }
        return true;
    }

    public void deselect() {
        deselects++;
    }

    public boolean select(boolean stillActive) {
        multiSelects += stillActive ? 1 : 16;
        selectedOn = JCSystem.getAssignedChannel();
        return true;
    }

    public void deselect(boolean stillActive) {
        multiDeselects += stillActive ? 1 : 16;
    }

    /** With data asks that applet for its gate, without goes through the gate it has; 0 when the firewall is against it. */
    private byte visit(byte[] buffer, APDU apdu) {
        byte length = (byte) apdu.setIncomingAndReceive();
        try {
            if (length == 0) {
                return (byte) gate.pass();
            }
            AID server = JCSystem.lookupAID(buffer, ISO7816.OFFSET_CDATA, length);
            gate = (Gate) JCSystem.getAppletShareableInterfaceObject(server, (byte) 0);
            return 1;
        } catch (SecurityException e) {
            return 0;
        }
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        switch (buffer[ISO7816.OFFSET_INS]) {
            case 0x00: break;
            case 0x02:
                onDeselect[0] = buffer[ISO7816.OFFSET_P1];
                onReset[0] = buffer[ISO7816.OFFSET_P1];
                return;
            case 0x04: {
                AID other = JCSystem.lookupAID(buffer, ISO7816.OFFSET_CDATA, (byte) apdu.setIncomingAndReceive());
                buffer[0] = (byte) (JCSystem.isAppletActive(other) ? 1 : 0);
                apdu.setOutgoingAndSend((short) 0, (short) 1);
                return;
            }
            case 0x06:
                buffer[0] = visit(buffer, apdu);
                apdu.setOutgoingAndSend((short) 0, (short) 1);
                return;
            default: ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
        buffer[0] = selects;
        buffer[1] = deselects;
        buffer[2] = multiSelects;
        buffer[3] = multiDeselects;
        buffer[4] = again;
        buffer[5] = onDeselect[0];
        buffer[6] = onReset[0];
        buffer[7] = JCSystem.getAssignedChannel();
        buffer[8] = selectedOn;
        apdu.setOutgoingAndSend((short) 0, (short) 9);
    }
}
