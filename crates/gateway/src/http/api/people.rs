//! `GET /api/patients?find=TEXT` and `?number=NUMBER`: who is meant by what a person types or scans.
//!
//! `find` is for people who choose from a list: names and numbers in which the text occurs. `number` is for scanners: exactly this
//! number, so that a wristband that was misread finds nobody rather than somebody like it.

use axum::extract::{Query, State};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};

use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::http::whose::admitted_to;
use crate::limits;
use crate::record::{Association, Patient, Sex};
use crate::store::{Reader, StoreError};

#[derive(Debug, Deserialize)]
pub(crate) struct Sought {
    find: Option<String>,
    number: Option<String>,
}

/// Somebody to choose from a list, with what tells people of one name apart.
#[derive(Debug, Serialize)]
pub(crate) struct PersonShape {
    id: String,
    identifier: String,
    name: String,
    /// `YYYY-MM-DD`.
    born: Option<String>,
    sex: Sex,
    /// The bed of a device that is with them, else where they were admitted to.
    bed: String,
    /// The devices that are with them now.
    devices: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct People {
    items: Vec<PersonShape>,
    /// Whether more fit than are listed.
    more: bool,
}

pub(super) async fn find(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Query(sought): Query<Sought>,
) -> Result<Json<People>, Fault> {
    who.needs(Right::ReadPatients)?;
    let too_long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > limits::HTTP_WORDS);
    if too_long(&sought.find) || too_long(&sought.number) {
        return Err(Fault::BadRequest(format!("Look for at most {} characters.", limits::HTTP_WORDS)));
    }
    http.reads.note(&http.store, &who, "patients").await;
    let people = http.store.read(move |reader| {
        let found = match &sought.number {
            Some(number) => reader.patients_by_number(number.trim())?,
            None => reader
                .find_patients(sought.find.as_deref().unwrap_or_default().trim(), limits::FOUND_PEOPLE + 1)?,
        };
        let more = found.len() > limits::FOUND_PEOPLE;
        let items = found.iter().take(limits::FOUND_PEOPLE).map(|patient| shape(reader, patient));
        Ok(People { items: items.collect::<Result<_, _>>()?, more })
    });
    Ok(Json(people.await?))
}

fn shape(reader: &Reader, patient: &Patient) -> Result<PersonShape, StoreError> {
    let open: Vec<Association> =
        reader.associations_of(patient.id)?.into_iter().filter(Association::is_open).collect();
    let bed = match open.iter().rev().find(|one| !one.bed.is_empty()) {
        Some(one) => one.bed.clone(),
        None => admitted_to(reader, patient.id)?.bed(),
    };
    Ok(PersonShape {
        id: patient.id.to_string(),
        identifier: patient.person.identifier.clone(),
        name: full_name(patient),
        born: patient.person.born.clone(),
        sex: patient.person.sex,
        bed,
        devices: open.iter().map(|one| one.device.to_string()).collect(),
    })
}

/// Given names, then family name.
pub(super) fn full_name(patient: &Patient) -> String {
    format!("{} {}", patient.person.given, patient.person.family).trim().to_owned()
}
