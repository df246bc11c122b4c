//! `javacard.security.KeyAgreement`: ECDH on P-256, plain or hashed with SHA-1 as IEEE P1363 has it.
//!
//! Hidden reference: the private key. Hidden word: the algorithm. P-256 has the cofactor 1, so the variants with and
//! without cofactor multiplication are the same.

use card_vm::heap::Atomicity;
use card_vm::{Args, Layout, Stop, Value};
use zeroize::Zeroizing;

use super::call::Call;
use super::keys::Crypto;
use super::names;
use super::table::{Fields, Row, fields, row};
use crate::crypto::{HashAlgorithm, Hasher, Point};

const AGREEMENT: &[&str] = &["javacard/security/KeyAgreement"];
const KEY: u16 = 0;
const ALGORITHM: u16 = 1;

/// `ALG_EC_SVDP_DH_KDF` and `ALG_EC_SVDP_DHC_KDF`: SHA-1 over the secret.
const HASHED: [i16; 2] = [1, 2];
/// `ALG_EC_SVDP_DH_PLAIN` and `ALG_EC_SVDP_DHC_PLAIN`: the secret itself.
const PLAIN: [i16; 2] = [3, 4];

pub(super) const ROWS: &[Row] = &[
    row(AGREEMENT, "getInstance", "(BZ)Ljavacard/security/KeyAgreement;", get_instance),
    row(AGREEMENT, "init", "(Ljavacard/security/PrivateKey;)V", init),
    row(AGREEMENT, "generateSecret", "([BSS[BS)S", generate),
    row(AGREEMENT, "getAlgorithm", "()B", algorithm),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacard/security/KeyAgreement", Layout { references: 1, words: 1 })];

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let algorithm = args.short(0);
    if !HASHED.contains(&algorithm) && !PLAIN.contains(&algorithm) {
        return Err(Crypto::NoSuchAlgorithm.into());
    }
    let object = call.new_instance(names::KEY_AGREEMENT)?;
    call.set_word(object, ALGORITHM, algorithm)?;
    Ok(Value::Ref(object))
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    // Whatever is no initialised EC private key throws here.
    call.scalar(args.reference(1))?;
    call.set_hidden(args.reference(0), KEY, args.reference(1))?;
    Ok(Value::Void)
}

fn generate(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    let key = call.hidden(object, KEY)?;
    if key.is_null() {
        return Err(Crypto::InvalidInit.into());
    }
    let scalar = call.scalar(key)?;
    let given = call.vm.caller().bytes(args.reference(1), args.short(2), args.short(3))?;
    let point = Point(given.try_into().map_err(|_| Crypto::IllegalValue)?);
    let shared = call.engine().agree(&scalar, &point).map_err(|_| Crypto::IllegalValue)?;
    let secret = if PLAIN.contains(&call.word(object, ALGORITHM)?) {
        Zeroizing::new(shared.expose_secret().to_vec())
    } else {
        let mut hasher = Hasher::new(HashAlgorithm::Sha1);
        hasher.update(shared.expose_secret());
        Zeroizing::new(hasher.finish().as_ref().to_vec())
    };
    call.vm.caller().write(args.reference(4), args.short(5), &secret, Atomicity::Transactional)?;
    Ok(Value::Short(i16::try_from(secret.len()).unwrap_or_default()))
}

fn algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), ALGORITHM).map(Value::Short)
}
