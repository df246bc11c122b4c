//! `GET /api/batches/{id}/readings`: each reading of a row, normalised and as it came.
//!
//! What a device sealed is what it measured, unit and digits; of what came without a seal the value as its sender wrote it stands beside what was made of it, and
//! beneath them all that came ([`originals`](super::originals)).

use axum::extract::{Path, State};
use axum::{Extension, Json};
use seal::{Micros, Reading};
use serde::Serialize;

use super::originals::{self, Original, Stored};
use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::http::shapes::Mark;
use crate::record::{BatchId, StoredBatch, Unreadable};

#[derive(Debug, Serialize)]
pub(crate) struct ReadingsShape {
    device: String,
    proof: Mark,
    time: i64,
    stored: i64,
    readings: Vec<ReadingShape>,
    /// All that came; `null` of what a device sealed.
    original: Option<Stored>,
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
    let unreadable = |error: Unreadable| Fault::Record(format!("batch {id}: {error}"));
    let readings = of(&row).map_err(unreadable)?;
    let original = originals::stored(&row).map_err(unreadable)?;
    Ok(Json(ReadingsShape {
        device: row.device.to_string(),
        proof: Mark::from(&row.proof),
        time: row.time.0,
        stored: row.received.0,
        readings,
        original,
    }))
}

fn of(row: &StoredBatch) -> Result<Vec<ReadingShape>, Unreadable> {
    let batch = row.open()?.batch;
    let mut originals = originals::of(row)?.into_iter();
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
