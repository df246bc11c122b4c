//! The rows of a frame's payload.

use clinical::nomenclature;
use seal::{Code, Decimal, Flags, Micros};

use super::frame::Frame;
use crate::decoded::{Metric, Place};
use crate::record::device_word;
use crate::{Decoded, Problem, Record, Refusal, Sheet, clock};

/// The rows with the offset of each in the payload.
fn rows(payload: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    payload.split(|byte| *byte == b'\n').map(move |row| {
        let start = at;
        at += row.len() + 1;
        (start, row)
    })
}

/// The last device that a payload names.
pub(super) fn device(payload: &[u8]) -> Option<String> {
    let named = rows(payload).filter_map(|(_, row)| row.strip_prefix(b"D "));
    named.filter_map(|word| std::str::from_utf8(word).ok().and_then(device_word)).last()
}

/// Whether a time stands before every row that was measured.
pub(super) fn is_timed(payload: &[u8]) -> bool {
    let mut kinds = rows(payload).filter_map(|(_, row)| row.first());
    kinds.find(|kind| matches!(kind, b'T' | b'V' | b'X')).is_some_and(|first| *first == b'T')
}

/// What a payload says.
pub(super) fn read(payload: &[u8], record: &Record) -> Result<Decoded, Refusal> {
    let mut page = Page { sheet: Sheet::new(), time: record.received };
    for (at, row) in rows(payload) {
        page.row(Frame::HEAD + at, row);
    }
    let time = page.time.unwrap_or(Micros(0));
    Ok(page.sheet.decoded(&record.device, time))
}

struct Page {
    sheet: Sheet,
    time: Option<Micros>,
}

impl Page {
    fn row(&mut self, at: usize, row: &[u8]) {
        let Some(text) =
            std::str::from_utf8(row).ok().filter(|text| text.bytes().all(|byte| matches!(byte, 0x20..=0x7E)))
        else {
            return self.sheet.reported(at, "row", Problem::Encoding("a row"));
        };
        let (kind, rest) = text.split_once(' ').unwrap_or((text, ""));
        let result = match kind {
            "D" if device_word(rest).is_some() => return self.sheet.kept(at, "D", "names the device"),
            "T" => self.stamp(at, rest),
            "V" => self.value(at, rest),
            "X" => self.text(at, rest),
            "" if rest.is_empty() => return self.sheet.kept(at, "row", "empty"),
            _ => Err(Problem::Unknown { what: "row", found: format!("{kind:.20}") }),
        };
        if let Err(problem) = result {
            self.sheet.reported(at, &format!("row {kind:.20}"), problem);
        }
    }

    fn stamp(&mut self, at: usize, text: &str) -> Result<(), Problem> {
        let moment: Option<jiff::Timestamp> = text.parse().ok();
        let time = moment.and_then(|moment| clock::within(Micros(moment.as_microsecond())));
        // Behind a time that cannot be read, nothing has one.
        self.time = time;
        time.ok_or_else(|| Problem::Time(text.chars().take(40).collect()))?;
        self.sheet.kept(at, "T", "the time of the rows behind it");
        Ok(())
    }

    fn place(&self, at: usize) -> Result<Place, Problem> {
        self.time.map(|time| Place { at, time }).ok_or_else(|| Problem::Time("nothing".into()))
    }

    fn value(&mut self, at: usize, rest: &str) -> Result<(), Problem> {
        let words: Vec<&str> = rest.split(' ').collect();
        let (code, unit, number, flags) = match *words.as_slice() {
            [code, unit, number] => (code, unit, number, ""),
            [code, unit, number, flags] => (code, unit, number, flags),
            _ => {
                let found = format!("{} words", words.len());
                return Err(Problem::Value { what: "the row", found, wanted: "V CODE UNIT NUMBER [FLAGS]" });
            }
        };
        let (place, code, flags) = (self.place(at)?, code_of(code)?, flags_of(flags)?);
        let value: Decimal =
            number.parse().map_err(|error: seal::DecimalError| Problem::Syntax(error.to_string()))?;
        let unit = unit.parse().map_err(|_| Problem::Unknown { what: "unit", found: unit.to_owned() })?;
        self.sheet.value(place, "V", Metric { code, unit: Some(unit), said: "" }, value, flags);
        Ok(())
    }

    fn text(&mut self, at: usize, rest: &str) -> Result<(), Problem> {
        let (code, words) = rest.split_once(' ').ok_or(Problem::Truncated(1))?;
        let (place, code) = (self.place(at)?, code_of(code)?);
        self.sheet.text(place, "X", code, words.to_owned(), Flags::NONE);
        Ok(())
    }
}

/// A code as a number, or by its name.
pub(crate) fn code_of(text: &str) -> Result<Code, Problem> {
    let named = || nomenclature::by_refid(text).map(|term| term.code);
    let number = text.parse::<u32>().ok().filter(|code| *code > 0xFFFF).map(Code);
    number
        .or_else(named)
        .ok_or_else(|| Problem::Unknown { what: "code", found: text.chars().take(60).collect() })
}

fn flags_of(letters: &str) -> Result<Flags, Problem> {
    const LETTERS: [(char, Flags); 5] = [
        ('Q', Flags::QUESTIONABLE),
        ('S', Flags::SIMULATED),
        ('T', Flags::TEST),
        ('C', Flags::CALIBRATING),
        ('E', Flags::EARLY),
    ];
    letters.chars().try_fold(Flags::NONE, |all, letter| {
        let flag = LETTERS.iter().find(|(known, _)| *known == letter).map(|(_, flag)| *flag);
        flag.map(|flag| all | flag)
            .ok_or_else(|| Problem::Unknown { what: "flag", found: letter.to_string() })
    })
}
