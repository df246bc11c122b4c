package borrower;

import javacard.framework.*;
import javacard.framework.service.*;
import javacardx.framework.event.*;
import javacardx.framework.string.StringUtil;
import javacardx.framework.time.*;
import javacardx.framework.tlv.*;
import javacardx.framework.util.ArrayLogic;
import lender.Lender;

/**
 * Passes objects of another context to the API's methods, which must not reach them: the answer is a byte for each,
 * 1 for a SecurityException, 0 for none, 2 for another exception. Methods that take Object meet the reference themselves;
 * before others stands a cast, where the machine stops it.
 */
public final class Borrower extends Applet {

    private static final byte CASES = 10;

    private final byte[] out = new byte[8];

    public static void install(byte[] data, short offset, byte length) {
        new Borrower().register();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        byte[] name = {(byte) 0xF0, 0x4D, 0x45, 0x44, 0x4C, 0x45, 0x4E, 0x44, 0x01};
        Lender lender = (Lender) JCSystem.getAppletShareableInterfaceObject(JCSystem.lookupAID(name, (short) 0, (byte) 9), (byte) 0);
        for (byte i = 0; i < CASES; i++) {
            try {
                use(i, lender);
                buffer[i] = 0;
            } catch (SecurityException e) {
                buffer[i] = 1;
            } catch (Exception e) {
                buffer[i] = 2;
            }
        }
        apdu.setOutgoingAndSend((short) 0, CASES);
    }

    private void use(byte which, Lender lender) {
        Object array = lender.lend((byte) 0);
        switch (which) {
            case 0: ArrayLogic.arrayCopyRepack(array, (short) 0, (short) 1, out, (short) 0); break;
            case 1: ArrayLogic.arrayCopyRepack(out, (short) 0, (short) 1, array, (short) 0); break;
            case 2: ArrayLogic.arrayFillGeneric(out, (short) 0, (short) 1, array, (short) 0); break;
            case 3: ArrayLogic.arrayCompareGeneric(out, (short) 0, array, (short) 0, (short) 1); break;
            case 4: ArrayLogic.arrayFindGeneric(array, (short) 0, out, (short) 0); break;
            case 5: new Dispatcher((short) 1).addService((Service) lender.lend((byte) 6), Dispatcher.PROCESS_COMMAND); break;
            case 6: EventRegistry.getEventRegistry((EventSource) lender.lend((byte) 7)); break;
            case 7: ((TimeDuration) lender.lend((byte) 5)).reset(); break;
            case 8: ((BERTLV) lender.lend((byte) 3)).size(); break;
            default: StringUtil.check((byte[]) array, (short) 0, (short) 1); break;
        }
    }
}
