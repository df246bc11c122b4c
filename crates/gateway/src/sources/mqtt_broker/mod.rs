//! Sealed batches from an MQTT broker that a house has already.
//!
//! The gateway connects to it as a client with a session that outlives the connection (MQTT 5) and subscribes with QoS 1. A
//! message is acknowledged to the broker when it is on disk or refused for good, in the order in which messages came; what could not be
//! stored is not acknowledged, the connection is left, and the broker delivers it again.
//!
//! ```text
//!   broker ─► topic names a device (a claim) ─► pipeline ─► outcome ─► PUBACK in order
//!                                                seal proves it      └► refused: the device's topic `refused`
//! ```
//!
//! Who a message is of is what its topic says, which only the broker's own access rules protect; that a batch is of that
//! device is proven by its seal. What is refused is told to the device at `medseal/v1/DEVICE/refused`: a publisher's PUBACK is the broker's and
//! says nothing of us. A device behind a broker relies on the broker's persistence from that PUBACK on; that is the price of this way.

mod link;
mod wire;

pub use wire::broker;

use std::sync::Arc;

use super::remote::{Remote, RemoteError};
use crate::config::MqttBroker;
use crate::connect::Pauses;
use crate::roster::{Kind, Post};
use crate::start::Services;

/// The name of this source in audit and log.
const NAME: &str = "mqtt-broker";

/// Connects again and again until the services shut down.
///
/// # Errors
/// [`RemoteError`] when the configuration cannot be used.
pub(crate) fn start(config: &MqttBroker, services: &Services) -> Result<(), RemoteError> {
    let remote = Remote::of(&config.at)?;
    let address = remote.target.address();
    let post = services.roster.broker(Kind::MqttBroker, &config.topics, address, Remote::guard(&config.at));
    services.tasks.spawn(run(remote, config.clone(), services.clone(), post));
    Ok(())
}

async fn run(remote: Remote, config: MqttBroker, services: Services, post: Arc<Post>) {
    let source: Arc<str> = format!("{NAME} {}", remote.target.address()).into();
    let mut pauses = Pauses::default();
    loop {
        let ended = link::run(&remote, &config, &services, (&source, &post), &mut pauses).await;
        match ended {
            Ok(()) => return,
            Err(fault) => {
                tracing::warn!(source = &*source, %fault, "the broker's connection ended");
                post.lost(fault.to_string());
            }
        }
        if !pauses.wait(&services.shutdown).await {
            return;
        }
    }
}
