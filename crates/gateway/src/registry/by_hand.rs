//! A person says which device is with whom, having seen whom it is with now.

use seal::DeviceId;

use super::not_enrolled;
use crate::audit::{Action, Entry};
use crate::record::{Association, DeviceStatus, PatientId};
use crate::store::{StoreError, Writer};

/// Puts a device with a patient from now on.
///
/// # Errors
/// A conflict when device or patient are not known, when the device was withdrawn, or when it is not with `instead_of` any more.
pub(crate) fn put(
    writer: &mut Writer<'_>,
    actor: &str,
    device: &DeviceId,
    patient: PatientId,
    bed: &str,
    instead_of: Option<PatientId>,
) -> Result<Association, StoreError> {
    let known = writer.reader().device(device)?.ok_or_else(|| not_enrolled(device))?;
    match known.status {
        DeviceStatus::Active => {}
        DeviceStatus::Revoked => {
            return Err(StoreError::Conflict(format!("device {device} was withdrawn from use")));
        }
    }
    check(writer, device, instead_of)?;
    let patient = writer.reader().survivor(patient)?;
    if instead_of == Some(patient) {
        return Err(StoreError::Conflict(format!("{device} is with this patient already")));
    }
    let made = writer.associate(device, patient, bed, writer.now())?;
    let entry = Entry::done(actor, Action::Associate, format!("patient:{patient}"));
    writer.audit(entry.with_detail(format!("device:{device} at {bed}, by hand")))?;
    Ok(made)
}

/// Takes a device from its patient now.
///
/// # Errors
/// A conflict when it is not with them.
pub(crate) fn take(
    writer: &mut Writer<'_>,
    actor: &str,
    device: &DeviceId,
    from: PatientId,
) -> Result<Association, StoreError> {
    check(writer, device, Some(from))?;
    let ended = writer.disassociate(device, writer.now())?;
    let ended = ended.ok_or_else(|| StoreError::Conflict(format!("{device} is with nobody")))?;
    let entry = Entry::done(actor, Action::Disassociate, format!("patient:{}", ended.patient));
    writer.audit(entry.with_detail(format!("device:{device}, by hand")))?;
    Ok(ended)
}

/// That the device is with whom the person saw it with.
fn check(writer: &Writer<'_>, device: &DeviceId, seen: Option<PatientId>) -> Result<(), StoreError> {
    let open = writer.reader().associations_of_device(device)?.into_iter().find(Association::is_open);
    let now = open.map(|one| one.patient);
    if now == seen {
        return Ok(());
    }
    let with = now.map_or_else(|| "nobody".to_owned(), |patient| format!("patient {patient}"));
    Err(StoreError::Conflict(format!("{device} is with {with} meanwhile; look again")))
}
