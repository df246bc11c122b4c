//! A certificate's parts, and where they stand.

use alloc::vec::Vec;

use super::der::{Element, Reader, Span, X509Error, tag};
use super::names::{Scheme, curve_of, scheme_of};
use crate::crypto::curve::NamedCurve;
use crate::crypto::edwards::EdwardsCurve;
use crate::crypto::montgomery::MontgomeryCurve;
use crate::limits::CERTIFICATE_EXTENSIONS;

/// Turns `Name = bit, "doc";` into the fields with the numbers that `X509Certificate.FIELD_*` give them.
macro_rules! fields {
    ($($name:ident = $bit:literal, $doc:literal;)*) => {
        /// A field of a certificate; the value is the API's `FIELD_*`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Field {
            $(#[doc = $doc] $name = $bit,)*
        }

        impl Field {
            /// All of them, in the order in which a certificate has them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

fields! {
    Version = 1, "`[0] version`";
    SerialNumber = 2, "`serialNumber`";
    SignatureAlgorithm = 4, "`signature`, inside of what is signed";
    Issuer = 8, "`issuer`";
    NotBefore = 32, "`validity.notBefore`";
    NotAfter = 16, "`validity.notAfter`";
    Subject = 64, "`subject`";
    PublicKeyInfo = 128, "`subjectPublicKeyInfo`";
    IssuerUid = 256, "`[1] issuerUniqueID`";
    SubjectUid = 512, "`[2] subjectUniqueID`";
    Signed = 1024, "`tbsCertificate`";
    OuterAlgorithm = 2048, "`signatureAlgorithm`";
    Signature = 4096, "`signatureValue`";
}

impl Field {
    /// The field of a number of the API.
    #[must_use]
    pub fn of(number: i16) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| *field as i16 == number)
    }
}

/// An extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The content of its object identifier.
    pub oid: Span,
    /// Whether who does not know it must refuse the certificate.
    pub critical: bool,
    /// What stands in its OCTET STRING.
    pub value: Span,
}

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectKey {
    /// RSA (RFC 3279, 2.3.1).
    Rsa {
        /// n, without zeros in front.
        modulus: Span,
        /// e.
        exponent: Span,
    },
    /// DSA with its own parameters (RFC 3279, 2.3.2).
    Dsa {
        /// p, q, g.
        group: [Span; 3],
        /// y.
        public: Span,
    },
    /// A point, uncompressed, of a curve known by name (RFC 5480).
    Ec {
        /// The curve.
        curve: NamedCurve,
        /// The point.
        point: Span,
    },
    /// RFC 8410.
    Edwards(EdwardsCurve, Span),
    /// RFC 8410.
    Montgomery(MontgomeryCurve, Span),
    /// Another kind, or one that names no parameters.
    Other,
}

/// A certificate whose form is right. What it says is the signer's word only after its signature was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// 1, 2 or 3.
    pub version: u8,
    /// The fields that there are, each with its tag and length, in the order of [`Field::ALL`].
    pub fields: Vec<(Field, Span)>,
    /// In the order of the certificate.
    pub extensions: Vec<Extension>,
    /// The subject's key.
    pub key: SubjectKey,
}

