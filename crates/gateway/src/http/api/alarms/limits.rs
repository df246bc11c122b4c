//! The limits in force, who set them, and setting others. A body is `{"low": 90, "high": null, "priority": "high"}`; both bounds `null`
//! take the limit off, on purpose. `DELETE` takes back what was set: what lies beneath holds again.

use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};

use super::parsed;
use crate::alarms::{Book, InForce, Limit, Origin, Rules};
use crate::http::Http;
use crate::http::alarm_shapes::{LimitInForce, LimitShape};
use crate::http::api::patients::allowed;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::record::{AlarmChoice, LimitOwner, PatientId, Priority, Profile, SetLimit, Spo2Scale};
use crate::store::{Reader, StoreError, now};

/// The limits of a profile.
#[derive(Serialize)]
pub(super) struct ProfileLimits {
    profile: Profile,
    /// Where the rules' own come from.
    source: String,
    limits: Vec<LimitInForce>,
}

/// The limits of a patient.
#[derive(Serialize)]
pub(super) struct PatientLimits {
    patient: String,
    profile: Profile,
    scale: Spo2Scale,
    /// Who chose profile and scale, and when; none while the usual ones hold.
    chosen: Option<Chosen>,
    limits: Vec<LimitInForce>,
}

#[derive(Serialize)]
struct Chosen {
    by: String,
    since: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewLimit {
    low: Option<f64>,
    high: Option<f64>,
    priority: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewChoice {
    profile: String,
    scale: String,
}

impl ProfileLimits {
    fn read(reader: &Reader, rules: &Rules, profile: Profile) -> Result<Self, StoreError> {
        let book = Book::load(reader)?;
        let (limits, source) = rules.profile(profile);
        let in_force = limits.iter().filter_map(|limit| book.of_profile(rules, profile, limit.code));
        let limits = in_force.map(|limit| LimitInForce::new(&limit, own(limit.base))).collect();
        Ok(Self { profile, source: source.into(), limits })
    }
}

impl PatientLimits {
    fn read(reader: &Reader, rules: &Rules, patient: PatientId) -> Result<Self, StoreError> {
        let book = Book::load(reader)?;
        let profile = book.profile(patient);
        let (limits, _) = rules.profile(profile);
        let in_force = limits.iter().filter_map(|limit| book.limit(rules, patient, limit.code));
        let limits = in_force.map(|limit| LimitInForce::new(&limit, beneath(&book, rules, profile, &limit)));
        let limits = limits.collect();
        let chosen = book.choice(patient).map(|one| Chosen { by: one.by.clone(), since: one.since });
        Ok(Self { patient: patient.to_string(), profile, scale: book.scale(patient), chosen, limits })
    }
}

/// What would hold if nobody had set this one.
fn beneath(book: &Book, rules: &Rules, profile: Profile, limit: &InForce<'_>) -> LimitShape {
    match limit.origin {
        Origin::Patient(_) => book
            .of_profile(rules, profile, limit.base.code)
            .map_or(own(limit.base), |one| LimitShape::from(&one)),
        Origin::Profile(_) | Origin::Rules => own(limit.base),
    }
}

fn own(limit: &Limit) -> LimitShape {
    LimitShape { code: limit.code, low: limit.low, high: limit.high }
}

fn profile(word: &str) -> Result<Profile, Fault> {
    Profile::from_word(word).ok_or(Fault::NotFound("such profile"))
}

fn code(text: &str) -> Result<u32, Fault> {
    text.parse().map_err(|_| Fault::NotFound("such limit"))
}

/// The patient, when there is one, for somebody who may set limits.
async fn patient(http: &Http, who: &Principal, id: &str) -> Result<PatientId, Fault> {
    who.needs(Right::SetAlarms)?;
    let id: PatientId = id.parse().map_err(|_| Fault::NotFound("such patient"))?;
    let known = http.store.read(move |reader| reader.patient(id)).await?;
    known.map(|known| known.id).ok_or(Fault::NotFound("such patient"))
}

pub(super) async fn of_profile(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(word): Path<String>,
) -> Result<Json<ProfileLimits>, Fault> {
    who.needs(Right::ReadPatients)?;
    let (profile, rules) = (profile(&word)?, http.rules.clone());
    Ok(Json(http.store.read(move |reader| ProfileLimits::read(reader, &rules, profile)).await?))
}

pub(super) async fn of_patient(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
) -> Result<Json<PatientLimits>, Fault> {
    let (id, rules) = (allowed(&http, &who, &id).await?, http.rules.clone());
    let found = http.store.read(move |reader| {
        let limits = PatientLimits::read(reader, &rules, id)?;
        Ok(reader.patient(id)?.map(|_| limits))
    });
    found.await?.map(Json).ok_or(Fault::NotFound("such patient"))
}

pub(super) async fn set_of_profile(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path((word, number)): Path<(String, String)>,
    body: String,
) -> Result<Json<ProfileLimits>, Fault> {
    who.needs(Right::SetAlarms)?;
    let (profile, rules) = (profile(&word)?, http.rules.clone());
    set(&http, &who, LimitOwner::Profile(profile), profile, code(&number)?, &body).await?;
    Ok(Json(http.store.read(move |reader| ProfileLimits::read(reader, &rules, profile)).await?))
}

pub(super) async fn set_of_patient(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path((id, number)): Path<(String, String)>,
    body: String,
) -> Result<Json<PatientLimits>, Fault> {
    let (patient, rules) = (patient(&http, &who, &id).await?, http.rules.clone());
    let profile = http.store.read(move |reader| Ok(Book::load(reader)?.profile(patient))).await?;
    set(&http, &who, LimitOwner::Patient(patient), profile, code(&number)?, &body).await?;
    Ok(Json(http.store.read(move |reader| PatientLimits::read(reader, &rules, patient)).await?))
}

async fn set(
    http: &Http,
    who: &Principal,
    owner: LimitOwner,
    profile: Profile,
    code: u32,
    body: &str,
) -> Result<(), Fault> {
    let NewLimit { low, high, priority } = parsed(body)?;
    let priority = Priority::from_word(&priority)
        .ok_or_else(|| Fault::BadRequest(format!("{priority:?} is no priority: high, medium or low.")))?;
    let limit = http.rules.limit(profile, code).ok_or(Fault::NotFound("such limit"))?;
    limit.check(low, high).map_err(|why| Fault::BadRequest(format!("These are no limits: {why}.")))?;
    let (by, actor) = (who.name().to_owned(), who.actor());
    let set = SetLimit { owner, code, low, high, priority, since: now().0, by };
    Ok(http.store.write(move |writer| writer.set_limit(&set, &actor)).await?)
}

pub(super) async fn unset_of_profile(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path((word, number)): Path<(String, String)>,
) -> Result<Json<ProfileLimits>, Fault> {
    who.needs(Right::SetAlarms)?;
    let (profile, rules) = (profile(&word)?, http.rules.clone());
    unset(&http, &who, LimitOwner::Profile(profile), code(&number)?).await?;
    Ok(Json(http.store.read(move |reader| ProfileLimits::read(reader, &rules, profile)).await?))
}

pub(super) async fn unset_of_patient(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path((id, number)): Path<(String, String)>,
) -> Result<Json<PatientLimits>, Fault> {
    let (patient, rules) = (patient(&http, &who, &id).await?, http.rules.clone());
    unset(&http, &who, LimitOwner::Patient(patient), code(&number)?).await?;
    Ok(Json(http.store.read(move |reader| PatientLimits::read(reader, &rules, patient)).await?))
}

async fn unset(http: &Http, who: &Principal, owner: LimitOwner, code: u32) -> Result<(), Fault> {
    let actor = who.actor();
    if http.store.write(move |writer| writer.unset_limit(owner, code, &actor)).await? {
        Ok(())
    } else {
        Err(Fault::NotFound("limit that somebody has set"))
    }
}

/// The body is `{"profile": "adult", "scale": "1"}`.
pub(super) async fn choose(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
    Path(id): Path<String>,
    body: String,
) -> Result<Json<PatientLimits>, Fault> {
    let (patient, rules) = (patient(&http, &who, &id).await?, http.rules.clone());
    let NewChoice { profile: word, scale } = parsed(&body)?;
    let profile = Profile::from_word(&word)
        .ok_or_else(|| Fault::BadRequest(format!("{word:?} is no profile: adult, paediatric or neonate.")))?;
    let scale = Spo2Scale::from_word(&scale)
        .ok_or_else(|| Fault::BadRequest(format!("{scale:?} is no scale: 1 or 2.")))?;
    let (by, actor) = (who.name().to_owned(), who.actor());
    let choice = AlarmChoice { patient, profile, scale, since: now().0, by };
    http.store.write(move |writer| writer.choose(&choice, &actor)).await?;
    Ok(Json(http.store.read(move |reader| PatientLimits::read(reader, &rules, patient)).await?))
}
