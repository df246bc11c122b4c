//! What can be wrong with the form of a message, always with the place.

/// The bytes are no HL7 v2 message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Hl7Error {
    /// More bytes than [`crate::limits::LONGEST_MESSAGE`].
    #[error("{length} bytes are more than a message may have")]
    TooLong {
        /// How many there are.
        length: usize,
    },
    /// More segments than [`crate::limits::MOST_SEGMENTS`].
    #[error("segment {segment} is one too many")]
    TooManySegments {
        /// Its number, counted from 1.
        segment: usize,
    },
    /// It does not begin with `MSH` and a field separator.
    #[error("no MSH segment at the start")]
    NoHeader,
    /// MSH-1 and MSH-2 are not five different printable characters that are neither letters nor digits.
    #[error("MSH-2 at byte {offset} does not name four separators")]
    Separators {
        /// Where MSH-2 starts.
        offset: usize,
    },
    /// A segment does not begin with three upper-case letters or digits and a field separator.
    #[error("segment {segment} at byte {offset} has no name")]
    SegmentName {
        /// Its number, counted from 1.
        segment: usize,
        /// Where it starts.
        offset: usize,
    },
    /// The bytes are not of the character set in MSH-18.
    #[error("byte {offset} is no {charset} text")]
    NotText {
        /// The first byte that is not.
        offset: usize,
        /// The character set by which the bytes were read.
        charset: &'static str,
    },
    /// MSH-18 names a character set that is not read here.
    #[error("character set {name:?} in MSH-18 is not supported")]
    Charset {
        /// What MSH-18 says, at most 32 characters of it.
        name: String,
    },
}
