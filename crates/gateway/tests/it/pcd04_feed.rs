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

use crate::fixture::{Site, TestDevice, now, value};

/// The alarm manager, and what it says of what it hears.
struct Manager {
    address: String,
    said: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Manager {
    async fn start() -> Self {
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

    async fn hears(&mut self) -> Value {
        let line = tokio::time::timeout(Duration::from_secs(20), self.said.next_line()).await;
        let line = line.expect("nothing was told").unwrap().expect("the alarm manager ended");
        serde_json::from_str(&line).unwrap()
    }
}

async fn send(site: &Site, device: &mut TestDevice, percent: &str, seconds: i64, flags: Flags) {
    for second in (0..seconds).rev() {
        let mut reading = value(150_456, "%", percent);
        if let Reading::Value { flags: of, .. } = &mut reading {
            *of = flags;
        }
        let time = now().plus(-second * 1_000_000);
        let sealed = device.seal(&Batch { device: device.id.clone(), time, readings: vec![reading] });
        site.send(device, sealed).await;
    }
}

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
        "text": "SpO2 low: 80 % (limit 92)",
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
