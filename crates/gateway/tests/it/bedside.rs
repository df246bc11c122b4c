//! Who is where, and with which device: admissions, merges, associations by message, and putting the wrong patient right.

use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;

use clinical::ack::Code;
use clinical::hl7::{Message, format_time};
use clinical::person::{Identifier, Location};
use gateway::LiveEvent;
use gateway::config::PatientFrom;
use gateway::ehr::{Listener, Options};
use gateway::http;
use gateway::http::session::Role;
use gateway::pipeline::Outcome;
use gateway::record::{AlarmKind, BatchId, Journal, PatientId};
use gateway::sinks;
use gateway::store::{BatchQuery, Page, Reader};
use seal::{Flags, Micros};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::browser::Browser;
use crate::fixture::{RunningSite, TestDevice, now};
use crate::hl7_feed::plain;
use crate::mllp::{codes, exchange, frame, rows, said, source};

const SECOND: i64 = 1_000_000;

/// A gateway where places tell which device is with whom.
async fn hospital() -> RunningSite {
    RunningSite::with(|config| {
        config.sources.mllp.push(source(|source| source.queries = true));
        config.bedside.by_location = true;
    })
    .await
}

/// An ADT message of an event that was `ago` seconds ago.
fn adt(trigger: &str, patient: &str, place: &str, more: &str, ago: i64) -> Vec<u8> {
    let at = format_time(now().plus(-ago * SECOND));
    let text = format!(
        "MSH|^~\\&|ADT|H|GW|H|{at}||ADT^{trigger}|{trigger}-{ago}|P|2.5\rEVN||{at}\r\
         PID|||{patient}^^^H^MR||Doe^Jane||19600101|F\r{more}PV1||I|{place}^^|||||||||||||||VN-{patient}\r"
    );
    frame(text.replace("^^|", "|").as_bytes())
}

async fn tell(hospital: &RunningSite, message: &[u8]) {
    assert_eq!(
        codes(hospital, message).await,
        [Code::ApplicationAccept],
        "{}",
        String::from_utf8_lossy(message)
    );
}

async fn known(hospital: &RunningSite, id: &str) -> PatientId {
    let identifier = Identifier { id: id.into(), authority: "H".into(), kind: "MR".into() };
    let found = hospital.site.services.store.read(move |reader| reader.patient_by_identifiers(&[identifier]));
    found.await.unwrap().unwrap()
}

/// Which devices are with the patient now, by name.
async fn devices_of(hospital: &RunningSite, patient: PatientId) -> Vec<String> {
    let all = hospital.site.services.store.read(Reader::current_associations).await.unwrap();
    all.iter().filter(|one| one.patient == patient).map(|one| one.device.to_string()).collect()
}

fn bed(number: &str) -> Location {
    Location { unit: "ICU".into(), room: "2".into(), bed: number.into(), facility: "H".into() }
}

