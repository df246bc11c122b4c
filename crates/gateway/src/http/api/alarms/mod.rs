//! Alarms for people and programs. None of it is a certified alarm system.
//!
//! | address | what |
//! |---|---|
//! | `GET /api/alarms?before=N&patient=P` | all alarms, newest first |
//! | `GET /api/alarms/{id}/steps` | what happened to one, from raised to ended |
//! | `POST /api/alarms/{id}/acknowledge` | somebody knows: the calling pauses |
//! | `GET /api/alarms/stream` | every step from now on, or after `Last-Event-ID` ([`stream`]) |
//! | `GET /api/limits/{profile}`, `PUT`, `DELETE …/{code}` | the limits of a profile ([`limits`]) |
//! | `GET /api/patients/{id}/limits`, `PUT`, `DELETE …/{code}` | of a patient |
//! | `PUT /api/patients/{id}/alarm-profile` | the patient's profile, and the scale of their saturation |
//! | `GET /api/patients/{id}/score`, `POST /api/patients/{id}/seen` | the early-warning score, and what a person saw ([`score`]) |

mod limits;
mod score;
mod stream;

use axum::extract::{Path, Query, State};
use axum::routing::{get, post, put};
use axum::{Extension, Json, Router};
use serde::{Deserialize, Serialize};

use super::next_page;
use super::patients::allowed;
use crate::audit::{Action, Entry};
use crate::http::Http;
use crate::http::alarm_shapes::{AlarmShape, StepShape};
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::limits::API_PAGE;
use crate::record::AlarmId;
use crate::store::Page;

/// The addresses above.
pub(super) fn router() -> Router<Http> {
    Router::new()
        .route("/alarms", get(list))
        .route("/alarms/stream", get(stream::stream))
        .route("/alarms/{id}/steps", get(steps))
        .route("/alarms/{id}/acknowledge", post(acknowledge))
        .route("/limits/{profile}", get(limits::of_profile))
        .route("/limits/{profile}/{code}", put(limits::set_of_profile).delete(limits::unset_of_profile))
        .route("/patients/{id}/limits", get(limits::of_patient))
        .route("/patients/{id}/limits/{code}", put(limits::set_of_patient).delete(limits::unset_of_patient))
        .route("/patients/{id}/alarm-profile", put(limits::choose))
        .route("/patients/{id}/score", get(score::score))
        .route("/patients/{id}/seen", post(score::enter))
}

/// A body of JSON.
fn parsed<'b, T: Deserialize<'b>>(body: &'b str) -> Result<T, Fault> {
    serde_json::from_str(body).map_err(|error| Fault::BadRequest(format!("Not understood: {error}.")))
}

#[derive(Debug, Deserialize)]
pub(crate) struct Wanted {
    before: Option<i64>,
    patient: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct AlarmPage {
    items: Vec<AlarmShape>,
    before: Option<i64>,
}

async fn list(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<AlarmPage>, Fault> {
    who.needs(Right::ReadPatients)?;
    let patient = match &wanted.patient {
        Some(id) => Some(allowed(&http, &who, id).await?),
        None => {
            http.reads.note(&http.store, &who, "alarms").await;
            None
        }
    };
    let page = Page { before: wanted.before, limit: API_PAGE };
    let found = http.store.read(move |reader| reader.alarms(patient, page)).await?;
    let before = next_page(&found, |alarm| alarm.id.0);
    let items = found.iter().map(|alarm| AlarmShape::new(alarm, &http.rules)).collect();
    Ok(Json(AlarmPage { items, before }))
}

async fn steps(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
) -> Result<Json<Vec<StepShape>>, Fault> {
    who.needs(Right::ReadPatients)?;
    http.reads.note(&http.store, &who, "alarms").await;
    let id: AlarmId = id.parse().map_err(|_| Fault::NotFound("such alarm"))?;
    let found = http.store.read(move |reader| {
        let steps = reader.steps_of(id)?;
        Ok(reader.alarm(id)?.map(|_| steps))
    });
    let found = found.await?.ok_or(Fault::NotFound("such alarm"))?;
    Ok(Json(found.iter().map(|step| StepShape::new(step, &http.rules)).collect()))
}

/// Answers with the alarm as it is afterwards; one acknowledged already stays with who acknowledged it first.
async fn acknowledge(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
) -> Result<Json<AlarmShape>, Fault> {
    who.needs(Right::AcknowledgeAlarms)?;
    let id: AlarmId = id.parse().map_err(|_| Fault::NotFound("such alarm"))?;
    let alarm = http
        .store
        .write(move |writer| {
            if writer.reader().alarm(id)?.is_none() {
                return Ok(None);
            }
            let alarm = writer.acknowledge_alarm(id, who.name())?;
            let entry = Entry::done(who.actor(), Action::AcknowledgeAlarm, format!("alarm {id}"));
            writer.audit(entry.with_detail(format!("device {}", alarm.device)))?;
            Ok(Some(alarm))
        })
        .await?;
    alarm.map(|alarm| Json(AlarmShape::new(&alarm, &http.rules))).ok_or(Fault::NotFound("such alarm"))
}
