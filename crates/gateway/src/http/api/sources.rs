//! `GET /api/sources`: what each way in is doing, whom it turned away and why, and how long certificates last.

use std::sync::atomic::Ordering::Relaxed;

use axum::extract::State;
use axum::{Extension, Json};
use serde::Serialize;

use crate::certificates::{self, Certificate};
use crate::http::Http;
use crate::http::error::Fault;
use crate::http::session::{Principal, Right};
use crate::http::shapes::now;
use crate::limits;
use crate::roster::{Guard, Kind, Line, Post, Turned};
use crate::store::Reader;

#[derive(Debug, Serialize)]
pub(crate) struct Overview {
    now: i64,
    sources: Vec<SourceShape>,
    certificates: Vec<CertificateShape>,
    known: Known,
    /// Whether the HTTPS sources and brokers can be used at all: who gives access tokens.
    tokens: bool,
}

/// How many of each there are.
#[derive(Debug, Serialize)]
struct Known {
    makers: usize,
    devices: usize,
    patients: u64,
    with_patient: usize,
    destinations: usize,
}

#[derive(Debug, Serialize)]
struct SourceShape {
    kind: Kind,
    name: String,
    address: String,
    guard: Guard,
    state: &'static str,
    /// Since when; of a listener, never.
    since: Option<i64>,
    /// Why it is not connected.
    why: Option<String>,
    open: usize,
    most: usize,
    accepted: u64,
    refused: u64,
    messages: u64,
    /// When the last message was handed over.
    last: Option<i64>,
    turned_away: Vec<TurnedShape>,
}

#[derive(Debug, Serialize)]
struct TurnedShape {
    time: i64,
    peer: String,
    device: Option<String>,
    why: String,
}

#[derive(Debug, Serialize)]
struct CertificateShape {
    what: String,
    file: Option<String>,
    subject: Option<String>,
    from: Option<i64>,
    until: Option<i64>,
    /// Why it cannot be read.
    fault: Option<String>,
}

impl From<&Post> for SourceShape {
    fn from(post: &Post) -> Self {
        let (state, since, why) = match post.line() {
            Line::Listening => ("listening", None, None),
            Line::Connecting => ("connecting", None, None),
            Line::Connected(since) => ("connected", Some(since.0), None),
            Line::Lost(since, why) => ("lost", Some(since.0), Some(why)),
        };
        let (open, most) = post.open();
        Self {
            kind: post.kind,
            name: post.name.clone(),
            address: post.address.clone(),
            guard: post.guard,
            state,
            since,
            why,
            open,
            most,
            accepted: post.accepted.load(Relaxed),
            refused: post.refused.load(Relaxed),
            messages: post.messages.load(Relaxed),
            last: post.last(),
            turned_away: post.turned().into_iter().map(TurnedShape::from).collect(),
        }
    }
}

impl From<Turned> for TurnedShape {
    fn from(Turned { time, peer, device, why }: Turned) -> Self {
        Self { time: time.0, peer: peer.to_string(), device, why }
    }
}

impl From<Certificate> for CertificateShape {
    fn from(Certificate { what, file, state }: Certificate) -> Self {
        match state {
            Ok(lasts) => Self {
                what,
                file,
                subject: Some(lasts.subject),
                from: Some(lasts.from.0),
                until: Some(lasts.until.0),
                fault: None,
            },
            Err(fault) => Self { what, file, subject: None, from: None, until: None, fault: Some(fault) },
        }
    }
}

pub(super) async fn sources(
    State(http): State<Http>,
    Extension(who): Extension<Principal>,
) -> Result<Json<Overview>, Fault> {
    // Addresses and names of peers: what the audit log holds too.
    who.needs(Right::ReadAudit)?;
    let registry = http.registry.now();
    let devices: Vec<_> = registry.devices.values().filter(|device| device.status.may_deliver()).collect();
    let with_patient = devices.iter().filter(|device| device.association_at(now()).is_some()).count();
    let patients = http.store.read(Reader::count_patients).await?;
    let mut found = {
        let config = http.config.clone();
        // Files are read: not on a thread that serves others.
        let read = tokio::task::spawn_blocking(move || certificates::of_files(&config)).await;
        read.map_err(|error| Fault::Record(error.to_string()))?
    };
    found.extend(certificates::of_registry(&registry, limits::API_PAGE));
    Ok(Json(Overview {
        now: now().0,
        sources: http.roster.all().iter().map(|post| SourceShape::from(&**post)).collect(),
        certificates: found.into_iter().map(CertificateShape::from).collect(),
        known: Known {
            makers: registry.makers.len(),
            devices: devices.len(),
            patients,
            with_patient,
            destinations: http.config.destinations().count(),
        },
        tokens: http.tokens.is_some(),
    }))
}
