//! `GET /api/audit`: the log, newest first.

use axum::extract::{Query, State};
use axum::{Extension, Json};
use serde::Serialize;

use super::{Before, next_page};
use crate::audit::{Action, AuditRow, Entry};
use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};

#[derive(Serialize)]
pub(crate) struct AuditPage {
    items: Vec<AuditRow>,
    before: Option<i64>,
}

pub(super) async fn audit(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Query(before): Query<Before>,
) -> Result<Json<AuditPage>, Fault> {
    who.needs(Right::ReadAudit)?;
    http.audit(Entry::done(who.actor(), Action::ReadAudit, "audit")).await;
    let page = before.page();
    let items = http.store.read(move |reader| reader.audit(page)).await?;
    let before = next_page(&items, |row| row.id.0);
    Ok(Json(AuditPage { items, before }))
}
