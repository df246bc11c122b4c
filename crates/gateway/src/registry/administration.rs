//! Changes to the registry. Each is checked, written and audited in one transaction.

use clinical::person::Location;
use seal::{DeviceId, IdentityError, KeyId, Maker, Micros, Purpose, SealedBatch, VerifyingKey};

use crate::audit::{Action, Entry};
use crate::events::{DeviceChange, DeviceState, LiveEvent};
use crate::record::{
    Association, AssociationId, BatchId, DeviceStatus, NewPatient, Patient, PatientId, RefusalId,
};
use crate::store::{Reader, Store, StoreError, Writer};

/// A device to be enrolled.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// The certificate of its seal key, DER.
    pub seal_certificate: Vec<u8>,
    /// The certificate of its TLS client key, DER.
    pub tls_certificate: Vec<u8>,
}

/// Why a device or maker is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// A certificate is not what it must be.
    #[error("{which}: {source}")]
    Certificate {
        /// Which one.
        which: &'static str,
        /// Why not.
        source: IdentityError,
    },
    /// No accepted maker issued the certificate.
    #[error("{which}: no accepted maker issued it")]
    NoMaker {
        /// Which one.
        which: &'static str,
    },
    /// The two certificates name different devices.
    #[error("the certificates name {seal} and {tls}")]
    Names {
        /// The seal certificate's.
        seal: DeviceId,
        /// The TLS certificate's.
        tls: DeviceId,
    },
    /// One key for both purposes.
    #[error("seal and TLS must have keys of their own")]
    SameKey,
    /// It could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Changes the registry in somebody's name.
#[derive(Clone, Debug)]
pub struct Administration {
    store: Store,
    actor: String,
}

impl Administration {
    /// On behalf of `actor`, as the audit log names it: `system` or `user:NAME`.
    pub fn new(store: &Store, actor: impl Into<String>) -> Self {
        Self { store: store.clone(), actor: actor.into() }
    }

