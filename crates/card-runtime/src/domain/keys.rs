//! A security domain's keys, and PUT KEY (Card Specification 2.3.1, 11.8; Amendment D 1.1.2, 7.2).
//!
//! A key is named by its identifier and its version. The keys with the identifiers 1, 2 and 3 of one version, when all are
//! of one kind, are a set that opens sessions: Key-ENC, Key-MAC and Key-DEK. Each version counts the sessions that it opened.
//!
//! ```text
//! keys    = count(1) key* count(1) counter*
//! key     = identifier(1) version(1) type(1) length(1) bytes
//! counter = version(1) sessions(4)
//! ```

use alloc::vec::Vec;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::crypto::DES_BLOCK;
use crate::limits::DOMAIN_KEYS;
use crate::scp::{Channel, KeyKind, StaticKeys};
use crate::status::StatusWord;
use crate::tlv::{Reader, TlvError};

/// Key types (table 11-16): triple DES, AES.
const TRIPLE_DES: u8 = 0x80;
const AES: u8 = 0x88;
/// The version of keys that a maker put in to be replaced; it ends with the first others.
pub(crate) const INITIAL: u8 = 0xFF;
/// Identifiers of a set.
const SET: [u8; 3] = [1, 2, 3];

/// The key type on the wire.
fn type_of(kind: KeyKind) -> u8 {
    match kind {
        KeyKind::TripleDes => TRIPLE_DES,
        KeyKind::Aes => AES,
    }
}

fn kind_of(byte: u8) -> Option<KeyKind> {
    match byte {
        TRIPLE_DES => Some(KeyKind::TripleDes),
        AES => Some(KeyKind::Aes),
        _ => None,
    }
}

#[derive(Clone)]
struct Key {
    identifier: u8,
    version: u8,
    kind: KeyKind,
    value: Zeroizing<Vec<u8>>,
}

#[derive(Clone, Copy)]
struct Counter {
    version: u8,
    sessions: u32,
}

/// All keys of one domain.
#[derive(Clone, Default)]
pub(crate) struct KeyStore {
    /// In the order they came: the first set is the one used when a host names no version.
    keys: Vec<Key>,
    counters: Vec<Counter>,
}

/// Which keys DELETE means; both or either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyName {
    pub(super) identifier: Option<u8>,
    pub(super) version: Option<u8>,
}

impl KeyName {
    fn means(self, key: &Key) -> bool {
        self.identifier.is_none_or(|identifier| identifier == key.identifier)
            && self.version.is_none_or(|version| version == key.version)
    }
}

impl KeyStore {
    /// A store with one set.
    pub(crate) fn with_set(version: u8, keys: &StaticKeys) -> Self {
        let kind = keys.kind();
        let key = |(identifier, value): (u8, &[u8])| Key {
            identifier,
            version,
            kind,
            value: Zeroizing::new(value.to_vec()),
        };
        let keys = SET.into_iter().zip(keys.expose_secret()).map(key).collect();
        Self { keys, counters: Vec::from([Counter { version, sessions: 0 }]) }
    }

    /// The set of a version, with that version; 0 means the first set there is.
    pub(crate) fn set(&self, version: u8) -> Option<(u8, StaticKeys)> {
        let mut versions = self.keys.iter().map(|key| key.version);
        versions.find_map(|found| {
            if version != 0 && version != found {
                return None;
            }
            let [encryption, mac, data] = SET.map(|identifier| self.key(identifier, found));
            let (encryption, mac, data) = (encryption?, mac?, data?);
            if mac.kind != encryption.kind || data.kind != encryption.kind {
                return None;
            }
            let keys = StaticKeys::of_kind(encryption.kind, &encryption.value, &mac.value, &data.value);
            keys.ok().map(|keys| (found, keys))
        })
    }

    /// Whether a set is there.
    pub(crate) fn has_set(&self) -> bool {
        self.set(0).is_some()
    }

    /// Sessions that a version has opened.
    pub(crate) fn sequence(&self, version: u8) -> u32 {
        let counter = self.counters.iter().find(|counter| counter.version == version);
        counter.map_or(0, |counter| counter.sessions)
    }

    /// Counts a session of a version and gives its number; `None` once there were as many as `most`.
    pub(crate) fn next_sequence(&mut self, version: u8, most: u32) -> Option<u32> {
        let next = self.sequence(version).checked_add(1).filter(|next| *next <= most)?;
        self.set_sequence(version, next);
        Some(next)
    }

    fn set_sequence(&mut self, version: u8, sessions: u32) {
        match self.counters.iter_mut().find(|counter| counter.version == version) {
            Some(counter) => counter.sessions = sessions,
            None => self.counters.push(Counter { version, sessions }),
        }
    }

    fn key(&self, identifier: u8, version: u8) -> Option<&Key> {
        self.keys.iter().find(|key| key.identifier == identifier && key.version == version)
    }

