//! What the destinations got: the file of `medseal hl7 listen`, and a FHIR server as small as this needs.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use gateway::record::BatchId;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::account::{Arrival, Delivered, Marks};
use crate::error::{TortureError, io};

/// The names of the feeds in the gateway's configuration.
pub(crate) const EHR: &str = "ehr";
pub(crate) const RECORD: &str = "record";

/// The rows that came to the HL7 receiver, from its file: the control id of each message begins with its row's number.
pub(crate) fn of_ehr(path: &Path) -> Result<Delivered, TortureError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(io(path.display().to_string())(error)),
    };
    let mut arrivals = Vec::new();
    let mut last_row = None;
    for (line, text) in (1..).zip(text.lines()) {
        let wrong = |what: String| TortureError::Record { path: path.into(), line, what };
        let value: Value = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        // A connection that was cut leaves a line too.
        let Some(control_id) = value.get("control_id").and_then(Value::as_str) else { continue };
        if value.get("accepted") != Some(&Value::Bool(true)) {
            let findings = value.get("findings").unwrap_or(&Value::Null);
            return Err(wrong(format!("{control_id} was refused: {findings}")));
        }
        let digits = control_id.strip_prefix("MS").and_then(|rest| rest.split('-').next());
        let row = digits.and_then(|digits| digits.parse().ok()).map(BatchId);
        let row = row.ok_or_else(|| wrong(format!("the control id {control_id}")))?;
        // Where nothing bears a seal there is no place to say that it is a copy; its control id is the same.
        let again = value.pointer("/seal/resent").is_none_or(|resent| *resent == true);
        // A row may make several messages.
        if last_row != Some((row, control_id.to_owned()))
            && last_row.as_ref().is_some_and(|(last, _)| *last == row)
        {
            continue;
        }
        last_row = Some((row, control_id.to_owned()));
        arrivals.push(Arrival { row, again });
    }
    Ok(Delivered { destination: EHR, marks: Marks::Said, arrivals })
}

/// The FHIR server's mood.
#[derive(Debug, Default)]
struct Shared {
    loses_answers: AtomicBool,
    kept: Mutex<Kept>,
}

/// What it holds: observations by their identifier, and which came first.
#[derive(Debug, Default)]
struct Kept {
    observations: HashMap<String, usize>,
    /// Names of seals or messages, again each time that one came.
    arrivals: Vec<String>,
}

/// A FHIR R4 server that takes transactions of conditional creates and knows every patient.
#[derive(Clone, Debug)]
pub(crate) struct FhirServer {
    shared: Arc<Shared>,
    pub(crate) address: SocketAddr,
}

impl FhirServer {
    /// Serves on a free port for as long as the program runs.
    pub(crate) async fn start() -> Result<Self, TortureError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(io("the FHIR server's port"))?;
        let address = listener.local_addr().map_err(io("the FHIR server's port"))?;
        let shared = Arc::<Shared>::default();
        let app = Router::new().route("/fhir", post(transaction)).with_state(shared.clone());
        let app = app.layer(axum::extract::DefaultBodyLimit::max(8 << 20));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { shared, address })
    }

    /// From now on it does what it is told and fails to say so, or says it again.
    pub(crate) fn lose_answers(&self, loses: bool) {
        self.shared.loses_answers.store(loses, Relaxed);
    }

    /// The rows that came, by what they are called in `names`.
    pub(crate) fn delivered(&self, names: &HashMap<String, BatchId>) -> Delivered {
        let kept = self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Of a name that nobody knows no row can be said; the account finds row 0 unknown.
        let row = |name: &String| names.get(name).copied().unwrap_or(BatchId(0));
        let arrivals = kept.arrivals.iter().map(|name| Arrival { row: row(name), again: false }).collect();
        Delivered { destination: RECORD, marks: Marks::ByName, arrivals }
    }

    /// Observations that it created more than once, which a conditional create must not let happen.
    pub(crate) fn doubled(&self) -> usize {
        let kept = self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.observations.values().filter(|created| **created > 1).count()
    }
}

async fn transaction(State(shared): State<Arc<Shared>>, Json(bundle): Json<Value>) -> Response {
    {
        let mut kept = shared.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.carry_out(&bundle);
    }
    if shared.loses_answers.load(Relaxed) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    Json(json!({ "resourceType": "Bundle", "type": "transaction-response" })).into_response()
}

impl Kept {
    fn carry_out(&mut self, bundle: &Value) {
        let entries = bundle.get("entry").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut name = None;
        for entry in entries {
            if entry.pointer("/resource/resourceType").and_then(Value::as_str) != Some("Observation") {
                continue;
            }
            let identifier = entry.pointer("/resource/identifier/0/value").and_then(Value::as_str);
            let Some(identifier) = identifier else { continue };
            name = identifier.split('/').next().map(str::to_owned);
            // Conditional create (FHIR R4 section 3.1.0.8.1): only what bears no such identifier is made.
            let exists = self.observations.contains_key(identifier);
            let is_conditional = entry.pointer("/request/ifNoneExist").is_some_and(Value::is_string);
            if !(exists && is_conditional) {
                *self.observations.entry(identifier.to_owned()).or_default() += 1;
            }
        }
        self.arrivals.extend(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_several_messages_arrives_once_and_again_when_it_comes_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ehr.jsonl");
        let line = |id: &str, resent: bool| {
            json!({ "control_id": id, "accepted": true, "seal": { "resent": resent } }).to_string()
        };
        let lines = [
            line("MS1", false),
            json!({ "accepted": false, "refused": "closed within a message" }).to_string(),
            line("MS2-1", false),
            line("MS2-2", false),
            line("MS1", true),
        ];
        std::fs::write(&path, lines.join("\n")).unwrap();
        let arrivals = of_ehr(&path).unwrap().arrivals;
        let arrived: Vec<_> = arrivals.iter().map(|one| (one.row.0, one.again)).collect();
        assert_eq!(arrived, [(1, false), (2, false), (1, true)]);
        std::fs::write(&path, "{\"control_id\":\"MS1\",\"accepted\":false,\"findings\":[]}").unwrap();
        assert!(of_ehr(&path).unwrap_err().to_string().contains("refused"));
        assert_eq!(of_ehr(&folder.path().join("none")).unwrap().arrivals, []);
    }

    #[test]
    fn what_is_created_without_its_condition_is_counted() {
        let bundle = |condition: Value| {
            json!({ "entry": [{ "resource": { "resourceType": "Observation", "identifier": [{ "value": "abc/0" }] },
                                "request": { "method": "POST", "ifNoneExist": condition } }] })
        };
        let mut kept = Kept::default();
        kept.carry_out(&bundle("identifier=abc/0".into()));
        kept.carry_out(&bundle("identifier=abc/0".into()));
        assert_eq!((kept.observations["abc/0"], kept.arrivals.len()), (1, 2));
        kept.carry_out(&bundle(Value::Null));
        assert_eq!(kept.observations["abc/0"], 2);
    }
}
