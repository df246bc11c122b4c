//! Who is with which device, by a person's hand: finding people, putting devices with them, seeing what a correction does.

use gateway::http;
use gateway::http::session::Role;
use gateway::pipeline::Outcome;
use gateway::record::{Journal, Place};
use hyper::StatusCode;
use seal::Micros;
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::fixture::{RunningSite, Site};
use crate::hl7_feed::{commit, plain, receiver, until};
use crate::mllp::{PCD01, codes, frame, ward};

pub(crate) async fn signed_in(site: &Site) -> Browser {
    let address = http::start("127.0.0.1:0".parse().unwrap(), &site.services).await.unwrap();
    let mut browser = Browser::new(address, site.maker.ca.der());
    let base = format!("https://{}", browser.host());
    let link = site.services.issue_link(&base, "ada", Role::Clinician).await.unwrap();
    browser.sign_in(link.expose_secret()).await;
    browser
}

async fn put(browser: &Browser, path: &str, body: &Value) -> Answer {
    browser.ask("POST", path, &[("content-type", "application/json")], &body.to_string()).await
}

#[tokio::test]
async fn somebody_is_found_by_name_and_part_of_a_number_but_a_scan_must_be_exact() {
    let site = Site::new().await;
    let (one, two) = (site.patient("MRN-100").await, site.patient("MRN-1").await);
    let device = site.device("mon-1").await;
    site.admin().associate(&device.id, one, "12", Micros(0)).await.unwrap();
    let browser = signed_in(&site).await;
    let found = async |query: &str| {
        let json = browser.get(&format!("/api/patients?{query}")).await.json();
        json["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (one, two) = (one.to_string(), two.to_string());
    // The exact number first, though the other was registered before it.
    assert_eq!(found("find=MRN-1").await, [two.clone(), one.clone()]);
    assert_eq!(found("find=eve%20exam").await.len(), 2);
    assert_eq!(found("find=example%20eve").await.len(), 2);
    assert_eq!(found("find=%25").await, [""; 0], "a wildcard stands for itself");
    assert_eq!(found("number=MRN-1").await, [two]);
    assert_eq!(found("number=MRN").await, [""; 0]);
    let person = &browser.get("/api/patients?number=MRN-100").await.json()["items"][0];
    assert_eq!((&person["bed"], &person["devices"]), (&"12".into(), &json!(["mon-1"])));
    assert_eq!(person["born"], "1970-01-01");
    let long = browser.get(&format!("/api/patients?find={}", "a".repeat(600))).await;
    assert_eq!(long.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_was_confirmed_happens_or_nothing_does() {
    let site = Site::new().await;
    let (one, two) = (site.patient("P1").await.to_string(), site.patient("P2").await.to_string());
    let mut device = site.device("mon-1").await;
    let browser = signed_in(&site).await;
    let (there, away) = ("/api/devices/mon-1/associate", "/api/devices/mon-1/disassociate");

    let made = put(&browser, there, &json!({"patient": one, "bed": " 12 ", "instead_of": null})).await;
    assert_eq!((made.status, &made.json()["bed"]), (StatusCode::OK, &"12".into()), "{}", made.text());
    let bytes = device.next(1);
    let Outcome::Committed(id) = site.send(&device, bytes).await else { panic!("not stored") };
    let row = site.services.store.read(move |reader| reader.batch(id)).await.unwrap().unwrap();
    assert_eq!(row.patient.unwrap().to_string(), one);

    // Somebody who still sees it with nobody cannot move it.
    let late = put(&browser, there, &json!({"patient": two, "bed": "3", "instead_of": null})).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.text());
    assert!(late.text().contains("meanwhile"), "{}", late.text());
    let same = put(&browser, there, &json!({"patient": one, "bed": "3", "instead_of": one})).await;
    assert_eq!(same.status, StatusCode::CONFLICT);
    let moved = put(&browser, there, &json!({"patient": two, "bed": "3", "instead_of": one})).await;
    assert_eq!((moved.status, &moved.json()["patient"]), (StatusCode::OK, &two.as_str().into()));

    assert_eq!(put(&browser, away, &json!({"instead_of": one})).await.status, StatusCode::CONFLICT);
    let taken = put(&browser, away, &json!({"instead_of": two})).await;
    assert_eq!((taken.status, taken.json()["to"].is_i64()), (StatusCode::OK, true), "{}", taken.text());
    assert_eq!(put(&browser, away, &json!({"instead_of": two})).await.status, StatusCode::CONFLICT);

    for (path, body, status) in [
        (there, json!({"patient": "99", "bed": "", "instead_of": null}), StatusCode::CONFLICT),
        (there, json!({"patient": "-1", "bed": "", "instead_of": null}), StatusCode::NOT_FOUND),
        ("/api/devices/none/associate", json!({"patient": one, "bed": ""}), StatusCode::CONFLICT),
        (there, json!({"patient": one, "bed": "", "when": 0}), StatusCode::BAD_REQUEST),
        (there, json!({"patient": one, "bed": "b".repeat(600)}), StatusCode::BAD_REQUEST),
    ] {
        let answer = put(&browser, path, &body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
    }
    site.admin().revoke(&device.id).await.unwrap();
    let withdrawn = put(&browser, there, &json!({"patient": one, "bed": ""})).await;
    assert_eq!(withdrawn.status, StatusCode::CONFLICT, "{}", withdrawn.text());

    let log = site.services.store.read(|reader| reader.audit(Default::default())).await.unwrap();
    let mine: Vec<_> =
        log.iter().filter(|row| row.actor == "user:ada").map(|row| row.action.as_str()).collect();
    assert_eq!(mine.iter().filter(|action| **action == "associate").count(), 2, "{mine:?}");
    assert_eq!(mine.iter().filter(|action| **action == "disassociate").count(), 1, "{mine:?}");
}

#[tokio::test]
async fn a_correction_is_seen_before_and_followed_after() {
    let (address, got) = receiver(|_| Some(clinical::ack::Code::ApplicationAccept)).await;
    let ward = RunningSite::with(|config| config.feeds.push(plain(address))).await;
    let mut device = ward.site.device("mon-1").await;
    let (wrong, right) = (ward.site.patient("P1").await, ward.site.patient("P2").await);
    let made = ward.site.admin().associate(&device.id, wrong, "1", Micros(0)).await.unwrap();
    commit(&ward.site, &mut device, 3).await;
    let store = ward.site.services.store.clone();
    until("answered", async || {
        store.read(|reader| reader.outbox("ehr", Journal::Batches)).await.unwrap() == Place(3)
    })
    .await;
    let browser = signed_in(&ward.site).await;

    let before = browser.get(&format!("/api/associations/{}", made.id)).await.json();
    assert_eq!((&before["name"], &before["identifier"]), (&"Eve Example".into(), &"P1".into()));
    assert_eq!((&before["batches"], &before["sealed"]), (&3.into(), &3.into()), "{before}");
    assert_eq!(before["destinations"], json!([{"feed": "ehr", "answered": 3}]));

    let corrected = browser.post(&format!("/api/associations/{}/correct/{right}", made.id), "").await;
    assert_eq!(corrected.status, StatusCode::OK, "{}", corrected.text());
    let next = format!("/api/associations/{}", corrected.json()["id"]);
    until("corrected", async || browser.get(&next).await.json()["destinations"][0]["answered"] == 3).await;
    let after = browser.get(&next).await.json();
    assert_eq!(
        (&after["identifier"], &after["batches"], &after["sealed"]),
        (&"P2".into(), &3.into(), &3.into())
    );
    let left = browser.get(&format!("/api/associations/{}", made.id)).await.json();
    assert_eq!((&left["batches"], &left["association"]["replaced"]), (&0.into(), &corrected.json()["id"]));
    assert!(got.lock().unwrap().len() >= 3 + 2 * 3, "each is taken back and sent anew");
    assert_eq!(browser.get("/api/associations/99").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_reading_without_a_seal_is_marked_and_shows_what_its_sender_wrote() {
    let ward = ward(|_| {}).await;
    let patient = ward.site.patient("MRN100234").await;
    let now = jiff::Timestamp::now().strftime("%Y%m%d%H%M%S").to_string();
    let at = PCD01.split('|').nth(6).unwrap();
    let text = PCD01.replace(at, &format!("{now}+0000"));
    assert_eq!(codes(&ward, &frame(text.as_bytes())).await.len(), 1);
    let browser = signed_in(&ward.site).await;
    let row = &browser.get(&format!("/api/patients/{patient}")).await.json()["items"][0];
    let shown = browser.get(&format!("/api/batches/{}/readings", row["batch"])).await.json();
    assert_eq!(shown["proof"], json!({"kind": "unsealed", "source": "icu"}));
    let readings = shown["readings"].as_array().unwrap();
    let saturation = readings.iter().find(|one| one["code"] == 150_456).unwrap();
    assert_eq!((&saturation["value"], &saturation["unit"]), (&"97".into(), &"%".into()), "{shown}");
    assert_eq!(saturation["original"]["unit"], "MDC_DIM_PERCENT");
    for one in readings {
        let segment = one["original"]["segment"].as_u64().unwrap();
        assert!(text.split('\r').nth(segment as usize - 1).unwrap().starts_with("OBX|"), "{one}");
        assert!(one["kind"] != "value" || one["original"]["value"] != "", "{one}");
    }
    assert_eq!(
        (&shown["original"]["form"], &shown["original"]["bytes"], &shown["original"]["text"]),
        (&"hl7v2".into(), &text.len().into(), &text.as_str().into())
    );
    assert_eq!(browser.get("/api/batches/99/readings").await.status, StatusCode::NOT_FOUND);
}
