//! Alarms told to an alarm manager that shares no code with us, step by step, and forwarded from a device.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use gateway::config::{Feed, FeedKind, Hl7};
use gateway::record::{Journal, Place};
use gateway::sinks;
use gateway::store::Reader;
use seal::{Batch, Flags, Micros, Reading};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::fixture::{RunningSite, Site, TestDevice, now, value};

/// The alarm manager, and what it says of what it hears.
pub(crate) struct Manager {
    pub(crate) address: String,
    said: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Manager {
    pub(crate) async fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = root.join("../../target/hl7-client/bin/python");
        assert!(python.is_file(), "the HL7 client is not installed: run `cargo xtask test`");
        let mut child = Command::new(python)
            .arg(root.join("tests/hl7_client/alarms.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = said.next_line().await.unwrap().expect("the alarm manager did not start");
        Self { address: format!("127.0.0.1:{port}"), said, _child: child }
    }

    pub(crate) async fn hears(&mut self) -> Value {
        let line = tokio::time::timeout(Duration::from_secs(20), self.said.next_line()).await;
        let line = line.expect("nothing was told").unwrap().expect("the alarm manager ended");
        serde_json::from_str(&line).unwrap()
    }
}

async fn send(site: &Site, device: &mut TestDevice, percent: &str, seconds: i64, flags: Flags) {
    send_of(site, device, (150_456, "%", percent), seconds, flags).await;
}

/// One a second: code, unit and value.
async fn send_of(
    site: &Site,
    device: &mut TestDevice,
    (code, unit, number): (u32, &str, &str),
    seconds: i64,
    flags: Flags,
) {
    for second in (0..seconds).rev() {
        let mut reading = value(code, unit, number);
        if let Reading::Value { flags: of, .. } = &mut reading {
            *of = flags;
        }
        let time = now().plus(-second * 1_000_000);
        let sealed = device.seal(&Batch { device: device.id.clone(), time, readings: vec![reading] });
        site.send(device, sealed).await;
    }
}

/// The facets of an alarm with a value (IHE TF-2, PCD-04): each row's place in OBX-4, and what it is of.
const ROWS: [&str; 8] = [
    "1.0.0.0.1 196616",
    "1.0.0.0.2 150456",
    "1.0.0.0.3 68481",
    "1.0.0.0.4 68482",
    "1.0.0.0.5 68483",
    "1.0.0.0.6 68484",
    "1.0.0.0.7 68485",
    "1.0.0.0.8 68546",
];

#[tokio::test]
async fn an_alarm_manager_hears_every_step_of_an_alarm_in_order() {
    let site = Site::new().await;
    let mut manager = Manager::start().await;
    let feed =
        Feed::to("manager", &manager.address, "".into(), FeedKind::Pcd04(Hl7::default())).in_the_clear();
    sinks::start(&site.services, &feed).unwrap();
    let (mut device, patient) = (site.device("mon-1").await, site.patient("MRN-1").await);
    site.admin().associate(&device.id, patient, "12", Micros(0)).await.unwrap();

    send(&site, &mut device, "80", 5, Flags::NONE).await;
    let raised = manager.hears().await;
    let expected = json!({
        "type": "ORU^R40^ORU_R40", "profile": "IHE_PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.4.1^ISO", "purpose": "P",
        "patient": "MRN-1", "id": "AL1", "parent": "", "event": "196670", "source": "150456", "value": "80", "limits": ">92",
        "phase": "start", "state": "active", "inactivation": "enabled", "priority": "PH", "kind": "SP",
        "text": "SpO2 low: 80 % (limit 92)", "rows": ROWS,
    });
    assert_eq!(raised, expected);

    let standing = |said: &Value| {
        let words =
            ["parent", "phase", "state", "inactivation"].map(|key| said[key].as_str().unwrap().to_owned());
        words.join(" ")
    };
    let alarm = site.services.store.read(Reader::active_alarms).await.unwrap().remove(0).id;
    site.services.store.write(move |writer| writer.acknowledge_alarm(alarm, "ada")).await.unwrap();
    assert_eq!(standing(&manager.hears().await), "^AL1 continue active alert-acknowledged");
    send(&site, &mut device, "97", 6, Flags::NONE).await;
    assert_eq!(standing(&manager.hears().await), "^AL1 end inactive alert-acknowledged");

    // Another alarm, which ends before anybody has seen it, and is of a simulation.
    send(&site, &mut device, "85", 5, Flags::SIMULATED).await;
    let raised = manager.hears().await;
    assert_eq!(
        (&raised["purpose"], &raised["id"], &raised["phase"]),
        (&json!("T"), &json!("AL4"), &json!("start"))
    );
    send(&site, &mut device, "97", 6, Flags::NONE).await;
    assert_eq!(standing(&manager.hears().await), "^AL4 continue latched enabled");
    send(&site, &mut device, "86", 5, Flags::NONE).await;
    assert_eq!(standing(&manager.hears().await), "^AL4 update active enabled");
    let done = async || {
        let read = site.services.store.read(|reader| reader.outbox("manager", Journal::Alarms));
        read.await.unwrap() == Place(6)
    };
    crate::hl7_feed::until("all answered", done).await;
}

/// What was over before a feed first ran calls nobody.
#[tokio::test]
async fn a_feed_begins_with_the_alarms_from_its_first_start_on() {
    let mut manager = Manager::start().await;
    let site = Site::new().await;
    let (mut device, patient) = (site.device("mon-1").await, site.patient("MRN-1").await);
    site.admin().associate(&device.id, patient, "12", Micros(0)).await.unwrap();
    send(&site, &mut device, "80", 5, Flags::NONE).await;
    site.services.store.close().await;
    let mut config = (*site.services.config).clone();
    let kind = FeedKind::Pcd04(Hl7::default());
    config.feeds = vec![Feed::to("manager", &manager.address, "".into(), kind).in_the_clear()];
    let Site { services, folder: _folder, maker: _maker } = site;
    drop(services);
    let running = gateway::Gateway::start(config, tokio_util::sync::CancellationToken::new()).await.unwrap();
    let alarm = running.services.store.read(Reader::active_alarms).await.unwrap().remove(0).id;
    running.services.store.write(move |writer| writer.acknowledge_alarm(alarm, "ada")).await.unwrap();
    let first = manager.hears().await;
    assert_eq!((&first["id"], &first["parent"]), (&json!("AL2"), &json!("^AL1")));
}

/// Nobody looks at it: it moves on twice, and gets more urgent on its way.
#[tokio::test]
async fn an_alarm_manager_hears_how_an_alarm_that_nobody_sees_moves_on() {
    const USUAL: &str = include_str!("../../../../standards/clinical/alarm-limits.toml");
    let step = |after: u32, to: &str| format!("{{ after_seconds = {after}, recipients = \"{to}\"");
    let quick = USUAL
        .replace(&step(180, "charge-nurse"), &step(1, "charge-nurse"))
        .replace(&step(180, "physician"), &step(2, "physician"));
    assert_eq!(quick.matches("after_seconds = 1,").count(), 1, "of limits of medium priority");
    let rules = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(rules.path(), quick).unwrap();
    let mut manager = Manager::start().await;
    let feed =
        Feed::to("manager", &manager.address, "".into(), FeedKind::Pcd04(Hl7::default())).in_the_clear();
    // Time passes for a whole gateway only.
    let RunningSite { site, running } = RunningSite::with(|config| {
        config.alarms = Some(rules.path().into());
        config.feeds.push(feed);
    })
    .await;
    let (mut device, patient) = (site.device("mon-1").await, site.patient("MRN-1").await);
    site.admin().associate(&device.id, patient, "12", Micros(0)).await.unwrap();

    send_of(&site, &mut device, (151_562, "/min", "30"), 5, Flags::NONE).await;
    let mut heard = Vec::new();
    for _ in 0..3 {
        heard.push(manager.hears().await);
    }
    let alarm = site.services.store.read(Reader::active_alarms).await.unwrap().remove(0).id;
    site.services.store.write(move |writer| writer.acknowledge_alarm(alarm, "ada")).await.unwrap();
    heard.push(manager.hears().await);
    send_of(&site, &mut device, (151_562, "/min", "16"), 6, Flags::NONE).await;
    heard.push(manager.hears().await);

    let facets = |said: &Value| {
        let keys =
            ["phase", "state", "inactivation", "priority", "kind", "event", "source", "value", "limits"];
        keys.map(|key| said[key].as_str().unwrap().to_owned()).join(" ")
    };
    let told: Vec<String> = heard.iter().map(facets).collect();
    // An alarm that does not latch is over with its condition. 196648 is HI.
    let expected = [
        "start active enabled PM SP 196648 151562 30 9-24",
        "escalate active enabled PH SP 196648 151562 30 9-24",
        "escalate active enabled PH SP 196648 151562 30 9-24",
        "continue active alert-acknowledged PH SP 196648 151562 30 9-24",
        "end inactive alert-acknowledged PH SP 196648 151562 30 9-24",
    ];
    assert_eq!(told, expected);
    let texts: Vec<&str> = heard.iter().map(|said| said["text"].as_str().unwrap()).collect();
    let (own, moved) =
        ("RR high: 30 /min (limit 24)", |to: &str| format!("RR high: 30 /min (limit 24) (calls {to})"));
    assert_eq!(texts, [own, &moved("charge-nurse"), &moved("physician"), own, own]);
    let first = format!("^{}", heard[0]["id"].as_str().unwrap());
    for (number, said) in heard.iter().enumerate() {
        let rows: Vec<String> = ROWS.iter().map(|row| row.replace("150456", "151562")).collect();
        assert_eq!(said["rows"], json!(rows), "{said}");
        assert_eq!(said["parent"].as_str().unwrap(), if number == 0 { "" } else { first.as_str() }, "{said}");
    }
    let ids: std::collections::BTreeSet<&str> =
        heard.iter().map(|said| said["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 5, "each message is a message of its own");
    running.services.shutdown.cancel();
    running.stopped().await;
}
