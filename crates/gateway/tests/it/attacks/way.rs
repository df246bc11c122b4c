//! The ways of sealed batches: how each delivers, and what it hears.

use std::process::Stdio;

use gateway::config::Tokens;
use seal::SealedBatch;
use serde_json::Value;

use super::material::{batches, visitors};
use super::{Line, compare, noted, seen};
use crate::fixture::{Maker, RunningSite, TestDevice};
use crate::intake_client::{JWT_BEARER, TOKEN_URL, tls, try_ask, with_sources};
use crate::mqtt_broker::{Mosquitto, topic};
use crate::mqtt_client::{Raw, connect, publish};
use crate::rabbit::Rabbit;

/// Delivers over MQTT 5 in the name of `claimed` with the certificate of `device`.
async fn by_mqtt(site: &RunningSite, device: &TestDevice, claimed: &str, bytes: &[u8]) -> String {
    let Ok(mut raw) = Raw::tls(site.running.addresses.mqtt, &site.site.maker, device).await else {
        return "closed".into();
    };
    raw.try_send(&connect(5, claimed)).await;
    match raw.receive().await {
        None => return "closed".into(),
        Some(connack) if connack.body[1] != 0 => return format!("CONNACK {:02x}", connack.body[1]),
        Some(_) => {}
    }
    raw.try_send(&publish(5, 1, &format!("medseal/v1/{claimed}/batch"), 1, bytes)).await;
    match raw.receive().await {
        None => "closed".into(),
        Some(packet) if packet.kind == 0x40 => {
            format!("PUBACK {:02x}", packet.body.get(2).copied().unwrap_or_default())
        }
        Some(packet) => format!("DISCONNECT {:02x}", packet.body[0]),
    }
}

async fn by_https(site: &RunningSite, device: Option<&TestDevice>, token: &str, bytes: &[u8]) -> String {
    let Ok(mut stream) = tls(site.https_source(), &site.site.maker, device).await else {
        return "closed".into();
    };
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("content-type", "application/cbor")];
    headers.extend((!token.is_empty()).then_some(("authorization", bearer.as_str())));
    match try_ask(&mut stream, ("POST", "/v1/batches"), &headers, bytes).await {
        None => "closed".into(),
        Some(reply) => {
            let body = reply.json();
            let word = body["reason"].as_str().or(body["outcome"].as_str()).unwrap_or_default();
            format!("{} {word}", reply.status)
        }
    }
}

/// One stream; a receipt for each batch, and for what got none how the stream ended.
async fn by_grpc(site: &RunningSite, device: &TestDevice, token: &str, bytes: &[Vec<u8>]) -> Vec<String> {
    let said = site.stream(device, token, bytes).await;
    let receipt = |one: &Value| {
        let words = [&one[1], &one[2]].map(|word| word.as_str().unwrap().to_owned());
        words.join(" ").trim_end().to_owned()
    };
    let mut answers: Vec<String> = said["receipts"].as_array().unwrap().iter().map(receipt).collect();
    let status = said["status"].as_str().unwrap();
    // What a library says of a connection that it does not get is its own.
    let status = if status.starts_with("UNAVAILABLE") { "closed" } else { status };
    answers.resize(bytes.len(), status.to_owned());
    answers
}

/// A device with one batch stored, and that batch.
async fn with_one(site: &RunningSite, name: &str) -> (TestDevice, Vec<u8>) {
    let mut device = site.site.device(name).await;
    let first = device.next(1);
    site.site.send(&device, first.clone()).await;
    (device, first)
}

/// The batch behind the one that is stored, by an element that has forgotten the attacks.
fn next_after(first: &[u8], device: &mut TestDevice) -> Vec<u8> {
    device.sealer = device.rewound_sealer();
    device.sealer.resume_after(*SealedBatch::parse(first).unwrap().seal());
    device.next(1)
}

