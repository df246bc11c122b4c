//! `javacard.security.ECKey`, `ECPrivateKey`, `ECPublicKey`, on the one curve that exists here, P-256.
//!
//! An applet sets the curve's parameters one by one. What it sets must be P-256's (SEC 2, 2.4.2), else `ILLEGAL_VALUE`;
//! the hidden word notes which ones were set, and the values themselves are constants of this file. A key is
//! initialised when its material is; a key pair made over keys without parameters sets them all.

use card_vm::heap::Atomicity;
use card_vm::{Args, Ref, Stop, Value};
use zeroize::Zeroizing;

use super::call::Call;
use super::keys::{Crypto, Family, PARAMETERS};
use super::table::{Row, row};
use crate::crypto::{Point, Scalar};

const EC: &[&str] =
    &["javacard/security/ECKey", "javacard/security/ECPrivateKey", "javacard/security/ECPublicKey"];
const PRIVATE: &[&str] = &["javacard/security/ECPrivateKey"];
const PUBLIC: &[&str] = &["javacard/security/ECPublicKey"];

pub(super) const ROWS: &[Row] = &[
    row(EC, "setFieldFP", "([BSS)V", set_field),
    row(EC, "setFieldF2M", "(S)V", no_binary_field),
    row(EC, "setFieldF2M", "(SSS)V", no_binary_field),
    row(EC, "setA", "([BSS)V", set_a),
    row(EC, "setB", "([BSS)V", set_b),
    row(EC, "setG", "([BSS)V", set_g),
    row(EC, "setR", "([BSS)V", set_r),
    row(EC, "setK", "(S)V", set_k),
    row(EC, "getField", "([BS)S", get_field),
    row(EC, "getA", "([BS)S", get_a),
    row(EC, "getB", "([BS)S", get_b),
    row(EC, "getG", "([BS)S", get_g),
    row(EC, "getR", "([BS)S", get_r),
    row(EC, "getK", "()S", get_k),
    row(PRIVATE, "setS", "([BSS)V", set_s),
    row(PRIVATE, "getS", "([BS)S", get_material),
    row(PUBLIC, "setW", "([BSS)V", set_w),
    row(PUBLIC, "getW", "([BS)S", get_material),
];

/// A parameter of the curve: its bit in the hidden word, and its value.
struct Parameter {
    bit: i16,
    value: &'static [u8],
}

const P: [u8; 32] = *b"\xFF\xFF\xFF\xFF\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
const A: [u8; 32] = *b"\xFF\xFF\xFF\xFF\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFC";
const B: [u8; 32] = *b"\x5A\xC6\x35\xD8\xAA\x3A\x93\xE7\xB3\xEB\xBD\x55\x76\x98\x86\xBC\x65\x1D\x06\xB0\xCC\x53\xB0\xF6\x3B\xCE\x3C\x3E\x27\xD2\x60\x4B";
const G: [u8; 65] = *b"\x04\x6B\x17\xD1\xF2\xE1\x2C\x42\x47\xF8\xBC\xE6\xE5\x63\xA4\x40\xF2\x77\x03\x7D\x81\x2D\xEB\x33\xA0\xF4\xA1\x39\x45\xD8\x98\xC2\x96\x4F\xE3\x42\xE2\xFE\x1A\x7F\x9B\x8E\xE7\xEB\x4A\x7C\x0F\x9E\x16\x2B\xCE\x33\x57\x6B\x31\x5E\xCE\xCB\xB6\x40\x68\x37\xBF\x51\xF5";
const R: [u8; 32] = *b"\xFF\xFF\xFF\xFF\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xBC\xE6\xFA\xAD\xA7\x17\x9E\x84\xF3\xB9\xCA\xC2\xFC\x63\x25\x51";

const FIELD: Parameter = Parameter { bit: 1, value: &P };
const COEFFICIENT_A: Parameter = Parameter { bit: 2, value: &A };
const COEFFICIENT_B: Parameter = Parameter { bit: 4, value: &B };
const BASE: Parameter = Parameter { bit: 8, value: &G };
const ORDER: Parameter = Parameter { bit: 16, value: &R };
/// The cofactor, which the standard lets an applet leave out.
const COFACTOR_BIT: i16 = 32;
const COFACTOR: i16 = 1;
/// All that must be set before a key pair can be made from parameters given.
const NEEDED: i16 = 31;

impl Call<'_, '_> {
    /// Whether a key's parameters are all set or none is, and sets them all.
    pub(super) fn complete_parameters(&mut self, key: Ref) -> Result<(), Stop> {
        match self.word(key, PARAMETERS)? & NEEDED {
            0 => self.set_word(key, PARAMETERS, NEEDED | COFACTOR_BIT),
            NEEDED => Ok(()),
            _ => Err(Crypto::UninitializedKey.into()),
        }
    }

