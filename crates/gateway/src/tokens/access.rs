//! What an access token opens, and why one does not.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seal::{DeviceId, sha256};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::record::words;

/// Who holds a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Client {
    /// A device, proven by its element and its TLS certificate.
    Device(DeviceId),
    /// A program of the configuration.
    System(String),
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(device) => write!(f, "device:{device}"),
            Self::System(id) => write!(f, "system:{id}"),
        }
    }
}

impl Client {
    /// The client that [`fmt::Display`] wrote.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.split_once(':')? {
            ("device", id) => id.parse().ok().map(Self::Device),
            ("system", id) => Some(Self::System(id.into())),
            _ => None,
        }
    }
}

words! {
    /// What a token is for. A token has exactly one.
    Scope {
        WriteBatches "batches.write" "Deliver sealed batches on a connection of one's own.",
        RelayBatches "batches.relay" "Deliver sealed batches through a broker.",
        ReadRecords "system/*.rs" "Read and search all resources of the FHIR interface.",
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = String::deserialize(from)?;
        Self::of(&word).ok_or_else(|| serde::de::Error::custom(format!("no scope: {word:?}")))
    }
}

impl Scope {
    /// The scope of this word; `system/*.read` is the older word for `system/*.rs`.
    pub(crate) fn of(word: &str) -> Option<Self> {
        if word == "system/*.read" {
            return Some(Self::ReadRecords);
        }
        Self::from_word(word)
    }
}

/// What a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Who may use it.
    pub(crate) client: Client,
    /// For what.
    pub(crate) scope: Scope,
    /// SHA-256 of the TLS certificate with which alone it works (RFC 8705 section 3.1).
    pub(crate) certificate: Option<[u8; 32]>,
    /// When it ceases to work, seconds since 1970.
    pub(crate) until: i64,
}

/// A token to be handed out, once; wiped when dropped.
pub(crate) struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// 256 random bits.
    pub(crate) fn fresh() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut())?;
        Ok(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes))))
    }

    /// The text that its client shows.
    pub(crate) fn expose_secret(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        sha256(self.0.as_bytes())
    }
}

/// Why a token that is shown opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenFault {
    /// None is shown.
    #[error("no access token")]
    Missing,
    /// Not one of ours, or one that has been replaced.
    #[error("an access token that is not known")]
    Unknown,
    /// It is over.
    #[error("an access token that is over")]
    Expired,
    /// Bound to another certificate than the connection's.
    #[error("an access token of another certificate")]
    Certificate,
    /// Made for something else.
    #[error("an access token without the scope {0}")]
    Scope(Scope),
}

impl TokenFault {
    /// The error code of RFC 6750 section 3.1; none when no token was shown.
    pub(crate) fn code(self) -> Option<&'static str> {
        match self {
            Self::Missing => None,
            Self::Unknown | Self::Expired | Self::Certificate => Some("invalid_token"),
            Self::Scope(_) => Some("insufficient_scope"),
        }
    }
}
