//! One connection: TLS handshake, then the conversation, with its time-outs and its share of the queues.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mqtt_protocol_core::mqtt::Version;
use seal::Reason;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::server::TlsStream;

use super::Shared;
use super::events::{Connected, Disconnected, Fault};
use super::protocol::{Protocol, Step};
use crate::limits;
use crate::listen::{HandshakeError, Refused, admit, caller};
use crate::pipeline::{Outcome, RawMessage, Rejection};
use crate::presence::Session;
use crate::sources::pending::Pending;

/// Serves a connection to its end and tells how it ended.
pub(super) async fn run(stream: TcpStream, peer: SocketAddr, shared: &Shared) {
    let deadline = Instant::now() + shared.services.config.mqtt.connect_time();
    let mut conversation = match handshake(stream, peer, deadline, shared).await {
        Ok(conversation) => conversation,
        Err(fault) => {
            return Refused { post: &shared.post, peer, device: None, fault: &fault }
                .emit(&shared.services)
                .await;
        }
    };
    let ended = conversation.talk().await;
    let fault = ended.err();
    if let Some(fault) = &fault {
        conversation.note_refusal(fault).await;
        conversation.protocol.end(fault);
    }
    conversation.hang_up().await;
    let device = conversation.protocol.device();
    Disconnected { peer, device, fault: fault.as_ref() }.emit(shared).await;
}

async fn handshake(
    stream: TcpStream,
    peer: SocketAddr,
    deadline: Instant,
    shared: &Shared,
) -> Result<Conversation<'_>, Fault> {
    let registry = shared.services.registry.now();
    let (stream, certificate) = shared.tls.accept(stream, &registry, deadline).await?;
    let certificate = certificate.ok_or(HandshakeError::NoCertificate)?;
    let caller = caller(&certificate, &registry)?;
    let source = format!("mqtt {peer}").into();
    let protocol = Protocol::new(caller, shared.services.config.mqtt.keep_alive_seconds);
    let (pending, session) = (Pending::of(&shared.post), None);
    Ok(Conversation {
        shared,
        stream,
        peer,
        source,
        certificate,
        protocol,
        pending,
        session,
        deadline,
        refusals: 0,
    })
}

/// A connection after its handshake.
struct Conversation<'a> {
    shared: &'a Shared,
    stream: TlsStream<TcpStream>,
    peer: SocketAddr,
    source: Arc<str>,
    certificate: Vec<u8>,
    protocol: Protocol,
    /// Batches in the pipeline, in the order of their PUBLISHes, which is that of their PUBACKs.
    pending: Pending<u16>,
    /// Its place among the connected devices; none before it is let in.
    session: Option<Session>,
    /// When it will have been quiet too long.
    deadline: Instant,
    /// Messages refused since the last accepted one.
    refusals: u32,
}

/// What a connection waits for.
enum Happening {
    Received(io::Result<usize>),
    Answered(Option<Outcome>),
    Quiet,
    TakenOver,
    RegistryChanged,
    Shutdown,
}