    /// The scalar of an EC private key that the caller may use.
    pub(super) fn scalar(&mut self, key: Ref) -> Result<Scalar, Stop> {
        if self.key_family(key)? != Family::EcPrivate {
            return Err(Crypto::IllegalValue.into());
        }
        let bytes = self.material(key)?;
        Ok(Scalar::new(bytes.try_into().map_err(|_| Crypto::UninitializedKey)?))
    }

    /// The point of an EC public key that the caller may use.
    pub(super) fn point(&mut self, key: Ref) -> Result<Point, Stop> {
        if self.key_family(key)? != Family::EcPublic {
            return Err(Crypto::IllegalValue.into());
        }
        let bytes = self.material(key)?;
        Ok(Point(bytes.try_into().map_err(|_| Crypto::UninitializedKey)?))
    }
}

fn set_parameter(call: &mut Call<'_, '_>, args: &Args, parameter: &Parameter) -> Result<Value, Stop> {
    let given = call.vm.caller().bytes(args.reference(1), args.short(2), args.short(3))?;
    if given != parameter.value {
        return Err(Crypto::IllegalValue.into());
    }
    note(call, args.reference(0), parameter.bit)
}

fn note(call: &mut Call<'_, '_>, key: Ref, bit: i16) -> Result<Value, Stop> {
    let set = call.word(key, PARAMETERS)?;
    call.set_word(key, PARAMETERS, set | bit)?;
    Ok(Value::Void)
}

fn get_parameter(call: &mut Call<'_, '_>, args: &Args, parameter: &Parameter) -> Result<Value, Stop> {
    if call.word(args.reference(0), PARAMETERS)? & parameter.bit == 0 {
        return Err(Crypto::UninitializedKey.into());
    }
    give(call, args, parameter.value)
}

fn give(call: &mut Call<'_, '_>, args: &Args, bytes: &[u8]) -> Result<Value, Stop> {
    call.vm.caller().write(args.reference(1), args.short(2), bytes, Atomicity::Transactional)?;
    Ok(Value::Short(i16::try_from(bytes.len()).unwrap_or_default()))
}

fn no_binary_field(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Err(Crypto::NoSuchAlgorithm.into())
}

fn set_field(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    set_parameter(call, args, &FIELD)
}

fn set_a(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    set_parameter(call, args, &COEFFICIENT_A)
}

fn set_b(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    set_parameter(call, args, &COEFFICIENT_B)
}

fn set_g(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    set_parameter(call, args, &BASE)
}

fn set_r(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    set_parameter(call, args, &ORDER)
}

fn set_k(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if args.short(1) != COFACTOR {
        return Err(Crypto::IllegalValue.into());
    }
    note(call, args.reference(0), COFACTOR_BIT)
}

fn get_field(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    get_parameter(call, args, &FIELD)
}

fn get_a(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    get_parameter(call, args, &COEFFICIENT_A)
}

fn get_b(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    get_parameter(call, args, &COEFFICIENT_B)
}

fn get_g(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    get_parameter(call, args, &BASE)
}

fn get_r(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    get_parameter(call, args, &ORDER)
}

fn get_k(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    match call.word(args.reference(0), PARAMETERS)? & COFACTOR_BIT {
        0 => Err(Crypto::UninitializedKey.into()),
        _ => Ok(Value::Short(COFACTOR)),
    }
}

/// Takes a private key. Shorter forms are filled with zeros at the front; the engine says whether it is one.
fn set_s(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let given = call.vm.caller().bytes(args.reference(1), args.short(2), args.short(3))?;
    let mut scalar = Zeroizing::new([0_u8; 32]);
    let start = scalar.len().checked_sub(given.len()).ok_or(Crypto::IllegalValue)?;
    scalar.get_mut(start..).ok_or(Crypto::IllegalValue)?.copy_from_slice(given);
    call.engine().public(&Scalar::new(*scalar)).map_err(|_| Crypto::IllegalValue)?;
    call.set_material(args.reference(0), &*scalar)?;
    Ok(Value::Void)
}

/// Takes a public key in uncompressed form. Whether it lies on the curve is checked at each use.
fn set_w(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let given = call.vm.caller().bytes(args.reference(1), args.short(2), args.short(3))?;
    let point: [u8; 65] = given.try_into().map_err(|_| Crypto::IllegalValue)?;
    if !point.starts_with(&[4]) {
        return Err(Crypto::IllegalValue.into());
    }
    call.set_material(args.reference(0), &point)?;
    Ok(Value::Void)
}

fn get_material(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = Zeroizing::new(call.material(args.reference(0))?.to_vec());
    if bytes.is_empty() {
        return Err(Crypto::UninitializedKey.into());
    }
    give(call, args, &bytes)
}