impl Certificate {
    /// Reads a certificate, which the bytes must be and nothing else.
    ///
    /// # Errors
    /// [`X509Error`], at the first place where the form is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, X509Error> {
        let mut outside = Reader::new(bytes);
        let certificate = outside.expect(tag::SEQUENCE)?;
        outside.finish()?;
        let mut parts = outside.inside(certificate);
        let signed = parts.expect(tag::SEQUENCE)?;
        let mut parsed =
            Self { version: 1, fields: Vec::new(), extensions: Vec::new(), key: SubjectKey::Other };
        let inner = parsed.read_signed(parts.inside(signed))?;
        let algorithm = algorithm(&mut parts)?;
        let (signature, _) = parts.bit_string()?;
        parts.finish()?;
        if parts.bytes(inner.whole) != parts.bytes(algorithm.whole) {
            return Err(X509Error::Algorithms { at: algorithm.whole.start });
        }
        parsed.add(Field::Signed, signed);
        parsed.add(Field::OuterAlgorithm, algorithm);
        parsed.add(Field::Signature, signature);
        Ok(parsed)
    }

    /// Where a field stands, its tag and length included.
    #[must_use]
    pub fn field(&self, wanted: Field) -> Option<Span> {
        self.fields.iter().find(|(field, _)| *field == wanted).map(|(_, span)| *span)
    }

    fn add(&mut self, field: Field, element: Element) {
        self.fields.push((field, element.whole));
    }

    /// `TBSCertificate`; gives its algorithm.
    fn read_signed(&mut self, mut parts: Reader<'_>) -> Result<Element, X509Error> {
        if let Some(explicit) = parts.optional(tag::constructed(0))? {
            self.version = version(parts.inside(explicit))?;
            self.add(Field::Version, explicit);
        }
        let serial = parts.integer()?;
        self.add(Field::SerialNumber, serial);
        let signature = algorithm(&mut parts)?;
        self.add(Field::SignatureAlgorithm, signature);
        let issuer = name(&mut parts)?;
        self.add(Field::Issuer, issuer);
        let validity = parts.expect(tag::SEQUENCE)?;
        let mut times = parts.inside(validity);
        for field in [Field::NotBefore, Field::NotAfter] {
            self.add(field, time(&mut times)?);
        }
        times.finish()?;
        let subject = name(&mut parts)?;
        self.add(Field::Subject, subject);
        let info = parts.expect(tag::SEQUENCE)?;
        self.key = subject_key(parts.inside(info))?;
        self.add(Field::PublicKeyInfo, info);
        self.read_optional(parts)?;
        Ok(signature)
    }

    /// What versions 2 and 3 added.
    fn read_optional(&mut self, mut parts: Reader<'_>) -> Result<(), X509Error> {
        for (number, field) in [(1, Field::IssuerUid), (2, Field::SubjectUid)] {
            if self.version >= 2
                && let Some(element) = parts.optional(tag::context(number))?
            {
                self.add(field, element);
            }
        }
        if self.version == 3
            && let Some(explicit) = parts.optional(tag::constructed(3))?
        {
            let mut inside = parts.inside(explicit);
            let list = inside.expect(tag::SEQUENCE)?;
            inside.finish()?;
            self.read_extensions(inside.inside(list))?;
        }
        parts.finish()
    }

    /// At least one extension, each once.
    fn read_extensions(&mut self, mut list: Reader<'_>) -> Result<(), X509Error> {
        if list.is_at_end() {
            return Err(X509Error::Truncated { at: list.at() });
        }
        while !list.is_at_end() {
            let element = list.expect(tag::SEQUENCE)?;
            let extension = extension(list.inside(element))?;
            let oid = list.bytes(extension.oid);
            let twice = self.extensions.iter().any(|known| list.bytes(known.oid) == oid);
            if twice || self.extensions.len() >= CERTIFICATE_EXTENSIONS {
                return Err(X509Error::Extension { at: element.whole.start });
            }
            self.extensions.push(extension);
        }
        Ok(())
    }
}

/// The bytes of a `signatureValue`, given as the whole element.
#[must_use]
pub fn signature_bits(element: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(element);
    let (_, bits) = reader.bit_string().ok()?;
    reader.finish().ok()?;
    Some(bits.of(element))
}

/// The scheme of an `AlgorithmIdentifier`, if the card has it.
pub(super) fn scheme(bytes: &[u8]) -> Option<Scheme> {
    let mut reader = Reader::new(bytes);
    let element = algorithm(&mut reader).ok()?;
    let mut parts = reader.inside(element);
    let oid = parts.oid().ok()?;
    let parameters = if parts.is_at_end() { None } else { Some(parts.any().ok()?) };
    scheme_of(parts.bytes(oid.content), parameters.map(|parameters| parts.bytes(parameters.whole)))
}

/// `AlgorithmIdentifier`: an object identifier and at most one element of parameters.
fn algorithm(parts: &mut Reader<'_>) -> Result<Element, X509Error> {
    let element = parts.expect(tag::SEQUENCE)?;
    let mut inside = parts.inside(element);
    inside.oid()?;
    if !inside.is_at_end() {
        inside.any()?;
    }
    inside.finish()?;
    Ok(element)
}

