//! One message: what it is, where it goes, what is answered.

use std::sync::Arc;
use std::time::Instant;

use adapters::Alerts;
use clinical::ack::{self, Verdict};
use clinical::header::{Header, Kind};
use clinical::hl7::{Hl7Error, Message, Path, decode};
use clinical::pcd::{self, Decoded, DeviceClaim};
use clinical::validate::{ErrorKind, Finding};
use clinical::{adt, alarm, pcim, query};
use seal::{Batch, Flags, Reason};
use tokio::sync::oneshot;

use super::{Shared, apply};
use crate::config::PatientFrom;
use crate::pipeline::{Outcome, Rejection, Unsealed, Whose, clock_error};
use crate::record::{Digest, Form, device_of};
use crate::store::{StoreError, now};

/// A message that was handed over, until its answer.
pub(super) struct Handling {
    /// Its first segment, which is all that an answer needs of it.
    head: String,
    /// What is wrong with it, for ERR; nothing when it was taken.
    findings: Vec<Finding>,
    state: State,
    since: Instant,
}

enum State {
    /// The committer has it.
    Waiting(oneshot::Receiver<Outcome>),
    /// The committer has bytes that are no message.
    Unreadable(Hl7Error, oneshot::Receiver<Outcome>),
    /// It was applied, and that is on disk.
    Done,
    /// It was a question, and this is the answer.
    Answered(String),
    /// It cannot be applied to what is known here.
    Impossible(String),
    /// It is an answer itself, and has been heard.
    Heard,
    /// The gateway stops.
    Closed,
}

/// What goes back for one message.
pub(super) struct Reply {
    /// None, one or two, in their order.
    pub(super) answers: Vec<String>,
    /// What it brought is on disk, be it in the record or in quarantine.
    pub(super) is_stored: bool,
    /// It lies in quarantine.
    pub(super) is_refused: bool,
}

/// Looks at a frame and hands it over.
pub(super) async fn handle(shared: &Shared, frame: &[u8], from: &Arc<str>) -> Handling {
    let since = Instant::now();
    shared.post.heard();
    let understood = decode(frame);
    let message = understood.as_ref().map_err(Hl7Error::clone).and_then(|text| Message::parse(text));
    let message = match message {
        Ok(message) => message,
        Err(problem) => {
            let waiting = refuse(shared, frame, from, Reason::Malformed, problem.to_string()).await;
            let state = waiting.map_or(State::Closed, |outcome| State::Unreadable(problem, outcome));
            return Handling { head: String::new(), findings: Vec::new(), state, since };
        }
    };
    let head = understood.as_deref().unwrap_or_default().split(['\r', '\n']).next().unwrap_or_default();
    let (findings, state) = match route(shared, &message, frame) {
        Ok(Route::Measured(unsealed)) => {
            let unsealed = Unsealed { peer: from.clone(), ..*unsealed };
            let waiting = shared.services.pipeline.submit_unsealed(unsealed).await;
            (Vec::new(), waiting.map_or(State::Closed, State::Waiting))
        }
        Ok(Route::Admitted(notice)) => Handling::applied(apply::admission(shared, *notice, frame).await),
        Ok(Route::Associated(notice)) => Handling::applied(apply::associations(shared, *notice, frame).await),
        Ok(Route::Alarmed(notice)) => Handling::applied(apply::alarms(shared, *notice, frame).await),
        Ok(Route::Asked(asked)) => {
            (Vec::new(), State::Answered(apply::question(shared, &message, &asked).await))
        }
        Ok(Route::Heard) => (Vec::new(), State::Heard),
        Err(Wrong { reason, finding, detail }) => {
            let waiting = refuse(shared, frame, from, reason, detail).await;
            (vec![finding], waiting.map_or(State::Closed, State::Waiting))
        }
    };
    let state = match state {
        State::Impossible(detail) => {
            let waiting = refuse(shared, frame, from, Reason::Malformed, detail).await;
            waiting.map_or(State::Closed, State::Waiting)
        }
        state @ (State::Waiting(_)
        | State::Unreadable(..)
        | State::Answered(_)
        | State::Done
        | State::Heard
        | State::Closed) => state,
    };
    Handling { head: head.to_owned(), findings, state, since }
}

