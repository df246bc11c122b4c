//! What whoever runs the gateway sees of its ways in, and what waits for a person.

use gateway::config::{MqttBroker, Remote};
use gateway::http;
use gateway::http::session::Role;
use gateway::record::{Journal, Place};
use gateway::store::{LetterQuery, Page};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::browser::Browser;
use crate::fixture::RunningSite;
use crate::hl7_feed::{plain, receiver, until};
use crate::mllp::{PCD01, codes, frame, source};

fn post<'a>(overview: &'a Value, kind: &str) -> &'a Value {
    overview["sources"].as_array().unwrap().iter().find(|one| one["kind"] == kind).unwrap()
}

async fn signed_in(ward: &RunningSite) -> Browser {
    let address = http::start("127.0.0.1:0".parse().unwrap(), &ward.site.services).await.unwrap();
    let mut browser = Browser::new(address, ward.site.maker.ca.der());
    let base = format!("https://{}", browser.host());
    let link = ward.site.services.issue_link(&base, "ada", Role::Clinician).await.unwrap();
    browser.sign_in(link.expose_secret()).await;
    browser
}

#[tokio::test]
async fn each_way_in_says_what_it_does_and_whom_it_turned_away() {
    // A broker that hangs up, again and again.
    let broker = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let broker_address = broker.local_addr().unwrap().to_string();
    tokio::spawn(async move { while broker.accept().await.is_ok() {} });
    let ward = RunningSite::with(|config| {
        config.sources.mllp.push(source(|source| source.connections_per_address = 1));
        config.sources.mqtt_broker.push(MqttBroker::of(Remote::plain(broker_address.clone())));
    })
    .await;
    let browser = signed_in(&ward).await;
    let overview = async || browser.get("/api/sources").await.json();

    codes(&ward, &frame(PCD01.as_bytes())).await;
    let at = ward.running.addresses.mllp[0];
    let mut first = TcpStream::connect(at).await.unwrap();
    first.write_all(b"\x0bMSH").await.unwrap();
    until("one is open", async || post(&overview().await, "mllp")["open"] == 1).await;
    let mut second = TcpStream::connect(at).await.unwrap();
    assert_eq!(second.read(&mut [0; 1]).await.unwrap(), 0, "there is no place for it");
    until("it is told", async || post(&overview().await, "mllp")["refused"] == 1).await;
    let seen = overview().await;
    let mllp = post(&seen, "mllp");
    assert_eq!(
        (&mllp["name"], &mllp["guard"], &mllp["state"]),
        (&"icu".into(), &"plain".into(), &"listening".into())
    );
    assert_eq!((&mllp["messages"], &mllp["address"]), (&1.into(), &at.to_string().into()));
    assert!(mllp["last"].is_i64(), "{mllp}");
    let why = mllp["turned_away"][0]["why"].as_str().unwrap();
    assert!(why.contains("from this address"), "{why}");
    drop(first);

    until("the broker is lost", async || post(&overview().await, "mqtt-broker")["state"] == "lost").await;
    let seen = overview().await;
    let lost = post(&seen, "mqtt-broker");
    assert!(!lost["why"].as_str().unwrap().is_empty(), "{lost}");
    assert_eq!(lost["address"], broker_address);
    assert_eq!(post(&seen, "mqtt")["guard"], "mutual-tls");
}

#[tokio::test]
async fn certificates_are_listed_with_their_ends_and_what_is_missing() {
    let ward = RunningSite::with(|config| {
        let source = source(|source| {
            source.plain = false;
            source.clients = Some(config.tls.certificate.clone());
        });
        config.sources.mllp.push(source);
    })
    .await;
    ward.site.device("mon-1").await;
    let browser = signed_in(&ward).await;
    let seen = browser.get("/api/sources").await.json();
    let lines = seen["certificates"].as_array().unwrap();
    for what in ["this gateway", "CA of the clients of icu", "maker", "seal of mon-1", "connection of mon-1"]
    {
        let line = lines.iter().find(|one| one["what"] == what).unwrap_or_else(|| panic!("{what}: {seen}"));
        assert!(line["until"].as_i64() > line["from"].as_i64(), "{line}");
    }
    std::fs::remove_file(&ward.site.services.config.tls.certificate).unwrap();
    let seen = browser.get("/api/sources").await.json();
    assert!(!seen["certificates"][0]["fault"].as_str().unwrap().is_empty(), "{seen}");
    assert_eq!((&seen["known"]["devices"], &seen["known"]["patients"]), (&1.into(), &0.into()));
}

