//! Procedures against a live server, with the programs that they use.

use evaluator::catalog::{Catalog, Edition, State};
use evaluator::probe::program::CURL;
use evaluator::probe::{self, BY_HAND, Consent, Ended, Laboratory, PROCEDURES, Record};
use evaluator::product::Evaluation;
use evaluator::template::{Fill, documents};
use evaluator::verdict::CheckUnit;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

/// A server that has a disclosure policy for anybody, asks for a log-in for the support period, and redirects all else.
fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut request = [0; 2048];
            let read = stream.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..read]).into_owned();
            let (status, body) = match request.split(' ').nth(1).unwrap_or_default() {
                "/policy" => {
                    let words = "Contact: mailto:psirt@maker.example. We acknowledge within 3 days, with a status every 14 days.";
                    ("200 OK", words)
                }
                "/support" => ("401 Unauthorized", ""),
                _ => ("302 Found\r\nLocation: /login", ""),
            };
            let _gone = write!(
                stream,
                "HTTP/1.1 {status}\r\nServer: pulse/1.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    port
}

/// The sample product, with its documents and one endpoint at an address.
fn evaluation(catalog: &Catalog, port: u16) -> Evaluation {
    let mut texts = documents(catalog, Edition::V2_1_1, Fill::Example);
    let mut user_info = String::new();
    for line in texts["ixit/02-user-info.toml"].lines() {
        let line = if line.starts_with("publication-of-vulnerability-disclosure-policy") {
            format!("publication-of-vulnerability-disclosure-policy = \"At http://127.0.0.1:{port}/policy\"")
        } else if line.starts_with("publication-of-support-period") {
            format!("publication-of-support-period = \"At http://127.0.0.1:{port}/support\"")
        } else {
            line.to_owned()
        };
        user_info.push_str(&line);
        user_info.push('\n');
    }
    texts.insert("ixit/02-user-info.toml".into(), user_info);
    let (mut evaluation, _) = Evaluation::parse(&texts, catalog);
    let mut endpoint = evaluation.dut.endpoints[0].clone();
    let row = evaluation.ixit.tables[&"15".parse().unwrap()].rows[0].name().to_owned();
    endpoint.row.as_mut().unwrap().value = row;
    endpoint.address.as_mut().unwrap().value = format!("http://127.0.0.1:{port}/");
    let at = endpoint.at.clone();
    endpoint.anonymous_status = Some(evaluator::finding::Located::new(401, at));
    evaluation.dut.endpoints = vec![endpoint];
    evaluation
}

/// Carries out some procedures.
fn carried_out(catalog: &Catalog, evaluation: &Evaluation, ids: &[&str]) -> (Vec<Record>, Vec<String>) {
    let laboratory = Laboratory {
        catalog,
        evaluation,
        folder: Path::new("."),
        state: State::Initialised,
        consent: Consent::OnlyAsk,
        tell: &|_| {},
    };
    let mut records = Vec::new();
    let mut gaps = Vec::new();
    for procedure in PROCEDURES.iter().filter(|procedure| ids.contains(&procedure.id)) {
        match probe::run(procedure, &laboratory) {
            Ended::Done(record) => records.push(*record),
            Ended::Failed(error) => gaps.push(error.to_string()),
            Ended::NotAsked(what) => gaps.push(what.to_owned()),
        }
    }
    (records, gaps)
}

fn outcomes(records: &[Record], procedure: &str) -> Vec<String> {
    let record = records.iter().find(|record| record.procedure == procedure).unwrap();
    record.outcomes.iter().map(|outcome| format!("{} {}", outcome.target(), outcome.verdict())).collect()
}

#[test]
fn procedures_find_out_and_leave_what_another_can_repeat() {
    let catalog = Catalog::embedded().unwrap();
    let evaluation = evaluation(&catalog, server());
    let (records, gaps) = carried_out(&catalog, &evaluation, &["A07", "A09", "A10"]);
    if CURL.path().is_none() {
        // Without the program the gap names it and the line that installs it, and nothing is decided.
        assert!(gaps.iter().any(|gap| gap.contains("curl is missing: apt-get install curl")), "{gaps:?}");
        return;
    }
    let published = outcomes(&records, "A09");
    for expected in
        ["5.2-1-2a PASS", "5.2-1-2b PASS", "5.3-13-2a FAIL", "5.3-13-2b FAIL", "5.3-13-2c INCONCLUSIVE"]
    {
        assert!(published.iter().any(|found| found == expected), "{expected}: {published:?}");
    }
    // A declared 401 that is a 302: evidence for a person, no verdict of the tool's.
    let anonymous = records.iter().find(|record| record.procedure == "A07").unwrap();
    assert!(anonymous.output.contains("302, DIFFERS from the declared 401"), "{}", anonymous.output);
    assert!(anonymous.outcomes.is_empty());
    assert_eq!(anonymous.against.len(), 3, "nobody, and two made-up credentials: {:?}", anonymous.against);
    let headers = records.iter().find(|record| record.procedure == "A10").unwrap();
    assert!(headers.output.contains("=> discloses server: pulse/1.4"), "{}", headers.output);
    for record in &records {
        assert!(!record.tool.is_empty() && !record.version.is_empty() && !record.command.is_empty());
        assert!(record.started <= record.ended);
    }
}

#[test]
fn the_table_of_procedures_is_of_the_catalog_and_decides_checks_only() {
    let catalog = Catalog::embedded().unwrap();
    let mut last = "";
    for procedure in PROCEDURES {
        assert!(last < procedure.id, "in order, each once: {}", procedure.id);
        last = procedure.id;
        assert!(catalog.procedures.iter().any(|known| known.id == procedure.id), "{}", procedure.id);
        for unit in procedure.decides {
            let rule = catalog.rule(unit.parse().unwrap()).unwrap();
            assert!(CheckUnit::of(rule).is_some(), "{}: {unit} is a person's", procedure.id);
        }
        for unit in procedure.prepares {
            assert!(catalog.rule(unit.parse().unwrap()).is_some(), "{}: {unit}", procedure.id);
        }
    }
}

#[test]
fn each_functional_check_is_decided_by_a_procedure_or_by_hand_for_a_reason() {
    let catalog = Catalog::embedded().unwrap();
    let from_documents: Vec<_> = probe::documents::units().collect();
    let mut by_tool = 0;
    for rule in catalog.rules().filter(|rule| CheckUnit::of(rule).is_some()) {
        let unit = rule.unit.to_string();
        let is_by_hand = BY_HAND.iter().any(|(known, _)| *known == unit);
        let is_decided = PROCEDURES.iter().any(|procedure| procedure.decides.contains(&unit.as_str()));
        let ways = [from_documents.contains(&rule.unit), is_decided, is_by_hand];
        assert_eq!(ways.iter().filter(|way| **way).count(), 1, "{unit}: {ways:?}");
        by_tool += usize::from(is_decided);
    }
    assert_eq!(by_tool, 14);
}