    /// Accepts the devices of a maker from now on.
    ///
    /// # Errors
    /// When the certificate is not that of a CA with a P-256 key, or it cannot be stored.
    pub async fn add_maker(&self, certificate: &[u8]) -> Result<(), EnrolError> {
        let maker = Maker::from_der(certificate)
            .map_err(|source| EnrolError::Certificate { which: "maker certificate", source })?;
        let actor = self.actor.clone();
        let add = move |writer: &mut Writer<'_>| {
            if writer.add_maker(maker.der())? {
                writer.audit(Entry::done(actor, Action::AddMaker, maker.name()))?;
            }
            Ok(())
        };
        Ok(self.store.write(add).await?)
    }

    /// Enrols a device, or gives an enrolled one new certificates. Its chain goes on where it stood.
    ///
    /// # Errors
    /// When no accepted maker issued both certificates to the same device, each for its purpose and its own key.
    pub async fn enrol(&self, new: NewDevice) -> Result<DeviceId, EnrolError> {
        let makers = self.store.read(Reader::makers).await?;
        let (id, seal_key) = check(&makers, &new)?;
        let (actor, device) = (self.actor.clone(), id.clone());
        let put = move |writer: &mut Writer<'_>| {
            writer.put_device(&device, seal_key, &new.seal_certificate, &new.tls_certificate)?;
            let entry = Entry::done(actor, Action::Enrol, format!("device:{device}"));
            writer.audit(entry.with_detail(format!("seal key {seal_key}")))
        };
        self.store.write(put).await?;
        Ok(id)
    }

    /// Sets the key with which a device's element signs assertions for the token service: an uncompressed point of P-256,
    /// as the device's maker hands it over.
    ///
    /// # Errors
    /// When the device is not enrolled, the point is none, or the change cannot be stored.
    pub async fn set_token_key(&self, device: &DeviceId, point: &[u8; 65]) -> Result<(), EnrolError> {
        let key = VerifyingKey::from_sec1_point(device.clone(), point)
            .map_err(|error| EnrolError::Certificate { which: "token key", source: error.into() })?;
        let (actor, device, point) = (self.actor.clone(), device.clone(), *point);
        let put = move |writer: &mut Writer<'_>| {
            if writer.reader().device(&device)?.is_none() {
                return Err(not_enrolled(&device));
            }
            writer.put_token_key(&device, &point)?;
            let entry = Entry::done(actor, Action::Enrol, format!("device:{device}"));
            writer.audit(entry.with_detail(format!("token key {}", key.key_id())))
        };
        Ok(self.store.write(put).await?)
    }

    /// Withdraws a device: its connection ends, and whatever it sends is refused.
    ///
    /// # Errors
    /// When it is not enrolled, or the change cannot be stored.
    pub async fn revoke(&self, device: &DeviceId) -> Result<(), StoreError> {
        let (actor, device) = (self.actor.clone(), device.clone());
        let revoke = move |writer: &mut Writer<'_>| {
            if !writer.set_status(&device, DeviceStatus::Revoked)? {
                return Err(not_enrolled(&device));
            }
            let (state, since) = (DeviceState::Revoked, writer.now());
            writer.tell(LiveEvent::Device(DeviceChange { device: device.clone(), state, since }));
            writer.audit(Entry::done(actor, Action::Revoke, format!("device:{device}")))
        };
        self.store.write(revoke).await
    }

    /// Registers a patient.
    ///
    /// # Errors
    /// When the identifier is taken, or the change cannot be stored.
    pub async fn add_patient(&self, person: NewPatient) -> Result<Patient, StoreError> {
        let actor = self.actor.clone();
        let add = move |writer: &mut Writer<'_>| {
            let patient = writer.add_patient(person)?;
            writer.audit(Entry::done(actor, Action::AddPatient, format!("patient:{}", patient.id)))?;
            Ok(patient)
        };
        self.store.write(add).await
    }

    /// Puts a device with a patient from `from` on, which ends its association with whoever it was with.
    ///
    /// # Errors
    /// When device or patient are not known, or the change cannot be stored.
    pub async fn associate(
        &self,
        device: &DeviceId,
        patient: PatientId,
        bed: &str,
        from: Micros,
    ) -> Result<Association, StoreError> {
        let (actor, device, bed) = (self.actor.clone(), device.clone(), bed.to_owned());
        let associate = move |writer: &mut Writer<'_>| {
            let made = writer.associate(&device, patient, &bed, from)?;
            let entry = Entry::done(actor, Action::Associate, format!("patient:{patient}"));
            writer.audit(entry.with_detail(format!("device:{device} at {bed}")))?;
            Ok(made)
        };
        self.store.write(associate).await
    }

    /// Takes a device from its patient.
    ///
    /// # Errors
    /// When it is with nobody, or the change cannot be stored.
    pub async fn disassociate(&self, device: &DeviceId, at: Micros) -> Result<Association, StoreError> {
        let (actor, device) = (self.actor.clone(), device.clone());
        let disassociate = move |writer: &mut Writer<'_>| {
            let ended = writer
                .disassociate(&device, at)?
                .ok_or_else(|| StoreError::Conflict(format!("{device} is with nobody")))?;
            let entry = Entry::done(actor, Action::Disassociate, format!("patient:{}", ended.patient));
            writer.audit(entry.with_detail(format!("device:{device}")))?;
            Ok(ended)
        };
        self.store.write(disassociate).await
    }

    /// Puts right that a device was taken to be with another patient than it was: all readings of that association are given to the right
    /// one. What went out is taken back and sent anew.
    ///
    /// # Errors
    /// When the association or the patient is not known, when it was put right already, or the change cannot be stored.
    pub async fn correct(&self, wrong: AssociationId, right: PatientId) -> Result<Association, StoreError> {
        let actor = self.actor.clone();
        let correct = move |writer: &mut Writer<'_>| {
            let (made, rows) = writer.correct(wrong, right)?;
            let entry = Entry::done(actor, Action::Correct, format!("patient:{right}"));
            let detail = format!("association {wrong} is {}: {rows} batches of {}", made.id, made.device);
            writer.audit(entry.with_detail(detail))?;
            writer.tell(LiveEvent::Association(made.clone()));
            Ok(made)
        };
        self.store.write(correct).await
    }

    /// Gives readings to the right patient that messages put with the wrong one by naming them: those of the device of one batch up to another, where no
    /// association says whose they are. What went out is taken back and sent anew. Gives how many batches there were.
    ///
    /// # Errors
    /// When a batch or the patient is not known, the batches are not such or do not belong together, or the change cannot be stored.
    pub async fn correct_named(
        &self,
        between: (BatchId, BatchId),
        right: PatientId,
    ) -> Result<usize, StoreError> {
        let actor = self.actor.clone();
        let correct = move |writer: &mut Writer<'_>| {
            let (first, rows) = writer.correct_named(between, right)?;
            let entry = Entry::done(actor, Action::Correct, format!("patient:{right}"));
            let was = first.patient.map(|wrong| format!("were patient {wrong}'s")).unwrap_or_default();
            let (from, through) = between;
            let detail = format!("{rows} batches of {} from {from} to {through} {was}", first.device);
            writer.audit(entry.with_detail(detail))?;
            Ok(rows)
        };
        self.store.write(correct).await
    }

    /// Says to which place a device belongs; `None`: to none.
    ///
    /// # Errors
    /// When the device is not known, or the change cannot be stored.
    pub async fn place(&self, device: &DeviceId, place: Option<Location>) -> Result<(), StoreError> {
        let (actor, device) = (self.actor.clone(), device.clone());
        let put = move |writer: &mut Writer<'_>| {
            let row = writer.device_row(&device)?.ok_or_else(|| not_enrolled(&device))?;
            writer.place_device(row, place.as_ref())?;
            let entry = Entry::done(actor, Action::PlaceDevice, format!("device:{device}"));
            writer.audit(entry.with_detail(place.map(|place| place.to_string()).unwrap_or_default()))
        };
        self.store.write(put).await
    }

    /// Declares the seals lost that are missing before a message refused for a gap. The device's chain goes on with that
    /// message, which it must send again; the gap stays in the record.
    ///
    /// # Errors
    /// When the message is not one that shows a gap of its device, or the change cannot be stored.
    pub async fn accept_gap(&self, message: RefusalId) -> Result<(), StoreError> {
        let actor = self.actor.clone();
        let accept = move |writer: &mut Writer<'_>| {
            let bytes = writer.reader().quarantined(message)?;
            let sealed = bytes.and_then(|bytes| SealedBatch::parse(&bytes).ok());
            let sealed =
                sealed.ok_or_else(|| StoreError::Conflict(format!("message {message} is not kept")))?;
            let (device, first, last) = writer.skip_gap(message, *sealed.claims(), &actor)?;
            let entry = Entry::done(actor, Action::AcceptGap, format!("device:{device}"));
            writer.audit(entry.with_detail(format!("seals {first} to {last} are lost")))
        };
        self.store.write(accept).await
    }
}

