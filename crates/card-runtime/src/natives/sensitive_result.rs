//! `javacardx.security.SensitiveResult`: what the last sensitive method of the API returned, to be asserted once more.
//!
//! [`METHODS`] is the table of these methods, those that the class's own documentation lists. Whoever calls a native notes the
//! end of such a one ([`Outcome::of`]): its value, or nothing when it threw. Entering an applet forgets it, a switch of context
//! does not. An assertion that fails is a `SecurityException`.

use card_image::api::MemberId;
use card_vm::{Ref, Stop, Value, known};

use super::call::Call;
use super::table::{Row, row};

const RESULT: &[&str] = &["javacardx/security/SensitiveResult"];

pub(super) const ROWS: &[Row] = &[
    row(RESULT, "assertEquals", "(Ljava/lang/Object;)V", |call, args| {
        let object = args.reference(0);
        assert(call, |outcome| outcome == Outcome::Object(object))
    }),
    row(RESULT, "assertTrue", "()V", |call, _| assert(call, |outcome| outcome == Outcome::Boolean(true))),
    row(RESULT, "assertFalse", "()V", |call, _| assert(call, |outcome| outcome == Outcome::Boolean(false))),
    row(RESULT, "assertNegative", "()V", |call, _| assert_short(call, |short| short < 0)),
    row(RESULT, "assertPositive", "()V", |call, _| assert_short(call, |short| short > 0)),
    row(RESULT, "assertZero", "()V", |call, _| assert_short(call, |short| short == 0)),
    row(RESULT, "assertEquals", "(S)V", |call, args| {
        let value = args.short(0);
        assert_short(call, |short| short == value)
    }),
    row(RESULT, "assertGreaterThan", "(S)V", |call, args| {
        let value = args.short(0);
        assert_short(call, |short| short > value)
    }),
    row(RESULT, "assertLessThan", "(S)V", |call, args| {
        let value = args.short(0);
        assert_short(call, |short| short < value)
    }),
    row(RESULT, "reset", "()V", |call, _| {
        call.runtime().outcome = Outcome::Unassigned;
        Ok(Value::Void)
    }),
];

/// What a sensitive method returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing was called since, or it threw.
    #[default]
    Unassigned,
    Boolean(bool),
    /// Bytes too, with their sign.
    Short(i16),
    Object(Ref),
}

impl Outcome {
    /// What a method's end leaves.
    pub(super) fn of(member: MemberId, end: &Result<Value, Stop>) -> Self {
        let is_boolean = member.get().is_some_and(|row| row.descriptor.ends_with('Z'));
        match end {
            Ok(Value::Short(value)) if is_boolean => Self::Boolean(*value != 0),
            Ok(Value::Short(value)) => Self::Short(*value),
            Ok(Value::Ref(object)) => Self::Object(*object),
            Ok(Value::Void | Value::Int(_)) | Err(_) => Self::Unassigned,
        }
    }
}

fn assert(call: &mut Call<'_, '_>, holds: impl FnOnce(Outcome) -> bool) -> Result<Value, Stop> {
    let outcome = call.runtime().outcome;
    if holds(outcome) { Ok(Value::Void) } else { Err(Stop::throw(known::SECURITY)) }
}

fn assert_short(call: &mut Call<'_, '_>, holds: impl FnOnce(i16) -> bool) -> Result<Value, Stop> {
    assert(call, |outcome| match outcome {
        Outcome::Short(short) => holds(short),
        Outcome::Unassigned | Outcome::Boolean(_) | Outcome::Object(_) => false,
    })
}

/// Classes, name and descriptor of methods whose results are remembered.
pub(super) struct Sensitive(
    pub(super) &'static [&'static str],
    pub(super) &'static str,
    pub(super) &'static str,
);

