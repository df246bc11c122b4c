//! HL7 v2 messages from a template: a message whose control id is counted on and whose times are those of sending.

use std::fmt::Write as _;

use bytes::Bytes;
use clinical::hl7::{Hl7Error, Message as Parsed, decode, format_time};
use gateway::store::now;
use std::collections::VecDeque;

use super::{Key, Message};

/// What a bedside gateway sends: 10 measurements of one patient, 1,610 bytes.
const BEDSIDE: &[u8] = include_bytes!("../../../../testdata/hl7/pcd01.hl7");

/// Fields that hold when something was sent or measured, by segment (HL7 v2.6 sections 2.15.9, 7.4.1 and 7.4.2).
const TIMES: &[(&str, usize)] = &[("MSH", 7), ("EVN", 2), ("OBR", 7), ("OBR", 8), ("OBX", 14)];

/// A message that cannot be a template.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It is no message.
    #[error(transparent)]
    Form(#[from] Hl7Error),
    /// Its first segment has no control id, MSH-10.
    #[error("the message has no control id (MSH-10)")]
    NoControlId,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    ControlId,
    Time,
}

/// The messages of one connection.
#[derive(Clone, Debug)]
pub struct Hl7Messages {
    pieces: Vec<Piece>,
    readings: u32,
    /// What tells this connection's control ids from those of others and of other runs.
    name: String,
    number: u64,
    again: VecDeque<Message>,
}

impl Hl7Messages {
    /// The bedside gateway's measurements; `name` begins each control id.
    ///
    /// # Errors
    /// [`TemplateError`], which the message built in never gives.
    pub fn bedside(name: impl Into<String>) -> Result<Self, TemplateError> {
        Self::like(BEDSIDE, name)
    }

    /// Messages like `template`, which has a control id.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub fn like(template: &[u8], name: impl Into<String>) -> Result<Self, TemplateError> {
        let text = decode(template)?;
        let parsed = Parsed::parse(&text)?;
        let separator = text.chars().nth(3).unwrap_or('|');
        let mut pieces = Pieces::default();
        let mut readings = 0;
        for segment in text.split(['\r', '\n']).filter(|segment| !segment.is_empty()) {
            let mut fields = segment.split(separator);
            let id = fields.next().unwrap_or_default();
            pieces.text(id);
            // MSH-1 is the separator itself.
            let first = if id == "MSH" { 2 } else { 1 };
            let mut is_numeric = false;
            for (number, field) in (first..).zip(fields) {
                pieces.text(separator.encode_utf8(&mut [0; 4]));
                match (id, number) {
                    ("MSH", 10) => pieces.0.push(Piece::ControlId),
                    place if TIMES.contains(&place) && !field.is_empty() => pieces.0.push(Piece::Time),
                    _ => pieces.text(field),
                }
                is_numeric |= id == "OBX" && number == 2 && field == "NM";
            }
            readings += u32::from(is_numeric);
            pieces.text("\r");
        }
        drop(parsed);
        if !pieces.0.contains(&Piece::ControlId) {
            return Err(TemplateError::NoControlId);
        }
        Ok(Self { pieces: pieces.0, readings, name: name.into(), number: 0, again: VecDeque::new() })
    }

    pub(super) fn make(&mut self) -> Message {
        if let Some(message) = self.again.pop_front() {
            return message;
        }
        self.number += 1;
        let control_id = format!("{}-{}", self.name, self.number);
        let time = format_time(now());
        let mut text = String::with_capacity(2048);
        for piece in &self.pieces {
            let part = match piece {
                Piece::Text(part) => part,
                Piece::ControlId => &control_id,
                Piece::Time => &time,
            };
            // Writing into a string cannot fail.
            let _ = text.write_str(part);
        }
        Message { key: Key::Hl7 { control_id }, bytes: Bytes::from(text), readings: self.readings }
    }

    pub(super) fn keep(&mut self, unanswered: impl IntoIterator<Item = Message>) {
        let mut unanswered: VecDeque<Message> = unanswered.into_iter().collect();
        unanswered.append(&mut self.again);
        self.again = unanswered;
    }
}

#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn text(&mut self, more: &str) {
        match self.0.last_mut() {
            Some(Piece::Text(text)) => text.push_str(more),
            _ => self.0.push(Piece::Text(more.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_differ_in_control_id_and_times_only() {
        let mut messages = Hl7Messages::bedside("run-1").unwrap();
        let (one, two) = (messages.make(), messages.make());
        assert_eq!(one.key, Key::Hl7 { control_id: "run-1-1".into() });
        assert_eq!(one.readings, 10);
        let text = |message: &Message| String::from_utf8(message.bytes.to_vec()).unwrap();
        let fields = |text: &str| text.split(['|', '\r']).map(str::to_owned).collect::<Vec<_>>();
        let (mine, template) = (text(&one), String::from_utf8(BEDSIDE.to_vec()).unwrap());
        let (mine, template) = (fields(&mine), fields(template.trim_end_matches('\r')));
        let changed: Vec<_> = mine.iter().zip(&template).filter(|(one, other)| one != other).collect();
        // MSH-7, MSH-10, OBR-7, and OBX-14 of four rows.
        assert_eq!(changed.len(), 7, "{changed:?}");
        assert_eq!(mine.len(), template.len() + 1, "each segment ends with a carriage return");
        assert!(text(&two).contains("|run-1-2|"));
        messages.keep([one.clone()]);
        assert_eq!(messages.make().key, one.key, "what was not answered comes first");
        assert!(matches!(Hl7Messages::like(b"MSH|^~\\&|A\r", "x"), Err(TemplateError::NoControlId)));
        assert!(Hl7Messages::like(b"hello", "x").is_err());
    }
}
