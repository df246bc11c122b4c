//! Sealed batches from a queue of an AMQP 1.0 broker: what programs put there through JMS, or through any other client.
//!
//! A message's body is one sealed batch (a data section, a JMS `BytesMessage`), and its application property `token` is an
//! access token for `batches.relay`, which says which device it is of ([`crate::tokens`]). No certificate reaches the gateway
//! through a broker; that the batch is the device's is proven by its seal.
//!
//! ```text
//!   broker ─► credit ─► token names the device ─► pipeline ─► outcome ─► accepted │ rejected with the reason │ released
//! ```
//!
//! A message is settled when it is on disk, in the order in which messages came: `accepted`; when it was refused, `rejected` with the condition
//! `medseal:REASON`, so that the broker lays it with its dead letters; when it could not be stored, `released`, and the link is left for a
//! while. Credit is the flow control: the broker sends no more than [`limits::IN_FLIGHT`](crate::limits::IN_FLIGHT) ahead.

mod link;

use std::sync::Arc;

use super::remote::{Remote, RemoteError};
use crate::config::AmqpQueue;
use crate::connect::Pauses;
use crate::record::SourceName;
use crate::roster::{Kind, Post};
use crate::start::Services;
use crate::tokens::Tokens;

/// The name of this source in audit and log.
const NAME: &str = "amqp";

/// What a link works with.
struct Shared {
    remote: Remote,
    queue: String,
    services: Services,
    tokens: Arc<Tokens>,
    /// The source's name and the broker's address.
    source: Arc<str>,
    /// In whose name messages of nobody known are refused.
    name: SourceName,
    post: Arc<Post>,
}

/// Connects again and again until the services shut down.
///
/// # Errors
/// [`RemoteError`] when the configuration cannot be used.
pub(crate) fn start(
    config: &AmqpQueue,
    tokens: &Arc<Tokens>,
    services: &Services,
) -> Result<(), RemoteError> {
    let remote = Remote::of(&config.at)?;
    let source = format!("{NAME} {}", remote.target.address()).into();
    let name = NAME.parse().map_err(|_| RemoteError::Address(NAME.into()))?;
    let (queue, tokens, services) = (config.queue.clone(), tokens.clone(), services.clone());
    let address = remote.target.address();
    let post = services.roster.broker(Kind::Amqp, &queue, address, Remote::guard(&config.at));
    let shared = Shared { remote, queue, services, tokens, source, name, post };
    shared.services.tasks.clone().spawn(run(shared));
    Ok(())
}

async fn run(shared: Shared) {
    let mut pauses = Pauses::default();
    loop {
        match link::run(&shared, &mut pauses).await {
            Ok(()) => return,
            Err(fault) => {
                tracing::warn!(source = &*shared.source, %fault, "the broker's connection ended");
                shared.post.lost(fault.to_string());
            }
        }
        if !pauses.wait(&shared.services.shutdown).await {
            return;
        }
    }
}
