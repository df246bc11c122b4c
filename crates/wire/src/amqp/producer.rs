//! The end that puts batches into a queue.
//!
//! ```text
//! put ─► messages ─► task: credit, transfer ─► settling, in order ─► settled
//!                      └► link ended ───────────────────────────────┘
//! ```
//!
//! The task has the link, so that batches go out while nobody waits, and so that a wait that is given up loses nothing. It ends
//! with the link, or with the [`Producer`].

use fe2o3_amqp::link::delivery::DeliveryFut;
use fe2o3_amqp::link::{SendError, Sender};
use fe2o3_amqp::types::messaging::{Outcome, Target, TerminusDurability};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::{Conversation, Fault, Settlement, SignIn, link_name, message, protocol};

/// What a broker is going to say of a message.
type Settling = DeliveryFut<Result<Outcome, SendError>>;

/// A batch on its way to the task.
struct Put {
    token: String,
    sealed: Vec<u8>,
}

/// A link to a queue. How much may be under way is the caller's to limit.
pub struct Producer {
    messages: UnboundedSender<Put>,
    settling: UnboundedReceiver<Result<Settling, Fault>>,
    /// Of the oldest message that is not settled, once it was waited for.
    oldest: Option<Settling>,
    task: Task,
}

/// Ends with its producer, unless that waits for its goodbye.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Producer {
    /// Signs in and attaches.
    ///
    /// # Errors
    /// [`Fault`]
    pub async fn open<Io>(stream: Io, sign_in: SignIn<'_>, queue: &str) -> Result<Self, Fault>
    where
        Io: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin + 'static,
    {
        let mut conversation = Conversation::open(stream, sign_in).await?;
        let target = Target::builder().address(queue).durable(TerminusDurability::UnsettledState).build();
        let sender = Sender::builder()
            .name(link_name(queue))
            .target(target)
            .attach(&mut conversation.session)
            .await
            .map_err(protocol)?;
        let (messages, to_send) = unbounded_channel();
        let (sent, settling) = unbounded_channel();
        let task = Task(tokio::spawn(send_all(sender, conversation, to_send, sent)));
        Ok(Self { messages, settling, oldest: None, task })
    }

    /// Sends a batch, behind those before it, as soon as the broker gives credit.
    ///
    /// # Errors
    /// [`Fault::Ended`]; why, [`Producer::settled`] has said or says.
    pub fn put(&mut self, token: &str, sealed: Vec<u8>) -> Result<(), Fault> {
        self.messages.send(Put { token: token.to_owned(), sealed }).map_err(|_| Fault::Ended)
    }

    /// What became of the oldest batch of which it has not been said. While there is none it waits for the link's end. It may be
    /// dropped before it is ready without anything being lost.
    ///
    /// # Errors
    /// [`Fault`] when the link has ended: what was not settled may have been taken or not.
    pub async fn settled(&mut self) -> Result<Settlement, Fault> {
        let oldest = match &mut self.oldest {
            Some(oldest) => oldest,
            none => none.insert(self.settling.recv().await.ok_or(Fault::Ended)??),
        };
        let outcome = oldest.await;
        self.oldest = None;
        outcome.map(message::settled).map_err(protocol)
    }

    /// Says goodbye; the broker may have gone.
    pub async fn close(self) {
        let Self { messages, mut task, .. } = self;
        drop(messages);
        // It ends by itself now.
        let _ = (&mut task.0).await;
    }
}

async fn send_all(
    mut sender: Sender,
    conversation: Conversation,
    mut messages: UnboundedReceiver<Put>,
    sent: UnboundedSender<Result<Settling, Fault>>,
) {
    loop {
        let put = tokio::select! {
            put = messages.recv() => put,
            ended = sender.on_detach() => {
                // Whoever waits hears it, if anybody does.
                let _ = sent.send(Err(protocol(ended)));
                return;
            }
        };
        let Some(Put { token, sealed }) = put else { break };
        let settling = sender.send_batchable(message::write(&token, sealed)).await.map_err(protocol);
        let failed = settling.is_err();
        if sent.send(settling).is_err() || failed {
            return;
        }
    }
    let _ = sender.close().await;
    conversation.close().await;
}
