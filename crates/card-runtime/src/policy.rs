//! Which algorithms a card offers to its applets.
//!
//! Old parameters work by default, because applets on the market need them. A card's policy, fixed when the card is made, can
//! switch off what its owner holds to be too weak: a primitive wherever it occurs, and keys shorter than so many bits. A
//! factory asks for what it uses ([`Uses`]) and gets a [`Permit`], without which no such object can be made; what is off
//! does not exist for applets, which is what `NO_SUCH_ALGORITHM` says. Secure channels of GlobalPlatform are not applets'
//! and not touched: they are chosen when the card is made.
//!
//! As a blob of the card: a version, the number of primitives that are off and their codes, the number of shortest lengths,
//! each a code and two bytes. Codes never change.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::tlv::{Reader, TlvError};

const VERSION: u8 = 1;

/// Turns `Name = code, "name";` into the enumeration of primitives and its tables.
macro_rules! primitives {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// What algorithms consist of, and can be switched off.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Primitive {
            $($(#[$doc])* $name = $code,)*
        }

        impl Primitive {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in a policy file.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

primitives! {
    /// DES and triple DES.
    Des = 1, "des";
    /// AES.
    Aes = 2, "aes";
    /// Korean SEED.
    Seed = 3, "seed";
    /// SM4.
    Sm4 = 4, "sm4";
    /// HMAC with any digest.
    Hmac = 5, "hmac";
    /// RSA.
    Rsa = 6, "rsa";
    /// DSA.
    Dsa = 7, "dsa";
    /// Diffie-Hellman modulo a prime.
    Dh = 8, "dh";
    /// ECDSA, ECDH and whatever else takes keys on curves over prime fields.
    Ec = 9, "ec";
    /// SM2's signatures and encryption.
    Sm2 = 10, "sm2";
    /// Ed25519 and Ed448.
    Edwards = 11, "eddsa";
    /// X25519 and X448.
    Montgomery = 12, "xdh";
    /// MD5, in whatever uses it.
    Md5 = 13, "md5";
    /// SHA-1, in whatever uses it, HMAC as well.
    Sha1 = 14, "sha-1";
    /// RIPEMD-160.
    Ripemd160 = 15, "ripemd-160";
    /// SHA-224.
    Sha224 = 16, "sha-224";
    /// SHA-256.
    Sha256 = 17, "sha-256";
    /// SHA-384.
    Sha384 = 18, "sha-384";
    /// SHA-512.
    Sha512 = 19, "sha-512";
    /// SHA3-224.
    Sha3_224 = 20, "sha3-224";
    /// SHA3-256.
    Sha3_256 = 21, "sha3-256";
    /// SHA3-384.
    Sha3_384 = 22, "sha3-384";
    /// SHA3-512.
    Sha3_512 = 23, "sha3-512";
    /// SM3.
    Sm3 = 24, "sm3";
    /// The mode that encrypts each block by itself.
    Ecb = 25, "ecb";
    /// RSA on a whole block, whose padding is the applet's.
    RsaBare = 26, "rsa-nopad";
    /// Encryption with RSA and the padding of PKCS #1 v1.5.
    RsaPkcs1Encryption = 27, "rsa-pkcs1-encryption";
}

impl Primitive {
    /// Whether its keys have lengths of which a policy can ask for a shortest.
    #[must_use]
    pub fn has_lengths(self) -> bool {
        matches!(self, Self::Des | Self::Aes | Self::Rsa | Self::Dsa | Self::Dh | Self::Ec)
    }

    fn of_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|primitive| *primitive as u8 == code)
    }
}

impl fmt::Display for Primitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no primitive of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no algorithm has this name")]
pub struct UnknownPrimitive;

impl FromStr for Primitive {
    type Err = UnknownPrimitive;

    fn from_str(name: &str) -> Result<Self, UnknownPrimitive> {
        Self::ALL.iter().copied().find(|primitive| primitive.name() == name).ok_or(UnknownPrimitive)
    }
}

/// Keys of the primitive have no lengths to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("keys of {0} have no shortest length to set")]
pub struct NoLengths(pub Primitive);

/// What a card offers. The default offers everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    off: BTreeSet<Primitive>,
    shortest: BTreeMap<Primitive, u16>,
}

/// What a factory is about to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Uses {
    primitives: Vec<Primitive>,
    bits: Option<u16>,
}

/// That the card's policy allows what was asked for. Only [`Policy::permit`] makes one.
#[derive(Debug)]
pub(crate) struct Permit(());

impl Uses {
    /// These primitives.
    pub(crate) fn of(primitives: impl IntoIterator<Item = Primitive>) -> Self {
        Self { primitives: primitives.into_iter().collect(), bits: None }
    }

    /// With a key of so many bits.
    pub(crate) fn key(primitive: Option<Primitive>, bits: u16) -> Self {
        Self { primitives: primitive.into_iter().collect(), bits: Some(bits) }
    }
}

