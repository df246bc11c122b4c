//! HTTPS for people and programs: the dashboard, its API, the live stream, and FHIR under `/fhir`.
//!
//! From the outside in: [`server`] bounds connections, [`headers`] and the limits below bound requests, [`auth`] lets only
//! signed-in requests through, the handlers check the right and note each look at patient data ([`reads`]).
//!
//! | address | who | what |
//! |---|---|---|
//! | `/`, `/patients/…`, `/people`, `/delivery`, `/sources`, `/refused`, `/alarms`, `/audit` | signed in | the dashboard's page |
//! | `/assets/…` and other files | anybody | its scripts and styles, which hold no data |
//! | `/sign-in`, `/sign-out` | anybody | [`sign_in`] |
//! | `/api/…` | session or token | [`api`], [`live`] |
//! | `/fhir/…` | session, token, or access token of a system | FHIR R4, read only |
//! | `/token`, `/.well-known/…` | systems | [`crate::tokens`] |

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod tls;

mod server;
mod stall;

mod headers;

mod attempts;
mod auth;
pub mod session;
mod sign_in;

mod alarm_shapes;
mod api;
mod fhir;
mod live;
mod reads;
mod shapes;
mod ward;
mod whose;

pub use fhir::queries;

mod assets;
mod error;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::HeaderMap;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::alarms::Rules;
use crate::audit::{Action, Entry};
use crate::config::Config;
use crate::events::LiveFeed;
use crate::limits;
use crate::listen;
use crate::metrics::Metrics;
use crate::registry::Registry;
use crate::roster::Roster;
use crate::start::{Services, StartError};
use crate::store::{Store, StoreError};
use crate::tls::Identities;
use crate::tokens::{self, Tokens};

pub use assets::embedded;
pub use session::Sessions;
pub use tls::server_config;

pub(crate) use attempts::Attempts;
pub(crate) use server::{Patience, Peer, ShownCertificate, converse};
pub(crate) use stall::StallGuard;

use error::Fault;
use live::Hub;
use reads::Reads;
use session::{Principal, Role, Secret, SessionError};

/// What the handlers share. Cloning it is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    store: Store,
    sessions: Arc<Sessions>,
    tokens: Option<Arc<Tokens>>,
    hub: Hub,
    metrics: Arc<Metrics>,
    rules: Arc<Rules>,
    live: LiveFeed,
    attempts: Arc<Attempts<IpAddr>>,
    reads: Arc<Reads>,
    /// The hospital's name, which gives out patients' identifiers.
    facility: Arc<str>,
    config: Arc<Config>,
    registry: Registry,
    roster: Roster,
    identities: Identities,
    /// Places for requests that read many batches.
    heavy: Arc<Semaphore>,
}

impl Http {
    /// Reads the ward and begins to keep it.
    pub(crate) async fn open(services: &Services) -> Result<Self, StoreError> {
        let hub = Hub::start(services);
        Ok(Self {
            store: services.store.clone(),
            sessions: services.sessions.clone(),
            tokens: services.tokens.clone(),
            hub: hub.await?,
            metrics: services.metrics.clone(),
            rules: services.rules.clone(),
            live: services.live.clone(),
            attempts: Arc::default(),
            reads: Arc::default(),
            facility: services.config.facility.as_str().into(),
            config: services.config.clone(),
            registry: services.registry.clone(),
            roster: services.roster.clone(),
            identities: services.identities.clone(),
            heavy: Arc::new(Semaphore::new(limits::HEAVY_REQUESTS)),
        })
    }

    /// Writes an audit entry; one that cannot be written is logged, and the request goes on: it has been decided.
    async fn audit(&self, entry: Entry) {
        if let Err(error) = self.store.write(move |writer| writer.audit(entry)).await {
            tracing::error!(%error, "an audit entry could not be written");
        }
    }
}

/// The whole application, the same in tests as behind the listener.
///
/// # Errors
/// When the store cannot be read.
pub async fn app(services: &Services) -> Result<Router, StoreError> {
    Ok(routes(Http::open(services).await?, services))
}

