//! `GET /api/refused`: what was refused and why, newest first, with the counts of each reason.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::{Extension, Json};
use seal::Reason;
use serde::Serialize;

use super::{Before, next_page};
use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::http::shapes::RefusalShape;

#[derive(Serialize)]
pub(crate) struct RefusedPage {
    reasons: Vec<ReasonCount>,
    items: Vec<RefusalShape>,
    before: Option<i64>,
}

#[derive(Serialize)]
struct ReasonCount {
    reason: &'static str,
    count: u64,
}

pub(super) async fn refused(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Query(before): Query<Before>,
) -> Result<Json<RefusedPage>, Fault> {
    who.needs(Right::ReadPatients)?;
    let page = before.page();
    let (counts, found) =
        http.store.read(move |reader| Ok((reader.refusal_counts()?, reader.refusals(page)?))).await?;
    let mut reasons: BTreeMap<Reason, u64> = BTreeMap::new();
    for (_, reason, count) in counts {
        *reasons.entry(reason).or_default() += count;
    }
    Ok(Json(RefusedPage {
        reasons: reasons
            .into_iter()
            .map(|(reason, count)| ReasonCount { reason: reason.as_str(), count })
            .collect(),
        items: found.iter().map(RefusalShape::from).collect(),
        before: next_page(&found, |refusal| refusal.id.0),
    }))
}
