//! Blood pressure (2A35, 2A36).
//!
//! ```text
//! flags: 0 kPa  1 stamp  2 pulse rate  3 user  4 status
//! systolic, diastolic, mean (SFLOAT)  [stamp]  [pulse rate: SFLOAT]  [user: 1]  [status: 2]
//! status: 0 body moved  1 cuff too loose  2 irregular pulse  3-4 pulse rate out of range  5 wrong position
//! ```

use seal::{Code, Flags, Micros};

use super::{Page, short};
use crate::decoded::{Metric, Place};
use crate::{Cursor, Number, Refusal};

/// What makes a measurement doubtful: the body moved, the cuff was loose, the position was wrong.
const DOUBT: u16 = 0b10_0011;

pub(super) fn measurement(value: &mut Cursor<'_>, page: &mut Page<'_>) -> Result<Micros, Refusal> {
    let flags = value.u8()?;
    let unit = if flags & 1 == 0 { "mm[Hg]" } else { "kPa" };
    let pressures = [short(value)?, short(value)?, short(value)?];
    let time = page.time(value, flags & 2 != 0)?;
    let pulse = if flags & 4 != 0 { Some(short(value)?) } else { None };
    let user = if flags & 8 != 0 { Some((value.at(), value.u8()?)) } else { None };
    let status = if flags & 16 != 0 { Some((value.at(), value.u16_le()?)) } else { None };

    let bits = status.map_or(0, |(_, bits)| bits);
    let worth = if bits & DOUBT != 0 { Flags::QUESTIONABLE } else { Flags::NONE };
    for ((at, number), (what, code)) in
        pressures.into_iter().zip([("systolic", 150_021), ("diastolic", 150_022), ("mean", 150_023)])
    {
        page.sheet.number(Place { at, time }, what, Metric::ucum(code, unit), number, worth);
    }
    if let Some((at, number)) = pulse {
        // A pulse rate out of range (bits 3 and 4) is doubtful by itself.
        let worth = if bits & 0b1_1000 != 0 { worth | Flags::QUESTIONABLE } else { worth };
        page.sheet.number(Place { at, time }, "pulse rate", Metric::ucum(149_546, "/min"), number, worth);
    }
    if let Some((at, _)) = user {
        page.sheet.kept(at, "user", "who a device's user is, the gateway knows by association");
    }
    if let Some((at, bits)) = status {
        status_text(page, Place { at, time }, bits);
    }
    Ok(time)
}

/// The words of a status, where it says something.
fn status_text(page: &mut Page<'_>, place: Place, bits: u16) {
    const WORDS: [&str; 6] = [
        "body moved",
        "cuff too loose",
        "irregular pulse",
        "pulse rate above range",
        "pulse rate below range",
        "improper position",
    ];
    /// MDC_PRESS_BLD_NONINV: what the words are about.
    const PRESSURE: Code = Code(150_020);
    let said = (0..).zip(WORDS).filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, word)| word);
    let text = said.collect::<Vec<_>>().join(", ");
    match text.is_empty() {
        true => page.sheet.kept(place.at, "status", "nothing to say"),
        false => page.sheet.text(place, "status", PRESSURE, text, Flags::NONE),
    }
}

/// The pressure in the cuff while it deflates: the first number; the others stand there and mean nothing.
pub(super) fn intermediate(value: &mut Cursor<'_>, page: &mut Page<'_>) -> Result<Micros, Refusal> {
    let flags = value.u8()?;
    let unit = if flags & 1 == 0 { "mm[Hg]" } else { "kPa" };
    let (at, number) = short(value)?;
    let (unused, _) = short(value)?;
    short(value)?;
    let time = page.time(value, flags & 2 != 0)?;
    let words = match number {
        Number::Finite(pressure) => format!("cuff pressure {pressure} {unit}"),
        _ => "cuff pressure unknown".to_owned(),
    };
    // The cuff's pressure while it deflates is no blood pressure: it must not be charted as one.
    page.sheet.text(Place { at, time }, "cuff pressure", Code(150_020), words, Flags::EARLY);
    page.sheet.kept(unused, "unused numbers", "unused in an intermediate value");
    for (bit, bytes, what) in [(4, 2, "pulse rate"), (8, 1, "user"), (16, 2, "status")] {
        if flags & bit != 0 {
            page.sheet.kept(value.at(), what, "of no use in an intermediate value");
            value.take(bytes)?;
        }
    }
    Ok(time)
}
