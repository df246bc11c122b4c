//! A capture through an adapter: its readings, and what became of every byte.

use clinical::hl7::Zone;
use seal::Micros;

use crate::{Adapter, Decoded, Event, Problem, Record, Session, Settings, SetupError, Span};

/// What a capture gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// In the order of the bytes.
    pub entries: Vec<Entry>,
    /// Bytes in all.
    pub length: u64,
}

/// A stretch of a capture and what it gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where.
    pub span: Span,
    /// What it is.
    pub what: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a stretch.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It would be stored, and says this. Offsets of parts are those of the capture.
    Stored(Box<(Record, Decoded)>),
    /// It has no readings, for this reason.
    Kept(&'static str),
    /// It is wrong.
    Refused {
        /// The offset in the capture.
        at: u64,
        /// What is wrong.
        problem: Problem,
    },
}

impl Report {
    /// Everything that is wrong: the offset in the capture, what it is, and the problem.
    pub fn wrong(&self) -> impl Iterator<Item = (u64, &str, &Problem)> {
        self.entries.iter().flat_map(|entry| {
            let whole = match &entry.outcome {
                Outcome::Refused { at, problem } => Some((*at, entry.what.as_str(), problem)),
                Outcome::Stored(_) | Outcome::Kept(_) => None,
            };
            let decoded = match &entry.outcome {
                Outcome::Stored(both) => Some(&both.1),
                Outcome::Kept(_) | Outcome::Refused { .. } => None,
            };
            let parts = decoded.into_iter().flat_map(Decoded::reported);
            whole
                .into_iter()
                .chain(parts.map(|(part, problem)| (part.at as u64, part.what.as_str(), problem)))
        })
    }

    /// All that was decoded.
    pub fn decoded(&self) -> impl Iterator<Item = &Decoded> {
        self.entries.iter().filter_map(|entry| match &entry.outcome {
            Outcome::Stored(both) => Some(&both.1),
            Outcome::Kept(_) | Outcome::Refused { .. } => None,
        })
    }

    /// The first byte that no entry covers, or that two do. `None` is what every adapter must give: nothing vanishes.
    #[must_use]
    pub fn uncovered(&self) -> Option<u64> {
        let mut at = 0;
        for entry in &self.entries {
            if entry.span.at != at {
                return Some(at.min(entry.span.at));
            }
            at = entry.span.end();
        }
        (at != self.length).then_some(at)
    }
}

/// Replays `capture` in portions of `portion` bytes, as if all of it had come at `at`.
///
/// # Errors
/// When the settings cannot be used.
pub fn replay(
    adapter: &dyn Adapter,
    settings: &Settings<'_>,
    capture: &[u8],
    portion: usize,
    (at, zone): (Micros, &Zone),
) -> Result<Report, SetupError> {
    let mut session: Box<dyn Session> = adapter.open(settings)?;
    let mut entries = Vec::new();
    let mut take = |events: Vec<Event>| {
        entries.extend(events.into_iter().filter_map(|event| entry(adapter, event, zone)));
    };
    for bytes in capture.chunks(portion.max(1)) {
        take(session.push(bytes, at));
    }
    take(session.end(at));
    Ok(Report { entries, length: capture.len() as u64 })
}

/// What a session's event is worth; a reply is no part of the account.
fn entry(adapter: &dyn Adapter, event: Event, zone: &Zone) -> Option<Entry> {
    Some(match event {
        Event::Reply(_) => return None,
        Event::Kept { span, what, why } => Entry { span, what, outcome: Outcome::Kept(why) },
        Event::Reported { span, what, problem, .. } => {
            Entry { span, what, outcome: Outcome::Refused { at: span.at, problem } }
        }
        Event::Record { span, lead, record, .. } => {
            let place = |at: usize| span.at.saturating_add(at.saturating_sub(lead) as u64);
            let outcome = match adapter.read(&record, zone) {
                Err(refusal) => Outcome::Refused { at: place(refusal.at), problem: refusal.problem },
                Ok(mut decoded) => {
                    for part in &mut decoded.parts {
                        part.at = usize::try_from(place(part.at)).unwrap_or(usize::MAX);
                    }
                    Outcome::Stored(Box::new((record, decoded)))
                }
            };
            Entry { span, what: "record".into(), outcome }
        }
    })
}
