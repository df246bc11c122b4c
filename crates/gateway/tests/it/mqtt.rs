//! The MQTT listener, seen by independent clients, good and bad.

use std::net::SocketAddr;
use std::time::Duration;

use gateway::record::DeviceStatus;
use gateway::store::{BatchQuery, Page};
use gateway::{LiveEvent, Services};
use seal::Reason;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::fixture::{Maker, RunningSite, TestDevice};
use crate::mqtt_client::{Packet, Raw, connect, mosquitto_pub, packet, publish, subscribe};

fn topic(device: &TestDevice) -> String {
    format!("medseal/v1/{}/batch", device.id)
}

async fn stored(services: &Services) -> Vec<(String, u64)> {
    let all = services.store.read(|reader| reader.batches(&BatchQuery::default())).await.unwrap();
    all.iter().filter_map(|batch| Some((batch.device.to_string(), batch.counter()?))).collect()
}

async fn reasons(services: &Services) -> Vec<Reason> {
    let all = services.store.read(|reader| reader.refusals(Page::default())).await.unwrap();
    all.iter().rev().map(|refusal| refusal.reason).collect()
}

impl RunningSite {
    fn address(&self) -> SocketAddr {
        self.running.addresses.mqtt
    }

    async fn raw(&self, device: &TestDevice, version: u8) -> Raw {
        Raw::connected(self.address(), &self.site.maker, device, version).await
    }
}

#[tokio::test]
async fn mosquitto_pub_delivers_in_both_versions() {
    let site = RunningSite::new().await;
    let mut device = site.site.device("monitor-1").await;
    for version in ["mqttv311", "mqttv5"] {
        let sealed = device.next(3);
        let folder = site.site.folder.path();
        let output = mosquitto_pub(folder, site.address(), &site.site.maker, &device, version, &sealed).await;
        assert!(output.status.success(), "{version}: {output:?}");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("received PUBACK (Mid: 1, RC:0)"), "{version}: {said}");
    }
    assert_eq!(stored(&site.running.services).await, [("monitor-1".into(), 1), ("monitor-1".into(), 2)]);
}

#[tokio::test]
async fn mosquitto_pub_is_told_of_a_refusal() {
    let site = RunningSite::new().await;
    let mut device = site.site.device("monitor-1").await;
    let mut sealed = device.next(3);
    *sealed.last_mut().unwrap() ^= 1;
    let folder = site.site.folder.path();
    let output = mosquitto_pub(folder, site.address(), &site.site.maker, &device, "mqttv5", &sealed).await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("RC:153"), "{said}");
    assert_eq!(reasons(&site.running.services).await, [Reason::BadHash]);
}

#[tokio::test]
async fn pubacks_come_in_order_and_duplicates_are_acknowledged() {
    let site = RunningSite::new().await;
    let mut device = site.site.device("monitor-1").await;
    for version in [4, 5] {
        let mut raw = site.raw(&device, version).await;
        let batches: Vec<_> = (0..50).map(|_| device.next(2)).collect();
        for (packet_id, sealed) in (1..).zip(batches.iter().chain(&batches)) {
            raw.send(&publish(version, 1, &topic(&device), packet_id, sealed)).await;
            if packet_id % 50 == 0 {
                for expected in packet_id - 49..=packet_id {
                    let puback = raw.receive().await.unwrap();
                    assert_eq!((puback.kind, &puback.body[..2]), (0x40, &expected.to_be_bytes()[..]));
                    assert!(puback.body.get(2).is_none_or(|code| *code == 0), "{puback:?}");
                }
            }
        }
    }
    assert_eq!(stored(&site.running.services).await.len(), 100);
    assert_eq!(site.running.services.metrics.snapshot().duplicates, 100);
}

