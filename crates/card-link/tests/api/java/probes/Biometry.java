package probes;

import javacard.framework.JCSystem;
import javacardx.biometry.*;

/** BioBuilder, BioTemplate: one template is kept between commands. */
final class Biometry {

    private OwnerBioTemplate template;

    short call(byte method) {
        short[] s = Api.s;
        byte[] a = Api.a;
        switch (method) {
            case 0x01: template = BioBuilder.buildBioTemplate((byte) s[0], (byte) s[1]); return template.getBioType();
            case 0x02: template = BioBuilder.buildBioTemplate((byte) s[0], (byte) s[1], a, (byte) s[2]); return template.getBioType();
            case 0x03: return (short) (Api.of(template.isInitialized()) + 2 * Api.of(((BioTemplate) template).isValidated()));
            case 0x04: return template.getTriesRemaining();
            case 0x05: return template.getVersion(Api.out, s[0]);
            case 0x06: return template.getPublicTemplateData(s[0], Api.out, s[1], s[2]);
            case 0x07: template.init(a, s[0], s[1]); return 0;
            case 0x08: template.update(a, s[0], s[1]); return 0;
            case 0x09: template.doFinal(); return 0;
            case 0x0A: return template.initMatch(a, s[0], s[1]);
            case 0x0B: return template.match(a, s[0], s[1]);
            case 0x0C: template.reset(); return 0;
            case 0x0D: template.resetUnblockAndSetTryLimit((byte) s[0]); return 0;
            case 0x0E: template.clear(); return 0;
            case 0x0F: {
                JCSystem.beginTransaction();
                short score = template.initMatch(a, s[0], s[1]);
                JCSystem.abortTransaction();
                return score;
            }
            default: return Api.unknown();
        }
    }
}
