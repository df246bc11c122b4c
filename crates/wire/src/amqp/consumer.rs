//! The end that takes batches out of a queue.
//!
//! Credit is given for a number of messages, and again when all of them have come. To give more while some are on their way is allowed
//! (AMQP 1.0 section 2.6.7), and what most clients do; RabbitMQ 3 counts then from what its session has passed on and not from what its
//! queue has sent, and sends more than it may, which a link does not outlive.

use fe2o3_amqp::Receiver;
use fe2o3_amqp::link::delivery::DeliveryInfo;
use fe2o3_amqp::link::receiver::CreditMode;
use fe2o3_amqp::types::messaging::{Body, Source, TerminusDurability};
use fe2o3_amqp::types::primitives::Value;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Conversation, Fault, Settlement, SignIn, link_name, message, protocol};

/// A message to be settled. What is not settled when the link ends the broker delivers again, in its order.
#[derive(Debug)]
pub struct Delivery(DeliveryInfo);

/// A message that came.
#[derive(Debug)]
pub struct Delivered {
    /// By what it is settled.
    pub delivery: Delivery,
    /// The access token, if it bears one: a claim.
    pub token: Option<String>,
    /// The batch; empty when the body is not made of bytes.
    pub sealed: Vec<u8>,
}

/// A link from a queue.
pub struct Consumer {
    receiver: Receiver,
    conversation: Conversation,
    /// How many messages the broker may send ahead.
    credit: u32,
    /// How many of these have not come.
    owed: u32,
}

impl Consumer {
    /// Signs in and attaches. The broker sends at most `credit` messages ahead, each of at most `longest` bytes.
    ///
    /// # Errors
    /// [`Fault`]
    pub async fn open<Io>(
        stream: Io,
        sign_in: SignIn<'_>,
        queue: &str,
        credit: u32,
        longest: u64,
    ) -> Result<Self, Fault>
    where
        Io: AsyncRead + AsyncWrite + std::fmt::Debug + Send + Unpin + 'static,
    {
        let mut conversation = Conversation::open(stream, sign_in).await?;
        let source = Source::builder().address(queue).durable(TerminusDurability::UnsettledState).build();
        let receiver = Receiver::builder()
            .name(link_name(queue))
            .source(source)
            .credit_mode(CreditMode::Manual)
            .max_message_size(longest)
            .attach(&mut conversation.session)
            .await
            .map_err(protocol)?;
        Ok(Self { receiver, conversation, credit, owed: 0 })
    }

    /// The next message. It may be dropped before it is ready without anything being lost.
    ///
    /// # Errors
    /// [`Fault`] when the link has ended.
    pub async fn next(&mut self) -> Result<Delivered, Fault> {
        if self.owed == 0 {
            self.receiver.set_credit(self.credit).await.map_err(protocol)?;
            self.owed = self.credit;
        }
        let (delivery, message) = self.receiver.recv::<Body<Value>>().await.map_err(protocol)?.into_parts();
        self.owed = self.owed.saturating_sub(1);
        let (token, sealed) = message::read(message);
        Ok(Delivered { delivery: Delivery(delivery), token, sealed })
    }

    /// Tells the broker what became of a message.
    ///
    /// # Errors
    /// [`Fault`] when the link has ended.
    pub async fn settle(&mut self, delivery: Delivery, settlement: Settlement) -> Result<(), Fault> {
        let Delivery(delivery) = delivery;
        match settlement {
            Settlement::Accepted => self.receiver.accept(delivery).await,
            Settlement::Rejected(reason) => self.receiver.reject(delivery, message::refusal(reason)).await,
            Settlement::Released => self.receiver.release(delivery).await,
        }
        .map_err(protocol)
    }

    /// Says goodbye; the broker may have gone.
    pub async fn close(self) {
        let _ = self.receiver.close().await;
        self.conversation.close().await;
    }
}
