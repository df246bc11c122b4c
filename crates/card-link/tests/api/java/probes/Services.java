package probes;

import java.rmi.Remote;
import javacard.framework.*;
import javacard.framework.service.*;

/** Dispatcher, BasicService: what the data of a command begin with says what the services do with it. */
final class Services extends BasicService {

    private final Dispatcher dispatcher = new Dispatcher((short) 3);
    private final Service after = new After();

    Services() {
        dispatcher.addService(this, Dispatcher.PROCESS_INPUT_DATA);
        dispatcher.addService(this, Dispatcher.PROCESS_COMMAND);
        dispatcher.addService(this, Dispatcher.PROCESS_COMMAND);
        dispatcher.addService(after, Dispatcher.PROCESS_OUTPUT_DATA);
    }

    void process(APDU apdu, byte method) {
        switch (method) {
            case 0x00: dispatcher.process(apdu); return;
            case 0x01: misuse(apdu); return;
            case 0x02: {
                Exception e = dispatcher.dispatch(apdu, Dispatcher.PROCESS_COMMAND);
                ISOException.throwIt(e == null ? (short) 0x6F01
                    : e instanceof UserException ? (short) (0x6F10 + ((UserException) e).getReason()) : (short) 0x6F02);
                return;
            }
            case 0x03:
                dispatcher.removeService(this, Dispatcher.PROCESS_COMMAND);
                dispatcher.removeService(this, Dispatcher.PROCESS_COMMAND);
                dispatcher.process(apdu);
                return;
            case 0x04: dispatcher.addService(this, Dispatcher.PROCESS_COMMAND); return;
            case 0x05:
            case 0x06:
            case 0x07: new Own(method).process(apdu); return;
            default: reasons(apdu, method);
        }
    }

    public boolean processDataIn(APDU apdu) {
        receiveInData(apdu);
        byte[] buffer = apdu.getBuffer();
        buffer[6] = (byte) (buffer[6] + 1);
        return false;
    }

    public boolean processCommand(APDU apdu) {
        short length = receiveInData(apdu);
        byte[] buffer = apdu.getBuffer();
        switch (buffer[5]) {
            case 0: return false;
            case 1:
                succeed(apdu);
                setOutputLength(apdu, length);
                return true;
            case 2: return fail(apdu, (short) 0x6A81);
            case 3:
                succeedWithStatusWord(apdu, (short) 0x6282);
                setOutputLength(apdu, (short) 256);
                return getOutputLength(apdu) == 256;
            case 4:
                ISOException.throwIt((short) 0x6A82);
                return true;
            case 6:
                setProcessed(apdu);
                setOutputLength(apdu, (short) 0);
                setStatusWord(apdu, (short) 0x6300);
                return isProcessed(apdu) && getStatusWord(apdu) == (short) 0x6300 && getOutputLength(apdu) == 0;
            default: return super.processCommand(apdu);
        }
    }

    /** A dispatcher of the applet's own: says that all went well, that something was thrown, or another status word. */
    static final class Own extends Dispatcher {
        private final byte how;

        Own(byte how) {
            super((short) 0);
            this.how = how;
        }

        public Exception dispatch(APDU apdu, byte phase) {
            if (how == 0x06) {
                return new UserException(phase);
            }
            ISOException.throwIt(how == 0x05 ? ISO7816.SW_NO_ERROR : (short) 0x6283);
            return null;
        }
    }

    /** Marks that the output phase was reached. */
    static final class After extends BasicService {
        public boolean processDataOut(APDU apdu) {
            byte[] buffer = apdu.getBuffer();
            buffer[7] = (byte) (buffer[7] + getCLA(apdu) + getINS(apdu) + Api.of(selectingApplet()));
            return false;
        }
    }

    /** Asks for things at the wrong time, one for each byte of the answer. */
    private void misuse(APDU apdu) {
        byte[] answer = new byte[9];
        answer[0] = reason(apdu, (short) 0);
        answer[1] = reason(apdu, (short) 1);
        answer[2] = reason(apdu, (short) 2);
        answer[3] = (byte) (getP1(apdu) + getP2(apdu));
        apdu.setOutgoing();
        answer[4] = reason(apdu, (short) 3);
        answer[5] = reason(apdu, (short) 4);
        answer[6] = reason(apdu, (short) 5);
        answer[7] = reason(apdu, (short) 6);
        answer[8] = reason(apdu, (short) 7);
        apdu.setOutgoingLength((short) answer.length);
        apdu.sendBytesLong(answer, (short) 0, (short) answer.length);
    }

    private byte reason(APDU apdu, short what) {
        try {
            switch (what) {
                case 0: getOutputLength(apdu); break;
                case 1: getStatusWord(apdu); break;
                case 2: setOutputLength(apdu, (short) -1); break;
                case 3: getP1(apdu); break;
                case 4: getP2(apdu); break;
                case 5: receiveInData(apdu); break;
                case 6: setOutputLength(apdu, (short) 257); break;
                default: setProcessed(null); break;
            }
        } catch (ServiceException e) {
            return (byte) e.getReason();
        } catch (NullPointerException e) {
            return (byte) 0xEE;
        }
        return 0;
    }

    private void reasons(APDU apdu, byte method) {
        try {
            Dispatcher two = new Dispatcher((short) (method == 0x20 ? -1 : 1));
            switch (method) {
                case 0x21: two.addService(null, Dispatcher.PROCESS_COMMAND); break;
                case 0x22: two.addService(this, Dispatcher.PROCESS_NONE); break;
                case 0x23: two.addService(this, (byte) 4); break;
                case 0x24:
                    two.addService(this, Dispatcher.PROCESS_COMMAND);
                    two.addService(after, Dispatcher.PROCESS_COMMAND);
                    break;
                case 0x25: two.removeService(null, Dispatcher.PROCESS_COMMAND); break;
                case 0x26: two.dispatch(apdu, Dispatcher.PROCESS_NONE); break;
                case 0x27: two.dispatch(null, Dispatcher.PROCESS_COMMAND); break;
                case 0x28: CardRemoteObject.export(new Distant()); break;
                case 0x29: CardRemoteObject.export(null); break;
                case 0x2A: new RMIService(new Distant()); break;
                case 0x2B: new RMIService(null); break;
                case 0x2C: CardRemoteObject.unexport(new Distant()); break;
                case 0x2D: two.removeService(this, Dispatcher.PROCESS_COMMAND); break;
                case 0x2E: new CardRemoteObject(); break;
                default: Api.unknown();
            }
        } catch (ServiceException e) {
            ISOException.throwIt((short) (0x6F20 + e.getReason()));
        } catch (SystemException e) {
            ISOException.throwIt((short) (0x6F30 + e.getReason()));
        } catch (NullPointerException e) {
            ISOException.throwIt((short) 0x6F40);
        }
    }

    /** A remote object without methods. */
    static final class Distant implements Remote {
    }
}
