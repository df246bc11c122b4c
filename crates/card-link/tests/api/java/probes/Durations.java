package probes;

import javacardx.framework.time.*;

/** SysTime, TimeDuration: one is kept between commands, another is made of s[1] units s[2]. */
final class Durations {

    private TimeDuration kept;
    private TimeDuration before;

    short call(byte method) {
        short[] s = Api.s;
        byte[] a = Api.a;
        byte[] out = Api.out;
        switch (method) {
            case 0x01: kept = TimeDuration.getInstance((byte) s[0]); return kept.getMemoryType();
            case 0x02: kept = TimeDuration.getInstance((byte) s[0], s[1], s[2]); return kept.getMemoryType();
            case 0x03: return Api.of(kept.isNegative());
            case 0x04: return show(kept.abs());
            case 0x05: return show(kept.neg());
            case 0x06: return show(kept.reset());
            case 0x07: return kept.compareTo(other());
            case 0x08: return kept.compareTo(s[1], s[2]);
            case 0x09: return show(kept.minus(other()));
            case 0x0A: return show(kept.minus(s[1], s[2]));
            case 0x0B: return show(kept.plus(other()));
            case 0x0C: return show(kept.plus(s[1], s[2]));
            case 0x0D: return show(kept.set(a, s[0], s[1], s[2]));
            case 0x0E: return kept.toBytes(out, s[0], s[1], s[2]);
            case 0x0F: return kept.getByteLength(s[0]);
            case 0x10: SysTime.uptime(kept); return Api.of(!kept.isNegative() && kept.compareTo((short) 1, TimeDuration.HOURS) < 0);
            case 0x11:
                before = TimeDuration.getInstance((byte) 0);
                SysTime.uptime(before);
                SysTime.uptime(kept);
                return Api.of(kept.compareTo(before) >= 0);
            case 0x12: SysTime.uptime(null); return 0;
            case 0x13: return kept.compareTo(null);
            case 0x14: return show(kept);
            default: return Api.unknown();
        }
    }

    private TimeDuration other() {
        return TimeDuration.getInstance((byte) 0, Api.s[1], Api.s[2]);
    }

    private short show(TimeDuration duration) {
        return duration.toBytes(Api.out, (short) 0, (short) 8, TimeDuration.MICROS);
    }
}
