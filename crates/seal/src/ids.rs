//! What names a device, a key, a place in a chain and an instant ("Identity" in `docs/formats.md`).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::limits;

/// A device's name: 1 to 64 characters of `A-Z a-z 0-9 . _ -`.
///
/// It is the subject CN of the device's certificates and its MQTT client id, and safe as a file name
/// unless it consists of dots only, which is refused too. Cloning is cheap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(Arc<str>);

/// Why a text is no device id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceIdError {
    /// Empty or longer than 64 characters.
    #[error("a device id has 1 to 64 characters, this has {0}")]
    Length(usize),
    /// A character outside `A-Z a-z 0-9 . _ -`.
    #[error("{character:?} at offset {offset} cannot stand in a device id")]
    Character {
        /// What stands there.
        character: char,
        /// Its byte offset in the text.
        offset: usize,
    },
    /// Nothing but dots, which would name a folder.
    #[error("a device id of dots only")]
    Dots,
}

impl DeviceId {
    /// The id's characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DeviceId {
    type Err = DeviceIdError;

    fn from_str(text: &str) -> Result<Self, DeviceIdError> {
        if text.is_empty() || text.len() > limits::DEVICE_ID {
            return Err(DeviceIdError::Length(text.chars().count()));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if let Some((offset, character)) = text.char_indices().find(|&(_, c)| !allowed(c)) {
            return Err(DeviceIdError::Character { character, offset });
        }
        if text.bytes().all(|b| b == b'.') {
            return Err(DeviceIdError::Dots);
        }
        Ok(Self(Arc::from(text)))
    }
}

impl TryFrom<String> for DeviceId {
    type Error = DeviceIdError;

    fn try_from(text: String) -> Result<Self, DeviceIdError> {
        text.parse()
    }
}

impl From<DeviceId> for String {
    fn from(id: DeviceId) -> Self {
        id.as_str().to_owned()
    }
}

impl serde::Serialize for DeviceId {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for DeviceId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl AsRef<str> for DeviceId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceId({})", self.0)
    }
}

/// A key's id: the first 16 bytes of SHA-256 over its DER `SubjectPublicKeyInfo`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 16]);

/// An element's count of its seals: 1 for the first, then one more each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Counter(pub u64);

/// SHA-256 of a seal's `COSE_Sign1` bytes; the next seal carries it as `previous`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SealHash(pub [u8; 32]);

impl SealHash {
    /// What the first seal of an element carries as `previous`.
    pub const ZERO: Self = Self([0; 32]);
}

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Micros(pub i64);

impl Micros {
    /// This instant moved by `delta` microseconds; stays at the ends of the range rather than wrap.
    #[must_use]
    pub fn plus(self, delta: i64) -> Self {
        Self(self.0.saturating_add(delta))
    }
}

impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Turns a fixed-size byte newtype into one that is shown, parsed and serialised as lower-case hex.
macro_rules! shown_as_hex {
    ($type:ident, $bytes:literal) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self)
            }
        }
        impl FromStr for $type {
            type Err = hex::FromHexError;

            fn from_str(text: &str) -> Result<Self, hex::FromHexError> {
                let mut bytes = [0; $bytes];
                hex::decode_to_slice(text, &mut bytes)?;
                Ok(Self(bytes))
            }
        }
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

shown_as_hex!(KeyId, 16);
shown_as_hex!(SealHash, 32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_ids_are_checked() {
        let long = "a".repeat(65);
        let cases: &[(&str, Option<DeviceIdError>)] = &[
            ("monitor-1", None),
            ("A.b_c-9", None),
            (&long[..64], None),
            ("", Some(DeviceIdError::Length(0))),
            (&long, Some(DeviceIdError::Length(65))),
            ("a/b", Some(DeviceIdError::Character { character: '/', offset: 1 })),
            ("bett-ü", Some(DeviceIdError::Character { character: 'ü', offset: 5 })),
            ("..", Some(DeviceIdError::Dots)),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<DeviceId>().err(), *error, "{text}");
        }
    }

    #[test]
    fn hex_round_trip() {
        let id = KeyId([0xAB; 16]);
        assert_eq!(id.to_string().parse::<KeyId>(), Ok(id));
        assert!("ab".parse::<SealHash>().is_err());
    }
}
