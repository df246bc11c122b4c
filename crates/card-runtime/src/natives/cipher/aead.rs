//! `javacardx.crypto.AEADCipher`: AES in GCM and CCM.
//!
//! The tag is there between `doFinal` and the next call that has to do with a message. After `doFinal` the initial values are
//! zero: GCM waits for a message under a vector of zeros, CCM for one without nonce, data and tag. Neither is of use.

use card_vm::{Args, Ref, Stop, Value};
use subtle::ConstantTimeEq;

use super::methods::Method;
use super::work::Work;
use super::{DECRYPT, ENCRYPT, MODE};
use crate::crypto::{AeadError, AesKey, BLOCK, Ccm, CcmLengths, Direction, Gcm};
use crate::natives::call::Call;
use crate::natives::keys::Crypto;
use crate::natives::session::Session;
use crate::natives::table::{Row, row};

const AEAD: &[&str] = &["javacardx/crypto/AEADCipher"];

pub(in crate::natives) const ROWS: &[Row] = &[
    row(AEAD, "init", "(Ljavacard/security/Key;B[BSSSSS)V", init_announced),
    row(AEAD, "updateAAD", "([BSS)V", associate),
    row(AEAD, "retrieveTag", "([BSS)S", retrieve),
    row(AEAD, "verifyTag", "([BSSS)Z", verify),
];

/// The tag of the message that ended last.
type Tag = Option<[u8; BLOCK]>;

/// GCM at work.
pub(crate) struct GcmWork {
    gcm: Gcm,
    tag: Tag,
}

impl GcmWork {
    pub(super) fn new(key: AesKey) -> Self {
        Self { gcm: Gcm::new(key), tag: None }
    }

    pub(super) fn begin(&mut self, vector: &[u8]) -> Result<(), Crypto> {
        self.tag = None;
        self.gcm.begin(vector).map_err(|_| Crypto::IllegalValue)
    }

    pub(super) fn update(&mut self, direction: Direction, data: &mut [u8]) -> Result<(), Crypto> {
        self.tag = None;
        self.gcm.apply(direction, data).map_err(|_| Crypto::IllegalUse)
    }

    pub(super) fn finish(&mut self, direction: Direction, data: &mut [u8]) -> Result<(), Crypto> {
        self.update(direction, data)?;
        self.tag = Some(self.gcm.finish());
        Ok(())
    }
}

/// CCM at work; without a message before `init` announces one.
pub(crate) struct CcmWork {
    key: AesKey,
    ccm: Option<Ccm>,
    tag: Tag,
    tag_length: usize,
}

impl CcmWork {
    pub(super) fn new(key: AesKey) -> Self {
        Self { key, ccm: None, tag: None, tag_length: 0 }
    }

    fn announce(&mut self, nonce: &[u8], lengths: CcmLengths) -> Result<(), Crypto> {
        self.ccm = Some(Ccm::new(self.key.clone(), nonce, lengths).map_err(|_| Crypto::IllegalValue)?);
        (self.tag, self.tag_length) = (None, lengths.tag);
        Ok(())
    }

    pub(super) fn update(&mut self, direction: Direction, data: &mut [u8]) -> Result<(), Crypto> {
        self.tag = None;
        match &mut self.ccm {
            Some(ccm) => ccm.apply(direction, data).map_err(|_| Crypto::IllegalUse),
            None if data.is_empty() => Ok(()),
            None => Err(Crypto::IllegalUse),
        }
    }

    pub(super) fn finish(&mut self, direction: Direction, data: &mut [u8]) -> Result<(), Crypto> {
        self.update(direction, data)?;
        match self.ccm.take() {
            Some(mut ccm) => self.tag = Some(ccm.finish().map_err(|_| Crypto::IllegalUse)?),
            None => (self.tag, self.tag_length) = (Some([0; BLOCK]), 0),
        }
        Ok(())
    }
}

