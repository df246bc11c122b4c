//! The card's side of T=1', without I/O. A card only ever answers.

use super::block::{Block, Fault, Request, Response, Turn};
use super::link::Heard;
use super::parameters::Parameters;
use crate::limits::{COMMAND_MAX, T1_INFORMATION_MAX};

/// What the card does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Nothing.
    Silence,
    /// Send the block.
    Send(Block),
    /// Execute the command, and call [`CardSide::answer`]; while that takes long, [`CardSide::extend`].
    Execute(Vec<u8>),
    /// Reset the element, then send the block.
    Reset(Block),
}

/// Whether the element works on a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Idle,
    Executing,
    /// More time was asked for, and not yet granted.
    Asking,
    /// The host counts anew: what the element works on is no longer wanted.
    Unwanted,
}

/// The state machine.
#[derive(Debug)]
pub struct CardSide {
    parameters: Vec<u8>,
    /// Number of the host's I-block that comes next, and of ours that is under way or comes next.
    expected: Turn,
    next: Turn,
    /// The longest field that the host takes.
    size: u16,
    command: Vec<u8>,
    answer: Vec<u8>,
    /// Bytes of the answer that the host has, and with the block under way.
    acknowledged: usize,
    sent: usize,
    work: Work,
    /// The I-block that the host may ask for again.
    last: Option<Block>,
}

impl CardSide {
    /// A card with these parameters, just powered up.
    #[must_use]
    pub fn new(parameters: &Parameters) -> Self {
        Self {
            parameters: parameters.encode(),
            expected: Turn::Zero,
            next: Turn::Zero,
            size: 254,
            command: Vec::new(),
            answer: Vec::new(),
            acknowledged: 0,
            sent: 0,
            work: Work::Idle,
            last: None,
        }
    }

    /// Goes on with what was heard.
    pub fn hear(&mut self, heard: Heard) -> Reply {
        match heard {
            Heard::Nothing => Reply::Silence,
            Heard::Garbled(fault) => self.ready(fault),
            Heard::Block(Block::Information { number, more, data }) => self.part(number, more, &data),
            Heard::Block(Block::Ready { expected, .. }) => self.asked_for(expected),
            Heard::Block(Block::Request(request)) => self.requested(request),
            Heard::Block(Block::Response(Response::Wtx(_))) if self.work == Work::Asking => {
                self.work = Work::Executing;
                Reply::Silence
            }
            Heard::Block(Block::Response(_)) => self.ready(Fault::Other),
        }
    }

    /// The element's answer to the command it was given; the block to send, unless the host no longer wants it.
    pub fn answer(&mut self, answer: Vec<u8>) -> Reply {
        let unwanted = self.work == Work::Unwanted;
        self.work = Work::Idle;
        if unwanted {
            return Reply::Silence;
        }
        (self.answer, self.acknowledged) = (answer, 0);
        Reply::Send(self.send_part())
    }

    /// Asks for more time; `None` when the host no longer wants the answer.
    pub fn extend(&mut self) -> Option<Block> {
        match self.work {
            Work::Executing | Work::Asking => {
                self.work = Work::Asking;
                Some(Block::Request(Request::Wtx(1)))
            }
            Work::Idle | Work::Unwanted => None,
        }
    }

    /// What there is to say when nothing else is: that the element still works, or what is expected.
    fn ready(&mut self, fault: Fault) -> Reply {
        match self.work {
            Work::Executing | Work::Asking => {
                self.work = Work::Asking;
                Reply::Send(Block::Request(Request::Wtx(1)))
            }
            Work::Idle | Work::Unwanted => Reply::Send(Block::Ready { expected: self.expected, fault }),
        }
    }

    /// A part of a command.
    fn part(&mut self, number: Turn, more: bool, data: &[u8]) -> Reply {
        let answering = self.sent < self.answer.len();
        if number != self.expected || answering || self.work != Work::Idle {
            return self.ready(Fault::Other);
        }
        self.expected = self.expected.next();
        if self.last.is_some() {
            // The host has the whole answer before, or it would not go on.
            self.settle();
        }
        self.command.extend_from_slice(data);
        if self.command.len() > COMMAND_MAX {
            self.command.clear();
            return Reply::Send(Block::Request(Request::Abort));
        }
        if more {
            return self.ready(Fault::None);
        }
        self.work = Work::Executing;
        Reply::Execute(std::mem::take(&mut self.command))
    }

    /// The answer before is delivered.
    fn settle(&mut self) {
        self.next = self.next.next();
        self.answer.clear();
        (self.acknowledged, self.sent, self.last) = (0, 0, None);
    }

    /// An R-block: our part again, the part after it, or whatever we said last.
    fn asked_for(&mut self, expected: Turn) -> Reply {
        match &self.last {
            Some(last) if expected == self.next => Reply::Send(last.clone()),
            Some(_) if self.sent < self.answer.len() => {
                self.next = self.next.next();
                self.acknowledged = self.sent;
                Reply::Send(self.send_part())
            }
            Some(_) | None => self.ready(Fault::None),
        }
    }

    fn send_part(&mut self) -> Block {
        let rest = self.answer.get(self.acknowledged..).unwrap_or_default();
        let data = rest.get(..usize::from(self.size)).unwrap_or(rest).to_vec();
        self.sent = self.acknowledged + data.len();
        let more = self.sent < self.answer.len();
        let block = Block::Information { number: self.next, more, data };
        self.last = Some(block.clone());
        block
    }

    fn requested(&mut self, request: Request) -> Reply {
        let response = match request {
            Request::Resync => {
                self.forget();
                Response::Resync
            }
            Request::Ifs(size) => {
                self.size = size.clamp(1, T1_INFORMATION_MAX);
                Response::Ifs(size)
            }
            Request::Abort => {
                self.command.clear();
                Response::Abort
            }
            Request::Cip => Response::Cip(self.parameters.clone()),
            // Only the card may ask for time.
            Request::Wtx(_) => return self.ready(Fault::Other),
            // Our cards need no rest, so nothing is lost by it.
            Request::Release => Response::Release,
            Request::SoftReset => {
                self.forget();
                return Reply::Reset(Block::Response(Response::SoftReset));
            }
        };
        Reply::Send(Block::Response(response))
    }

    /// Counts anew; the host's field size stays.
    fn forget(&mut self) {
        (self.expected, self.next) = (Turn::Zero, Turn::Zero);
        self.command.clear();
        self.answer.clear();
        (self.acknowledged, self.sent, self.last) = (0, 0, None);
        if self.work != Work::Idle {
            self.work = Work::Unwanted;
        }
    }
}
