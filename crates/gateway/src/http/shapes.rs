//! The JSON of the API and of the live stream. `web/src/protocol.ts` is its other half.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seal::{Batch, Decimal, Micros, Reading, Unit};
use serde::{Serialize, Serializer};

use super::alarm_shapes::{AlarmShape, LimitShape, ScoreShape};
use crate::record::{Patient, Proof, Refusal, RestsOn, StoredBatch, Trust};

/// Who lies where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PatientRef {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) bed: String,
}

impl PatientRef {
    pub(crate) fn new(patient: &Patient, bed: &str) -> Self {
        let name = format!("{} {}", patient.person.given, patient.person.family);
        Self { id: patient.id.to_string(), name: name.trim().to_owned(), bed: bed.to_owned() }
    }
}

/// Whether a bed's numbers are vouched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SealState {
    Verified,
    /// Numbers come, and no seal vouches for them.
    NotSealed,
    Refused,
    Silent,
    Waiting,
}

/// A single number. In JSON the decimal is text, so that its digits arrive as they were sealed; here it is what was decoded, since the ward
/// takes every number of every batch and is seldom asked for one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Numeric {
    pub(crate) c: u32,
    #[serde(serialize_with = "digits")]
    pub(crate) v: Decimal,
    #[serde(serialize_with = "word")]
    pub(crate) u: Unit,
    pub(crate) t: i64,
    pub(crate) f: u32,
}

fn digits<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

fn word<S: Serializer>(unit: &Unit, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(unit.as_str())
}

impl Numeric {
    fn of(batch: &Batch, reading: &Reading) -> Option<Self> {
        match reading {
            Reading::Value { code, unit, dt_us, value, flags } => Some(Self {
                c: code.0,
                v: *value,
                u: *unit,
                t: batch.time.0.saturating_add(*dt_us),
                f: flags.0,
            }),
            Reading::Wave { .. } | Reading::Text { .. } => None,
        }
    }
}

/// A stretch of samples: base64 of signed 16-bit little-endian, as in docs/formats.md.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Wave {
    c: u32,
    u: String,
    t: i64,
    p: u32,
    s: f64,
    o: f64,
    f: u32,
    d: String,
}

/// A batch's numbers and waves.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Readings {
    pub(crate) numerics: Vec<Numeric>,
    pub(crate) waves: Vec<Wave>,
}

impl Readings {
    /// The numbers alone.
    pub(crate) fn numerics_of(batch: &Batch) -> impl Iterator<Item = Numeric> {
        batch.readings.iter().filter_map(|reading| Numeric::of(batch, reading))
    }

    pub(crate) fn of(batch: &Batch) -> Self {
        let mut readings = Self::default();
        for reading in &batch.readings {
            let t = batch.time.0.saturating_add(reading.dt_us());
            match reading {
                Reading::Value { .. } => readings.numerics.extend(Numeric::of(batch, reading)),
                Reading::Wave { code, unit, period_us, scale, offset, samples, flags, .. } => {
                    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
                    readings.waves.push(Wave {
                        c: code.0,
                        u: unit.to_string(),
                        t,
                        p: *period_us,
                        s: scale.to_f64(),
                        o: offset.to_f64(),
                        f: flags.0,
                        d: STANDARD.encode(bytes),
                    });
                }
                // Words have no place on the ward page; the patient's record holds them.
                Reading::Text { .. } => {}
            }
        }
        readings
    }
}

/// What vouches for numbers, in short: the seal's counter, or the source that delivered them without one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Mark {
    Sealed { counter: u64 },
    Unsealed { source: String },
}

impl From<&Proof> for Mark {
    fn from(proof: &Proof) -> Self {
        match proof {
            Proof::Sealed { counter, .. } => Self::Sealed { counter: *counter },
            Proof::Unsealed { source, .. } => Self::Unsealed { source: source.to_string() },
        }
    }
}

impl From<&Trust> for Mark {
    fn from(trust: &Trust) -> Self {
        match trust {
            Trust::Seal(enrolment) => Self::Sealed { counter: enrolment.head.counter.0 },
            Trust::Source(source) => Self::Unsealed { source: source.to_string() },
        }
    }
}

/// A batch as it is told to live listeners.
#[derive(Serialize)]
pub(crate) struct BatchEvent<'a> {
    pub(crate) device: &'a str,
    pub(crate) proof: Mark,
    pub(crate) time: i64,
    pub(crate) stored: i64,
    pub(crate) n: &'a [Numeric],
    pub(crate) w: &'a [Wave],
}

