//! `javacardx.framework.util.ArrayLogic`: arrays of any primitive kind.
//!
//! Elements are compared with their signs, but for bytes, which compare as `Util.arrayCompare` does. Booleans are
//! elements of a kind of their own: they are copied, filled and compared among themselves, and never packed.

use alloc::vec::Vec;

use card_vm::heap::{Access, Atomicity, Kind};
use card_vm::{Args, Ref, Stop, Value};

use super::call::Call;
use super::names;
use super::table::{Row, row};
use crate::limits::BYTES_PER_CALL;

const LOGIC: &[&str] = &["javacardx/framework/util/ArrayLogic"];

pub(super) const ROWS: &[Row] = &[
    row(LOGIC, "arrayCopyRepack", "(Ljava/lang/Object;SSLjava/lang/Object;S)S", copy),
    row(LOGIC, "arrayCopyRepackNonAtomic", "(Ljava/lang/Object;SSLjava/lang/Object;S)S", copy_non_atomic),
    row(LOGIC, "arrayFillGeneric", "(Ljava/lang/Object;SSLjava/lang/Object;S)S", fill),
    row(LOGIC, "arrayFillGenericNonAtomic", "(Ljava/lang/Object;SSLjava/lang/Object;S)S", fill_non_atomic),
    row(LOGIC, "arrayCompareGeneric", "(Ljava/lang/Object;SLjava/lang/Object;SS)B", compare),
    row(LOGIC, "arrayFindGeneric", "(Ljava/lang/Object;S[BS)S", find),
];

/// `UtilException`'s reasons.
#[derive(Clone, Copy)]
enum Misuse {
    IllegalValue = 1,
    TypeMismatched = 2,
}

impl From<Misuse> for Stop {
    fn from(misuse: Misuse) -> Self {
        Stop::throw_reason(names::UTIL_EXCEPTION, misuse as i16)
    }
}

/// What an array consists of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    Boolean,
    Byte,
    Short,
    Int,
}

impl Element {
    /// The elements of an array that the caller passed.
    fn of(call: &mut Call<'_, '_>, array: Ref) -> Result<Self, Stop> {
        match call.vm.caller().header(array, Access::Array)?.kind {
            Kind::Booleans => Ok(Self::Boolean),
            Kind::Bytes => Ok(Self::Byte),
            Kind::Shorts => Ok(Self::Short),
            Kind::Ints => Ok(Self::Int),
            Kind::Free | Kind::Instance | Kind::References => Err(Misuse::IllegalValue.into()),
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Boolean | Self::Byte => 1,
            Self::Short => 2,
            Self::Int => 4,
        }
    }

    /// An element of the bytes that it consists of, the highest first.
    fn join(self, bytes: &[u8]) -> i32 {
        let joined = bytes.iter().fold(0_u32, |value, byte| value << 8 | u32::from(*byte)).cast_signed();
        match self {
            Self::Boolean | Self::Byte => joined << 24 >> 24,
            Self::Short => joined << 16 >> 16,
            Self::Int => joined,
        }
    }

    /// The bytes of an element, the highest first.
    fn split(self, value: i32, to: &mut Vec<u8>) {
        let bytes = value.to_be_bytes();
        to.extend_from_slice(bytes.get(4 - self.bytes()..).unwrap_or_default());
    }

    /// A value as it compares with others of its kind.
    fn weight(self, value: i32) -> i32 {
        match self {
            Self::Boolean | Self::Byte => value & 0xFF,
            Self::Short | Self::Int => value,
        }
    }
}

/// What an offset after some elements is.
fn end(offset: i16, elements: usize) -> Value {
    Value::Short(offset.wrapping_add(i16::try_from(elements).unwrap_or(i16::MAX)))
}

/// The elements of part of an array that the caller passed, which are worked on.
fn elements(call: &mut Call<'_, '_>, array: Ref, offset: i16, length: i16) -> Result<Vec<i32>, Stop> {
    call.vm.charge(u64::try_from(length).unwrap_or(0) / BYTES_PER_CALL);
    call.vm.caller().elements(array, offset, length)
}

fn repack(call: &mut Call<'_, '_>, args: &Args, how: Atomicity) -> Result<Value, Stop> {
    let (source, target) = (args.reference(0), args.reference(3));
    let (from, to) = (Element::of(call, source)?, Element::of(call, target)?);
    if (from == Element::Boolean) != (to == Element::Boolean) {
        return Err(Misuse::IllegalValue.into());
    }
    let values = elements(call, source, args.short(1), args.short(2))?;
    let values = if from == to {
        values
    } else {
        let mut bytes = Vec::with_capacity(values.len() * from.bytes());
        values.iter().for_each(|value| from.split(*value, &mut bytes));
        if bytes.len() % to.bytes() != 0 {
            return Err(Misuse::IllegalValue.into());
        }
        bytes.chunks_exact(to.bytes()).map(|bytes| to.join(bytes)).collect()
    };
    call.vm.caller().set_elements(target, args.short(4), &values, how)?;
    Ok(end(args.short(4), values.len()))
}

fn copy(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    repack(call, args, Atomicity::Transactional)
}

fn copy_non_atomic(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    repack(call, args, Atomicity::NonAtomic)
}

fn fill_with(call: &mut Call<'_, '_>, args: &Args, how: Atomicity) -> Result<Value, Stop> {
    let (array, offset, length) = (args.reference(0), args.short(1), args.short(2));
    if Element::of(call, array)? != Element::of(call, args.reference(3))? {
        return Err(Misuse::TypeMismatched.into());
    }
    call.check_bounds(array, offset, length)?;
    let value = elements(call, args.reference(3), args.short(4), 1)?;
    let count = usize::try_from(length).unwrap_or(0);
    call.vm.charge(count as u64 / BYTES_PER_CALL);
    let values = value.repeat(count);
    call.vm.caller().set_elements(array, offset, &values, how)?;
    Ok(end(offset, count))
}

fn fill(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    fill_with(call, args, Atomicity::Transactional)
}

fn fill_non_atomic(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    fill_with(call, args, Atomicity::NonAtomic)
}

fn compare(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let element = Element::of(call, args.reference(0))?;
    if element != Element::of(call, args.reference(2))? {
        return Err(Misuse::TypeMismatched.into());
    }
    let length = args.short(4);
    let left = elements(call, args.reference(0), args.short(1), length)?;
    let right = elements(call, args.reference(2), args.short(3), length)?;
    // All are looked at, so that comparing a secret takes as long wherever the difference lies.
    let order = left.iter().zip(&right).fold(0_i16, |order, (left, right)| {
        let (left, right) = (element.weight(*left), element.weight(*right));
        let here = i16::from(left > right) - i16::from(left < right);
        if order == 0 { here } else { order }
    });
    Ok(Value::Short(order))
}

fn find(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (array, offset) = (args.reference(0), args.short(1));
    let element = Element::of(call, array)?;
    let length = call.vm.caller().length(array)?;
    let rest = i16::try_from(i32::from(length) - i32::from(offset)).unwrap_or(-1);
    let values = elements(call, array, offset, rest)?;
    let size = i16::try_from(element.bytes()).unwrap_or(1);
    let wanted = element.join(call.vm.caller().bytes(args.reference(2), args.short(3), size)?);
    let found = values.iter().position(|value| *value == wanted);
    Ok(found.map_or(Value::Short(-1), |index| end(offset, index)))
}