const ARRAYS: &[&str] = &["javacard/framework/SensitiveArrays"];
const AID: &[&str] = &["javacard/framework/AID"];
const SYSTEM: &[&str] = &["javacard/framework/JCSystem"];
const PINS: &[&str] = &[
    "javacard/framework/PIN",
    "javacard/framework/OwnerPIN",
    "javacard/framework/OwnerPINx",
    "javacard/framework/OwnerPINxWithPredecrement",
];
const PINS_X: &[&str] = &["javacard/framework/OwnerPINx", "javacard/framework/OwnerPINxWithPredecrement"];
const PREDECREMENT: &[&str] = &["javacard/framework/OwnerPINxWithPredecrement"];
const OWNER_PIN: &[&str] = &["javacard/framework/OwnerPIN"];
const UTIL: &[&str] = &["javacard/framework/Util"];
const BIOMETRY: &[&str] = &[
    "javacardx/biometry/BioTemplate",
    "javacardx/biometry/OwnerBioTemplate",
    "javacardx/biometry/SharedBioTemplate",
    "javacardx/biometry1toN/BioMatcher",
    "javacardx/biometry1toN/OwnerBioMatcher",
    "javacardx/biometry1toN/SharedBioMatcher",
];
const NUMBER: &[&str] = &["javacardx/framework/math/BigNumber"];
const CHECKSUM: &[&str] = &["javacard/security/Checksum"];
const DIGESTS: &[&str] = &[
    "javacard/security/MessageDigest",
    "javacard/security/InitializedMessageDigest",
    "javacard/security/MessageDigest$OneShot",
    "javacard/security/InitializedMessageDigest$OneShot",
];
const RANDOM: &[&str] = &["javacard/security/RandomData", "javacard/security/RandomData$OneShot"];
const SIGNATURES: &[&str] = &["javacard/security/Signature", "javacard/security/Signature$OneShot"];
const CIPHERS: &[&str] = &["javacardx/crypto/Cipher", "javacardx/crypto/Cipher$OneShot"];
const AEAD: &[&str] = &["javacardx/crypto/AEADCipher"];

/// The methods.
pub(super) const METHODS: &[Sensitive] = &[
    Sensitive(ARRAYS, "isIntegritySensitive", "(Ljava/lang/Object;)Z"),
    Sensitive(ARRAYS, "isIntegritySensitiveArraysSupported", "()Z"),
    Sensitive(ARRAYS, "clearArray", "(Ljava/lang/Object;)S"),
    Sensitive(AID, "equals", "(Ljava/lang/Object;)Z"),
    Sensitive(AID, "equals", "([BSB)Z"),
    Sensitive(AID, "partialEquals", "([BSB)Z"),
    Sensitive(AID, "RIDEquals", "(Ljavacard/framework/AID;)Z"),
    Sensitive(SYSTEM, "getAID", "()Ljavacard/framework/AID;"),
    Sensitive(SYSTEM, "lookupAID", "([BSB)Ljavacard/framework/AID;"),
    Sensitive(SYSTEM, "getPreviousContextAID", "()Ljavacard/framework/AID;"),
    Sensitive(
        SYSTEM,
        "getAppletShareableInterfaceObject",
        "(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;",
    ),
    Sensitive(PINS, "check", "([BSB)Z"),
    Sensitive(PINS, "getTriesRemaining", "()B"),
    Sensitive(PINS, "isValidated", "()Z"),
    Sensitive(PINS_X, "getTryLimit", "()B"),
    Sensitive(PREDECREMENT, "decrementTriesRemaining", "()B"),
    Sensitive(OWNER_PIN, "getValidatedFlag", "()Z"),
    Sensitive(UTIL, "arrayCopy", "([BS[BSS)S"),
    Sensitive(UTIL, "arrayCopyNonAtomic", "([BS[BSS)S"),
    Sensitive(UTIL, "arrayFill", "([BSSB)S"),
    Sensitive(UTIL, "arrayFillNonAtomic", "([BSSB)S"),
    Sensitive(UTIL, "arrayCompare", "([BS[BSS)B"),
    Sensitive(BIOMETRY, "isValidated", "()Z"),
    Sensitive(BIOMETRY, "getTriesRemaining", "()B"),
    Sensitive(BIOMETRY, "initMatch", "([BSS)S"),
    Sensitive(BIOMETRY, "match", "([BSS)S"),
    Sensitive(NUMBER, "compareTo", "(Ljavacardx/framework/math/BigNumber;)B"),
    Sensitive(NUMBER, "compareTo", "([BSSB)B"),
    Sensitive(CHECKSUM, "doFinal", "([BSS[BS)S"),
    Sensitive(DIGESTS, "doFinal", "([BSS[BS)S"),
    Sensitive(RANDOM, "getAlgorithm", "()B"),
    Sensitive(RANDOM, "nextBytes", "([BSS)S"),
    Sensitive(SIGNATURES, "sign", "([BSS[BS)S"),
    Sensitive(SIGNATURES, "signPreComputedHash", "([BSS[BS)S"),
    Sensitive(SIGNATURES, "verify", "([BSS[BSS)Z"),
    Sensitive(SIGNATURES, "verifyPreComputedHash", "([BSS[BSS)Z"),
    Sensitive(CIPHERS, "doFinal", "([BSS[BS)S"),
    Sensitive(CIPHERS, "update", "([BSS[BS)S"),
    Sensitive(AEAD, "doFinal", "([BSS[BS)S"),
    Sensitive(AEAD, "update", "([BSS[BS)S"),
    Sensitive(AEAD, "retrieveTag", "([BSS)S"),
    Sensitive(AEAD, "verifyTag", "([BSSS)Z"),
];
