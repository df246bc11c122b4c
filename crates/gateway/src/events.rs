//! The live feed: what has just happened, for dashboards and probes.
//!
//! An event is told after the commit that makes it true. A listener that falls more than
//! [`LIVE_FEED`](crate::limits::LIVE_FEED) events behind misses some (`RecvError::Lagged`) and then reads the store
//! again; nobody waits for it.

use std::sync::Arc;

use seal::{DeviceId, Micros};
use tokio::sync::broadcast;

use crate::alarms::Score;
use crate::limits;
use crate::record::{Alarm, Association, Committed, PatientId, Place, Refusal};

/// Something that happened.
#[derive(Clone, Debug)]
pub enum LiveEvent {
    /// A verified batch was committed.
    Batch(Committed),
    /// A message was refused.
    Refused(Refusal),
    /// Something happened to an alarm; the alarm as it is now.
    Alarm(Alarm),
    /// A person set a limit, chose a profile or entered what they saw.
    AlarmSettings,
    /// A patient's early-warning score is another.
    Score(Box<Score>),
    /// A device came, went or was withdrawn.
    Device(DeviceChange),
    /// A device was put with a patient or taken from one.
    Association(Association),
    /// A destination answered an entry of its journal.
    Delivery(Delivery),
}

/// What a device's connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceState {
    /// It has a connection.
    Connected,
    /// It has none.
    Disconnected,
    /// It was withdrawn.
    Revoked,
}

/// A change of a device's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceChange {
    /// The device.
    pub device: DeviceId,
    /// Its state now.
    pub state: DeviceState,
    /// Since when.
    pub since: Micros,
}

/// An answer of a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The destination's name.
    pub destination: String,
    /// The entry of its journal that it answered.
    pub place: Place,
    /// The patient it was about.
    pub patient: Option<PatientId>,
    /// Whether it took the message.
    pub outcome: DeliveryOutcome,
    /// When the answer came.
    pub time: Micros,
}

/// What a destination said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// Accepted.
    Accepted,
    /// Refused, with its reason; the message lies with the dead letters.
    Refused(String),
}

/// The feed's sending end. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct LiveFeed(broadcast::Sender<Arc<LiveEvent>>);

impl Default for LiveFeed {
    fn default() -> Self {
        Self(broadcast::channel(limits::LIVE_FEED).0)
    }
}

impl LiveFeed {
    /// Tells all listeners; without any, nothing happens.
    pub fn tell(&self, event: LiveEvent) {
        // An error means only that nobody listens.
        let _ = self.0.send(Arc::new(event));
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Arc<LiveEvent>> {
        self.0.subscribe()
    }
}
