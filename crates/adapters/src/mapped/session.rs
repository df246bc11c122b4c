//! A file on its way in: its lines or its document, each a record.

use seal::Micros;

use super::document::Row;
use super::mapping::{Device, Format, Mapping};
use super::{NAME, csv};
use crate::record::device_word;
use crate::{Answers, Event, Inbox, Problem, Record, Refusal, Session, limits};

/// One file.
pub(super) struct File {
    mapping: Mapping,
    /// The mapping's text: the context of every record.
    text: Vec<u8>,
    device: Option<String>,
    inbox: Inbox,
    /// The header line of a CSV file, once it has come.
    header: Option<Vec<u8>>,
}

impl File {
    pub(super) fn new(mapping: Mapping, text: &str, device: Option<&str>) -> Self {
        let (text, device) = (text.as_bytes().to_vec(), device.and_then(device_word));
        Self { mapping, text, device, inbox: Inbox::default(), header: None }
    }

    /// The length of the first line, its end included; with `last`, what waits is one even without an end.
    fn line(&self, last: bool) -> Option<usize> {
        let waiting = self.inbox.waiting();
        let quotes = matches!(self.mapping.format, Format::Csv { .. });
        let mut end = 0;
        loop {
            let Some(next) = waiting.get(end..)?.iter().position(|byte| *byte == b'\n') else {
                return (last && !waiting.is_empty()).then_some(waiting.len());
            };
            end += next + 1;
            if !quotes || !csv::is_open(waiting.get(..end)?) || end > limits::LINE {
                return Some(end);
            }
        }
    }

    /// The next line's event, if the whole of it waits.
    fn step(&mut self, at: Micros, last: bool) -> Option<Event> {
        let length = match self.line(last) {
            Some(length) => length,
            None if self.inbox.waiting().len() > limits::LINE => self.inbox.waiting().len(),
            None => return None,
        };
        if length > limits::LINE {
            // A quotation mark that is never closed, or no text at all: up to the next line, to go on from there.
            let waiting = self.inbox.waiting();
            let end = waiting.iter().position(|byte| *byte == b'\n').map_or(limits::LINE, |end| end + 1);
            let problem = Problem::Limit { what: "bytes of a line", most: limits::LINE };
            return Some(self.inbox.report(end.min(limits::LINE), "line", problem));
        }
        let line = self.inbox.waiting().get(..length).unwrap_or_default();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
        if line.iter().all(u8::is_ascii_whitespace) {
            return Some(self.inbox.keep(length, "line", "empty"));
        }
        let named = matches!(self.mapping.format, Format::Csv { header: true, .. });
        match (&self.header, named) {
            (None, true) => {
                let is_text = std::str::from_utf8(&line).is_ok();
                self.header = Some(line);
                // What is no text names no columns, whether or not lines follow that are refused for it.
                Some(match is_text {
                    true => self.inbox.keep(length, "header", "names the columns; stands in each record"),
                    false => self.inbox.report(length, "header", Problem::Encoding("the header")),
                })
            }
            (Some(header), true) => {
                let (lead, original) = (header.len() + 1, [header.as_slice(), b"\n", &line].concat());
                Some(self.record(length, lead, original, at))
            }
            (_, false) => Some(self.record(length, 0, line, at)),
        }
    }

    fn record(&mut self, length: usize, lead: usize, original: Vec<u8>, at: Micros) -> Event {
        let found = Row::all(&self.mapping, &original).and_then(|rows| {
            let devices = rows.iter().map(|row| row.device(&self.mapping));
            let mut devices = devices.collect::<Result<Vec<Option<String>>, Refusal>>()?;
            devices.dedup();
            Ok(devices)
        });
        let (skip, problem) = match found {
            Err(refusal) => (refusal.at.saturating_sub(lead), refusal.problem),
            Ok(devices) => match (devices.as_slice(), &self.mapping.device) {
                ([Some(word)], _) => {
                    let device = word.clone();
                    return self.stored((length, lead), device, original, at);
                }
                (_, Device::Source) | ([None] | [], _) => match self.device.clone() {
                    Some(device) => return self.stored((length, lead), device, original, at),
                    None => (0, Problem::NoDevice),
                },
                ([..], _) => {
                    let found = "items of several".to_owned();
                    (
                        0,
                        Problem::Value {
                            what: "the device",
                            found,
                            wanted: "one device in a document, or json-lines",
                        },
                    )
                }
            },
        };
        let what = if skip == 0 { "line".to_owned() } else { format!("line, at its byte {skip}") };
        self.inbox.report(length, what, problem)
    }

    fn stored(
        &mut self,
        (length, lead): (usize, usize),
        device: String,
        original: Vec<u8>,
        at: Micros,
    ) -> Event {
        let received = self.mapping.time.is_none().then_some(at);
        let (span, _) = self.inbox.take(length);
        let record = Record { adapter: NAME.into(), device, received, context: self.text.clone(), original };
        Event::Record { span, lead, record, answers: Answers::default() }
    }
}

impl Session for File {
    fn push(&mut self, bytes: &[u8], at: Micros) -> Vec<Event> {
        self.inbox.push(bytes);
        match self.mapping.format {
            Format::Csv { .. } | Format::JsonLines { .. } => {
                std::iter::from_fn(|| self.step(at, false)).collect()
            }
            // A document is whole when the file is.
            Format::Json { .. } if self.inbox.waiting().len() > limits::DOCUMENT => {
                let problem = Problem::Limit { what: "bytes of a document", most: limits::DOCUMENT };
                let event = self.inbox.report(limits::DOCUMENT, "document", problem);
                self.inbox.lose();
                vec![event]
            }
            Format::Json { .. } => Vec::new(),
        }
    }

    fn end(&mut self, at: Micros) -> Vec<Event> {
        match self.mapping.format {
            Format::Csv { .. } | Format::JsonLines { .. } => {
                std::iter::from_fn(|| self.step(at, true)).collect()
            }
            Format::Json { .. } => {
                let document = self.inbox.waiting().to_vec();
                match document.len() {
                    0 => self.inbox.abandon("document", 0).into_iter().collect(),
                    length => vec![self.record(length, 0, document, at)],
                }
            }
        }
    }

    fn is_lost(&self) -> bool {
        self.inbox.is_lost()
    }
}
