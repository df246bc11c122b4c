//! What a row's readings rest on, and how they are read from its bytes.
//!
//! The stored bytes are the record; [`StoredBatch::open`] is the one way from them to readings, for every projection alike.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use clinical::proof;
use seal::{Batch, BatchError, Counter, DeviceId, DeviceIdError, Flags, SealHash, SealedBatch};

use super::{ClockZone, StoredBatch, words};
use crate::sources::mllp::decode;

/// What vouches for a row's readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The device's own seal, verified before the row was stored.
    Sealed {
        /// The element's counter.
        counter: u64,
        /// The hash of the seal: the name by which projections refer to it.
        hash: SealHash,
    },
    /// Nobody but the source that delivered them. Shown as "not sealed" wherever they show.
    Unsealed {
        /// The configured source.
        source: SourceName,
        /// The form of the bytes.
        form: Form,
        /// Where the source's clocks are set.
        zone: ClockZone,
        /// Their name: SHA-256 of the bytes.
        digest: Digest,
    },
}

impl Proof {
    /// Whether a device's own seal vouches for it.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        match self {
            Self::Sealed { .. } => true,
            Self::Unsealed { .. } => false,
        }
    }
}

words! {
    /// The form of bytes that came without a seal.
    Form {
        Hl7v2 "hl7v2" "An HL7 v2 message as received, IHE PCD-01 or like it.",
        Mapped "mapped" "A line or document of a file, with the mapping that says how it is read.",
        Gatt "gatt" "A record of a Bluetooth health profile.",
        Phd "phd" "An APDU of a personal health device, with its configuration.",
        Serial "serial" "A frame of the serial line protocol.",
        Sdc "sdc" "A report of an SDC provider, with the descriptors that it is about.",
    }
}

impl Form {
    /// The form of an adapter's records: the word is the adapter's name.
    pub fn of_adapter(name: &str) -> Option<Self> {
        Self::from_word(name).filter(|form| form.is_adapters())
    }

    /// Whether it is a record of a device adapter ([`adapters::Record`]).
    pub fn is_adapters(self) -> bool {
        match self {
            Self::Hl7v2 => false,
            Self::Mapped | Self::Gatt | Self::Phd | Self::Serial | Self::Sdc => true,
        }
    }
}

/// The name of a configured source: 1 to 32 characters of `A-Z a-z 0-9 -`. Cloning is cheap.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceName(Arc<str>);

/// Text that cannot name a source.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no name for a source: 1 to 32 characters of A-Z a-z 0-9 -")]
pub struct SourceNameError(pub String);

impl SourceName {
    /// Its characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SourceName {
    type Err = SourceNameError;

    fn from_str(text: &str) -> Result<Self, SourceNameError> {
        let allowed = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if allowed && (1..=32).contains(&text.len()) {
            Ok(Self(text.into()))
        } else {
            Err(SourceNameError(text.into()))
        }
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for SourceName {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// SHA-256 of bytes as received; shown in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
        Self(hash)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The device that a source's message is of: `SOURCE.WORD`, where WORD is what the message says of it (an EUI-64, a serial
/// number, an application's name) with every other character than those of a device id as `_`.
///
/// Two that differ only in such characters, or in what is cut off, would be one: then a piece of the word's digest is added.
///
/// # Errors
/// None: what it makes are the characters of a device id, at most 64. The type leaves that to its own parser.
pub fn device_of(source: &SourceName, word: &str) -> Result<DeviceId, DeviceIdError> {
    /// What a device id leaves beside the longest source's name and a dot.
    const ROOM: usize = 64 - 32 - 1;
    const PIECE: usize = 8;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let clean: String = word.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let word = if clean == word && !word.is_empty() && word.len() <= ROOM {
        clean
    } else {
        let piece: String = Digest::of(word.as_bytes()).to_string().chars().take(PIECE).collect();
        let kept: String = clean.chars().take(ROOM - PIECE - 1).collect();
        format!("{kept}.{piece}")
    };
    format!("{source}.{word}").parse()
}

/// Stored bytes that cannot be read any more: the disk changed them.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// No sealed batch.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// No message.
    #[error(transparent)]
    Message(#[from] decode::NotReadable),
    /// No record of an adapter.
    #[error(transparent)]
    Record(#[from] adapters::RecordError),
    /// A record that its adapter does not read.
    #[error(transparent)]
    Refused(#[from] adapters::Refusal),
}

/// A stored row with its readings and what vouches for them.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The readings.
    pub batch: Batch,
    /// What they rest on.
    pub rests_on: RestsOn,
}

/// What readings rest on, with what only the bytes tell.
#[derive(Clone, Debug)]
pub enum RestsOn {
    /// The seal in the bytes.
    Seal {
        /// The element's counter.
        counter: u64,
        /// The hash of the seal.
        hash: SealHash,
        /// The seal, and what it seals.
        sealed: Box<SealedBatch>,
    },
    /// The source's word.
    Source {
        /// The configured source.
        source: SourceName,
        /// The form of the bytes.
        form: Form,
        /// SHA-256 of the bytes.
        digest: Digest,
    },
}

impl Opened {
    /// Whether all of it was made for a test or a demonstration; nothing at all was not.
    #[must_use]
    pub fn is_staged(&self) -> bool {
        let staged = |flags: Flags| flags.contains(Flags::SIMULATED) || flags.contains(Flags::TEST);
        !self.batch.readings.is_empty() && self.batch.readings.iter().all(|reading| staged(reading.flags()))
    }

    /// What the readings rest on, as messages and resources tell it.
    pub fn proof(&self) -> proof::Proof<'_> {
        match &self.rests_on {
            RestsOn::Seal { counter, hash, sealed } => {
                let (counter, key) = (Counter(*counter), sealed.claims().kid);
                proof::Proof::Sealed(proof::Sealed { hash: *hash, counter, key })
            }
            RestsOn::Source { source, digest, .. } => {
                proof::Proof::Unsealed(proof::Unsealed { source: source.as_str(), digest: &digest.0 })
            }
        }
    }
}

impl StoredBatch {
    /// Reads the stored bytes.
    ///
    /// # Errors
    /// When they are no longer what was stored.
    pub fn open(&self) -> Result<Opened, Unreadable> {
        match &self.proof {
            Proof::Sealed { counter, hash } => {
                let sealed = Box::new(SealedBatch::parse(&self.bytes)?);
                let batch = Batch::decode(sealed.batch_bytes())?;
                Ok(Opened { batch, rests_on: RestsOn::Seal { counter: *counter, hash: *hash, sealed } })
            }
            Proof::Unsealed { source, form, zone, digest } => {
                let batch = match form {
                    Form::Hl7v2 => decode::batch(&self.bytes, &self.device, zone.zone())?,
                    Form::Mapped | Form::Gatt | Form::Phd | Form::Serial | Form::Sdc => {
                        let record = adapters::Record::parse(&self.bytes)?;
                        let adapters::Decoded { time, readings, .. } = adapters::read(&record, zone.zone())?;
                        Batch { device: self.device.clone(), time, readings }
                    }
                };
                let rests_on = RestsOn::Source { source: source.clone(), form: *form, digest: *digest };
                Ok(Opened { batch, rests_on })
            }
        }
    }
}
