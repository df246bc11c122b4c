//! T=0: what a card says when commands and answers cannot travel together (ISO/IEC 7816-3, 10.3 and 12.2; JCRE 9.4).
//!
//! ```text
//! case 1   CLA INS P1 P2 [00]            SW
//! case 2   CLA INS P1 P2 Le              data SW        as many as expected
//!                                        6C La          fewer: the host sends the command again with P3 = La
//!                                        61 La          the same, after setOutgoingNoChaining
//!                                        data 61 xx     more: GET RESPONSE fetches the rest
//! case 3   CLA INS P1 P2 Lc data         SW
//! case 4   CLA INS P1 P2 Lc data         61 xx          GET RESPONSE fetches the answer
//! long     00 C2 .. Lc piece, repeated   ENVELOPE carries a command that does not fit, until it is whole
//! ```
//!
//! Only for applets that take extended lengths; to others ENVELOPE is a command like any other.
//!
//! The applet has returned before the first byte of its answer leaves, so it cannot learn that a host did not fetch it
//! (`APDUException.NO_T0_GETRESPONSE`): any other command makes the card forget what it held.

use alloc::vec::Vec;

use crate::apdu::{ApduError, Class, Command};
use crate::exchange::Chaining;
use crate::limits::{EXTENDED_DATA_MAX, SHORT_ANSWER_MAX, SHORT_DATA_MAX};
use crate::status::StatusWord;

const GET_RESPONSE: u8 = 0xC0;
const ENVELOPE: u8 = 0xC2;
/// Bytes of a status word at an answer's end.
const STATUS: usize = 2;
/// The longest command that an envelope's pieces make: header, extended Lc, data, Le.
const COMMAND_MAX: usize = 4 + 3 + EXTENDED_DATA_MAX + 2;

/// What the host must send to get what is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fetch {
    /// GET RESPONSE.
    GetResponse,
    /// The same command again, with the right P3.
    Reissue([u8; 4]),
}

/// An answer that was not sent as a whole.
#[derive(Debug)]
struct Held {
    channel: u8,
    fetch: Fetch,
    /// How much was sent.
    sent: usize,
}

/// Which lengths the selected applet takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lengths {
    Short,
    Extended,
}

/// The state of T=0 between commands.
#[derive(Debug, Default)]
pub(crate) struct Characters {
    held: Option<Held>,
    /// The held answer, its status word at the end.
    answer: Vec<u8>,
    /// The pieces of an enveloped command.
    envelope: Vec<u8>,
}

/// What is to be done about bytes that came.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    /// Run a command.
    Run(Command<'a>),
    /// Run the command that came in pieces.
    RunEnvelope(Vec<u8>),
    /// The answer is there already.
    Answered,
}

