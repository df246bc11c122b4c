//! The bounds that a message from outside must keep, so that one sender cannot take the memory or time of all.

/// Longest HL7 message in bytes. HL7 v2 sets none; a minute of six 500 Hz waveforms as numbers is about this long.
pub const LONGEST_MESSAGE: usize = 1 << 20;

/// Most segments in a message. The HL7 sequence ID (SI) of OBX-1 has four digits in v2.6 chapter 2A.
pub const MOST_SEGMENTS: usize = 9_999;

/// Most fields of one segment that are looked at: no segment of v2.6 has more than 99.
pub const MOST_FIELDS: usize = 256;

/// Most observations (OBX) read from one message; a batch holds as many readings.
pub const MOST_OBSERVATIONS: usize = 4_096;

/// Most samples of one waveform in one OBX.
pub const MOST_SAMPLES: usize = 1 << 17;

/// Most identifiers of one person that are read: PID-3 may repeat without end.
pub const MOST_IDENTIFIERS: usize = 32;

/// Most parameters of one query (QPD-3).
pub const MOST_CRITERIA: usize = 32;

/// Longest dialect file in bytes: the longest of ours has two thousand.
pub const LONGEST_DIALECT: usize = 1 << 20;
/// Most segments that a dialect describes.
pub const MOST_RULES: usize = 32;
/// Most codes that a dialect maps: more than MDC has for vital signs.
pub const MOST_CODES: usize = 4_096;
/// Longest interval of a dialect, in seconds: a day.
pub const LONGEST_INTERVAL_S: u32 = 24 * 3_600;

/// Longest frame between MLLP's start and end block: the longest message.
pub const LONGEST_FRAME: usize = LONGEST_MESSAGE;
