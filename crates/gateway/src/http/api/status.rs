//! `GET /api/status`: what the gateway has counted since its start, and its destinations; `GET /api/metrics` the same for Prometheus.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;

use crate::certificates;
use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::http::shapes::DeliveryShape;
use crate::metrics::{Destination, Snapshot, exposition};
use crate::record::{BatchId, Journal};
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
    let feeds = crate::sinks::destinations(&http.config);
    let journal = move |name: &str| feeds.iter().find(|feed| feed.name == name).map(|feed| feed.journal);
    let destinations = http
        .store
        .read(move |reader| {
            let one = |(name, waiting): (String, u64)| {
                let letters = reader.dead_letters(&name)?;
                let oldest = journal(&name).map_or(Ok(None), |journal| oldest(reader, &name, journal))?;
                let left_out = reader.left_out(&name)?;
                Ok(Destination { name, waiting, letters, oldest, left_out })
            };
            waiting.into_iter().map(one).collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let (config, identities) = (http.config.clone(), http.identities.clone());
    // Files are read: not on a thread that serves others.
    let (endings, size) = tokio::task::spawn_blocking(move || {
        (certificates::endings(&config, &identities), size(&config.data))
    })
    .await
    .map_err(|error| Fault::Record(error.to_string()))?;
    let text = exposition(&http.metrics, &http.roster.all(), &destinations, &endings, size);
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// Seconds since the first batch came that a feed of batches has not had answered, 0 when there is none; of other journals not known.
fn oldest(reader: &Reader, feed: &str, journal: Journal) -> Result<Option<f64>, StoreError> {
    match journal {
        Journal::Batches => {
            let after = Some(BatchId(reader.outbox(feed, journal)?.0));
            let query = BatchQuery { after, order: Order::OldestFirst, limit: 1, ..BatchQuery::default() };
            let since = reader.batches(&query)?.first().map(|row| row.received.0);
            Ok(Some(since.map_or(0.0, |since| now().0.saturating_sub(since) as f64 / 1e6)))
        }
        Journal::Associations | Journal::Alarms | Journal::Charts => Ok(None),
    }
}

/// Bytes of the database and of what is not yet part of it.
fn size(folder: &std::path::Path) -> u64 {
    let of = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |file| file.len());
    ["medseal.db", "medseal.db-wal"].into_iter().map(of).sum()
}
