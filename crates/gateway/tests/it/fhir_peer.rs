//! The FHIR feed against the request handling of somebody else's server (`tests/fhir_peer`): transactions, conditional creates and updates,
//! and a validator of its own.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use gateway::config::{Feed, FeedKind, Fhir};
use gateway::record::{Journal, Place};
use gateway::sinks;
use serde_json::Value;

use crate::browser::Browser;
use crate::fhir_server::MRN;
use crate::fixture::Site;
use crate::hl7_feed::{commit, until};

/// The server; it ends with this.
struct Peer {
    child: Child,
    address: SocketAddr,
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It ends with its standard input; should it not, it is ended.
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(site: &Site) -> Peer {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fhir_peer");
    assert!(
        folder.join("node_modules/@medplum/fhir-router").is_dir(),
        "the FHIR peer is not installed: run `npm ci --prefix crates/gateway/tests/fhir_peer`"
    );
    let tls = &site.services.config.tls;
    let mut child = Command::new("node")
        .arg(folder.join("serve.mjs"))
        .args([&tls.certificate, &tls.key])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port = line.trim().parse().unwrap_or_else(|_| panic!("no port: {line:?}"));
    Peer { child, address: (Ipv4Addr::LOCALHOST, port).into() }
}

/// All resources of a type that the server holds.
async fn held(browser: &Browser, kind: &str) -> Vec<Value> {
    let bundle = browser.get(&format!("/fhir/{kind}?_count=100")).await.json();
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    entries.into_iter().map(|entry| entry["resource"].clone()).collect()
}

#[tokio::test]
async fn another_makers_server_takes_the_transactions_and_corrections() {
    let site = Site::new().await;
    let peer = start(&site);
    let mut device = site.device("mon-1").await;
    let (wrong, right) = (site.patient("WRONG").await, site.patient("RIGHT").await);
    let made = site.admin().associate(&device.id, wrong, "3", seal::Micros(0)).await.unwrap();
    commit(&site, &mut device, 2).await;
    let ca = site.folder.path().join("ca.pem");
    std::fs::write(&ca, site.maker.ca.pem()).unwrap();
    let terms =
        Fhir { patient_system: MRN.into(), create_patients: true, waveforms: false, authorization: None };
    let address = format!("https://localhost:{}/fhir", peer.address.port());
    sinks::start(&site.services, &Feed::to("record", &address, ca, FeedKind::Fhir(terms))).unwrap();
    let position = async |place| {
        let read = site.services.store.read(|reader| reader.outbox("record", Journal::Batches));
        read.await.unwrap() == Place(place)
    };
    until("two", async || position(2).await).await;
    site.admin().correct(made.id, right).await.unwrap();
    until("four", async || position(4).await).await;
    let letters = site.services.store.read(|reader| reader.letters(&Default::default(), Default::default()));
    assert_eq!(letters.await.unwrap(), [], "nothing was refused");

    let browser = Browser::new(peer.address, site.maker.ca.der());
    let patients = held(&browser, "Patient").await;
    let who = |reference: &Value| {
        let id = reference["reference"].as_str().unwrap().strip_prefix("Patient/").unwrap();
        let patient = patients.iter().find(|patient| patient["id"] == id).unwrap();
        patient["identifier"][0]["value"].as_str().unwrap().to_owned()
    };
    let mut observations: Vec<(String, String)> = held(&browser, "Observation")
        .await
        .iter()
        .map(|one| (who(&one["subject"]), one["status"].as_str().unwrap().to_owned()))
        .collect();
    observations.sort();
    let row = |patient: &str, status: &str| (patient.to_owned(), status.to_owned());
    let (taken_back, charted) = (row("WRONG", "entered-in-error"), row("RIGHT", "final"));
    let expected = [vec![charted; 4], vec![taken_back; 4]].concat();
    assert_eq!(observations, expected);
    assert_eq!(held(&browser, "Device").await.len(), 1);
    assert!(!held(&browser, "Provenance").await.is_empty());
}