#[tokio::test(flavor = "multi_thread")]
async fn on_mqtt() {
    let site = RunningSite::new().await;
    let (mut device, first) = with_one(&site, "monitor-1").await;
    let mut lines = Vec::new();
    for (attack, bytes) in batches(&site, &mut device, &first) {
        let before = seen(&site).await;
        let answer = by_mqtt(&site, &device, "monitor-1", &bytes).await;
        lines.push(Line { attack, answer, noted: noted(&site, &before).await });
    }
    let other = site.site.device("monitor-2").await;
    let sealed = device.next(1);
    let before = seen(&site).await;
    let answer = by_mqtt(&site, &other, "monitor-1", &sealed).await;
    lines.push(Line { attack: "another device's certificate", answer, noted: noted(&site, &before).await });
    for (attack, visitor) in visitors(&site).await {
        let before = seen(&site).await;
        let answer = by_mqtt(&site, &visitor, visitor.id.as_str(), &sealed).await;
        lines.push(Line { attack, answer, noted: noted(&site, &before).await });
    }
    let good = next_after(&first, &mut device);
    assert_eq!(by_mqtt(&site, &device, "monitor-1", &good).await, "PUBACK 00");
    compare("mqtt", &lines);
}

/// What is wrong with a token, and the token.
async fn tokens(
    site: &RunningSite,
    device: &mut TestDevice,
    right: &str,
    other: &str,
) -> Vec<(&'static str, String)> {
    let mut stranger = site.site.device("monitor-3").await;
    vec![
        ("no token", String::new()),
        ("a made-up token", "AAAA".into()),
        ("another device's token", site.token(&mut stranger, right).await),
        ("a token for another way", site.token(device, other).await),
    ]
}