/// A refused message.
#[derive(Debug, Serialize)]
pub(crate) struct RefusalShape {
    id: i64,
    device: Option<String>,
    reason: &'static str,
    received: i64,
    counter: Option<u64>,
    source: String,
    detail: String,
    bytes: u64,
}

impl From<&Refusal> for RefusalShape {
    fn from(refusal: &Refusal) -> Self {
        Self {
            id: refusal.id.0,
            device: refusal.device.as_ref().map(ToString::to_string),
            reason: refusal.reason.as_str(),
            received: refusal.time.0,
            counter: refusal.counter,
            source: refusal.source.clone(),
            detail: refusal.detail.clone(),
            bytes: refusal.length,
        }
    }
}

/// How far a destination has got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DeliveryShape {
    pub(crate) feed: String,
    pub(crate) state: DeliveryState,
    pub(crate) acknowledged: u64,
    pub(crate) rejected: u64,
    pub(crate) waiting: u64,
    pub(crate) last: Option<i64>,
}

/// Whether a destination keeps up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DeliveryState {
    /// It answers, or nothing waits for it.
    Delivering,
    /// Batches wait and it has not answered for a while.
    Behind,
}

/// One device and who it is with.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct BedShape {
    pub(crate) device: String,
    pub(crate) state: &'static str,
    pub(crate) patient: Option<PatientRef>,
    /// The association that says so, and since when.
    pub(crate) association: Option<i64>,
    pub(crate) since: Option<i64>,
    pub(crate) seal: SealState,
    pub(crate) proof: Mark,
    pub(crate) last: Option<i64>,
    pub(crate) refused: u64,
    pub(crate) numerics: Vec<Numeric>,
    /// The limits in force for the patient.
    pub(crate) limits: Vec<LimitShape>,
}

/// The whole ward.
#[derive(Debug, Serialize)]
pub(crate) struct WardShape {
    pub(crate) now: i64,
    pub(crate) beds: Vec<BedShape>,
    pub(crate) alarms: Vec<AlarmShape>,
    pub(crate) scores: Vec<ScoreShape>,
    pub(crate) deliveries: Vec<DeliveryShape>,
}

/// One batch in a patient's list.
#[derive(Debug, Serialize)]
pub(crate) struct BatchShape {
    batch: i64,
    time: i64,
    stored: i64,
    readings: usize,
    bytes: usize,
    device: String,
    proof: ProofShape,
    /// The batch that gives these readings to another patient: they were not this patient's.
    replaced: Option<i64>,
    /// It is this patient's because a message named them; no association says so.
    named: bool,
}

/// What vouches for a batch.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum ProofShape {
    Sealed { counter: u64, seal: String, previous: String },
    Unsealed { source: String, form: &'static str, digest: String },
}

impl BatchShape {
    /// `None` when the stored bytes cannot be read any more: the caller reports it.
    pub(crate) fn of(row: &StoredBatch) -> Option<Self> {
        let opened = row.open().ok()?;
        let proof = match &opened.rests_on {
            RestsOn::Seal { counter, hash, sealed } => ProofShape::Sealed {
                counter: *counter,
                seal: hash.to_string(),
                previous: sealed.claims().previous.to_string(),
            },
            RestsOn::Source { source, form, digest } => ProofShape::Unsealed {
                source: source.to_string(),
                form: form.as_str(),
                digest: digest.to_string(),
            },
        };
        Some(Self {
            batch: row.id.0,
            time: row.time.0,
            stored: row.received.0,
            readings: opened.batch.readings.len(),
            bytes: row.bytes.len(),
            device: row.device.to_string(),
            proof,
            replaced: row.replaced.map(|by| by.0),
            named: row.patient.is_some() && row.association.is_none(),
        })
    }
}

/// The gateway's clock.
pub(crate) fn now() -> Micros {
    Micros(jiff::Timestamp::now().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use seal::{Code, Decimal, Flags};

    #[test]
    fn samples_travel_as_little_endian_base64() {
        let wave = Reading::Wave {
            code: Code(131_330),
            unit: "mV".parse().unwrap(),
            dt_us: -500,
            period_us: 2778,
            scale: Decimal::new(5, -3).unwrap(),
            offset: Decimal::new(-1, 0).unwrap(),
            samples: vec![1, -2, i16::MIN],
            flags: Flags::NONE,
        };
        let batch = Batch { device: "m1".parse().unwrap(), time: Micros(1_000_000), readings: vec![wave] };
        let json = serde_json::to_value(&Readings::of(&batch).waves).unwrap();
        let expected = serde_json::json!([{ "c": 131_330, "u": "mV", "t": 999_500, "p": 2778, "s": 0.005, "o": -1.0,
            "f": 0, "d": "AQD+/wCA" }]);
        assert_eq!(json, expected);
    }
}