#[tokio::test]
async fn exactly_once_is_received_after_the_commit_and_completed_once() {
    let site = RunningSite::new().await;
    let mut device = site.site.device("monitor-1").await;
    for version in [4, 5] {
        let mut raw = site.raw(&device, version).await;
        for packet_id in 1..=3_u16 {
            let sealed = device.next(1);
            raw.send(&publish(version, 2, &topic(&device), packet_id, &sealed)).await;
            let pubrec = raw.receive().await.unwrap();
            assert_eq!((pubrec.kind, &pubrec.body[..2]), (0x50, &packet_id.to_be_bytes()[..]));
            assert!(pubrec.body.get(2).is_none_or(|code| *code == 0), "{pubrec:?}");
            let counter = device.sealer.counter().0;
            assert_eq!(stored(&site.running.services).await.last().map(|(_, last)| *last), Some(counter));
            raw.send(&packet(0x62, &packet_id.to_be_bytes())).await;
            let pubcomp = raw.receive().await.unwrap();
            assert_eq!((pubcomp.kind, &pubcomp.body[..2]), (0x70, &packet_id.to_be_bytes()[..]));
        }
        // A refusal: MQTT 5 says why and ends the exchange, MQTT 3.1.1 goes through it.
        raw.send(&publish(version, 2, &topic(&device), 9, b"not a batch")).await;
        let pubrec = raw.receive().await.unwrap();
        assert_eq!(pubrec.kind, 0x50);
        assert_eq!(pubrec.body.get(2), if version == 5 { Some(&0x99) } else { None }, "{pubrec:?}");
        if version == 4 {
            raw.send(&packet(0x62, &[0, 9])).await;
            assert_eq!(raw.receive().await.unwrap().kind, 0x70);
        }
        raw.send(&packet(0x62, &[0, 9])).await;
        let last = raw.closed().await;
        assert_eq!(last.last().map(|packet| packet.kind), (version == 5).then_some(0xe0), "{last:?}");
    }
    assert_eq!(stored(&site.running.services).await.len(), 6);
}

