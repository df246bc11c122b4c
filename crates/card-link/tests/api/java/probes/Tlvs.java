package probes;

import javacardx.framework.tlv.*;

/** TLV objects. There are two tags and three TLVs, kept between commands and numbered by s[0]. */
final class Tlvs {

    private BERTag[] tags = new BERTag[3];
    private BERTLV[] tlvs = new BERTLV[4];

    short call(byte method) {
        short[] s = Api.s;
        byte[] a = Api.a;
        byte[] out = Api.out;
        short i = s[0];
        switch (method) {
            case 0x01: tags[i] = s[1] != 0 ? (BERTag) new ConstructedBERTag() : (BERTag) new PrimitiveBERTag(); return 0;
            case 0x02: tags[i] = BERTag.getInstance(a, s[1]); return Api.of(tags[i] instanceof ConstructedBERTag);
            case 0x03: tags[i].init(a, s[1]); return 0;
            case 0x04:
                if (tags[i] instanceof ConstructedBERTag) {
                    ((ConstructedBERTag) tags[i]).init((byte) s[1], s[2]);
                } else {
                    ((PrimitiveBERTag) tags[i]).init((byte) s[1], s[2]);
                }
                return 0;
            case 0x05: return tags[i].size();
            case 0x06: return tags[i].toBytes(out, s[1]);
            case 0x07: return tags[i].tagNumber();
            case 0x08: return Api.of(tags[i].isConstructed());
            case 0x09: return tags[i].tagClass();
            case 0x0A: return Api.of(tags[i].equals(s[1] < 0 ? null : tags[s[1]]));

            case 0x10: tlvs[i] = new PrimitiveBERTLV(s[1]); return 0;
            case 0x11: tlvs[i] = new ConstructedBERTLV(s[1]); return 0;
            case 0x12: tlvs[i] = BERTLV.getInstance(a, s[1], s[2]); return Api.of(tlvs[i] instanceof ConstructedBERTLV);
            case 0x13: return tlvs[i].init(a, s[1], s[2]);
            case 0x14: return tlvs[i].toBytes(out, s[1]);
            case 0x15: tags[2] = tlvs[i].getTag(); return Api.of(tags[2] instanceof ConstructedBERTag);
            case 0x16: return tlvs[i].getLength();
            case 0x17: return tlvs[i].size();
            case 0x18: return ((PrimitiveBERTLV) tlvs[i]).init((PrimitiveBERTag) tag(s[1]), a, s[2], s[3]);
            case 0x19: return ((PrimitiveBERTLV) tlvs[i]).appendValue(a, s[1], s[2]);
            case 0x1A: return ((PrimitiveBERTLV) tlvs[i]).replaceValue(a, s[1], s[2]);
            case 0x1B: return ((PrimitiveBERTLV) tlvs[i]).getValue(out, s[1]);
            case 0x1C: return ((ConstructedBERTLV) tlvs[i]).init((ConstructedBERTag) tag(s[1]), tlv(s[2]));
            case 0x1D: return ((ConstructedBERTLV) tlvs[i]).init((ConstructedBERTag) tag(s[1]), a, s[2], s[3]);
            case 0x1E: return ((ConstructedBERTLV) tlvs[i]).append(tlv(s[1]));
            case 0x1F: return ((ConstructedBERTLV) tlvs[i]).delete(tlv(s[1]), s[2]);
            case 0x20: return found(((ConstructedBERTLV) tlvs[i]).find(tag(s[1])));
            case 0x21: return found(((ConstructedBERTLV) tlvs[i]).findNext(tag(s[1]), tlv(s[2]), s[3]));
            case 0x22: return nested(s[1]);
            case 0x23: return extended();
            default: return Api.unknown();
        }
    }

    private BERTag tag(short index) {
        return index < 0 ? null : tags[index];
    }

    private BERTLV tlv(short index) {
        return index < 0 ? null : tlvs[index];
    }

    /** Keeps what was found as the last TLV and says which of the others it is: -1 none of them, -2 nothing. */
    private short found(BERTLV tlv) {
        tlvs[3] = tlv;
        if (tlv == null) {
            return -2;
        }
        for (short i = 0; i < 3; i++) {
            if (tlvs[i] == tlv) {
                return i;
            }
        }
        return -1;
    }

    /** Puts TLVs into one another, s[1] deep, and measures the outermost one. */
    private short nested(short depth) {
        ConstructedBERTag tag = new ConstructedBERTag();
        tag.init((byte) 0, (short) 16);
        BERTLV inner = new PrimitiveBERTLV((short) 0);
        ((PrimitiveBERTLV) inner).init(new byte[] {4, 0}, (short) 0, (short) 2);
        for (short i = 0; i < depth; i++) {
            ConstructedBERTLV outer = new ConstructedBERTLV((short) 1);
            outer.init(tag, inner);
            inner = outer;
        }
        return inner.size();
    }

    /** TLVs and tags of classes of the applet's own, whose fields lie behind those of the platform. */
    private short extended() {
        Counting counting = new Counting();
        counting.init(new byte[] {4, 1, 7}, (short) 0, (short) 3);
        counting.appendValue(new byte[] {8}, (short) 0, (short) 1);
        counting.appendValue(new byte[] {9}, (short) 0, (short) 1);
        ConstructedBERTag tag = new ConstructedBERTag();
        tag.init((byte) 0, (short) 16);
        ConstructedBERTLV outer = new ConstructedBERTLV((short) 0);
        outer.init(tag, counting);
        outer.toBytes(Api.out, (short) 0);
        BERTLV own = new Own();
        Api.out[8] = (byte) own.init(null, (short) 0, (short) 0);
        BERTag none = new NoTag();
        none.init(null, (short) 5);
        try {
            outer.append(own);
        } catch (TLVException e) {
            Api.out[9] = (byte) e.getReason();
        }
        try {
            none.size();
        } catch (TLVException e) {
            Api.out[10] = (byte) e.getReason();
        }
        return counting.count;
    }

    static final class Counting extends PrimitiveBERTLV {
        short count;

        Counting() {
            super((short) 1);
        }

        public short appendValue(byte[] bytes, short offset, short length) {
            count++;
            return super.appendValue(bytes, offset, length);
        }
    }

    static final class Own extends BERTLV {
        public short init(byte[] bytes, short offset, short length) {
            return 5;
        }
    }

    static final class NoTag extends BERTag {
        public void init(byte[] bytes, short offset) {
        }
    }
}
