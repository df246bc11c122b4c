//! Feeds of flat ORU messages: what a record gets at which interval, what it gets when readings come late or were another patient's, and that
//! neither a restart nor an outage charts anything twice.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use clinical::ack::Code as Answered;
use clinical::hl7::Message;
use gateway::config::{Feed, FeedKind, Hl7, Oru};
use gateway::pipeline::{Outcome, RawMessage};
use gateway::record::{Journal, PatientId, Place};
use gateway::{Config, Services, sinks};
use seal::{Batch, Code, Flags, Micros, Reading};
use tokio_util::sync::CancellationToken;

use crate::fixture::{Site, TestDevice, value};
use crate::hl7_feed::{receiver, until};

pub(crate) const SECOND: i64 = 1_000_000;
/// 2026-01-01 10:00:00 UTC: long past, so that what is charted follows from when rows were received and not from when a test runs.
pub(crate) const TEN: i64 = 1_767_261_600 * SECOND;

const PULSE: u32 = 147_842;
const SATURATION: u32 = 150_456;

/// A minute, means, but the last saturation.
const DIALECT: &str = "name = \"site\"\nextends = \"flat\"\ninterval = 60\naveraging = \"mean\"\ncharset = \"8859/1\"\n\
     [[code]]\nmdc = 147842\ncode = \"HR\"\nplaces = 0\n[[code]]\nmdc = 150456\ncode = \"SPO2\"\naveraging = \"last\"\n";

fn feed(site: &Site, address: &str, dialect: &str) -> Feed {
    let path = site.folder.path().join("dialect.toml");
    std::fs::write(&path, dialect).unwrap();
    let oru = Oru { dialect: path, settle_seconds: 10 };
    Feed::to("ehr", address, PathBuf::new(), FeedKind::Oru(Hl7::default(), oru)).in_the_clear()
}

pub(crate) async fn patient_with(site: &Site, device: &TestDevice, identifier: &str) -> PatientId {
    let patient = site.patient(identifier).await;
    site.admin().associate(&device.id, patient, "3", Micros(0)).await.unwrap();
    patient
}

/// Sends readings measured `at` and received `after` seconds later.
pub(crate) async fn send(site: &Site, device: &mut TestDevice, at: i64, after: i64, readings: Vec<Reading>) {
    let batch = Batch { device: device.id.clone(), time: Micros(TEN + at * SECOND), readings };
    let received = Micros(TEN + (at + after) * SECOND);
    let bytes = device.seal(&batch);
    let message = RawMessage { received, ..device.message(bytes) };
    let outcome = site.services.pipeline.submit(message).await.unwrap().await.unwrap();
    assert!(matches!(outcome, Outcome::Committed(_)), "{outcome:?}");
}

pub(crate) fn pulse(number: &str) -> Vec<Reading> {
    vec![value(PULSE, "{beats}/min", number)]
}

async fn waiting(site: &Site) -> (Place, Place) {
    let read = site
        .services
        .store
        .read(|reader| Ok((reader.outbox("ehr", Journal::Charts)?, reader.newest("ehr", Journal::Charts)?)));
    read.await.unwrap()
}

async fn answered(site: &Site, charts: i64) {
    until("answered", async || waiting(site).await == (Place(charts), Place(charts))).await;
}

/// Of each message: PID-3, OBR-3, and of each OBX its code, value, status, and the words of the NTE after it.
pub(crate) fn charted(messages: &[String]) -> Vec<String> {
    let line = |text: &String| {
        let message = Message::parse(text).unwrap();
        let mut line = String::new();
        for segment in message.segments() {
            let field = |number| segment.field(number).component(1).text().into_owned();
            line.push_str(&match segment.name() {
                "PID" => field(3),
                "OBR" => format!(" {}", field(3)),
                "OBX" => format!(" {}={}{}", field(3), field(5), field(11)),
                "NTE" => format!(" ({})", field(3)),
                _ => String::new(),
            });
        }
        line
    };
    messages.iter().map(line).collect()
}

