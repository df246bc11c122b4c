//! A request of somebody who may read patients.

use axum::extract::FromRequestParts;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};

use super::Refusal;
use super::parameters::Parameters;
use crate::audit::{Action, Entry};
use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};

/// Holding one proves that the request is authenticated and carries the right to read patients. Nothing of a patient is answered before
/// [`Asked::note`].
pub(super) struct Asked {
    pub(super) http: Http,
    /// The address of this FHIR server as the client knows it.
    pub(super) base: String,
    /// What the client asked: path and query below [`Asked::base`].
    pub(super) target: String,
    pub(super) parameters: Parameters,
    who: Principal,
}

impl Asked {
    /// Writes to the audit log that `object` is read.
    pub(super) async fn note(&self, object: String) -> Result<(), Refusal> {
        let entry = Entry::done(self.who.actor(), Action::ReadPatient, object);
        let entry = entry.with_detail(format!("GET /fhir{}", self.target));
        Ok(self.http.store.write(move |writer| writer.audit(entry)).await?)
    }

    /// The absolute address that was asked for.
    pub(super) fn own_address(&self) -> String {
        format!("{}{}", self.base, self.target)
    }
}

impl FromRequestParts<Http> for Asked {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, http: &Http) -> Result<Self, Refusal> {
        let who = parts.extensions.get::<Principal>().cloned().ok_or(Fault::NotSignedIn)?;
        who.needs(Right::ReadPatients)?;
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str()).to_owned();
        let parameters = Parameters::parse(parts.uri.query().unwrap_or_default())?;
        Ok(Self { http: http.clone(), base: base(&parts.headers), target, parameters, who })
    }
}

/// The server's address by the request's Host header. A header that is no host gives relative addresses.
pub(super) fn base(headers: &HeaderMap) -> String {
    let host =
        headers.get(HOST).and_then(|host| host.to_str().ok()).and_then(|host| host.parse::<Authority>().ok());
    let uri = host
        .and_then(|host| Uri::builder().scheme("https").authority(host).path_and_query("/fhir").build().ok());
    uri.map_or_else(|| "/fhir".into(), |uri| uri.to_string())
}
