//! The security domain's keys, and PUT KEY (GlobalPlatform Card Specification 2.3.1, 11.8; Amendment D 1.1.2, 7.2).
//!
//! Kept as one blob:
//!
//! ```text
//! keys = version(1)=1 diversification(10) count(1) set*
//! set  = key-version(1) length(1) Key-ENC Key-MAC Key-DEK sequence-counter(4)
//! ```

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::crypto::{AesKey, BLOCK};
use crate::limits::{KEY_SETS, SCP03_SESSIONS_MAX};
use crate::scp03::{Channel, StaticKeys};
use crate::status::StatusWord;
use crate::tlv::{Reader, TlvError};

const VERSION: u8 = 1;
/// The key type AES (11.1.8).
pub(super) const AES: u8 = 0x88;

/// One key version and the sessions that it has opened.
#[derive(Clone)]
pub(crate) struct KeySet {
    pub(crate) version: u8,
    pub(crate) keys: StaticKeys,
    sequence: u32,
}

impl KeySet {
    pub(crate) fn new(version: u8, keys: StaticKeys) -> Self {
        Self { version, keys, sequence: 0 }
    }

    /// Counts a session and gives its number; `None` once there were as many as the counter holds.
    pub(crate) fn next_sequence(&mut self) -> Option<[u8; 3]> {
        if self.sequence >= SCP03_SESSIONS_MAX {
            return None;
        }
        self.sequence += 1;
        let [_, a, b, c] = self.sequence.to_be_bytes();
        Some([a, b, c])
    }

    /// Sessions opened so far.
    pub(super) fn sequence(&self) -> [u8; 3] {
        let [_, a, b, c] = self.sequence.to_be_bytes();
        [a, b, c]
    }

    /// Bytes of each key.
    pub(super) fn length(&self) -> usize {
        let [encryption, _, _] = self.keys.expose_secret();
        encryption.len()
    }
}

/// All key versions of the domain.
#[derive(Clone)]
pub(crate) struct KeySets {
    /// What a host may derive the card's keys from: unique to the card.
    pub(crate) diversification: [u8; 10],
    /// The one used when the sender names none stands first.
    pub(super) sets: Vec<KeySet>,
}

impl KeySets {
    pub(crate) fn new(diversification: [u8; 10], first: KeySet) -> Self {
        Self { diversification, sets: Vec::from([first]) }
    }

    /// The set of a key version; version 0 means the first.
    pub(crate) fn find(&mut self, version: u8) -> Option<&mut KeySet> {
        self.sets.iter_mut().find(|set| version == 0 || set.version == version)
    }

    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(16 + 128 * self.sets.len()));
        out.push(VERSION);
        out.extend_from_slice(&self.diversification);
        out.push(u8::try_from(self.sets.len()).unwrap_or(u8::MAX));
        for set in &self.sets {
            out.extend_from_slice(&[set.version, u8::try_from(set.length()).unwrap_or_default()]);
            set.keys.expose_secret().iter().for_each(|key| out.extend_from_slice(key));
            out.extend_from_slice(&set.sequence.to_be_bytes());
        }
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, TlvError> {
        let mut reader = Reader::new(bytes);
        let wrong = TlvError { left: bytes.len() };
        if reader.byte()? != VERSION {
            return Err(wrong);
        }
        let diversification = reader.take(10)?.try_into().map_err(|_| wrong)?;
        let mut sets = Vec::new();
        for _ in 0..reader.byte()? {
            let version = reader.byte()?;
            let length = usize::from(reader.byte()?);
            let (encryption, mac, data) = (reader.take(length)?, reader.take(length)?, reader.take(length)?);
            let keys = StaticKeys::new(encryption, mac, data).map_err(|_| wrong)?;
            let sequence = u32::from_be_bytes(reader.take(4)?.try_into().map_err(|_| wrong)?);
            sets.push(KeySet { version, keys, sequence });
        }
        if reader.is_empty() { Ok(Self { diversification, sets }) } else { Err(wrong) }
    }

    /// PUT KEY for a whole set. `replaced` is P1: the version that the new set takes the place of, 0 to add one. Gives the
    /// version and the check values, which the sender compares.
    pub(super) fn put(
        &mut self,
        replaced: u8,
        identifier: u8,
        data: &[u8],
        channel: &Channel,
    ) -> Result<Vec<u8>, StatusWord> {
        // Only the three keys together, from key identifier 1 on.
        if identifier != 0x81 {
            return Err(StatusWord::WRONG_P1P2);
        }
        let wrong = |TlvError { .. }| StatusWord::WRONG_DATA;
        let mut reader = Reader::new(data);
        let version = reader.byte().map_err(wrong)?;
        if !(1..=0x7F).contains(&version) {
            return Err(StatusWord::WRONG_DATA);
        }
        let mut checks = Vec::from([version]);
        let mut three = || -> Result<Zeroizing<Vec<u8>>, StatusWord> {
            let (key, check) = one_key(&mut reader, channel)?;
            checks.extend_from_slice(&check);
            Ok(key)
        };
        let (encryption, mac, dek) = (three()?, three()?, three()?);
        if !reader.is_empty() {
            return Err(StatusWord::WRONG_DATA);
        }
        let keys = StaticKeys::new(&encryption, &mac, &dek).map_err(|_| StatusWord::WRONG_DATA)?;
        self.insert(replaced, KeySet::new(version, keys))?;
        Ok(checks)
    }

    fn insert(&mut self, replaced: u8, set: KeySet) -> Result<(), StatusWord> {
        let others = |other: &KeySet| other.version == set.version && other.version != replaced;
        if self.sets.iter().any(others) {
            return Err(StatusWord::WRONG_DATA);
        }
        if replaced != 0 {
            let old = self.sets.iter_mut().find(|other| other.version == replaced);
            *old.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)? = set;
            return Ok(());
        }
        if self.sets.len() >= KEY_SETS {
            return Err(StatusWord::NO_MEMORY);
        }
        self.sets.push(set);
        Ok(())
    }
}

/// One key of PUT KEY: type, length, length of the key, the key under Key-DEK, length and check value.
fn one_key(reader: &mut Reader<'_>, channel: &Channel) -> Result<(Zeroizing<Vec<u8>>, [u8; 3]), StatusWord> {
    let wrong = |TlvError { .. }| StatusWord::WRONG_DATA;
    if reader.byte().map_err(wrong)? != AES {
        return Err(StatusWord::WRONG_DATA);
    }
    let block = reader.field().map_err(wrong)?;
    let (length, covered) = block.split_first().ok_or(StatusWord::WRONG_DATA)?;
    let mut key = Zeroizing::new(covered.to_vec());
    channel.decrypt_sensitive(&mut key).map_err(|_| StatusWord::WRONG_DATA)?;
    key.truncate(usize::from(*length));
    let schedule = AesKey::new(&key).map_err(|_| StatusWord::WRONG_DATA)?;
    let mut block = [0x01; BLOCK];
    schedule.encrypt_block(&mut block);
    let [a, b, c, ..] = block;
    if reader.field().map_err(wrong)? != [a, b, c] {
        return Err(StatusWord::WRONG_DATA);
    }
    Ok((key, [a, b, c]))
}
