package lender;

import javacard.framework.*;
import javacard.framework.service.BasicService;
import javacardx.framework.event.*;
import javacardx.framework.math.BigNumber;
import javacardx.framework.nio.ByteBuffer;
import javacardx.framework.time.TimeDuration;
import javacardx.framework.tlv.*;

/** Lends one object of each kind that the API's methods take. */
public final class LenderApplet extends Applet implements Lender {

    private final Object[] mine = new Object[8];

    private LenderApplet() {
        mine[0] = new byte[] {4, 1, 2};
        mine[1] = new BigNumber((short) 1);
        mine[2] = BERTag.getInstance(new byte[] {4}, (short) 0);
        mine[3] = BERTLV.getInstance(new byte[] {4, 1, 2}, (short) 0, (short) 3);
        mine[4] = ByteBuffer.allocateDirect(4);
        mine[5] = TimeDuration.getInstance(JCSystem.MEMORY_TYPE_PERSISTENT);
        mine[6] = new BasicService();
        mine[7] = new Source();
    }

    public static void install(byte[] data, short offset, byte length) {
        new LenderApplet().register();
    }

    public Shareable getShareableInterfaceObject(AID client, byte parameter) {
        return this;
    }

    public Object lend(byte which) {
        return mine[which];
    }

    public void process(APDU apdu) {
    }

    static final class Source implements EventSource {
    }
}
