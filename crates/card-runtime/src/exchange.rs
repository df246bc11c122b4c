//! The command in work, as the `APDU` class shows it to an applet.
//!
//! The whole command has arrived before an applet runs and the whole answer is sent after it returned, so this is the
//! bookkeeping that keeps the order of calls that the API demands (Java Card API, `APDU`; JCRE 9.4), and what one must
//! not do with it. The data itself are not here: what came stands where the host put it until the applet takes it into
//! the APDU buffer, and what the applet sends goes straight into the host's answer.

use core::ops::Range;

use crate::apdu::{Class, Command};
use crate::limits::{EXTENDED_ANSWER_MAX, SHORT_ANSWER_MAX};
use crate::protocol::Protocol;

/// `APDU.STATE_*`: how far an applet got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// Nothing but the header was looked at.
    Initial = 0,
    /// Some of the data was taken.
    PartialIncoming = 1,
    /// All of the data was taken.
    FullIncoming = 2,
    /// The direction was turned.
    Outgoing = 3,
    /// The length of the answer is known.
    OutgoingLengthKnown = 4,
    /// Some of the answer was given.
    PartialOutgoing = 5,
    /// All of it was.
    FullOutgoing = 6,
}

/// What an applet did at the wrong time or with wrong numbers (`APDUException`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misuse {
    /// Called in the wrong state.
    IllegalUse = 1,
    /// Bytes outside the buffer.
    BufferBounds = 2,
    /// A length below zero or above what the protocol takes.
    BadLength = 3,
}

/// Whether an answer may be cut into blocks (`setOutgoing`) or not (`setOutgoingNoChaining`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chaining {
    Allowed,
    Forbidden,
}

/// What stands at the beginning of the APDU buffer before an applet runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    bytes: [u8; Header::EXTENDED],
    extended: bool,
}

impl Header {
    const SHORT: usize = 5;
    const EXTENDED: usize = 7;

    /// CLA INS P1 P2, and P3 as far as it exists, in the form it came.
    pub(crate) fn of(command: &Command<'_>) -> Self {
        let Command { cla, ins, p1, p2, data, expected, extended } = *command;
        let length = if data.is_empty() { expected.unwrap_or(0) } else { data.len() };
        let [.., high, low] = length.to_be_bytes();
        let bytes = if extended { [cla, ins, p1, p2, 0, high, low] } else { [cla, ins, p1, p2, low, 0, 0] };
        Self { bytes, extended }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        let (short, rest) = self.bytes.split_at(Self::SHORT);
        if self.extended || rest.is_empty() { &self.bytes } else { short }
    }
}

/// The command in work.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) class: Class,
    pub(crate) state: State,
    /// Nc, and how much of the data was taken.
    length: usize,
    taken: usize,
    /// Ne, if there was an Le.
    expected: Option<usize>,
    extended: bool,
    protocol: Protocol,
    pub(crate) chaining: Chaining,
    /// Whether a service's answer, whose length has one byte in the APDU buffer, is 256 bytes long when that byte is 0.
    pub(crate) longest_answer: bool,
    /// What the applet said it would send, and what it has.
    announced: usize,
    sent: usize,
}

impl Exchange {
    pub(crate) fn new(command: &Command<'_>, protocol: Protocol) -> Self {
        Self {
            class: command.class(),
            state: State::Initial,
            length: command.data.len(),
            taken: 0,
            expected: command.expected,
            extended: command.extended,
            protocol,
            chaining: Chaining::Allowed,
            longest_answer: false,
            announced: 0,
            sent: 0,
        }
    }

    /// Where command data begin in the buffer.
    pub(crate) fn data_offset(&self) -> i16 {
        if self.extended { 7 } else { 5 }
    }

    /// Lc.
    pub(crate) fn incoming_length(&self) -> usize {
        self.length
    }

    /// `setIncomingAndReceive`: the first piece of data, at most `room` bytes of it.
    pub(crate) fn receive_first(&mut self, room: usize) -> Result<Range<usize>, Misuse> {
        if self.state != State::Initial {
            return Err(Misuse::IllegalUse);
        }
        self.state = State::PartialIncoming;
        self.receive(room)
    }

    /// `receiveBytes`: the next piece, at most `room` bytes of it, which must be room for a block unless less is left.
    pub(crate) fn receive(&mut self, room: usize) -> Result<Range<usize>, Misuse> {
        match self.state {
            State::PartialIncoming => {}
            State::FullIncoming => return Ok(self.taken..self.taken),
            State::Initial
            | State::Outgoing
            | State::OutgoingLengthKnown
            | State::PartialOutgoing
            | State::FullOutgoing => return Err(Misuse::IllegalUse),
        }
        let left = self.length.saturating_sub(self.taken);
        let block = usize::try_from(self.protocol.in_block()).unwrap_or(0);
        if room < left.min(block) {
            return Err(Misuse::BufferBounds);
        }
        let start = self.taken;
        self.taken = self.length.min(start.saturating_add(room));
        if self.taken == self.length {
            self.state = State::FullIncoming;
        }
        Ok(start..self.taken)
    }

    /// `setOutgoing`, `setOutgoingNoChaining`: turns the direction and says what the sender expects at most.
    pub(crate) fn set_outgoing(&mut self, chaining: Chaining) -> Result<usize, Misuse> {
        if self.state >= State::Outgoing {
            return Err(Misuse::IllegalUse);
        }
        self.state = State::Outgoing;
        self.chaining = chaining;
        Ok(self.expected.unwrap_or_else(|| self.most()))
    }

    fn most(&self) -> usize {
        if self.extended { EXTENDED_ANSWER_MAX } else { SHORT_ANSWER_MAX }
    }

    /// The longest answer: an answer that must not be cut has to fit one block with the status word.
    fn longest(&self) -> usize {
        let block = usize::try_from(self.protocol.out_block()).unwrap_or(0).saturating_sub(2);
        match self.chaining {
            Chaining::Allowed => self.most(),
            Chaining::Forbidden => self.most().min(block),
        }
    }

    /// `setOutgoingLength`.
    pub(crate) fn announce(&mut self, length: i16) -> Result<(), Misuse> {
        if self.state != State::Outgoing {
            return Err(Misuse::IllegalUse);
        }
        let length = usize::try_from(length).map_err(|_| Misuse::BadLength)?;
        if length > self.longest() {
            return Err(Misuse::BadLength);
        }
        self.announced = length;
        self.state = State::OutgoingLengthKnown;
        Ok(())
    }

    /// Whether `length` bytes may be sent now.
    pub(crate) fn may_send(&self, length: i16) -> Result<(), Misuse> {
        if !matches!(self.state, State::OutgoingLengthKnown | State::PartialOutgoing) {
            return Err(Misuse::IllegalUse);
        }
        let length = usize::try_from(length).map_err(|_| Misuse::BufferBounds)?;
        if self.sent + length > self.announced { Err(Misuse::IllegalUse) } else { Ok(()) }
    }

    /// Counts a piece of the answer, after [`Exchange::may_send`].
    pub(crate) fn count_sent(&mut self, length: usize) {
        self.sent += length;
        self.state = if self.sent == self.announced { State::FullOutgoing } else { State::PartialOutgoing };
    }
}
