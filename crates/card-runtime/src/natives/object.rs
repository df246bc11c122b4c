//! `java.lang.Object` and the exceptions.
//!
//! The reason code of a `CardException` or `CardRuntimeException` is the first hidden word. What `throwIt` throws is the
//! runtime environment's own object of the class, whose reason the machine sets (JCRE 8).

use card_vm::{Args, ClassId, Layout, Stop, Value};

use super::call::Call;
use super::names;
use super::table::{Fields, Native, Row, fields, row};

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
    "javacardx/framework/nio/BufferOverflowException",
    "javacardx/framework/nio/BufferUnderflowException",
    "javacardx/framework/nio/ReadOnlyBufferException",
    // Classes with natives of their own, whose constructors have nothing to do.
    "javacard/framework/Applet",
    "javacard/security/MessageDigest",
    "javacard/security/InitializedMessageDigest",
    "javacard/security/Signature",
    "javacard/security/RandomData",
    "javacard/security/KeyAgreement",
    "javacard/security/Checksum",
    "javacardx/crypto/Cipher",
    "javacardx/security/derivation/DerivationFunction",
    "javacardx/framework/math/BCDUtil",
    "javacardx/framework/math/ParityBit",
    "javacardx/framework/tlv/BERTLV",
    "javacardx/framework/tlv/BERTag",
    "javacardx/framework/tlv/ConstructedBERTag",
    "javacardx/framework/tlv/PrimitiveBERTag",
    "javacard/framework/service/BasicService",
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
    "javacard/framework/service/ServiceException",
    "javacard/security/CryptoException",
    "javacardx/biometry/BioException",
    "javacardx/biometry1toN/Bio1toNException",
    "javacardx/external/ExternalException",
    "javacardx/framework/string/StringException",
    "javacardx/framework/time/DateTimeException",
    "javacardx/framework/tlv/TLVException",
    "javacardx/framework/util/UtilException",
    "javacardx/security/cert/CertificateException",
];

pub(super) const ROWS: &[Row] = &[
    row(WITHOUT_REASON, "<init>", "()V", nothing),
    row(WITH_REASON, "<init>", "(S)V", set_reason),
    row(WITH_REASON, "getReason", "()S", get_reason),
    row(WITH_REASON, "setReason", "(S)V", set_reason),
    row(&["javacard/framework/UserException"], "<init>", "()V", nothing),
    throws(&["javacard/framework/CardException"], throw::<{ names::CARD_EXCEPTION.0 }>),
    throws(&["javacard/framework/CardRuntimeException"], throw::<{ names::CARD_RUNTIME_EXCEPTION.0 }>),
    throws(&["javacard/framework/ISOException"], throw::<{ names::ISO_EXCEPTION.0 }>),
    throws(&["javacard/framework/PINException"], throw::<{ names::PIN_EXCEPTION.0 }>),
    throws(&["javacard/framework/APDUException"], throw::<{ names::APDU_EXCEPTION.0 }>),
    throws(&["javacard/framework/SystemException"], throw::<{ names::SYSTEM_EXCEPTION.0 }>),
    throws(&["javacard/framework/TransactionException"], throw::<{ names::TRANSACTION_EXCEPTION.0 }>),
    throws(&["javacard/framework/UserException"], throw::<{ names::USER_EXCEPTION.0 }>),
    throws(&["javacard/framework/service/ServiceException"], throw::<{ names::SERVICE_EXCEPTION.0 }>),
    throws(&["javacard/security/CryptoException"], throw::<{ names::CRYPTO_EXCEPTION.0 }>),
    throws(&["javacardx/biometry/BioException"], throw::<{ names::BIO_EXCEPTION.0 }>),
    throws(&["javacardx/biometry1toN/Bio1toNException"], throw::<{ names::BIO_1_TO_N_EXCEPTION.0 }>),
    throws(&["javacardx/external/ExternalException"], throw::<{ names::EXTERNAL_EXCEPTION.0 }>),
    throws(&["javacardx/framework/string/StringException"], throw::<{ names::STRING_EXCEPTION.0 }>),
    throws(&["javacardx/framework/time/DateTimeException"], throw::<{ names::DATE_TIME_EXCEPTION.0 }>),
    throws(&["javacardx/framework/tlv/TLVException"], throw::<{ names::TLV_EXCEPTION.0 }>),
    throws(&["javacardx/framework/util/UtilException"], throw::<{ names::UTIL_EXCEPTION.0 }>),
    throws(&["javacardx/security/cert/CertificateException"], throw::<{ names::CERTIFICATE_EXCEPTION.0 }>),
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

/// `throwIt` of an exception's class.
const fn throws(class: &'static [&'static str], native: Native) -> Row {
    row(class, "throwIt", "(S)V", native)
}

fn throw<const CLASS: u16>(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Err(Stop::throw_reason(ClassId(CLASS), args.short(0)))
}
