//! `javacard.security.KeyPair`. Hidden references: the public and the private key.
//!
//! Keys made by the pair itself have no parameters; making their values gives them the ones that stand for their length. Keys
//! given to it keep theirs, and an RSA public key its exponent.

use card_vm::heap::Access;
use card_vm::{Args, Layout, Ref, Stop, Value};

use super::call::Call;
use super::keys::finite_field::{self, OWN};
use super::keys::rsa::{EXPONENT, MODULUS};
use super::keys::{Crypto, Family, Named, Part};
use super::names;
use super::table::{Fields, Row, fields, row};
use crate::crypto::Secret;
use crate::crypto::finite_field::FieldGroup;
use crate::limits::{CURVE_COST, POWER_COST, RSA_GENERATION_COST};

const KEY_PAIR: &[&str] = &["javacard/security/KeyPair"];
const PUBLIC: u16 = 0;
const PRIVATE: u16 = 1;
/// The public exponent where none is set.
const DEFAULT_EXPONENT: [u8; 3] = [1, 0, 1];

pub(super) const ROWS: &[Row] = &[
    row(KEY_PAIR, "<init>", "(BS)V", init),
    row(KEY_PAIR, "<init>", "(Ljavacard/security/PublicKey;Ljavacard/security/PrivateKey;)V", init_over),
    row(KEY_PAIR, "genKeyPair", "()V", generate),
    row(KEY_PAIR, "genKeyPair", "(Ljavacard/security/AlgorithmParameterSpec;)V", generate_with),
    row(KEY_PAIR, "getPrivate", "()Ljavacard/security/PrivateKey;", private),
    row(KEY_PAIR, "getPublic", "()Ljavacard/security/PublicKey;", public),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacard/security/KeyPair", Layout { references: 2, words: 0 })];

/// The `KeyBuilder.TYPE_*` of public and private key for a `KeyPair.ALG_*`. `ALG_EC_F2M` (4) does not exist here.
fn types_of(algorithm: i16) -> Option<(i16, i16)> {
    Some(match algorithm {
        1 => (4, 5),
        2 => (4, 6),
        3 => (7, 8),
        5 => (11, 12),
        6 => (32, 35),
        _ => return None,
    })
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let types = types_of(args.short(1)).ok_or(Crypto::NoSuchAlgorithm)?;
    let public = call.new_key(types.0, args.short(2))?;
    let private = call.new_key(types.1, args.short(2))?;
    call.set_hidden(args.reference(0), PUBLIC, public)?;
    call.set_hidden(args.reference(0), PRIVATE, private)?;
    Ok(Value::Void)
}

fn init_over(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (public, private) = (args.reference(1), args.reference(2));
    let families = (call.key_family(public)?, call.key_family(private)?);
    let fit = match families {
        (Family::RsaPublic, Family::RsaPrivate | Family::RsaCrt)
        | (Family::DsaPublic, Family::DsaPrivate)
        | (Family::DhPublic, Family::DhPrivate)
        | (Family::EcPublic, Family::EcPrivate) => call.key_bits(public)? == call.key_bits(private)?,
        (Family::XecPublic, Family::XecPrivate) => call.named(public)? == call.named(private)?,
        (_, _) => false,
    };
    if !fit {
        return Err(Crypto::IllegalValue.into());
    }
    call.set_hidden(args.reference(0), PUBLIC, public)?;
    call.set_hidden(args.reference(0), PRIVATE, private)?;
    Ok(Value::Void)
}

/// The one kind of parameters is for the primality test. The primes made here pass more than any test that can be asked
/// for, so that it is one is all that is checked.
fn generate_with(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.vm.caller().header(args.reference(1), Access::Field)?;
    let private = call.hidden(args.reference(0), PRIVATE)?;
    let rsa = matches!(call.key_family(private)?, Family::RsaPrivate | Family::RsaCrt);
    if !rsa || !call.vm.is_instance(args.reference(1), names::PRIMALITY_TEST) {
        return Err(Crypto::IllegalValue.into());
    }
    generate(call, args)
}

fn generate(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let public = call.hidden(args.reference(0), PUBLIC)?;
    let private = call.hidden(args.reference(0), PRIVATE)?;
    match call.key_family(private)? {
        Family::RsaPrivate | Family::RsaCrt => rsa(call, public, private),
        Family::DsaPrivate => field_group(call, public, private, FieldGroup::dsa_default),
        Family::DhPrivate => field_group(call, public, private, FieldGroup::dh_default),
        Family::EcPrivate => {
            call.complete_curve(public)?;
            call.complete_curve(private)?;
            curve(call, public, private)
        }
        Family::XecPrivate => match call.named(private)? {
            Named::Weierstrass(_) => curve(call, public, private),
            Named::Edwards(curve) => {
                let secret = drawn(call, curve.key_length());
                let point = curve.public(&secret).map_err(|_| Crypto::IllegalValue)?;
                set_both(call, public, private, &point, &secret)
            }
            Named::Montgomery(curve) => {
                let secret = drawn(call, curve.length());
                let point = curve.public(&secret).map_err(|_| Crypto::IllegalValue)?;
                set_both(call, public, private, &point, &secret)
            }
        },
        Family::Aes
        | Family::Des
        | Family::Seed
        | Family::Sm4
        | Family::Hmac
        | Family::Generic
        | Family::RsaPublic
        | Family::DsaPublic
        | Family::DsaParameters
        | Family::DhPublic
        | Family::DhParameters
        | Family::EcPublic
        | Family::EcParameters
        | Family::XecPublic => Err(Crypto::IllegalValue.into()),
    }?;
    Ok(Value::Void)
}

fn set_both(
    call: &mut Call<'_, '_>,
    public: Ref,
    private: Ref,
    point: &[u8],
    secret: &[u8],
) -> Result<(), Stop> {
    call.set_part(private, Part::Material(0), secret)?;
    call.set_part(public, Part::Material(0), point)
}

/// A key that is any string of bytes.
fn drawn(call: &mut Call<'_, '_>, length: usize) -> Secret {
    let mut secret = Secret::new(alloc::vec![0; length]);
    call.vm.charge(CURVE_COST);
    call.os.env.random(&mut secret);
    secret
}

/// The curve of the public key counts, and must be the private one's as well.
fn curve(call: &mut Call<'_, '_>, public: Ref, private: Ref) -> Result<(), Stop> {
    let curve = call.curve(public)?;
    if call.curve(private)? != curve {
        return Err(Crypto::IllegalValue.into());
    }
    let (engine, random) = call.arithmetic(2 * CURVE_COST);
    let secret = curve.draw(random).map_err(|_| Crypto::IllegalValue)?;
    let point = engine.ec_public(&curve, &secret).map_err(|_| Crypto::IllegalValue)?;
    set_both(call, public, private, &point, &secret)
}

fn rsa(call: &mut Call<'_, '_>, public: Ref, private: Ref) -> Result<(), Stop> {
    let bits = u32::try_from(call.key_bits(public)?).unwrap_or(0);
    let exponent = match call.part(public, EXPONENT)? {
        [] => DEFAULT_EXPONENT.to_vec(),
        bytes => bytes.to_vec(),
    };
    let (engine, random) = call.arithmetic(RSA_GENERATION_COST);
    let pair = engine.rsa_generate(bits, &exponent, random).map_err(|_| Crypto::IllegalValue)?;
    call.set_part(public, MODULUS, &pair.public.modulus)?;
    call.set_part(public, EXPONENT, &exponent)?;
    if call.key_family(private)? == Family::RsaCrt {
        return call.set_rsa_crt(private, &pair.crt);
    }
    call.set_part(private, MODULUS, &pair.public.modulus)?;
    call.set_part(private, EXPONENT, &pair.exponent)
}

/// The group of the public key counts; where it has none, the one that stands for its length.
fn field_group(
    call: &mut Call<'_, '_>,
    public: Ref,
    private: Ref,
    default: fn(u16) -> Option<FieldGroup>,
) -> Result<(), Stop> {
    let group = if call.part(public, finite_field::P)?.is_empty() {
        let bits = u16::try_from(call.key_bits(public)?).unwrap_or(0);
        default(bits).ok_or(Crypto::UninitializedKey)?
    } else {
        call.field_group(public)?
    };
    let (_, random) = call.arithmetic(POWER_COST);
    let pair = group.generate(random).map_err(|_| Crypto::IllegalValue)?;
    for key in [public, private] {
        call.set_field_group(key, &group)?;
    }
    call.set_part(public, OWN, &pair.public)?;
    call.set_part(private, OWN, &pair.secret)
}

fn private(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.hidden(args.reference(0), PRIVATE).map(Value::Ref)
}

fn public(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.hidden(args.reference(0), PUBLIC).map(Value::Ref)
}
