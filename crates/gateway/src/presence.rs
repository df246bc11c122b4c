//! Which devices are connected, and that each is so only once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use seal::DeviceId;
use tokio_util::sync::CancellationToken;

use crate::events::{DeviceChange, DeviceState, LiveEvent, LiveFeed};
use crate::store::now;

/// The connections of all devices. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Presence {
    slots: Arc<Mutex<HashMap<DeviceId, Slot>>>,
    live: LiveFeed,
}

#[derive(Debug)]
struct Slot {
    change: DeviceChange,
    /// Ends the connection when the device connects again; none while it is away.
    end: Option<CancellationToken>,
    number: u64,
}

/// A device's connection; dropping it says that the device is gone.
#[derive(Debug)]
pub struct Session {
    presence: Presence,
    device: DeviceId,
    number: u64,
    end: CancellationToken,
}

impl Presence {
    /// Nobody is there.
    pub fn new(live: LiveFeed) -> Self {
        Self { slots: Arc::default(), live }
    }

    /// What each device that has been here since the start is doing.
    pub fn all(&self) -> Vec<DeviceChange> {
        self.slots
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .map(|slot| slot.change.clone())
            .collect()
    }

    /// What a device is doing; `None` when it has not been here since the start.
    pub fn of(&self, device: &DeviceId) -> Option<DeviceChange> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.get(device).map(|slot| slot.change.clone())
    }

    /// A device has come. If it was here already, its older connection is told to end: the device has lost it
    /// (MQTT 5.0 section 3.1.4-3).
    pub fn enter(&self, device: &DeviceId) -> Session {
        let end = CancellationToken::new();
        let change = DeviceChange { device: device.clone(), state: DeviceState::Connected, since: now() };
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let before = slots.remove(device);
        let number = before.as_ref().map_or(0, |slot| slot.number + 1);
        slots.insert(device.clone(), Slot { change: change.clone(), end: Some(end.clone()), number });
        drop(slots);
        if let Some(older) = before.and_then(|slot| slot.end) {
            older.cancel();
        }
        self.live.tell(LiveEvent::Device(change));
        Session { presence: self.clone(), device: device.clone(), number, end }
    }

    fn leave(&self, device: &DeviceId, number: u64) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = slots.get_mut(device).filter(|slot| slot.number == number) else { return };
        slot.end = None;
        slot.change.state = DeviceState::Disconnected;
        slot.change.since = now();
        let change = slot.change.clone();
        drop(slots);
        self.live.tell(LiveEvent::Device(change));
    }
}

impl Session {
    /// Waits until the device has connected again elsewhere.
    pub async fn taken_over(&self) {
        self.end.cancelled().await;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.presence.leave(&self.device, self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_younger_connection_stays() {
        let presence = Presence::new(LiveFeed::default());
        let device: DeviceId = "monitor-1".parse().unwrap();
        let older = presence.enter(&device);
        let younger = presence.enter(&device);
        older.taken_over().await;
        drop(older);
        assert_eq!(presence.of(&device).unwrap().state, DeviceState::Connected);
        drop(younger);
        assert_eq!(presence.of(&device).unwrap().state, DeviceState::Disconnected);
    }
}
