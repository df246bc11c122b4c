//! The words for why a batch is refused, the same in audit, metrics, JSON and dashboard.

use std::fmt;
use std::str::FromStr;

/// Turns the table of reasons into the enum, its list and its words.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)+) => {
        /// Why a batch is refused ("Reasons for refusal" in `docs/formats.md`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[$doc])* $name,)+
        }

        impl Reason {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The word for it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }
        }
    };
}

reasons! {
    /// No sealed batch, or a sealed thing that is no batch.
    Malformed = "malformed",
    /// Longer than the limit.
    Oversized = "oversized",
    /// No such device is enrolled.
    UnknownDevice = "unknown-device",
    /// The device's enrolment was taken back.
    RevokedDevice = "revoked-device",
    /// The seal's device is not the connection's.
    WrongDevice = "wrong-device",
    /// Without a seal, from a source that may deliver only what is sealed.
    NotSealed = "not-sealed",
    /// Not the device's key.
    UnknownKey = "unknown-key",
    /// A certificate that is not valid, or not of an accepted maker.
    Certificate = "certificate",
    /// The signature does not fit.
    BadSignature = "bad-signature",
    /// The batch was changed.
    BadHash = "bad-hash",
    /// The counter was used already.
    RepeatedCounter = "repeated-counter",
    /// Seals are missing before this one.
    CounterGap = "counter-gap",
    /// It follows another seal than the one accepted.
    BrokenChain = "broken-chain",
    /// The device's time is too far off.
    Clock = "clock",
    /// No access token, or one that does not open this way to this device.
    Token = "token",
}

/// A word that is no reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no reason for a refusal: {0:?}")]
pub struct ReasonError(pub String);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Reason {
    type Err = ReasonError;

    fn from_str(word: &str) -> Result<Self, ReasonError> {
        let found = Self::ALL.iter().find(|reason| reason.as_str() == word);
        found.copied().ok_or_else(|| ReasonError(word.to_owned()))
    }
}

impl serde::Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Reason {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for reason in Reason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(*reason));
        }
        assert!("other".parse::<Reason>().is_err());
    }
}
