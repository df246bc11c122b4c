//! The live stream at `/api/live` (server-sent events, WHATWG HTML section 9.2).
//!
//! One task, the hub, listens to the gateway's feed, keeps the [`Ward`] up to date and writes each event once; all
//! streams share those bytes. A stream begins with the whole ward and goes on with events. A listener that does not keep
//! up is dropped, not waited for: its browser connects again and begins with the whole ward.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Http;
use super::error::Fault;
use super::session::{Principal, Right, Sessions};
use super::shapes::{WardShape, now};
use super::ward::{Audience, Effect, Ward};
use crate::events::LiveEvent;
use crate::limits;
use crate::presence::Presence;
use crate::record::Journal;
use crate::sinks::{self, Destination};
use crate::start::Services;
use crate::store::{Store, StoreError};

/// The ward and those who watch it. Cloning it is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Hub {
    ward: Arc<Mutex<Ward>>,
    frames: broadcast::Sender<Bytes>,
    shutdown: CancellationToken,
}

/// The hub's own part.
struct Keeper {
    hub: Hub,
    store: Store,
    presence: Presence,
    feeds: Vec<Destination>,
    /// When the ward is to be read anew.
    due: Option<Instant>,
    /// Refusals told since the last tick.
    refusals: u32,
}

impl Hub {
    /// Loads the ward and starts keeping it. No event is missed between the two.
    pub(crate) async fn start(services: &Services) -> Result<Self, StoreError> {
        let events = services.live.listen();
        let hub = Self {
            ward: Arc::new(Mutex::new(Ward::with_rules(services.rules.clone()))),
            frames: broadcast::channel(crate::limits::LIVE_FRAMES).0,
            shutdown: services.shutdown.clone(),
        };
        let mut keeper = Keeper {
            hub: hub.clone(),
            store: services.store.clone(),
            presence: services.presence.clone(),
            feeds: sinks::destinations(&services.config),
            due: None,
            refusals: 0,
        };
        keeper.reload().await?;
        tokio::spawn(keeper.run(events));
        Ok(hub)
    }

    pub(crate) fn ward(&self) -> MutexGuard<'_, Ward> {
        self.ward.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn shutdown(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// Takes an event into the ward. Who watches is asked while the ward is held: whoever comes later takes their snapshot after it.
    fn taken_in(&self, event: &LiveEvent) -> Effect {
        let mut ward = self.ward();
        let audience = match self.frames.receiver_count() {
            0 => Audience::Nobody,
            _ => Audience::Somebody,
        };
        ward.take(event, audience)
    }

    fn tell(&self, effect: Effect) {
        if let Effect::Tell(name, json) = effect {
            // An error means only that nobody watches.
            let _ = self.frames.send(frame(name, &json));
        }
    }
}

impl Keeper {
    async fn run(mut self, mut events: broadcast::Receiver<Arc<LiveEvent>>) {
        let mut second = interval(limits::LIVE_TICK);
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut beat = interval(limits::LIVE_BEAT);
        loop {
            tokio::select! {
                () = self.hub.shutdown.cancelled() => return,
                event = events.recv() => match event {
                    Ok(event) => self.take(&event),
                    Err(RecvError::Lagged(missed)) => {
                        tracing::warn!(missed, "the dashboard missed events and reads the ward anew");
                        self.due();
                    }
                    Err(RecvError::Closed) => return,
                },
                () = sleep_until(self.due.unwrap_or_else(Instant::now)), if self.due.is_some() => self.renew().await,
                _ = second.tick() => {
                    self.refusals = 0;
                    self.deliveries().await;
                }
                _ = beat.tick() => self.hub.tell(Effect::Tell("beat", now().0.to_string().into_bytes())),
            }
        }
    }

    fn take(&mut self, event: &LiveEvent) {
        let effect = self.hub.taken_in(event);
        match effect {
            Effect::Reload => self.due(),
            Effect::Tell("refused", _) if self.refusals >= limits::LIVE_REFUSALS => self.due(),
            effect @ Effect::Tell(..) => {
                self.refusals += u32::from(matches!(event, LiveEvent::Refused(_)));
                self.hub.tell(effect);
            }
            Effect::Nothing => {}
        }
    }

