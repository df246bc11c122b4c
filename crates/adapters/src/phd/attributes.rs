//! The attributes that a manager reads (ISO/IEEE 11073-10101, partition 1), by their terms.

/// Type of an object: partition and term.
pub(super) const TYPE: u16 = 0x092F;
/// Unit of an object.
pub(super) const UNIT: u16 = 0x0996;
/// Terms of a compound's numbers.
pub(super) const PHYSIO_LIST: u16 = 0x0A76;
/// Partition of enumerated values.
pub(super) const ENUM_PARTITION: u16 = 0x0A60;
/// Layout of a fixed report.
pub(super) const VALUE_MAP: u16 = 0x0A55;

/// A number with its own metric, state and unit.
pub(super) const NUMBER: u16 = 0x0950;
/// A number, FLOAT.
pub(super) const NUMBER_SIMPLE: u16 = 0x0A56;
/// A number, SFLOAT.
pub(super) const NUMBER_BASIC: u16 = 0x0A4C;
/// Numbers, FLOAT.
pub(super) const COMPOUND_SIMPLE: u16 = 0x0A74;
/// Numbers, SFLOAT.
pub(super) const COMPOUND_BASIC: u16 = 0x0A75;
/// A term.
pub(super) const WORD: u16 = 0x0A49;
/// A string.
pub(super) const STRING: u16 = 0x0A4A;
/// 32 bits.
pub(super) const BITS_SIMPLE: u16 = 0x0A65;
/// 16 bits.
pub(super) const BITS_BASIC: u16 = 0x0A66;

/// A clock's face, in binary-coded decimals.
pub(super) const TIME_ABSOLUTE: u16 = 0x0990;
/// Eighths of a millisecond of the agent's own clock.
pub(super) const TIME_RELATIVE: u16 = 0x0991;
/// Seconds since 1900, a fraction, and minutes of offset.
pub(super) const TIME_BASE_OFFSET: u16 = 0x0A82;
/// What a value is worth.
pub(super) const STATUS: u16 = 0x0947;

/// Attributes of an observation of which no reading is made, each with what it is.
pub(super) const OTHERS: [(u16, &str); 6] = [
    (0x094A, "accuracy"),
    (0x0A46, "specification of the metric"),
    (0x0A47, "handle of what it belongs to"),
    (0x0A59, "how long it was measured"),
    (0x0A61, "supplemental types"),
    (0x0A67, "handles of what it belongs to"),
];
