//! `javacardx.security.cert`: X.509 certificates in DER. Hidden word of a `CertificateParser`: its type.
//!
//! The bytes are copied, read as a whole ([`crate::x509`]) and, where a key is given, their signature is verified, before a
//! handler hears of anything: so it never sees what is malformed or forged. Then it is called in the order of the certificate:
//! for each field, before the key's field for the key, for each extension, last for what was signed, the algorithm and the
//! signature. A handler implements as many of the three interfaces as it likes. What it is given are views of bytes that end
//! with the command: fields with tag and length, of extensions the contents of their object identifier and of their value.
//! `true` says that a certificate that is being built keeps the field or extension; [`kept`] is such a certificate.
//!
//! Without a handler, a certificate that is built keeps all and makes the key itself. The public documentation says little of
//! what happens then, nor of these: a key of named parameters is announced to `onKey` with the number of its
//! `NamedParameterSpec` as size; what a handler throws is `PARSER_HANDLER_EXCEPTION`, but for a `CertificateException`,
//! which goes on its way.

mod handler;
pub(super) mod kept;
mod keys;
mod verify;

use alloc::vec::Vec;

use card_vm::{Args, Layout, Ref, Stop, Value};

use self::handler::Handler;
use super::call::Call;
use super::names;
use super::table::{Fields, Row, fields, row};
use crate::x509::{Certificate, Extension, Field, Span};

const PARSER: &[&str] = &["javacardx/security/cert/CertificateParser"];
const TYPE: u16 = 0;
/// `CertificateParser.TYPE_X509_DER`
const X509_DER: i16 = 1;

pub(super) const ROWS: &[Row] = &[
    row(PARSER, "getInstance", "(S)Ljavacardx/security/cert/CertificateParser;", get_instance),
    row(
        PARSER,
        "buildCert",
        "([BSSLjavacardx/security/cert/CertificateParser$ParserHandler;)Ljavacardx/security/cert/Certificate;",
        build,
    ),
    row(
        PARSER,
        "buildCert",
        "([BSSLjavacardx/security/cert/CertificateParser$ParserHandler;Ljavacard/security/PublicKey;)Ljavacardx/security/cert/Certificate;",
        build_verified,
    ),
    row(PARSER, "parseCert", "([BSSLjavacardx/security/cert/CertificateParser$ParserHandler;)V", parse),
    row(
        PARSER,
        "parseCert",
        "([BSSLjavacardx/security/cert/CertificateParser$ParserHandler;Ljavacard/security/PublicKey;)Z",
        parse_verified,
    ),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacardx/security/cert/CertificateParser", Layout { references: 0, words: 1 }), kept::FIELDS];

/// `CertificateException`'s reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Misuse {
    InvalidEncoding = 1,
    InvalidParam = 2,
    MissingData = 3,
    InvalidSignature = 4,
    HandlerException = 5,
    HandlerInvalidKey = 6,
}

impl From<Misuse> for Stop {
    fn from(misuse: Misuse) -> Self {
        Stop::throw_reason(names::CERTIFICATE_EXCEPTION, misuse as i16)
    }
}

/// A certificate that was read, and its bytes.
struct Read {
    bytes: Vec<u8>,
    certificate: Certificate,
}

/// What of a certificate is to be kept.
struct Chosen {
    key: Ref,
    fields: Vec<(Field, Span)>,
    extensions: Vec<Extension>,
}

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if args.short(0) != X509_DER {
        return Err(Misuse::InvalidParam.into());
    }
    let parser = call.new_instance(names::CERTIFICATE_PARSER)?;
    call.set_word(parser, TYPE, X509_DER)?;
    Ok(Value::Ref(parser))
}

/// Reads the certificate of arguments 1 to 3.
fn read(call: &mut Call<'_, '_>, args: &Args) -> Result<Read, Stop> {
    if args.short(3) <= 0 {
        return Err(Misuse::InvalidParam.into());
    }
    let bytes = call.worked_on(args, 1)?.to_vec();
    match Certificate::parse(&bytes) {
        Ok(certificate) => Ok(Read { bytes, certificate }),
        Err(error) => {
            call.os.env.report(&error);
            Err(Misuse::InvalidEncoding.into())
        }
    }
}

impl Read {
    fn of(&self, field: Field) -> &[u8] {
        self.certificate.field(field).map_or(&[], |span| span.of(&self.bytes))
    }

    /// Whether a key made the signature.
    fn is_signed_by(&self, call: &mut Call<'_, '_>, key: Ref) -> Result<bool, Stop> {
        let [signed, algorithm, signature] =
            [Field::Signed, Field::OuterAlgorithm, Field::Signature].map(|field| self.of(field));
        verify::verify(call, signed, algorithm, signature, key)
    }

    /// Tells a handler of everything, and gives what it wants to be kept.
    fn tell(&self, call: &mut Call<'_, '_>, object: Ref) -> Result<Chosen, Stop> {
        let handler = Handler::of(call, object)?;
        let mut chosen = Chosen { key: Ref::NULL, fields: Vec::new(), extensions: Vec::new() };
        for (field, span) in &self.certificate.fields {
            if *field == Field::PublicKeyInfo {
                chosen.key = handler.key(call, self)?;
            }
            if *field == Field::Signed {
                for extension in &self.certificate.extensions {
                    if handler.extension(call, *extension, &self.bytes)? {
                        chosen.extensions.push(*extension);
                    }
                }
            }
            if handler.field(call, *field, span.of(&self.bytes))? {
                chosen.fields.push((*field, *span));
            }
        }
        Ok(chosen)
    }

    /// All of it, with a key made for it if the card has such keys.
    fn all(&self, call: &mut Call<'_, '_>) -> Result<Chosen, Stop> {
        let key = keys::made(call, self)?;
        let Certificate { fields, extensions, .. } = self.certificate.clone();
        Ok(Chosen { key, fields, extensions })
    }

    fn kept(&self, call: &mut Call<'_, '_>, handler: Ref) -> Result<Value, Stop> {
        let chosen = if handler.is_null() { self.all(call)? } else { self.tell(call, handler)? };
        kept::make(call, self, &chosen).map(Value::Ref)
    }
}

fn build(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    read(call, args)?.kept(call, args.reference(4))
}

fn build_verified(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let read = read(call, args)?;
    if !read.is_signed_by(call, args.reference(5))? {
        return Err(Misuse::InvalidSignature.into());
    }
    read.kept(call, args.reference(4))
}

fn parse(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let read = read(call, args)?;
    if !args.reference(4).is_null() {
        read.tell(call, args.reference(4))?;
    }
    Ok(Value::Void)
}

/// A handler hears nothing of a certificate that another key signed.
fn parse_verified(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let read = read(call, args)?;
    let right = read.is_signed_by(call, args.reference(5))?;
    if right && !args.reference(4).is_null() {
        read.tell(call, args.reference(4))?;
    }
    Ok(right.into())
}
