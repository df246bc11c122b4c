package probes;

import javacardx.biometry1toN.*;

/** Bio1toNBuilder, BioMatcher: a matcher for three, made anew for each command, with a at 0 and b at 2. */
final class Matchers {

    static OwnerBioTemplateData data(byte[] bytes) {
        OwnerBioTemplateData data = Bio1toNBuilder.buildBioTemplateData(Bio1toNBuilder.PASSWORD);
        data.init(bytes, (short) 0, (short) 1);
        data.update(bytes, (short) 1, (short) (bytes.length - 1));
        data.doFinal();
        return data;
    }

    static short call(byte method) {
        short[] s = Api.s;
        byte[] c = Api.c;
        switch (method) {
            case 0x01: return Bio1toNBuilder.buildBioMatcher(s[0], (byte) s[1], (byte) s[2]).getMaxNbOfBioTemplateData();
            case 0x02: return Bio1toNBuilder.buildBioMatcher(s[0], (byte) s[1], (byte) s[2], Api.a, (byte) s[3]).getBioType();
            case 0x03: return Bio1toNBuilder.buildBioTemplateData((byte) s[0]).getBioType();
            case 0x04: return Bio1toNBuilder.buildBioTemplateData((byte) s[0], Api.a).getBioType();
            default: break;
        }
        OwnerBioMatcher matcher = Bio1toNBuilder.buildBioMatcher((short) 3, Bio1toNBuilder.PASSWORD, (byte) 2);
        if (Api.a != null) {
            matcher.putBioTemplateData((short) 0, data(Api.a));
        }
        if (Api.b != null) {
            matcher.putBioTemplateData((short) 2, data(Api.b));
        }
        switch (method) {
            case 0x10: return (short) (Api.of(matcher.isInitialized()) + 2 * Api.of(matcher.isValidated()));
            case 0x11: return matcher.getTriesRemaining();
            case 0x12: return matcher.getVersion(Api.out, (short) 0);
            case 0x13: return matcher.initMatch(c, s[0], s[1]);
            case 0x14: matcher.initMatch(c, s[0], s[1]); return matcher.getIndexOfLastMatchingBioTemplateData();
            case 0x15: return matcher.match(c, s[0], s[1]);
            case 0x16:
                matcher.initMatch(c, s[0], s[1]);
                return (short) (matcher.getTriesRemaining() + 16 * Api.of(matcher.isValidated()));
            case 0x17:
                matcher.initMatch(c, s[0], s[1]);
                matcher.reset();
                return (short) (Api.of(matcher.isValidated()) + matcher.getIndexOfLastMatchingBioTemplateData());
            case 0x18: // blocked, then let go
                matcher.initMatch(c, s[0], s[1]);
                matcher.initMatch(c, s[0], s[1]);
                short blocked = matcher.initMatch(Api.a, (short) 0, (short) Api.a.length);
                matcher.resetUnblockAndSetTryLimit((byte) s[2]);
                return (short) (blocked + matcher.initMatch(Api.a, (short) 0, (short) Api.a.length) / 256);
            case 0x19: {
                BioTemplateData found = ((BioMatcher) matcher).getBioTemplateData(s[0]);
                return (short) (Api.of(found != null) + 2 * Api.of(found == matcher.getBioTemplateData(s[0])));
            }
            case 0x1A: matcher.putBioTemplateData(s[0], data(Api.a)); return 0;
            case 0x1B: matcher.putBioTemplateData(s[0], null); return Api.of(matcher.isInitialized());
            case 0x1C: matcher.putBioTemplateData(s[0], Bio1toNBuilder.buildBioTemplateData(Bio1toNBuilder.PASSWORD)); return 0;
            case 0x1D: return matcher.getBioTemplateData((short) 0).getPublicData((short) 0, Api.out, (short) 0, (short) 8);
            case 0x1E: {
                OwnerBioTemplateData data = matcher.getBioTemplateData((short) 0);
                data.clear();
                return (short) (Api.of(data.isInitialized()) + 2 * Api.of(matcher.isInitialized()));
            }
            case 0x1F: Bio1toNBuilder.buildBioTemplateData(Bio1toNBuilder.PASSWORD).doFinal(); return 0;
            case 0x20: matcher.getBioTemplateData((short) 0).update(c, s[0], s[1]); return 0;
            default: return Api.unknown();
        }
    }
}
