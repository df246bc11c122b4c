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
use crate::metrics::{Destination, Snapshot, exposition};
use crate::record::{BatchId, Journal, Place};
use crate::store::{BatchQuery, Order, Reader, StoreError, now};

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
    let config = http.config.clone();
    let journal =
        move |name: &str| config.feeds.iter().find(|feed| feed.name == name).map(|feed| feed.kind.journal());
    let destinations = http
        .store
        .read(move |reader| {
            let one = |(name, waiting): (String, u64)| {
                let letters = reader.dead_letters(&name)?;
                let since = journal(&name)
                    .map_or(Ok(None), |journal| committed(reader, journal, reader.outbox(&name)?))?;
                let oldest = since.map_or(0.0, |since| now().0.saturating_sub(since) as f64 / 1e6);
                Ok(Destination { name, waiting, letters, oldest })
            };
            waiting.into_iter().map(one).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let text = exposition(&http.metrics, &http.roster.all(), &destinations, size(&http.config.data));
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// When the first entry of a journal behind this place came, in microseconds since 1970.
fn committed(reader: &Reader, journal: Journal, behind: Place) -> Result<Option<i64>, StoreError> {
    match journal {
        Journal::Batches => {
            let after = Some(BatchId(behind.0));
            let query = BatchQuery { after, order: Order::OldestFirst, limit: 1, ..BatchQuery::default() };
            Ok(reader.batches(&query)?.first().map(|row| row.received.0))
        }
    }
}

/// Bytes of the database and of what is not yet part of it.
fn size(folder: &std::path::Path) -> u64 {
    let of = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |file| file.len());
    ["medseal.db", "medseal.db-wal"].into_iter().map(of).sum()
}
