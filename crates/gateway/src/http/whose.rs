//! Whose readings a tile shows: whom the device is with, or, when no association says so, whom the source's own messages name.

use super::shapes::PatientRef;
use crate::record::{Association, Device, Encounter, PatientId, StoredBatch, Trust};
use crate::store::{Reader, StoreError};

/// Where somebody was admitted to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admitted {
    /// Nothing is known of any visit.
    NotKnown,
    /// They have gone.
    Gone,
    /// They are here; the bed, or all of the place where none is named.
    Here(String),
}

impl Admitted {
    /// The bed, if they are here; empty otherwise.
    pub(crate) fn bed(self) -> String {
        match self {
            Self::NotKnown | Self::Gone => String::new(),
            Self::Here(bed) => bed,
        }
    }
}

pub(crate) fn admitted_to(reader: &Reader, patient: PatientId) -> Result<Admitted, StoreError> {
    let visits = reader.encounters(patient)?;
    if visits.is_empty() {
        return Ok(Admitted::NotKnown);
    }
    let Some(visit) = visits.into_iter().find(Encounter::is_open) else { return Ok(Admitted::Gone) };
    Ok(Admitted::Here(bed_of(visit.place.unwrap_or_default())))
}

/// The bed of `unit^room^bed^facility`.
fn bed_of(place: String) -> String {
    match place.split('^').nth(2) {
        Some(bed) if !bed.is_empty() => bed.to_owned(),
        Some(_) | None => place,
    }
}

/// Whom a tile names.
pub(super) struct Shown {
    /// The number under which rows are theirs.
    pub(super) whose: Option<PatientId>,
    /// Who is left of them, if they were merged.
    pub(super) person: Option<PatientId>,
    pub(super) patient: Option<PatientRef>,
}

impl Shown {
    /// Of a device with this association, if it has one, and this last row.
    pub(super) fn of(
        reader: &Reader,
        device: &Device,
        association: Option<&Association>,
        latest: Option<&StoredBatch>,
    ) -> Result<Self, StoreError> {
        let (whose, bed) = match (association, latest) {
            (Some(one), _) => (Some(one.patient), one.bed.clone()),
            (None, Some(row)) => named(reader, &device.trust, row)?,
            (None, None) => (None, String::new()),
        };
        let person = whose.map(|id| reader.survivor(id)).transpose()?;
        let patient = person.map(|id| reader.patient(id)).transpose()?.flatten();
        Ok(Self { whose, person, patient: patient.map(|patient| PatientRef::new(&patient, &bed)) })
    }
}

/// The patient that a source's last message names and their bed; nobody for a device that speaks for itself, and nobody who has gone.
fn named(
    reader: &Reader,
    trust: &Trust,
    row: &StoredBatch,
) -> Result<(Option<PatientId>, String), StoreError> {
    let nobody = (None, String::new());
    let patient = match trust {
        Trust::Seal(_) => None,
        Trust::Source(_) => row.patient,
    };
    let Some(patient) = patient else { return Ok(nobody) };
    Ok(match admitted_to(reader, reader.survivor(patient)?)? {
        Admitted::Gone => nobody,
        here @ (Admitted::NotKnown | Admitted::Here(_)) => (Some(patient), here.bed()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_without_a_bed_is_shown_whole() {
        let bed = |place: &str| bed_of(place.into());
        assert_eq!([bed("ICU^2^23^H"), bed("ICU^2"), bed("ICU^2^^H")], ["23", "ICU^2", "ICU^2^^H"]);
    }
}