/// Version 1 is the default, which DER leaves out.
fn version(mut inside: Reader<'_>) -> Result<u8, X509Error> {
    let element = inside.integer()?;
    inside.finish()?;
    match inside.bytes(element.content) {
        [1] => Ok(2),
        [2] => Ok(3),
        _ => Err(X509Error::Value { at: element.whole.start }),
    }
}

/// `Name`: sets of attributes, each a type and a value.
fn name(parts: &mut Reader<'_>) -> Result<Element, X509Error> {
    let element = parts.expect(tag::SEQUENCE)?;
    let mut sets = parts.inside(element);
    while !sets.is_at_end() {
        let set = sets.expect(tag::SET)?;
        let mut attributes = sets.inside(set);
        if attributes.is_at_end() {
            return Err(X509Error::Value { at: set.whole.start });
        }
        while !attributes.is_at_end() {
            let pair = attributes.expect(tag::SEQUENCE)?;
            let mut pair = attributes.inside(pair);
            pair.oid()?;
            pair.any()?;
            pair.finish()?;
        }
    }
    Ok(element)
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ` (RFC 5280, 4.1.2.5).
fn time(parts: &mut Reader<'_>) -> Result<Element, X509Error> {
    let element = parts.any()?;
    let digits = match element.tag {
        tag::UTC_TIME => 12,
        tag::GENERALIZED_TIME => 14,
        tag => return Err(X509Error::Tag { at: element.whole.start, tag }),
    };
    match parts.bytes(element.content).split_last() {
        Some((b'Z', rest)) if rest.len() == digits && rest.iter().all(u8::is_ascii_digit) => Ok(element),
        Some(_) | None => Err(X509Error::Value { at: element.whole.start }),
    }
}

fn extension(mut parts: Reader<'_>) -> Result<Extension, X509Error> {
    let oid = parts.oid()?;
    let critical = match parts.optional(tag::BOOLEAN)? {
        None => false,
        // FALSE is the default, which DER leaves out, and TRUE has one form.
        Some(element) if parts.bytes(element.content) == [0xFF] => true,
        Some(element) => return Err(X509Error::Value { at: element.whole.start }),
    };
    let value = parts.expect(tag::OCTET_STRING)?;
    parts.finish()?;
    Ok(Extension { oid: oid.content, critical, value: value.content })
}

/// `SubjectPublicKeyInfo`. A key of a kind that is known must have that kind's form.
fn subject_key(mut parts: Reader<'_>) -> Result<SubjectKey, X509Error> {
    let identifier = algorithm(&mut parts)?;
    let (_, key) = parts.bit_string()?;
    parts.finish()?;
    let mut inside = parts.inside(identifier);
    let oid = inside.oid()?;
    let parameters = if inside.is_at_end() { None } else { Some(inside.any()?) };
    Ok(match (inside.bytes(oid.content), parameters) {
        (super::names::RSA, _) => rsa(parts.over(key))?,
        (super::names::DSA, Some(group)) if group.tag == tag::SEQUENCE => {
            dsa(parts.over(key), inside.inside(group))?
        }
        (super::names::EC, Some(named)) if named.tag == tag::OID => {
            match curve_of(inside.bytes(named.content)) {
                Some(curve) => SubjectKey::Ec { curve, point: key },
                None => SubjectKey::Other,
            }
        }
        (super::names::ED25519, None) => SubjectKey::Edwards(EdwardsCurve::Ed25519, key),
        (super::names::ED448, None) => SubjectKey::Edwards(EdwardsCurve::Ed448, key),
        (super::names::X25519, None) => SubjectKey::Montgomery(MontgomeryCurve::X25519, key),
        (super::names::X448, None) => SubjectKey::Montgomery(MontgomeryCurve::X448, key),
        (_, _) => SubjectKey::Other,
    })
}

fn rsa(mut key: Reader<'_>) -> Result<SubjectKey, X509Error> {
    let sequence = key.expect(tag::SEQUENCE)?;
    key.finish()?;
    let mut numbers = key.inside(sequence);
    let (modulus, exponent) = (numbers.natural()?, numbers.natural()?);
    numbers.finish()?;
    Ok(SubjectKey::Rsa { modulus, exponent })
}

fn dsa(mut key: Reader<'_>, mut group: Reader<'_>) -> Result<SubjectKey, X509Error> {
    let public = key.natural()?;
    key.finish()?;
    let group_of_three = [group.natural()?, group.natural()?, group.natural()?];
    group.finish()?;
    Ok(SubjectKey::Dsa { group: group_of_three, public })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::HashAlgorithm;
    use crate::crypto::rsa::RsaScheme;

    const P256: &[u8] = include_bytes!("../../../../testdata/x509/p256.der");
    const PSS: &[u8] = include_bytes!("../../../../testdata/x509/pss.der");

    #[test]
    fn a_certificate_is_read() {
        let certificate = Certificate::parse(P256).unwrap();
        assert_eq!(certificate.version, 3);
        assert!(
            matches!(certificate.key, SubjectKey::Ec { curve: NamedCurve::Secp256r1, point } if point.len() == 65)
        );
        let usage =
            certificate.extensions.iter().find(|extension| extension.oid.of(P256) == [0x55, 0x1D, 15]);
        assert!(usage.unwrap().critical);
        let algorithm = certificate.field(Field::OuterAlgorithm).unwrap().of(P256);
        assert_eq!(Scheme::of(algorithm), Some(Scheme::Ecdsa(HashAlgorithm::Sha256)));
        let pss = Certificate::parse(PSS).unwrap();
        let (hash, mask, salt) = (HashAlgorithm::Sha256, HashAlgorithm::Sha256, 32);
        let scheme = Scheme::Rsa(hash, RsaScheme::Pss { hash, mask, salt });
        assert_eq!(Scheme::of(pss.field(Field::SignatureAlgorithm).unwrap().of(PSS)), Some(scheme));
    }

    #[test]
    fn no_prefix_and_no_suffix_is_a_certificate() {
        for whole in [P256, PSS] {
            for cut in 0..whole.len() {
                assert!(Certificate::parse(&whole[..cut]).is_err(), "{cut}");
            }
            let longer = [whole, &[0]].concat();
            assert_eq!(Certificate::parse(&longer), Err(X509Error::Trailing { at: whole.len() }));
        }
    }

    /// Every span lies in the bytes, whatever they are; and what is read has the form that it was read from.
    #[test]
    fn changed_bytes_are_read_or_refused() {
        let mut state = 0x9E37_79B9_u32;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as usize
        };
        let mut read = 0;
        for _ in 0..20_000 {
            let mut bytes = if next() % 2 == 0 { P256.to_vec() } else { PSS.to_vec() };
            for _ in 0..1 + next() % 3 {
                let at = next() % bytes.len();
                bytes[at] = next() as u8;
            }
            let Ok(certificate) = Certificate::parse(&bytes) else { continue };
            read += 1;
            for (_, span) in &certificate.fields {
                assert!(span.start < span.end && span.end <= bytes.len());
            }
            for extension in &certificate.extensions {
                assert!(extension.oid.end <= bytes.len() && extension.value.end <= bytes.len());
            }
        }
        assert!(read > 1_000, "{read}");
    }

    #[test]
    fn other_encodings_of_the_same_are_refused() {
        let place = |wanted: &[u8]| P256.windows(wanted.len()).position(|bytes| bytes == wanted).unwrap();
        // Offset, new byte: a serial number with a needless zero, TRUE as 01, an unused bit, no Z at the end of a time, a version
        // that does not exist, a boolean of two bytes.
        let critical = place(&[0x01, 0x01, 0xFF]);
        let time = place(&[0x17, 13]);
        let version = place(&[0xA0, 3, 2, 1, 2]);
        for (at, byte) in [
            (critical + 2, 0x01),
            (critical + 2, 0x00),
            (time + 14, b'A'),
            (time + 3, b'x'),
            (version + 4, 0),
            (version + 4, 3),
            (0, 0x31),
            (1, 0x80),
            (1, 0x83),
        ] {
            let mut bytes = P256.to_vec();
            bytes[at] = byte;
            assert!(Certificate::parse(&bytes).is_err(), "{at} {byte:02X}");
        }
    }
}
