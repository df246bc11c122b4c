package user;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.Util;
import lib.Box;
import lib.Meter;
import lib.Tools;

/** Uses two libraries. */
public class User extends Applet {
    private Ward ward = new Ward();

    public static void install(byte[] data, short offset, byte length) {
        new User().register();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        short result = result(buffer);
        Util.setShort(buffer, (short) 0, result);
        apdu.setOutgoingAndSend((short) 0, (short) 2);
    }

    private short result(byte[] buffer) {
        Meter meter = ward;
        switch (buffer[1]) {
            case 1:
                return Tools.twice((short) 21);
            case 2:
                return Tools.calls;
            case 3:
                return Tools.sum(buffer, (short) 1, (short) 4);
            case 4:
                return meter.add(buffer[2]);
            case 5:
                return meter.weighted();
            case 6:
                return ward.again();
            case 7:
                ward.watch(ward);
                return ward.seen;
            case 8:
                return new Box((short) 8).get();
            case 9:
                return Tools.valueOf(new Box((short) 9));
            default:
                Tools.calls = 100;
                return 0;
        }
    }
}