impl Conversation<'_> {
    /// Talks until the device says goodbye or something is wrong.
    async fn talk(&mut self) -> Result<(), Fault> {
        let mut buffer = Vec::with_capacity(limits::READ_BYTES);
        let mut registry = self.shared.services.registry.watch();
        let shutdown = self.shared.services.shutdown.clone();
        loop {
            let may_read = self.pending.len() < usize::from(limits::MQTT_IN_FLIGHT);
            let happening = tokio::select! {
                biased;
                () = shutdown.cancelled() => Happening::Shutdown,
                () = taken_over(self.session.as_ref()) => Happening::TakenOver,
                Ok(()) = registry.changed() => Happening::RegistryChanged,
                outcome = self.pending.first() => Happening::Answered(outcome),
                read = self.stream.read_buf(&mut buffer), if may_read => Happening::Received(read),
                () = sleep_until(self.deadline) => Happening::Quiet,
            };
            match happening {
                Happening::Received(Ok(0)) => return Err(Fault::Lost(io::ErrorKind::UnexpectedEof.into())),
                Happening::Received(Ok(_)) => {
                    let over = self.receive(&buffer).await?;
                    buffer.clear();
                    if over {
                        return Ok(());
                    }
                }
                Happening::Received(Err(error)) => return Err(Fault::Lost(error)),
                Happening::Answered(outcome) => self.answer(outcome)?,
                Happening::Quiet if self.pending.is_empty() => return Err(self.quiet_fault()),
                // It waits for the gateway, not the other way round.
                Happening::Quiet => self.deadline = Instant::now() + self.protocol.quiet_time(),
                Happening::TakenOver => return Err(Fault::TakenOver),
                Happening::RegistryChanged => {
                    let registry = registry.borrow_and_update().clone();
                    if self.session.is_some() {
                        admit(self.protocol.device(), &self.certificate, &registry)
                            .map_err(Fault::NotAdmitted)?;
                    }
                }
                Happening::Shutdown => {
                    self.drain().await?;
                    return Err(Fault::Shutdown);
                }
            }
            self.flush().await?;
        }
    }

    fn quiet_fault(&self) -> Fault {
        if self.session.is_some() { Fault::KeepAlive } else { Fault::ConnectTime }
    }

    /// Takes received bytes; says whether the device said goodbye.
    async fn receive(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        let mut steps = Vec::new();
        self.protocol.receive(bytes, &mut steps);
        for step in steps {
            match step {
                Step::Open(version) => self.open(version).await,
                Step::Batch { packet_id, bytes } => self.submit(packet_id, bytes).await?,
                Step::End(None) => return Ok(true),
                Step::End(Some(fault)) => return Err(fault),
            }
        }
        if self.session.is_some() {
            self.deadline = Instant::now() + self.protocol.quiet_time();
        }
        Ok(false)
    }

    async fn open(&mut self, version: Version) {
        let device = self.protocol.device();
        self.session = Some(self.shared.services.presence.enter(device));
        Connected { peer: self.peer, device, version }.emit(self.shared).await;
    }

    async fn submit(&mut self, packet_id: u16, bytes: Vec<u8>) -> Result<(), Fault> {
        self.shared.post.heard();
        let message = RawMessage::new(self.protocol.device().clone(), self.source.clone(), bytes);
        let outcome = self.shared.services.pipeline.submit(message).await.map_err(|_| Fault::Shutdown)?;
        self.pending.push(packet_id, outcome);
        Ok(())
    }

    /// Passes on the outcome of the first pending batch and of all after it that are known too.
    fn answer(&mut self, mut outcome: Option<Outcome>) -> Result<(), Fault> {
        while let Some(known) = outcome.take() {
            let Some(packet_id) = self.pending.pop() else { return Ok(()) };
            self.protocol.answer(packet_id, &known)?;
            match known {
                Outcome::Refused(_) => self.refusals += 1,
                Outcome::Committed(_) | Outcome::Duplicate | Outcome::Unavailable => self.refusals = 0,
            }
            if self.refusals >= limits::REFUSALS {
                return Err(Fault::Refusals(self.refusals));
            }
            let Some(next) = self.pending.first_known() else { return Ok(()) };
            outcome = next;
        }
        // The pipeline has gone without an outcome.
        Err(Fault::Shutdown)
    }

    /// Before a stop: waits for what is in the pipeline and acknowledges it.
    async fn drain(&mut self) -> Result<(), Fault> {
        while !self.pending.is_empty() {
            let outcome = self.pending.first().await;
            self.answer(outcome)?;
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Fault> {
        let out = self.protocol.take_out();
        if out.is_empty() {
            return Ok(());
        }
        let write = async {
            self.stream.write_all(&out).await?;
            self.stream.flush().await
        };
        timeout(limits::MQTT_WRITE, write).await.map_err(|_| Fault::SlowReader)?.map_err(Fault::Lost)
    }

    /// Sends what is left, as far as the device takes it, and closes.
    async fn hang_up(&mut self) {
        if self.flush().await.is_ok() {
            // The device may have gone already.
            let _ = timeout(Duration::from_secs(1), self.stream.shutdown()).await;
        }
        self.session = None;
    }

    /// What ends a connection may be a refused message, which is to be seen among the others.
    async fn note_refusal(&self, fault: &Fault) {
        let reason = match fault {
            Fault::NotAdmitted(reason) => *reason,
            Fault::Oversized(_) => Reason::Oversized,
            Fault::Crowded(_)
            | Fault::Handshake(_)
            | Fault::ConnectTime
            | Fault::ClientId(_)
            | Fault::Will
            | Fault::Protocol(_)
            | Fault::Qos(_)
            | Fault::Retain
            | Fault::Topic(_)
            | Fault::KeepAlive
            | Fault::SlowReader
            | Fault::Refusals(_)
            | Fault::TakenOver
            | Fault::Unavailable
            | Fault::Shutdown
            | Fault::Lost(_) => return,
        };
        let rejection = Rejection { reason, detail: fault.to_string(), counter: None };
        let refused =
            self.shared.services.pipeline.refuse(self.protocol.device().clone(), &self.source, rejection);
        if let Err(error) = refused.await {
            tracing::warn!(%error, "a refusal could not be written");
        }
    }
}

/// Waits until the device has connected again; for ever while it has not been let in.
async fn taken_over(session: Option<&Session>) {
    match session {
        Some(session) => session.taken_over().await,
        None => std::future::pending().await,
    }
}
