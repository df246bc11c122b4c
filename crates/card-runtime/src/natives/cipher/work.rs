//! A secret-key cipher at work: its key, and what it has of the present message. One family a file; all have the same shape.
//!
//! Data go through a vector: [`Work::held`] puts in front what came before and did not come out yet, the caller adds what is
//! new, and [`Work::update`] or [`Work::finish`] turns it into the output. A message that ends, well or not, leaves the state
//! after `init` with a key alone: the key stays, initial values are zero (`Cipher.doFinal`).

use alloc::vec::Vec;

use super::aead::{CcmWork, GcmWork};
use super::blocks::Blocks;
use super::methods::Method;
use super::streams::{Stream, Unit};
use crate::crypto::{AesKey, BLOCK, Direction};
use crate::natives::keys::Crypto;

/// One of the families at work.
pub(crate) enum Work {
    /// ECB and CBC.
    Blocks(Blocks),
    /// Counter mode and cipher feedback.
    Stream(Stream),
    /// XTS.
    Unit(Unit),
    /// GCM.
    Gcm(GcmWork),
    /// CCM.
    Ccm(CcmWork),
}

impl Work {
    /// Schedules a key; initial values are zero.
    pub(super) fn new(method: Method, key: &[u8]) -> Result<Self, Crypto> {
        let aes = || AesKey::new(key).map_err(|_| Crypto::UninitializedKey);
        Ok(match method {
            Method::Blocks(family, chaining, padding) => {
                Self::Blocks(Blocks::new(family, chaining, padding, key)?)
            }
            Method::Counter => Self::Stream(Stream::counter(aes()?)),
            Method::Feedback => Self::Stream(Stream::feedback(aes()?)),
            Method::Xts => Self::Unit(Unit::new(key)?),
            Method::Gcm => Self::Gcm(GcmWork::new(aes()?)),
            Method::Ccm => Self::Ccm(CcmWork::new(aes()?)),
            Method::Asymmetric(_) => return Err(Crypto::IllegalUse),
        })
    }

    /// Sets an initial vector before a message.
    pub(super) fn begin(&mut self, vector: &[u8]) -> Result<(), Crypto> {
        match self {
            Self::Blocks(work) => work.begin(vector),
            Self::Stream(work) => work.begin(of_block(vector)?),
            Self::Unit(work) => work.begin(of_block(vector)?),
            Self::Gcm(work) => work.begin(vector),
            Self::Ccm(_) => Err(Crypto::InvalidInit),
        }
    }

    /// Puts out what is held back of the message so far.
    pub(super) fn held(&mut self, data: &mut Vec<u8>) {
        match self {
            Self::Blocks(work) => work.held(data),
            Self::Unit(work) => work.held(data),
            Self::Stream(_) | Self::Gcm(_) | Self::Ccm(_) => {}
        }
    }

    /// Turns what came into what can come out, and holds the rest back.
    pub(super) fn update(&mut self, direction: Direction, data: &mut Vec<u8>) -> Result<(), Crypto> {
        match self {
            Self::Blocks(work) => work.update(direction, data),
            Self::Stream(work) => work.update(direction, data),
            Self::Unit(work) => work.update(direction, data),
            Self::Gcm(work) => work.update(direction, data),
            Self::Ccm(work) => work.update(direction, data),
        }
    }

    /// The same with the end of the message.
    pub(super) fn finish(&mut self, direction: Direction, data: &mut Vec<u8>) -> Result<(), Crypto> {
        match self {
            Self::Blocks(work) => work.finish(direction, data),
            Self::Stream(work) => work.finish(direction, data),
            Self::Unit(work) => work.finish(direction, data),
            Self::Gcm(work) => work.finish(direction, data),
            Self::Ccm(work) => work.finish(direction, data),
        }
    }
}

fn of_block(vector: &[u8]) -> Result<[u8; BLOCK], Crypto> {
    vector.try_into().map_err(|_| Crypto::IllegalValue)
}

/// The end of a message that waits for more: up to two blocks. Wiped when dropped.
#[derive(Default, zeroize::ZeroizeOnDrop)]
pub(super) struct Rest {
    bytes: [u8; 2 * BLOCK],
    length: usize,
}

impl Rest {
    /// Moves all of it behind `data`.
    pub(super) fn take(&mut self, data: &mut Vec<u8>) {
        data.extend_from_slice(self.bytes.get(..self.length).unwrap_or_default());
        self.length = 0;
    }

    /// Keeps what is in `data` from `at` on, and takes it away there.
    pub(super) fn keep(&mut self, data: &mut Vec<u8>, at: usize) {
        let kept = data.get(at..).unwrap_or_default();
        self.bytes.iter_mut().zip(kept).for_each(|(to, from)| *to = *from);
        self.length = kept.len();
        data.truncate(at);
    }

    pub(super) fn clear(&mut self) {
        self.length = 0;
    }
}
