package server;

import javacard.framework.AID;
import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.CardRuntimeException;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Shareable;
import javacard.framework.Util;
import lib.Box;

/** Gives others its shareable object when they ask with parameter 1. */
public class Server extends Applet implements Shared {
    private byte[] array = { 1, 2, 3, 4, 5 };
    private byte[] deselect = JCSystem.makeTransientByteArray((short) 4, JCSystem.CLEAR_ON_DESELECT);
    private Box box = new Box((short) 77);
    private byte[] missing;
    private short value;

    public static void install(byte[] data, short offset, byte length) {
        new Server().register();
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return parameter == 1 ? this : null;
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        Util.setShort(buffer, (short) 0, (short) 0);
        Util.setShort(buffer, (short) 2, (short) (JCSystem.getPreviousContextAID() == null ? 1 : 0));
        apdu.setOutgoingAndSend((short) 0, (short) 4);
    }

    public short answer() {
        value = 42;
        return value;
    }

    public byte[] array() {
        return array;
    }

    public Box box() {
        return box;
    }

    public Object object() {
        return box;
    }

    public Applet applet() {
        return this;
    }

    public short first(byte[] array) {
        return (short) (array[0] & 0xFF);
    }

    public short identity(byte[] buffer) {
        short end = JCSystem.getAID().getBytes(buffer, (short) 0);
        return (short) (end + JCSystem.getPreviousContextAID().getBytes(buffer, end));
    }

    public void throwByRuntime() {
        ISOException.throwIt((short) 55);
    }

    public void throwOwned() {
        throw new CardRuntimeException((short) 66);
    }

    public void throwInside() {
        missing[0] = 1;
    }

    public short useDeselect() {
        return deselect[0];
    }

    public short makeDeselect() {
        return (short) JCSystem.makeTransientByteArray((short) 4, JCSystem.CLEAR_ON_DESELECT).length;
    }

    public void write(short value) {
        this.value = value;
    }

    public short read() {
        return value;
    }
}
