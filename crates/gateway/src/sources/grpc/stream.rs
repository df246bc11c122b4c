//! One stream: who speaks, then batches in and receipts out.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use seal::{DeviceId, Reason};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::server::StreamingService;
use tonic::{Code, Request, Response, Status, Streaming};
use wire::grpc::{Batch, Receipt};

use super::{Link, NAME};
use crate::limits;
use crate::listen::{admit, caller};
use crate::pipeline::{Outcome, RawMessage, Rejection};
use crate::presence::Session;
use crate::roster::Post;
use crate::sources::pending::Pending;
use crate::start::Services;
use crate::tokens::Scope;

/// The method.
pub(super) struct Deliver {
    pub(super) link: Link,
}

impl StreamingService<Batch> for Deliver {
    type Response = Receipt;
    type ResponseStream = ReceiverStream<Result<Receipt, Status>>;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Self::ResponseStream>, Status>> + Send>>;

    fn call(&mut self, request: Request<Streaming<Batch>>) -> Self::Future {
        Box::pin(open(self.link.clone(), request))
    }
}

async fn open(
    link: Link,
    request: Request<Streaming<Batch>>,
) -> Result<Response<ReceiverStream<Result<Receipt, Status>>>, Status> {
    let services = link.shared.services.clone();
    let source: Arc<str> = format!("{NAME} {}", link.peer).into();
    let (device, rejection) = who(&link, &request)?;
    if let Some(rejection) = rejection {
        return Err(turn_away(&services, device, &source, rejection).await);
    }
    // Receipts wait in the window, not here.
    let (receipts, out) = mpsc::channel(1);
    let session = services.presence.enter(&device);
    services.metrics.connections.fetch_add(1, Relaxed);
    let conversation = Conversation {
        services: services.clone(),
        post: link.shared.post.clone(),
        source,
        device,
        certificate: link.certificate,
        session,
        pending: Pending::of(&link.shared.post),
        refusals: 0,
        receipts,
    };
    services.tasks.spawn(conversation.run(request.into_inner()));
    Ok(Response::new(ReceiverStream::new(out)))
}

/// The device of the connection, and why it may not deliver, if it may not.
fn who(link: &Link, request: &Request<Streaming<Batch>>) -> Result<(DeviceId, Option<Rejection>), Status> {
    let registry = link.shared.services.registry.now();
    let caller = caller(&link.certificate, &registry)
        .map_err(|fault| Status::new(Code::Unauthenticated, fault.to_string()))?;
    let refuse = |reason, detail| Some(Rejection { reason, detail, counter: None });
    if let Err(reason) = caller.verdict {
        let detail = format!("{} may not deliver", caller.device);
        return Ok((caller.device, refuse(reason, detail)));
    }
    let bearer = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
    let token = bearer.and_then(|value| value.strip_prefix("Bearer "));
    let checked = link.shared.tokens.check(token, Scope::WriteBatches, Some(&link.certificate));
    Ok((caller.device, checked.err().and_then(|fault| refuse(Reason::Token, fault.to_string()))))
}

/// Writes the refusal of a device down; gives the status that tells of it: its message is the reason's word.
async fn turn_away(services: &Services, device: DeviceId, source: &Arc<str>, rejection: Rejection) -> Status {
    let reason = rejection.reason;
    if let Err(error) = services.pipeline.refuse(device, source, rejection).await {
        tracing::warn!(%error, "a refusal could not be written");
    }
    let code = match reason {
        Reason::Token => Code::Unauthenticated,
        Reason::Oversized => Code::ResourceExhausted,
        Reason::UnknownDevice
        | Reason::RevokedDevice
        | Reason::WrongDevice
        | Reason::UnknownKey
        | Reason::Certificate => Code::PermissionDenied,
        Reason::Malformed
        | Reason::NotSealed
        | Reason::BadSignature
        | Reason::BadHash
        | Reason::RepeatedCounter
        | Reason::CounterGap
        | Reason::BrokenChain
        | Reason::Clock => Code::FailedPrecondition,
    };
    Status::new(code, reason.as_str())
}

/// What a device is told of a batch; `None` when it was not stored and there is nothing to say but that.
fn receipt_of(number: u64, outcome: &Outcome) -> Option<Receipt> {
    match outcome {
        Outcome::Committed(_) => Some(Receipt::committed(number)),
        Outcome::Duplicate => Some(Receipt::duplicate(number)),
        Outcome::Refused(Rejection { reason, detail, .. }) => {
            Some(Receipt::refused(number, *reason, detail.clone()))
        }
        Outcome::Unavailable => None,
    }
}

struct Conversation {
    services: Services,
    post: Arc<Post>,
    source: Arc<str>,
    device: DeviceId,
    certificate: Arc<[u8]>,
    session: Session,
    /// Batches in the pipeline, in their order, which is that of the receipts.
    pending: Pending<u64>,
    /// Batches refused since the last accepted one.
    refusals: u32,
    receipts: mpsc::Sender<Result<Receipt, Status>>,
}

