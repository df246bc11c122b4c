//! The audit log as a file of its own, which is checked without the gateway: JSON Lines, UTF-8.
//!
//! ```text
//! {"format":"medseal-audit","version":1,"after":N,"hash":HEX}     the row before the first one, 0 and zeros at the log's beginning
//! {"id":…,"time":…,"actor":…,"action":…,"object":…,"outcome":…,"detail":…,"hash":HEX}     a row each, in order
//! {"rows":N,"head":"ROW:HEX"}                                     the end, without which the file was cut off
//! ```
//!
//! The chain shows what was changed, removed or put in between; that all of it was written anew shows only a head that was noted elsewhere.

use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};

use super::{AuditError, AuditHead, AuditRow, verify};
use crate::record::AuditId;

const FORMAT: &str = "medseal-audit";
const VERSION: u32 = 1;
/// Longest line that is read, in bytes: far above any row, which holds no message.
const LINE: usize = 1024 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    version: u32,
    after: i64,
    hash: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    rows: u64,
    head: String,
}

/// A row as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    id: i64,
    time: i64,
    actor: String,
    action: String,
    object: String,
    outcome: String,
    detail: String,
    hash: String,
}

/// Why a file is no whole log.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be read.
    #[error("line {line}: {source}")]
    Io {
        /// The line, from 1.
        line: u64,
        /// Why not.
        source: io::Error,
    },
    /// A line is not what it must be.
    #[error("line {line}: {problem}")]
    Line {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// The chain does not hold.
    #[error("line {line}: {fault}")]
    Chain {
        /// The line of the row, from 1.
        line: u64,
        /// Where and how.
        fault: AuditError,
    },
    /// The last line is missing.
    #[error("the file ends after line {0}, before the log does: it was cut off")]
    CutOff(u64),
}

/// What a whole file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The row before its first.
    pub after: AuditHead,
    /// Its last row.
    pub head: AuditHead,
    /// How many there are.
    pub rows: u64,
}

/// Writes a log, row after row.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
    after: AuditHead,
    rows: u64,
    head: AuditHead,
}

fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

impl<W: Write> Writer<W> {
    /// Begins with the rows after `head`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(mut out: W, head: AuditHead) -> io::Result<Self> {
        let (format, hash) = (FORMAT.to_owned(), hex::encode(head.hash));
        line(&mut out, &Header { format, version: VERSION, after: head.id.0, hash })?;
        Ok(Self { out, after: head, rows: 0, head })
    }

    /// The next row.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn add(&mut self, row: &AuditRow) -> io::Result<()> {
        (self.rows, self.head) = (self.rows + 1, AuditHead { id: row.id, hash: row.hash });
        line(&mut self.out, row)
    }

    /// The end; gives what was written to.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(mut self) -> io::Result<(W, Exported)> {
        let exported = Exported { after: self.after, head: self.head, rows: self.rows };
        line(&mut self.out, &End { rows: self.rows, head: shown(&self.head) })?;
        self.out.flush()?;
        Ok((self.out, exported))
    }
}

/// A head as people note it: `ROW:HASH`.
pub fn shown(head: &AuditHead) -> String {
    format!("{}:{}", head.id, hex::encode(head.hash))
}

fn hash(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).ok()?;
    Some(hash)
}

impl Read {
    fn row(self) -> Option<AuditRow> {
        let Self { id, time, actor, action, object, outcome, detail, hash: text } = self;
        Some(AuditRow { id: AuditId(id), time, actor, action, object, outcome, detail, hash: hash(&text)? })
    }
}

