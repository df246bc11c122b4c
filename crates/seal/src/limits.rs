//! Every hard limit of the formats, in one place. Clauses name the sections of `docs/formats.md`.

/// Longest encoding of a batch in bytes ("Batch").
pub const BATCH_BYTES: usize = 256 * 1024;
/// Most readings in a batch ("Batch").
pub const BATCH_READINGS: usize = 4096;
/// Longest device id in characters ("Identity").
pub const DEVICE_ID: usize = 64;
/// Longest unit in bytes ("Batch"); the longest UCUM unit of our nomenclature has under 20.
pub const UNIT: usize = 30;
/// Longest text of a text reading in bytes ("Batch").
pub const TEXT: usize = 4096;
/// A decimal's exponent lies between minus this and this ("Batch").
pub const EXPONENT: i8 = 18;
/// Last instant a batch may carry, in microseconds: 9999-12-31T23:59:59.999999Z ("Batch").
pub const TIME: i64 = 253_402_300_799_999_999;
/// A reading lies at most this many microseconds before or after its batch: seven days ("Batch").
pub const DT: i64 = 7 * 24 * 3600 * 1_000_000;
/// Bytes of a tagged `COSE_Sign1` of ours; every field of it has a fixed width ("Seal").
pub const SEAL_BYTES: usize = 183;
/// Longest sealed batch: the array's head, the seal with its head, the batch with its head ("Seal").
pub const SEALED_BYTES: usize = 1 + 2 + SEAL_BYTES + 5 + BATCH_BYTES;
/// Longest certificate in DER bytes that is looked at.
pub const CERTIFICATE_BYTES: usize = 16 * 1024;
/// Longest JWS signing input in bytes, what SIGN TOKEN takes ("Identity applet").
pub const TOKEN_INPUT: usize = 1024;
/// Longest first line of a record in bytes ("Record"): certificates of several thousand devices.
pub const RECORD_HEADER: usize = 16 * 1024 * 1024;
/// Longest other line of a record in bytes ("Record"): the longest sealed batch in base64 and room around it.
pub const RECORD_LINE: usize = SEALED_BYTES.div_ceil(3) * 4 + 64;
/// Most faults that a report on a record lists one by one; all are counted.
pub const REPORT_FAULTS: usize = 1000;
