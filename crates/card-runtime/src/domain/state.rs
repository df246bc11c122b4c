//! What a security domain keeps besides its place in the registry: keys, and data objects that its owner stored.
//!
//! Kept as one blob for each domain, so that a counter of sessions does not rewrite the registry:
//!
//! ```text
//! state  = version(1)=1 keys count(1) object*           keys: see [`super::keys`]
//! object = tag(2) length(2) bytes
//! ```

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::keys::KeyStore;
use crate::limits::DOMAIN_OBJECTS;
use crate::status::StatusWord;
use crate::tlv::{Reader, Tag, TlvError};

const VERSION: u8 = 1;

/// Keys and data of one domain.
#[derive(Clone, Default)]
pub(crate) struct DomainState {
    pub(crate) keys: KeyStore,
    objects: Vec<(Tag, Vec<u8>)>,
}

impl DomainState {
    pub(crate) fn new(keys: KeyStore) -> Self {
        Self { keys, objects: Vec::new() }
    }

    /// The value stored under a tag.
    pub(super) fn object(&self, tag: Tag) -> Option<&[u8]> {
        self.objects.iter().find(|(found, _)| *found == tag).map(|(_, value)| value.as_slice())
    }

    /// Stores a value under a tag; an empty one takes it away.
    pub(super) fn store(&mut self, tag: Tag, value: &[u8]) -> Result<(), StatusWord> {
        self.objects.retain(|(found, _)| *found != tag);
        if value.is_empty() {
            return Ok(());
        }
        if self.objects.len() >= DOMAIN_OBJECTS {
            return Err(StatusWord::NO_MEMORY);
        }
        self.objects.push((tag, value.to_vec()));
        Ok(())
    }

    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(1024));
        out.push(VERSION);
        self.keys.encode(&mut out);
        out.push(u8::try_from(self.objects.len()).unwrap_or(u8::MAX));
        for (tag, value) in &self.objects {
            out.extend_from_slice(&tag.0.to_be_bytes());
            out.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
            out.extend_from_slice(value);
        }
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, TlvError> {
        let mut reader = Reader::new(bytes);
        if reader.byte()? != VERSION {
            return Err(TlvError { left: bytes.len() });
        }
        let keys = KeyStore::decode(&mut reader)?;
        let mut objects = Vec::new();
        for _ in 0..reader.byte()? {
            let tag = Tag(u16::from_be_bytes([reader.byte()?, reader.byte()?]));
            let length = u16::from_be_bytes([reader.byte()?, reader.byte()?]);
            objects.push((tag, reader.take(usize::from(length))?.to_vec()));
        }
        let left = reader.rest().len();
        if left == 0 { Ok(Self { keys, objects }) } else { Err(TlvError { left }) }
    }
}
