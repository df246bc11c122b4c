//! Every hard limit of the runtime, in one place, with the clause it follows.

/// Longest AID in bytes (ISO/IEC 7816-4, 8.2.1.2).
pub const AID_MAX: usize = 16;
/// Shortest AID in bytes (ISO/IEC 7816-4, 8.2.1.2; JCVM 4.2: at least the five bytes of a RID).
pub const AID_MIN: usize = 5;
/// Logical channels of a card: the basic one and nineteen more (ISO/IEC 7816-4, 5.4.1).
pub const CHANNELS: usize = 20;
/// Longest data field of a short command (ISO/IEC 7816-4, 5.1).
pub const SHORT_DATA_MAX: usize = 255;
/// Longest answer a short command may ask for (ISO/IEC 7816-4, 5.1).
pub const SHORT_ANSWER_MAX: usize = 256;
/// Longest data field that an extended command may bring: what the APDU class can report in a positive
/// `short` (JCRE 3.0.5, `APDU.getIncomingLength`).
pub const EXTENDED_DATA_MAX: usize = 32_767;
/// Longest answer in extended form, likewise (`APDU.setOutgoingLength`).
pub const EXTENDED_ANSWER_MAX: usize = 32_767;
/// Bytes of the APDU buffer. The standard asks for at least 133 (`APDU.getBuffer`); with extended length it must
/// hold seven bytes of header beside the data of one `receiveBytes`.
pub const APDU_BUFFER: u16 = 1_280;
/// Calls and backward branches that one command may run before the card gives up on the applet: a hundred times what the
/// longest honest command needs, and far less than a host's patience.
pub const COMMAND_BUDGET: u64 = 10_000_000;
/// What an operation with an elliptic curve costs of the command's budget: it takes as long as so many calls.
pub const CURVE_COST: u64 = 20_000;
/// What an operation with a private key of RSA, DSA or Diffie-Hellman costs of it.
pub const POWER_COST: u64 = 200_000;
/// What making an RSA key costs of it: two of the longest must fit into a command.
pub const RSA_GENERATION_COST: u64 = 4_000_000;
/// Bytes that are digested, encrypted or compared in the time of one call.
pub const BYTES_PER_CALL: u64 = 2;
/// Applet instances on one card.
pub const APPLETS: usize = 250;
/// Packages on one card.
pub const PACKAGES: usize = 120;
/// Longest load file accepted, in bytes.
pub const LOAD_FILE_MAX: usize = 512 * 1024;
/// Longest install parameter field, `C9` (GlobalPlatform Card Specification 2.3.1, 11.5.2.3.7).
pub const INSTALL_PARAMETERS_MAX: usize = 255;
/// Keys that a security domain keeps (GlobalPlatform Card Specification 2.3.1, 11.8: identifiers and versions up to 7F each;
/// few are enough).
pub const DOMAIN_KEYS: usize = 48;
/// Data objects that a security domain keeps for its owner.
pub const DOMAIN_OBJECTS: usize = 24;
/// Security domains on one card, the issuer's included.
pub const DOMAINS: usize = 32;
/// Longest sequence of STORE DATA commands to a security domain, in bytes.
pub const STORE_DATA_MAX: usize = 8 * 1024;
/// SCP03 sessions that one key set opens before it must be replaced: the sequence counter has three bytes
/// (GlobalPlatform Amendment D 1.1.2, 6.2.2.1).
pub const SCP03_SESSIONS_MAX: u32 = 0x00FF_FFFF;
/// Commands one SCP03 session carries: far below the 2^32 that its counter could tell apart.
pub const SCP03_COMMANDS_MAX: u32 = 1 << 24;
/// SCP02 sessions that one key set opens before it must be replaced: the sequence counter has two bytes
/// (GlobalPlatform Card Specification 2.3.1, E.1.2).
pub const SCP02_SESSIONS_MAX: u32 = 0xFFFF;
/// Commands one SCP02 session carries: far below the 2^32 MACs after which two of 64 bits collide.
pub const SCP02_COMMANDS_MAX: u32 = 1 << 24;
/// Failed EXTERNAL AUTHENTICATE in a row before the security domain refuses for the rest of the power-up.
pub const AUTHENTICATION_FAILURES_MAX: u8 = 10;
/// Longest PIN that `OwnerPIN` keeps (`OwnerPIN(byte tryLimit, byte maxPINSize)`).
pub const PIN_MAX: usize = 127;
/// Bytes of the largest number that `BigNumber` and `BCDUtil` know; the API asks for at least 8
/// (`BigNumber.getMaxBytesSupported`).
pub const BIG_NUMBER_BYTES: usize = 128;
/// Bytes of the longest BER tag: the API asks for tag numbers up to 0x3FFF, which take three (`BERTag.init`).
pub const TLV_TAG_BYTES: usize = 4;
/// Bytes of the longest BER TLV (`TLVException.TLV_SIZE_GREATER_THAN_32767`).
pub const TLV_BYTES: usize = 32_767;
/// How deep the objects of constructed TLVs may stand in one another.
pub const TLV_DEPTH: usize = 32;
/// Bytes of the longest password that a biometric template keeps, as long as a PIN's.
pub const BIO_PASSWORD_MAX: u16 = 127;
/// Template data of one matcher (`Bio1toNException.BIO_TEMPLATE_DATA_CAPACITY_EXCEEDED`).
pub const BIO_TEMPLATES_MAX: i16 = 64;
/// Bytes of the largest extended store (`Memory.MEMORY_TYPE_EXTENDED_STORE`).
pub const EXTENDED_STORE_BYTES: u32 = 256 << 10;
/// Bytes of the pieces that an extended store consists of: shorter than the longest array.
pub const EXTENDED_STORE_PIECE: u32 = 16 << 10;
/// Longest message that must be kept whole before it is signed or encrypted: EdDSA reads it twice.
pub const WHOLE_MESSAGE_MAX: usize = 64 * 1024;
/// Extensions of one certificate; RFC 5280 describes seventeen. Two views each must fit the views of one command.
pub const CERTIFICATE_EXTENSIONS: usize = 64;
/// Requests that a deterministic random bit generator serves before it is seeded again; SP 800-90A, table 2, allows 2^48.
pub const DRBG_REQUESTS: u32 = 1 << 10;