    /// Identifier, version, type and length of each key, as GET DATA tells them (11.3.3.1).
    pub(super) fn information(&self) -> impl Iterator<Item = [u8; 4]> {
        self.keys.iter().map(|key| {
            let length = u8::try_from(key.value.len()).unwrap_or_default();
            [key.identifier, key.version, type_of(key.kind), length]
        })
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let count = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
        out.push(count(self.keys.len()));
        for key in &self.keys {
            out.extend_from_slice(&[key.identifier, key.version, type_of(key.kind), count(key.value.len())]);
            out.extend_from_slice(&key.value);
        }
        out.push(count(self.counters.len()));
        for counter in &self.counters {
            out.push(counter.version);
            out.extend_from_slice(&counter.sessions.to_be_bytes());
        }
    }

    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, TlvError> {
        let mut store = Self::default();
        for _ in 0..reader.byte()? {
            let left = reader.rest().len();
            let (identifier, version, kind) = (reader.byte()?, reader.byte()?, reader.byte()?);
            let kind = kind_of(kind).ok_or(TlvError { left })?;
            let value = Zeroizing::new(reader.field()?.to_vec());
            store.keys.push(Key { identifier, version, kind, value });
        }
        for _ in 0..reader.byte()? {
            let version = reader.byte()?;
            let left = reader.rest().len();
            let sessions = reader.take(4)?.try_into().map_err(|_| TlvError { left })?;
            store.counters.push(Counter { version, sessions: u32::from_be_bytes(sessions) });
        }
        Ok(store)
    }

    /// PUT KEY: `replaced` is P1, the version whose keys give way, 0 to add keys; `first` is P2, the identifier of the first
    /// key, with bit 8 when more follow. Gives the version and the check values, which the sender compares.
    pub(super) fn put(
        &mut self,
        replaced: u8,
        first: u8,
        data: &[u8],
        channel: &Channel,
    ) -> Result<Vec<u8>, StatusWord> {
        let mut reader = Reader::new(data);
        let version = reader.byte().map_err(wrong)?;
        let (several, first) = (first & 0x80 != 0, first & 0x7F);
        if !(1..=0x7F).contains(&version) {
            return Err(StatusWord::WRONG_DATA);
        }
        let mut checks = Vec::from([version]);
        let mut fresh = Vec::new();
        while !reader.is_empty() {
            let Sent { kind, value, check } = one_key(&mut reader, channel)?;
            checks.extend_from_slice(&check);
            let identifier = u8::try_from(fresh.len()).ok().and_then(|index| first.checked_add(index));
            let identifier = identifier.filter(|identifier| *identifier <= 0x7F);
            let identifier = identifier.ok_or(StatusWord::WRONG_DATA)?;
            fresh.push(Key { identifier, version, kind, value });
        }
        if fresh.is_empty() || (fresh.len() > 1 && !several) {
            return Err(StatusWord::WRONG_DATA);
        }
        self.insert(replaced, fresh)?;
        Ok(checks)
    }

    /// Puts keys of one version in the place of those with the same identifiers and the version `replaced`.
    fn insert(&mut self, replaced: u8, fresh: Vec<Key>) -> Result<(), StatusWord> {
        let mut after = self.clone();
        let Some(version) = fresh.first().map(|key| key.version) else { return Ok(()) };
        let whole = SET.iter().all(|identifier| fresh.iter().any(|key| key.identifier == *identifier));
        for key in fresh {
            let taken = self.key(key.identifier, version).is_some() && version != replaced;
            if taken {
                return Err(StatusWord::WRONG_DATA);
            }
            if replaced == 0 {
                after.keys.push(key);
                continue;
            }
            let is_old = |old: &&mut Key| old.identifier == key.identifier && old.version == replaced;
            let old = after.keys.iter_mut().find(is_old);
            *old.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)? = key;
        }
        if whole && after.set(version).is_some() {
            after.keys.retain(|key| key.version != INITIAL);
        }
        if after.keys.len() > DOMAIN_KEYS {
            return Err(StatusWord::NO_MEMORY);
        }
        // A counter starts anew only when no key is left that was used with it.
        if whole {
            after.set_sequence(version, 0);
        }
        after.forget_counters();
        *self = after;
        Ok(())
    }

    /// Deletes keys; whether there were any.
    pub(super) fn delete(&mut self, name: KeyName) -> bool {
        let before = self.keys.len();
        self.keys.retain(|key| !name.means(key));
        self.forget_counters();
        self.keys.len() != before
    }

    fn forget_counters(&mut self) {
        let Self { keys, counters } = self;
        counters.retain(|counter| keys.iter().any(|key| key.version == counter.version));
    }
}

fn wrong(_: TlvError) -> StatusWord {
    StatusWord::WRONG_DATA
}

/// A key as it came, and the check value to answer with: none when the sender left it out.
struct Sent {
    kind: KeyKind,
    value: Zeroizing<Vec<u8>>,
    check: Vec<u8>,
}

