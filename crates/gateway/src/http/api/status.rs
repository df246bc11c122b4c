//! `GET /api/status`: what the gateway has counted since its start, and its destinations; `GET /api/metrics` the same for Prometheus.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;

use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::http::shapes::DeliveryShape;
use crate::metrics::{Destination, Snapshot};

#[derive(Serialize)]
pub(crate) struct Status {
    version: &'static str,
    counters: Snapshot,
    feeds: Vec<DeliveryShape>,
}

pub(super) async fn status(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
) -> Result<Json<Status>, Fault> {
    who.needs(Right::ManageFeeds)?;
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        counters: http.metrics.snapshot(),
        feeds: http.hub.ward().shape().deliveries,
    }))
}

pub(super) async fn metrics(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
) -> Result<Response, Fault> {
    who.needs(Right::ManageFeeds)?;
    let deliveries = http.hub.ward().shape().deliveries;
    let waiting: Vec<(String, u64)> = deliveries.into_iter().map(|one| (one.feed, one.waiting)).collect();
    let destinations = http
        .store
        .read(move |reader| {
            let one = |(name, waiting): (String, u64)| {
                let letters = reader.dead_letters(&name)?;
                Ok(Destination { name, waiting, letters })
            };
            waiting.into_iter().map(one).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let text = http.metrics.snapshot().exposition(&destinations);
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