#[tokio::test]
async fn what_waits_is_counted_without_anybodys_data() {
    let ward = RunningSite::new().await;
    let browser = signed_in(&ward).await;
    let waiting = browser.get("/api/waiting").await.json();
    assert_eq!(waiting, serde_json::json!({"proposals": 0, "letters": 0}));
}

#[tokio::test]
async fn a_tile_never_shows_one_patients_readings_under_anothers_name() {
    let ward = RunningSite::with(|config| {
        config.clock.behind_seconds = 100 * 365 * 24 * 3600;
        config.sources.mllp.push(source(|_| {}));
    })
    .await;
    let (jane, john) = (ward.site.patient("MRN100234").await, ward.site.patient("MRN2").await);
    let browser = signed_in(&ward).await;
    let tile = async || browser.get("/api/ward").await.json()["beds"][0].clone();
    codes(&ward, &frame(PCD01.as_bytes())).await;
    until("named by the message", async || tile().await["patient"]["id"] == jane.to_string()).await;
    let shown = tile().await;
    assert!(!shown["numerics"].as_array().unwrap().is_empty(), "{shown}");
    assert_eq!((&shown["association"], &shown["proof"]["kind"]), (&Value::Null, &"unsealed".into()));

    // Somebody says by hand that the device is with another one: what came before was not theirs.
    let device = shown["device"].as_str().unwrap().parse().unwrap();
    ward.site.admin().associate(&device, john, "7", seal::Micros(1)).await.unwrap();
    until("associated", async || tile().await["patient"]["id"] == john.to_string()).await;
    assert_eq!(tile().await["numerics"], serde_json::json!([]), "Jane's");
    // The source goes on naming Jane: her readings are hers, in the record, and not on the tile.
    codes(&ward, &frame(PCD01.replacen("|1914|P|", "|1915|P|", 1).as_bytes())).await;
    let mut sealing = ward.site.device("mon-1").await;
    let bytes = sealing.next(1);
    ward.site.send(&sealing, bytes).await;
    until("the other device is there", async || browser.get("/api/ward").await.json()["beds"][1].is_object())
        .await;
    assert_eq!(tile().await["numerics"], serde_json::json!([]), "{}", tile().await);
}

#[tokio::test]
async fn demonstration_data_lay_no_letters_aside() {
    let (address, got) = receiver(|_| Some(clinical::ack::Code::ApplicationAccept)).await;
    let ward = RunningSite::with(|config| {
        config.clock.behind_seconds = 100 * 365 * 24 * 3600;
        config.sources.mllp.push(source(|_| {}));
        config.feeds.push(plain(address));
    })
    .await;
    ward.site.patient("MRN100234").await;
    codes(&ward, &frame(PCD01.replacen("|1914|P|", "|1914|T|", 1).as_bytes())).await;
    // Somebody's whom nobody knows, which is for a person to look at.
    codes(&ward, &frame(PCD01.replacen("MRN100234", "NOBODY", 1).as_bytes())).await;
    let store = ward.site.services.store.clone();
    until("both are settled", async || {
        store.read(|reader| reader.outbox("ehr", Journal::Batches)).await.unwrap() == Place(2)
    })
    .await;
    let letters =
        store.read(|reader| reader.letters(&LetterQuery::default(), Page::default())).await.unwrap();
    assert_eq!(letters.iter().map(|letter| letter.place).collect::<Vec<_>>(), [Place(2)], "{letters:?}");
    assert_eq!(got.lock().unwrap().len(), 0);
}