pub(crate) fn not_enrolled(device: &DeviceId) -> StoreError {
    StoreError::Conflict(format!("device {device} is not enrolled"))
}

/// Checks both certificates; gives the device and its seal key's id.
fn check(makers: &[Vec<u8>], new: &NewDevice) -> Result<(DeviceId, KeyId), EnrolError> {
    let seal = issued(makers, "seal certificate", &new.seal_certificate, Purpose::Seal)?;
    let tls = issued(makers, "TLS certificate", &new.tls_certificate, Purpose::TlsClient)?;
    if seal.device() != tls.device() {
        return Err(EnrolError::Names { seal: seal.device().clone(), tls: tls.device().clone() });
    }
    if seal.key_id() == tls.key_id() {
        return Err(EnrolError::SameKey);
    }
    Ok((seal.device().clone(), seal.key_id()))
}

fn issued(
    makers: &[Vec<u8>],
    which: &'static str,
    der: &[u8],
    purpose: Purpose,
) -> Result<VerifyingKey, EnrolError> {
    let mut refused = None;
    for maker in makers {
        match Maker::from_der(maker).and_then(|maker| maker.check(der, purpose)) {
            Ok(certificate) => return Ok(certificate.key),
            Err(IdentityError::Issuer { .. }) => {}
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.map_or(EnrolError::NoMaker { which }, |source| EnrolError::Certificate { which, source }))
}
