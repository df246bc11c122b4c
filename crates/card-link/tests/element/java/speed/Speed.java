package speed;

import javacard.framework.APDU;
import javacard.framework.Applet;
import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.AESKey;
import javacard.security.KeyBuilder;
import javacard.security.KeyPair;
import javacard.security.RandomData;
import javacard.security.Signature;
import javacardx.crypto.Cipher;

/**
 * What the way of an APDU costs, and what one card of many is: an instance with a key pair, a secret key and a counter
 * of its own.
 */
public final class Speed extends Applet {
    private static final short BLOCKS = 256;

    private final KeyPair pair;
    private final Signature signature;
    private final Cipher cipher;
    private final byte[] text;
    private final byte[] count = new byte[8];

    private Speed() {
        pair = new KeyPair(KeyPair.ALG_EC_FP, KeyBuilder.LENGTH_EC_FP_256);
        pair.genKeyPair();
        signature = Signature.getInstance(Signature.ALG_ECDSA_SHA_256, false);
        signature.init(pair.getPrivate(), Signature.MODE_SIGN);
        text = JCSystem.makeTransientByteArray(BLOCKS, JCSystem.CLEAR_ON_RESET);
        RandomData.getInstance(RandomData.ALG_SECURE_RANDOM).generateData(text, (short) 0, (short) 16);
        AESKey key = (AESKey) KeyBuilder.buildKey(KeyBuilder.TYPE_AES, KeyBuilder.LENGTH_AES_128, false);
        key.setKey(text, (short) 0);
        cipher = Cipher.getInstance(Cipher.ALG_AES_BLOCK_128_CBC_NOPAD, false);
        cipher.init(key, Cipher.MODE_ENCRYPT);
    }

    public static void install(byte[] data, short offset, byte length) {
        new Speed().register();
    }

    public void process(APDU apdu) {
        if (selectingApplet()) {
            return;
        }
        byte[] buffer = apdu.getBuffer();
        switch (buffer[ISO7816.OFFSET_INS]) {
            case 0x00:
                return;
            case 0x01:
                cipher.doFinal(text, (short) 0, BLOCKS, text, (short) 0);
                return;
            case 0x02: {
                apdu.setIncomingAndReceive();
                short length = signature.sign(buffer, ISO7816.OFFSET_CDATA, (short) 32, buffer, (short) 0);
                apdu.setOutgoingAndSend((short) 0, length);
                return;
            }
            case 0x03:
                JCSystem.beginTransaction();
                count[7]++;
                JCSystem.commitTransaction();
                Util.arrayCopyNonAtomic(count, (short) 0, buffer, (short) 0, (short) 8);
                apdu.setOutgoingAndSend((short) 0, (short) 8);
                return;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
        }
    }
}
