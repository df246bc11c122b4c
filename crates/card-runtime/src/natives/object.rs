//! `java.lang.Object` and the exceptions.
//!
//! The reason code of a `CardException` or `CardRuntimeException` is the first hidden word. What `throwIt` throws is the
//! runtime environment's own object of the class, whose reason the machine sets (JCRE 8).

use card_vm::{Args, ClassId, Layout, Stop, Value};

use super::call::Call;
use super::names;
use super::table::{Fields, Row, fields, row};

const REASON: u16 = 0;

const WITHOUT_REASON: &[&str] = &[
    "java/lang/Object",
    "java/lang/Throwable",
    "java/lang/Exception",
    "java/lang/RuntimeException",
    "java/lang/IndexOutOfBoundsException",
    "java/lang/ArrayIndexOutOfBoundsException",
    "java/lang/NegativeArraySizeException",
    "java/lang/NullPointerException",
    "java/lang/ClassCastException",
    "java/lang/ArithmeticException",
    "java/lang/SecurityException",
    "java/lang/ArrayStoreException",
    "java/io/IOException",
    "java/rmi/RemoteException",
    // Classes with natives of their own, whose constructors have nothing to do.
    "javacard/framework/Applet",
    "javacard/security/MessageDigest",
    "javacard/security/InitializedMessageDigest",
    "javacard/security/Signature",
    "javacard/security/RandomData",
    "javacard/security/KeyAgreement",
    "javacard/security/Checksum",
    "javacardx/crypto/Cipher",
    "org/globalplatform/GPSystem",
];

const WITH_REASON: &[&str] = &[
    "javacard/framework/CardException",
    "javacard/framework/CardRuntimeException",
    "javacard/framework/ISOException",
    "javacard/framework/PINException",
    "javacard/framework/APDUException",
    "javacard/framework/SystemException",
    "javacard/framework/TransactionException",
    "javacard/framework/UserException",
    "javacard/security/CryptoException",
];

const USER: &[&str] = &["javacard/framework/UserException"];

pub(super) const ROWS: &[Row] = &[
    row(WITHOUT_REASON, "<init>", "()V", nothing),
    row(WITH_REASON, "<init>", "(S)V", set_reason),
    row(WITH_REASON, "getReason", "()S", get_reason),
    row(WITH_REASON, "setReason", "(S)V", set_reason),
    row(USER, "<init>", "()V", nothing),
    row(&["javacard/framework/CardException"], "throwIt", "(S)V", throw_card),
    row(&["javacard/framework/CardRuntimeException"], "throwIt", "(S)V", throw_card_runtime),
    row(&["javacard/framework/ISOException"], "throwIt", "(S)V", throw_iso),
    row(&["javacard/framework/PINException"], "throwIt", "(S)V", throw_pin),
    row(&["javacard/framework/APDUException"], "throwIt", "(S)V", throw_apdu),
    row(&["javacard/framework/SystemException"], "throwIt", "(S)V", throw_system),
    row(&["javacard/framework/TransactionException"], "throwIt", "(S)V", throw_transaction),
    row(USER, "throwIt", "(S)V", throw_user),
    row(&["javacard/security/CryptoException"], "throwIt", "(S)V", throw_crypto),
];

pub(super) const FIELDS: &[Fields] = &[
    fields("javacard/framework/CardException", Layout { references: 0, words: 1 }),
    fields("javacard/framework/CardRuntimeException", Layout { references: 0, words: 1 }),
];

/// `equals` of everything that does not say otherwise: the same object.
pub(super) fn equals(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok((args.reference(0) == args.reference(1)).into())
}

fn nothing(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Void)
}

fn get_reason(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), REASON).map(Value::Short)
}

fn set_reason(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.set_word(args.reference(0), REASON, args.short(1))?;
    Ok(Value::Void)
}

fn throw(class: ClassId, args: &Args) -> Result<Value, Stop> {
    Err(Stop::throw_reason(class, args.short(0)))
}

fn throw_card(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    throw(names::CARD_EXCEPTION, args)
}

fn throw_card_runtime(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    throw(names::CARD_RUNTIME_EXCEPTION, args)
}

fn throw_iso(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    throw(names::ISO_EXCEPTION, args)
}

fn throw_pin(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    throw(names::PIN_EXCEPTION, args)
}

fn throw_apdu(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    throw(names::APDU_EXCEPTION, args)
}

fn throw_system(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    throw(names::SYSTEM_EXCEPTION, args)
}

fn throw_transaction(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    throw(names::TRANSACTION_EXCEPTION, args)
}

fn throw_user(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    throw(names::USER_EXCEPTION, args)
}

fn throw_crypto(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    throw(names::CRYPTO_EXCEPTION, args)
}
