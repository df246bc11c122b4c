//! The constants that are asked for: rows of the one table of the API, by class and by the beginning of their name.

use card_image::api::{ApiVersion, Class, ClassId, MemberId, class_by_name};
use serde::Serialize;

/// A constant of the API.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Constant {
    /// Its class, with slashes.
    pub(crate) class: &'static str,
    pub(crate) name: &'static str,
    pub(crate) value: i16,
    /// The release that it came with.
    #[serde(serialize_with = "shown")]
    pub(crate) since: ApiVersion,
}

fn shown<S: serde::Serializer>(since: &ApiVersion, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(since)
}

impl Constant {
    /// As the one byte that most factories take.
    pub(crate) fn byte(self) -> u8 {
        let [_, low] = self.value.to_be_bytes();
        low
    }

    pub(crate) fn short(self) -> [u8; 2] {
        self.value.to_be_bytes()
    }
}

pub(crate) const DIGEST: &str = "javacard/security/MessageDigest";
pub(crate) const BUILDER: &str = "javacard/security/KeyBuilder";
pub(crate) const PAIR: &str = "javacard/security/KeyPair";
pub(crate) const NAMED: &str = "javacard/security/NamedParameterSpec";
pub(crate) const SIGNATURE: &str = "javacard/security/Signature";
pub(crate) const CIPHER: &str = "javacardx/crypto/Cipher";
pub(crate) const AEAD: &str = "javacardx/crypto/AEADCipher";
pub(crate) const AGREEMENT: &str = "javacard/security/KeyAgreement";
pub(crate) const RANDOM: &str = "javacard/security/RandomData";
pub(crate) const CHECKSUM: &str = "javacard/security/Checksum";
pub(crate) const DERIVATION: &str = "javacardx/security/derivation/DerivationFunction";
pub(crate) const CERTIFICATE: &str = "javacardx/security/cert/CertificateParser";
pub(crate) const BIOMETRY: &str = "javacardx/biometry/BioBuilder";
pub(crate) const BIOMETRY_1_TO_N: &str = "javacardx/biometry1toN/Bio1toNBuilder";

/// The constants of a class whose names begin so, in the order of the API.
pub(crate) fn of(class: &'static str, prefix: &str) -> Vec<Constant> {
    let members = class_by_name(class).and_then(ClassId::get).into_iter().flat_map(Class::members);
    members
        .filter_map(MemberId::get)
        .filter(|member| member.name.starts_with(prefix))
        .filter_map(|member| {
            let value = i16::try_from(member.constant?).ok()?;
            Some(Constant { class, name: member.name, value, since: member.since })
        })
        .collect()
}

/// The lengths in bits that the API has for a family of keys, such as `RSA` or `EC_FP`, each once.
pub(crate) fn lengths(family: &str) -> Vec<u16> {
    let prefix = format!("LENGTH_{family}");
    let mut bits: Vec<u16> =
        of(BUILDER, &prefix).iter().filter_map(|constant| u16::try_from(constant.value).ok()).collect();
    bits.sort_unstable();
    bits.dedup();
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_them_all() {
        let counts = [
            (DIGEST, "ALG_", 13),
            (BUILDER, "TYPE_", 44),
            (BUILDER, "ALG_TYPE_", 21),
            (SIGNATURE, "ALG_", 49),
            (SIGNATURE, "SIG_CIPHER_", 18),
            (CIPHER, "ALG_", 30),
            (CIPHER, "CIPHER_", 13),
            (CIPHER, "PAD_", 28),
            (DERIVATION, "ALG_", 10),
            (NAMED, "", 23),
        ];
        for (class, prefix, count) in counts {
            assert_eq!(of(class, prefix).len(), count, "{class} {prefix}");
        }
        assert_eq!(lengths("DES"), [64, 128, 192]);
        assert_eq!(lengths("AES"), [128, 192, 256, 512]);
    }
}
