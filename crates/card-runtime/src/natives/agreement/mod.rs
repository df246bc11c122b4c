//! `javacard.security.KeyAgreement`.
//!
//! Hidden reference: the private key. Hidden word: the algorithm. Of the algorithms with cofactor multiplication only curves
//! of cofactor one can tell nothing apart, which are all that a key pair is made for.

use card_vm::{Args, Layout, Ref, Stop, Value};

use super::call::Call;
use super::keys::{Crypto, Family, Named};
use super::names;
use super::table::{Fields, Row, fields, row};
use crate::crypto::{HashAlgorithm, Secret};
use crate::limits::{CURVE_COST, POWER_COST};
use crate::policy::{Primitive, Uses};

const AGREEMENT: &[&str] = &["javacard/security/KeyAgreement"];
const KEY: u16 = 0;
const ALGORITHM: u16 = 1;

pub(super) const ROWS: &[Row] = &[
    row(AGREEMENT, "getInstance", "(BZ)Ljavacard/security/KeyAgreement;", get_instance),
    row(AGREEMENT, "init", "(Ljavacard/security/PrivateKey;)V", init),
    row(
        AGREEMENT,
        "init",
        "(Ljavacard/security/PrivateKey;Ljavacard/security/AlgorithmParameterSpec;)V",
        init_with_parameters,
    ),
    row(AGREEMENT, "generateSecret", "([BSS[BS)S", generate),
    row(AGREEMENT, "getAlgorithm", "()B", algorithm),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacard/security/KeyAgreement", Layout { references: 1, words: 1 })];

/// What an object computes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    /// SHA-1 over the shared x coordinate (IEEE 1363).
    Hashed,
    /// The shared x coordinate.
    Plain,
    /// The shared point.
    Point,
    /// PACE's generic mapping: nonce · base + the point given (ICAO 9303-11, 4.4.3.3.1).
    GenericMapping,
    /// Diffie-Hellman modulo a prime.
    Field,
    /// Diffie-Hellman on a Montgomery curve.
    Montgomery,
}

/// The method of a `KeyAgreement.ALG_*`. SM2 (9, 10) is not here.
fn method_of(algorithm: i16) -> Option<Method> {
    Some(match algorithm {
        1 | 2 => Method::Hashed,
        3 | 4 => Method::Plain,
        5 => Method::GenericMapping,
        6 => Method::Point,
        7 => Method::Field,
        8 => Method::Montgomery,
        _ => return None,
    })
}

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let uses = match method_of(args.short(0)).ok_or(Crypto::NoSuchAlgorithm)? {
        Method::Hashed => Uses::of([Primitive::Ec, Primitive::Sha1]),
        Method::Plain | Method::Point | Method::GenericMapping => Uses::of([Primitive::Ec]),
        Method::Field => Uses::of([Primitive::Dh]),
        Method::Montgomery => Uses::of([Primitive::Montgomery]),
    };
    let permit = call.permit(&uses)?;
    let object = call.new_algorithm(names::KEY_AGREEMENT, permit)?;
    call.set_word(object, ALGORITHM, args.short(0))?;
    Ok(Value::Ref(object))
}

fn method(call: &mut Call<'_, '_>, object: Ref) -> Result<Method, Stop> {
    method_of(call.word(object, ALGORITHM)?).ok_or_else(|| Crypto::NoSuchAlgorithm.into())
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (object, key) = (args.reference(0), args.reference(1));
    let family = call.key_family(key)?;
    let fits = match method(call, object)? {
        Method::Hashed | Method::Plain | Method::Point | Method::GenericMapping => {
            family == Family::EcPrivate
                || family == Family::XecPrivate && matches!(call.named(key)?, Named::Weierstrass(_))
        }
        Method::Field => family == Family::DhPrivate,
        Method::Montgomery => {
            family == Family::XecPrivate && matches!(call.named(key)?, Named::Montgomery(_))
        }
    };
    if !fits {
        return Err(Crypto::IllegalValue.into());
    }
    call.require_initialized(key)?;
    call.set_hidden(object, KEY, key).map(|()| Value::Void)
}

/// Only SM2's exchange has parameters: of the algorithms here none takes any.
fn init_with_parameters(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if args.reference(2).is_null() { init(call, args) } else { Err(Crypto::IllegalValue.into()) }
}

fn generate(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    let key = call.hidden(object, KEY)?;
    if key.is_null() {
        return Err(Crypto::InvalidInit.into());
    }
    call.require_initialized(key)?;
    let given = call.vm.caller().bytes(args.reference(1), args.short(2), args.short(3))?.to_vec();
    let secret = match method(call, object)? {
        Method::Hashed => {
            let shared = ecdh(call, key, &given)?;
            Secret::new(HashAlgorithm::Sha1.digest(&[&shared]).as_ref().to_vec())
        }
        Method::Plain => ecdh(call, key, &given)?,
        Method::Point => {
            let (curve, secret) = (call.curve(key)?, call.ec_secret(key)?);
            call.vm.charge(CURVE_COST);
            curve.multiply(&secret, &given).map_err(|_| Crypto::IllegalValue)?
        }
        Method::GenericMapping => {
            let (curve, nonce) = (call.curve(key)?, call.ec_secret(key)?);
            call.vm.charge(CURVE_COST);
            curve.multiply_base_and_add(&nonce, &given).map_err(|_| Crypto::IllegalValue)?
        }
        Method::Field => {
            let group = call.field_group(key)?;
            let secret = call.part_of(key, super::keys::finite_field::OWN)?;
            call.vm.charge(POWER_COST);
            group.agree(&secret, &given).map_err(|_| Crypto::IllegalValue)?
        }
        Method::Montgomery => {
            let Named::Montgomery(curve) = call.named(key)? else { return Err(Crypto::IllegalValue.into()) };
            let secret = Secret::new(call.material(key)?.to_vec());
            let (engine, _) = call.arithmetic(CURVE_COST);
            engine.montgomery_agree(curve, &secret, &given).map_err(|_| Crypto::IllegalValue)?
        }
    };
    call.give(args.reference(4), args.short(5), &secret)
}

fn ecdh(call: &mut Call<'_, '_>, key: Ref, public: &[u8]) -> Result<Secret, Stop> {
    let (curve, secret) = (call.curve(key)?, call.ec_secret(key)?);
    // An engine may know the compressed form as well; on every curve alike, only the uncompressed one is taken.
    if public.first() != Some(&4) || public.len() != 1 + 2 * curve.field_length() {
        return Err(Crypto::IllegalValue.into());
    }
    let (engine, _) = call.arithmetic(CURVE_COST);
    engine.ec_agree(&curve, &secret, public).map_err(|_| Crypto::IllegalValue.into())
}

fn algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), ALGORITHM).map(Value::Short)
}
