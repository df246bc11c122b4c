package probes;

import javacard.framework.*;
import javacard.framework.service.ServiceException;
import javacardx.biometry.BioException;
import javacardx.biometry1toN.Bio1toNException;
import javacardx.external.ExternalException;
import javacardx.framework.nio.*;
import javacardx.framework.string.StringException;
import javacardx.framework.time.DateTimeException;
import javacardx.framework.tlv.TLVException;
import javacardx.framework.util.UtilException;

/**
 * Calls one method of the API a command. INS names the family, P1 the method, P2 how much of the output to send. The data
 * are the arguments: a count and as many shorts, then arrays, each behind its length, FF for null. The answer is the result
 * and the output, or EE, the exception's class and its reason.
 */
public final class Api extends Applet {

    /** The arguments, and where methods that write put it. */
    static short[] s;
    static byte[] a;
    static byte[] b;
    static byte[] c;
    static byte[] out;

    private final Tlvs tlvs = new Tlvs();
    private final Biometry biometry = new Biometry();
    private final Stores stores = new Stores();
    private final Durations durations = new Durations();
    private final Services services = new Services();

    private Api() {
        s = new short[16];
        out = new byte[64];
    }

    public static void install(byte[] data, short offset, byte length) {
        new Api().register();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        byte family = buffer[ISO7816.OFFSET_INS];
        byte method = buffer[ISO7816.OFFSET_P1];
        short more = (short) (buffer[ISO7816.OFFSET_P2] & 0xFF);
        if (family == (byte) 0x60) {
            services.process(apdu, method);
            return;
        }
        read(buffer, apdu.setIncomingAndReceive());
        short length;
        try {
            short result = call(family, method);
            Util.setShort(buffer, (short) 0, result);
            length = Util.arrayCopyNonAtomic(out, (short) 0, buffer, (short) 2, more);
        } catch (Exception e) {
            buffer[0] = (byte) 0xEE;
            buffer[1] = codeOf(e);
            Util.setShort(buffer, (short) 2, reasonOf(e));
            length = 4;
        }
        JCSystem.requestObjectDeletion();
        apdu.setOutgoingAndSend((short) 0, length);
    }

    private short call(byte family, byte method) {
        switch (family) {
            case 0x10: return Numbers.call(method);
            case 0x18: return BigNumbers.call(method);
            case 0x20: return Arrays.call(method);
            case 0x30: return Strings.call(method);
            case 0x40: return TlvArrays.call(method);
            case 0x48: return tlvs.call(method);
            case 0x50: return Buffers.call(method);
            case 0x54: return durations.call(method);
            case 0x58: return Events.call(method);
            case 0x70: return biometry.call(method);
            case 0x74: return Matchers.call(method);
            case 0x78: return stores.call(method);
            default: ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED); return 0;
        }
    }

    private static void read(byte[] buffer, short length) {
        Util.arrayFillNonAtomic(out, (short) 0, (short) out.length, (byte) 0);
        a = null;
        b = null;
        c = null;
        short at = 5;
        short end = (short) (5 + length);
        if (at < end) {
            short count = buffer[at++];
            for (short i = 0; i < count; i++) {
                s[i] = Util.getShort(buffer, at);
                at += 2;
            }
        }
        for (short i = 0; at < end; i++) {
            byte size = buffer[at++];
            byte[] array = null;
            if (size != (byte) 0xFF) {
                array = new byte[(short) (size & 0xFF)];
                Util.arrayCopyNonAtomic(buffer, at, array, (short) 0, (short) array.length);
                at += (short) array.length;
            }
            if (i == 0) {
                a = array;
            } else if (i == 1) {
                b = array;
            } else {
                c = array;
            }
        }
    }

    private static byte codeOf(Exception e) {
        if (e instanceof NullPointerException) return 0x01;
        if (e instanceof ArrayIndexOutOfBoundsException) return 0x02;
        if (e instanceof IndexOutOfBoundsException) return 0x03;
        if (e instanceof ArithmeticException) return 0x04;
        if (e instanceof SecurityException) return 0x06;
        if (e instanceof NegativeArraySizeException) return 0x07;
        if (e instanceof BufferOverflowException) return 0x08;
        if (e instanceof BufferUnderflowException) return 0x09;
        if (e instanceof ReadOnlyBufferException) return 0x0A;
        if (e instanceof TLVException) return 0x10;
        if (e instanceof UtilException) return 0x11;
        if (e instanceof StringException) return 0x12;
        if (e instanceof DateTimeException) return 0x13;
        if (e instanceof BioException) return 0x14;
        if (e instanceof Bio1toNException) return 0x15;
        if (e instanceof ExternalException) return 0x16;
        if (e instanceof ServiceException) return 0x17;
        if (e instanceof SystemException) return 0x18;
        if (e instanceof ISOException) return 0x19;
        return 0x7F;
    }

    private static short reasonOf(Exception e) {
        return e instanceof CardRuntimeException ? ((CardRuntimeException) e).getReason() : 0;
    }

    static short of(boolean value) {
        return (short) (value ? 1 : 0);
    }

    static short unknown() {
        ISOException.throwIt(ISO7816.SW_INCORRECT_P1P2);
        return 0;
    }
}
