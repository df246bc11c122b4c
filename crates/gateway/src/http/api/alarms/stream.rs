//! `GET /api/alarms/stream`: every step of every alarm, as server-sent events (WHATWG HTML section 9.2).
//!
//! ```text
//! id: 4711                    the step's number: a client that comes back says Last-Event-ID: 4711 and misses nothing
//! event: raised               what happened: raised, reopened, updated, escalated, acknowledged, resumed, latched, ended
//! data: {"step":4711,…}       StepShape
//! ```
//!
//! Steps come from the store, in the order in which they were stored, so a stream that was cut goes on where it was. Without `Last-Event-ID`
//! or `?after=N` it begins with the next step. A comment line at least every two seconds says that the gateway lives: a client that hears
//! nothing for longer must say that it does not know of alarms any more. A stream ends after [`ALARM_STREAM`], and when whoever asked is signed out.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, timeout};

use crate::events::LiveEvent;
use crate::http::Http;
use crate::http::alarm_shapes::StepShape;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right, Role};
use crate::limits::{ALARM_STREAM, ALARM_STREAM_STEPS, LIVE_BEAT};
use crate::record::{AlarmEvent, AlarmStepId};
use crate::store::Reader;

#[derive(Debug, Default, Deserialize)]
pub(super) struct After {
    after: Option<i64>,
}

/// The header in which a browser says the last event it has.
const LAST_EVENT: &str = "last-event-id";
const RETRY: &[u8] = b"retry: 1000\n\n";
const BEAT: &[u8] = b": beat\n\n";

pub(super) async fn stream(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Query(After { after }): Query<After>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    who.needs(Right::ReadPatients)?;
    http.reads.note(&http.store, &who, "alarms").await;
    // Listening begins before the store is read: nothing is missed between the two.
    let news = http.live.listen();
    let last = headers.get(LAST_EVENT).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let after = match last.or(after) {
        Some(after) => AlarmStepId(after),
        None => http.store.read(Reader::last_alarm_step).await?,
    };
    let steps = Steps { http, who, news, after, first: true, until: Instant::now() + ALARM_STREAM };
    let body = Body::from_stream(stream::unfold(steps, |mut steps| async move {
        let bytes = steps.next().await?;
        Some((Ok::<_, Infallible>(bytes), steps))
    }));
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")];
    Ok((headers, body).into_response())
}

struct Steps {
    http: Http,
    who: Principal,
    news: broadcast::Receiver<Arc<LiveEvent>>,
    after: AlarmStepId,
    first: bool,
    until: Instant,
}

impl Steps {
    /// The next bytes; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        if std::mem::take(&mut self.first) {
            return Some(Bytes::from_static(RETRY));
        }
        if !self.may_go_on() {
            return None;
        }
        let after = self.after;
        let found = self.http.store.read(move |reader| reader.alarm_steps(after, ALARM_STREAM_STEPS)).await;
        match found {
            Ok(steps) if !steps.is_empty() => Some(self.frames(&steps)),
            Ok(_) => self.wait().await,
            Err(error) => {
                tracing::warn!(%error, "a stream of alarms cannot read the store and ends");
                None
            }
        }
    }

    fn may_go_on(&self) -> bool {
        let is_open = match self.who.role() {
            Role::Clinician | Role::Operator => self.http.sessions.still_open(&self.who),
            // An access token outlives no stream by much: it asks anew.
            Role::System => true,
        };
        is_open && Instant::now() < self.until
    }

    fn frames(&mut self, steps: &[AlarmEvent]) -> Bytes {
        let mut bytes = Vec::new();
        for event in steps {
            self.after = event.id;
            match serde_json::to_string(&StepShape::new(event, &self.http.rules)) {
                Ok(json) => {
                    let frame = format!("id: {}\nevent: {}\ndata: {json}\n\n", event.id, event.step);
                    bytes.extend_from_slice(frame.as_bytes());
                }
                Err(error) => tracing::error!(%error, "a step of an alarm has no JSON"),
            }
        }
        bytes.into()
    }

    /// Until an alarm changes, or it is time to say that the gateway lives; `None` when the gateway stops.
    async fn wait(&mut self) -> Option<Bytes> {
        let heard = async {
            loop {
                match self.news.recv().await {
                    Ok(event) if matches!(*event, LiveEvent::Alarm(_)) => return true,
                    Ok(_) => {}
                    // What was missed may have been an alarm.
                    Err(RecvError::Lagged(_)) => return true,
                    Err(RecvError::Closed) => return false,
                }
            }
        };
        let shutdown = self.http.hub.shutdown();
        tokio::select! {
            () = shutdown.cancelled() => None,
            heard = timeout(LIVE_BEAT, heard) => match heard {
                // An empty portion: the store is read again.
                Ok(true) => Some(Bytes::from_static(b"\n")),
                Ok(false) => None,
                Err(_) => Some(Bytes::from_static(BEAT)),
            },
        }
    }
}