#[tokio::test]
async fn an_interval_is_one_message_a_patient_and_says_of_how_many_values() {
    let site = Site::new().await;
    let (address, got) = receiver(|_| Some(Answered::CommitAccept)).await;
    let mut device = site.device("mon-1").await;
    let patient = patient_with(&site, &device, "MRN-1").await;
    for (second, number) in [(0, "60"), (20, "70"), (59, "81")] {
        let mut readings = pulse(number);
        readings.push(value(SATURATION, "%", &format!("9{}", second / 10)));
        send(&site, &mut device, second, 1, readings).await;
    }
    // Of the next minute; simulated values never reach a chart.
    send(&site, &mut device, 61, 1, pulse("90")).await;
    let mut staged = value(PULSE, "{beats}/min", "1");
    if let Reading::Value { flags, .. } = &mut staged {
        *flags = Flags::SIMULATED;
    }
    send(&site, &mut device, 62, 1, vec![staged]).await;
    sinks::start(&site.services, &feed(&site, &address, DIALECT)).unwrap();
    answered(&site, 2).await;
    let got = got.lock().unwrap();
    assert_eq!(
        charted(&got),
        [
            format!(
                "MRN-1 {patient}-20260101100000 HR=70R (mean of 3 since 20260101100000+0000) \
                 SPO2=95R (last of 3 since 20260101100000+0000)"
            ),
            format!("MRN-1 {patient}-20260101100100 HR=90R (mean of 1 since 20260101100101+0000)"),
        ]
    );
}

#[tokio::test]
async fn what_comes_late_is_a_correction_and_what_was_anothers_is_taken_back() {
    let site = Site::new().await;
    let (address, got) = receiver(|_| Some(Answered::CommitAccept)).await;
    let mut device = site.device("mon-1").await;
    let wrong = patient_with(&site, &device, "WRONG").await;
    let right = site.patient("RIGHT").await;
    send(&site, &mut device, 5, 1, pulse("60")).await;
    sinks::start(&site.services, &feed(&site, &address, DIALECT)).unwrap();
    answered(&site, 1).await;
    // In its time still, since it is received before the ten seconds have passed ...
    send(&site, &mut device, 65, 1, pulse("80")).await;
    // ... and after that; the saturation of that minute is new.
    let mut late = pulse("64");
    late.push(value(SATURATION, "%", "97"));
    send(&site, &mut device, 30, 300, late).await;
    answered(&site, 3).await;
    let made = site.services.store.read(move |reader| reader.associations_of(wrong)).await.unwrap()[0].id;
    site.admin().correct(made, right).await.unwrap();
    answered(&site, 7).await;
    let got = charted(&got.lock().unwrap());
    let (since, at) = ("since 20260101100005+0000", "20260101100000");
    assert_eq!(got[0], format!("WRONG {wrong}-{at} HR=60R (mean of 1 {since})"));
    assert_eq!(got[1], format!("WRONG {wrong}-20260101100100 HR=80R (mean of 1 since 20260101100105+0000)"));
    assert_eq!(
        got[2],
        format!(
            "WRONG {wrong}-{at} HR=62C (mean of 2 {since}) SPO2=97R (last of 1 since 20260101100030+0000)"
        )
    );
    let rest: Vec<&str> = got[3..].iter().map(String::as_str).collect();
    assert_eq!(
        rest,
        [
            &*format!(
                "WRONG {wrong}-{at} HR=62W (mean of 2 {since}) SPO2=97W (last of 1 since 20260101100030+0000)"
            ),
            &*format!(
                "RIGHT {right}-{at} HR=62R (mean of 2 {since}) SPO2=97R (last of 1 since 20260101100030+0000)"
            ),
            &*format!("WRONG {wrong}-20260101100100 HR=80W (mean of 1 since 20260101100105+0000)"),
            &*format!("RIGHT {right}-20260101100100 HR=80R (mean of 1 since 20260101100105+0000)"),
        ]
    );
}

/// How many messages a receiver of a restart test answers before it closes its connections.
static ANSWERED: AtomicU64 = AtomicU64::new(0);

