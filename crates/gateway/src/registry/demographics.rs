//! Who fits a monitor's query (QRY^A19, QBP^Q22): all that it states must fit.

use clinical::person::{Identifier, Location};
use clinical::query::Criteria;

use crate::limits;
use crate::record::{Encounter, Patient, Sex};
use crate::store::{Reader, StoreError};

/// A patient who fits, and where they lie.
pub(crate) struct Found {
    pub(crate) patient: Patient,
    pub(crate) place: Option<Location>,
    pub(crate) visit: Option<String>,
}

/// At most [`limits::QUERY_PATIENTS`] of those who fit.
pub(crate) fn find(reader: &Reader, asked: &Criteria) -> Result<Vec<Found>, StoreError> {
    let candidates = match &asked.identifier {
        Some(id) => {
            let authority = asked.authority.clone().unwrap_or_default();
            let identifier = Identifier { id: id.clone(), authority, kind: String::new() };
            let known = reader.patient_by_identifiers(&[identifier])?;
            known.map(|known| reader.patient(known)).transpose()?.flatten().into_iter().collect()
        }
        None => reader.patients()?,
    };
    let mut found = Vec::new();
    for patient in candidates.into_iter().filter(|one| is_like(one, asked)) {
        let here = reader.encounters(patient.id)?.into_iter().find(Encounter::is_open);
        let place = here.as_ref().and_then(|one| one.place.as_deref()).map(location);
        let visit = here.and_then(|one| one.number);
        let fits = |wanted: &Option<String>, is: Option<&String>| {
            wanted.as_ref().is_none_or(|wanted| is.is_some_and(|is| is == wanted))
        };
        let lies = fits(&asked.unit, place.as_ref().map(|place| &place.unit))
            && fits(&asked.room, place.as_ref().map(|place| &place.room))
            && fits(&asked.bed, place.as_ref().map(|place| &place.bed));
        // Accounts are not kept: nobody is known to have the one asked for.
        if lies && fits(&asked.visit, visit.as_ref()) && asked.account.is_none() {
            found.push(Found { patient, place, visit });
        }
        if found.len() >= limits::QUERY_PATIENTS {
            break;
        }
    }
    Ok(found)
}

fn is_like(patient: &Patient, asked: &Criteria) -> bool {
    let person = &patient.person;
    let same = |wanted: &Option<String>, is: &str| {
        wanted.as_ref().is_none_or(|wanted| wanted.to_lowercase() == is.to_lowercase())
    };
    let letter = match person.sex {
        Sex::Female => "F",
        Sex::Male => "M",
        Sex::Other => "O",
        Sex::Unknown => "U",
    };
    same(&asked.family, &person.family)
        && same(&asked.given, &person.given)
        && same(&asked.sex, letter)
        && asked.born.is_none_or(|born| person.born.as_deref() == Some(&born.to_string()))
}

/// From `unit^room^bed^facility`.
fn location(place: &str) -> Location {
    let mut parts = place.split('^').map(str::to_owned);
    let mut next = || parts.next().unwrap_or_default();
    Location { unit: next(), room: next(), bed: next(), facility: next() }
}
