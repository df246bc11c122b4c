//! A batch: what a device sends at once ("Batch" in `docs/formats.md`).
//!
//! ```text
//! batch   = [ 1, device-id, time, [* reading] ]
//! value   = [ 0, code, unit, dt, decimal, flags ]
//! wave    = [ 1, code, unit, dt, period, scale, offset, samples, flags ]
//! text    = [ 2, code, dt, tstr, flags ]
//! decimal = #6.4([ exponent, mantissa ])
//! ```
//!
//! The codec is written by hand because the gateway decodes every batch it verifies: it reads from the bytes
//! in one pass and allocates only for samples and texts. The tests hold it against a general CBOR library.

use crate::cbor::{self, BatchError, Problem, Reader, major};
use crate::decimal::Decimal;
use crate::ids::{DeviceId, Micros};
use crate::limits;
use crate::reading::{Code, Flags, Reading, Unit};

const VERSION: u64 = 1;
const VALUE: u64 = 0;
const WAVE: u64 = 1;
const TEXT: u64 = 2;
/// RFC 8949 section 3.4.4.
const DECIMAL_FRACTION: u64 = 4;

/// What one device measured at about one time. It names the device, never the patient.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Who measured.
    pub device: DeviceId,
    /// The instant that the readings' times count from; not before 1970, not after 9999.
    pub time: Micros,
    /// What was measured, at most 4,096 of them.
    pub readings: Vec<Reading>,
}

impl Batch {
    /// The batch's one encoding.
    ///
    /// A batch outside the limits is encoded too, and `decode` then refuses it; a maker of batches that
    /// cannot be sure of its sizes decodes what it encoded before sealing it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let room: usize = self.readings.iter().map(encoded_room).sum();
        let mut to = Vec::with_capacity(limits::DEVICE_ID + 24 + room);
        cbor::put_head(&mut to, major::ARRAY, 4);
        cbor::put_unsigned(&mut to, VERSION);
        cbor::put_text(&mut to, self.device.as_str());
        cbor::put_signed(&mut to, self.time.0);
        cbor::put_head(&mut to, major::ARRAY, self.readings.len() as u64);
        for reading in &self.readings {
            put_reading(&mut to, reading);
        }
        to
    }

    /// The batch that these bytes are, all of them.
    ///
    /// # Errors
    /// [`BatchError`] with the offset of the first item that is not what the format or a limit asks for.
    pub fn decode(bytes: &[u8]) -> Result<Self, BatchError> {
        if bytes.len() > limits::BATCH_BYTES {
            return Err(BatchError { offset: limits::BATCH_BYTES, problem: Problem::Limit });
        }
        let mut from = Reader::new(bytes);
        from.array_of(4)?;
        let offset = from.offset();
        let version = from.unsigned()?;
        if version != VERSION {
            return Err(BatchError { offset, problem: Problem::Unknown(version) });
        }
        let offset = from.offset();
        let device = from.text(limits::DEVICE_ID)?;
        let device = device.parse().map_err(|_| BatchError { offset, problem: Problem::Text })?;
        let time = Micros(within(&mut from, 0, limits::TIME)?);
        let readings = take_readings(&mut from)?;
        from.end()?;
        Ok(Self { device, time, readings })
    }
}

/// An upper bound of a reading's encoding: ten heads of at most nine bytes and its strings.
fn encoded_room(reading: &Reading) -> usize {
    match reading {
        Reading::Value { .. } => 48 + limits::UNIT,
        Reading::Wave { samples, .. } => 96 + limits::UNIT + 2 * samples.len(),
        Reading::Text { text, .. } => 40 + text.len(),
    }
}

fn put_reading(to: &mut Vec<u8>, reading: &Reading) {
    match reading {
        Reading::Value { code, unit, dt_us, value, flags } => {
            cbor::put_head(to, major::ARRAY, 6);
            cbor::put_unsigned(to, VALUE);
            put_what(to, *code, unit, *dt_us);
            put_decimal(to, *value);
            cbor::put_unsigned(to, flags.0.into());
        }
        Reading::Wave { code, unit, dt_us, period_us, scale, offset, samples, flags } => {
            cbor::put_head(to, major::ARRAY, 9);
            cbor::put_unsigned(to, WAVE);
            put_what(to, *code, unit, *dt_us);
            cbor::put_unsigned(to, (*period_us).into());
            put_decimal(to, *scale);
            put_decimal(to, *offset);
            cbor::put_head(to, major::BYTES, 2 * samples.len() as u64);
            to.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
            cbor::put_unsigned(to, flags.0.into());
        }
        Reading::Text { code, dt_us, text, flags } => {
            cbor::put_head(to, major::ARRAY, 5);
            cbor::put_unsigned(to, TEXT);
            cbor::put_unsigned(to, code.0.into());
            cbor::put_signed(to, *dt_us);
            cbor::put_text(to, text);
            cbor::put_unsigned(to, flags.0.into());
        }
    }
}