/// A site whose tokens are over as soon as they are given.
async fn brief(change: impl FnOnce(&mut gateway::Config)) -> RunningSite {
    RunningSite::with(|config| {
        with_sources(config);
        config.tokens = Some(Tokens { life_seconds: 0, relay_seconds: 0, ..Tokens::at(TOKEN_URL) });
        change(config);
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn on_https() {
    let site = RunningSite::with(with_sources).await;
    let (mut device, first) = with_one(&site, "monitor-1").await;
    let token = site.token(&mut device, "batches.write").await;
    let mut lines = Vec::new();
    for (attack, bytes) in batches(&site, &mut device, &first) {
        let before = seen(&site).await;
        let answer = by_https(&site, Some(&device), &token, &bytes).await;
        lines.push(Line { attack, answer, noted: noted(&site, &before).await });
    }
    let other = site.site.device("monitor-2").await;
    let sealed = device.next(1);
    let mut one = async |attack, shown: Option<&TestDevice>, token: &str| {
        let before = seen(&site).await;
        let answer = by_https(&site, shown, token, &sealed).await;
        lines.push(Line { attack, answer, noted: noted(&site, &before).await });
    };
    one("another device's certificate", Some(&other), &token).await;
    one("no certificate", None, &token).await;
    for (attack, visitor) in visitors(&site).await {
        one(attack, Some(&visitor), &token).await;
    }
    for (attack, token) in tokens(&site, &mut device, "batches.write", "batches.relay").await {
        one(attack, Some(&device), &token).await;
    }
    let over = brief(|_| {}).await;
    let (mut late, _) = with_one(&over, "monitor-1").await;
    let token_over = over.token(&mut late, "batches.write").await;
    let (before, sealed) = (seen(&over).await, late.next(1));
    let answer = by_https(&over, Some(&late), &token_over, &sealed).await;
    lines.push(Line { attack: "a token that is over", answer, noted: noted(&over, &before).await });
    lines.extend(assertions(&site, &mut device).await);
    let good = next_after(&first, &mut device);
    assert_eq!(by_https(&site, Some(&device), &token, &good).await, "201 committed");
    compare("https", &lines);
}

/// Assertions that give no token, at the endpoint that stands beside the HTTPS source.
async fn assertions(site: &RunningSite, device: &mut TestDevice) -> Vec<Line> {
    let used = device.assertion(|_| {});
    let ask = async |device: &TestDevice, assertion: &str| {
        let reply =
            site.ask_token(Some(device), &[("grant_type", JWT_BEARER), ("assertion", assertion)]).await;
        format!("{} {}", reply.status, reply.json()["error"].as_str().unwrap_or("given"))
    };
    assert_eq!(ask(device, &used).await, "200 given");
    let mut lines = Vec::new();
    let bad = [
        ("an assertion used before", used),
        (
            "an assertion for elsewhere",
            device.assertion(|one| one.aud = "https://elsewhere.example/token".into()),
        ),
        (
            "an assertion that is over",
            device.assertion(|one| {
                one.iat -= 700;
                one.exp -= 700;
            }),
        ),
        ("an assertion that is no token", "a.b.c".to_owned()),
    ];
    for (attack, assertion) in bad {
        let answer = ask(device, &assertion).await;
        let rows = site
            .site
            .services
            .store
            .read(|reader| reader.audit(gateway::store::Page { before: None, limit: 1 }));
        let row = rows.await.unwrap().remove(0);
        lines.push(Line { attack, answer, noted: format!("{} {}", row.action, row.outcome) });
    }
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn on_grpc() {
    let site = RunningSite::with(with_sources).await;
    let (mut device, first) = with_one(&site, "monitor-1").await;
    let token = site.token(&mut device, "batches.write").await;
    let (attacks, bytes): (Vec<_>, Vec<_>) = batches(&site, &mut device, &first).into_iter().unzip();
    let before = seen(&site).await;
    let answers = by_grpc(&site, &device, &token, &bytes).await;
    let after = seen(&site).await;
    assert_eq!((after.stored, after.duplicates), (before.stored, before.duplicates + 1));
    // On one stream: the first attack is the copy, then a refusal for each.
    let notes = std::iter::once("stored once").chain(after.refusals.iter().map(|reason| reason.as_str()));
    let mut lines: Vec<Line> = attacks
        .into_iter()
        .zip(answers)
        .zip(notes)
        .map(|((attack, answer), noted)| Line { attack, answer, noted: noted.to_owned() })
        .collect();
    assert_eq!(lines.len(), bytes.len());
    let other = site.site.device("monitor-2").await;
    let sealed = [device.next(1)];
    let mut one = async |attack, shown: &TestDevice, token: &str| {
        let before = seen(&site).await;
        let answer = by_grpc(&site, shown, token, &sealed).await.remove(0);
        lines.push(Line { attack, answer, noted: noted(&site, &before).await });
    };
    one("another device's certificate", &other, &token).await;
    for (attack, visitor) in visitors(&site).await {
        one(attack, &visitor, &token).await;
    }
    for (attack, token) in tokens(&site, &mut device, "batches.write", "batches.relay").await {
        one(attack, &device, &token).await;
    }
    let over = brief(|_| {}).await;
    let (mut late, _) = with_one(&over, "monitor-1").await;
    let token_over = over.token(&mut late, "batches.write").await;
    let (before, sealed) = (seen(&over).await, [late.next(1)]);
    let answer = by_grpc(&over, &late, &token_over, &sealed).await.remove(0);
    lines.push(Line { attack: "a token that is over", answer, noted: noted(&over, &before).await });
    let good = [next_after(&first, &mut device)];
    assert_eq!(by_grpc(&site, &device, &token, &good).await, ["COMMITTED"]);
    compare("grpc", &lines);
}

/// What RabbitMQ takes it does not tell its producer more of; what the gateway does shows in what it writes down.
#[tokio::test(flavor = "multi_thread")]
async fn on_amqp() {
    let rabbit = Rabbit::start(None);
    let over = brief(|config| config.sources.amqp.push(rabbit.source())).await;
    let (mut late, _) = with_one(&over, "monitor-1").await;
    let token_over = over.token(&mut late, "batches.relay").await;
    let (before, sealed) = (seen(&over).await, late.next(1));
    rabbit.send(&token_over, &[sealed]);
    let note = noted(&over, &before).await;
    let mut lines = vec![Line { attack: "a token that is over", answer: "-".into(), noted: note }];
    over.running.services.shutdown.cancel();
    over.running.stopped().await;

    let site = RunningSite::with(|config| {
        with_sources(config);
        config.sources.amqp.push(rabbit.source());
    })
    .await;
    let (mut device, first) = with_one(&site, "monitor-1").await;
    let token = site.token(&mut device, "batches.relay").await;
    let mut sent: Vec<(&'static str, String, Vec<u8>)> = batches(&site, &mut device, &first)
        .into_iter()
        // The link says how long a message may be, and the broker keeps to it: nothing to be seen from here.
        .filter(|(attack, _)| *attack != "too large")
        .map(|(attack, bytes)| (attack, token.clone(), bytes))
        .collect();
    let sealed = device.next(1);
    for (attack, token) in tokens(&site, &mut device, "batches.relay", "batches.write").await {
        sent.push((attack, token, sealed.clone()));
    }
    let mut gone = site.site.device("monitor-4").await;
    sent.push(("a withdrawn device", site.token(&mut gone, "batches.relay").await, gone.next(1)));
    site.site.admin().revoke(&gone.id).await.unwrap();
    for (attack, token, bytes) in sent {
        let before = seen(&site).await;
        rabbit.send(&token, &[bytes]);
        lines.push(Line { attack, answer: "-".into(), noted: noted(&site, &before).await });
    }
    let before = seen(&site).await.stored;
    rabbit.send(&token, &[next_after(&first, &mut device)]);
    for _ in 0..400 {
        if site.stored().await.len() > before {
            compare("amqp", &lines);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the next good batch was not stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_broker() {
    let (folder, maker) = (tempfile::tempdir().unwrap(), Maker::new("Test maker"));
    let mosquitto = Mosquitto::start(&maker);
    let site = crate::mqtt_broker::site(folder, maker, &mosquitto).await;
    let (mut device, first) = with_one(&site, "monitor-1").await;
    // Until the gateway has subscribed, nothing that is published comes to it.
    for _ in 0..200 {
        mosquitto.publish(&topic(&device), &first);
        if seen(&site).await.duplicates > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let mut lines = Vec::new();
    let mut sent = batches(&site, &mut device, &first);
    let stranger = site.site.maker.device("stranger").next(1);
    let revoked = site.site.device("revoked").await;
    site.site.admin().revoke(&revoked.id).await.unwrap();
    sent.retain(|(attack, _)| *attack != "too large");
    let mut all: Vec<(&str, String, Vec<u8>)> =
        sent.into_iter().map(|(attack, bytes)| (attack, topic(&device), bytes)).collect();
    all.push(("a device that is not enrolled", "medseal/v1/stranger/batch".into(), stranger));
    all.push(("a withdrawn device", topic(&revoked), device.next(1)));
    for (attack, topic, bytes) in all {
        let before = seen(&site).await;
        let notice = mosquitto
            .client("mosquitto_sub", &topic.replace("/batch", "/refused"))
            .args(["-C", "1", "-W", if attack == "an unchanged copy" { "1" } else { "20" }, "-d"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let notice = tokio::task::spawn_blocking(|| notice.wait_with_output().unwrap());
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        mosquitto.publish(&topic, &bytes);
        let note = noted(&site, &before).await;
        let said = String::from_utf8_lossy(&notice.await.unwrap().stdout).into_owned();
        let told = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).next_back();
        let answer =
            told.map_or("no notice".into(), |told| format!("notice {}", told["reason"].as_str().unwrap()));
        lines.push(Line { attack, answer, noted: note });
    }
    let before = seen(&site).await.stored;
    mosquitto.publish(&topic(&device), &next_after(&first, &mut device));
    for _ in 0..400 {
        if site.stored().await.len() > before {
            compare("broker", &lines);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the next good batch was not stored");
}
