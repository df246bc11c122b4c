//! A line protocol for devices with a serial port, with a checksum, numbered frames and answers.
//!
//! ```text
//! frame   = STX number payload ETX checksum CR
//! number  = 2 hexadecimal digits: 00 for the first frame, then one more each, 00 after FF
//! checksum= 4 hexadecimal digits: CRC-16/IBM-3740 (polynomial 1021, begin FFFF) over number, payload and ETX
//! payload = rows, with LF between them; printable ASCII
//! answer  = ACK number CR    the frame is on disk: go on
//!         | NAK number CR    damaged or refused: a damaged one is to be sent again
//!
//! D WORD                     the device: its serial number; holds until the next one
//! T 2026-11-22T10:15:00Z     the time of the rows behind it (RFC 3339); without it the time at which the frame came
//! V CODE UNIT NUMBER [FLAGS] a number: code as a number or MDC_ name, unit as UCUM, flags of Q S T C E
//! X CODE words               a text
//! ```
//!
//! Flags: Q questionable, S simulated, T test, C calibrating, E early. STX is 02, ETX 03, ACK 06, NAK 15, LF 0A, CR 0D. Both numbers use digits
//! and `A` to `F`.
//!
//! Damage ends at the next STX: what stands before it is reported, and the frame is asked for again (NAK) where its number can be read. A frame that
//! comes again with the number and the bytes of the last one is the same record, so that it is stored once however often its answer was lost. A
//! number that does not follow is reported as a gap, and the frame behind it is taken.

mod frame;
mod rows;
pub(crate) use rows::code_of;

use clinical::hl7::Zone;
use seal::Micros;

use crate::record::device_word;
use crate::{
    Adapter, Answers, Decoded, Event, Inbox, Problem, Record, Refusal, Session, Settings, SetupError, Span,
    limits,
};
pub use frame::{ACK, CR, ETX, Frame, NAK, STX, answer, frame};

/// The adapter.
#[derive(Debug)]
pub struct Serial;

const NAME: &str = "serial";

impl Adapter for Serial {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> &'static str {
        "a serial line: numbered frames with a checksum, rows of values"
    }

    fn capture(&self) -> &'static str {
        "what the device sent, STX to CR"
    }

    fn open(&self, settings: &Settings<'_>) -> Result<Box<dyn Session>, SetupError> {
        match settings.config {
            Some(_) => Err(SetupError::NeedlessConfig),
            None => Ok(Box::new(Line::new(settings.device.and_then(device_word)))),
        }
    }

    fn read(&self, record: &Record, _: &Zone) -> Result<Decoded, Refusal> {
        let frame = Frame::parse(&record.original)?;
        rows::read(frame.payload, record)
    }
}

/// One line.
struct Line {
    inbox: Inbox,
    device: Option<String>,
    /// The last frame that was taken: its number, its bytes, and the record that it is.
    last: Option<(u8, Record)>,
}

impl Line {
    fn new(device: Option<String>) -> Self {
        Self { inbox: Inbox::default(), device, last: None }
    }

    /// Adds the events of what waits first; `false` when the rest has yet to come. What it gives depends on the bytes alone, not on when they came.
    fn step(&mut self, at: Micros, events: &mut Vec<Event>) -> bool {
        let waiting = self.inbox.waiting();
        let full = waiting.get(..limits::SERIAL_FRAME);
        let seen = full.unwrap_or(waiting);
        match seen.iter().position(|byte| *byte == STX) {
            Some(0) => {}
            Some(start) => {
                events.push(self.between(start));
                return true;
            }
            None if full.is_some() => {
                events.push(self.between(limits::SERIAL_FRAME));
                return true;
            }
            None => return false,
        }
        let end = seen.iter().skip(1).position(|byte| matches!(*byte, CR | STX)).map(|at| at + 1);
        match end {
            Some(end) if seen.get(end) == Some(&CR) => self.frame(end + 1, at, events),
            // The next frame begins before this one ended.
            Some(end) => self.damaged(end, Problem::Truncated(1), events),
            None if full.is_some() => {
                let most = limits::SERIAL_FRAME;
                self.damaged(most, Problem::Limit { what: "bytes of a frame", most }, events);
            }
            None => return false,
        }
        true
    }

    /// Bytes outside of frames. Line ends are what terminals and testers add.
    fn between(&mut self, count: usize) -> Event {
        let blank = self.inbox.waiting().iter().take(count).all(|byte| matches!(byte, b'\r' | b'\n' | 0));
        match blank {
            true => self.inbox.keep(count, "line end", "stands between frames"),
            false => self.inbox.report(count, "bytes", Problem::Stray),
        }
    }

    /// A frame from STX to CR.
    fn frame(&mut self, length: usize, at: Micros, events: &mut Vec<Event>) {
        let bytes = self.inbox.waiting().get(..length).unwrap_or_default();
        let (number, payload) = match Frame::parse(bytes) {
            Ok(frame) => (frame.number, frame.payload.to_vec()),
            Err(refusal) => return self.damaged(length, refusal.problem, events),
        };
        let (span, original) = self.inbox.take(length);
        let answers = Answers { stored: answer(ACK, number), refused: answer(NAK, number) };
        if let Some((last, record)) = &self.last
            && *last == number
            && record.original == original
        {
            let record = record.clone();
            return events.push(Event::Record { span, lead: 0, record, answers });
        }
        self.gap(number, span, events);
        if let Some(word) = rows::device(&payload) {
            self.device = Some(word);
        }
        let Some(device) = self.device.clone() else {
            let (what, problem) = (format!("frame {number:02X}"), Problem::NoDevice);
            events.push(Event::Reported { span, what, problem, bytes: original });
            return events.push(Event::Reply(answers.refused));
        };
        let received = (!rows::is_timed(&payload)).then_some(at);
        let record = Record { adapter: NAME.into(), device, received, context: Vec::new(), original };
        self.last = Some((number, record.clone()));
        events.push(Event::Record { span, lead: 0, record, answers });
    }

    /// Says so when frames are missing before this one. A device that was switched on begins with 00.
    fn gap(&self, number: u8, span: Span, events: &mut Vec<Event>) {
        let Some((last, _)) = self.last else { return };
        if number != last.wrapping_add(1) && number != 0 {
            let problem = Problem::Gap { after: last.into(), found: number.into() };
            let nothing = Span { at: span.at, length: 0 };
            events.push(Event::Reported { span: nothing, what: "line".into(), problem, bytes: Vec::new() });
        }
    }

    /// Bytes that should have been a frame. It is asked for again if its number can be read.
    fn damaged(&mut self, length: usize, problem: Problem, events: &mut Vec<Event>) {
        let number = self.inbox.waiting().get(1..3).and_then(frame::hex_byte);
        let what = number.map_or_else(|| "frame".to_owned(), |number| format!("frame {number:02X}"));
        events.push(self.inbox.report(length, what, problem));
        if let Some(number) = number {
            events.push(Event::Reply(answer(NAK, number)));
        }
    }
}

impl Session for Line {
    fn push(&mut self, bytes: &[u8], at: Micros) -> Vec<Event> {
        let mut events = Vec::new();
        self.inbox.push(bytes);
        while self.step(at, &mut events) {}
        events
    }

    fn end(&mut self, _: Micros) -> Vec<Event> {
        match self.inbox.waiting() {
            [] => Vec::new(),
            [STX, ..] => self.inbox.abandon("frame", 1).into_iter().collect(),
            rest => vec![self.between(rest.len())],
        }
    }
}
