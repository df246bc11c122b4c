//! Codes and units: ISO/IEEE 11073-10101 (MDC), LOINC and UCUM, from `standards/clinical/*.tsv`.
//!
//! The tables are data: a row more in the file is a term more here. Each term keeps how sure it is ([`Confidence`]), since the standard
//! itself is not free and the table was compiled from what implementations send.
//!
//! An MDC code is context-free: partition times 65,536 plus term. What is not in the table is not an error: its number still goes out, without
//! a name.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use seal::{Code, Unit};

/// The URI of MDC in FHIR.
pub const MDC_SYSTEM: &str = "urn:iso:std:iso:11073:10101";
/// The URI of LOINC in FHIR.
pub const LOINC_SYSTEM: &str = "http://loinc.org";
/// The URI of UCUM in FHIR.
pub const UCUM_SYSTEM: &str = "http://unitsofmeasure.org";

/// What a code stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number that is measured.
    Metric,
    /// A waveform.
    Wave,
    /// A device or a part of one.
    Device,
    /// An attribute of a device or an event.
    Attribute,
    /// Something that happens.
    Event,
    /// What an order (OBR) is about.
    Service,
    /// A unit of measure.
    Unit,
}

/// Where the table has a code from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Written from memory of the standard.
    Recollected,
    /// In one vendor's messages only.
    OneVendor,
    /// In a public standard's text or in several implementations.
    Seen,
}

/// A LOINC code for a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loinc {
    /// The code.
    pub code: &'static str,
    /// How sure it is that it means the same.
    pub confidence: Confidence,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// What the code stands for.
    pub kind: Kind,
    /// The context-free code.
    pub code: Code,
    /// The reference identifier, `MDC_…`.
    pub refid: &'static str,
    /// UCUM units in which it is sent; for a unit, its UCUM spellings. May be empty.
    pub ucum: Vec<&'static str>,
    /// LOINC codes, the first the preferred one. May be empty.
    pub loinc: Vec<Loinc>,
    /// How sure code and reference identifier are.
    pub confidence: Confidence,
}

/// What FHIR's vital-signs profiles ask of a term: one LOINC code that must be there, and the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VitalSign {
    /// The required code.
    pub loinc: &'static str,
    /// Canonical address of the profile.
    pub profile: &'static str,
    /// UCUM units that the profile takes, with spaces between them.
    units: &'static str,
}

impl VitalSign {
    /// Whether the profile takes a value in this UCUM unit.
    #[must_use]
    pub fn takes_unit(&self, ucum: &str) -> bool {
        self.units.split(' ').any(|unit| unit == ucum)
    }
}

struct Tables {
    terms: Vec<Term>,
    /// Codes and the places of their terms, in the order of the codes.
    by_code: Vec<(Code, usize)>,
    /// Units as the readings have them, in the order of their codes.
    units: Vec<(Code, Unit)>,
    vital_signs: HashMap<Code, VitalSign>,
    /// Prefix of a reference identifier, and the device part that its metrics belong to.
    containment: Vec<(&'static str, Code)>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let terms: Vec<Term> =
        rows(include_str!("../../../standards/clinical/nomenclature.tsv")).filter_map(term).collect();
    let mut by_code: Vec<_> = terms.iter().enumerate().map(|(index, term)| (term.code, index)).collect();
    by_code.sort_unstable();
    let units = terms.iter().filter(|term| term.kind == Kind::Unit);
    let mut units: Vec<_> =
        units.filter_map(|term| Some((term.code, term.ucum.last()?.parse().ok()?))).collect();
    units.sort_unstable_by_key(|(code, _)| *code);
    let vital_signs = rows(include_str!("../../../standards/clinical/vital-signs.tsv"))
        .filter_map(vital_sign_row)
        .collect();
    let containment = rows(include_str!("../../../standards/clinical/containment.tsv"))
        .filter_map(|mut row| Some((row.next()?, code(row.next()?)?)))
        .collect();
    Tables { terms, by_code, units, vital_signs, containment }
});

