//! `GET /api/batches/{id}/account`: what became of each segment of a message that came without a seal.
//!
//! Computed from the stored bytes, as the readings are.

use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde::Serialize;

use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::record::{BatchId, Form, Proof};
use crate::sources::mllp::decode;

#[derive(Debug, Serialize)]
pub(crate) struct AccountShape {
    source: String,
    segments: Vec<SegmentShape>,
}

#[derive(Debug, Serialize)]
struct SegmentShape {
    number: usize,
    name: String,
    fate: String,
}

pub(super) async fn account(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
) -> Result<Json<AccountShape>, Fault> {
    const NONE: Fault = Fault::NotFound("such message without a seal");
    who.needs(Right::ReadPatients)?;
    let id: BatchId = id.parse().map_err(|_| NONE)?;
    let row = http.store.read(move |reader| reader.batch(id)).await?.ok_or(NONE)?;
    let object = row.patient.map_or_else(|| format!("device {}", row.device), |id| format!("patient {id}"));
    http.reads.note(&http.store, &who, &object).await;
    let Proof::Unsealed { source, form, zone, .. } = &row.proof else { return Err(NONE) };
    let unreadable = |error: &dyn std::fmt::Display| Fault::Record(format!("batch {id}: {error}"));
    let segments = match form {
        Form::Hl7v2 => {
            let decoded = decode::report(&row.bytes, zone.zone()).map_err(|error| unreadable(&error))?;
            let entries = decoded.account.entries().iter().map(|entry| SegmentShape {
                number: entry.segment,
                name: entry.name().to_owned(),
                fate: entry.fate.to_string(),
            });
            entries.collect()
        }
        Form::Mapped | Form::Gatt | Form::Phd | Form::Serial | Form::Sdc => {
            let record = adapters::Record::parse(&row.bytes).map_err(|error| unreadable(&error))?;
            let decoded = adapters::read(&record, zone.zone()).map_err(|error| unreadable(&error))?;
            let parts = decoded.parts.into_iter().zip(1..);
            parts
                .map(|(part, number)| SegmentShape { number, name: part.what, fate: part.fate.to_string() })
                .collect()
        }
    };
    Ok(Json(AccountShape { source: source.to_string(), segments }))
}
