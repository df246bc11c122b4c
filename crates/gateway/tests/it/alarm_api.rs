//! Limits, scores and steps of alarms as people and programs see them over HTTPS.

use std::time::Duration;

use gateway::http;
use gateway::http::session::Role;
use gateway::record::{AlarmKind, PatientId};
use gateway::store::{Page, Reader};
use http_body_util::BodyExt as _;
use hyper::{Request, StatusCode};
use seal::{Batch, Micros};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::browser::{Answer, Browser};
use crate::fixture::{RunningSite, Site, TestDevice, now, value};

const SPO2: u32 = 150_456;

/// A running gateway with a device, its patient and somebody signed in.
struct Bedside {
    running: RunningSite,
    device: TestDevice,
    patient: PatientId,
    browser: Browser,
}

impl Bedside {
    async fn new() -> Self {
        let running = RunningSite::new().await;
        let site = &running.site;
        let address = http::start("127.0.0.1:0".parse().unwrap(), &site.services).await.unwrap();
        let mut browser = Browser::new(address, site.maker.ca.der());
        let (device, patient) = (site.device("mon-1").await, site.patient("mrn-1").await);
        site.admin().associate(&device.id, patient, "12", Micros(0)).await.unwrap();
        let link = site.services.sessions.issue_link("https://localhost", "ada", Role::Clinician).unwrap();
        browser.sign_in(link.expose_secret()).await;
        Self { running, device, patient, browser }
    }

    fn site(&self) -> &Site {
        &self.running.site
    }

    /// So many seconds of the device's time with these readings, ending now.
    async fn send(&mut self, readings: &[(u32, &str, &str)], seconds: i64) {
        for second in (0..seconds).rev() {
            let readings = readings.iter().map(|(code, unit, text)| value(*code, unit, text)).collect();
            let time = now().plus(-second * 1_000_000);
            let sealed = self.device.seal(&Batch { device: self.device.id.clone(), time, readings });
            self.running.site.send(&self.device, sealed).await;
        }
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let origin = format!("https://{}", self.browser.host());
        let headers = [("origin", origin.as_str()), ("content-type", "application/json")];
        self.browser.ask(method, path, &headers, body).await
    }

    fn limits(&self) -> String {
        format!("/api/patients/{}/limits", self.patient)
    }

    async fn saturation(&self) -> Value {
        let limits = self.browser.get(&self.limits()).await.json();
        limits["limits"].as_array().unwrap().iter().find(|one| one["code"] == SPO2).unwrap().clone()
    }

    async fn alarms(&self, kind: AlarmKind) -> usize {
        let active = self.site().services.store.read(Reader::active_alarms).await.unwrap();
        active.iter().filter(|alarm| alarm.kind == kind).count()
    }
}