impl Policy {
    /// With a primitive switched off.
    #[must_use]
    pub fn without(mut self, primitive: Primitive) -> Self {
        self.off.insert(primitive);
        self
    }

    /// With no keys shorter than so many bits.
    ///
    /// # Errors
    /// [`NoLengths`].
    pub fn at_least(mut self, primitive: Primitive, bits: u16) -> Result<Self, NoLengths> {
        if !primitive.has_lengths() {
            return Err(NoLengths(primitive));
        }
        self.shortest.insert(primitive, bits);
        Ok(self)
    }

    /// What is switched off.
    pub fn off(&self) -> impl Iterator<Item = Primitive> {
        self.off.iter().copied()
    }

    /// What is not.
    pub fn on(&self) -> impl Iterator<Item = Primitive> {
        Primitive::ALL.iter().copied().filter(|primitive| !self.off.contains(primitive))
    }

    /// The shortest keys, in bits, where there is such a rule.
    pub fn shortest(&self) -> impl Iterator<Item = (Primitive, u16)> {
        self.shortest.iter().map(|(primitive, bits)| (*primitive, *bits))
    }

    /// Whether everything that is used is on, and the key long enough.
    pub(crate) fn permit(&self, uses: &Uses) -> Option<Permit> {
        let allowed = |primitive: &Primitive| {
            let shortest = self.shortest.get(primitive).copied().unwrap_or(0);
            !self.off.contains(primitive) && uses.bits.is_none_or(|bits| bits >= shortest)
        };
        uses.primitives.iter().all(allowed).then_some(Permit(()))
    }

    /// As bytes: what the card keeps, and tells.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let count = |count: usize| u8::try_from(count).unwrap_or(u8::MAX);
        let mut out = Vec::from([VERSION, count(self.off.len())]);
        out.extend(self.off.iter().map(|primitive| *primitive as u8));
        out.push(count(self.shortest.len()));
        for (primitive, bits) in &self.shortest {
            out.push(*primitive as u8);
            out.extend(bits.to_be_bytes());
        }
        out
    }

    /// From bytes.
    ///
    /// # Errors
    /// When they are no policy, or one with primitives that are not known here.
    pub fn decode(bytes: &[u8]) -> Result<Self, TlvError> {
        let mut reader = Reader::new(bytes);
        let wrong = TlvError { left: bytes.len() };
        if reader.byte()? != VERSION {
            return Err(wrong);
        }
        let mut policy = Self::default();
        for _ in 0..reader.byte()? {
            policy = policy.without(Primitive::of_code(reader.byte()?).ok_or(wrong)?);
        }
        for _ in 0..reader.byte()? {
            let primitive = Primitive::of_code(reader.byte()?).ok_or(wrong)?;
            let bits = u16::from_be_bytes([reader.byte()?, reader.byte()?]);
            policy = policy.at_least(primitive, bits).map_err(|_| wrong)?;
        }
        if reader.is_empty() { Ok(policy) } else { Err(wrong) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict() -> Policy {
        let policy = Policy::default().without(Primitive::Des).without(Primitive::Md5);
        policy.at_least(Primitive::Rsa, 2048).unwrap()
    }

    #[test]
    fn what_is_off_or_too_short_gets_no_permit() {
        let rsa = |bits| Uses::key(Some(Primitive::Rsa), bits);
        let rows = [
            (Uses::default(), true),
            (Uses::of([Primitive::Rsa, Primitive::Sha256]), true),
            (Uses::of([Primitive::Rsa, Primitive::Md5]), false),
            (Uses::of([Primitive::Des]), false),
            (rsa(2048), true),
            (rsa(2016), false),
            (Uses::key(Some(Primitive::Ec), 112), true),
            (Uses::key(None, 1), true),
        ];
        for (uses, expected) in rows {
            assert_eq!(strict().permit(&uses).is_some(), expected, "{uses:?}");
            assert!(Policy::default().permit(&uses).is_some());
        }
    }

    #[test]
    fn names_and_bytes_lead_back() {
        for primitive in Primitive::ALL {
            assert_eq!(primitive.name().parse(), Ok(*primitive));
            assert_eq!(Primitive::of_code(*primitive as u8), Some(*primitive));
        }
        for policy in [Policy::default(), strict()] {
            assert_eq!(Policy::decode(&policy.encode()), Ok(policy));
        }
        assert_eq!(Policy::default().at_least(Primitive::Md5, 1), Err(NoLengths(Primitive::Md5)));
    }

    #[test]
    fn bytes_that_are_no_policy_are_refused() {
        let whole = strict().encode();
        for length in 0..whole.len() {
            assert!(Policy::decode(&whole[..length]).is_err());
        }
        for at in 0..whole.len() {
            for value in 0..=u8::MAX {
                let mut bytes = whole.clone();
                bytes[at] = value;
                if let Ok(policy) = Policy::decode(&bytes) {
                    assert_eq!(Policy::decode(&policy.encode()), Ok(policy));
                }
            }
        }
    }
}
