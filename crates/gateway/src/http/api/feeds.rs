//! `GET /api/feeds`: how far each destination has got, and what it was not sent.

use axum::extract::State;
use axum::{Extension, Json};
use clinical::nomenclature;
use serde::Serialize;

use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::http::shapes::DeliveryShape;
use crate::record::{Beginning, LeftOutTerm};
use crate::sinks::Destination;

#[derive(Serialize)]
pub(crate) struct Feeds {
    feeds: Vec<FeedShape>,
}

#[derive(Serialize)]
struct FeedShape {
    #[serde(flatten)]
    delivery: DeliveryShape,
    /// Where it began; absent before the gateway has started with it.
    began: Option<BeganShape>,
    /// The most frequent first.
    left_out: Vec<LeftOutShape>,
}

#[derive(Serialize)]
struct BeganShape {
    /// As it was configured then.
    since: String,
    /// When; absent where nobody wrote that down.
    time: Option<i64>,
}

impl From<Beginning> for BeganShape {
    fn from(one: Beginning) -> Self {
        Self { since: one.since.to_string(), time: Some(one.time.0).filter(|time| *time > 0) }
    }
}

/// Readings that were in no message, since the destination was first seen.
#[derive(Serialize)]
struct LeftOutShape {
    /// Absent: all codes beyond those that are told apart.
    code: Option<u32>,
    /// The code's reference id; empty when it has none here.
    term: &'static str,
    reason: &'static str,
    count: u64,
    first: i64,
    last: i64,
}

impl From<LeftOutTerm> for LeftOutShape {
    fn from(one: LeftOutTerm) -> Self {
        Self {
            code: one.code.map(|code| code.0),
            term: one.code.map_or("", nomenclature::refid),
            reason: one.why.as_str(),
            count: one.count,
            first: one.first.0,
            last: one.last.0,
        }
    }
}

pub(super) async fn feeds(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
) -> Result<Json<Feeds>, Fault> {
    who.needs(Right::ReadPatients)?;
    let (deliveries, destinations) = {
        let ward = http.hub.ward();
        (ward.shape().deliveries, ward.destinations())
    };
    let feeds = http.store.read(move |reader| {
        let feed = |(delivery, to): (DeliveryShape, Destination)| {
            let began = reader.beginning(&to.name, to.journal)?.map(Into::into);
            let mut left_out: Vec<LeftOutShape> =
                reader.left_out(&to.name)?.into_iter().map(Into::into).collect();
            left_out.sort_by_key(|one| std::cmp::Reverse(one.count));
            Ok(FeedShape { delivery, began, left_out })
        };
        deliveries.into_iter().zip(destinations).map(feed).collect()
    });
    Ok(Json(Feeds { feeds: feeds.await? }))
}
