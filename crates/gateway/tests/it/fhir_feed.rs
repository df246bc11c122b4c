//! The FHIR feed against a server that conditionally creates as R4 says, and that misbehaves when told to.

use gateway::config::{Feed, FeedKind, Fhir};
use gateway::record::{Journal, LetterId, LetterState, Place};
use gateway::sinks;
use seal::Flags;
use serde_json::{Value, json};

use crate::fhir_server::{FhirServer, MRN, start};
use crate::fixture::Site;
use crate::hl7_feed::{commit, until, with_patient};

async fn position(site: &Site) -> Place {
    site.services.store.read(|reader| reader.outbox("record", Journal::Batches)).await.unwrap()
}

/// A server that knows the patient with this identifier.
async fn server_with(site: &Site, mrn: &str) -> FhirServer {
    let server = start(site).await;
    server.kept.lock().unwrap().add(patient(mrn));
    server
}

fn patient(mrn: &str) -> Value {
    json!({ "resourceType": "Patient", "identifier": [{ "system": MRN, "value": mrn }] })
}

fn terms(feed: &mut Feed) -> &mut Fhir {
    match &mut feed.kind {
        FeedKind::Fhir(terms) => terms,
        FeedKind::Pcd01(_) | FeedKind::Pcd04(_) | FeedKind::Pcim(_) | FeedKind::Oru(..) => {
            panic!("no FHIR feed")
        }
    }
}

#[tokio::test]
async fn every_batch_reaches_the_server_once_however_it_misbehaves() {
    let site = Site::new().await;
    let server = server_with(&site, "MRN-one").await;
    let mut device = with_patient(&site, "one").await;
    commit(&site, &mut device, 3).await;
    // Busy, then broken after it has done everything, then broken once more.
    server.kept.lock().unwrap().moods.extend([(503, false), (500, true), (429, false)]);
    sinks::start(&site.services, &server.feed).unwrap();
    until("position", async || position(&site).await == Place(3)).await;

    let kept = server.kept.lock().unwrap();
    assert_eq!(
        (kept.of("Observation").len(), kept.of("Device").len(), kept.of("Provenance").len()),
        (6, 1, 3)
    );
    assert_eq!((kept.transactions.len(), kept.tokens.len()), (6, 1));
    let rows = site.services.store.read_blocking(|reader| reader.batches(&Default::default())).unwrap();
    for observation in kept.of("Observation") {
        assert_eq!(observation["subject"]["reference"], "Patient/s1");
        assert_eq!(observation["device"]["reference"], "Device/s2");
        assert_eq!(observation["status"], "final");
        let name = observation["identifier"][0]["value"].as_str().unwrap();
        let hash = name.split_once('/').unwrap().0;
        let proof = kept.of("Provenance").into_iter().find(|one| one["id"] == hash).unwrap();
        let address = format!("Observation/{}", observation["id"].as_str().unwrap());
        let targets = proof["target"].as_array().unwrap();
        assert!(targets.iter().any(|target| target["reference"] == *address), "{proof}");
        assert!(!proof["signature"][0]["data"].as_str().unwrap().is_empty());
        assert!(rows.iter().any(|row| format!("{:?}", row.proof).contains("Sealed")), "{hash}");
    }
}

#[tokio::test]
async fn a_patient_that_the_server_does_not_know_lays_the_transaction_aside_until_it_does() {
    let site = Site::new().await;
    let server = server_with(&site, "MRN-one").await;
    let (mut one, mut two) = (with_patient(&site, "one").await, with_patient(&site, "two").await);
    commit(&site, &mut two, 1).await;
    commit(&site, &mut one, 1).await;
    sinks::start(&site.services, &server.feed).unwrap();
    until("position", async || position(&site).await == Place(2)).await;
    let find = async || site.services.store.read(|reader| reader.letter(LetterId(1))).await.unwrap().unwrap();
    let (letter, contents) = find().await;
    assert_eq!((letter.place, letter.state), (Place(1), LetterState::Lying));
    assert!(
        letter.reason.starts_with("412") && letter.reason.ends_with("0 patients match"),
        "{}",
        letter.reason
    );
    assert!(contents.answer.unwrap().contains("OperationOutcome"));
    assert_eq!(server.kept.lock().unwrap().of("Observation").len(), 2);

    server.kept.lock().unwrap().add(patient("MRN-two"));
    let (_, retried) = site.services.store.write(|writer| writer.retry_letter(LetterId(1))).await.unwrap();
    assert!(!retried.overtaken, "nothing later of this patient is there");
    until("delivered", async || find().await.0.state == LetterState::Delivered).await;
    assert_eq!(server.kept.lock().unwrap().of("Observation").len(), 4);
}

#[tokio::test]
async fn a_patient_is_created_where_the_feed_says_so_and_only_once() {
    let site = Site::new().await;
    let mut server = start(&site).await;
    terms(&mut server.feed).create_patients = true;
    let mut device = with_patient(&site, "one").await;
    commit(&site, &mut device, 2).await;
    sinks::start(&site.services, &server.feed).unwrap();
    until("position", async || position(&site).await == Place(2)).await;
    let kept = server.kept.lock().unwrap();
    let patients = kept.of("Patient");
    assert_eq!((patients.len(), &patients[0]["identifier"][0]["value"]), (1, &"MRN-one".into()));
    assert_eq!(
        kept.of("Observation")[3]["subject"]["reference"],
        format!("Patient/{}", patients[0]["id"].as_str().unwrap())
    );
}

#[tokio::test]
async fn a_token_that_the_server_forgot_is_renewed_and_test_readings_stay_here() {
    let site = Site::new().await;
    let server = server_with(&site, "MRN-one").await;
    let mut device = with_patient(&site, "one").await;
    commit(&site, &mut device, 1).await;
    sinks::start(&site.services, &server.feed).unwrap();
    until("position", async || position(&site).await == Place(1)).await;
    // Another token is the current one now.
    server.kept.lock().unwrap().tokens.push("elsewhere".into());
    let mut batch = device.batch(crate::fixture::now(), 2);
    for reading in &mut batch.readings {
        if let seal::Reading::Value { flags, .. } = reading {
            *flags = Flags::TEST;
        }
    }
    let bytes = device.seal(&batch);
    site.send(&device, bytes).await;
    commit(&site, &mut device, 1).await;
    until("position", async || position(&site).await == Place(3)).await;
    let kept = server.kept.lock().unwrap();
    assert_eq!((kept.of("Observation").len(), kept.tokens.len()), (4, 3));
}

#[tokio::test]
async fn a_feed_says_where_to_and_how_or_does_not_start() {
    let site = Site::new().await;
    let FhirServer { feed, .. } = start(&site).await;
    type Change = fn(&mut Feed);
    let with = |change: Change| {
        let mut feed = feed.clone();
        change(&mut feed);
        sinks::start(&site.services, &feed).map_err(|error| error.to_string())
    };
    let cases: [(Change, &str); 6] = [
        (|feed| feed.ca = None, "without TLS"),
        (|feed| feed.plain = true, "without TLS"),
        (|feed| feed.address = "http://localhost/fhir".into(), "https://HOST"),
        (|feed| feed.address = "https://u:p@localhost/fhir".into(), "https://HOST"),
        (|feed| feed.address = "localhost".into(), "https://HOST"),
        (|feed| terms(feed).authorization.as_mut().unwrap().key = "no.key".into(), "no.key"),
    ];
    for (change, words) in cases {
        let said = with(change).unwrap_err();
        assert!(said.contains(words), "{said}");
    }
}