async fn refuse(
    shared: &Shared,
    frame: &[u8],
    from: &Arc<str>,
    reason: Reason,
    detail: String,
) -> Option<oneshot::Receiver<Outcome>> {
    let rejection = Rejection { reason, detail, counter: None };
    let source = shared.config.name.clone();
    shared.services.pipeline.refuse_message(source, from, frame.to_vec(), rejection).await.ok()
}

/// Where a message goes.
enum Route {
    /// To the committer, as readings.
    Measured(Box<Unsealed>),
    /// To the registry: who came, moved and went.
    Admitted(Box<adt::Notice>),
    /// To the registry: which device is with whom.
    Associated(Box<pcim::Notice>),
    /// To the alarms.
    Alarmed(Box<alarm::Notice>),
    /// To the registry, as a question.
    Asked(Box<query::Query>),
    /// Nowhere: it answers an answer of ours.
    Heard,
}

/// Why a message is not taken.
struct Wrong {
    reason: Reason,
    finding: Finding,
    detail: String,
}

impl Wrong {
    fn of(finding: Finding) -> Self {
        Self { reason: Reason::Malformed, detail: finding.to_string(), finding }
    }
}

fn route(shared: &Shared, message: &Message<'_>, frame: &[u8]) -> Result<Route, Wrong> {
    let (config, kind) = (&shared.config, Kind::of(message));
    let (may, what, key) = match kind {
        Kind::Observations | Kind::Alarm => (config.unsealed, "measurements without a seal", "unsealed"),
        Kind::Admission | Kind::Association => {
            (config.admissions, "admissions and associations", "admissions")
        }
        Kind::Query => (config.queries, "questions for patients", "queries"),
        Kind::Answer | Kind::Other => (true, "", ""),
    };
    if !may {
        return Err(Wrong {
            reason: Reason::NotSealed,
            finding: Finding::at(Path::new(b"MSH", 9), ErrorKind::MessageType),
            detail: format!("{what} are taken only from a source with {key} = true"),
        });
    }
    let zone = config.zone.zone();
    match kind {
        Kind::Observations => Ok(Route::Measured(Box::new(measured(shared, message, frame)?))),
        Kind::Alarm => Ok(Route::Alarmed(Box::new(alarm::read(message, zone).map_err(Wrong::of)?))),
        Kind::Admission => Ok(Route::Admitted(Box::new(adt::read(message, zone).map_err(Wrong::of)?))),
        Kind::Association => Ok(Route::Associated(Box::new(pcim::read(message, zone).map_err(Wrong::of)?))),
        Kind::Query => Ok(Route::Asked(Box::new(query::read(message).map_err(Wrong::of)?))),
        Kind::Answer => Ok(Route::Heard),
        Kind::Other => Err(Wrong::of(Finding::at(Path::new(b"MSH", 9), ErrorKind::MessageType))),
    }
}

/// The readings of a message, and whose they are.
fn measured(shared: &Shared, message: &Message<'_>, frame: &[u8]) -> Result<Unsealed, Wrong> {
    let (config, received, arrived) = (&shared.config, now(), Instant::now());
    let decoded = pcd::readings(message, config.zone.zone()).map_err(Wrong::of)?;
    let device =
        device_of(&config.name, word_of(decoded.device(), &decoded.header)).map_err(|error| Wrong {
            reason: Reason::Malformed,
            finding: Finding::at(Path::new(b"OBX", 18), ErrorKind::DataType),
            detail: error.to_string(),
        })?;
    if let Some(detail) = clock_error(decoded.time, received, &shared.services.config.clock) {
        let finding = Finding::at(Path::new(b"OBR", 7), ErrorKind::DataType);
        return Err(Wrong { reason: Reason::Clock, finding, detail });
    }
    let whose = whose(config.patient, &decoded);
    Ok(Unsealed {
        source: config.name.clone(),
        form: Form::Hl7v2,
        zone: config.zone.clone(),
        peer: Arc::from(""),
        whose,
        batch: Batch { device, time: decoded.time, readings: decoded.readings },
        alerts: Alerts::default(),
        digest: Digest::of(frame),
        bytes: frame.to_vec(),
        received,
        arrived,
    })
}

