//! Sealed batches on a gRPC stream: for devices that send without pause over networks where HTTP/2 passes and MQTT does not.
//!
//! A device shows its TLS certificate, which must be the enrolled one, and in the stream's metadata the access token that it
//! got for it ([`crate::tokens`]). On `medseal.v1.Batches/Deliver` (`docs/batches.proto`) it sends batches and gets a receipt for each, in
//! order, after its commit. The window is the flow control: while [`limits::IN_FLIGHT`] batches wait for their receipts nothing
//! is read, HTTP/2 grants no more, and the device waits.
//!
//! ```text
//!   Door ─► TLS, h2 ─► certificate, token ─► stream ─► pipeline ─► outcomes ─► receipts
//!  places   makers'      registry, tokens     window    in order    in order
//! ```
//!
//! A token is asked for when a stream begins; what ends a stream later is the registry: a withdrawn device is cut off at once.

mod stream;

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tonic::body::Body;
use tonic::server::Grpc;
use tonic::{Code, Status};
use tonic_prost::ProstCodec;
use wire::grpc::DELIVER;

use crate::config::Listener;
use crate::http::StallGuard;
use crate::limits;
use crate::listen::{Arrival, ClientCertificate, DeviceTls, Door, HandshakeError, Places, Refused, caller};
use crate::roster::{Guard, Kind, Post};
use crate::start::Services;
use crate::tls::TlsError;
use crate::tokens::Tokens;

/// The name of this source in audit and log.
const NAME: &str = "grpc";

/// What all connections share.
struct Shared {
    services: Services,
    tokens: Arc<Tokens>,
    tls: DeviceTls,
    post: Arc<Post>,
}

/// One connection after its handshake.
#[derive(Clone)]
struct Link {
    shared: Arc<Shared>,
    peer: SocketAddr,
    certificate: Arc<[u8]>,
}

/// Accepts devices until the services shut down.
///
/// # Errors
/// [`TlsError`] for the server's certificate or key.
pub(crate) fn start(
    listener: TcpListener,
    config: &Listener,
    tokens: &Arc<Tokens>,
    services: &Services,
) -> Result<(), TlsError> {
    let shown = services.identities.of(&services.config.tls)?;
    let tls = DeviceTls::new(shown, ClientCertificate::Required, &[b"h2"])?;
    let address = listener.local_addr().unwrap_or(config.listen);
    let post = services.roster.listener(Kind::Grpc, NAME, address, Guard::MutualTls);
    let places = Places::new(config.connections, config.connections_per_address);
    let door = Door::new(listener, places, services.shutdown.clone()).shown_at(&post);
    let shared = Arc::new(Shared { services: services.clone(), tokens: tokens.clone(), tls, post });
    services.tasks.spawn(accept(door, shared));
    Ok(())
}

async fn accept(door: Door, shared: Arc<Shared>) {
    while let Some(Arrival { stream, peer, place }) = door.next().await {
        let task = shared.clone();
        shared.services.tasks.spawn(async move {
            let served = match place {
                Ok(_place) => serve(stream, peer, &task).await,
                Err(crowded) => {
                    Refused { post: &task.post, peer, device: None, fault: &crowded }
                        .emit(&task.services)
                        .await;
                    Ok(())
                }
            };
            if let Err(fault) = served {
                Refused { post: &task.post, peer, device: None, fault: &fault }.emit(&task.services).await;
            }
        });
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, shared: &Arc<Shared>) -> Result<(), HandshakeError> {
    let registry = shared.services.registry.now();
    let deadline = Instant::now() + limits::HTTPS_HANDSHAKE;
    let (stream, certificate) = shared.tls.accept(stream, &registry, deadline).await?;
    let certificate: Arc<[u8]> = certificate.ok_or(HandshakeError::NoCertificate)?.into();
    // Whoever it names, it must name somebody.
    caller(&certificate, &registry)?;
    let link = Link { shared: shared.clone(), peer, certificate };
    let service = service_fn(move |request| {
        let link = link.clone();
        async move { Ok::<_, std::convert::Infallible>(answer(request, link).await) }
    });
    let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::GRPC_STREAMS)
        .max_header_list_size(limits::GRPC_HEADER_BYTES)
        .max_pending_accept_reset_streams(limits::GRPC_RESETS)
        .initial_stream_window_size(limits::GRPC_WINDOW)
        .keep_alive_interval(limits::HTTP_HEADER_TIME)
        .keep_alive_timeout(limits::HTTP_STALL)
        .serve_connection(TokioIo::new(StallGuard::new(stream, limits::HTTP_STALL)), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shared.services.shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "gRPC connection ended");
    }
    Ok(())
}

async fn answer(request: hyper::Request<Incoming>, link: Link) -> hyper::Response<Body> {
    if request.uri().path() != DELIVER {
        return Status::new(Code::Unimplemented, "there is no such method").into_http();
    }
    Grpc::new(ProstCodec::default())
        .apply_max_message_size_config(Some(limits::GRPC_MESSAGE_BYTES), None)
        .streaming(stream::Deliver { link }, request)
        .await
}
