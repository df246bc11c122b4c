//! Glucose (2A18) and its context (2A34).
//!
//! ```text
//! 2A18 flags: 0 time offset  1 concentration, type and place  2 mol/L, else kg/L  3 sensor status  4 a context follows
//!      number: 2  stamp  [offset: minutes, 2, signed]  [concentration: SFLOAT, type and place: 1]  [status: 2]
//! 2A34 flags: 0 carbohydrate  1 meal  2 tester and health  3 exercise  4 medication  5 litres, else kilograms  6 HbA1c  7 more flags
//!      number: 2  [more flags: 1]  [kind: 1, kg: SFLOAT]  [meal: 1]  [health and tester: 1]
//!      [seconds: 2, percent: 1]  [kind: 1, amount: SFLOAT]  [percent: SFLOAT]
//! ```
//!
//! A measurement of control solution is flagged as a test: it is nobody's.

use seal::{Code, Decimal, Flags, Micros};

use super::{HEAD, Page, short};
use crate::decoded::{Metric, Place};
use crate::{Cursor, Number, Problem, Refusal, clock};

/// The fluids of `Type`, from 1.
const FLUIDS: [u32; 10] = [
    160_184, // capillary whole blood
    160_188, // capillary plasma
    160_192, // venous whole blood
    160_196, // venous plasma
    160_200, // arterial whole blood
    160_204, // arterial plasma
    160_364, // undetermined whole blood
    160_368, // undetermined plasma
    160_212, // interstitial fluid
    160_208, // control solution
];
const CONTROL: u8 = 10;
/// Sensor faults that make a value doubtful: malfunction, too little blood, strip wrong or not in, read interrupted, general and temperature faults.
const DOUBT: u16 = 0b0111_1001_1110;

/// Part of the nomenclature for what a person says about a measurement: partition 128.
const fn personal(term: u32) -> Code {
    Code(128 << 16 | term)
}
const CARBOHYDRATE: Code = personal(29_156);
const EXERCISE: Code = personal(29_152);
const MEDICATION: Code = personal(29_188);
const HEALTH: Code = personal(29_212);
const PLACE: Code = personal(29_236);
const MEAL: Code = personal(29_256);
const TESTER: Code = personal(29_276);
const HBA1C: u32 = 160_220;

pub(super) fn measurement(value: &mut Cursor<'_>, page: &mut Page<'_>) -> Result<Micros, Refusal> {
    let flags = value.u8()?;
    let number_at = value.at();
    value.u16_le()?;
    let time = time(value, page, flags)?;
    let measured = match flags & 2 != 0 {
        true => Some((short(value)?, (value.at(), value.u8()?))),
        false => None,
    };
    let status = if flags & 8 != 0 { Some((value.at(), value.u16_le()?)) } else { None };
    page.sheet.kept(number_at, "sequence number", "tells measurements of the device apart");
    let doubt = status.is_some_and(|(_, bits)| bits & DOUBT != 0);
    let worth = if doubt { Flags::QUESTIONABLE } else { Flags::NONE };
    if let Some(((at, number), (kind_at, kind))) = measured {
        concentration(page, Place { at, time }, number, (kind_at, kind), (flags & 4 != 0, worth));
    }
    if let Some((at, bits)) = status {
        annunciation(page, Place { at, time }, bits, measured.map_or(0, |(_, (_, kind))| kind & 0xF));
    }
    Ok(time)
}

/// The stamp, moved by the offset that the user has set since (2A18, "Time Offset").
fn time(value: &mut Cursor<'_>, page: &Page<'_>, flags: u8) -> Result<Micros, Refusal> {
    let at = value.at();
    let base = page.stamp(value)?;
    if flags & 1 == 0 {
        return Ok(base);
    }
    let minutes = value.u16_le()?.cast_signed();
    let moved = base.plus(i64::from(minutes) * 60_000_000);
    clock::within(moved).ok_or_else(|| Refusal::at(at, Problem::Time(format!("{minutes} minutes off"))))
}

fn concentration(
    page: &mut Page<'_>,
    place: Place,
    number: Number,
    (at, kind): (usize, u8),
    (molar, worth): (bool, Flags),
) {
    let (fluid, site) = (kind & 0xF, kind >> 4);
    let Some(code) = usize::from(fluid).checked_sub(1).and_then(|index| FLUIDS.get(index)) else {
        let problem = Problem::Unknown { what: "glucose fluid", found: fluid.to_string() };
        return page.sheet.reported(at, "concentration", problem);
    };
    let worth = if fluid == CONTROL { worth | Flags::TEST } else { worth };
    // 1 mol/L is 1,000 mmol/L; 1 kg/L is 100,000 mg/dL.
    let (unit, places) = if molar { ("mmol/L", 3) } else { ("mg/dL", 5) };
    let number = moved(number, places);
    page.sheet.number(place, "concentration", Metric::ucum(*code, unit), number, worth);
    const SITES: [(u8, &str); 5] = [
        (1, "finger"),
        (2, "alternate site test"),
        (3, "earlobe"),
        (4, "control solution"),
        (15, "not available"),
    ];
    match SITES.iter().find(|(number, _)| *number == site) {
        Some((_, words)) => {
            page.sheet.text(Place { at, ..place }, "sample location", PLACE, (*words).to_owned(), worth);
        }
        None => {
            let problem = Problem::Unknown { what: "sample location", found: site.to_string() };
            page.sheet.reported(at, "sample location", problem);
        }
    }
}

