//! NA rows: stretches of a waveform.
//!
//! How fast the samples follow each other stands in a row of its own, `MDC_ATTR_SAMP_RATE`, whose OBX-4 is the wave's, mostly with a fifth
//! level; senders give it the code 0, so it is known by its name. Without one, the samples fill the time from OBR-7 to OBR-8.
//!
//! Physical values become 16-bit samples with a scale and an offset: exactly, when they span at most 65,534 steps of their last digit, as
//! those of converters do; else in steps of a 65,534th of their span.

use seal::{Code, Decimal, Flags, Micros, NO_SAMPLE, Reading};

use super::row::Row;
use super::unit;
use crate::account::Reason;
use crate::hl7::{Field, Message};
use crate::limits::MOST_SAMPLES;
use crate::pcd::observe::parse_decimal;

/// Most rows with a rate that one message may have.
const MOST_RATES: usize = 256;
/// 11073-10101 has this code for it, which nobody was seen to send.
const RATE: &str = "67981";
const RATE_NAME: &str = "MDC_ATTR_SAMP_RATE";

/// The rows of a message that hold a rate.
#[derive(Debug, Default)]
pub(super) struct Rates {
    /// In the order of the segments.
    found: Vec<Rate>,
}

#[derive(Debug)]
struct Rate {
    segment: usize,
    sub_id: String,
    period_us: u32,
}

impl Rates {
    /// Those of `message`; none are looked for when it has no waveform.
    pub(super) fn of(message: &Message<'_>) -> Self {
        let rows = || message.segments().iter().filter(|segment| segment.name() == "OBX");
        if !rows().any(|obx| obx.field(2).raw() == "NA") {
            return Self::default();
        }
        let rates = rows().filter_map(|obx| {
            let identifier = obx.field(3);
            let named =
                identifier.component(1).raw() == RATE || identifier.component(2).raw().trim() == RATE_NAME;
            let hertz = if named { parse_decimal(obx.field(5).raw().trim())? } else { return None };
            let sub_id = obx.field(4).raw().trim().to_owned();
            Some(Rate { segment: obx.number(), sub_id, period_us: period(1_000_000.0 / hertz.to_f64())? })
        });
        Self { found: rates.take(MOST_RATES).collect() }
    }

    /// Whether this segment holds one.
    pub(super) fn has(&self, segment: usize) -> bool {
        self.found.binary_search_by_key(&segment, |rate| rate.segment).is_ok()
    }

    /// That of the waveform in `segment` whose OBX-4 is `sub_id`: the next one of the same place.
    fn after(&self, segment: usize, sub_id: &str) -> Option<u32> {
        let next = self.found.partition_point(|rate| rate.segment < segment);
        let mut later = self.found.get(next..).unwrap_or_default().iter();
        later.find(|rate| of_place(&rate.sub_id, sub_id)).map(|rate| rate.period_us)
    }
}

/// Whether `facet` is `place` or one level below it.
fn of_place(facet: &str, place: &str) -> bool {
    facet.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn period(micros: f64) -> Option<u32> {
    let rounded = micros.round();
    if (1.0..=f64::from(u32::MAX)).contains(&rounded) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and in range")]
        let whole = rounded as u32;
        Some(whole)
    } else {
        None
    }
}

/// The waveform of a row.
pub(super) fn reading(
    row: &Row<'_>,
    rates: &Rates,
    code: Code,
    time: Micros,
    flags: Flags,
) -> Result<Reading, Reason> {
    let values = values(row.fields.value)?;
    let period_us = rates
        .after(row.segment.number(), row.fields.sub_id.raw().trim())
        .or_else(|| from_order(row, values.len()))
        .ok_or(Reason::NoRate)?;
    let (samples, scale, offset) = steps(&values).ok_or(Reason::TooWide)?;
    let unit = match unit::unit(row.fields.unit, code) {
        unit::Said::Known(unit) => unit,
        // A curve without a unit is still a curve.
        unit::Said::Unknown | unit::Said::Nothing => "1".parse().map_err(|_| Reason::BadValue)?,
    };
    let dt_us = time.0.saturating_sub(row.base.0);
    Ok(Reading::Wave { code, unit, dt_us, period_us, scale, offset, samples, flags })
}

