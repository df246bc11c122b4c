//! What can be wrong with what a device sent, and what somebody can do about it.

/// Why bytes, or a part of a record, cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It ends too early.
    #[error("ends {0} bytes too early")]
    Truncated(usize),
    /// Something follows its end.
    #[error("{0} bytes follow its end")]
    Trailing(usize),
    /// A value that the protocol does not allow there.
    #[error("{what} is {found}, not {wanted}")]
    Value {
        /// What it is.
        what: &'static str,
        /// What stands there.
        found: String,
        /// What may.
        wanted: &'static str,
    },
    /// Something that no table here has.
    #[error("{what} {found} is not known")]
    Unknown {
        /// What it is.
        what: &'static str,
        /// What stands there.
        found: String,
    },
    /// A name that can mean either of two things.
    #[error("{0:?} stands there twice")]
    Twice(String),
    /// More than is taken.
    #[error("{what}: more than {most}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// The limit.
        most: usize,
    },
    /// The checksum does not fit.
    #[error("checksum {found:04X}, computed {computed:04X}")]
    Checksum {
        /// As received.
        found: u32,
        /// Of what was received.
        computed: u32,
    },
    /// Frames or reports are missing before this one.
    #[error("number {found} follows {after}: something between them is missing")]
    Gap {
        /// The last one before.
        after: u64,
        /// This one.
        found: u64,
    },
    /// Bytes that begin nothing.
    #[error("bytes outside of any frame")]
    Stray,
    /// Bytes that are no text.
    #[error("not text in {0}")]
    Encoding(&'static str),
    /// A text of another form than the protocol asks for.
    #[error("{0}")]
    Syntax(String),
    /// No moment.
    #[error("{0:?} is no moment")]
    Time(String),
    /// Seven days or more from the record's first reading.
    #[error("seven days or more from the record's first reading")]
    TooFar,
    /// Nothing says which device it is of.
    #[error("nothing says which device it is of")]
    NoDevice,
    /// The number cannot be held exactly.
    #[error("{0} cannot be held exactly")]
    Range(String),
    /// It came when the protocol does not allow it.
    #[error("not expected now: {0}")]
    Order(&'static str),
}

impl Problem {
    /// What somebody can do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Truncated(_) | Self::Trailing(_) => {
                "compare the length with the protocol's: the capture may be cut, or the sender counts otherwise"
            }
            Self::Value { .. } | Self::Syntax(_) | Self::Encoding(_) => {
                "compare the bytes at the offset with docs/adapters.md; the sender or the mapping has to change"
            }
            Self::Unknown { .. } => "add it to the mapping, or to standards/clinical/nomenclature.tsv",
            Self::Twice(_) => {
                "have the sender name each value once: nobody can tell which of the two is meant"
            }
            Self::Limit { .. } => "have the sender send less at a time",
            Self::Checksum { .. } | Self::Stray => {
                "look at the line: cable, speed, parity; the sender repeats the frame"
            }
            Self::Gap { .. } => {
                "look for what is missing in the sender's memory; a line that loses frames needs the sender's repetition on"
            }
            Self::Time(_) => "set the mapping's time format, or the device's clock",
            Self::TooFar => "have the sender put measurements of different days into different records",
            Self::NoDevice => {
                "have the sender say its serial number first, or name the device in the source's configuration"
            }
            Self::Range(_) => "have the sender round to what it measures",
            Self::Order(_) => "have the device associate anew",
        }
    }
}

/// A record that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at byte {at}: {problem}")]
pub struct Refusal {
    /// Offset in the record's original.
    pub at: usize,
    /// Why.
    pub problem: Problem,
}

impl Refusal {
    /// At this offset.
    #[must_use]
    pub fn at(at: usize, problem: Problem) -> Self {
        Self { at, problem }
    }
}