/// Reads a file and checks its chain; `seen` is shown each row.
///
/// # Errors
/// [`ExportError`] with the line.
pub fn check(mut file: impl BufRead, mut seen: impl FnMut(&AuditRow)) -> Result<Exported, ExportError> {
    let mut number = 1;
    let text = next(&mut file, number)?.ok_or(ExportError::CutOff(0))?;
    let wrong = |line, problem: &str| ExportError::Line { line, problem: problem.to_owned() };
    let header: Header = serde_json::from_str(&text).map_err(|error| wrong(1, &error.to_string()))?;
    if header.format != FORMAT || header.version != VERSION {
        return Err(wrong(1, "not an exported audit log of version 1"));
    }
    let hash = hash(&header.hash).ok_or_else(|| wrong(1, "its hash is not 64 hexadecimal digits"))?;
    let after = AuditHead { id: AuditId(header.after), hash };
    let (mut head, mut rows) = (after, 0);
    loop {
        number += 1;
        let text = next(&mut file, number)?.ok_or(ExportError::CutOff(number - 1))?;
        if let Ok(end) = serde_json::from_str::<End>(&text) {
            if end.rows != rows || end.head != shown(&head) {
                return Err(wrong(number, "the end is not that of the rows before it"));
            }
            return match next(&mut file, number + 1)? {
                None => Ok(Exported { after, head, rows }),
                Some(_) => Err(wrong(number + 1, "something after the end")),
            };
        }
        let read: Read = serde_json::from_str(&text).map_err(|error| wrong(number, &error.to_string()))?;
        let row = read.row().ok_or_else(|| wrong(number, "its hash is not 64 hexadecimal digits"))?;
        head = verify(head, [&row]).map_err(|fault| ExportError::Chain { line: number, fault })?;
        rows += 1;
        seen(&row);
    }
}

/// The next line without its end; `None` at the file's.
fn next(file: &mut impl BufRead, number: u64) -> Result<Option<String>, ExportError> {
    let mut text = Vec::new();
    let mut limited = io::Read::take(&mut *file, LINE as u64);
    let read = limited.read_until(b'\n', &mut text);
    let count = read.map_err(|source| ExportError::Io { line: number, source })?;
    if count == 0 {
        return Ok(None);
    }
    let whole = text.strip_suffix(b"\n").map(<[u8]>::to_vec);
    let text = whole.and_then(|line| String::from_utf8(line).ok());
    let problem = || "not a line of text, or cut off".to_owned();
    text.map(Some).ok_or_else(|| ExportError::Line { line: number, problem: problem() })
}

#[cfg(test)]
mod tests {
    use seal::Micros;

    use super::*;
    use crate::audit::{Action, Entry};

    fn exported(rows: i64) -> String {
        let mut writer = Writer::begin(Vec::new(), AuditHead::EMPTY).unwrap();
        let mut head = AuditHead::EMPTY;
        for time in 0..rows {
            let entry = Entry::done("user:\"ada\"", Action::Enrol, format!("device:{time}"));
            let row = AuditRow::following(&head, Micros(time), entry);
            head = AuditHead { id: row.id, hash: row.hash };
            writer.add(&row).unwrap();
        }
        String::from_utf8(writer.finish().unwrap().0).unwrap()
    }

    #[test]
    fn a_whole_file_is_whole_and_every_change_is_found() {
        let text = exported(5);
        let mut seen = 0;
        let whole = check(text.as_bytes(), |_| seen += 1).unwrap();
        assert_eq!((whole.rows, whole.head.id, seen), (5, AuditId(5), 5));
        let lines: Vec<_> = text.lines().collect();
        let without = |skipped: usize| {
            let kept = lines.iter().enumerate().filter(|(index, _)| *index != skipped);
            kept.map(|(_, line)| format!("{line}\n")).collect::<String>()
        };
        for skipped in 0..lines.len() {
            assert!(check(without(skipped).as_bytes(), |_| {}).is_err(), "without line {}", skipped + 1);
        }
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] ^= 1;
            assert!(check(&changed[..], |_| {}).is_err(), "byte {at} changed");
            assert!(check(&text.as_bytes()[..at], |_| {}).is_err(), "cut off at {at}");
        }
        let twice = format!("{text}{text}");
        assert!(matches!(check(twice.as_bytes(), |_| {}), Err(ExportError::Line { line: 8, .. })));
    }

    #[test]
    fn a_file_may_begin_anywhere_and_says_where() {
        let head = AuditHead { id: AuditId(7), hash: [3; 32] };
        let row = AuditRow::following(&head, Micros(1), Entry::done("system", Action::Start, "gateway"));
        let mut writer = Writer::begin(Vec::new(), head).unwrap();
        writer.add(&row).unwrap();
        let bytes = writer.finish().unwrap().0;
        let whole = check(&bytes[..], |_| {}).unwrap();
        assert_eq!((whole.after, whole.head.id), (head, AuditId(8)));
    }
}
