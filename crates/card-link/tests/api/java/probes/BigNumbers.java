package probes;

import javacardx.framework.math.BigNumber;

/** BigNumber: made anew for each command, of s[0] bytes, with the value a if there is one; the operand is b. */
final class BigNumbers {

    static short call(byte method) {
        short[] s = Api.s;
        byte[] b = Api.b;
        byte[] out = Api.out;
        if (method == 0) {
            return BigNumber.getMaxBytesSupported();
        }
        BigNumber number = new BigNumber(s[0]);
        byte format = (byte) s[1];
        if (Api.a != null) {
            number.init(Api.a, (short) 0, (short) Api.a.length, BigNumber.FORMAT_HEX);
        }
        switch (method) {
            case 0x01: number.init(b, s[2], s[3], format); break;
            case 0x02: number.add(b, s[2], s[3], format); break;
            case 0x03: number.subtract(b, s[2], s[3], format); break;
            case 0x04: number.multiply(b, s[2], s[3], format); break;
            case 0x05: return number.compareTo(b, s[2], s[3], format);
            case 0x06:
                BigNumber other = new BigNumber((short) 8);
                other.init(b, s[2], s[3], format);
                return number.compareTo(other);
            case 0x07: number.compareTo(null); break;
            case 0x08: number.toBytes(out, s[2], s[3], format); return 0;
            case 0x09: return number.getByteLength(format);
            case 0x0A: number.reset(); break;
            case 0x0B:
                number.setMaximum(b, s[2], s[3], format);
                number.setMaximum(b, s[2], s[3], format);
                break;
            case 0x0C:
                number.setMaximum(b, s[2], s[3], format);
                number.add(new byte[] {1}, (short) 0, (short) 1, BigNumber.FORMAT_HEX);
                break;
            case 0x0D: number.toBytes(null, s[2], s[3], format); return 0;
            default: return Api.unknown();
        }
        short length = number.getByteLength(BigNumber.FORMAT_HEX);
        number.toBytes(out, (short) 0, length, BigNumber.FORMAT_HEX);
        return length;
    }
}
