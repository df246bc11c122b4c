//! Arithmetic on shorts and ints (JCVM 7.5: `sadd` to `sxor`, `iadd` to `ixor`, conversions, comparisons).
//!
//! All of it wraps; shift distances are taken modulo 32, as shorts are computed with as ints and then cut to size.

use core::cmp::Ordering;

use crate::known;
use crate::package::code::Condition;
use crate::stop::Stop;

/// `sdiv`, `srem`: quotient and remainder, rounding towards zero.
pub(super) fn div_rem(left: i16, right: i16) -> Result<(i16, i16), Stop> {
    if right == 0 {
        return Err(Stop::throw(known::ARITHMETIC));
    }
    Ok((left.wrapping_div(right), left.wrapping_rem(right)))
}

/// `idiv`, `irem`.
pub(super) fn div_rem_int(left: i32, right: i32) -> Result<(i32, i32), Stop> {
    if right == 0 {
        return Err(Stop::throw(known::ARITHMETIC));
    }
    Ok((left.wrapping_div(right), left.wrapping_rem(right)))
}

/// `sshl`
pub(super) fn shl(left: i16, right: i16) -> i16 {
    i32::from(left).wrapping_shl(u32::from(right.cast_unsigned())) as i16
}

/// `sshr`
pub(super) fn shr(left: i16, right: i16) -> i16 {
    i32::from(left).wrapping_shr(u32::from(right.cast_unsigned())) as i16
}

/// `sushr`: the short is extended by its sign before it is shifted.
pub(super) fn ushr(left: i16, right: i16) -> i16 {
    i32::from(left).cast_unsigned().wrapping_shr(u32::from(right.cast_unsigned())) as i16
}

/// `ishl`
pub(super) fn shl_int(left: i32, right: i32) -> i32 {
    left.wrapping_shl(right.cast_unsigned())
}

/// `ishr`
pub(super) fn shr_int(left: i32, right: i32) -> i32 {
    left.wrapping_shr(right.cast_unsigned())
}

/// `iushr`
pub(super) fn ushr_int(left: i32, right: i32) -> i32 {
    left.cast_unsigned().wrapping_shr(right.cast_unsigned()).cast_signed()
}

/// `icmp`
pub(super) fn compare(left: i32, right: i32) -> i16 {
    match left.cmp(&right) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}

/// Whether a condition holds between two words.
#[inline(always)]
pub(super) fn holds(condition: Condition, left: i16, right: i16) -> bool {
    match condition {
        Condition::Eq => left == right,
        Condition::Ne => left != right,
        Condition::Lt => left < right,
        Condition::Ge => left >= right,
        Condition::Gt => left > right,
        Condition::Le => left <= right,
    }
}
