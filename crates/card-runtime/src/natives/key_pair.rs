//! `javacard.security.KeyPair`. Hidden references: the public and the private key.

use card_vm::{Args, Layout, Stop, Value};
use zeroize::Zeroizing;

use super::call::Call;
use super::keys::{Crypto, Family};
use super::table::{Fields, Row, fields, row};
use crate::crypto::Scalar;

const KEY_PAIR: &[&str] = &["javacard/security/KeyPair"];
const PUBLIC: u16 = 0;
const PRIVATE: u16 = 1;
/// `KeyPair.ALG_EC_FP`.
const ALG_EC_FP: i16 = 5;
/// `KeyBuilder.TYPE_EC_FP_PUBLIC` and `TYPE_EC_FP_PRIVATE`.
const TYPES: (i16, i16) = (11, 12);

pub(super) const ROWS: &[Row] = &[
    row(KEY_PAIR, "<init>", "(BS)V", init),
    row(KEY_PAIR, "<init>", "(Ljavacard/security/PublicKey;Ljavacard/security/PrivateKey;)V", init_over),
    row(KEY_PAIR, "genKeyPair", "()V", generate),
    row(KEY_PAIR, "getPrivate", "()Ljavacard/security/PrivateKey;", private),
    row(KEY_PAIR, "getPublic", "()Ljavacard/security/PublicKey;", public),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacard/security/KeyPair", Layout { references: 2, words: 0 })];

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if args.short(1) != ALG_EC_FP {
        return Err(Crypto::NoSuchAlgorithm.into());
    }
    let public = call.new_key(TYPES.0, args.short(2))?;
    let private = call.new_key(TYPES.1, args.short(2))?;
    call.set_hidden(args.reference(0), PUBLIC, public)?;
    call.set_hidden(args.reference(0), PRIVATE, private)?;
    Ok(Value::Void)
}

fn init_over(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (public, private) = (args.reference(1), args.reference(2));
    let families = (call.key_family(public)?, call.key_family(private)?);
    if families != (Family::EcPublic, Family::EcPrivate) {
        return Err(Crypto::NoSuchAlgorithm.into());
    }
    call.set_hidden(args.reference(0), PUBLIC, public)?;
    call.set_hidden(args.reference(0), PRIVATE, private)?;
    Ok(Value::Void)
}

/// Draws scalars until one lies between 1 and n - 1 (FIPS 186-5, A.2.2); one in 2^32 does not.
fn generate(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let public = call.hidden(args.reference(0), PUBLIC)?;
    let private = call.hidden(args.reference(0), PRIVATE)?;
    call.complete_parameters(public)?;
    call.complete_parameters(private)?;
    let (scalar, point) = loop {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        call.os.env.random(&mut *bytes);
        let scalar = Scalar::new(*bytes);
        if let Ok(point) = call.engine().public(&scalar) {
            break (scalar, point);
        }
    };
    call.set_material(private, scalar.expose_secret())?;
    call.set_material(public, &point.0)?;
    Ok(Value::Void)
}

fn private(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.hidden(args.reference(0), PRIVATE).map(Value::Ref)
}

fn public(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.hidden(args.reference(0), PUBLIC).map(Value::Ref)
}
