//! What digests, signatures and ciphers remember between calls, until the card is reset.
//!
//! A digest under way does not belong into persistent memory and is too large for words, so it is kept beside the
//! heap, by the object's handle. An entry that outlives its object is replaced when the handle is given out again,
//! because making or initialising such an object removes it.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use card_vm::{Machine, Ref};
use zeroize::Zeroizing;

use super::call::{Call, Os};
use super::cipher::Work;
use super::derivation::Derived;
use super::signature::Recoverable;
use crate::crypto::{Drbg, Hasher, Mac};

/// Where ciphers and signatures keep their key among their hidden references.
pub(super) const KEY: u16 = 0;

/// One object's work under way.
pub(crate) enum Session {
    /// A digest, of a `MessageDigest` or before an ECDSA signature.
    Hash(Hasher),
    /// A MAC.
    Mac(Box<Mac>),
    /// A cipher with a secret key.
    Cipher(Box<Work>),
    /// A message that is signed, or encrypted, as a whole.
    Message {
        /// What it is signed under.
        context: Vec<u8>,
        /// All of it so far.
        bytes: Zeroizing<Vec<u8>>,
    },
    /// A signature that holds part of its message.
    Recovery(Recoverable),
    /// What neither signs nor encrypts.
    Stream(Stream),
}

/// Generators and checksums.
pub(crate) enum Stream {
    /// The checksum so far.
    Checksum(u32),
    /// A generator of random numbers.
    Random(Box<Drbg>),
    /// Bytes derived from a secret.
    Derivation(Box<Derived>),
}

/// All work under way on one card. The place of an object stays when its work is taken out: each command takes it and puts it
/// back, and moving all of the table's places costs more than a short message.
#[derive(Default)]
pub(crate) struct Sessions(BTreeMap<Ref, Option<Session>>);

/// Space for one message, kept between commands so that none is allocated for each. Wiped when dropped; whoever has used
/// it wipes it as well.
#[derive(Default)]
pub(crate) struct Scratch(Zeroizing<Vec<u8>>);

impl Scratch {
    /// The space, empty at first.
    pub(crate) fn space(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }

    /// Overwrites what was put there and makes it empty.
    pub(crate) fn wipe(&mut self) {
        self.0.fill(0);
        self.0.clear();
    }
}

impl Sessions {
    /// Takes an object's work out, if any is under way.
    pub(crate) fn take(&mut self, object: Ref) -> Option<Session> {
        self.0.get_mut(&object)?.take()
    }

    /// An object's work, left where it is.
    pub(crate) fn get(&self, object: Ref) -> Option<&Session> {
        self.0.get(&object)?.as_ref()
    }

    /// The objects whose work holds a secret key's schedule.
    fn keyed(&self) -> Vec<Ref> {
        let is_keyed =
            |session: &Option<Session>| matches!(session, Some(Session::Cipher(_) | Session::Mac(_)));
        self.0.iter().filter(|(_, session)| is_keyed(session)).map(|(object, _)| *object).collect()
    }

    /// Puts an object's work back.
    pub(crate) fn put(&mut self, object: Ref, session: Session) {
        self.0.insert(object, Some(session));
    }

    /// Forgets the work of objects that are no more.
    pub(crate) fn retain(&mut self, mut is_there: impl FnMut(Ref) -> bool) {
        self.0.retain(|object, _| is_there(*object));
    }

    /// Forgets all: the card was reset.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Wipes the schedules of keys that an event has cleared: their objects' keys are uninitialised (`Cipher`, `Signature`).
pub(crate) fn forget_cleared_keys(vm: &mut Machine, os: &mut Os<'_>) {
    let mut call = Call { vm, os };
    for object in call.runtime().sessions.keyed() {
        let key = call.hidden(object, KEY);
        if !matches!(key.and_then(|key| call.is_initialized(key)), Ok(true)) {
            call.runtime().sessions.take(object);
        }
    }
}
