//! The operator's desk: the gateway's API for whoever may use its files, without a token and whether it runs or not.
//!
//! ```text
//! medseal feed … ─► Desk ─┬─ the gateway runs: HTTP over DATA/desk.sock ─► its API
//!                         └─ it does not: the same API in this process, on the same database
//! ```
//!
//! A token would have to be issued by the running gateway and kept somewhere; the folder's permissions say already who may do everything. So the way in is a
//! Unix socket in the folder, mode 0600, that also asks the kernel whose process connects and takes none but of the folder's owner and root. What is done bears that user's
//! number in the audit log.
//!
//! There are never two writers on one database: whoever opens the store holds the folder's [`Lock`](crate::store::Lock), the gateway and a desk without one alike.

use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::PathBuf;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::Request;
use axum::http::header::HOST;
pub use axum::http::{Method, StatusCode};
use futures_util::TryStreamExt as _;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::config::Config;
use crate::http::session::Principal;
use crate::http::{self, Http, Patience};
use crate::limits;
use crate::start::{Services, StartError};
use crate::store::{LockError, StoreError};

const SOCKET: &str = "desk.sock";

/// Serves the desk of a running gateway, whose store holds the folder.
pub(crate) fn serve(services: &Services, http: Http) -> Result<(), StartError> {
    let path = services.config.data.join(SOCKET);
    let io = |source| StartError::Io { what: path.display().to_string(), source };
    match std::fs::remove_file(&path) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(io(error)),
    }
    let listener = match UnixListener::bind(&path) {
        Ok(listener) => listener,
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            // The system takes paths of about a hundred bytes. All else works without a desk.
            tracing::warn!(path = %path.display(), %error, "no desk: the folder's path is too long for a socket");
            return Ok(());
        }
        Err(error) => return Err(io(error)),
    };
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).map_err(io)?;
    let owner = std::fs::metadata(&path).map_err(io)?.uid();
    services.tasks.spawn(accept(listener, owner, http, services.clone()));
    Ok(())
}

async fn accept(listener: UnixListener, owner: u32, http: Http, services: Services) {
    loop {
        let accepted = tokio::select! {
            () = services.shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let asked = accepted.and_then(|(stream, _)| Ok((stream.peer_cred()?.uid(), stream)));
        let (uid, stream) = match asked {
            Ok(asked) => asked,
            Err(error) => {
                tracing::warn!(%error, "the desk cannot accept a connection");
                tokio::time::sleep(limits::ACCEPT_PAUSE).await;
                continue;
            }
        };
        if uid != owner && uid != 0 {
            tracing::warn!(uid, "the desk was asked by another user's process");
            continue;
        }
        let app = http::api_for(Principal::local(uid), http.clone());
        let shutdown = services.shutdown.clone();
        services.tasks.spawn(http::converse(stream, "the desk", app, Patience::default(), shutdown));
    }
}

/// Why something could not be done at the desk.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The gateway's parts cannot be opened here.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The folder's lock cannot be had, and no desk answers.
    #[error("{0}, and its desk does not answer")]
    Held(LockError),
    /// The running gateway did not answer.
    #[error("the running gateway: {0}")]
    Connection(String),
}

/// The way to a gateway's API.
#[derive(Debug)]
pub struct Desk(Way);

#[derive(Debug)]
enum Way {
    /// The gateway runs.
    Socket(PathBuf),
    /// It does not: its parts are opened here.
    Here { app: Router, services: Box<Services> },
}

impl Desk {
    /// Opens the desk of the gateway with this configuration.
    ///
    /// # Errors
    /// When another process has the folder and is no gateway that answers, or the database cannot be opened.
    pub async fn open(config: Config) -> Result<Self, DeskError> {
        let socket = config.data.join(SOCKET);
        match Services::open(config, CancellationToken::new()) {
            Ok(services) => {
                let http = Http::open(&services).await.map_err(StartError::from)?;
                // This process's user.
                let uid = std::fs::metadata("/proc/self").map_or(0, |own| own.uid());
                let app = http::api_for(Principal::local(uid), http);
                Ok(Self(Way::Here { app, services: Box::new(services) }))
            }
            Err(StartError::Store(StoreError::Lock(held @ LockError::Held(_)))) => {
                match UnixStream::connect(&socket).await {
                    Ok(_) => Ok(Self(Way::Socket(socket))),
                    Err(_) => Err(DeskError::Held(held)),
                }
            }
            Err(error) => Err(DeskError::Start(error)),
        }
    }

    /// Whether a gateway runs on the folder.
    pub fn runs(&self) -> bool {
        match self.0 {
            Way::Socket(_) => true,
            Way::Here { .. } => false,
        }
    }

    /// Asks the API: the answer's status and body, JSON.
    ///
    /// # Errors
    /// When the running gateway cannot be reached any more.
    pub async fn ask(
        &self,
        method: Method,
        address: &str,
        body: String,
    ) -> Result<(StatusCode, Bytes), DeskError> {
        let lost = |error: &dyn std::fmt::Display| DeskError::Connection(error.to_string());
        let request = Request::builder().method(method).uri(address).header(HOST, "desk");
        let request = request.body(Body::from(body)).map_err(|error| lost(&error))?;
        let response = match &self.0 {
            Way::Here { app, .. } => match app.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            },
            Way::Socket(path) => {
                let stream = UnixStream::connect(path).await.map_err(|error| lost(&error))?;
                let (mut sender, connection) =
                    http1::handshake(TokioIo::new(stream)).await.map_err(|error| lost(&error))?;
                // It ends with the sender.
                tokio::spawn(connection);
                sender.send_request(request).await.map_err(|error| lost(&error))?.map(Body::new)
            }
        };
        let status = response.status();
        let body = response.into_body().into_data_stream().try_fold(Vec::new(), |mut all, part| async move {
            all.extend_from_slice(&part);
            Ok(all)
        });
        Ok((status, body.await.map_err(|error| lost(&error))?.into()))
    }

    /// Leaves it. What was asked for is on disk already.
    pub async fn close(self) {
        match self.0 {
            Way::Socket(_) => {}
            Way::Here { services, .. } => {
                services.shutdown.cancel();
                services.store.close().await;
            }
        }
    }
}
