//! `GET /api/feeds`: how far each destination has got.

use axum::extract::State;
use axum::{Extension, Json};
use serde::Serialize;

use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::http::shapes::DeliveryShape;

#[derive(Serialize)]
pub(crate) struct Feeds {
    feeds: Vec<DeliveryShape>,
}

pub(super) async fn feeds(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
) -> Result<Json<Feeds>, Fault> {
    who.needs(Right::ReadPatients)?;
    Ok(Json(Feeds { feeds: http.hub.ward().shape().deliveries }))
}
