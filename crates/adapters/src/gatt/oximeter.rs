//! Pulse oximetry: a spot check (2A5E) and continuous (2A5F).
//!
//! ```text
//! 2A5E flags: 0 stamp  1 status  2 sensor  3 amplitude  4 clock not set
//!      saturation, pulse rate (SFLOAT)  [stamp]  [status: 2]  [sensor: 3]  [amplitude: SFLOAT]
//! 2A5F flags: 0 fast  1 slow  2 status  3 sensor  4 amplitude
//!      saturation, pulse rate  [fast: both again]  [slow: both again]  [status: 2]  [sensor: 3]  [amplitude]
//! status: 5 going on  6 early  7 validated  8 fully qualified  9 from store  10 demonstration  11 test
//!         12 calibrating  13 not available  14 questionable  15 invalid
//! ```

use seal::{Code, Flags, Micros};

use super::{Page, short};
use crate::decoded::{Metric, Place};
use crate::{Cursor, Number, Refusal};

const SATURATION: u32 = 150_456;
const RATE: u32 = 149_530;
const AMPLITUDE: u32 = 150_448;

pub(super) fn spot_check(value: &mut Cursor<'_>, page: &mut Page<'_>) -> Result<Micros, Refusal> {
    let flags = value.u8()?;
    let pair = [short(value)?, short(value)?];
    let time = if flags & 16 == 0 {
        page.time(value, flags & 1 != 0)?
    } else {
        // The clock is not set: its stamp counts from when the device was switched on.
        let at = value.at();
        if flags & 1 != 0 {
            value.take(7)?;
            page.sheet.kept(at, "stamp", "the device's clock is not set");
        }
        page.heard()?
    };
    rest(value, page, time, pair, [flags & 2 != 0, flags & 4 != 0, flags & 8 != 0])
}

pub(super) fn continuous(value: &mut Cursor<'_>, page: &mut Page<'_>) -> Result<Micros, Refusal> {
    let flags = value.u8()?;
    let pair = [short(value)?, short(value)?];
    let time = page.heard()?;
    for (bit, what) in [(1, "fast values"), (2, "slow values")] {
        if flags & bit != 0 {
            page.sheet.kept(value.at(), what, "the same quantities with another response time");
            value.take(4)?;
        }
    }
    rest(value, page, time, pair, [flags & 4 != 0, flags & 8 != 0, flags & 16 != 0])
}

/// What both have in common: status, sensor and amplitude, where present.
fn rest(
    value: &mut Cursor<'_>,
    page: &mut Page<'_>,
    time: Micros,
    pair: [(usize, Number); 2],
    [status, sensor, amplitude]: [bool; 3],
) -> Result<Micros, Refusal> {
    let status = if status { Some((value.at(), value.u16_le()?)) } else { None };
    let sensor = if sensor { Some((value.at(), value.u24_le()?)) } else { None };
    let bits = status.map_or(0, |(_, bits)| bits);
    let worth = worth(bits);
    let invalid = bits & (1 << 13 | 1 << 15) != 0;
    for ((at, number), (what, metric)) in pair.into_iter().zip([
        ("oxygen saturation", Metric::ucum(SATURATION, "%")),
        ("pulse rate", Metric::ucum(RATE, "/min")),
    ]) {
        match invalid {
            true => page.sheet.kept(at, what, "the device says that it is not valid"),
            false => page.sheet.number(Place { at, time }, what, metric, number, worth),
        }
    }
    if let Some((at, _)) = status {
        page.sheet.kept(at, "status", "in the readings' flags");
    }
    if let Some((at, bits)) = sensor {
        sensor_text(page, Place { at, time }, bits);
    }
    if amplitude {
        let (at, number) = short(value)?;
        page.sheet.number(Place { at, time }, "pulse amplitude", Metric::ucum(AMPLITUDE, "%"), number, worth);
    }
    Ok(time)
}

fn worth(bits: u16) -> Flags {
    const MEANING: [(u16, Flags); 5] = [
        (6, Flags::EARLY),
        (10, Flags::SIMULATED),
        (11, Flags::TEST),
        (12, Flags::CALIBRATING),
        (14, Flags::QUESTIONABLE),
    ];
    let set = MEANING.into_iter().filter(|(bit, _)| bits >> bit & 1 == 1);
    set.fold(Flags::NONE, |all, (_, flag)| all | flag)
}

/// `Device and Sensor Status`: what keeps the sensor from measuring.
fn sensor_text(page: &mut Page<'_>, place: Place, bits: u32) {
    const WORDS: [&str; 16] = [
        "extended display update",
        "equipment malfunction",
        "signal processing irregularity",
        "inadequate signal",
        "poor signal",
        "low perfusion",
        "erratic signal",
        "pulsatile signal missing",
        "poor signal quality",
        "sensor interference",
        "ambient light",
        "sensor disconnected",
        "sensor malfunction",
        "sensor displaced",
        "unknown sensor",
        "sensor unconnected",
    ];
    let said = (0..).zip(WORDS).filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, word)| word);
    let text = said.collect::<Vec<_>>().join(", ");
    match text.is_empty() {
        true => page.sheet.kept(place.at, "sensor status", "nothing to say"),
        false => page.sheet.text(place, "sensor status", Code(SATURATION), text, Flags::NONE),
    }
}
