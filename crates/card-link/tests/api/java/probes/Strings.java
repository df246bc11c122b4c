package probes;

import javacardx.framework.string.StringUtil;
import javacardx.framework.util.ArrayLogic;

/** StringUtil. */
final class Strings {

    static short call(byte method) {
        short[] s = Api.s;
        byte[] a = Api.a;
        byte[] b = Api.b;
        byte[] c = Api.c;
        byte[] out = Api.out;
        short[] shorts = new short[5];
        short result;
        switch (method) {
            case 0x01: return StringUtil.codePointCount(a, s[0], s[1]);
            case 0x02: return StringUtil.codePointAt(a, s[0], s[1], s[2], out, s[3]);
            case 0x03: return StringUtil.codePointBefore(a, s[0], s[1], s[2], out, s[3]);
            case 0x04: return StringUtil.offsetByCodePoints(a, s[0], s[1], s[2], s[3]);
            case 0x05: return StringUtil.compare(s[0] != 0, a, s[1], s[2], b, s[3], s[4]);
            case 0x06: return StringUtil.indexOf(a, s[0], s[1], b, s[2], s[3]);
            case 0x07: return StringUtil.replace(a, s[0], s[1], b, s[2], s[3], c, s[4], s[5], out, s[6]);
            case 0x08: return StringUtil.toLowerCase(a, s[0], s[1], out, s[2]);
            case 0x09: return StringUtil.toUpperCase(a, s[0], s[1], out, s[2]);
            case 0x0A: return StringUtil.trim(a, s[0], s[1], out, s[2]);
            case 0x0B: return StringUtil.valueOf(s[0] != 0, out, s[1]);
            case 0x0C: return Api.of(StringUtil.parseBoolean(a, s[0], s[1]));
            case 0x0D: return StringUtil.valueOf(s[0], out, s[1]);
            case 0x0E: return StringUtil.parseShortInteger(a, s[0], s[1]);
            case 0x0F: return StringUtil.valueOf((short[]) Arrays.array((short) 2, a), out, s[0]);
            case 0x10:
                result = StringUtil.parseLongInteger(a, s[0], s[1], shorts, s[2]);
                ArrayLogic.arrayCopyRepack(shorts, (short) 0, (short) 5, out, (short) 0);
                return result;
            case 0x11: return StringUtil.convertTo(a, s[0], s[1], out, s[2], (byte) s[3]);
            case 0x12: return StringUtil.convertFrom(a, s[0], s[1], out, s[2], (byte) s[3]);
            case 0x13: return Api.of(StringUtil.check(a, s[0], s[1]));
            case 0x14: return Api.of(StringUtil.startsWith(a, s[0], s[1], b, s[2], s[3], s[4]));
            case 0x15: return Api.of(StringUtil.endsWith(a, s[0], s[1], b, s[2], s[3], s[4]));
            case 0x16: return StringUtil.substring(a, s[0], s[1], s[2], s[3], out, s[4]);
            case 0x17: return StringUtil.toUpperCase(a, s[0], s[1], null, s[2]);
            default: return Api.unknown();
        }
    }
}
