//! RSA signatures that hold part of their message (ISO/IEC 9796-2), with and without `SignatureMessageRecovery`.
//!
//! The front of the message, as much as the modulus has room for, is kept until the end; the digest runs over all of it in
//! scheme 1, over the rest in schemes 2 and 3.

use alloc::vec::Vec;

use card_vm::heap::Atomicity;
use card_vm::{Args, Ref, Stop, Value};

use super::methods::Method;
use super::{KEY, SIGN, VERIFY, absorb, method, require_mode};
use crate::crypto::rsa::iso9796::{Opened, RecoveryFormat, RecoveryScheme};
use crate::crypto::{Hasher, Secret};
use crate::limits::{CURVE_COST, POWER_COST};
use crate::natives::call::Call;
use crate::natives::keys::Crypto;
use crate::natives::session::Session;

/// A message under way.
pub(crate) struct Recoverable {
    format: RecoveryFormat,
    /// Bytes of a message that a signature holds.
    room: usize,
    front: Secret,
    more: bool,
    hasher: Hasher,
    /// What `beginVerify` found in the signature.
    opened: Option<Opened>,
}

impl Recoverable {
    pub(super) fn update(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let taken = bytes.len().min(self.room.saturating_sub(self.front.len()));
        let (front, rest) = bytes.split_at_checked(taken).unwrap_or((bytes, &[]));
        self.front.extend_from_slice(front);
        self.more |= !rest.is_empty();
        if self.format.scheme == RecoveryScheme::One {
            self.hasher.update(front);
        }
        self.hasher.update(rest);
        Ok(())
    }
}

fn bits(call: &mut Call<'_, '_>, object: Ref) -> Result<usize, Stop> {
    let key = call.hidden(object, KEY)?;
    Ok(usize::try_from(call.key_bits(key)?).unwrap_or(0))
}

pub(super) fn started(
    call: &mut Call<'_, '_>,
    object: Ref,
    format: RecoveryFormat,
) -> Result<Recoverable, Stop> {
    let room = format.capacity(bits(call, object)?).map_err(|_| Crypto::IllegalUse)?;
    Ok(Recoverable {
        format,
        room,
        front: Secret::default(),
        more: false,
        hasher: Hasher::new(format.hash),
        opened: None,
    })
}

/// The signature, and how many bytes of the message it holds.
pub(super) fn signed(
    call: &mut Call<'_, '_>,
    object: Ref,
    work: Recoverable,
) -> Result<(Vec<u8>, usize), Stop> {
    let bits = bits(call, object)?;
    let key = call.hidden(object, KEY)?;
    let key = call.rsa_private(key)?;
    let (_, random) = call.arithmetic(POWER_COST);
    let digest = work.hasher.finish();
    let encoded = work
        .format
        .encode(bits, &work.front, work.more, digest.as_ref(), random)
        .map_err(|_| Crypto::IllegalUse)?;
    let signature = key.apply(&encoded, random).map_err(|_| Crypto::IllegalUse)?;
    Ok((signature.to_vec(), work.front.len()))
}

fn opened(
    call: &mut Call<'_, '_>,
    object: Ref,
    format: RecoveryFormat,
    signature: &[u8],
) -> Result<Option<Opened>, Stop> {
    let key = call.hidden(object, KEY)?;
    let key = call.rsa_public(key)?;
    call.vm.charge(CURVE_COST);
    Ok(key.apply(signature).ok().and_then(|encoded| format.open(&encoded).ok()))
}

/// Verification with the whole message given.
pub(super) fn verified(
    call: &mut Call<'_, '_>,
    object: Ref,
    work: Recoverable,
    signature: &[u8],
) -> Result<bool, Stop> {
    let Some(opened) = opened(call, object, work.format, signature)? else { return Ok(false) };
    let same = opened.message == **work.front && opened.more.is_none_or(|more| more == work.more);
    Ok(same && work.format.accepts(&opened, work.hasher.finish().as_ref()))
}

/// `sign` with recovery: the number of bytes held goes into an array of shorts.
pub(super) fn sign(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    require_mode(call, object, SIGN)?;
    let Session::Recovery(work) = absorb(call, args)? else { return Err(Crypto::InvalidInit.into()) };
    let (signature, held) = signed(call, object, work)?;
    let held = i16::try_from(held).unwrap_or(i16::MAX);
    call.vm.caller().store_short(args.reference(6), args.short(7), held)?;
    call.give(args.reference(4), args.short(5), &signature)
}

/// Takes the signature apart and puts the message's front in its place. What is no signature is an illegal use.
pub(super) fn begin_verify(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    require_mode(call, object, VERIFY)?;
    let Method::Recovery(format, _) = method(call, object)? else {
        return Err(Crypto::InvalidInit.into());
    };
    let signature = call.vm.caller().bytes(args.reference(1), args.short(2), args.short(3))?.to_vec();
    let opened = opened(call, object, format, &signature)?.ok_or(Crypto::IllegalUse)?;
    let mut work = started(call, object, format)?;
    // All that follows is the message's rest.
    work.room = 0;
    if format.scheme == RecoveryScheme::One {
        work.hasher.update(&opened.message);
    }
    let message = opened.message.clone();
    work.opened = Some(opened);
    call.vm.caller().write(args.reference(1), args.short(2), &message, Atomicity::Transactional)?;
    call.runtime().sessions.put(object, Session::Recovery(work));
    Ok(Value::Short(i16::try_from(message.len()).unwrap_or(i16::MAX)))
}

/// Ends what `beginVerify` began, with the rest of the message.
pub(super) fn verify(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    require_mode(call, object, VERIFY)?;
    let Session::Recovery(work) = absorb(call, args)? else { return Err(Crypto::InvalidInit.into()) };
    let opened = work.opened.ok_or(Crypto::IllegalUse)?;
    let rest = opened.more.is_none_or(|more| more == work.more);
    Ok((rest && work.format.accepts(&opened, work.hasher.finish().as_ref())).into())
}
