//! What a device manager says of devices and patients (IHE PCIM), inside the committer's transaction.
//!
//! What a person has checked is done at once. What nobody has checked yet becomes a proposal, which a person accepts or rejects;
//! until then nothing changes. A disassociation needs no check: a device that is taken from a patient harms nobody's record.

use clinical::pcd::DeviceClaim;
use clinical::pcim::{Act, Association, Notice, Standing};
use clinical::person::Location;
use seal::{DeviceId, Micros};

use crate::audit::{Action, Entry};
use crate::record::{PatientId, ProposalId, SourceName, device_of};
use crate::store::{StoreError, Writer};

/// Applies a message of associations in the name of a source.
///
/// # Errors
/// [`StoreError::Conflict`] when a device or the patient is not known.
pub(crate) fn apply(writer: &mut Writer<'_>, source: &SourceName, notice: &Notice) -> Result<(), StoreError> {
    let patient = writer.reader().patient_by_identifiers(&notice.patient.identifiers)?;
    for one in &notice.associations {
        let devices = devices(writer, source, one)?;
        for device in devices {
            match (one.act, patient) {
                (Act::Disassociate, _) => take_away(writer, source, &device, one)?,
                (Act::Associate, Some(patient)) => put(writer, source, &device, patient, one)?,
                (Act::Associate, None) => {
                    return Err(StoreError::Conflict("no such patient is registered".into()));
                }
            }
        }
    }
    Ok(())
}

/// The devices meant: by the names that they have as sealing devices, or as devices of this source.
fn devices(writer: &Writer<'_>, source: &SourceName, one: &Association) -> Result<Vec<DeviceId>, StoreError> {
    let mut found = Vec::new();
    for claim in &one.devices {
        let device = known(writer, source, claim)?;
        found.push(device.ok_or_else(|| StoreError::Conflict(format!("no device {}", claim.key())))?);
    }
    if let (true, Some(parent)) = (found.is_empty(), &one.parent) {
        found.extend(writer.devices_by_reference(parent)?);
    }
    Ok(found)
}

fn known(
    writer: &Writer<'_>,
    source: &SourceName,
    claim: &DeviceClaim,
) -> Result<Option<DeviceId>, StoreError> {
    let own = claim.key().parse::<DeviceId>().ok();
    let of_source = device_of(source, claim.key()).ok();
    for device in own.into_iter().chain(of_source) {
        if writer.reader().device(&device)?.is_some() {
            return Ok(Some(device));
        }
    }
    Ok(None)
}

fn put(
    writer: &mut Writer<'_>,
    source: &SourceName,
    device: &DeviceId,
    patient: PatientId,
    one: &Association,
) -> Result<(), StoreError> {
    let bed = one.location.as_ref().map(Location::bed_or_place).unwrap_or_default();
    let from = one.from.unwrap_or(writer.now());
    let (actor, object) = (format!("source:{source}"), format!("patient:{patient}"));
    match one.standing {
        Standing::Validated => {
            let made = writer.associate(device, patient, &bed, from)?;
            writer.set_reference(made.id, &one.id)?;
            let by = one.author.as_deref().unwrap_or("not said");
            let entry = Entry::done(actor, Action::Associate, object);
            writer.audit(entry.with_detail(format!("device:{device} at {bed}, checked by {by}")))
        }
        Standing::NeedsValidation => {
            let id = writer.propose(device, patient, &bed, from, source, &one.id)?;
            let entry = Entry::done(actor, Action::Propose, object);
            writer.audit(entry.with_detail(format!("device:{device} at {bed}: proposal {id}")))
        }
    }
}

fn take_away(
    writer: &mut Writer<'_>,
    source: &SourceName,
    device: &DeviceId,
    one: &Association,
) -> Result<(), StoreError> {
    let at = one.until.or(one.from).unwrap_or(writer.now());
    let Some(ended) = writer.disassociate(device, at)? else { return Ok(()) };
    let entry =
        Entry::done(format!("source:{source}"), Action::Disassociate, format!("patient:{}", ended.patient));
    writer.audit(entry.with_detail(format!("device:{device}")))
}

/// A person's word on a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// It is so.
    Accept,
    /// It is not.
    Reject,
}

/// Decides a proposal in somebody's name: an accepted one becomes an association.
pub(crate) fn decide(
    writer: &mut Writer<'_>,
    id: ProposalId,
    word: Word,
    actor: &str,
) -> Result<(), StoreError> {
    let proposal = writer.reader().proposal(id)?;
    let open = proposal.filter(|one| one.decided.is_none());
    let open = open.ok_or_else(|| StoreError::Conflict(format!("proposal {id} is not open")))?;
    writer.close_proposal(id, word, actor)?;
    let object = format!("patient:{}", open.patient);
    match word {
        Word::Accept => {
            let made = writer.associate(&open.device, open.patient, &open.bed, open.from)?;
            writer.set_reference(made.id, &open.reference)?;
            let entry = Entry::done(actor, Action::Associate, object);
            writer.audit(entry.with_detail(format!("device:{} at {}: proposal {id}", open.device, open.bed)))
        }
        Word::Reject => {
            let entry = Entry::refused(actor, Action::Associate, object);
            writer.audit(entry.with_detail(format!("device:{}: proposal {id}", open.device)))
        }
    }
}

/// What a message said of a device and a patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its number.
    pub id: ProposalId,
    /// The device.
    pub device: DeviceId,
    /// The patient.
    pub patient: PatientId,
    /// Where they are.
    pub bed: String,
    /// From when.
    pub from: Micros,
    /// Who said it.
    pub source: SourceName,
    /// The message's own id for it.
    pub reference: String,
    /// When somebody decided; open while `None`.
    pub decided: Option<Micros>,
}
