//! Running a script's steps against an element.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::parse::{Line, Piece, Script, Step};
use super::pattern::Pattern;
use crate::element::{Element, LinkError};
use crate::gp::{GpError, Session};
use crate::keys::CardKeys;
use crate::limits::COMMAND_MAX;

/// What came of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The script's line, from 1.
    pub line: usize,
    /// The command; empty for a reset.
    pub command: Vec<u8>,
    /// The whole answer, or the answer to reset.
    pub answer: Vec<u8>,
    /// What was expected and did not come.
    pub missed: Option<Pattern>,
    /// How long it took.
    pub time: Duration,
}

/// Why a script was not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The element could not be reached.
    #[error("line {line}: {source}")]
    Link {
        /// The line.
        line: usize,
        /// What went wrong.
        source: LinkError,
    },
    /// The secure channel did not open, or broke.
    #[error("line {line}: {source}")]
    Channel {
        /// The line.
        line: usize,
        /// What went wrong.
        source: GpError,
    },
    /// A secure channel needs keys.
    #[error("line {line}: a secure channel needs the card's keys")]
    NoKeys {
        /// The line.
        line: usize,
    },
    /// With its names replaced a command has fewer than 4 bytes, or more than any; or an AID has not 5 to 16.
    #[error("line {line}: {length} bytes are no {what}")]
    Length {
        /// The line.
        line: usize,
        /// How many.
        length: usize,
        /// What they should be.
        what: &'static str,
    },
}

/// Runs a script, saying each answer. It goes on after answers that are not as expected.
///
/// # Errors
/// [`RunError`].
pub fn run<E: Element + ?Sized>(
    script: &Script,
    element: &mut E,
    keys: Option<&CardKeys>,
    mut tell: impl FnMut(Answered),
) -> Result<(), RunError> {
    let mut state = State { names: BTreeMap::new(), last: Vec::new(), tell: &mut tell };
    let mut lines = script.lines.as_slice();
    while let Some((line, rest)) = lines.split_first() {
        lines = match line.step {
            Step::Secure => {
                let number = line.number;
                let keys = keys.ok_or(RunError::NoKeys { line: number })?;
                let session = Session::open(element, keys);
                let mut session = session.map_err(|source| RunError::Channel { line: number, source })?;
                state.through(&mut session, rest)?
            }
            Step::Command(_)
            | Step::Reset
            | Step::Select(_)
            | Step::Plain
            | Step::Set(..)
            | Step::Keep(_) => {
                state.step(line, element)?;
                rest
            }
        };
    }
    Ok(())
}

struct State<'t> {
    names: BTreeMap<String, Vec<u8>>,
    /// The data of the last answer.
    last: Vec<u8>,
    tell: &'t mut dyn FnMut(Answered),
}

impl State<'_> {
    /// One step without a channel.
    fn step<E: Element + ?Sized>(&mut self, line: &Line, element: &mut E) -> Result<(), RunError> {
        let link = |source| RunError::Link { line: line.number, source };
        let start = Instant::now();
        match &line.step {
            Step::Command(pieces) => {
                let command = self.command(line, pieces)?;
                let answer = element.transmit(&command).map_err(link)?;
                self.answered(line, command, answer, start);
            }
            Step::Select(pieces) => {
                let command = self.select(line, pieces)?;
                let answer = element.transmit(&command).map_err(link)?;
                self.answered(line, command, answer, start);
            }
            Step::Reset => {
                element.reset().map_err(link)?;
                self.answered(line, Vec::new(), element.atr(), start);
            }
            Step::Set(..) | Step::Keep(_) => self.remember(line)?,
            Step::Secure | Step::Plain => {}
        }
        Ok(())
    }

    /// Steps through a channel, until one that ends it; gives the lines from there.
    fn through<'l, E: Element + ?Sized>(
        &mut self,
        session: &mut Session<'_, E>,
        mut lines: &'l [Line],
    ) -> Result<&'l [Line], RunError> {
        while let Some((line, rest)) = lines.split_first() {
            let start = Instant::now();
            match &line.step {
                Step::Command(pieces) => {
                    let command = self.command(line, pieces)?;
                    let answer = session.transmit(&command);
                    let answer = answer.map_err(|source| RunError::Channel { line: line.number, source })?;
                    self.answered(line, command, answer.into_bytes(), start);
                }
                Step::Set(..) | Step::Keep(_) => self.remember(line)?,
                Step::Plain | Step::Reset | Step::Select(_) | Step::Secure => return Ok(lines),
            }
            lines = rest;
        }
        Ok(lines)
    }

    fn remember(&mut self, line: &Line) -> Result<(), RunError> {
        match &line.step {
            Step::Set(name, pieces) => {
                let bytes = self.bytes(line, pieces)?;
                self.names.insert(name.clone(), bytes);
            }
            Step::Keep(name) => {
                self.names.insert(name.clone(), self.last.clone());
            }
            Step::Command(_) | Step::Reset | Step::Select(_) | Step::Secure | Step::Plain => {}
        }
        Ok(())
    }

    /// The bytes with their names replaced, which the parser knows are set. Never more than a command has: names of names
    /// would otherwise double with each line.
    fn bytes(&self, line: &Line, pieces: &[Piece]) -> Result<Vec<u8>, RunError> {
        let mut bytes = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Bytes(piece) => bytes.extend_from_slice(piece),
                Piece::Named(name) => bytes.extend(self.names.get(name).into_iter().flatten()),
            }
            if bytes.len() > COMMAND_MAX {
                return Err(RunError::Length { line: line.number, length: bytes.len(), what: "command" });
            }
        }
        Ok(bytes)
    }

    fn command(&self, line: &Line, pieces: &[Piece]) -> Result<Vec<u8>, RunError> {
        let command = self.bytes(line, pieces)?;
        let length = command.len();
        if length < 4 {
            Err(RunError::Length { line: line.number, length, what: "command" })
        } else {
            Ok(command)
        }
    }

    fn select(&self, line: &Line, pieces: &[Piece]) -> Result<Vec<u8>, RunError> {
        let aid = self.bytes(line, pieces)?;
        let wrong = RunError::Length { line: line.number, length: aid.len(), what: "AID" };
        let length = u8::try_from(aid.len()).ok().filter(|length| (5..=16).contains(length)).ok_or(wrong)?;
        Ok([&[0x00, 0xA4, 0x04, 0x00, length], aid.as_slice(), &[0x00]].concat())
    }

    fn answered(&mut self, line: &Line, command: Vec<u8>, answer: Vec<u8>, start: Instant) {
        let time = start.elapsed();
        self.last = answer.split_last_chunk::<2>().map(|(data, _)| data.to_vec()).unwrap_or_default();
        let missed = line.expected.clone().filter(|pattern| !pattern.matches(&answer));
        (self.tell)(Answered { line: line.number, command, answer, missed, time });
    }
}
