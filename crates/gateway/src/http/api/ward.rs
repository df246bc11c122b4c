//! `GET /api/me` and `GET /api/ward`.

use axum::extract::State;
use axum::{Extension, Json};
use serde::Serialize;

use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right, Role};
use crate::http::shapes::WardShape;

/// Who is signed in.
#[derive(Serialize)]
pub(crate) struct Me {
    name: String,
    role: Role,
}

pub(super) async fn me(Extension(who): Extension<Principal>) -> Json<Me> {
    Json(Me { name: who.name().to_owned(), role: who.role() })
}

pub(super) async fn ward(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
) -> Result<Json<WardShape>, Fault> {
    who.needs(Right::ReadPatients)?;
    http.reads.note(&http.store, &who, "ward").await;
    Ok(Json(http.hub.ward().shape()))
}
