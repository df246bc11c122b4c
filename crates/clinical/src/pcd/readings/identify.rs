//! OBX-3: what was observed.
//!
//! The number is what counts. It is looked for where the standard puts it and where senders put it: in the first triplet, in the second (a
//! local or LOINC code before the MDC one), as a name without a number, as a LOINC code, and in the fourth level of OBX-4.

use seal::Code;

use crate::hl7::{Field, Repetition};
use crate::nomenclature::{self, Kind};
use crate::pcd::Containment;

/// MDC codes have a partition: no term of it is below this.
const FIRST_CODE: u32 = 1 << 16;

/// The MDC code of a row; `None` when there is none that is known for one.
pub(super) fn code(identifier: Field<'_>, place: Option<Containment>) -> Option<Code> {
    let first = identifier.first();
    triplet(first, 1).or_else(|| triplet(first, 4)).or_else(|| in_place(place))
}

/// The triplet whose first component is `start`: code, text, system.
fn triplet(from: Repetition<'_>, start: usize) -> Option<Code> {
    let part = |number| from.component(number).raw().trim();
    let code = part(start);
    match part(start + 2) {
        "LN" | "LOINC" => loinc(code),
        // Another system's numbers are not ours to read; without a system a number of MDC's size is one of MDC.
        "" | "MDC" | "ISO" | "IEEE" => number(code).or_else(|| name(code)).or_else(|| name(part(start + 1))),
        _ => None,
    }
}

fn number(text: &str) -> Option<Code> {
    text.parse().ok().filter(|code| *code >= FIRST_CODE).map(Code)
}

fn name(text: &str) -> Option<Code> {
    if text.starts_with("MDC_") { nomenclature::by_refid(text).map(|term| term.code) } else { None }
}

/// The one metric that a LOINC code stands for; of several, the first of the table's.
fn loinc(text: &str) -> Option<Code> {
    nomenclature::by_loinc(text).find(|term| term.kind == Kind::Metric).map(|term| term.code)
}

/// Some senders put the code, not a counter, in the fourth level of OBX-4.
fn in_place(place: Option<Containment>) -> Option<Code> {
    let level = Code(*place?.levels().get(3)?);
    nomenclature::by_code(level)
        .filter(|term| matches!(term.kind, Kind::Metric | Kind::Wave))
        .map(|term| term.code)
}