#[tokio::test]
async fn a_limit_is_set_in_force_at_once_audited_and_taken_back() {
    let mut bed = Bedside::new().await;
    let limit = bed.saturation().await;
    assert_eq!(
        (&limit["low"], &limit["origin"], &limit["set"]),
        (&json!(92.0), &json!("rules"), &Value::Null)
    );
    let path = format!("{}/{SPO2}", bed.limits());
    for (body, status, words) in [
        (r#"{"low": 99, "high": 90, "priority": "high"}"#, StatusCode::BAD_REQUEST, "nothing lies between"),
        (r#"{"low": 85, "high": null, "priority": "loud"}"#, StatusCode::BAD_REQUEST, "no priority"),
        (r#"{"low": 85, "hgih": 99, "priority": "low"}"#, StatusCode::BAD_REQUEST, "unknown field `hgih`"),
    ] {
        let answer = bed.ask("PUT", &path, body).await;
        assert_eq!(answer.status, status, "{body}");
        assert!(answer.text().contains(words), "{}", answer.text());
    }
    let unknown = format!("{}/1", bed.limits());
    let body = r#"{"low": 85, "high": null, "priority": "medium"}"#;
    assert_eq!(bed.ask("PUT", &unknown, body).await.status, StatusCode::NOT_FOUND);
    assert_eq!(bed.ask("DELETE", &path, "").await.status, StatusCode::NOT_FOUND, "nobody has set one");

    let answer = bed.ask("PUT", &path, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let limit = bed.saturation().await;
    assert_eq!((&limit["low"], &limit["origin"]), (&json!(85.0), &json!("patient")));
    assert_eq!((&limit["set"]["by"], &limit["beneath"]["low"]), (&json!("ada"), &json!(92.0)));
    bed.send(&[(SPO2, "%", "88")], 6).await;
    assert_eq!(bed.alarms(AlarmKind::Limit).await, 0, "within the patient's own");

    assert_eq!(bed.ask("DELETE", &path, "").await.status, StatusCode::OK);
    assert_eq!(bed.saturation().await["origin"], "rules");
    bed.send(&[(SPO2, "%", "88")], 6).await;
    assert_eq!(bed.alarms(AlarmKind::Limit).await, 1);

    let rows = bed.site().services.store.read(|reader| reader.audit(Page::default())).await.unwrap();
    let did: Vec<_> = rows.iter().rev().filter(|row| row.action.ends_with("-limit")).collect();
    let did: Vec<_> =
        did.iter().map(|row| (row.actor.as_str(), row.action.as_str(), row.detail.as_str())).collect();
    let set = ("user:ada", "set-limit", "code 150456: 85 to none, medium");
    assert_eq!(did, [set, ("user:ada", "unset-limit", "code 150456")]);
}

#[tokio::test]
async fn a_profile_holds_for_whoever_is_watched_by_it() {
    let bed = Bedside::new().await;
    let body = r#"{"low": 88, "high": 95, "priority": "medium"}"#;
    assert_eq!(bed.ask("PUT", &format!("/api/limits/neonate/{SPO2}"), body).await.status, StatusCode::OK);
    assert_eq!(bed.ask("PUT", "/api/limits/giant/150456", body).await.status, StatusCode::NOT_FOUND);
    let choice = format!("/api/patients/{}/alarm-profile", bed.patient);
    let answer = bed.ask("PUT", &choice, r#"{"profile": "neonate", "scale": "1"}"#).await;
    assert_eq!((answer.status, &answer.json()["chosen"]["by"]), (StatusCode::OK, &json!("ada")));
    let limit = bed.saturation().await;
    assert_eq!(
        (&limit["low"], &limit["high"], &limit["origin"]),
        (&json!(88.0), &json!(95.0), &json!("profile"))
    );
    assert_eq!(
        bed.ask("PUT", &choice, r#"{"profile": "neonate", "scale": "3"}"#).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_score_says_what_is_missing_until_it_is_entered() {
    let mut bed = Bedside::new().await;
    let all = [
        (151_562, "/min", "22"),
        (SPO2, "%", "97"),
        (150_021, "mm[Hg]", "120"),
        (147_842, "/min", "95"),
        (150_364, "Cel", "37.0"),
    ];
    let path = format!("/api/patients/{}/score", bed.patient);
    assert_eq!(bed.browser.get(&path).await.status, StatusCode::NOT_FOUND);
    let score = async |bed: &Bedside, verdict: &str| {
        let begun = std::time::Instant::now();
        loop {
            let answer = bed.browser.get(&path).await;
            if answer.status == StatusCode::OK && answer.json()["verdict"] == verdict {
                return answer.json();
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "{}", answer.text());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    bed.send(&all, 1).await;
    let first = score(&bed, "incomplete").await;
    assert_eq!(
        (&first["points"], &first["text"]),
        (&json!(3), &json!("NEWS2 at least 3 (missing: oxygen, consciousness)"))
    );
    let seen = format!("/api/patients/{}/seen", bed.patient);
    for (body, status) in [
        ("{}", StatusCode::BAD_REQUEST),
        (r#"{"oxygen": "some"}"#, StatusCode::BAD_REQUEST),
        (r#"{"oxygen": "oxygen", "consciousness": "A"}"#, StatusCode::OK),
    ] {
        assert_eq!(bed.ask("POST", &seen, body).await.status, status, "{body}");
    }
    let whole = score(&bed, "complete").await;
    assert_eq!((&whole["points"], &whole["response"]["risk"]), (&json!(5), &json!("medium")));
    let parts = whole["parts"].as_array().unwrap();
    assert!(parts.iter().any(|part| part["parameter"] == "oxygen" && part["origin"] == "user:ada"));
    let begun = std::time::Instant::now();
    while bed.alarms(AlarmKind::EarlyWarning).await == 0 {
        assert!(begun.elapsed() < Duration::from_secs(30), "the score calls, and no alarm came");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // What a restart must not forget is on disk.
    let inputs = bed.site().services.store.read(Reader::score_inputs).await.unwrap();
    assert!(inputs.iter().any(|input| input.parameter == "consciousness" && input.value == "A"));
}

#[tokio::test]
async fn the_stream_of_steps_goes_on_where_it_was_cut() {
    let mut bed = Bedside::new().await;
    bed.send(&[(SPO2, "%", "80")], 5).await;
    let alarm = bed.site().services.store.read(Reader::active_alarms).await.unwrap().remove(0);
    let acknowledge = format!("/api/alarms/{}/acknowledge", alarm.id);
    assert_eq!(bed.ask("POST", &acknowledge, "").await.status, StatusCode::OK);
    let steps = bed.browser.get(&format!("/api/alarms/{}/steps", alarm.id)).await.json();
    let words: Vec<_> =
        steps.as_array().unwrap().iter().map(|one| one["what"].as_str().unwrap().to_owned()).collect();
    assert_eq!(words, ["raised", "acknowledged"]);
    let listed = bed.browser.get("/api/alarms").await.json();
    assert_eq!(
        (&listed["items"][0]["by"], &listed["items"][0]["measured"]["low"]),
        (&json!("ada"), &json!(92.0))
    );
    assert!(listed["items"][0]["resumes"].as_i64().unwrap() > now().0, "the pause is shown");

    let first = steps[0]["step"].as_i64().unwrap();
    let cookie = bed.browser.cookie.clone().unwrap();
    let request = Request::get("/api/alarms/stream").header("host", "x").header("cookie", cookie);
    let request = request.header("last-event-id", first.to_string());
    let mut live = bed.browser.send(request.body(Default::default()).unwrap()).await;
    assert_eq!(live.headers()["content-type"], "text/event-stream");
    bed.send(&[(SPO2, "%", "97")], 6).await;
    let mut heard = String::new();
    let ended = async {
        while !heard.contains("event: ended") {
            let frame = live.frame().await.expect("the stream ended").unwrap();
            heard.push_str(&String::from_utf8_lossy(frame.data_ref().unwrap()));
        }
    };
    timeout(Duration::from_secs(20), ended).await.expect("no end was told");
    let events: Vec<&str> = heard.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(events, ["acknowledged", "ended"], "{heard}");
    let data: Vec<Value> = heard
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&data[0]["actor"], &data[0]["holds"], &data[1]["holds"]),
        (&json!("ada"), &json!(true), &json!(false))
    );
}

/// What HL7 messages say of a device itself arrives as readings, and alarms by them.
#[test]
fn leads_and_batteries_come_in_observations() {
    let message = "MSH|^~\\&|MON^0000000000000001^EUI-64|ICU|||20240301101500+0000||ORU^R01^ORU_R01|1|P|2.6\r\
                   PID|||P1^^^HOSP^MR\r\
                   OBR|1|1^MON|2^MON|69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|||20240301101500+0000\r\
                   OBX|1|NM|67996^MDC_ATTR_VAL_BATT_CHARGE^MDC|1.0.0.1|15|262688^MDC_DIM_PERCENT^MDC|||||R\r\
                   OBX|2|CWE|196882^MDC_EVT_LEADS_OFF^MDC|1.1.1.1|start^start^L||||||R\r";
    let zone = clinical::hl7::Zone::UTC;
    let report = gateway::sources::mllp::decode::report(message.as_bytes(), &zone).unwrap();
    let codes: Vec<u32> = report.readings.iter().map(|reading| reading.code().0).collect();
    assert_eq!(codes, [67_996, 196_882], "{:?}", report.account);
}