/// By which a source's device is told from its others.
pub(super) fn word_of<'a>(device: &'a DeviceClaim, header: &'a Header) -> &'a str {
    let said = [device.key(), header.application.namespace.as_str()];
    said.into_iter().find(|word| !word.is_empty()).unwrap_or("unnamed")
}

fn whose(from: PatientFrom, decoded: &Decoded) -> Whose {
    let staged = |flags: Flags| flags.contains(Flags::SIMULATED) || flags.contains(Flags::TEST);
    if !decoded.readings.is_empty() && decoded.readings.iter().all(|reading| staged(reading.flags())) {
        return Whose::Nobody;
    }
    match from {
        PatientFrom::Message => Whose::Named(decoded.patient.identifiers.clone()),
        PatientFrom::Association => Whose::Associated,
        PatientFrom::Location => decoded.location.clone().map_or(Whose::Nobody, Whose::In),
    }
}

impl Handling {
    /// What became of a message that was applied, or was to be.
    fn applied(applied: Result<(), StoreError>) -> (Vec<Finding>, State) {
        match applied {
            Ok(()) => (Vec::new(), State::Done),
            Err(StoreError::Conflict(detail)) => (Vec::new(), State::Impossible(detail)),
            Err(error) => {
                tracing::error!(%error, "a message could not be stored");
                (Vec::new(), State::Closed)
            }
        }
    }

    /// Waits for the outcome and writes the answers that the message asked for.
    pub(super) async fn reply(self, shared: &Shared) -> Reply {
        let Self { head, findings, state, since } = self;
        let (outcome, problem) = match state {
            State::Heard => return Reply { answers: Vec::new(), is_stored: true, is_refused: false },
            State::Answered(answer) => {
                return Reply { answers: vec![answer], is_stored: true, is_refused: false };
            }
            State::Done => (Outcome::Duplicate, None),
            State::Closed | State::Impossible(_) => (Outcome::Unavailable, None),
            // A waiter whose committer has gone: the gateway stops.
            State::Waiting(outcome) => (outcome.await.unwrap_or(Outcome::Unavailable), None),
            State::Unreadable(problem, outcome) => {
                (outcome.await.unwrap_or(Outcome::Unavailable), Some(problem))
            }
        };
        shared.post.tally.answered(&outcome, since);
        let is_stored = outcome != Outcome::Unavailable;
        let is_refused = matches!(outcome, Outcome::Refused(_));
        if let Some(problem) = problem {
            let answers = vec![ack::answer_unreadable(&problem, &shared.next_control_id(), now())];
            return Reply { answers, is_stored, is_refused };
        }
        let internal = || vec![Finding { at: None, kind: ErrorKind::Internal }];
        let (verdict, findings) = match outcome {
            Outcome::Committed(_) | Outcome::Duplicate => (Verdict::Accepted, Vec::new()),
            Outcome::Refused(_) if findings.is_empty() => (Verdict::Error, internal()),
            Outcome::Refused(_) => (Verdict::of(&findings), findings),
            Outcome::Unavailable => (Verdict::Rejected, internal()),
        };
        // The first segment was read once already.
        let Ok(message) = Message::parse(&head) else {
            return Reply { answers: Vec::new(), is_stored, is_refused };
        };
        let answers = ack::asked_for(&message, verdict).into_iter();
        let answers = answers
            .map(|code| ack::answer(&message, code, &findings, &shared.next_control_id(), now()))
            .collect();
        Reply { answers, is_stored, is_refused }
    }
}
