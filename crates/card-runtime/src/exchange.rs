//! The command in work, as the `APDU` class shows it to an applet.
//!
//! The whole command has arrived before an applet runs and the whole answer is sent after it returned, so this is the
//! bookkeeping that keeps the order of calls that the API demands (Java Card API, `APDU`; JCRE 9.4), and what one must
//! not do with it.

use alloc::vec::Vec;

use crate::apdu::{Class, Command};
use crate::limits::{EXTENDED_ANSWER_MAX, SHORT_ANSWER_MAX};

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

/// The command in work.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) class: Class,
    pub(crate) state: State,
    /// Command data, and how much of it was taken.
    incoming: Vec<u8>,
    taken: usize,
    /// Le, if there was one.
    expected: Option<usize>,
    extended: bool,
    /// What the applet said it would send, and what it has.
    announced: usize,
    pub(crate) answer: Vec<u8>,
}

impl Exchange {
    pub(crate) fn new(command: &Command<'_>) -> Self {
        Self {
            class: command.class(),
            state: State::Initial,
            incoming: command.data.to_vec(),
            taken: 0,
            expected: command.expected,
            extended: command.extended,
            announced: 0,
            answer: Vec::new(),
        }
    }

    /// What stands in the APDU buffer before the applet runs: the header, and P3 as far as it exists, in the form it came.
    pub(crate) fn header(command: &Command<'_>) -> Vec<u8> {
        let mut header = Vec::from([command.cla, command.ins, command.p1, command.p2]);
        let length = if command.data.is_empty() { command.expected.unwrap_or(0) } else { command.data.len() };
        let [.., high, low] = length.to_be_bytes();
        if command.extended {
            header.extend_from_slice(&[0, high, low]);
        } else {
            header.push(low);
        }
        header
    }

    /// Where command data begin in the buffer.
    pub(crate) fn data_offset(&self) -> i16 {
        if self.extended { 7 } else { 5 }
    }

    /// Lc.
    pub(crate) fn incoming_length(&self) -> usize {
        self.incoming.len()
    }

    /// `setIncomingAndReceive`: the first piece of data, at most `room` bytes of it.
    pub(crate) fn receive_first(&mut self, room: usize) -> Result<&[u8], Misuse> {
        if self.state != State::Initial {
            return Err(Misuse::IllegalUse);
        }
        self.state = State::PartialIncoming;
        self.receive(room)
    }

    /// `receiveBytes`: the next piece, at most `room` bytes of it.
    pub(crate) fn receive(&mut self, room: usize) -> Result<&[u8], Misuse> {
        match self.state {
            State::PartialIncoming => {}
            State::FullIncoming => return Ok(&[]),
            State::Initial
            | State::Outgoing
            | State::OutgoingLengthKnown
            | State::PartialOutgoing
            | State::FullOutgoing => return Err(Misuse::IllegalUse),
        }
        let start = self.taken;
        self.taken = self.incoming.len().min(start + room);
        if self.taken == self.incoming.len() {
            self.state = State::FullIncoming;
        }
        self.incoming.get(start..self.taken).ok_or(Misuse::BufferBounds)
    }

    /// `setOutgoing`: turns the direction and says what the sender expects at most.
    pub(crate) fn set_outgoing(&mut self) -> Result<usize, Misuse> {
        if self.state >= State::Outgoing {
            return Err(Misuse::IllegalUse);
        }
        self.state = State::Outgoing;
        Ok(self.expected.unwrap_or_else(|| self.most()))
    }

    fn most(&self) -> usize {
        if self.extended { EXTENDED_ANSWER_MAX } else { SHORT_ANSWER_MAX }
    }

    /// `setOutgoingLength`.
    pub(crate) fn announce(&mut self, length: i16) -> Result<(), Misuse> {
        if self.state != State::Outgoing {
            return Err(Misuse::IllegalUse);
        }
        let length = usize::try_from(length).map_err(|_| Misuse::BadLength)?;
        if length > self.most() {
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
        if self.answer.len() + length > self.announced { Err(Misuse::IllegalUse) } else { Ok(()) }
    }

    /// Takes a piece of the answer, after [`Exchange::may_send`].
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.answer.extend_from_slice(bytes);
        self.state =
            if self.answer.len() == self.announced { State::FullOutgoing } else { State::PartialOutgoing };
    }
}
