//! The platform's classes that natives make, throw or recognise.

use card_image::api::{ClassId, find_class};

use super::policy::AlgorithmClass;

/// The class of this name; a misspelt one does not compile.
pub(super) const fn class(name: &str) -> ClassId {
    match find_class(name) {
        Some(class) => class,
        None => ClassId(u16::MAX),
    }
}

/// Turns `NAME = "full/name";` into a constant of the class's number, checked when compiling.
macro_rules! classes {
    ($($name:ident = $class:literal;)*) => {
        $(
            pub(crate) const $name: ClassId = class($class);
            const _: () = assert!($name.0 != u16::MAX, $class);
        )*
    };
}

classes! {
    AID = "javacard/framework/AID";
    APDU = "javacard/framework/APDU";
    OWNER_PIN = "javacard/framework/OwnerPIN";
    OWNER_PIN_X = "javacard/framework/OwnerPINx";
    OWNER_PIN_X_WITH_PREDECREMENT = "javacard/framework/OwnerPINxWithPredecrement";
    EXTENDED_LENGTH = "javacardx/apdu/ExtendedLength";
    MULTI_SELECTABLE = "javacard/framework/MultiSelectable";
    APPLET_EVENT = "javacard/framework/AppletEvent";

    CARD_EXCEPTION = "javacard/framework/CardException";
    CARD_RUNTIME_EXCEPTION = "javacard/framework/CardRuntimeException";
    ISO_EXCEPTION = "javacard/framework/ISOException";
    PIN_EXCEPTION = "javacard/framework/PINException";
    APDU_EXCEPTION = "javacard/framework/APDUException";
    RESOURCES = "javacard/framework/Resources";
    SYSTEM_EXCEPTION = "javacard/framework/SystemException";
    TRANSACTION_EXCEPTION = "javacard/framework/TransactionException";
    USER_EXCEPTION = "javacard/framework/UserException";
    CRYPTO_EXCEPTION = "javacard/security/CryptoException";
    SERVICE_EXCEPTION = "javacard/framework/service/ServiceException";
    BIO_EXCEPTION = "javacardx/biometry/BioException";
    BIO_1_TO_N_EXCEPTION = "javacardx/biometry1toN/Bio1toNException";
    EXTERNAL_EXCEPTION = "javacardx/external/ExternalException";
    STRING_EXCEPTION = "javacardx/framework/string/StringException";
    DATE_TIME_EXCEPTION = "javacardx/framework/time/DateTimeException";
    TLV_EXCEPTION = "javacardx/framework/tlv/TLVException";
    UTIL_EXCEPTION = "javacardx/framework/util/UtilException";
    INDEX_OUT_OF_BOUNDS = "java/lang/IndexOutOfBoundsException";
    BUFFER_OVERFLOW = "javacardx/framework/nio/BufferOverflowException";
    BUFFER_UNDERFLOW = "javacardx/framework/nio/BufferUnderflowException";
    READ_ONLY_BUFFER = "javacardx/framework/nio/ReadOnlyBufferException";

    OWNER_BIO_TEMPLATE = "javacardx/biometry/OwnerBioTemplate";
    OWNER_BIO_MATCHER = "javacardx/biometry1toN/OwnerBioMatcher";
    OWNER_BIO_TEMPLATE_DATA = "javacardx/biometry1toN/OwnerBioTemplateData";
    MEMORY_ACCESS = "javacardx/external/MemoryAccess";
    EVENT_REGISTRY = "javacardx/framework/event/EventRegistry";
    BYTE_BUFFER = "javacardx/framework/nio/ByteBuffer";
    BYTE_ORDER = "javacardx/framework/nio/ByteOrder";
    TIME_DURATION = "javacardx/framework/time/TimeDuration";
    BER_TLV = "javacardx/framework/tlv/BERTLV";
    PRIMITIVE_BER_TLV = "javacardx/framework/tlv/PrimitiveBERTLV";
    CONSTRUCTED_BER_TLV = "javacardx/framework/tlv/ConstructedBERTLV";
    PRIMITIVE_BER_TAG = "javacardx/framework/tlv/PrimitiveBERTag";
    CONSTRUCTED_BER_TAG = "javacardx/framework/tlv/ConstructedBERTag";

    AES_KEY = "javacard/security/AESKey";
    DES_KEY = "javacard/security/DESKey";
    SEED_KEY = "javacard/security/KoreanSEEDKey";
    SM4_KEY = "javacard/security/SM4Key";
    HMAC_KEY = "javacard/security/HMACKey";
    GENERIC_SECRET_KEY = "javacard/security/GenericSecretKey";
    RSA_PUBLIC_KEY = "javacard/security/RSAPublicKey";
    RSA_PRIVATE_KEY = "javacard/security/RSAPrivateKey";
    RSA_PRIVATE_CRT_KEY = "javacard/security/RSAPrivateCrtKey";
    DSA_KEY = "javacard/security/DSAKey";
    DSA_PUBLIC_KEY = "javacard/security/DSAPublicKey";
    DSA_PRIVATE_KEY = "javacard/security/DSAPrivateKey";
    DH_KEY = "javacard/security/DHKey";
    DH_PUBLIC_KEY = "javacard/security/DHPublicKey";
    DH_PRIVATE_KEY = "javacard/security/DHPrivateKey";
    EC_KEY = "javacard/security/ECKey";
    XEC_PUBLIC_KEY = "javacard/security/XECPublicKey";
    XEC_PRIVATE_KEY = "javacard/security/XECPrivateKey";
    NAMED_PARAMETER_SPEC = "javacard/security/NamedParameterSpec";
    PRIMALITY_TEST = "javacard/security/PrimalityTestParamSpec";
    KEY = "javacard/security/Key";
    KEY_ENCRYPTION = "javacardx/crypto/KeyEncryption";
    EC_PRIVATE_KEY = "javacard/security/ECPrivateKey";
    EC_PUBLIC_KEY = "javacard/security/ECPublicKey";
    KEY_PAIR = "javacard/security/KeyPair";
    CHECKSUM = "javacard/security/Checksum";
    RANDOM_DATA = "javacard/security/RandomData";
    RANDOM_DATA_ONE_SHOT = "javacard/security/RandomData$OneShot";
    CERTIFICATE_EXCEPTION = "javacardx/security/cert/CertificateException";
    CERTIFICATE_PARSER = "javacardx/security/cert/CertificateParser";
    KEY_HANDLER = "javacardx/security/cert/CertificateParser$KeyHandler";
    EXTENSION_HANDLER = "javacardx/security/cert/X509Certificate$ExtensionHandler";
    FIELD_HANDLER = "javacardx/security/cert/X509Certificate$FieldHandler";
    X509_CERTIFICATE = "javacardx/security/cert/X509Certificate";
    MONOTONIC_COUNTER = "javacardx/security/util/MonotonicCounter";
    KDF_ANSI_X963_SPEC = "javacardx/security/derivation/KDFAnsiX963Spec";
    KDF_COUNTER_MODE_SPEC = "javacardx/security/derivation/KDFCounterModeSpec";
    KDF_DOUBLE_PIPELINE_SPEC = "javacardx/security/derivation/KDFDoublePipelineIterationModeSpec";
    KDF_FEEDBACK_MODE_SPEC = "javacardx/security/derivation/KDFFeedbackModeSpec";
    KDF_HMAC_SPEC = "javacardx/security/derivation/KDFHmacSpec";
    KDF_ICAO_MRTD_SPEC = "javacardx/security/derivation/KDFIcaoMrtdSpec";
    KDF_IEEE_1363_SPEC = "javacardx/security/derivation/KDFIeee1363Spec";
    TLS_PRF_SPEC = "javacardx/security/derivation/TLSPseudoRandomFunctionSpec";
    TLS_EXPAND_LABEL_SPEC = "javacardx/security/derivation/TLSKDFExpandLabelSpec";
    APPLICATION = "org/globalplatform/Application";
    CVM = "org/globalplatform/CVM";
    SECURE_CHANNEL = "org/globalplatform/SecureChannel";
}