/// One key of PUT KEY (11.8.2.3.1): type, length, the key under the session's DEK, length and check value. A key of AES has
/// its own length before it, because padding may follow (Amendment D, 7.2); one of triple DES may have it.
fn one_key(reader: &mut Reader<'_>, channel: &Channel) -> Result<Sent, StatusWord> {
    let kind = kind_of(reader.byte().map_err(wrong)?).ok_or(StatusWord::ALGORITHM_NOT_SUPPORTED)?;
    let block = reader.field().map_err(wrong)?;
    let (length, covered) = match (kind, block) {
        (KeyKind::TripleDes, covered) if covered.len().is_multiple_of(DES_BLOCK) => (covered.len(), covered),
        (KeyKind::TripleDes | KeyKind::Aes, [length, covered @ ..]) => (usize::from(*length), covered),
        (KeyKind::TripleDes | KeyKind::Aes, []) => return Err(StatusWord::WRONG_DATA),
    };
    if !kind.takes(length) || length > covered.len() {
        return Err(StatusWord::WRONG_DATA);
    }
    let mut key = Zeroizing::new(covered.to_vec());
    channel.decrypt_sensitive(&mut key).map_err(|_| StatusWord::WRONG_DATA)?;
    key.truncate(length);
    let check = kind.check_value(&key).ok_or(StatusWord::WRONG_DATA)?;
    let check = match reader.field().map_err(wrong)? {
        [] => Vec::new(),
        sent if bool::from(sent.ct_eq(&check)) => check.to_vec(),
        _ => return Err(StatusWord::WRONG_CHECK_VALUE),
    };
    Ok(Sent { kind, value: key, check })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> KeyStore {
        KeyStore::with_set(1, &StaticKeys::new(&[1; 16], &[2; 16], &[3; 16]).unwrap())
    }

    fn key(identifier: u8, version: u8, kind: KeyKind) -> Key {
        Key { identifier, version, kind, value: Zeroizing::new([9; 16].to_vec()) }
    }

    #[test]
    fn a_store_comes_back_from_its_bytes() {
        let mut store = store();
        store.next_sequence(1, 100).unwrap();
        store.insert(0, Vec::from([key(1, 0x70, KeyKind::TripleDes)])).unwrap();
        let mut bytes = Vec::new();
        store.encode(&mut bytes);
        let again = KeyStore::decode(&mut Reader::new(&bytes)).unwrap();
        let mut encoded = Vec::new();
        again.encode(&mut encoded);
        assert_eq!(encoded, bytes);
        assert_eq!((again.sequence(1), again.sequence(2)), (1, 0));
        for cut in 0..bytes.len() {
            assert!(KeyStore::decode(&mut Reader::new(&bytes[..cut])).is_err());
        }
    }

    #[test]
    fn a_counter_starts_anew_only_with_a_whole_new_set() {
        let mut store = store();
        assert_eq!(store.next_sequence(1, 2), Some(1));
        store.insert(1, Vec::from([key(3, 1, KeyKind::Aes)])).unwrap();
        assert_eq!(store.next_sequence(1, 2), Some(2));
        assert_eq!(store.next_sequence(1, 2), None);
        store.insert(1, (1..=3).map(|identifier| key(identifier, 1, KeyKind::Aes)).collect()).unwrap();
        assert_eq!(store.next_sequence(1, 2), Some(1));
    }

    #[test]
    fn initial_keys_end_with_the_first_others() {
        let mut store = KeyStore::with_set(INITIAL, &StaticKeys::new(&[1; 16], &[2; 16], &[3; 16]).unwrap());
        store.insert(0, Vec::from([key(1, 0x70, KeyKind::Aes)])).unwrap();
        assert!(store.set(INITIAL).is_some(), "a single key is no set");
        store.insert(0, (1..=3).map(|identifier| key(identifier, 1, KeyKind::Aes)).collect()).unwrap();
        assert!(store.set(INITIAL).is_none());
        assert_eq!(store.set(0).map(|(version, _)| version), Some(1));
    }

    #[test]
    fn a_set_is_three_keys_of_one_kind() {
        let mut store = KeyStore::default();
        assert!(!store.has_set());
        store.insert(0, (1..=3).map(|identifier| key(identifier, 5, KeyKind::TripleDes)).collect()).unwrap();
        assert!(store.has_set());
        store.insert(5, Vec::from([key(2, 5, KeyKind::Aes)])).unwrap();
        assert!(!store.has_set());
        let taken = store.insert(0, Vec::from([key(2, 5, KeyKind::Aes)]));
        assert_eq!(taken, Err(StatusWord::WRONG_DATA));
        let unknown = store.insert(6, Vec::from([key(2, 6, KeyKind::Aes)]));
        assert_eq!(unknown, Err(StatusWord::REFERENCED_DATA_NOT_FOUND));
        assert!(store.delete(KeyName { identifier: None, version: Some(5) }));
        assert!(!store.delete(KeyName { identifier: Some(1), version: Some(5) }));
    }
}
