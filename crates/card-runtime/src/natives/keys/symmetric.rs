//! Keys that are strings of bytes: `AESKey`, `DESKey`, `KoreanSEEDKey`, `SM4Key`, `HMACKey`, `GenericSecretKey`.

use card_vm::{Args, Stop, Value};

use super::kinds::SECRET_MAX;
use super::{Crypto, Part};
use crate::natives::call::Call;
use crate::natives::table::{Row, row};

const FIXED: &[&str] = &[
    "javacard/security/AESKey",
    "javacard/security/DESKey",
    "javacard/security/KoreanSEEDKey",
    "javacard/security/SM4Key",
];
const LONG: &[&str] = &["javacard/security/HMACKey", "javacard/security/GenericSecretKey"];
const HMAC: &[&str] = &["javacard/security/HMACKey"];
const GENERIC: &[&str] = &["javacard/security/GenericSecretKey"];

pub(super) const ROWS: &[Row] = &[
    row(FIXED, "setKey", "([BS)V", set_fixed),
    row(FIXED, "getKey", "([BS)B", get),
    row(LONG, "setKey", "([BSS)V", set_long),
    row(HMAC, "getKey", "([BS)B", get),
    row(GENERIC, "getKey", "([BS)S", get),
];

/// As many bytes as the key has. An encrypted key may be longer: then all of the array from the offset on is taken.
fn set_fixed(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let key = args.reference(0);
    let length = call.key_bits(key)? / 8;
    let given = if call.is_encrypted(key)? {
        let rest = call.vm.caller().length(args.reference(1))?;
        let rest = i16::try_from(rest).unwrap_or(i16::MAX).saturating_sub(args.short(2));
        call.plain(key, args.reference(1), args.short(2), rest)?
    } else {
        call.plain(key, args.reference(1), args.short(2), length)?
    };
    let bytes = given.get(..usize::try_from(length).unwrap_or(0)).ok_or(Crypto::IllegalValue)?;
    call.set_part(key, Part::Material(0), bytes)?;
    Ok(Value::Void)
}

/// A length beside the bytes.
fn set_long(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = call.given(args)?;
    if bytes.is_empty() || bytes.len() > usize::from(SECRET_MAX) {
        return Err(Crypto::IllegalValue.into());
    }
    call.set_part(args.reference(0), Part::Material(0), &bytes)?;
    Ok(Value::Void)
}

fn get(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.give_part(args, Part::Material(0))
}
