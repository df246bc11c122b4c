//! What an adapter is.

use clinical::hl7::Zone;
use seal::Micros;

use crate::{Decoded, Problem, Record, Refusal, Span};

/// One protocol. Implementations have no state: all of it is in their sessions.
pub trait Adapter: Sync {
    /// Its name in configuration, commands and records: `a-z 0-9 -`, and never another's later on, since stored records bear it.
    fn name(&self) -> &'static str;

    /// One line for a person.
    fn about(&self) -> &'static str;

    /// What a capture file of it holds, for a person.
    fn capture(&self) -> &'static str;

    /// Begins a conversation with one device, or one file.
    ///
    /// # Errors
    /// When the settings cannot be used.
    fn open(&self, settings: &Settings<'_>) -> Result<Box<dyn Session>, SetupError>;

    /// The readings of a record that a session of this adapter made: the same always, whatever else has come before it. `zone` is where the
    /// source's clocks are set, for stamps that do not say so.
    ///
    /// # Errors
    /// [`Refusal`] when nothing of it can be taken. What only a part of it has wrong is in [`Decoded::parts`].
    fn read(&self, record: &Record, zone: &Zone) -> Result<Decoded, Refusal>;
}

/// How a session is set up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings<'a> {
    /// The text that configures it, for adapters that take one.
    pub config: Option<&'a str>,
    /// The device, for protocols and lines on which it does not say who it is. What it says itself is believed before this.
    pub device: Option<&'a str>,
}

/// Settings that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// The configuration has a fault at this place, counted from 1.
    #[error("line {line}, column {column}: {problem}")]
    Config {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// The adapter needs a configuration.
    #[error("this adapter needs a configuration")]
    NoConfig,
    /// The adapter takes none.
    #[error("this adapter takes no configuration")]
    NeedlessConfig,
}

/// A conversation with one device, or one file.
pub trait Session: Send {
    /// Takes the bytes that came at `at`, in portions of any size: the events do not depend on how the bytes are cut.
    fn push(&mut self, bytes: &[u8], at: Micros) -> Vec<Event>;

    /// Nothing more comes: what waits for its rest is reported, or is whole by this.
    fn end(&mut self, at: Micros) -> Vec<Event>;

    /// Whether nothing that comes from now on can be understood, so that the line is better closed.
    fn is_lost(&self) -> bool {
        false
    }
}

/// What came of the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Something to be stored.
    Record {
        /// The bytes it came in.
        span: Span,
        /// Bytes of its original that stand before those of the span: what the session added from earlier ones.
        lead: usize,
        /// What is to be stored.
        record: Record,
        /// What the device is told when that is done.
        answers: Answers,
    },
    /// Something that has no readings: framing, identification.
    Kept {
        /// Where.
        span: Span,
        /// What it is.
        what: String,
        /// Why it is not stored.
        why: &'static str,
    },
    /// Something that is wrong.
    Reported {
        /// Where.
        span: Span,
        /// What it is, as far as it can be told.
        what: String,
        /// What is wrong.
        problem: Problem,
        /// The bytes, for whoever has to find the fault.
        bytes: Vec<u8>,
    },
    /// What the device is told at once, whatever becomes of records.
    Reply(Vec<u8>),
}

/// What a device is told of its record; empty for protocols that say nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// When it is on disk, now or from before.
    pub stored: Vec<u8>,
    /// When it was refused for good. When it cannot be stored for now nothing is said.
    pub refused: Vec<u8>,
}

impl Event {
    /// The bytes it covers; a reply covers none.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Record { span, .. } | Self::Kept { span, .. } | Self::Reported { span, .. } => Some(*span),
            Self::Reply(_) => None,
        }
    }
}