#[tokio::test]
async fn refusals_are_told_in_either_version() {
    let site = RunningSite::new().await;
    let mut device = site.site.device("monitor-1").await;
    device.next(1);
    let gap = device.next(1);

    let mut raw = site.raw(&device, 5).await;
    raw.send(&publish(5, 1, &topic(&device), 7, &gap)).await;
    let puback = raw.receive().await.unwrap();
    assert_eq!((puback.kind, &puback.body[..3]), (0x40, &[0, 7, 0x83][..]));
    assert!(puback.body.ends_with(b"counter-gap"), "{puback:?}");

    let mut raw = site.raw(&device, 4).await;
    raw.send(&subscribe(4, 1, "medseal/v1/monitor-1/#")).await;
    assert_eq!(raw.receive().await.unwrap(), Packet { kind: 0x90, body: vec![0, 1, 0] });
    raw.send(&publish(4, 1, &topic(&device), 8, &gap)).await;
    let notice = raw.receive().await.unwrap();
    assert_eq!(notice.kind, 0x30);
    assert!(notice.body.ends_with(br#"medseal/v1/monitor-1/refused{"counter":2,"reason":"counter-gap"}"#));
    assert_eq!(raw.receive().await.unwrap(), Packet { kind: 0x40, body: vec![0, 8] });
}

#[tokio::test]
async fn devices_that_may_not_come_in_are_turned_away_and_seen() {
    let site = RunningSite::new().await;
    let revoked = site.site.device("revoked").await;
    site.site.admin().revoke(&revoked.id).await.unwrap();
    let stranger = site.site.maker.device("stranger");
    let replaced = site.site.device("replaced").await;
    site.site.device("replaced").await;
    let cases = [(&revoked, 0x8a, 5), (&stranger, 0x87, 5), (&replaced, 0x87, 5)];
    for (device, mqtt5, mqtt3) in cases {
        for (version, expected) in [(5, mqtt5), (4, mqtt3)] {
            let mut raw = Raw::tls(site.address(), &site.site.maker, device).await.unwrap();
            raw.send(&connect(version, device.id.as_str())).await;
            let connack = raw.receive().await.unwrap();
            assert_eq!((connack.kind, connack.body[1]), (0x20, expected), "{}: {connack:?}", device.id);
            assert_eq!(raw.receive().await, None);
        }
    }
    let expected = [Reason::RevokedDevice, Reason::UnknownDevice, Reason::Certificate];
    let expected: Vec<_> = expected.into_iter().flat_map(|reason| [reason, reason]).collect();
    assert_eq!(reasons(&site.running.services).await, expected);
}

#[tokio::test]
async fn a_foreign_certificate_fails_the_handshake() {
    let site = RunningSite::new().await;
    let foreign = Maker::new("Another maker").device("monitor-1");
    // With TLS 1.3 the client has finished before the server has looked at its certificate.
    if let Ok(mut raw) = Raw::tls(site.address(), &site.site.maker, &foreign).await {
        raw.try_send(&connect(5, "monitor-1")).await;
        assert_eq!(raw.receive().await, None);
    }
    // The row is written when the connection has ended.
    let written = async {
        loop {
            let audit =
                site.running.services.store.read(|reader| reader.audit(Page::default())).await.unwrap();
            if audit.iter().any(|row| row.action == "connect" && row.outcome == "refused") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), written).await.expect("no audit row");
}

#[tokio::test]
async fn a_revoked_device_is_cut_off_at_once() {
    let site = RunningSite::new().await;
    let device = site.site.device("monitor-1").await;
    let mut raw = site.raw(&device, 5).await;
    site.site.admin().revoke(&device.id).await.unwrap();
    let last = raw.closed().await;
    assert_eq!((last[0].kind, last[0].body[0]), (0xe0, 0x87));
    let known = site.running.services.store.read(move |reader| reader.device(&device.id)).await.unwrap();
    assert_eq!(known.unwrap().status, DeviceStatus::Revoked);
}

#[tokio::test]
async fn a_device_that_connects_again_takes_its_session_over() {
    let site = RunningSite::new().await;
    let mut device = site.site.device("monitor-1").await;
    let mut older = site.raw(&device, 5).await;
    let mut younger = site.raw(&device, 5).await;
    let last = older.closed().await;
    assert_eq!((last[0].kind, last[0].body[0]), (0xe0, 0x8e));
    let sealed = device.next(1);
    younger.send(&publish(5, 1, &topic(&device), 1, &sealed)).await;
    assert_eq!(younger.receive().await.unwrap().kind, 0x40);
}

/// What a connected device may not send, and the reason code of the DISCONNECT it gets.
fn offences(device: &TestDevice) -> Vec<(&'static str, Vec<u8>, u8)> {
    let mine = topic(device);
    let mut retained = publish(5, 1, &mine, 1, b"x");
    retained[0] |= 1;
    vec![
        ("QoS 0", publish(5, 0, &mine, 0, b"x"), 0x9b),
        ("a second PUBLISH before the PUBREC", publish(5, 2, &mine, 1, b"x").repeat(2), 0x82),
        ("packet id 0", publish(5, 1, &mine, 0, b"x"), 0x82),
        ("packet id 0 twice", publish(5, 2, &mine, 0, b"x").repeat(2), 0x82),
        ("QoS 3", publish(5, 3, &mine, 1, b"x"), 0x81),
        ("retained", retained, 0x9a),
        ("another device's topic", publish(5, 1, "medseal/v1/other/batch", 1, b"x"), 0x87),
        ("second CONNECT", connect(5, device.id.as_str()), 0x82),
        ("a server's packet", packet(0x20, &[0, 0, 0]), 0x82),
        ("PUBREL out of the blue", packet(0x62, &[0, 1]), 0x82),
        ("packet type 0", packet(0x00, &[]), 0x81),
        ("too long a length", vec![0x30, 0xff, 0xff, 0xff, 0xff, 0x01], 0x81),
        ("oversized", vec![0x32, 0xff, 0xff, 0xff, 0x7f], 0x95),
        ("topic not UTF-8", packet(0x32, &[0, 2, 0xff, 0xfe, 0, 1, 0]), 0x81),
    ]
}

#[tokio::test]
async fn offences_end_the_connection_and_disturb_nobody_else() {
    let site = RunningSite::new().await;
    let (offender, mut good) = (site.site.device("offender").await, site.site.device("good").await);
    let mut calm = site.raw(&good, 5).await;
    for (offence, bytes, code) in offences(&offender) {
        let mut raw = site.raw(&offender, 5).await;
        raw.send(&bytes).await;
        let last = raw.closed().await;
        let goodbye = last.last().map(|packet| (packet.kind, packet.body.first().copied()));
        assert_eq!(goodbye, Some((0xe0, Some(code))), "{offence}: {last:?}");

        let sealed = good.next(1);
        calm.send(&publish(5, 1, &topic(&good), 1, &sealed)).await;
        assert_eq!(calm.receive().await.unwrap(), Packet { kind: 0x40, body: vec![0, 1] }, "{offence}");
    }
    assert_eq!(stored(&site.running.services).await.len(), offences(&offender).len());
    // The first of the two PUBLISHes was a message, and no batch.
    assert_eq!(reasons(&site.running.services).await, [Reason::Malformed, Reason::Oversized]);
}

#[tokio::test]
async fn subscriptions_beyond_the_own_topics_are_not_granted() {
    let site = RunningSite::new().await;
    let device = site.site.device("monitor-1").await;
    let mut raw = site.raw(&device, 5).await;
    for (packet_id, filter, code) in [
        (1, "medseal/v1/monitor-1/refused", 0),
        (2, "medseal/v1/monitor-10/refused", 0x87),
        (3, "#", 0x87),
        (4, "medseal/v1/+/batch", 0x87),
        (5, "medseal/v1/monitor-1", 0x87),
    ] {
        raw.send(&subscribe(5, packet_id, filter)).await;
        let suback = raw.receive().await.unwrap();
        assert_eq!(suback, Packet { kind: 0x90, body: vec![0, packet_id as u8, 0, code] }, "{filter}");
    }
}

#[tokio::test]
async fn garbage_before_and_after_the_handshake_is_refused() {
    let site = RunningSite::with(|config| config.mqtt.connect_seconds = 1).await;
    let mut device = site.site.device("monitor-1").await;
    // Plain bytes, an HTTP request, nothing at all.
    for garbage in [&b"\x10\x0e\0\x04MQTT\x04\x02\0\x3c\0\x02ab"[..], b"GET / HTTP/1.1\r\n\r\n", b""] {
        let mut stream = TcpStream::connect(site.address()).await.unwrap();
        stream.write_all(garbage).await.unwrap();
        let mut answer = Vec::new();
        let read = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer);
        tokio::time::timeout(Duration::from_secs(10), read).await.expect("still open").ok();
    }
    // After the handshake: silence, wrong protocol names, versions, and every cut of a CONNECT.
    let hello = connect(5, "monitor-1");
    let mut others = vec![Vec::new(), connect(3, "monitor-1"), connect(6, "monitor-1")];
    others.push(hello[..hello.len() - 1].to_vec());
    others.push(packet(0x10, b"\0\x06MQIsdp\x03\x02\0\x3c\0\x01a"));
    others.push(connect(5, "somebody-else"));
    for bytes in others {
        let mut raw = Raw::tls(site.address(), &site.site.maker, &device).await.unwrap();
        raw.try_send(&bytes).await;
        let last = raw.closed().await;
        assert!(last.iter().all(|packet| packet.kind == 0x20 && packet.body[1] != 0), "{bytes:x?}: {last:?}");
    }
    let mut raw = site.raw(&device, 5).await;
    let sealed = device.next(1);
    raw.send(&publish(5, 1, &topic(&device), 1, &sealed)).await;
    assert_eq!(raw.receive().await.unwrap().kind, 0x40);
}

#[tokio::test]
async fn random_packets_neither_crash_nor_stay() {
    let site = RunningSite::new().await;
    let mut device = site.site.device("monitor-1").await;
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut byte = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 24) as u8
    };
    for round in 0..40 {
        let version = if round % 2 == 0 { 4 } else { 5 };
        let mut raw = site.raw(&device, version).await;
        let mut bytes = publish(version, 1, &topic(&device), 1, b"not a batch");
        for _ in 0..=byte() % 8 {
            let place = usize::from(byte()) % bytes.len();
            bytes[place] = byte();
        }
        bytes.extend((0..byte()).map(|_| byte()));
        raw.try_send(&bytes).await;
    }
    let mut raw = site.raw(&device, 5).await;
    let sealed = device.next(1);
    raw.send(&publish(5, 1, &topic(&device), 1, &sealed)).await;
    assert_eq!(raw.receive().await.unwrap(), Packet { kind: 0x40, body: vec![0, 1] });
}

