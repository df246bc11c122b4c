//! Devices that connect to us: each in a task of its own, in TLS where the source has it, and what its end is taken for.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::{Fault, Speaker};
use crate::connect::Stream;
use crate::limits;
use crate::listen::{Arrival, Door, Refused};

/// Serves whoever comes until the services shut down. An end that is the peer's fault is counted and audited.
pub(in crate::sources) async fn serve_all<Serving>(
    door: Door,
    speaker: Speaker,
    tls: Option<TlsAcceptor>,
    serve: impl Fn(Box<dyn Stream>, SocketAddr) -> Serving + Send + Sync + 'static,
) where
    Serving: Future<Output = Result<(), Fault>> + Send,
{
    let serve = Arc::new(serve);
    while let Some(Arrival { stream, peer, place }) = door.next().await {
        let (task, tls, serve) = (speaker.clone(), tls.clone(), serve.clone());
        speaker.services.tasks.spawn(async move {
            let serving = async {
                let _place = place?;
                serve(secured(tls.as_ref(), stream).await?, peer).await
            };
            let ended = serving.await;
            task.tell(peer, ended).await;
        });
    }
}

async fn secured(tls: Option<&TlsAcceptor>, stream: TcpStream) -> Result<Box<dyn Stream>, Fault> {
    let Some(acceptor) = tls else { return Ok(Box::new(stream)) };
    let accepted = timeout(limits::MLLP_HANDSHAKE, acceptor.accept(stream)).await;
    Ok(Box::new(accepted.map_err(|_| Fault::HandshakeTime)?.map_err(Fault::Handshake)?))
}

impl Speaker {
    async fn tell(&self, peer: SocketAddr, ended: Result<(), Fault>) {
        let source = &self.source;
        match ended {
            Ok(()) => tracing::debug!(%source, %peer, "a connection ended"),
            Err(fault) if fault.is_peers() => {
                let fault = &format!("{source}: {fault}");
                Refused { post: &self.post, peer, device: None, fault }.emit(&self.services).await;
            }
            Err(fault) => tracing::info!(%source, %peer, %fault, "a connection ended"),
        }
    }
}
