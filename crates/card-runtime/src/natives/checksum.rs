//! `javacard.security.Checksum`: the two frame check sequences of ISO/IEC 13239 (4.2.5.2, 4.2.5.3; ISO 3309 before it).
//! Hidden words: the algorithm, and the value that the next checksum begins with, high word first.
//!
//! The value given to `init` is a checksum, that of what came before: 0 for nothing. So a checksum taken of a first part goes
//! on over the second, and with the default the result is the standard's.

use card_vm::heap::Atomicity;
use card_vm::{Args, Layout, Ref, Stop, Value};
use crc::{CRC_16_IBM_SDLC, CRC_32_ISO_HDLC, Crc, Table};

use super::call::Call;
use super::keys::Crypto;
use super::names;
use super::session::{Session, Stream};
use super::table::{Fields, Row, fields, row};

const CHECKSUM: &[&str] = &["javacard/security/Checksum"];
const ALGORITHM: u16 = 0;
const HIGH: u16 = 1;
const LOW: u16 = 2;

static CRC16: Crc<u16, Table<1>> = Crc::<u16, Table<1>>::new(&CRC_16_IBM_SDLC);
static CRC32: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

pub(super) const ROWS: &[Row] = &[
    row(CHECKSUM, "getInstance", "(BZ)Ljavacard/security/Checksum;", get_instance),
    row(CHECKSUM, "init", "([BSS)V", init),
    row(CHECKSUM, "update", "([BSS)V", update),
    row(CHECKSUM, "doFinal", "([BSS[BS)S", do_final),
    row(CHECKSUM, "getAlgorithm", "()B", algorithm),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacard/security/Checksum", Layout { references: 0, words: 3 })];

/// A `Checksum.ALG_*`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Crc16,
    Crc32,
}

impl Kind {
    fn of(algorithm: i16) -> Result<Self, Stop> {
        match algorithm {
            1 => Ok(Self::Crc16),
            2 => Ok(Self::Crc32),
            _ => Err(Crypto::NoSuchAlgorithm.into()),
        }
    }

    /// Bytes of the checksum.
    fn length(self) -> usize {
        match self {
            Self::Crc16 => 2,
            Self::Crc32 => 4,
        }
    }

    /// The checksum of what `before` is the checksum of, and then `bytes`.
    fn add(self, before: u32, bytes: &[u8]) -> u32 {
        match self {
            Self::Crc16 => {
                let mut digest = CRC16.digest_with_initial((!(before as u16)).reverse_bits());
                digest.update(bytes);
                u32::from(digest.finalize())
            }
            Self::Crc32 => {
                let mut digest = CRC32.digest_with_initial((!before).reverse_bits());
                digest.update(bytes);
                digest.finalize()
            }
        }
    }
}

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Kind::of(args.short(0))?;
    let object = call.new_instance(names::CHECKSUM)?;
    call.set_word(object, ALGORITHM, args.short(0))?;
    call.runtime().sessions.take(object);
    Ok(Value::Ref(object))
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    let kind = Kind::of(call.word(object, ALGORITHM)?)?;
    let bytes = call.vm.caller().bytes(args.reference(1), args.short(2), args.short(3))?;
    if bytes.len() != kind.length() {
        return Err(Crypto::IllegalValue.into());
    }
    let value = bytes.iter().fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
    call.set_word(object, HIGH, (value >> 16) as i16)?;
    call.set_word(object, LOW, value as i16)?;
    call.runtime().sessions.take(object);
    Ok(Value::Void)
}

/// The checksum so far of an object, or what `init` set.
fn so_far(call: &mut Call<'_, '_>, object: Ref) -> Result<u32, Stop> {
    if let Some(Session::Stream(Stream::Checksum(value))) = call.runtime().sessions.take(object) {
        return Ok(value);
    }
    let (high, low) = (call.word(object, HIGH)?.cast_unsigned(), call.word(object, LOW)?.cast_unsigned());
    Ok(u32::from(high) << 16 | u32::from(low))
}

/// Takes the data of `update` and `doFinal` in.
fn take(call: &mut Call<'_, '_>, args: &Args) -> Result<(Kind, u32), Stop> {
    let object = args.reference(0);
    let kind = Kind::of(call.word(object, ALGORITHM)?)?;
    let before = so_far(call, object)?;
    let value = kind.add(before, call.worked_on(args, 1)?);
    Ok((kind, value))
}

fn update(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (_, value) = take(call, args)?;
    call.runtime().sessions.put(args.reference(0), Session::Stream(Stream::Checksum(value)));
    Ok(Value::Void)
}

fn do_final(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (kind, value) = take(call, args)?;
    let bytes = value.to_be_bytes();
    let checksum = bytes.get(bytes.len() - kind.length()..).unwrap_or_default();
    call.vm.caller().write(args.reference(4), args.short(5), checksum, Atomicity::Transactional)?;
    Ok(Value::Short(kind.length() as i16))
}

fn algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), ALGORITHM).map(Value::Short)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values that the catalogue of CRCs gives for "123456789".
    #[test]
    fn the_standard_s_checksums_come_out() {
        assert_eq!(Kind::Crc16.add(0, b"123456789"), 0x906E);
        assert_eq!(Kind::Crc32.add(0, b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_checksum_goes_on_from_an_earlier_one() {
        for kind in [Kind::Crc16, Kind::Crc32] {
            let first = kind.add(0, b"1234");
            assert_eq!(kind.add(first, b"56789"), kind.add(0, b"123456789"));
        }
    }
}