fn put_what(to: &mut Vec<u8>, code: Code, unit: &Unit, dt_us: i64) {
    cbor::put_unsigned(to, code.0.into());
    cbor::put_text(to, unit.as_str());
    cbor::put_signed(to, dt_us);
}

fn put_decimal(to: &mut Vec<u8>, decimal: Decimal) {
    cbor::put_head(to, major::TAG, DECIMAL_FRACTION);
    cbor::put_head(to, major::ARRAY, 2);
    cbor::put_signed(to, decimal.exponent.into());
    cbor::put_signed(to, decimal.mantissa);
}

fn take_readings(from: &mut Reader<'_>) -> Result<Vec<Reading>, BatchError> {
    let offset = from.offset();
    let count = usize::try_from(from.array()?).unwrap_or(usize::MAX);
    if count > limits::BATCH_READINGS {
        return Err(BatchError { offset, problem: Problem::Limit });
    }
    // The shortest reading has six bytes, so a lying count cannot make us reserve more than the bytes warrant.
    let mut readings = Vec::with_capacity(count.min(from.remaining() / 6));
    for _ in 0..count {
        readings.push(take_reading(from)?);
    }
    Ok(readings)
}

fn take_reading(from: &mut Reader<'_>) -> Result<Reading, BatchError> {
    let offset = from.offset();
    let found = from.array()?;
    let kind_offset = from.offset();
    let kind = from.unsigned()?;
    let items = |expected| {
        if found == expected {
            return Ok(());
        }
        Err(BatchError { offset, problem: Problem::Items { expected, found } })
    };
    match kind {
        VALUE => items(6).and_then(|()| take_value(from)),
        WAVE => items(9).and_then(|()| take_wave(from)),
        TEXT => items(5).and_then(|()| take_text(from)),
        unknown => Err(BatchError { offset: kind_offset, problem: Problem::Unknown(unknown) }),
    }
}

fn take_value(from: &mut Reader<'_>) -> Result<Reading, BatchError> {
    let code = Code(from.unsigned_u32()?);
    let unit = take_unit(from)?;
    let dt_us = take_dt(from)?;
    let value = take_decimal(from)?;
    let flags = take_flags(from)?;
    Ok(Reading::Value { code, unit, dt_us, value, flags })
}

fn take_wave(from: &mut Reader<'_>) -> Result<Reading, BatchError> {
    let code = Code(from.unsigned_u32()?);
    let unit = take_unit(from)?;
    let dt_us = take_dt(from)?;
    let at = from.offset();
    let period_us = from.unsigned_u32()?;
    if period_us == 0 {
        return Err(BatchError { offset: at, problem: Problem::Limit });
    }
    let scale = take_decimal(from)?;
    let offset = take_decimal(from)?;
    let at = from.offset();
    let (pairs, odd) = from.bytes(limits::BATCH_BYTES)?.as_chunks();
    if !odd.is_empty() {
        return Err(BatchError { offset: at, problem: Problem::Limit });
    }
    let samples = pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
    let flags = take_flags(from)?;
    Ok(Reading::Wave { code, unit, dt_us, period_us, scale, offset, samples, flags })
}

fn take_text(from: &mut Reader<'_>) -> Result<Reading, BatchError> {
    let code = Code(from.unsigned_u32()?);
    let dt_us = take_dt(from)?;
    let text = from.text(limits::TEXT)?.to_owned();
    let flags = take_flags(from)?;
    Ok(Reading::Text { code, dt_us, text, flags })
}

fn take_unit(from: &mut Reader<'_>) -> Result<Unit, BatchError> {
    let offset = from.offset();
    Unit::from_ascii(from.text_bytes(limits::UNIT)?).ok_or(BatchError { offset, problem: Problem::Text })
}

fn take_dt(from: &mut Reader<'_>) -> Result<i64, BatchError> {
    within(from, -limits::DT, limits::DT)
}

fn take_decimal(from: &mut Reader<'_>) -> Result<Decimal, BatchError> {
    from.tag(DECIMAL_FRACTION)?;
    from.array_of(2)?;
    let offset = from.offset();
    let exponent =
        i8::try_from(from.signed()?).map_err(|_| BatchError { offset, problem: Problem::Limit })?;
    let mantissa = from.signed()?;
    Decimal::new(mantissa, exponent).ok_or(BatchError { offset, problem: Problem::Limit })
}

fn take_flags(from: &mut Reader<'_>) -> Result<Flags, BatchError> {
    let offset = from.offset();
    let bits = from.unsigned()?;
    match u32::try_from(bits) {
        Ok(known) if Flags::KNOWN.contains(Flags(known)) => Ok(Flags(known)),
        _ => Err(BatchError { offset, problem: Problem::Flags(bits) }),
    }
}

fn within(from: &mut Reader<'_>, least: i64, most: i64) -> Result<i64, BatchError> {
    let offset = from.offset();
    let value = from.signed()?;
    if !(least..=most).contains(&value) {
        return Err(BatchError { offset, problem: Problem::Limit });
    }
    Ok(value)
}