#[tokio::test]
async fn a_flood_of_refused_messages_ends_the_connection() {
    let site = RunningSite::new().await;
    let device = site.site.device("monitor-1").await;
    let mut raw = site.raw(&device, 5).await;
    for packet_id in 1..=200 {
        raw.try_send(&publish(5, 1, &topic(&device), packet_id, b"not a batch")).await;
    }
    let last = raw.closed().await;
    assert!(last.len() <= 101, "{} answers", last.len());
}

#[tokio::test]
async fn a_stop_acknowledges_what_it_took_and_keeps_it() {
    let site = RunningSite::new().await;
    let mut device = site.site.device("monitor-1").await;
    let mut raw = site.raw(&device, 5).await;
    let mut live = site.running.services.live.listen();
    for packet_id in 1..=20 {
        let sealed = device.next(1);
        raw.send(&publish(5, 1, &topic(&device), packet_id, &sealed)).await;
    }
    while !matches!(&*live.recv().await.unwrap(), LiveEvent::Batch(_)) {}
    let RunningSite { site, running } = site;
    running.services.shutdown.cancel();
    running.stopped().await;
    let told = raw.closed().await;
    let acknowledged = told.iter().filter(|packet| packet.kind == 0x40).count();
    assert_eq!(told.last().map(|packet| (packet.kind, packet.body[0])), Some((0xe0, 0x8b)), "{told:?}");
    let config = (*site.services.config).clone();
    let again = Services::open(config, tokio_util::sync::CancellationToken::new()).unwrap();
    assert!(stored(&again).await.len() >= acknowledged && acknowledged > 0);
}

/// Valid conversations, changed at random places: nothing may panic. The fuzz target `mqtt` does the same for longer.
#[test]
fn changed_conversations_never_panic() {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 16) as usize % below
    };
    let mut batches = 0;
    for round in 0..20_000 {
        let version = if round % 2 == 0 { 4 } else { 5 };
        let mut input = vec![random(256) as u8];
        input.extend(connect(version, "monitor-1"));
        input.extend(subscribe(version, 1, "medseal/v1/monitor-1/#"));
        input.extend(publish(version, 1, "medseal/v1/monitor-1/batch", 2, b"a batch"));
        input.extend(packet(0xc0, &[]));
        input.extend(publish(version, 1, "medseal/v1/monitor-1/batch", 3, b"a batch"));
        input.extend(packet(0xe0, &[]));
        for _ in 0..random(4) {
            let place = random(input.len());
            match random(3) {
                0 => input[place] = random(256) as u8,
                1 => drop(input.remove(place)),
                _ => input.insert(place, random(256) as u8),
            }
        }
        batches += gateway::sources::mqtt::converse(&input);
    }
    assert!(batches > 10_000, "most conversations go on: {batches}");
}
