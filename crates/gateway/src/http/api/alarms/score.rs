//! The early-warning score of a patient, and what a person saw that no device measures: `{"oxygen": "air", "consciousness": "A"}`, each of
//! them where it was looked at.

use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};

use super::parsed;
use crate::alarms::news2::{Breathing, Consciousness, Parameter};
use crate::http::Http;
use crate::http::alarm_shapes::ScoreShape;
use crate::http::api::patients::allowed;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::record::{PatientId, ScoreInput};
use crate::store::now;

pub(super) async fn score(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
) -> Result<Json<ScoreShape>, Fault> {
    let id = allowed(&http, &who, &id).await?;
    let score = http.hub.ward().score(id);
    score.map(Json).ok_or(Fault::NotFound("score: nothing that counts was measured or entered"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    #[serde(default)]
    oxygen: Option<String>,
    #[serde(default)]
    consciousness: Option<String>,
}

/// When it was noted.
#[derive(Serialize)]
pub(super) struct Entered {
    time: i64,
}

/// It is on disk when this is answered; the score follows within seconds.
pub(super) async fn enter(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
    body: String,
) -> Result<Json<Entered>, Fault> {
    who.needs(Right::EnterSeen)?;
    let patient: PatientId = id.parse().map_err(|_| Fault::NotFound("such patient"))?;
    let Seen { oxygen, consciousness } = parsed(&body)?;
    let mut seen = Vec::new();
    if let Some(word) = oxygen {
        let known = Breathing::from_word(&word);
        let known = known.ok_or_else(|| Fault::BadRequest(format!("{word:?} is neither air nor oxygen.")))?;
        seen.push((Parameter::Oxygen, known.as_str()));
    }
    if let Some(word) = consciousness {
        let known = Consciousness::from_word(&word);
        let known =
            known.ok_or_else(|| Fault::BadRequest(format!("{word:?} is none of A, C, V, P and U.")))?;
        seen.push((Parameter::Consciousness, known.as_str()));
    }
    if seen.is_empty() {
        return Err(Fault::BadRequest("Say what was seen: oxygen, consciousness or both.".into()));
    }
    let (actor, time) = (who.actor(), now().0);
    let entered = http.store.write(move |writer| {
        if writer.reader().patient(patient)?.is_none() {
            return Ok(false);
        }
        for (parameter, value) in seen {
            let (parameter, value) = (parameter.as_str().into(), value.into());
            let input = ScoreInput { patient, parameter, value, time, origin: actor.clone(), staged: false };
            writer.enter_seen(&input, &actor)?;
        }
        Ok(true)
    });
    if entered.await? { Ok(Json(Entered { time })) } else { Err(Fault::NotFound("such patient")) }
}
