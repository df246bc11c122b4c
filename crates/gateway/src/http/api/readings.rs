//! `GET /api/batches/{id}/readings`: each reading of a row, normalised and as it came.
//!
//! What a device sealed is what it measured, unit and digits; of a message without a seal the value and unit as its sender wrote them stand
//! beside what was made of them.

use axum::extract::{Path, State};
use axum::{Extension, Json};
use clinical::hl7::{self, Message};
use clinical::pcd::ObxRow;
use seal::{Micros, Reading};
use serde::Serialize;

use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::http::shapes::Mark;
use crate::record::{BatchId, Form, Proof, StoredBatch, Unreadable};
use crate::sources::mllp::decode;

#[derive(Debug, Serialize)]
pub(crate) struct ReadingsShape {
    device: String,
    proof: Mark,
    time: i64,
    stored: i64,
    readings: Vec<ReadingShape>,
}

#[derive(Debug, Serialize)]
struct ReadingShape {
    code: u32,
    t: i64,
    flags: u32,
    #[serde(flatten)]
    value: ValueShape,
    original: Option<Original>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum ValueShape {
    /// The decimal's own digits and its UCUM unit.
    Value {
        value: String,
        unit: String,
    },
    /// So many samples, so many microseconds apart.
    Wave {
        samples: usize,
        period: u32,
        unit: String,
    },
    Text {
        text: String,
    },
}

/// A value as its sender wrote it.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Original {
    segment: usize,
    value: String,
    unit: String,
}

pub(super) async fn readings(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
) -> Result<Json<ReadingsShape>, Fault> {
    const NONE: Fault = Fault::NotFound("such batch");
    who.needs(Right::ReadPatients)?;
    let id: BatchId = id.parse().map_err(|_| NONE)?;
    let row = http.store.read(move |reader| reader.batch(id)).await?.ok_or(NONE)?;
    let object = row.patient.map_or_else(|| format!("device {}", row.device), |id| format!("patient {id}"));
    http.reads.note(&http.store, &who, &object).await;
    let readings = of(&row).map_err(|error| Fault::Record(format!("batch {id}: {error}")))?;
    Ok(Json(ReadingsShape {
        device: row.device.to_string(),
        proof: Mark::from(&row.proof),
        time: row.time.0,
        stored: row.received.0,
        readings,
    }))
}

fn of(row: &StoredBatch) -> Result<Vec<ReadingShape>, Unreadable> {
    let batch = row.open()?.batch;
    let mut originals = originals(row)?.into_iter();
    let shape = |reading: &Reading| shape(batch.time, reading, originals.next().flatten());
    Ok(batch.readings.iter().map(shape).collect())
}

fn shape(time: Micros, reading: &Reading, original: Option<Original>) -> ReadingShape {
    let (code, flags, value) = match reading {
        Reading::Value { code, unit, value, flags, .. } => {
            (code, flags, ValueShape::Value { value: value.to_string(), unit: unit.to_string() })
        }
        Reading::Wave { code, unit, samples, period_us, flags, .. } => {
            let (samples, period) = (samples.len(), *period_us);
            (code, flags, ValueShape::Wave { samples, period, unit: unit.to_string() })
        }
        Reading::Text { code, text, flags, .. } => (code, flags, ValueShape::Text { text: text.to_string() }),
    };
    let t = time.0.saturating_add(reading.dt_us());
    ReadingShape { code: code.0, t, flags: flags.0, value, original }
}

/// For each reading what its sender wrote; nothing for what a device sealed, which is what it wrote.
fn originals(row: &StoredBatch) -> Result<Vec<Option<Original>>, Unreadable> {
    match &row.proof {
        Proof::Sealed { .. } => Ok(Vec::new()),
        Proof::Unsealed { form: Form::Hl7v2, zone, .. } => {
            let decoded = decode::report(&row.bytes, zone.zone())?;
            let text = hl7::decode(&row.bytes).map_err(decode::NotReadable::from)?;
            let message = Message::parse(&text).map_err(decode::NotReadable::from)?;
            Ok(decoded.origins.iter().map(|origin| written(&message, origin.segment)).collect())
        }
        // What an adapter's part said is in the account of the record (`account`), part by part.
        Proof::Unsealed {
            form: Form::Mapped | Form::Gatt | Form::Phd | Form::Serial | Form::Sdc, ..
        } => Ok(Vec::new()),
    }
}

/// OBX-5 and OBX-6 of the segment with this number.
fn written(message: &Message<'_>, number: usize) -> Option<Original> {
    let segment = message.segments().get(number.checked_sub(1)?)?;
    let row = ObxRow::of(*segment);
    let unit = row.unit.first();
    let unit = if unit.component(2).is_empty() { unit.component(1) } else { unit.component(2) };
    let value = message.unescape(row.value.raw()).into_owned();
    Some(Original { segment: number, value, unit: unit.text().into_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_as_its_sender_wrote_it() {
        let text = "MSH|^~\\&|M||||20260101||ORU^R01|1|P|2.6\r\
             OBX|1|NM|150364^MDC_TEMP_BODY^MDC|1.1.1.1|98.6|266560^MDC_DIM_FAHR^MDC|||||R\r\
             OBX|2|NM|147842^HR^MDC|1.1.1.2|72|bpm|||||R\r";
        let message = Message::parse(text).unwrap();
        let original = |segment, value: &str, unit: &str| {
            Some(Original { segment, value: value.into(), unit: unit.into() })
        };
        assert_eq!(written(&message, 2), original(2, "98.6", "MDC_DIM_FAHR"));
        assert_eq!(written(&message, 3), original(3, "72", "bpm"));
        assert_eq!(written(&message, 0), None);
        assert_eq!(written(&message, 9), None);
    }
}
