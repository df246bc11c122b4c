//! `POST /api/alarms/{id}/acknowledge`.

use axum::extract::{Path, State};
use axum::{Extension, Json};

use crate::audit::{Action, Entry};
use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::http::shapes::AlarmShape;
use crate::record::AlarmId;

/// Answers with the alarm as it is afterwards; one acknowledged already stays with who acknowledged it first.
pub(super) async fn acknowledge(
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
    alarm.map(|alarm| Json(AlarmShape::from(&alarm))).ok_or(Fault::NotFound("such alarm"))
}
