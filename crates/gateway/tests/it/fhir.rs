//! The FHIR API: what is found, what is refused, and that every look is written down.

use gateway::http;
use gateway::http::session::Role;
use gateway::pipeline::Outcome;
use gateway::store::Page;
use hyper::StatusCode;
use seal::{Batch, Micros, SealedBatch};
use serde_json::Value;

use crate::browser::{Answer, Browser};
use crate::fixture::{Site, TestDevice, now, value};

struct Clinic {
    site: Site,
    browser: Browser,
    token: String,
    device: TestDevice,
    patient: i64,
}

impl Clinic {
    async fn new() -> Self {
        let site = Site::new().await;
        let address = http::start("127.0.0.1:0".parse().unwrap(), &site.services).await.unwrap();
        let browser = Browser::new(address, site.maker.ca.der());
        let life = std::time::Duration::from_secs(60);
        let token = site.services.sessions.issue_token("reader", Role::Clinician, life).unwrap();
        let device = site.device("mon_1").await;
        let patient = site.patient("MRN-1").await;
        site.admin().associate(&device.id, patient, "3", Micros(0)).await.unwrap();
        Self { site, browser, token: token.expose_secret().to_owned(), device, patient: patient.0 }
    }

    /// Commits a batch of a heart rate, a saturation and an unknown code, taken at `time`.
    async fn commit(&mut self, time: Micros) {
        let readings =
            vec![value(147_842, "{beat}/min", "60"), value(150_456, "%", "97.0"), value(999_999, "1", "5")];
        let bytes = self.device.seal(&Batch { device: self.device.id.clone(), time, readings });
        assert!(matches!(self.site.send(&self.device, bytes).await, Outcome::Committed(_)));
    }

    async fn ask(&self, method: &str, path: &str) -> Answer {
        let authorization = format!("Bearer {}", self.token);
        self.browser.ask(method, &format!("/fhir/{path}"), &[("authorization", &authorization)], "").await
    }

    async fn get(&self, path: &str) -> Value {
        let reply = self.ask("GET", path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.json());
        assert_eq!(reply.header("content-type"), "application/fhir+json; fhirVersion=4.0");
        reply.json()
    }

    /// The ids on all pages of a search, page by page.
    async fn pages(&self, path: &str) -> Vec<Vec<String>> {
        let (mut pages, mut next) = (Vec::new(), Some(path.to_owned()));
        while let Some(path) = next {
            let bundle = self.get(&path).await;
            let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
            pages.push(
                entries.iter().map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()).collect(),
            );
            let links = bundle["link"].as_array().unwrap();
            let link = links.iter().find(|link| link["relation"] == "next");
            next = link.map(|link| link["url"].as_str().unwrap().split_once("/fhir/").unwrap().1.to_owned());
            assert!(pages.len() < 50, "{pages:?}");
        }
        pages
    }

    async fn ids(&self, path: &str) -> Vec<String> {
        self.pages(path).await.concat()
    }
}

#[tokio::test]
async fn readings_are_found_by_patient_code_category_and_date() {
    let mut clinic = Clinic::new().await;
    let start = Micros(now().0 / 1_000_000 * 1_000_000 - 10_000_000);
    for second in 0..3 {
        clinic.commit(start.plus(second * 1_000_000)).await;
    }
    let patient = format!("Observation?patient={}", clinic.patient);
    let all = ["3-0", "3-1", "3-2", "2-0", "2-1", "2-2", "1-0", "1-1", "1-2"];
    let rates = ["3-0", "2-0", "1-0"];
    let stamp = |second: i64| clinical::fhir::instant(start.plus(second * 1_000_000));
    let from_second = format!("{patient}&date=ge{}", stamp(1));
    let only_second = format!("{patient}&date={}", stamp(1));
    let between = format!("{patient}&date=gt{}&date=lt{}", stamp(0), stamp(2));
    for (query, ids) in [
        (patient.clone(), &all[..]),
        (format!("Observation?subject=Patient/{}", clinic.patient), &all),
        ("Observation?device=Device/mon.u1".into(), &all),
        (format!("{patient}&device=mon.u1&category=vital-signs"), &all),
        (format!("{patient}&code=8867-4"), &rates),
        (format!("{patient}&code=http://loinc.org|8867-4"), &rates),
        (
            format!("{patient}&code=urn:iso:std:iso:11073:10101%7C147842,999999"),
            &["3-0", "3-2", "2-0", "2-2", "1-0", "1-2"],
        ),
        (format!("{patient}&code=2708-6"), &["3-1", "2-1", "1-1"]),
        (format!("{patient}&code=http://snomed.info/sct|8867-4"), &[]),
        (format!("{patient}&category=procedure"), &[]),
        (from_second, &all[..6]),
        (only_second, &all[3..6]),
        (between, &all[3..6]),
        ("Observation?patient=99".into(), &[]),
        ("Observation?device=nobody".into(), &[]),
    ] {
        assert_eq!(clinic.ids(&query).await, ids, "{query}");
        let pages = clinic.pages(&format!("{query}&_count=2")).await;
        assert!(pages.iter().all(|page| page.len() <= 2), "{pages:?}");
        assert_eq!(pages.concat(), ids, "{query} by two");
    }
}

