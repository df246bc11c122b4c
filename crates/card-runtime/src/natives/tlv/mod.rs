//! `javacardx.framework.tlv`: BER tags and TLVs, as objects and as bytes in arrays.
//!
//! A TLV object refers to its tag object and to its content: a byte array, or the TLVs that it consists of. Both may be
//! the applet's own objects, which it can go on changing, so sizes are computed when they are asked for. Objects grow as
//! they are filled; what they outgrow is left to object deletion. TLVs stand in one another no deeper than
//! [`crate::limits::TLV_DEPTH`], else `ILLEGAL_SIZE`.
//!
//! In an array, a head that runs off the end of the array is an `ArrayIndexOutOfBoundsException`, and a value that does is a
//! malformed TLV.

pub(super) mod arrays;
pub(super) mod constructed;
mod format;
pub(super) mod object;
pub(super) mod primitive;
pub(super) mod tag;

use card_vm::{Ref, Stop};

use super::call::Call;
use super::names;
use crate::limits::BYTES_PER_CALL;

/// `TLVException`'s reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Misuse {
    InvalidParam = 1,
    IllegalSize = 2,
    EmptyTag = 3,
    EmptyTlv = 4,
    MalformedTag = 5,
    MalformedTlv = 6,
    InsufficientStorage = 7,
    TagNumberGreaterThan32767 = 9,
    TlvSizeGreaterThan32767 = 10,
    TlvLengthGreaterThan32767 = 11,
}

impl From<Misuse> for Stop {
    fn from(misuse: Misuse) -> Self {
        Stop::throw_reason(names::TLV_EXCEPTION, misuse as i16)
    }
}

/// All bytes of an array that the caller passed, from an offset on.
fn rest<'a>(call: &'a mut Call<'_, '_>, array: Ref, offset: i16) -> Result<&'a [u8], Stop> {
    let length = call.vm.caller().length(array)?;
    let rest = i16::try_from(i32::from(length) - i32::from(offset)).unwrap_or(-1);
    call.vm.charge(u64::try_from(rest).unwrap_or(0) / 16 / BYTES_PER_CALL);
    call.vm.caller().bytes(array, offset, rest)
}
