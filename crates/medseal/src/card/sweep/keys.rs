//! Which keys an algorithm takes: told by its constant's name.

use super::applet::{Reply, Sweeper};
use super::constants::{NAMED, lengths, of};
use crate::exit::Outcome as Ended;
use card_link::Element;

/// A family of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Des,
    Aes,
    Seed,
    Sm4,
    Hmac,
    Generic,
    Rsa,
    Dsa,
    Dh,
    EcFp,
    EcF2m,
    /// Keys of named parameters.
    Named(&'static str),
}

/// Beginnings of names behind `ALG_`, `TYPE_` and the like; the first that fits counts.
const NAMES: &[(&str, Family)] = &[
    ("KOREAN_SEED", Family::Seed),
    ("DES", Family::Des),
    ("AES", Family::Aes),
    ("SM4", Family::Sm4),
    ("HMAC", Family::Hmac),
    ("GENERIC_SECRET", Family::Generic),
    ("RSA", Family::Rsa),
    ("DSA", Family::Dsa),
    ("DH", Family::Dh),
    ("EC_F2M", Family::EcF2m),
    ("EC", Family::EcFp),
    ("SM2", Family::Named("SM2")),
    ("EDDSA_ED448", Family::Named("ED448")),
    ("EDDSAPH_ED448", Family::Named("ED448")),
    ("EDDSA", Family::Named("ED25519")),
    ("XDH", Family::Named("X25519")),
    ("XEC", Family::Named("SECP256R1")),
];

const PREFIXES: [&str; 5] = ["ALG_TYPE_", "SIG_CIPHER_", "CIPHER_", "TYPE_", "ALG_"];

/// p, a, b, g and r of P-256 (SP 800-186, 3.2.1.3), each after its length: many cards have no parameters of their own.
const P256: [&str; 5] = [
    "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF",
    "FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFC",
    "5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B",
    "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296\
     4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5",
    "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
];

impl Family {
    /// The family of a constant's keys.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let rest = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        NAMES.iter().find(|(start, _)| rest.starts_with(start)).map(|(_, family)| *family)
    }

    /// The lengths that the API has constants for.
    pub(crate) fn lengths(self) -> Vec<u16> {
        match self {
            Self::Des => lengths("DES"),
            Self::Aes => lengths("AES"),
            Self::Seed => lengths("KOREAN_SEED"),
            Self::Sm4 => lengths("SM4"),
            Self::Hmac => lengths("HMAC"),
            // The API has none; these are what derivations are given most.
            Self::Generic => vec![128, 256],
            Self::Rsa => lengths("RSA"),
            Self::Dsa => lengths("DSA"),
            Self::Dh => lengths("DH"),
            Self::EcFp => lengths("EC_FP"),
            Self::EcF2m => lengths("EC_F2M"),
            Self::Named(_) => Vec::new(),
        }
    }

    /// `KeyBuilder.TYPE_*` of a secret key.
    fn secret_type(self) -> Option<u8> {
        match self {
            Self::Des => Some(3),
            Self::Aes => Some(15),
            Self::Seed => Some(18),
            Self::Sm4 => Some(43),
            Self::Hmac => Some(21),
            Self::Generic => Some(42),
            Self::Rsa | Self::Dsa | Self::Dh | Self::EcFp | Self::EcF2m | Self::Named(_) => None,
        }
    }

    /// `KeyPair.ALG_*`, and the length that operations are measured with.
    fn pair(self) -> Option<(u8, u16)> {
        match self {
            Self::Rsa => Some((2, 2048)),
            Self::Dsa => Some((3, 1024)),
            Self::EcF2m => Some((4, 163)),
            Self::EcFp => Some((5, 256)),
            Self::Dh => Some((6, 2048)),
            Self::Des | Self::Aes | Self::Seed | Self::Sm4 | Self::Hmac | Self::Generic | Self::Named(_) => {
                None
            }
        }
    }

    /// Whether every length is tried with every algorithm: making a pair of keys takes too long for that.
    pub(crate) fn is_secret(self) -> bool {
        self.secret_type().is_some()
    }
}

/// Keys that operations are done with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    Secret { key_type: u8, bits: u16 },
    Pair { algorithm: u8, bits: u16 },
    Named { name: &'static str, value: i16 },
}

impl Plan {
    /// Keys of a family, of a length that it has, or the length that is measured.
    pub(crate) fn new(family: Family, bits: Option<u16>) -> Option<Self> {
        if let Family::Named(name) = family {
            let value = of(NAMED, name).iter().find(|constant| constant.name == name)?.value;
            return Some(Self::Named { name, value });
        }
        if let Some(key_type) = family.secret_type() {
            let usual = family.lengths().into_iter().find(|bits| *bits >= 128)?;
            return Some(Self::Secret { key_type, bits: bits.unwrap_or(usual) });
        }
        let (algorithm, usual) = family.pair()?;
        Some(Self::Pair { algorithm, bits: bits.unwrap_or(usual) })
    }

    /// Has the card make the keys.
    pub(crate) fn make<E: Element>(self, sweeper: &mut Sweeper<E>) -> Ended<Reply> {
        let prepared = match self {
            Self::Secret { key_type, bits } => {
                let [high, low] = bits.to_be_bytes();
                return sweeper.key(0, &[key_type, high, low]);
            }
            Self::Pair { algorithm, bits } => {
                let [high, low] = bits.to_be_bytes();
                sweeper.key(1, &[algorithm, high, low])?
            }
            Self::Named { value, .. } => sweeper.key(2, &value.to_be_bytes())?,
        };
        if !prepared.is_done() {
            return Ok(prepared);
        }
        if let Self::Pair { algorithm: 5, bits: 256 } = self {
            let set = sweeper.curve(&curve())?;
            if !set.is_done() {
                return Ok(set);
            }
        }
        Ok(sweeper.generate()?.0)
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Secret { bits, .. } | Self::Pair { bits, .. } => write!(f, "{bits} bits"),
            Self::Named { name, .. } => f.write_str(name),
        }
    }
}

fn curve() -> Vec<u8> {
    let parts = P256.iter().filter_map(|part| hex::decode(part).ok());
    parts.flat_map(|part| [&[part.len() as u8][..], &part].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::constants::{BUILDER, CIPHER, SIGNATURE};
    use super::*;

    #[test]
    fn every_constant_that_takes_keys_has_a_family() {
        let asked = [(SIGNATURE, "ALG_"), (SIGNATURE, "SIG_CIPHER_"), (CIPHER, "ALG_"), (CIPHER, "CIPHER_")];
        for (class, prefix) in asked.into_iter().chain([(BUILDER, "TYPE_"), (BUILDER, "ALG_TYPE_")]) {
            for constant in of(class, prefix) {
                let family = Family::of(constant.name);
                assert!(family.and_then(|family| Plan::new(family, None)).is_some(), "{}", constant.name);
            }
        }
        assert_eq!(Family::of("SIG_CIPHER_EDDSAPH_ED448"), Some(Family::Named("ED448")));
        assert_eq!(Family::of("ALG_DES_CBC_NOPAD"), Some(Family::Des));
        assert_eq!(Family::of("SIG_CIPHER_ECDSA_PLAIN"), Some(Family::EcFp));
    }

    #[test]
    fn the_curve_has_the_lengths_of_its_parts() {
        assert_eq!(curve().len(), 5 + 4 * 32 + 65);
    }
}
