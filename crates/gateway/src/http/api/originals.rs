//! What came without a seal, as it came: beside each reading its place in it, and the whole of it.

use adapters::{Decoded, Fate, Record};
use clinical::hl7::{self, Message};
use clinical::pcd::ObxRow;
use serde::Serialize;

use crate::limits;
use crate::record::{Form, Proof, StoredBatch, Unreadable};
use crate::sources::mllp::decode;

/// Bytes of a part that stand beside its reading.
const EXCERPT: usize = 40;

/// A value as its sender wrote it.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum Original {
    /// OBX-5 and OBX-6 of a segment.
    Segment { segment: usize, value: String, unit: String },
    /// The part of a device's record that begins with this byte: in characters, or in hexadecimal digits.
    Part { byte: usize, part: String, value: String },
}

/// All of what came.
#[derive(Debug, Serialize)]
pub(super) struct Stored {
    form: &'static str,
    /// How many bytes it has; what is shown may be the beginning of it.
    bytes: usize,
    #[serde(flatten)]
    content: Content,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Content {
    Text { text: String },
    Hex { hex: String },
}

impl Content {
    fn of(bytes: &[u8]) -> Self {
        match readable(bytes) {
            Some(text) => Self::Text { text: text.to_owned() },
            None => Self::Hex { hex: hex::encode(bytes) },
        }
    }
}

/// Bytes as characters, if a person can read all of them.
fn readable(bytes: &[u8]) -> Option<&str> {
    let is_plain = |c: char| !c.is_control() || matches!(c, '\t' | '\r' | '\n');
    std::str::from_utf8(bytes).ok().filter(|text| text.chars().all(is_plain))
}

/// The whole of what came without a seal.
pub(super) fn stored(row: &StoredBatch) -> Result<Option<Stored>, Unreadable> {
    let Proof::Unsealed { form, .. } = &row.proof else { return Ok(None) };
    let record;
    let all: &[u8] = match form {
        Form::Hl7v2 => &row.bytes,
        Form::Mapped | Form::Gatt | Form::Phd | Form::Serial | Form::Sdc => {
            record = Record::parse(&row.bytes)?;
            &record.original
        }
    };
    // A cut in the middle of a character would make bytes of a text.
    let most = match readable(all) {
        Some(text) => text.floor_char_boundary(limits::HTTP_ORIGINAL),
        None => limits::HTTP_ORIGINAL,
    };
    let shown = all.get(..most).unwrap_or(all);
    Ok(Some(Stored { form: form.as_str(), bytes: all.len(), content: Content::of(shown) }))
}

/// For each reading what its sender wrote; nothing for what a device sealed, which is what it wrote.
pub(super) fn of(row: &StoredBatch) -> Result<Vec<Option<Original>>, Unreadable> {
    match &row.proof {
        Proof::Sealed { .. } => Ok(Vec::new()),
        Proof::Unsealed { form: Form::Hl7v2, zone, .. } => {
            let decoded = decode::report(&row.bytes, zone.zone())?;
            let text = hl7::decode(&row.bytes).map_err(decode::NotReadable::from)?;
            let message = Message::parse(&text).map_err(decode::NotReadable::from)?;
            Ok(decoded.origins.iter().map(|origin| written(&message, origin.segment)).collect())
        }
        Proof::Unsealed {
            form: Form::Mapped | Form::Gatt | Form::Phd | Form::Serial | Form::Sdc,
            zone,
            ..
        } => {
            let record = Record::parse(&row.bytes)?;
            let decoded = adapters::read(&record, zone.zone())?;
            Ok(parts(&decoded, &record.original))
        }
    }
}

/// Each reading's part, which ends where the next one begins.
fn parts(decoded: &Decoded, original: &[u8]) -> Vec<Option<Original>> {
    let mut places: Vec<usize> = decoded.parts.iter().map(|part| part.at).collect();
    places.sort_unstable();
    let mut found: Vec<Option<Original>> = decoded.readings.iter().map(|_| None).collect();
    for part in &decoded.parts {
        if let Fate::Mapped(index) = part.fate
            && let Some(place) = found.get_mut(index)
        {
            let end = places.iter().find(|at| **at > part.at).copied().unwrap_or(original.len());
            let (part, byte, value) = (part.what.clone(), part.at, excerpt(original, part.at, end));
            *place = Some(Original::Part { byte, part, value });
        }
    }
    found
}

/// The beginning of a part without what separates it from the next.
fn excerpt(original: &[u8], at: usize, end: usize) -> String {
    let bytes = original.get(at..end.min(original.len())).unwrap_or_default();
    if let Some(text) = readable(bytes) {
        let text = text.trim_end_matches([',', ';', '\t', '\r', '\n', ' ']);
        let cut = if text.chars().count() > EXCERPT { "\u{2026}" } else { "" };
        return text.chars().take(EXCERPT).collect::<String>() + cut;
    }
    let pairs: Vec<String> = bytes.iter().take(EXCERPT / 2).map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ") + if bytes.len() > EXCERPT / 2 { "\u{2026}" } else { "" }
}

/// OBX-5 and OBX-6 of the segment with this number.
fn written(message: &Message<'_>, number: usize) -> Option<Original> {
    let segment = message.segments().get(number.checked_sub(1)?)?;
    let row = ObxRow::of(*segment);
    let unit = row.unit.first();
    let unit = if unit.component(2).is_empty() { unit.component(1) } else { unit.component(2) };
    let value = message.unescape(row.value.raw()).into_owned();
    Some(Original::Segment { segment: number, value, unit: unit.text().into_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_as_its_sender_wrote_it() {
        let text = "MSH|^~\\&|M||||20260101||ORU^R01|1|P|2.6\r\
             OBX|1|NM|150364^MDC_TEMP_BODY^MDC|1.1.1.1|98.6|266560^MDC_DIM_FAHR^MDC|||||R\r\
             OBX|2|NM|147842^HR^MDC|1.1.1.2|72|bpm|||||R\r";
        let message = Message::parse(text).unwrap();
        let original = |segment, value: &str, unit: &str| {
            Some(Original::Segment { segment, value: value.into(), unit: unit.into() })
        };
        assert_eq!(written(&message, 2), original(2, "98.6", "MDC_DIM_FAHR"));
        assert_eq!(written(&message, 3), original(3, "72", "bpm"));
        assert_eq!(written(&message, 0), None);
        assert_eq!(written(&message, 9), None);
    }
    #[test]
    fn what_can_be_read_is_shown_as_text_and_all_else_as_bytes() {
        let shown = |bytes: &[u8]| match Content::of(bytes) {
            Content::Text { text } => text,
            Content::Hex { hex } => hex,
        };
        assert_eq!(shown("Glu;36,6\r\n\u{e4}".as_bytes()), "Glu;36,6\r\n\u{e4}");
        assert_eq!(shown(b"\x02D A\x03"), "0244204103");
        assert_eq!(shown(b"\xff"), "ff");
        assert_eq!(excerpt(b"a;36,6;b", 2, 7), "36,6");
        assert_eq!(excerpt(&[0, 1, 2, 3], 1, 3), "01 02");
        assert_eq!(excerpt(b"abc", 7, 9), "");
        assert_eq!(excerpt(&[b'x'; 100], 0, 100).chars().count(), EXCERPT + 1);
    }
}