#[tokio::test]
async fn a_restart_charts_nothing_twice_and_forgets_nothing() {
    let site = Site::new().await;
    // It answers five messages and none of those that come before the gateway is started anew.
    ANSWERED.store(5, Relaxed);
    let (address, got) = receiver(|n| (n < ANSWERED.load(Relaxed)).then_some(Answered::CommitAccept)).await;
    let mut device = site.device("mon-1").await;
    patient_with(&site, &device, "MRN-1").await;
    for minute in 0..20 {
        send(&site, &mut device, minute * 60 + 10, 1, pulse(&format!("{}", 60 + minute))).await;
    }
    let feed = feed(&site, &address, DIALECT);
    sinks::start(&site.services, &feed).unwrap();
    until("five", async || waiting(&site).await == (Place(5), Place(20))).await;
    site.services.shutdown.cancel();
    site.services.tasks.close();
    site.services.tasks.wait().await;
    site.services.store.close().await;
    ANSWERED.store(u64::MAX, Relaxed);
    let config = Config::clone(&site.services.config);
    let services = Services::open(config, CancellationToken::new()).unwrap();
    sinks::start(&services, &feed).unwrap();
    let place = async || {
        services.store.read(|reader| reader.outbox("ehr", Journal::Charts)).await.unwrap() == Place(20)
    };
    until("all", place).await;
    let messages = got.lock().unwrap().clone();
    let values: Vec<String> = charted(&messages)
        .iter()
        .map(|line| line.split('=').nth(1).unwrap().split('R').next().unwrap().to_owned())
        .collect();
    assert_eq!(values, (60..80).map(|number| number.to_string()).collect::<Vec<_>>());
    services.shutdown.cancel();
    services.store.close().await;
}

#[tokio::test]
async fn without_an_interval_each_batch_is_a_message_in_the_dialects_characters() {
    let site = Site::new().await;
    let (address, got) = receiver(|_| Some(Answered::CommitAccept)).await;
    let mut device = site.device("mon-1").await;
    let wrong = patient_with(&site, &device, "WRONG").await;
    let right = site.patient("RIGHT").await;
    send(&site, &mut device, 0, 1, pulse("60")).await;
    send(&site, &mut device, 1, 1, pulse("61")).await;
    sinks::start(&site.services, &feed(&site, &address, "name = \"now\"\nextends = \"flat\"")).unwrap();
    let position = async |place| {
        site.services.store.read(|reader| reader.outbox("ehr", Journal::Batches)).await.unwrap()
            == Place(place)
    };
    until("two", async || position(2).await).await;
    let made = site.services.store.read(move |reader| reader.associations_of(wrong)).await.unwrap()[0].id;
    site.admin().correct(made, right).await.unwrap();
    until("four", async || position(4).await).await;
    let got = charted(&got.lock().unwrap());
    let statuses: Vec<(&str, &str)> =
        got.iter().map(|line| (&line[..5], line.rsplit_once('=').unwrap().1)).collect();
    assert_eq!(
        statuses,
        [
            ("WRONG", "60R"),
            ("WRONG", "61R"),
            ("WRONG", "60W"),
            ("RIGHT", "60R"),
            ("WRONG", "61W"),
            ("RIGHT", "61R")
        ]
    );
}

#[tokio::test]
async fn readings_of_nobody_and_refused_charts_are_laid_aside_and_may_be_sent_again() {
    let site = Site::new().await;
    let (address, got) =
        receiver(|n| Some(if n == 0 { Answered::ApplicationError } else { Answered::CommitAccept })).await;
    let (mut nobody, mut device) = (site.device("nobody").await, site.device("mon-1").await);
    patient_with(&site, &device, "MRN-1").await;
    send(&site, &mut device, 0, 1, pulse("60")).await;
    send(&site, &mut nobody, 0, 1, pulse("61")).await;
    send(&site, &mut device, 60, 1, pulse("62")).await;
    sinks::start(&site.services, &feed(&site, &address, DIALECT)).unwrap();
    answered(&site, 3).await;
    let query = gateway::store::LetterQuery::default();
    let letters = site.services.store.read(move |reader| reader.letters(&query, Default::default()));
    let mut letters = letters.await.unwrap();
    letters.sort_by_key(|letter| letter.place);
    let reasons: Vec<_> = letters.iter().map(|letter| (letter.journal, letter.reason.as_str())).collect();
    assert!(
        reasons.iter().any(|(journal, why)| *journal == Journal::Charts && why.starts_with("AE")),
        "{reasons:?}"
    );
    assert!(reasons.contains(&(Journal::Charts, "no patient was with the device")), "{reasons:?}");
    let refused = letters.iter().find(|letter| letter.reason.starts_with("AE")).unwrap().id;
    site.services.store.write(move |writer| writer.retry_letter(refused).map(drop)).await.unwrap();
    until("sent again", async || got.lock().unwrap().len() == 3).await;
    let got = got.lock().unwrap();
    assert_eq!(got[0], got[2], "the same message");
}

