package probes;

import javacardx.framework.tlv.*;

/** The static methods of the TLV classes. The output array has 64 bytes and begins with b where b is given. */
final class TlvArrays {

    static short call(byte method) {
        short[] s = Api.s;
        byte[] a = Api.a;
        byte[] b = Api.b;
        byte[] out = Api.out;
        if (b != null) {
            Numbers.copy(b);
        }
        switch (method) {
            case 0x01: return BERTag.size(a, s[0]);
            case 0x02: return BERTag.tagNumber(a, s[0]);
            case 0x03: return Api.of(BERTag.isConstructed(a, s[0]));
            case 0x04: return BERTag.tagClass(a, s[0]);
            case 0x05: return Api.of(BERTag.verifyFormat(a, s[0]));
            case 0x06: return BERTag.toBytes(s[0], s[1] != 0, s[2], out, s[3]);
            case 0x07: return Api.of(BERTLV.verifyFormat(a, s[0], s[1]));
            case 0x08: return BERTLV.getTag(a, s[0], out, s[1]);
            case 0x09: return BERTLV.getLength(a, s[0]);
            case 0x0A: return PrimitiveBERTLV.getValueOffset(a, s[0]);
            case 0x0B: return PrimitiveBERTLV.toBytes(a, s[0], b, s[1], s[2], out, s[3]);
            case 0x0C: return PrimitiveBERTLV.appendValue(out, s[0], a, s[1], s[2]);
            case 0x0D: return ConstructedBERTLV.append(a, s[0], out, s[1]);
            case 0x0E: return ConstructedBERTLV.find(a, s[0], b, s[1]);
            case 0x0F: return ConstructedBERTLV.findNext(a, s[0], s[1], b, s[2]);
            default: return Api.unknown();
        }
    }
}
