//! Every hard limit of the adapters, in one place.

/// Bytes of a session that wait for the rest of their frame: the longest APDU (ISO/IEEE 11073-20601, 8.2: 63 KiB to a manager) and its head.
pub const WAITING: usize = 64 * 1024 + 4;
/// Longest record in its stored form: original, context and head.
pub const RECORD: usize = 1024 * 1024;
/// Longest name of a device as a protocol tells it, in bytes.
pub const DEVICE: usize = 128;
/// Longest value of a characteristic (Bluetooth Core Specification, volume 3, part F, 3.2.9).
pub const CHARACTERISTIC: usize = 512;
/// Glucose measurements remembered for contexts that follow.
pub const GLUCOSE: usize = 32;
/// Longest frame of the serial protocol, from STX to CR.
pub const SERIAL_FRAME: usize = 4096;
/// Longest line of a CSV or JSON Lines file, in bytes.
pub const LINE: usize = 64 * 1024;
/// Longest JSON document.
pub const DOCUMENT: usize = 512 * 1024;
/// Longest text that configures a mapping.
pub const MAPPING: usize = 64 * 1024;
/// Columns of a CSV line.
pub const COLUMNS: usize = 1024;
/// Longest configuration report of a personal health device, in bytes.
pub const CONFIGURATION: usize = 16 * 1024;
/// Longest SDC document: a whole MDIB of a large device has some hundred kilobytes.
pub const XML: usize = 8 * 1024 * 1024;
/// Deepest nesting of an SDC document; the deepest element of BICEPS lies at about 20.
pub const XML_DEPTH: usize = 64;
/// Elements of an SDC document.
pub const XML_ELEMENTS: usize = 200_000;
/// Characters of a device's own words for an alarm.
pub const WORDS: usize = 120;
/// Alarms that one record may speak of.
pub const ALERTS: usize = 1_000;
/// Descriptors of an MDIB that are remembered.
pub const DESCRIPTORS: usize = 20_000;