#[tokio::test]
async fn devices_follow_who_comes_moves_and_goes() {
    let hospital = hospital().await;
    let (one, two) = (hospital.site.device("monitor-1").await, hospital.site.device("monitor-2").await);
    hospital.site.admin().place(&one.id, Some(bed("23"))).await.unwrap();
    hospital.site.admin().place(&two.id, Some(bed("24"))).await.unwrap();
    let (first, second) = ("ICU^2^23^H", "ICU^2^24^H");
    let steps: &[(&str, &str, &[&str], Option<&str>)] = &[
        ("A28", "", &[], None),
        ("A01", first, &["monitor-1"], Some(first)),
        ("A08", first, &["monitor-1"], Some(first)),
        ("A02", second, &["monitor-2"], Some(second)),
        ("A12", first, &["monitor-1"], Some(first)),
        ("A02", second, &["monitor-2"], Some(second)),
        ("A03", second, &[], None),
        ("A13", second, &["monitor-2"], Some(second)),
        ("A31", "", &["monitor-2"], Some(second)),
        ("A03", second, &[], None),
        ("A04", first, &["monitor-1"], Some(first)),
        ("A11", first, &[], None),
    ];
    for (index, (trigger, place, devices, lies)) in steps.iter().enumerate() {
        let message = adt(trigger, "MRN1", place, "", 100 - index as i64);
        tell(&hospital, &message).await;
        // The same again changes nothing.
        tell(&hospital, &message).await;
        let patient = known(&hospital, "MRN1").await;
        assert_eq!(devices_of(&hospital, patient).await, *devices, "step {index}, {trigger}");
        for place in [first, second] {
            let parts: Vec<String> = place.split('^').map(str::to_owned).collect();
            let place_of = Location {
                unit: parts[0].clone(),
                room: parts[1].clone(),
                bed: parts[2].clone(),
                facility: parts[3].clone(),
            };
            let here = hospital.site.services.store.read(move |reader| reader.patient_in(&place_of, now()));
            let expected = (*lies == Some(place)).then_some(patient);
            assert_eq!(here.await.unwrap(), expected, "step {index}, {trigger}: who lies in {place}");
        }
    }
    let log = hospital.site.services.store.read(|reader| reader.audit(Page::default())).await.unwrap();
    for action in
        ["add-patient", "admit", "transfer", "discharge", "cancel-event", "associate", "disassociate"]
    {
        assert!(log.iter().any(|row| row.action == action && row.actor == "source:icu"), "{action}");
    }
    hospital.site.services.store.read(Reader::verify_audit).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_merged_patients_readings_are_the_survivors() {
    let hospital = hospital().await;
    let mut device = hospital.site.device("monitor-1").await;
    tell(&hospital, &adt("A28", "OLD", "", "", 90)).await;
    tell(&hospital, &adt("A28", "NEW", "", "", 80)).await;
    let (old, new) = (known(&hospital, "OLD").await, known(&hospital, "NEW").await);
    hospital.site.admin().associate(&device.id, old, "1", Micros(0)).await.unwrap();
    let bytes = device.next(1);
    hospital.site.send(&device, bytes).await;
    let mut live = hospital.site.services.live.listen();
    tell(&hospital, &adt("A40", "NEW", "", "MRG|OLD^^^H^MR\r", 70)).await;
    let told: Vec<_> = std::iter::from_fn(|| live.try_recv().ok()).collect();
    let moved =
        told.iter().any(|event| matches!(&**event, LiveEvent::Association(one) if one.patient == new));
    assert!(moved, "whoever watches is told whose device it is now: {told:?}");
    assert_eq!((known(&hospital, "OLD").await, known(&hospital, "NEW").await), (new, new));
    let bytes = device.next(1);
    hospital.site.send(&device, bytes).await;
    let of = |patient| BatchQuery { patient: Some(patient), ..BatchQuery::default() };
    let query = of(new);
    let found = hospital.site.services.store.read(move |reader| reader.batches(&query)).await.unwrap();
    assert_eq!(
        found.iter().map(|row| row.patient).collect::<Vec<_>>(),
        [Some(old), Some(new)],
        "history keeps its number"
    );
    assert_eq!(devices_of(&hospital, new).await, ["monitor-1"]);
    let log = hospital.site.services.store.read(|reader| reader.audit(Page::default())).await.unwrap();
    assert!(log.iter().any(|row| row.action == "merge-patients"));
}

fn association(act: &str, standing: &str, reference: &str, parent: &str) -> Vec<u8> {
    let at = format_time(now());
    let text = format!(
        "MSH|^~\\&|DM|H|GW|H|{at}||ORU^R01^ORU_R01|{reference}{act}{standing}|P|2.6|||AL|NE|||||IHE_PCIM_001^IHE PCIM^1.3.6.1.4.1.19376.1.6.1.51.1^ISO\r\
         PID|||MRN1^^^H^MR||Doe^Jane\rPV1||I|ICU^2^23^H\r\
         OBR|1||{reference}|69136^MDC_OBS_ASSOCIATION_PATIENT_DEVICE^MDC|||{at}|||||||||||||||||||||{parent}\r\
         OBX|1|CWE|68487^MDC_ATTR_EVT_COND^MDC|1.0.0.0|{act}^MDC_EVT_ASSOC^MDC||||||{standing}\r\
         PRT|1|AD||EQUIP|||||ICU^2^23^H|monitor-1\r"
    );
    frame(text.as_bytes())
}

#[tokio::test]
async fn what_nobody_has_checked_waits_for_a_persons_word() {
    let hospital = hospital().await;
    hospital.site.device("monitor-1").await;
    tell(&hospital, &adt("A28", "MRN1", "", "", 90)).await;
    let patient = known(&hospital, "MRN1").await;
    let take = async |bytes: Vec<u8>| assert_eq!(codes(&hospital, &bytes).await, [Code::CommitAccept]);
    take(association("198332", "R", "a-1", "")).await;
    assert_eq!(devices_of(&hospital, patient).await, [""; 0]);

    let address = http::start("127.0.0.1:0".parse().unwrap(), &hospital.site.services).await.unwrap();
    let mut browser = Browser::new(address, hospital.site.maker.ca.der());
    let base = format!("https://{}", browser.host());
    let link = hospital.site.services.issue_link(&base, "ada", Role::Clinician).await.unwrap();
    browser.sign_in(link.expose_secret()).await;
    let open = browser.get("/api/proposals").await.json();
    assert_eq!((&open[0]["device"], &open[0]["bed"]), (&"monitor-1".into(), &"23".into()));
    let accepted = browser.post(&format!("/api/proposals/{}/accept", open[0]["id"]), "").await;
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    assert_eq!(devices_of(&hospital, patient).await, ["monitor-1"]);
    assert_eq!(
        browser.post(&format!("/api/proposals/{}/reject", open[0]["id"]), "").await.status,
        409,
        "decided"
    );

    take(association("198334", "F", "a-2", "a-1")).await;
    assert_eq!(devices_of(&hospital, patient).await, [""; 0]);
    take(association("198332", "F", "a-3", "")).await;
    assert_eq!(
        devices_of(&hospital, patient).await,
        ["monitor-1"],
        "what a person has checked is done at once"
    );
}

#[tokio::test]
async fn monitors_are_told_who_a_patient_is() {
    let hospital = hospital().await;
    tell(&hospital, &adt("A01", "MRN1", "ICU^2^23^H", "", 90)).await;
    let ask = |parameter: &str| {
        let at = format_time(now());
        frame(
            format!(
                "MSH|^~\\&|MON|H|GW|H|{at}||QBP^Q22^QBP_Q21|q-1|P|2.5\rQPD|IHE PDQ Query|t-1|{parameter}\rRCP|I\r"
            )
            .as_bytes(),
        )
    };
    for (parameter, status, found) in
        [("@PID.3.1^MRN1", "OK", true), ("@PV1.3.3^23", "OK", true), ("@PID.5.1^Nobody", "NF", false)]
    {
        let stream = tokio::net::TcpStream::connect(hospital.running.addresses.mllp[0]).await.unwrap();
        let got = said(stream, &ask(parameter)).await;
        let text = String::from_utf8(got[1..got.len() - 2].to_vec()).unwrap();
        let message = Message::parse(&text).unwrap();
        assert_eq!(message.segment("QAK").unwrap().field(2).raw(), status, "{text}");
        assert_eq!(message.segment("PID").is_some(), found, "{text}");
    }
    let log = hospital.site.services.store.read(|reader| reader.audit(Page::default())).await.unwrap();
    assert_eq!(log.iter().filter(|row| row.action == "read-patient").count(), 2);
}

fn alarm(phase: &str, state: &str, id: &str) -> Vec<u8> {
    let at = format_time(now());
    let text = format!(
        "MSH|^~\\&|MON^00A0370098007A80^EUI-64|H|GW|H|{at}||ORU^R40^ORU_R40|{id}|P|2.6|||AL|NE|||||IHE_PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.4.1^ISO\r\
         PID|||MRN1^^^H^MR\r\
         OBR|1||{id}^MON|196616^MDC_EVT_ALARM^MDC|||{at}||||||||||||||||||||||first^MON\r\
         OBX|1|ST|196670^MDC_EVT_LO^MDC|1.3.1.150456.1|SpO2 low||||||F|||{at}||||00A0370098007A80^^00A0370098007A80^EUI-64\r\
         OBX|2|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.3.1.150456.2|84|262688^MDC_DIM_PERCENT^MDC|90-100||||F\r\
         OBX|3|ST|68481^MDC_ATTR_EVENT_PHASE^MDC|1.3.1.150456.3|{phase}||||||F\r\
         OBX|4|ST|68482^MDC_ATTR_ALARM_STATE^MDC|1.3.1.150456.4|{state}||||||F\r\
         OBX|5|ST|68484^MDC_ATTR_ALARM_PRIORITY^MDC|1.3.1.150456.6|PH||||||F\r"
    );
    frame(text.as_bytes())
}

#[tokio::test]
async fn a_devices_own_alarm_is_shown_as_its_own() {
    let hospital = hospital().await;
    tell(&hospital, &adt("A28", "MRN1", "", "", 90)).await;
    let patient = known(&hospital, "MRN1").await;
    for (phase, state, id, active) in
        [("start", "active", "m-1", 1), ("continue", "active", "m-2", 1), ("end", "inactive", "m-3", 1)]
    {
        assert_eq!(codes(&hospital, &alarm(phase, state, id)).await, [Code::CommitAccept]);
        let alarms = hospital.site.services.store.read(Reader::active_alarms).await.unwrap();
        assert_eq!(alarms.len(), active, "{phase}: {alarms:?}");
        let one = &alarms[0];
        assert_eq!(
            (one.kind, one.patient, one.device.as_str()),
            (AlarmKind::Device, Some(patient), "icu.00A0370098007A80")
        );
        assert_eq!(one.cleared.is_some(), phase == "end", "{one:?}");
        assert!(one.text.contains("84"), "{}", one.text);
    }
}

struct Clinic {
    hospital: RunningSite,
    device: TestDevice,
    wrong: PatientId,
    right: PatientId,
    token: String,
    browser: Browser,
    lines: PathBuf,
    accepted: std::sync::Arc<gateway::ehr::Counts>,
    _stop: CancellationToken,
}

impl Clinic {
    /// A device with the wrong patient, and a record that takes PCD-01.
    async fn new() -> Self {
        Self::with(PatientFrom::Association).await
    }

    /// The same, and who it is whose readings messages hold.
    async fn with(patient: PatientFrom) -> Self {
        let hospital = RunningSite::with(|config| {
            config.sources.mllp.push(source(|source| source.patient = patient));
        })
        .await;
        let site = &hospital.site;
        let device = site.device("monitor-1").await;
        let (wrong, right) = (site.patient("WRONG").await, site.patient("RIGHT").await);
        site.admin().associate(&device.id, wrong, "3", Micros(0)).await.unwrap();
        let lines = site.folder.path().join("ehr.jsonl");
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("localhost:{}", tcp.local_addr().unwrap().port());
        let listener = Listener::new(Options { output: Some(lines.clone()), ..Options::default() }).unwrap();
        let (accepted, stop) = (listener.counts(), CancellationToken::new());
        tokio::spawn(listener.run(tcp, stop.clone()));
        sinks::start(&site.services, &plain(address)).unwrap();
        let address = http::start("127.0.0.1:0".parse().unwrap(), &site.services).await.unwrap();
        let life = std::time::Duration::from_secs(60);
        let token = site.services.sessions.issue_token("reader", Role::Clinician, life).unwrap();
        let (token, browser) = (token.expose_secret().to_owned(), Browser::new(address, site.maker.ca.der()));
        Self { hospital, device, wrong, right, token, browser, lines, accepted, _stop: stop }
    }

    async fn commit(&mut self) {
        let bytes = self.device.next(1);
        assert!(matches!(self.hospital.site.send(&self.device, bytes).await, Outcome::Committed(_)));
    }

    async fn get(&self, path: &str) -> Value {
        let authorization = format!("Bearer {}", self.token);
        self.browser.ask("GET", path, &[("authorization", &authorization)], "").await.json()
    }

    /// The status and the batch of all observations of a patient, oldest first.
    async fn chart(&self, patient: PatientId) -> Vec<(String, String)> {
        let bundle = self.get(&format!("/fhir/Observation?patient={patient}")).await;
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        let word = |entry: &Value, name: &str| entry["resource"][name].as_str().unwrap().to_owned();
        entries.iter().rev().map(|entry| (word(entry, "status"), word(entry, "id"))).collect()
    }

    async fn until_accepted(&self, count: u64) {
        for _ in 0..1000 {
            if self.accepted.accepted.load(Relaxed) >= count {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("{} messages accepted, not {count}", self.accepted.accepted.load(Relaxed));
    }

    /// Patient and control id of each message that the record took.
    fn taken(&self) -> Vec<(String, String)> {
        let text = std::fs::read_to_string(&self.lines).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let word = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
        lines.map(|line| (word(&line, "patient"), word(&line, "control_id"))).collect()
    }
}

#[tokio::test]
async fn the_wrong_patient_is_put_right_everywhere_and_nothing_is_lost() {
    let mut clinic = Clinic::new().await;
    for _ in 0..2 {
        clinic.commit().await;
    }
    clinic.until_accepted(2).await;
    let services = clinic.hospital.site.services.clone();
    let association = services.store.read(Reader::current_associations).await.unwrap()[0].id;
    let made = services.administration("user:ada").correct(association, clinic.right).await.unwrap();
    assert_eq!((made.patient, made.is_open()), (clinic.right, true));
    // To the record: what was sent is taken back, and then the right patient's.
    clinic.until_accepted(6).await;
    let expected: Vec<(String, String)> = [
        ("WRONG", "MS1"),
        ("WRONG", "MS2"),
        ("WRONG", "MS3-W"),
        ("RIGHT", "MS3"),
        ("WRONG", "MS4-W"),
        ("RIGHT", "MS4"),
    ]
    .map(|(patient, id)| (patient.to_owned(), id.to_owned()))
    .into();
    assert_eq!(clinic.taken(), expected);
    // In FHIR: the wrong ones are in error under their ids, the right ones have ids of their own.
    let in_error = |ids: &[&str], status: &str| -> Vec<(String, String)> {
        ids.iter().map(|id| (status.to_owned(), (*id).to_owned())).collect()
    };
    assert_eq!(clinic.chart(clinic.wrong).await, in_error(&["1-0", "2-0"], "entered-in-error"));
    assert_eq!(clinic.chart(clinic.right).await, in_error(&["3-0", "4-0"], "final"));
    // The record that proves itself goes with the patient whose it is.
    let sealed = |patient| format!("/api/patients/{patient}/record");
    let authorization = format!("Bearer {}", clinic.token);
    for (patient, lines) in [(clinic.wrong, 1), (clinic.right, 3)] {
        let record =
            clinic.browser.ask("GET", &sealed(patient), &[("authorization", &authorization)], "").await;
        assert_eq!(record.text().lines().count(), lines, "a header and its batches");
        let trust = seal::Maker::from_der(clinic.hospital.site.maker.ca.der()).unwrap();
        let report = seal::record::verify_record(&record.body[..], &trust).unwrap();
        assert!(report.is_whole(), "{report:?}");
    }
    // What comes now is the right patient's; what was put right once can be put right again.
    clinic.commit().await;
    let third = clinic.hospital.site.patient("THIRD").await;
    services.administration("user:ada").correct(made.id, third).await.unwrap();
    assert_eq!(
        clinic.chart(clinic.right).await.iter().filter(|(status, _)| status != "entered-in-error").count(),
        0
    );
    assert_eq!(clinic.chart(third).await, in_error(&["6-0", "7-0", "8-0"], "final"));
    for (id, why) in [(association, "twice"), (made.id, "twice")] {
        assert!(services.administration("user:ada").correct(id, third).await.is_err(), "{why}");
    }
    let stored = rows(&clinic.hospital.site).await;
    assert_eq!(stored.len(), 8, "nothing was removed");
    assert_eq!(
        stored.iter().filter(|row| row.replaced.is_none()).map(|row| row.id).collect::<Vec<_>>(),
        [BatchId(6), BatchId(7), BatchId(8)]
    );
    let log = services.store.read(|reader| reader.audit(Page::default())).await.unwrap();
    assert_eq!(log.iter().filter(|row| row.action == "correct" && row.actor == "user:ada").count(), 2);
    services.store.close().await;
    drop(clinic);
}

/// Demonstration and test data never reach a chart, whichever way they come and whatever else is in the message.
#[tokio::test]
async fn test_data_never_reaches_a_chart() {
    let clinic = Clinic::new().await;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % below
    };
    let (real, staged) = (149_530, 147_842);
    let services = &clinic.hospital.site.services;
    for number in 0..40 {
        let at = format_time(now());
        let processing = ["P", "P", "P", "T", "D"][random(5)];
        let mut text = format!(
            "MSH|^~\\&|MON|H|GW|H|{at}||ORU^R01^ORU_R01|m-{number}|{processing}|2.6|||AL|NE\rPID|||WRONG\rOBR|1|||x^y|||{at}\r\
             OBX|1||69965^MDC_DEV_MON^MDC|1.0.0.0|||||||X|||||||MON-1\r"
        );
        for row in 0..1 + random(4) {
            // A real row bears one code, a staged one another; in a message that is not for care all are staged.
            let is_staged = random(2) == 0;
            let (code, flag) =
                if is_staged { (staged, ["DEMO", "TEST", "TEST~DEMO"][random(3)]) } else { (real, "") };
            text.push_str(&format!(
                "OBX|{}|NM|{code}^X^MDC|1.1.1.{}|60|264864^MDC_DIM_BEAT_PER_MIN^MDC||{flag}|||R\r",
                row + 2,
                row + 1
            ));
        }
        let got = exchange(&clinic.hospital, &frame(text.as_bytes())).await;
        assert_eq!(got[0].code, Code::CommitAccept, "{text}");
        if number == 0 {
            let device = "icu.MON-1".parse().unwrap();
            services.administration("system").associate(&device, clinic.wrong, "3", Micros(0)).await.unwrap();
        }
    }
    let flags = Flags::SIMULATED.0 | Flags::TEST.0;
    let (mut charted, mut marked) = (0, 0);
    for row in rows(&clinic.hospital.site).await {
        let batch = row.open().unwrap().batch;
        let all_staged = batch.readings.iter().all(|reading| reading.flags().0 & flags != 0);
        assert!(!all_staged || row.patient.is_none(), "{row:?}");
    }
    let bundle = clinic.get(&format!("/fhir/Observation?patient={}&_count=500", clinic.wrong)).await;
    for entry in bundle["entry"].as_array().unwrap() {
        let (resource, mut is_test) = (&entry["resource"], false);
        for label in resource["meta"]["security"].as_array().into_iter().flatten() {
            is_test |= label["code"] == "HTEST";
        }
        assert_eq!(resource["meta"]["tag"][0]["code"], "not-sealed");
        let code: u32 = resource["code"]["coding"][0]["code"].as_str().unwrap().parse().unwrap();
        assert!(code != staged || is_test, "{resource}");
        charted += u32::from(!is_test);
        marked += u32::from(is_test);
    }
    assert!(charted > 0 && marked > 0, "{charted} {marked}");
    // The feed is for care: what is staged leaves it only as training.
    let position =
        async || services.store.read(|reader| reader.outbox("ehr", Journal::Batches)).await.unwrap();
    let newest = rows(&clinic.hospital.site).await.last().unwrap().id;
    for _ in 0..1000 {
        if position().await >= newest.into() || clinic.taken().len() >= 40 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let text = std::fs::read_to_string(&clinic.lines).unwrap();
    let mut sent = 0;
    for line in text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        for observation in line["observations"].as_array().into_iter().flatten() {
            let is_staged = observation["flags"].as_u64().unwrap() & u64::from(flags) != 0;
            let code = observation["code"].as_u64().unwrap();
            if line["processing"] == "P" {
                assert!(!is_staged && code != u64::from(staged), "{line}");
                sent += 1;
            }
        }
    }
    assert!(sent > 0);
}

/// Readings of a patient whom their message names, with no association, are put right like others.
#[tokio::test]
async fn readings_of_a_named_patient_are_given_to_the_right_one() {
    let clinic = Clinic::with(PatientFrom::Message).await;
    let services = &clinic.hospital.site.services;
    let send = async |number: i64| {
        let at = format_time(now().plus((number - 60) * 1_000_000));
        let text = format!(
            "MSH|^~\\&|MON|H|GW|H|{at}||ORU^R01^ORU_R01|n-{number}|P|2.6|||AL|NE\rPID|||WRONG\rOBR|1|||x^y|||{at}\r\
             OBX|1||69965^MDC_DEV_MON^MDC|1.0.0.0|||||||X|||||||MON-1\r\
             OBX|2|NM|149530^X^MDC|1.1.1.1|6{number}|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R\r"
        );
        assert_eq!(exchange(&clinic.hospital, &frame(text.as_bytes())).await[0].code, Code::CommitAccept);
    };
    for number in 0..4 {
        send(number).await;
    }
    clinic.until_accepted(4).await;
    let stored = rows(&clinic.hospital.site).await;
    assert!(stored.iter().all(|row| row.patient == Some(clinic.wrong) && row.association.is_none()));
    let ids: Vec<i64> = stored.iter().map(|row| row.id.0).collect();
    let correct = async |batch: i64, patient: PatientId, body: String| {
        let path = format!("/api/batches/{batch}/correct/{patient}");
        let authorization = format!("Bearer {}", clinic.token);
        clinic.browser.ask("POST", &path, &[("authorization", &authorization)], &body).await
    };
    assert_eq!(correct(ids[1], clinic.wrong, String::new()).await.status, 409, "the same patient");
    assert_eq!(correct(999, clinic.right, String::new()).await.status, 409, "no such batch");
    // The second to the third, named from the later one.
    let answer = correct(ids[2], clinic.right, format!("{{\"through\": {}}}", ids[1])).await;
    assert_eq!((answer.status.as_u16(), answer.json()["batches"].as_u64()), (200, Some(2)), "{answer:?}");
    assert_eq!(correct(ids[1], clinic.right, String::new()).await.status, 409, "twice");
    // Two are taken back from the wrong patient, and sent anew for the right one.
    clinic.until_accepted(8).await;
    let text = std::fs::read_to_string(&clinic.lines).unwrap();
    let sent: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| {
            let observation = &line["observations"][0];
            let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            format!("{} {}", word(&line["patient"]), word(&observation["value"]))
        })
        .collect();
    assert_eq!(&sent[4..], ["WRONG 61", "RIGHT 61", "WRONG 62", "RIGHT 62"]);
    let statuses = async |patient| {
        let chart = clinic.chart(patient).await;
        chart.into_iter().map(|(status, _)| status).collect::<Vec<_>>()
    };
    let (error, standing) = ("entered-in-error", "final");
    assert_eq!(statuses(clinic.wrong).await, [standing, error, error, standing]);
    assert_eq!(statuses(clinic.right).await.len(), 2);
    let log = services.store.read(|reader| reader.audit(Default::default())).await.unwrap();
    let noted = log.iter().find(|row| row.action == "correct").unwrap();
    assert_eq!(
        (noted.actor.as_str(), noted.object.clone()),
        ("user:reader", format!("patient:{}", clinic.right))
    );
    // What an association says is put right by association.
    let device = "icu.MON-1".parse().unwrap();
    services.administration("system").associate(&device, clinic.wrong, "3", Micros(0)).await.unwrap();
    send(5).await;
    let last = rows(&clinic.hospital.site).await.last().unwrap().id;
    let answer = correct(last.0, clinic.right, String::new()).await;
    assert_eq!(answer.status, 409);
    assert!(answer.text().contains("put that right"), "{answer:?}");
}
