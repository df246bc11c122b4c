package desk;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Util;
import javacard.security.KeyBuilder;
import javacard.security.NamedParameterSpec;
import javacard.security.PublicKey;
import javacardx.security.cert.CertificateException;
import javacardx.security.cert.CertificateParser;
import javacardx.security.cert.X509Certificate;

/**
 * Certificates as commands. Those that read one take: a mask of the fields to keep (2), what onKey does, what the handler is, the
 * certificate. A handler writes down whatever it is told: K, type, size (2); F, number (2), length (2), the field; E, critical,
 * length (2), object identifier, length (2), value.
 */
final class Certificates implements CertificateParser.KeyHandler, X509Certificate.FieldHandler, X509Certificate.ExtensionHandler {

    /** What onKey does. */
    private static final byte RIGHT = 0;
    private static final byte NONE = 1;
    private static final byte WRONG = 2;
    private static final byte THROW = 3;
    private static final byte THROW_CERTIFICATE = 4;

    /** What the handler is. */
    private static final byte ALL = 0;
    private static final byte NULL = 1;
    private static final byte FIELDS = 2;
    private static final byte KEEPS_EXTENSIONS = 3;

    private byte[] log;
    private short at;
    private short mask;
    private byte onKey;
    private boolean keepsExtensions;

    /** Hears of fields only. */
    static final class FieldsOnly implements X509Certificate.FieldHandler {
        private final Certificates log;

        FieldsOnly(Certificates log) {
            this.log = log;
        }

        public boolean onField(short number, byte[] field) {
            return log.onField(number, field);
        }
    }

    public PublicKey onKey(byte type, short size) {
        log[at++] = (byte) 'K';
        log[at++] = type;
        at = Util.setShort(log, at, size);
        switch (onKey) {
            case NONE: return null;
            case WRONG: return (PublicKey) KeyBuilder.buildKey(KeyBuilder.TYPE_RSA_PUBLIC, (short) 512, false);
            case THROW: ISOException.throwIt(ISO7816.SW_UNKNOWN);
            case THROW_CERTIFICATE: CertificateException.throwIt((short) 9);
            default:
        }
        if (type == KeyBuilder.TYPE_XEC) {
            return (PublicKey) KeyBuilder.buildXECKey(NamedParameterSpec.getInstance(size), (short) 0, false);
        }
        return (PublicKey) KeyBuilder.buildKey(type, size, false);
    }

    public boolean onField(short number, byte[] field) {
        log[at++] = (byte) 'F';
        at = Util.setShort(log, at, number);
        note(field);
        return (mask & number) != 0;
    }

    public boolean onExtension(byte[] oid, boolean critical, byte[] value) {
        log[at++] = (byte) 'E';
        log[at++] = (byte) (critical ? 1 : 0);
        note(oid);
        note(value);
        return keepsExtensions;
    }

    private void note(byte[] bytes) {
        at = Util.setShort(log, at, (short) bytes.length);
        at = Util.arrayCopyNonAtomic(bytes, (short) 0, log, at, (short) bytes.length);
    }

    private CertificateParser.ParserHandler handler(byte kind) {
        if (kind == NULL) return null;
        if (kind == FIELDS) return new FieldsOnly(this);
        keepsExtensions = kind == KEEPS_EXTENSIONS;
        return this;
    }

    short run(Object[] places, byte instruction, byte first, byte second, byte[] in, short length, byte[] out) {
        byte command = (byte) (instruction & 0x0F);
        log = out;
        at = 1;
        if (command == 0) {
            places[first] = CertificateParser.getInstance(Util.getShort(in, (short) 0));
            return 0;
        }
        JCSystem.requestObjectDeletion();
        if (command >= 5) return use((X509Certificate) places[first], command, places, second, in, length, out);
        CertificateParser parser = (CertificateParser) places[first];
        mask = Util.getShort(in, (short) 0);
        onKey = in[2];
        CertificateParser.ParserHandler handler = handler(in[3]);
        short size = (short) (length - 4);
        switch (command) {
            case 0x01:
                parser.parseCert(in, (short) 4, size, handler);
                out[0] = 1;
                break;
            case 0x02:
                out[0] = (byte) (parser.parseCert(in, (short) 4, size, handler, (PublicKey) places[second]) ? 1 : 0);
                break;
            case 0x03:
                places[second] = parser.buildCert(in, (short) 4, size, handler);
                break;
            default:
                places[second] = parser.buildCert(in, (short) 4, size, handler, (PublicKey) places[15]);
                break;
        }
        return at;
    }

    private short use(
            X509Certificate certificate, byte command, Object[] places, byte second, byte[] in, short length, byte[] out) {
        switch (command) {
            case 0x05:
                Util.setShort(out, (short) 0, certificate.getType());
                return Util.setShort(out, (short) 2, certificate.getVersion());
            case 0x06:
                out[0] = (byte) (certificate.verify((PublicKey) places[second]) ? 1 : 0);
                return 1;
            case 0x07:
                return give(certificate.getField(Util.getShort(in, (short) 0)), out);
            case 0x08:
                return give(certificate.getExtension(in, (short) 0, length), out);
            case 0x09:
                certificate.getExtensions(this);
                return at;
            case 0x0A:
                places[second] = certificate.getPublicKey();
                out[0] = (byte) (places[second] == null ? 0 : 1);
                return 1;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    private static short give(byte[] bytes, byte[] out) {
        out[0] = (byte) (bytes == null ? 0 : 1);
        return bytes == null ? 1 : Util.arrayCopyNonAtomic(bytes, (short) 0, out, (short) 1, (short) bytes.length);
    }
}