/// The same number in a unit that is smaller by a power of ten: exact, and with no more noughts than are needed to write it.
fn moved(number: Number, places: i8) -> Number {
    let Number::Finite(Decimal { mantissa, exponent }) = number else { return number };
    let exponent = exponent.saturating_add(places);
    Decimal::new(mantissa, exponent)
        .map_or(Number::OutOfRange { mantissa: mantissa as i32, exponent }, Number::Finite)
}

/// The words of a sensor's status.
fn annunciation(page: &mut Page<'_>, place: Place, bits: u16, fluid: u8) {
    const WORDS: [&str; 12] = [
        "battery low",
        "sensor malfunction",
        "sample too small",
        "strip insertion error",
        "wrong strip",
        "result above the device's range",
        "result below the device's range",
        "sensor too hot",
        "sensor too cold",
        "strip pulled out too early",
        "general fault",
        "clock fault",
    ];
    let said = (0..).zip(WORDS).filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, word)| word);
    let text = said.collect::<Vec<_>>().join(", ");
    let code = usize::from(fluid).checked_sub(1).and_then(|index| FLUIDS.get(index)).unwrap_or(&160_184);
    match text.is_empty() {
        true => page.sheet.kept(place.at, "sensor status", "nothing to say"),
        false => page.sheet.text(place, "sensor status", Code(*code), text, Flags::NONE),
    }
}

/// A context, at the time of the measurement that it is of.
pub(super) fn context(value: &mut Cursor<'_>, page: &mut Page<'_>, of: &[u8]) -> Result<Micros, Refusal> {
    let flags = value.u8()?;
    let number_at = value.at();
    value.u16_le()?;
    let mut before = Cursor::new(of.get(HEAD..).unwrap_or_default());
    let known = before.u8().and_then(|flags| before.u16_le().and_then(|_| time(&mut before, page, flags)));
    let time =
        known.map_err(|_| Refusal::at(number_at, Problem::Order("a context without its measurement")))?;
    page.sheet.kept(number_at, "sequence number", "says which measurement it is of");
    if flags & 128 != 0 {
        page.sheet.kept(value.at(), "further flags", "no meaning is known for them");
        value.u8()?;
    }
    if flags & 1 != 0 {
        let at = value.at();
        const MEALS: [&str; 7] = ["breakfast", "lunch", "dinner", "snack", "drink", "supper", "brunch"];
        word(page, Place { at, time }, ("carbohydrate of", CARBOHYDRATE), value.u8()?, &MEALS);
        let (at, kilograms) = short(value)?;
        let grams = Metric { code: CARBOHYDRATE, unit: "g".parse().ok(), said: "g" };
        page.sheet.number(Place { at, time }, "carbohydrate", grams, moved(kilograms, 3), Flags::NONE);
    }
    if flags & 2 != 0 {
        const MEALS: [&str; 5] = ["before a meal", "after a meal", "fasting", "casual", "bedtime"];
        let at = value.at();
        word(page, Place { at, time }, ("meal", MEAL), value.u8()?, &MEALS);
    }
    if flags & 4 != 0 {
        const TESTERS: [&str; 3] = ["self", "health care professional", "laboratory"];
        const HEALTHS: [&str; 5] =
            ["minor issues", "major issues", "during menses", "under stress", "no issues"];
        let (at, both) = (value.at(), value.u8()?);
        word(page, Place { at, time }, ("tester", TESTER), both & 0xF, &TESTERS);
        word(page, Place { at, time }, ("health", HEALTH), both >> 4, &HEALTHS);
    }
    if flags & 8 != 0 {
        let (at, seconds, percent) = (value.at(), value.u16_le()?, value.u8()?);
        let text = match seconds {
            u16::MAX => format!("exercise, longer than can be told, at {percent} %"),
            seconds => format!("exercise for {seconds} s at {percent} %"),
        };
        page.sheet.text(Place { at, time }, "exercise", EXERCISE, text, Flags::NONE);
    }
    medication(value, page, time, flags)?;
    if flags & 64 != 0 {
        let (at, percent) = short(value)?;
        page.sheet.number(Place { at, time }, "HbA1c", Metric::ucum(HBA1C, "%"), percent, Flags::NONE);
    }
    Ok(time)
}

fn medication(value: &mut Cursor<'_>, page: &mut Page<'_>, time: Micros, flags: u8) -> Result<(), Refusal> {
    if flags & 16 == 0 {
        return Ok(());
    }
    const INSULINS: [&str; 5] = [
        "rapid acting insulin",
        "short acting insulin",
        "intermediate acting insulin",
        "long acting insulin",
        "pre-mixed insulin",
    ];
    let at = value.at();
    word(page, Place { at, time }, ("medication", MEDICATION), value.u8()?, &INSULINS);
    let (at, amount) = short(value)?;
    let (unit, places) = if flags & 32 == 0 { ("mg", 6) } else { ("mL", 3) };
    let metric = Metric { code: MEDICATION, unit: unit.parse().ok(), said: unit };
    page.sheet.number(Place { at, time }, "medication", metric, moved(amount, places), Flags::NONE);
    Ok(())
}

/// A number, from 1, that stands for a word; 15 says that there is none.
fn word(page: &mut Page<'_>, place: Place, (what, code): (&'static str, Code), number: u8, words: &[&str]) {
    match (number, usize::from(number).checked_sub(1).and_then(|index| words.get(index))) {
        (_, Some(word)) => page.sheet.text(place, what, code, (*word).to_owned(), Flags::NONE),
        (15, None) => page.sheet.kept(place.at, what, "the device has no value for it"),
        (_, None) => {
            page.sheet.reported(place.at, what, Problem::Unknown { what, found: number.to_string() });
        }
    }
}