impl Characters {
    /// Forgets everything, at a reset.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Takes what the host sent. `out`, which is empty, gets the answer when nothing is to be run. `lengths` says what
    /// the applet on a channel takes.
    pub(crate) fn take<'a>(
        &mut self,
        bytes: &'a [u8],
        lengths: impl Fn(u8) -> Lengths,
        out: &mut Vec<u8>,
    ) -> Step<'a> {
        let command = match tpdu(bytes) {
            Ok(command) => command,
            Err(_) => return answer(out, StatusWord::WRONG_LENGTH),
        };
        let class = command.class();
        if let Some(held) = self.held.take()
            && held.channel == class.channel
            && fetches(held.fetch, &command)
        {
            self.give(held, command.expected.unwrap_or(SHORT_ANSWER_MAX), out);
            return Step::Answered;
        }
        if command.ins == ENVELOPE && class.interindustry && lengths(class.channel) == Lengths::Extended {
            return self.envelope(&command, out);
        }
        self.envelope.clear();
        Step::Run(command)
    }

    /// Collects a piece of a command; an empty one says that it is whole.
    fn envelope<'a>(&mut self, piece: &Command<'_>, out: &mut Vec<u8>) -> Step<'a> {
        if self.envelope.len() + piece.data.len() > COMMAND_MAX {
            self.envelope.clear();
            return answer(out, StatusWord::WRONG_LENGTH);
        }
        self.envelope.extend_from_slice(piece.data);
        if !piece.data.is_empty() && needs_more(&self.envelope, piece.data.len()) {
            return answer(out, StatusWord::OK);
        }
        Step::RunEnvelope(core::mem::take(&mut self.envelope))
    }

    /// Makes of a command's whole answer in `out` what T=0 may send of it now, and holds the rest.
    pub(crate) fn present(&mut self, command: &Command<'_>, chaining: Chaining, out: &mut Vec<u8>) {
        let length = out.len().saturating_sub(STATUS);
        if length == 0 {
            return;
        }
        let expected = command.expected.filter(|_| command.data.is_empty() && !command.extended);
        if expected == Some(length) {
            return;
        }
        core::mem::swap(&mut self.answer, out);
        out.clear();
        let Command { cla, ins, p1, p2, .. } = *command;
        let mut held = Held { channel: command.class().channel, fetch: Fetch::GetResponse, sent: 0 };
        match expected {
            Some(expected) if expected < length => self.give(held, expected, out),
            Some(_) if chaining == Chaining::Allowed => {
                held.fetch = Fetch::Reissue([cla, ins, p1, p2]);
                self.say(held, 0x6C, length, out);
            }
            Some(_) | None => self.say(held, 0x61, length, out),
        }
    }

    /// Gives `expected` bytes of what is held: all of it with the status word, or a part and how much is left, or, when
    /// there is less, how much there is.
    fn give(&mut self, mut held: Held, expected: usize, out: &mut Vec<u8>) {
        let left = self.answer.len().saturating_sub(STATUS).saturating_sub(held.sent);
        let rest = self.answer.get(held.sent..).unwrap_or_default();
        if expected == left {
            out.extend_from_slice(rest);
            self.answer.clear();
        } else if expected < left {
            out.extend_from_slice(rest.get(..expected).unwrap_or_default());
            held.sent += expected;
            held.fetch = Fetch::GetResponse;
            self.say(held, 0x61, left - expected, out);
        } else {
            self.say(held, 0x6C, left, out);
        }
    }

    /// SW1 with a length, 00 for 256 and more, and goes on holding.
    fn say(&mut self, held: Held, sw1: u8, length: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&[sw1, u8::try_from(length).unwrap_or(0)]);
        self.held = Some(held);
    }
}

fn answer<'a>(out: &mut Vec<u8>, status: StatusWord) -> Step<'a> {
    out.extend_from_slice(&status.bytes());
    Step::Answered
}

/// Reads a command of T=0: P3 is the length of what follows, or of what is expected. A missing P3 is 0; an Le behind
/// the data, which a driver would have kept back, says nothing.
fn tpdu(bytes: &[u8]) -> Result<Command<'_>, ApduError> {
    let Some((&[cla, ins, p1, p2], body)) = bytes.split_first_chunk::<4>() else {
        return Err(ApduError::Header(bytes.len()));
    };
    let header = Command { cla, ins, p1, p2, data: &[], expected: Some(SHORT_ANSWER_MAX), extended: false };
    match body {
        [] | [0] => Ok(header),
        [le] => Ok(Command { expected: Some(usize::from(*le)), ..header }),
        [length, rest @ ..] => {
            let data = rest.get(..usize::from(*length)).filter(|data| !data.is_empty());
            let data = data.filter(|data| rest.len() - data.len() <= 1);
            Ok(Command { data: data.ok_or(ApduError::Length(bytes.len()))?, expected: None, ..header })
        }
    }
}

/// Whether a command asks for what is held.
fn fetches(fetch: Fetch, command: &Command<'_>) -> bool {
    let Command { cla, ins, p1, p2, data, .. } = *command;
    let asked = match fetch {
        Fetch::GetResponse => {
            let Class { interindustry, .. } = command.class();
            interindustry && ins == GET_RESPONSE && (p1, p2) == (0, 0)
        }
        Fetch::Reissue(header) => header == [cla, ins, p1, p2],
    };
    asked && data.is_empty()
}

/// Whether an enveloped command goes on. A host fills its pieces; where the command could end with a full one, only an
/// Le or an empty piece shows that it does.
fn needs_more(bytes: &[u8], piece: usize) -> bool {
    match Command::parse(bytes) {
        Ok(command) => piece == SHORT_DATA_MAX && command.expected.is_none(),
        Err(_) => true,
    }
}
