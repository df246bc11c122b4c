//! `POST /api/audit/archive`, `{"row": N}` or `{"time": "…Z"}`: the audit log up to there is moved into a file in the gateway's folder.

use axum::extract::State;
use axum::{Extension, Json};
use jiff::Timestamp;
use serde::Deserialize;

use crate::audit::archive::{self, ArchiveError, Until};
use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::record::AuditId;
use crate::store::Segment;

/// Up to a row, or before a time.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum Asked {
    Row(i64),
    Time(String),
}

pub(super) async fn archive(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    body: String,
) -> Result<Json<Segment>, Fault> {
    who.needs(Right::ArchiveAudit)?;
    let asked = serde_json::from_str(&body).map_err(|error| Fault::BadRequest(error.to_string()))?;
    let until = match asked {
        Asked::Row(row) => Until::Row(AuditId(row)),
        Asked::Time(time) => Until::Time(
            time.parse::<Timestamp>()
                .map_err(|_| Fault::BadRequest(format!("{time:?} is no time with its offset from UTC.")))?,
        ),
    };
    // By itself, so that it comes to its end when whoever asked goes away.
    let task =
        tokio::spawn(
            async move { archive::archive(&http.store, &http.config.data, until, &who.actor()).await },
        );
    match task.await {
        Ok(Ok(segment)) => Ok(Json(segment)),
        Ok(Err(ArchiveError::Store(error))) => Err(error.into()),
        Ok(Err(error @ ArchiveError::Nothing { .. })) => Err(Fault::BadRequest(error.to_string())),
        Ok(Err(
            error @ (ArchiveError::Io { .. } | ArchiveError::Written { .. } | ArchiveError::Broken(_)),
        )) => {
            tracing::error!(%error, "the audit log could not be archived");
            Err(Fault::Conflict(error.to_string()))
        }
        Err(error) => Err(Fault::Record(error.to_string())),
    }
}