#[tokio::test]
async fn an_observation_names_its_seal_and_the_seal_proves_it() {
    let mut clinic = Clinic::new().await;
    clinic.commit(now()).await;
    let observation = clinic.get("Observation/1-1").await;
    assert_eq!(observation["valueQuantity"]["code"], "%");
    let hash = observation["extension"][0]["extension"][0]["valueString"].as_str().unwrap();

    let found = clinic.get("Provenance?target=Observation/1-1").await;
    let provenance = &found["entry"][0]["resource"];
    assert_eq!((&found["total"], provenance), (&1.into(), &clinic.get("Provenance/1").await));
    assert_eq!(provenance["target"][1]["reference"], "Observation/1-1");
    let seal = base64_decode(provenance["signature"][0]["data"].as_str().unwrap());
    assert_eq!(seal::Seal::parse(&seal).unwrap().hash().to_string(), hash);
    // With the stored batch the signature verifies under the device's certificate.
    let stored = clinic
        .site
        .services
        .store
        .read(|reader| reader.latest(&"mon_1".parse().unwrap()))
        .await
        .unwrap()
        .unwrap();
    let batch = SealedBatch::parse(&stored.bytes).unwrap();
    let key = seal::VerifyingKey::from_certificate_der(&clinic.device.seal_certificate).unwrap();
    let joined = SealedBatch::join(&seal, batch.batch_bytes()).unwrap();
    assert!(key.verify(joined).is_ok());
}

fn base64_decode(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

#[tokio::test]
async fn patients_and_devices_are_found() {
    let clinic = Clinic::new().await;
    let id = clinic.patient;
    let patient = clinic.get(&format!("Patient/{id}")).await;
    assert_eq!(
        (&patient["identifier"][0]["value"], &patient["birthDate"]),
        (&"MRN-1".into(), &"1970-01-01".into())
    );
    assert_eq!(clinic.ids("Patient").await, [id.to_string()]);
    assert_eq!(clinic.ids("Patient?identifier=MRN-1").await, [id.to_string()]);
    assert_eq!(clinic.ids("Patient?identifier=MRN-2").await, [""; 0]);
    let device = clinic.get("Device/mon.u1").await;
    assert_eq!(device["patient"]["reference"], format!("Patient/{id}"));
    assert_eq!(clinic.ids(&format!("Device?patient=Patient/{id}")).await, ["mon.u1"]);
    assert_eq!(clinic.ids("Device?identifier=urn:medseal:device|mon_1").await, ["mon.u1"]);
    assert_eq!(clinic.ids("Device?patient=99").await, [""; 0]);
}

#[tokio::test]
async fn what_cannot_be_answered_is_an_operation_outcome() {
    let clinic = Clinic::new().await;
    for (method, path, status, code) in [
        ("GET", "Patient/99", StatusCode::NOT_FOUND, "not-found"),
        ("GET", "Patient/x", StatusCode::NOT_FOUND, "not-found"),
        ("GET", "Observation/1-0", StatusCode::NOT_FOUND, "not-found"),
        ("GET", "Observation/01-0", StatusCode::NOT_FOUND, "not-found"),
        ("GET", "Provenance/1", StatusCode::NOT_FOUND, "not-found"),
        ("GET", "Device/none", StatusCode::NOT_FOUND, "not-found"),
        ("GET", "Medication/1", StatusCode::NOT_FOUND, "not-supported"),
        ("GET", "Observation", StatusCode::BAD_REQUEST, "too-costly"),
        ("GET", "Observation?patient=1&flavour=sweet", StatusCode::BAD_REQUEST, "invalid"),
        ("GET", "Observation?patient=1&patient=2", StatusCode::BAD_REQUEST, "invalid"),
        ("GET", "Observation?patient=1&date=tomorrow", StatusCode::BAD_REQUEST, "invalid"),
        ("GET", "Observation?patient=1&_count=0", StatusCode::BAD_REQUEST, "invalid"),
        ("GET", "Observation?patient=1&_cursor=1.2", StatusCode::BAD_REQUEST, "invalid"),
        ("GET", "Observation?patient=%FF", StatusCode::BAD_REQUEST, "invalid"),
        ("GET", "Provenance", StatusCode::BAD_REQUEST, "invalid"),
        ("DELETE", "Patient/1", StatusCode::METHOD_NOT_ALLOWED, "not-supported"),
    ] {
        let reply = clinic.ask(method, path).await;
        let outcome = reply.json();
        assert_eq!(
            (reply.status, &outcome["issue"][0]["code"]),
            (status, &code.into()),
            "{method} {path}: {outcome}"
        );
        assert_eq!(outcome["resourceType"], "OperationOutcome");
    }
    for path in ["Patient", "Observation?patient=1", "Medication"] {
        let reply = clinic.browser.get(&format!("/fhir/{path}")).await;
        assert_eq!(
            (reply.status, &reply.json()["issue"][0]["code"]),
            (StatusCode::UNAUTHORIZED, &"login".into())
        );
    }
    assert_eq!(clinic.browser.get("/fhir/metadata").await.json()["fhirVersion"], "4.0.1");
}

#[tokio::test]
async fn every_read_is_audited() {
    let mut clinic = Clinic::new().await;
    clinic.commit(now()).await;
    let id = clinic.patient;
    let paths = [
        format!("Observation?patient={id}"),
        "Observation/1-0".into(),
        "Observation/1-0".into(),
        format!("Patient/{id}"),
    ];
    for path in &paths {
        clinic.get(path).await;
    }
    let rows = clinic.site.services.store.read(|reader| reader.audit(Page::default())).await.unwrap();
    let reads = rows.iter().rev().filter(|row| row.action == "read-patient");
    let looks: Vec<(String, String)> = reads.map(|row| (row.object.clone(), row.detail.clone())).collect();
    let expected = paths.map(|path| (format!("patient {id}"), format!("GET /fhir/{path}")));
    assert_eq!(looks, expected);
}