/// How a stream ends.
enum End {
    /// The device has sent all, or has gone.
    Done,
    /// The device is told this.
    Said(Status),
}

/// What a stream waits for.
enum Happening {
    Received(Result<Option<Batch>, Status>),
    Answered(Option<Outcome>),
    TakenOver,
    RegistryChanged,
    Gone,
    Shutdown,
}

impl Conversation {
    async fn run(mut self, mut batches: Streaming<Batch>) {
        let end = self.talk(&mut batches).await;
        if let End::Said(status) = end {
            tracing::info!(device = %self.device, message = status.message(), "a device's stream was ended");
            // The device may have gone.
            let _ = self.receipts.send(Err(status)).await;
        }
    }

    async fn talk(&mut self, batches: &mut Streaming<Batch>) -> End {
        let mut registry = self.services.registry.watch();
        let shutdown = self.services.shutdown.clone();
        let mut more = true;
        while more || !self.pending.is_empty() {
            let may_read = more && self.pending.len() < limits::IN_FLIGHT;
            let happening = tokio::select! {
                biased;
                () = shutdown.cancelled(), if more => Happening::Shutdown,
                () = self.session.taken_over() => Happening::TakenOver,
                () = self.receipts.closed() => Happening::Gone,
                Ok(()) = registry.changed() => Happening::RegistryChanged,
                outcome = self.pending.first() => Happening::Answered(outcome),
                received = batches.message(), if may_read => Happening::Received(received),
            };
            let end = match happening {
                Happening::Received(Ok(Some(batch))) => self.submit(batch).await,
                Happening::Received(Ok(None)) => {
                    more = false;
                    None
                }
                Happening::Received(Err(status)) => match self.drain().await {
                    Some(end) => Some(end),
                    None => Some(self.broken(status).await),
                },
                Happening::Answered(outcome) => self.answer(outcome).await,
                Happening::TakenOver => Some(End::Said(Status::aborted("the device connected again"))),
                Happening::RegistryChanged => self.still_admitted(&registry.borrow_and_update().clone()),
                Happening::Gone => Some(End::Done),
                // What is in the pipeline is still answered.
                Happening::Shutdown => {
                    more = false;
                    None
                }
            };
            if let Some(end) = end {
                return end;
            }
        }
        if shutdown.is_cancelled() { End::Said(Status::unavailable("the gateway stops")) } else { End::Done }
    }

    async fn submit(&mut self, batch: Batch) -> Option<End> {
        self.post.heard();
        let message = RawMessage::new(self.device.clone(), self.source.clone(), batch.sealed.into());
        match self.services.pipeline.submit(message).await {
            Ok(outcome) => {
                self.pending.push(batch.number, outcome);
                None
            }
            Err(_) => Some(End::Said(Status::unavailable("the gateway stops"))),
        }
    }

    /// Passes on the outcome of the first pending batch.
    async fn answer(&mut self, outcome: Option<Outcome>) -> Option<End> {
        let number = self.pending.pop()?;
        let receipt = outcome.as_ref().and_then(|outcome| receipt_of(number, outcome));
        let Some(receipt) = receipt else {
            return Some(End::Said(Status::unavailable("batches cannot be stored at present")));
        };
        match outcome {
            Some(Outcome::Refused(_)) => self.refusals += 1,
            Some(Outcome::Committed(_) | Outcome::Duplicate | Outcome::Unavailable) | None => {
                self.refusals = 0;
            }
        }
        if self.receipts.send(Ok(receipt)).await.is_err() {
            return Some(End::Done);
        }
        let many = self.refusals >= limits::REFUSALS;
        many.then(|| End::Said(Status::resource_exhausted("too many batches refused in a row")))
    }

    /// Receipts for what came before a message that ends the stream.
    async fn drain(&mut self) -> Option<End> {
        while !self.pending.is_empty() {
            let outcome = self.pending.first().await;
            if let Some(end) = self.answer(outcome).await {
                return Some(end);
            }
        }
        None
    }

    /// What came was no message, or too long for one.
    async fn broken(&self, status: Status) -> End {
        if status.code() != Code::OutOfRange {
            return End::Said(status);
        }
        let detail = format!("a message of more than {} bytes", limits::GRPC_MESSAGE_BYTES);
        let rejection = Rejection { reason: Reason::Oversized, detail, counter: None };
        End::Said(turn_away(&self.services, self.device.clone(), &self.source, rejection).await)
    }

    fn still_admitted(&self, registry: &crate::registry::Snapshot) -> Option<End> {
        let reason = admit(&self.device, &self.certificate, registry).err()?;
        Some(End::Said(Status::permission_denied(reason.as_str())))
    }
}