fn from_order(row: &Row<'_>, count: usize) -> Option<u32> {
    let span = row.order.until?.0.checked_sub(row.order.from?.0)?;
    let count = i64::try_from(count).ok().filter(|count| *count > 0)?;
    u32::try_from(span / count).ok().filter(|period| *period > 0)
}

fn values(field: Field<'_>) -> Result<Vec<Option<Decimal>>, Reason> {
    let mut values = Vec::new();
    for component in field.repetitions().flat_map(|repetition| repetition.components()) {
        if values.len() >= MOST_SAMPLES {
            return Err(Reason::TooMany);
        }
        values.push(match component.raw().trim() {
            "" => None,
            text => Some(parse_decimal(text).ok_or(Reason::BadValue)?),
        });
    }
    Ok(values)
}

/// Samples, scale and offset. `None` when the values lie too far apart for 64 bits in steps of their last digit.
fn steps(values: &[Option<Decimal>]) -> Option<(Vec<i16>, Decimal, Decimal)> {
    let known = || values.iter().flatten();
    let exponent = known().map(|value| value.exponent).min().unwrap_or(0);
    // In units of the last digit.
    let whole = |value: &Decimal| {
        let zeros = u32::try_from(value.exponent - exponent).ok()?;
        i128::from(value.mantissa).checked_mul(10_i128.checked_pow(zeros)?)
    };
    let (mut least, mut most) = (i128::MAX, i128::MIN);
    for value in known() {
        let value = whole(value)?;
        (least, most) = (least.min(value), most.max(value));
    }
    if least > most {
        (least, most) = (0, 0);
    }
    // From -32,767 to 32,767: the number below stands for "no value".
    let step = most.checked_sub(least)?.div_euclid(65_534).checked_add(1)?;
    let step = if most - least == 65_534 * (step - 1) && step > 1 { step - 1 } else { step };
    let middle =
        if step == 1 && least >= -32_767 && most <= 32_767 { 0 } else { least.checked_add(step * 32_767)? };
    let samples = values.iter().map(|value| match value {
        None => Some(NO_SAMPLE),
        Some(value) => {
            let from_middle = whole(value)?.checked_sub(middle)?;
            // To the nearest step.
            i16::try_from((from_middle * 2 + step).div_euclid(step * 2)).ok()
        }
    });
    Some((
        samples.collect::<Option<_>>()?,
        Decimal::new(i64::try_from(step).ok()?, exponent)?,
        Decimal::new(i64::try_from(middle).ok()?, exponent)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn converters_counts_and_millivolts_come_exactly() {
        for texts in [
            vec!["0", "1", "-200", "", "3"],
            vec!["1.000", "1.005", "0.000", "", "1.015"],
            vec!["70000", "70001"],
            vec![],
        ] {
            let values: Vec<_> = texts.iter().map(|text| parse_decimal(text)).collect();
            let (samples, scale, offset) = steps(&values).unwrap();
            for (sample, value) in samples.iter().zip(&values) {
                let again = f64::from(*sample) * scale.to_f64() + offset.to_f64();
                match value {
                    Some(value) => assert!((again - value.to_f64()).abs() < 1e-9, "{texts:?}"),
                    None => assert_eq!(*sample, NO_SAMPLE),
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_sample_is_off_by_more_than_half_a_step(mantissas in proptest::collection::vec(-10_i64.pow(15)..10_i64.pow(15), 1..20), exponent in -18_i8..=0) {
            let values: Vec<_> = mantissas.iter().map(|mantissa| Decimal::new(*mantissa, exponent)).collect();
            let (samples, scale, offset) = steps(&values).unwrap();
            for (sample, mantissa) in samples.iter().zip(&mantissas) {
                prop_assert!(*sample != NO_SAMPLE);
                let again = i128::from(*sample) * i128::from(scale.mantissa) + i128::from(offset.mantissa);
                prop_assert!((again - i128::from(*mantissa)).abs() * 2 <= i128::from(scale.mantissa));
            }
        }
    }
}
