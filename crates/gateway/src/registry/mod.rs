//! Who may deliver, and whose patient each device is with: makers, devices, patients, associations.
//!
//! The store holds it; a [`Snapshot`] of it lies in memory for the way of a batch. The committer replaces
//! the snapshot after each commit that changed the registry and before it answers the change's waiter, so a
//! revocation is in force when its caller hears of it. [`Administration`] makes the changes.

mod administration;
mod admission;
pub(crate) mod associations;
pub(crate) mod by_hand;
pub(crate) mod demographics;

use std::collections::HashMap;
use std::sync::Arc;

use seal::{DeviceCertificate, DeviceId, Maker, Micros, Purpose, VerifyingKey};
use tokio::sync::watch;

pub(crate) use administration::not_enrolled;
pub use administration::{Administration, EnrolError, NewDevice};
pub(crate) use admission::Admission;
pub(crate) use associations::decide;
pub use associations::{Proposal, Word};

use crate::record::{Association, DeviceStatus, Enrolment, SourceName, Trust};
use crate::store::{Reader, StoreError};

/// A device as the pipeline needs it.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// Its id.
    pub id: DeviceId,
    /// Whether it may deliver.
    pub status: DeviceStatus,
    /// What vouches for what it sends.
    pub speaker: Speaker,
    /// Its associations, oldest first.
    pub associations: Vec<Association>,
}

/// What vouches for a device's readings, ready to be used.
#[derive(Clone, Debug)]
pub enum Speaker {
    /// Its certificates, with what verifies its seals.
    Itself(Arc<Identity>),
    /// The source that speaks for it.
    Source(SourceName),
}

/// A device's certificates.
#[derive(Debug)]
pub struct Identity {
    /// The checked seal certificate; `None` when no accepted maker issued it.
    pub seal: Option<DeviceCertificate>,
    /// The seal certificate, DER.
    pub seal_certificate: Vec<u8>,
    /// The TLS client certificate, DER.
    pub tls_certificate: Vec<u8>,
}

impl Enrolled {
    /// Its certificates, if it seals.
    pub fn identity(&self) -> Option<&Arc<Identity>> {
        match &self.speaker {
            Speaker::Itself(identity) => Some(identity),
            Speaker::Source(_) => None,
        }
    }

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
    /// The accepted makers.
    pub makers: Arc<[Maker]>,
    /// The keys with which devices sign assertions for the token service.
    pub token_keys: HashMap<DeviceId, VerifyingKey>,
}

impl Snapshot {
    /// Reads it from the store. Certificates that the snapshot `before` has checked against the same makers are
    /// not checked again.
    pub(crate) fn load(reader: &Reader, before: &Self) -> Result<Self, StoreError> {
        let makers = load_makers(reader, before)?;
        let mut associations: HashMap<DeviceId, Vec<Association>> = HashMap::new();
        for one in reader.associations()? {
            associations.entry(one.device.clone()).or_default().push(one);
        }
        let mut devices = HashMap::new();
        for device in reader.devices()? {
            let (id, status) = (device.id, device.status);
            let speaker = match device.trust {
                Trust::Source(source) => Speaker::Source(source),
                Trust::Seal(enrolment) => {
                    let known = before.devices.get(&id).and_then(|known| known.identity()).filter(|known| {
                        Arc::ptr_eq(&makers, &before.makers)
                            && known.seal_certificate == enrolment.seal_certificate
                            && known.tls_certificate == enrolment.tls_certificate
                    });
                    Speaker::Itself(known.cloned().unwrap_or_else(|| Arc::new(check(&makers, *enrolment))))
                }
            };
            let associations = associations.remove(&id).unwrap_or_default();
            devices.insert(id.clone(), Arc::new(Enrolled { id, status, speaker, associations }));
        }
        let keys = reader.token_keys()?;
        let token_keys = keys.into_iter().map(|key| (key.device().clone(), key)).collect();
        Ok(Self { devices, makers, token_keys })
    }
}

fn load_makers(reader: &Reader, before: &Snapshot) -> Result<Arc<[Maker]>, StoreError> {
    let stored = reader.makers()?;
    if before.makers.iter().map(Maker::der).eq(stored.iter().map(Vec::as_slice)) {
        return Ok(before.makers.clone());
    }
    let parse = |der: &Vec<u8>| {
        Maker::from_der(der)
            .map_err(|error| StoreError::Value { what: "a maker's certificate", value: error.to_string() })
    };
    stored.iter().map(parse).collect()
}

fn check(makers: &[Maker], device: Enrolment) -> Identity {
    let seal = makers.iter().find_map(|maker| maker.check(&device.seal_certificate, Purpose::Seal).ok());
    Identity { seal, seal_certificate: device.seal_certificate, tls_certificate: device.tls_certificate }
}

/// The snapshot in force. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Registry(Arc<watch::Sender<Arc<Snapshot>>>);

impl Default for Registry {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Arc::default())))
    }
}

impl Registry {
    /// The registry as it is now.
    pub fn now(&self) -> Arc<Snapshot> {
        self.0.borrow().clone()
    }

    /// Tells of every change from now on.
    pub fn watch(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.0.subscribe()
    }

    pub(crate) fn replace(&self, snapshot: Snapshot) {
        self.0.send_replace(Arc::new(snapshot));
    }
}