/// Of each code and reason, how many readings a destination was not sent.
async fn left_out(site: &Site) -> Vec<(u32, &'static str, u64)> {
    let terms = site.services.store.read(|reader| reader.left_out("ehr")).await.unwrap();
    terms.iter().map(|one| (one.code.unwrap().0, one.why.as_str(), one.count)).collect()
}

fn simulated(reading: Reading) -> Reading {
    match reading {
        Reading::Value { code, unit, dt_us, value, .. } => {
            Reading::Value { code, unit, dt_us, value, flags: Flags::SIMULATED }
        }
        other @ (Reading::Wave { .. } | Reading::Text { .. }) => other,
    }
}

fn wave() -> Reading {
    Reading::Wave {
        code: Code(131_330),
        unit: "mV".parse().unwrap(),
        dt_us: 0,
        period_us: 4000,
        scale: "0.005".parse().unwrap(),
        offset: "0".parse().unwrap(),
        samples: vec![1, 2, 3],
        flags: Flags::NONE,
    }
}

#[tokio::test]
async fn what_a_dialect_leaves_out_is_counted_by_code_and_reason_once() {
    const TEMPERATURE: u32 = 150_364;
    let only_pulse = "unlisted = \"leave\"\n[[code]]\nmdc = 147842\ncode = \"HR\"\n";
    // With an interval the third batch comes late, for an interval that was charted.
    for (head, late) in [
        ("name = \"now\"\nextends = \"flat\"\n", 1),
        ("name = \"m\"\nextends = \"flat\"\ninterval = 60\n", 300),
    ] {
        let site = Site::new().await;
        let (address, got) = receiver(|_| Some(Answered::CommitAccept)).await;
        let mut device = site.device("mon-1").await;
        patient_with(&site, &device, "MRN-1").await;
        let mixed = || {
            let (saturation, temperature) = (value(SATURATION, "%", "97"), value(TEMPERATURE, "Cel", "37.1"));
            vec![value(PULSE, "{beats}/min", "60"), saturation, temperature, wave()]
        };
        send(&site, &mut device, 5, 1, mixed()).await;
        send(&site, &mut device, 65, 1, mixed()).await;
        send(&site, &mut device, 10, late, vec![value(SATURATION, "%", "98")]).await;
        let staged = simulated(value(PULSE, "{beats}/min", "1"));
        send(&site, &mut device, 66, late, vec![staged]).await;
        sinks::start(&site.services, &feed(&site, &address, &format!("{head}{only_pulse}"))).unwrap();
        let expected = [
            (131_330, "waveform", 2),
            (PULSE, "staged", 1),
            (TEMPERATURE, "unlisted", 2),
            (SATURATION, "unlisted", 3),
        ];
        until("counted", async || left_out(&site).await.iter().map(|one| one.2).sum::<u64>() >= 8).await;
        let mut found = left_out(&site).await;
        found.sort_by_key(|one| (one.0 != 131_330, one.1 != "staged", one.0));
        assert_eq!(found, expected, "{head}");
        until("told", async || got.lock().unwrap().len() >= 2).await;
        let got = charted(&got.lock().unwrap());
        // Besides the values there is the seal's hash, in which any digits can be.
        let values = |line: &String| {
            line.split(' ').filter(|word| word.contains('=')).map(str::to_owned).collect::<Vec<_>>()
        };
        assert!(got.iter().all(|line| values(line) == ["HR=60R"]), "{got:?}");
        assert_eq!(got.len(), 2, "{got:?}");
    }
}
