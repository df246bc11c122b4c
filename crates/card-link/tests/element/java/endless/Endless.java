package endless;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.JCSystem;
import javacard.framework.OwnerPIN;
import javacard.framework.Util;
import javacard.security.KeyBuilder;
import javacard.security.KeyPair;
import javacard.security.MessageDigest;

/** Loops without end, each kind under an instruction of its own. */
public class Endless extends Applet {
    private static final byte[] WRONG = { 1, 2, 3, 4 };
    private static short counter;
    private static Object kept;

    private short field;
    private byte[] from = new byte[16000];
    private byte[] to = new byte[16000];
    private MessageDigest digest = MessageDigest.getInstance(MessageDigest.ALG_SHA_256, false);
    private KeyPair pair = new KeyPair(KeyPair.ALG_EC_FP, KeyBuilder.LENGTH_EC_FP_256);
    private OwnerPIN pin = new OwnerPIN((byte) 3, (byte) 4);

    public static void install(byte[] data, short offset, byte length) {
        new Endless().register();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte ins = apdu.getBuffer()[1];
        while (true) {
            turn(ins);
            tight(ins);
        }
    }

    private void tight(byte ins) {
        while (ins == 0x01) {
            counter++;
        }
        while (ins == 0x02) {
            field++;
        }
        while (ins == 0x03) {
            to[1]++;
        }
        while (ins == 0x04) {
            kept = kept == null ? from : null;
        }
    }

    private void turn(byte ins) {
        switch (ins) {
            case 0x10:
                Util.arrayCopy(from, (short) 0, to, (short) 0, (short) 4000);
                return;
            case 0x11:
                Util.arrayCopyNonAtomic(from, (short) 0, to, (short) 0, (short) 16000);
                return;
            case 0x12:
                Util.arrayCompare(from, (short) 0, to, (short) 0, (short) 16000);
                return;
            case 0x13:
                JCSystem.beginTransaction();
                counter++;
                JCSystem.commitTransaction();
                return;
            case 0x14:
                pin.check(WRONG, (short) 0, (byte) 4);
                return;
            case 0x15:
                pin.resetAndUnblock();
                pin.check(WRONG, (short) 0, (byte) 4);
                return;
            case 0x16:
                kept = new byte[1];
                return;
            case 0x17:
                turn(ins);
                return;
            case 0x18:
                try {
                    WRONG[4] = 1;
                } catch (ArrayIndexOutOfBoundsException e) {
                    return;
                }
                return;
            case 0x19:
                digest.doFinal(from, (short) 0, (short) 16000, to, (short) 0);
                return;
            case 0x1A:
                pair.genKeyPair();
                return;
            default:
                return;
        }
    }
}