/// The API alone, for somebody whom the way in has authenticated already.
pub(crate) fn api_for(who: Principal, http: Http) -> Router {
    Router::new()
        .nest("/api", api::router().layer(Extension(who)))
        .with_state(http)
        .layer(DefaultBodyLimit::max(limits::HTTP_BODY_BYTES))
        .layer(middleware::from_fn(in_time))
}

fn routes(http: Http, services: &Services) -> Router {
    let signed_in = middleware::from_fn_with_state(http.clone(), auth::require);
    let pages = Router::new()
        .route("/", get(page))
        .route("/patients/{id}", get(page))
        .route("/refused", get(page))
        .route("/people", get(page))
        .route("/people/correct/{association}", get(page))
        .route("/delivery", get(page))
        .route("/delivery/{letter}", get(page))
        .route("/sources", get(page))
        .route("/alarms", get(page))
        .route("/alarms/{whose}/{name}", get(page))
        .route("/audit", get(page));
    let tokens = services.tokens.as_ref().map(|tokens| tokens::router(tokens, services));
    Router::new()
        .merge(pages)
        .nest("/api", api::router().layer(signed_in))
        .nest("/fhir", fhir::router(&http))
        .route("/sign-in", get(sign_in::ask).post(sign_in::confirm))
        .route("/sign-out", post(sign_in::sign_out))
        .fallback(assets::file)
        .with_state(http)
        .merge(tokens.unwrap_or_default())
        .layer(DefaultBodyLimit::max(limits::HTTP_BODY_BYTES))
        .layer(middleware::from_fn(in_time))
        .layer(middleware::from_fn(headers::secure))
}

/// The dashboard's page, or the way to sign in.
async fn page(State(http): State<Http>, headers: HeaderMap) -> Response {
    match auth::session_secret(&headers).and_then(|secret| http.sessions.session(secret)) {
        Some(_) => assets::page().await,
        None => Redirect::to("/sign-in").into_response(),
    }
}

/// Bounds the time from a request's head to its answer's; what is streamed afterwards is bounded by [`stall`].
pub(crate) async fn in_time(request: Request, next: Next) -> Response {
    match timeout(limits::HTTP_REQUEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Fault::TooSlow.into_response(),
    }
}

impl Services {
    /// Makes a one-time sign-in link for a person and notes it in the audit log; `base` is the dashboard's address,
    /// `https://HOST:PORT`.
    ///
    /// # Errors
    /// Without randomness, when too many links are open, and when the audit entry cannot be written.
    pub async fn issue_link(&self, base: &str, name: &str, role: Role) -> Result<Secret, LinkError> {
        let link = self.sessions.issue_link(base, name, role)?;
        let entry = Entry::done("system", Action::IssueLink, format!("user:{name}"));
        self.store.write(move |writer| writer.audit(entry)).await?;
        Ok(link)
    }
}

/// Why there is no sign-in link.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// None can be made.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// It could not be noted.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Listens at `address` until the services' shutdown; returns where (port 0 takes any free one).
///
/// # Errors
/// When the address is taken, the certificate cannot be used or the store cannot be read.
pub async fn start(address: SocketAddr, services: &Services) -> Result<SocketAddr, StartError> {
    serve(address, Http::open(services).await?, services).await
}

/// The same with what the handlers share made already.
pub(crate) async fn serve(
    address: SocketAddr,
    http: Http,
    services: &Services,
) -> Result<SocketAddr, StartError> {
    let shown = services.identities.of(&services.config.tls)?;
    let tls = TlsAcceptor::from(Arc::new(tls::showing(shown)?));
    let io = |source| StartError::Io { what: format!("HTTPS at {address}"), source };
    let listener = listen::bind(address).map_err(io)?;
    let bound = listener.local_addr().map_err(io)?;
    let app = routes(http, services);
    services.tasks.spawn(server::run(listener, tls, app, Patience::default(), services.shutdown.clone()));
    Ok(bound)
}