    async fn deliveries(&self) {
        // Of these journals no event tells that they have grown.
        let silent = self.feeds.iter().filter(|to| to.journal != Journal::Batches).cloned();
        let silent: Vec<_> = silent.collect();
        if !silent.is_empty() {
            let newest = self.store.read(move |reader| {
                let newest = |to: Destination| Ok((reader.newest(&to.name, to.journal)?, to.name));
                silent.into_iter().map(newest).collect::<Result<Vec<_>, StoreError>>()
            });
            match newest.await {
                Ok(newest) => {
                    newest.iter().for_each(|(place, name)| self.hub.ward().grown(name, *place));
                }
                Err(error) => tracing::warn!(%error, "the dashboard cannot read how far feeds have got"),
            }
        }
        let effects = self.hub.ward().deliveries();
        for effect in effects {
            self.hub.tell(effect);
        }
    }

    /// The ward is to be read soon: not at once, since such changes come in numbers.
    fn due(&mut self) {
        self.due.get_or_insert_with(|| Instant::now() + limits::LIVE_RELOAD);
    }

    async fn renew(&mut self) {
        self.due = None;
        match self.reload().await {
            Ok(()) => {
                let shape = self.hub.ward().shape();
                self.hub.tell(snapshot(&shape));
            }
            Err(error) => {
                tracing::warn!(%error, "the dashboard cannot read the ward");
                self.due = Some(Instant::now() + limits::LIVE_BEAT);
            }
        }
    }

    async fn reload(&mut self) -> Result<(), StoreError> {
        // Nobody else changes the ward, and events wait in the feed meanwhile.
        let (before, feeds, presence) = (self.hub.ward().clone(), self.feeds.clone(), self.presence.clone());
        let loaded = self.store.read(move |reader| Ward::load(reader, &feeds, &presence, &before)).await?;
        *self.hub.ward() = loaded;
        Ok(())
    }
}

fn snapshot(ward: &WardShape) -> Effect {
    match serde_json::to_vec(ward) {
        Ok(json) => Effect::Tell("ward", json),
        Err(error) => {
            tracing::error!(%error, "the ward has no JSON");
            Effect::Nothing
        }
    }
}

/// A browser whose stream broke off tries again after this many milliseconds.
const RETRY: &[u8] = b"retry: 1000\n";

/// One event on the wire. JSON holds no raw line break, so one `data` line does.
fn frame(name: &str, json: &[u8]) -> Bytes {
    [b"event: ", name.as_bytes(), b"\ndata: ", json, b"\n\n"].concat().into()
}

/// GET `/api/live`.
pub(crate) async fn live(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
) -> Result<Response, Fault> {
    who.needs(Right::ReadPatients)?;
    http.reads.note(&http.store, &who, "ward").await;
    // Listening begins before the snapshot is taken: an event may come twice, but none is missed.
    let frames = http.hub.frames.subscribe();
    let first = match snapshot(&http.hub.ward().shape()) {
        Effect::Tell(name, json) => [RETRY, &frame(name, &json)].concat().into(),
        Effect::Reload | Effect::Nothing => Bytes::new(),
    };
    let state = Stream {
        first: Some(first),
        frames,
        shutdown: http.hub.shutdown.clone(),
        sessions: http.sessions,
        who,
    };
    let body = Body::from_stream(stream::unfold(state, |mut state| async move {
        let bytes = state.next().await?;
        Some((Ok::<_, Infallible>(bytes), state))
    }));
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")];
    Ok((headers, body).into_response())
}

struct Stream {
    first: Option<Bytes>,
    frames: broadcast::Receiver<Bytes>,
    shutdown: CancellationToken,
    sessions: Arc<Sessions>,
    who: Principal,
}

impl Stream {
    /// The next bytes; `None` ends the stream, also when whoever watches has signed out meanwhile.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        tokio::select! {
            () = self.shutdown.cancelled() => None,
            frame = self.frames.recv() => match frame {
                Ok(frame) => self.sessions.still_open(&self.who).then_some(frame),
                Err(RecvError::Lagged(missed)) => {
                    tracing::debug!(missed, "a live listener was too slow and is dropped");
                    None
                }
                Err(RecvError::Closed) => None,
            },
        }
    }
}
