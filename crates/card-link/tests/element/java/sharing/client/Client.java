package client;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.CardRuntimeException;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.SystemException;
import javacard.framework.TransactionException;
import javacard.framework.Util;

/** Answers each command with what its case came to: 00 00 and a value, or 01, a number for the class of the exception, and its reason. */
public class Client extends Applet {
    private final Alone alone = new Alone();
    private final Across across = new Across();

    public static void install(byte[] data, short offset, byte length) {
        new Client().register();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        byte ins = buffer[ISO7816.OFFSET_INS];
        alone.uncaught(ins);
        if (ins == Across.IDENTITY) {
            apdu.setOutgoingAndSend((short) 0, across.identity(buffer));
            return;
        }
        byte thrown = 0;
        short value = 0;
        try {
            value = ins < Across.FIRST ? alone.run(ins, apdu) : across.run(ins, buffer);
        } catch (SecurityException e) {
            thrown = 1;
        } catch (ClassCastException e) {
            thrown = 2;
        } catch (ArrayStoreException e) {
            thrown = 3;
        } catch (ArrayIndexOutOfBoundsException e) {
            thrown = 4;
        } catch (ArithmeticException e) {
            thrown = 5;
        } catch (NegativeArraySizeException e) {
            thrown = 6;
        } catch (NullPointerException e) {
            thrown = 7;
        } catch (TransactionException e) {
            thrown = 8;
            value = e.getReason();
        } catch (SystemException e) {
            thrown = 9;
            value = e.getReason();
        } catch (ISOException e) {
            thrown = 10;
            value = e.getReason();
        } catch (CardRuntimeException e) {
            thrown = 11;
        }
        buffer[0] = thrown == 0 ? (byte) 0 : (byte) 1;
        buffer[1] = thrown;
        Util.setShort(buffer, (short) 2, value);
        apdu.setOutgoingAndSend((short) 0, (short) 4);
    }
}
