//! A record: what is stored of what a device sent, so that it can be read by itself.
//!
//! ```text
//! medseal-record 1 ADAPTER LF
//! device WORD LF
//! received MICROSECONDS LF       only where the original bears no time of its own
//! context LENGTH LF bytes LF     only where earlier bytes are needed to read it; the adapter says which
//! original LENGTH LF bytes       the bytes as they came, to the end
//! ```
//!
//! The same bytes of the same device make the same record, so that what is sent again is known again by its digest; that is why the time
//! at which it came stands in it only when nothing else tells the time.

use seal::Micros;

use crate::limits;

const MAGIC: &[u8] = b"medseal-record 1 ";

/// What is stored of what a device sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The adapter's name.
    pub adapter: String,
    /// By which the device is told from others of the same source: an EUI-64, a serial number.
    pub device: String,
    /// When it came, if the original bears no time of its own.
    pub received: Option<Micros>,
    /// What of earlier bytes is needed to read the original; the adapter says in which form.
    pub context: Vec<u8>,
    /// As it came.
    pub original: Vec<u8>,
}

/// Bytes that are no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no record of an adapter: byte {offset} is not as it must be")]
pub struct RecordError {
    /// The first byte that is not.
    pub offset: usize,
}

impl Record {
    /// Its stored form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.context.len() + self.original.len() + 128);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(format!("{}\ndevice {}\n", self.adapter, self.device).as_bytes());
        if let Some(received) = self.received {
            out.extend_from_slice(format!("received {}\n", received.0).as_bytes());
        }
        if !self.context.is_empty() {
            out.extend_from_slice(format!("context {}\n", self.context.len()).as_bytes());
            out.extend_from_slice(&self.context);
            out.push(b'\n');
        }
        out.extend_from_slice(format!("original {}\n", self.original.len()).as_bytes());
        out.extend_from_slice(&self.original);
        out
    }

    /// The record that these bytes are, all of them.
    ///
    /// # Errors
    /// [`RecordError`] with the offset of what is not as it must be.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > limits::RECORD {
            return Err(RecordError { offset: limits::RECORD });
        }
        let mut lines = Lines { bytes, at: 0 };
        let adapter = lines.word(MAGIC)?;
        let device = lines.word(b"device ")?;
        let received = match lines.has(b"received ") {
            true => Some(Micros(lines.number(b"received ")?)),
            false => None,
        };
        let context = match lines.has(b"context ") {
            true => {
                let length = lines.length(b"context ")?;
                let context = lines.bytes(length)?.to_vec();
                lines.expect(b"\n")?;
                context
            }
            false => Vec::new(),
        };
        let length = lines.length(b"original ")?;
        let original = lines.bytes(length)?.to_vec();
        let record = Self { adapter, device, received, context, original };
        // One form only, so that one record has one digest.
        if lines.at == bytes.len() && record.encode() == bytes { Ok(record) } else { Err(lines.wrong()) }
    }
}

/// The word of a device as it may stand in a record: without control characters, and not longer than is taken.
#[must_use]
pub(crate) fn device_word(text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let fits = !text.is_empty() && text.len() <= limits::DEVICE && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn wrong(&self) -> RecordError {
        RecordError { offset: self.at }
    }

    fn has(&self, head: &[u8]) -> bool {
        self.rest().starts_with(head)
    }

    fn expect(&mut self, head: &[u8]) -> Result<(), RecordError> {
        if !self.has(head) {
            return Err(self.wrong());
        }
        self.at += head.len();
        Ok(())
    }

    /// The rest of a line that begins so.
    fn word(&mut self, head: &[u8]) -> Result<String, RecordError> {
        self.expect(head)?;
        let end = self.rest().iter().position(|byte| *byte == b'\n').ok_or(self.wrong())?;
        let word =
            self.rest().get(..end).and_then(|word| std::str::from_utf8(word).ok()).ok_or(self.wrong())?;
        self.at += end + 1;
        Ok(word.to_owned())
    }

    fn number(&mut self, head: &[u8]) -> Result<i64, RecordError> {
        let wrong = self.wrong();
        self.word(head)?.parse().map_err(|_| wrong)
    }

    fn length(&mut self, head: &[u8]) -> Result<usize, RecordError> {
        let wrong = self.wrong();
        usize::try_from(self.number(head)?).map_err(|_| wrong)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], RecordError> {
        let taken = self.rest().get(..length).ok_or(self.wrong())?;
        self.at += length;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            adapter: "gatt".into(),
            device: "0011".into(),
            received: Some(Micros(5)),
            context: b"a\nb".to_vec(),
            original: vec![0, 10, 255],
        }
    }

    #[test]
    fn a_record_has_one_form_and_is_read_again() {
        for (received, context) in [(None, vec![]), (Some(Micros(-7)), vec![]), (None, b"x".to_vec())] {
            let one = Record { received, context, ..record() };
            assert_eq!(Record::parse(&one.encode()), Ok(one));
        }
        let text = String::from_utf8_lossy(&record().encode()).into_owned();
        assert!(
            text.starts_with("medseal-record 1 gatt\ndevice 0011\nreceived 5\ncontext 3\na\nb\noriginal 3\n")
        );
    }

    #[test]
    fn what_is_no_record_says_where() {
        let whole = record().encode();
        for end in 0..whole.len() {
            assert!(Record::parse(&whole[..end]).is_err(), "{end}");
        }
        let longer = [whole.as_slice(), b"x"].concat();
        assert!(Record::parse(&longer).is_err());
        assert_eq!(Record::parse(b"medseal-record 2 x"), Err(RecordError { offset: 0 }));
        assert!(Record::parse(b"medseal-record 1 x\ndevice y\noriginal +1\nz").is_err(), "another spelling");
    }
}
