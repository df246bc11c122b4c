//! Who may deliver, and whose patient each device is with: devices, makers, patients, associations.
//!
//! The store holds it; a [`Snapshot`] of it lies in memory for the way of a batch. The committer replaces
//! the snapshot after each commit that changed the registry, so what a change's waiter sees afterwards is in force.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use seal::{DeviceId, KeyError, Micros, VerifyingKey};

use crate::record::{Association, DeviceStatus};
use crate::store::{Reader, StoreError};

/// A device as the pipeline needs it.
#[derive(Debug)]
pub struct Enrolled {
    /// Its id.
    pub id: DeviceId,
    /// Whether it may deliver.
    pub status: DeviceStatus,
    /// What verifies its seals.
    pub key: VerifyingKey,
    /// Its TLS client certificate, DER.
    pub tls_certificate: Vec<u8>,
    /// Its associations, oldest first.
    pub associations: Vec<Association>,
}

impl Enrolled {
    /// The association that held at `time`; the youngest when several did.
    pub fn association_at(&self, time: Micros) -> Option<&Association> {
        self.associations.iter().rev().find(|one| one.covers(time))
    }
}

/// The registry at one moment.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// All devices.
    pub devices: HashMap<DeviceId, Arc<Enrolled>>,
    /// The certificates of the accepted makers, DER.
    pub makers: Vec<Vec<u8>>,
}

impl Snapshot {
    /// Reads it from the store.
    ///
    /// # Errors
    /// Those of the store, and a stored certificate that is none.
    pub(crate) fn load(reader: &Reader<'_>) -> Result<Self, StoreError> {
        let mut associations: HashMap<DeviceId, Vec<Association>> = HashMap::new();
        for one in reader.associations()? {
            associations.entry(one.device.clone()).or_default().push(one);
        }
        let mut devices = HashMap::new();
        for device in reader.devices()? {
            let key = VerifyingKey::from_certificate_der(&device.seal_certificate).map_err(stored_key)?;
            let enrolled = Enrolled {
                id: device.id.clone(),
                status: device.status,
                key,
                tls_certificate: device.tls_certificate,
                associations: associations.remove(&device.id).unwrap_or_default(),
            };
            devices.insert(device.id, Arc::new(enrolled));
        }
        Ok(Self { devices, makers: reader.makers()? })
    }
}

fn stored_key(error: KeyError) -> StoreError {
    StoreError::Value { what: "a seal certificate", value: error.to_string() }
}

/// The snapshot in force. Cloning it is cheap.
#[derive(Clone, Debug, Default)]
pub struct Registry(Arc<RwLock<Arc<Snapshot>>>);

impl Registry {
    /// The registry as it is now.
    pub fn now(&self) -> Arc<Snapshot> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn replace(&self, snapshot: Snapshot) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }
}