/// The rows of a table after its heading, each as its columns.
fn rows(table: &'static str) -> impl Iterator<Item = std::str::Split<'static, char>> {
    table.lines().skip(1).map(|line| line.split('\t'))
}

fn code(text: &str) -> Option<Code> {
    text.parse().ok().map(Code)
}

fn term(mut row: std::str::Split<'static, char>) -> Option<Term> {
    let mut next = || row.next();
    let kind = kind(next()?)?;
    let code = code(next()?)?;
    let refid = next()?;
    let (_partition, _term) = (next()?, next()?);
    let ucum = next()?.split([' ', '|']).filter(|unit| !unit.is_empty() && *unit != "->").collect();
    let codes = next()?;
    let confidence = confidence(next()?)?;
    let sure = next()?;
    let loinc = codes
        .split('|')
        .filter(|code| !code.is_empty())
        .map(|code| Loinc { code, confidence: loinc_confidence(sure, code) })
        .collect();
    Some(Term { kind, code, refid, ucum, loinc, confidence })
}

fn vital_sign_row(mut row: std::str::Split<'static, char>) -> Option<(Code, VitalSign)> {
    let mut next = || row.next();
    Some((code(next()?)?, VitalSign { loinc: next()?, profile: next()?, units: next()? }))
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "metric" => Kind::Metric,
        "wave" => Kind::Wave,
        "device" => Kind::Device,
        "attr" => Kind::Attribute,
        "event" => Kind::Event,
        "service" => Kind::Service,
        "unit" => Kind::Unit,
        _ => return None,
    })
}

fn confidence(words: &str) -> Option<Confidence> {
    Some(match words {
        "seen" => Confidence::Seen,
        "one vendor message only" => Confidence::OneVendor,
        "recollected" => Confidence::Recollected,
        _ => return None,
    })
}

/// From `2339-0: seen; 15074-8: recollected`.
fn loinc_confidence(all: &str, code: &str) -> Confidence {
    all.split("; ")
        .filter_map(|one| one.split_once(": "))
        .find(|(of, _)| *of == code)
        .and_then(|(_, words)| confidence(words))
        .unwrap_or(Confidence::Recollected)
}

/// All terms, in the order of the table.
#[must_use]
pub fn terms() -> &'static [Term] {
    &TABLES.terms
}

/// The term of a code.
#[must_use]
pub fn by_code(code: Code) -> Option<&'static Term> {
    let place = TABLES.by_code.binary_search_by_key(&code, |(code, _)| *code).ok()?;
    TABLES.by_code.get(place).and_then(|(_, index)| TABLES.terms.get(*index))
}

/// The term of this reference identifier.
#[must_use]
pub fn by_refid(refid: &str) -> Option<&'static Term> {
    terms().iter().find(|term| term.refid == refid)
}

/// The name of a code; empty when it is not in the table.
#[must_use]
pub fn refid(code: Code) -> &'static str {
    by_code(code).map_or("", |term| term.refid)
}

/// The terms that a LOINC code stands for, including the codes that vital-signs profiles add.
pub fn by_loinc(loinc: &str) -> impl Iterator<Item = &'static Term> {
    terms().iter().filter(move |term| {
        term.loinc.iter().any(|one| one.code == loinc)
            || vital_sign(term.code).is_some_and(|sign| sign.loinc == loinc)
    })
}

/// What FHIR's vital-signs profiles ask of this code.
#[must_use]
pub fn vital_sign(code: Code) -> Option<VitalSign> {
    TABLES.vital_signs.get(&code).copied()
}

/// The virtual medical device that measures `metric` in a multi-parameter monitor.
#[must_use]
pub fn device_part(metric: Code) -> Option<Code> {
    let refid = by_code(metric)?.refid;
    TABLES.containment.iter().find(|(prefix, _)| refid.starts_with(prefix)).map(|(_, part)| *part)
}

/// A UCUM unit without its annotations, which mean nothing to arithmetic (UCUM section 1.1, paragraph 6): `/min` for `{beat}/min`.
#[must_use]
pub fn plain_unit(ucum: &str) -> Cow<'_, str> {
    if !ucum.contains('{') {
        return Cow::Borrowed(ucum);
    }
    let mut inside = false;
    let plain: String = ucum
        .chars()
        .filter(|character| {
            let was_inside = inside;
            inside = (inside || *character == '{') && *character != '}';
            !inside && !was_inside
        })
        .collect();
    if plain.is_empty() { Cow::Borrowed("1") } else { Cow::Owned(plain) }
}

