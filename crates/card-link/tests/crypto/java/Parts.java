package desk;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import javacard.security.AESKey;
import javacard.security.DESKey;
import javacard.security.DHKey;
import javacard.security.DHPrivateKey;
import javacard.security.DHPublicKey;
import javacard.security.DSAKey;
import javacard.security.DSAPrivateKey;
import javacard.security.DSAPublicKey;
import javacard.security.ECKey;
import javacard.security.ECPrivateKey;
import javacard.security.ECPublicKey;
import javacard.security.HMACKey;
import javacard.security.Key;
import javacard.security.RSAPrivateCrtKey;
import javacard.security.RSAPrivateKey;
import javacard.security.RSAPublicKey;
import javacard.security.SM4Key;
import javacard.security.XECKey;

/** The setters and getters of keys by numbers. */
final class Parts {
    static void set(Key key, byte part, byte[] in, short length) {
        switch (part) {
            case 0x00: ((ECKey) key).setFieldFP(in, (short) 0, length); return;
            case 0x01: ((ECKey) key).setA(in, (short) 0, length); return;
            case 0x02: ((ECKey) key).setB(in, (short) 0, length); return;
            case 0x03: ((ECKey) key).setG(in, (short) 0, length); return;
            case 0x04: ((ECKey) key).setR(in, (short) 0, length); return;
            case 0x05: ((ECKey) key).setK(Util.getShort(in, (short) 0)); return;
            case 0x06: ((ECPrivateKey) key).setS(in, (short) 0, length); return;
            case 0x07: ((ECPublicKey) key).setW(in, (short) 0, length); return;
            case 0x08: ((XECKey) key).setEncoded(in, (short) 0, length); return;
            case 0x09: ((AESKey) key).setKey(in, (short) 0); return;
            case 0x40: ((DESKey) key).setKey(in, (short) 0); return;
            case 0x41: ((SM4Key) key).setKey(in, (short) 0); return;
            case 0x42: ((HMACKey) key).setKey(in, (short) 0, length); return;
            case 0x0A: ((ECKey) key).setFieldF2M((short) 9); return;
            case 0x10: ((RSAPublicKey) key).setModulus(in, (short) 0, length); return;
            case 0x11: ((RSAPublicKey) key).setExponent(in, (short) 0, length); return;
            case 0x12: ((RSAPrivateKey) key).setModulus(in, (short) 0, length); return;
            case 0x13: ((RSAPrivateKey) key).setExponent(in, (short) 0, length); return;
            case 0x14: ((RSAPrivateCrtKey) key).setP(in, (short) 0, length); return;
            case 0x15: ((RSAPrivateCrtKey) key).setQ(in, (short) 0, length); return;
            case 0x16: ((RSAPrivateCrtKey) key).setDP1(in, (short) 0, length); return;
            case 0x17: ((RSAPrivateCrtKey) key).setDQ1(in, (short) 0, length); return;
            case 0x18: ((RSAPrivateCrtKey) key).setPQ(in, (short) 0, length); return;
            case 0x20: ((DSAKey) key).setP(in, (short) 0, length); return;
            case 0x21: ((DSAKey) key).setQ(in, (short) 0, length); return;
            case 0x22: ((DSAKey) key).setG(in, (short) 0, length); return;
            case 0x23: ((DSAPrivateKey) key).setX(in, (short) 0, length); return;
            case 0x24: ((DSAPublicKey) key).setY(in, (short) 0, length); return;
            case 0x30: ((DHKey) key).setP(in, (short) 0, length); return;
            case 0x31: ((DHKey) key).setQ(in, (short) 0, length); return;
            case 0x32: ((DHKey) key).setG(in, (short) 0, length); return;
            case 0x33: ((DHPrivateKey) key).setX(in, (short) 0, length); return;
            case 0x34: ((DHPublicKey) key).setY(in, (short) 0, length); return;
            default: ISOException.throwIt(ISO7816.SW_WRONG_P1P2);
        }
    }

    static short get(Key key, byte part, byte[] out) {
        switch (part) {
            case 0x00: return ((ECKey) key).getField(out, (short) 0);
            case 0x01: return ((ECKey) key).getA(out, (short) 0);
            case 0x02: return ((ECKey) key).getB(out, (short) 0);
            case 0x03: return ((ECKey) key).getG(out, (short) 0);
            case 0x04: return ((ECKey) key).getR(out, (short) 0);
            case 0x05: Util.setShort(out, (short) 0, ((ECKey) key).getK()); return 2;
            case 0x06: return ((ECPrivateKey) key).getS(out, (short) 0);
            case 0x07: return ((ECPublicKey) key).getW(out, (short) 0);
            case 0x08: return ((XECKey) key).getEncoded(out, (short) 0);
            case 0x09: return ((AESKey) key).getKey(out, (short) 0);
            case 0x10: return ((RSAPublicKey) key).getModulus(out, (short) 0);
            case 0x11: return ((RSAPublicKey) key).getExponent(out, (short) 0);
            case 0x12: return ((RSAPrivateKey) key).getModulus(out, (short) 0);
            case 0x13: return ((RSAPrivateKey) key).getExponent(out, (short) 0);
            case 0x14: return ((RSAPrivateCrtKey) key).getP(out, (short) 0);
            case 0x15: return ((RSAPrivateCrtKey) key).getQ(out, (short) 0);
            case 0x16: return ((RSAPrivateCrtKey) key).getDP1(out, (short) 0);
            case 0x17: return ((RSAPrivateCrtKey) key).getDQ1(out, (short) 0);
            case 0x18: return ((RSAPrivateCrtKey) key).getPQ(out, (short) 0);
            case 0x20: return ((DSAKey) key).getP(out, (short) 0);
            case 0x21: return ((DSAKey) key).getQ(out, (short) 0);
            case 0x22: return ((DSAKey) key).getG(out, (short) 0);
            case 0x23: return ((DSAPrivateKey) key).getX(out, (short) 0);
            case 0x24: return ((DSAPublicKey) key).getY(out, (short) 0);
            case 0x30: return ((DHKey) key).getP(out, (short) 0);
            case 0x31: return ((DHKey) key).getQ(out, (short) 0);
            case 0x32: return ((DHKey) key).getG(out, (short) 0);
            case 0x33: return ((DHPrivateKey) key).getX(out, (short) 0);
            case 0x34: return ((DHPublicKey) key).getY(out, (short) 0);
            default:
                ISOException.throwIt(ISO7816.SW_WRONG_P1P2);
                return 0;
        }
    }

    private Parts() {}
}