/// Turns `NAME = "full/name";` into a class of algorithms, which takes a permit to make an instance of.
macro_rules! algorithms {
    ($($name:ident = $class:literal;)*) => {
        $(
            pub(crate) const $name: AlgorithmClass = AlgorithmClass(class($class));
            const _: () = assert!($name.0.0 != u16::MAX, $class);
        )*
    };
}

algorithms! {
    MESSAGE_DIGEST = "javacard/security/MessageDigest";
    MESSAGE_DIGEST_ONE_SHOT = "javacard/security/MessageDigest$OneShot";
    INITIALIZED_MESSAGE_DIGEST = "javacard/security/InitializedMessageDigest";
    INITIALIZED_MESSAGE_DIGEST_ONE_SHOT = "javacard/security/InitializedMessageDigest$OneShot";
    CIPHER = "javacardx/crypto/Cipher";
    CIPHER_ONE_SHOT = "javacardx/crypto/Cipher$OneShot";
    AEAD_CIPHER = "javacardx/crypto/AEADCipher";
    SIGNATURE = "javacard/security/Signature";
    SIGNATURE_ONE_SHOT = "javacard/security/Signature$OneShot";
    SIGNATURE_MESSAGE_RECOVERY = "javacard/security/SignatureMessageRecovery";
    KEY_AGREEMENT = "javacard/security/KeyAgreement";
    DERIVATION_FUNCTION = "javacardx/security/derivation/DerivationFunction";
    DERIVATION_FUNCTION_ONE_SHOT = "javacardx/security/derivation/DerivationFunction$OneShot";
}

/// A signature with message recovery is a `Signature` that an applet casts to the interface.
pub(super) fn extended_by(interface: ClassId) -> Option<ClassId> {
    (interface == SIGNATURE_MESSAGE_RECOVERY.0).then_some(SIGNATURE.0)
}

/// All keys may be set encrypted; keys that are only parameters are keys as well.
pub(super) fn further_interfaces(class: ClassId) -> &'static [ClassId] {
    const KEYS: [ClassId; 17] = [
        AES_KEY,
        DES_KEY,
        SEED_KEY,
        SM4_KEY,
        HMAC_KEY,
        GENERIC_SECRET_KEY,
        RSA_PUBLIC_KEY,
        RSA_PRIVATE_KEY,
        RSA_PRIVATE_CRT_KEY,
        DSA_PUBLIC_KEY,
        DSA_PRIVATE_KEY,
        DH_PUBLIC_KEY,
        DH_PRIVATE_KEY,
        EC_PUBLIC_KEY,
        EC_PRIVATE_KEY,
        XEC_PUBLIC_KEY,
        XEC_PRIVATE_KEY,
    ];
    const PARAMETERS: [ClassId; 3] = [DSA_KEY, DH_KEY, EC_KEY];
    if KEYS.contains(&class) {
        &[KEY_ENCRYPTION]
    } else if PARAMETERS.contains(&class) {
        &[KEY, KEY_ENCRYPTION]
    } else {
        &[]
    }
}