/// The MDC unit for a UCUM unit, whatever its annotations. `/min` is many: it is breaths for a respiration rate and beats for all else.
#[must_use]
pub fn unit_code(ucum: &str, metric: Code) -> Option<&'static Term> {
    let breaths = refid(metric).contains("RESP_RATE");
    let plain = plain_unit(ucum);
    terms()
        .iter()
        .filter(|term| term.kind == Kind::Unit && term.ucum.iter().any(|unit| plain_unit(unit) == plain))
        .find(|term| plain != "/min" || (term.refid == "MDC_DIM_RESP_PER_MIN") == breaths)
}

/// The UCUM unit for an MDC unit, without annotations: `/min`, not `{beat}/min`.
#[must_use]
pub fn ucum(unit: Code) -> Option<&'static str> {
    by_code(unit).filter(|term| term.kind == Kind::Unit).and_then(|term| term.ucum.last().copied())
}

/// The UCUM unit for an MDC unit, as a reading has it.
#[must_use]
pub fn unit(unit: Code) -> Option<Unit> {
    let place = TABLES.units.binary_search_by_key(&unit, |(code, _)| *code).ok()?;
    TABLES.units.get(place).map(|(_, unit)| *unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_every_table_is_read() {
        let lines = |table: &str| table.lines().count() - 1;
        let nomenclature = include_str!("../../../standards/clinical/nomenclature.tsv");
        assert_eq!((TABLES.terms.len(), TABLES.by_code.len()), (lines(nomenclature), lines(nomenclature)));
        assert_eq!(
            TABLES.vital_signs.len(),
            lines(include_str!("../../../standards/clinical/vital-signs.tsv"))
        );
        assert_eq!(
            TABLES.containment.len(),
            lines(include_str!("../../../standards/clinical/containment.tsv"))
        );
        for row in rows(nomenclature) {
            let columns: Vec<&str> = row.collect();
            let number = |column: usize| columns[column].parse::<u32>().unwrap();
            assert_eq!(number(1), number(3) * 65_536 + number(4), "{}", columns[2]);
        }
    }

    #[test]
    fn containment_names_devices_and_vital_signs_name_metrics() {
        for (prefix, part) in &TABLES.containment {
            assert_eq!(by_code(*part).map(|term| term.kind), Some(Kind::Device), "{prefix}");
        }
        for code in TABLES.vital_signs.keys() {
            assert_eq!(by_code(*code).map(|term| term.kind), Some(Kind::Metric), "{code}");
        }
    }

    #[test]
    fn units_go_both_ways() {
        for term in terms().iter().filter(|term| term.kind == Kind::Unit) {
            let unit = ucum(term.code).unwrap();
            let metric = if term.refid == "MDC_DIM_RESP_PER_MIN" { Code(151_562) } else { Code(147_842) };
            assert_eq!(unit_code(unit, metric).map(|back| back.code), Some(term.code), "{unit}");
            assert_eq!(super::unit(term.code), unit.parse().ok());
        }
        assert_eq!(unit_code("mm[Hg]", Code(150_021)).unwrap().refid, "MDC_DIM_MMHG");
        assert_eq!(unit_code("{beats}/min", Code(150_021)).unwrap().refid, "MDC_DIM_BEAT_PER_MIN");
        for (annotated, plain) in
            [("{beat}/min", "/min"), ("{puffs}", "1"), ("mL{total}/h", "mL/h"), ("%", "%")]
        {
            assert_eq!(plain_unit(annotated), plain);
        }
        assert_eq!(unit_code("furlong", Code(150_021)), None);
    }

    #[test]
    fn terms_are_found_by_code_and_by_loinc() {
        let rate = by_code(Code(147_842)).unwrap();
        assert_eq!(
            (rate.refid, rate.loinc[0]),
            ("MDC_ECG_HEART_RATE", Loinc { code: "8867-4", confidence: Confidence::Seen })
        );
        assert!(by_loinc("2708-6").any(|term| term.refid == "MDC_PULS_OXIM_SAT_O2"));
        assert_eq!(device_part(Code(150_456)), Some(Code(69_642)));
        assert_eq!((by_code(Code(1)), refid(Code(1)), device_part(Code(1))), (None, "", None));
    }
}