/// `init` with all lengths, for CCM alone.
fn init_announced(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    match super::method(call, object)? {
        Method::Ccm => {}
        Method::Gcm
        | Method::Blocks(..)
        | Method::Counter
        | Method::Feedback
        | Method::Xts
        | Method::Asymmetric(_) => return Err(Crypto::InvalidInit.into()),
    }
    let length = |at| usize::try_from(args.short(at)).map_err(|_| Crypto::IllegalValue);
    let lengths = CcmLengths { associated: length(6)?, data: length(7)?, tag: length(8)? };
    let nonce = call.vm.caller().bytes(args.reference(3), args.short(4), args.short(5))?.to_vec();
    let mut work = super::prepared(call, args)?;
    if let Work::Ccm(ccm) = &mut *work {
        ccm.announce(&nonce, lengths)?;
    }
    super::started(call, args, work)
}

/// The work under way of an initialised object; a key that was cleared ends it.
fn at_work(call: &mut Call<'_, '_>, object: Ref) -> Result<alloc::boxed::Box<Work>, Stop> {
    super::under_way(call, object)
}

fn associate(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    if call.word(object, MODE)? == 0 {
        return Err(Crypto::IllegalUse.into());
    }
    let mut work = at_work(call, object)?;
    let given = call.worked_on(args, 1)?;
    match &mut *work {
        Work::Gcm(work) => {
            work.tag = None;
            work.gcm.associate(given).map_err(|_| Crypto::IllegalUse)?;
        }
        Work::Ccm(work) => {
            work.tag = None;
            match &mut work.ccm {
                Some(ccm) => ccm.associate(given).map_err(|error| match error {
                    AeadError::Order => Crypto::IllegalUse,
                    AeadError::Length(_) => Crypto::IllegalValue,
                })?,
                None if given.is_empty() => {}
                None => return Err(Crypto::IllegalValue.into()),
            }
        }
        Work::Blocks(_) | Work::Stream(_) | Work::Unit(_) => return Err(Crypto::IllegalUse.into()),
    }
    call.runtime().sessions.put(object, Session::Cipher(work));
    Ok(Value::Void)
}

/// The tag of a message that ended in a mode, if it has so many bytes.
fn tag(call: &mut Call<'_, '_>, object: Ref, mode: i16, length: i16) -> Result<[u8; BLOCK], Stop> {
    if call.word(object, MODE)? != mode {
        return Err(Crypto::IllegalUse.into());
    }
    let Some(Session::Cipher(work)) = call.runtime().sessions.get(object) else {
        return Err(Crypto::IllegalUse.into());
    };
    let length = usize::try_from(length).map_err(|_| Crypto::IllegalValue)?;
    let (tag, fits) = match &**work {
        // SP 800-38D, 5.2.1.2.
        Work::Gcm(work) => (work.tag, matches!(length, 4 | 8 | 12..=16)),
        Work::Ccm(work) => (work.tag, length == work.tag_length && length > 0),
        Work::Blocks(_) | Work::Stream(_) | Work::Unit(_) => (None, false),
    };
    let tag = tag.ok_or(Crypto::IllegalUse)?;
    if fits { Ok(tag) } else { Err(Crypto::IllegalValue.into()) }
}

fn retrieve(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let tag = tag(call, args.reference(0), ENCRYPT, args.short(3))?;
    let length = usize::try_from(args.short(3)).unwrap_or(0);
    call.give(args.reference(1), args.short(2), tag.get(..length).unwrap_or_default())
}

/// Compares as many bytes as are required; a tag with fewer is wrong.
fn verify(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let tag = tag(call, args.reference(0), DECRYPT, args.short(4))?;
    let given = call.vm.caller().bytes(args.reference(1), args.short(2), args.short(3))?;
    let required = usize::try_from(args.short(4)).unwrap_or(BLOCK);
    let right = match (tag.get(..required), given.get(..required)) {
        (Some(tag), Some(given)) => bool::from(tag.ct_eq(given)),
        (_, _) => false,
    };
    Ok(right.into())
}
