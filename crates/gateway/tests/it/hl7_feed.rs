//! The feed and the listener against each other, and the feed against receivers that misbehave.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use clinical::ack::{self, Code};
use clinical::hl7::Message;
use clinical::mllp;
use clinical::pcd::Report;
use gateway::LiveEvent;
use gateway::config::{Feed, FeedKind, Hl7, Purpose, Tls};
use gateway::ehr::{Counts, Listener, Options};
use gateway::events::DeliveryOutcome;
use gateway::pipeline::Outcome;
use gateway::record::{Journal, Place, Proof};
use gateway::sinks;
use rustls::pki_types::pem::PemObject as _;
use seal::Micros;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::fixture::{Site, TestDevice, now};

/// A listener in a folder of its own, with TLS and an output file.
struct Record {
    counts: Arc<Counts>,
    output: PathBuf,
    address: String,
    stop: CancellationToken,
}

async fn record(site: &Site) -> Record {
    let tls = gateway::http::server_config(&site.services.config.tls).unwrap();
    let output = site.folder.path().join("ehr.jsonl");
    let options = Options { tls: Some(Arc::new(tls)), output: Some(output.clone()), ..Options::default() };
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("localhost:{}", tcp.local_addr().unwrap().port());
    let (listener, stop) = (Listener::new(options).unwrap(), CancellationToken::new());
    let counts = listener.counts();
    tokio::spawn(listener.run(tcp, stop.clone()));
    Record { counts, output, address, stop }
}

fn ca(site: &Site) -> PathBuf {
    let path = site.folder.path().join("ca.pem");
    std::fs::write(&path, site.maker.ca.pem()).unwrap();
    path
}

fn protected(address: &str, ca: PathBuf) -> Feed {
    Feed::to("ehr", address, ca, FeedKind::Pcd01(Hl7::default()))
}

pub(crate) fn plain(address: String) -> Feed {
    protected(&address, PathBuf::new()).in_the_clear()
}

pub(crate) async fn with_patient(site: &Site, name: &str) -> TestDevice {
    let device = site.device(name).await;
    let patient = site.patient(&format!("MRN-{name}")).await;
    site.admin().associate(&device.id, patient, "3", Micros(0)).await.unwrap();
    device
}

pub(crate) async fn commit(site: &Site, device: &mut TestDevice, count: usize) {
    for _ in 0..count {
        let bytes = device.next(2);
        assert!(matches!(site.send(device, bytes).await, Outcome::Committed(_)));
    }
}

pub(crate) async fn until(what: &str, mut reached: impl AsyncFnMut() -> bool) {
    for _ in 0..1000 {
        if reached().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within 10 s: {what}");
}

async fn position(site: &Site) -> Place {
    site.services.store.read(|reader| reader.outbox("ehr", Journal::Batches)).await.unwrap()
}

#[tokio::test]
async fn every_batch_reaches_the_record_in_order_and_names_its_seal() {
    let site = Site::new().await;
    let record = record(&site).await;
    let mut news = site.services.live.listen();
    let (mut one, mut two) = (with_patient(&site, "one").await, with_patient(&site, "two").await);
    commit(&site, &mut one, 5).await;
    let mut feed = protected(&record.address, ca(&site));
    feed.purpose = Purpose::Training;
    sinks::start(&site.services, &feed).unwrap();
    commit(&site, &mut two, 5).await;
    commit(&site, &mut one, 5).await;
    until("15 accepted", async || record.counts.accepted.load(Relaxed) == 15).await;
    until("position", async || position(&site).await == Place(15)).await;

    let mut counters: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for line in std::fs::read_to_string(&record.output).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["processing"], &line["seal"]["resent"]), (&"T".into(), &false.into()), "{line}");
        let device = line["device"].as_str().unwrap();
        assert_eq!(line["patient"], format!("MRN-{device}"));
        assert_eq!(line["observations"][0]["value"], "60");
        let counter = line["seal"]["counter"].as_u64().unwrap();
        let stored = {
            let device = device.parse().unwrap();
            site.services
                .store
                .read(move |reader| reader.batch_by_counter(&device, counter))
                .await
                .unwrap()
                .unwrap()
        };
        let hash = line["seal"]["hash"].as_str().unwrap().parse().unwrap();
        assert_eq!(stored.proof, Proof::Sealed { counter, hash });
        counters.entry(device.into()).or_default().push(counter);
    }
    assert_eq!(counters["one"], (1..=10).collect::<Vec<_>>());
    assert_eq!(counters["two"], (1..=5).collect::<Vec<_>>());

    let mut delivered = Vec::new();
    while let Ok(event) = news.try_recv() {
        if let LiveEvent::Delivery(delivery) = &*event {
            assert_eq!(delivery.outcome, DeliveryOutcome::Accepted);
            delivered.push(delivery.place.0);
        }
    }
    assert_eq!(delivered, (1..=15).collect::<Vec<_>>());
    let metrics = site.services.metrics.snapshot();
    assert_eq!((metrics.ehr_sent, metrics.ehr_acknowledged), (15, 15));
    record.stop.cancel();
}

/// A receiver that answers the n-th message it gets, over all connections, as `answer` says; `None` closes the connection.
pub(crate) async fn receiver(
    answer: fn(u64) -> Option<Code>,
) -> (String, Arc<std::sync::Mutex<Vec<String>>>) {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap().to_string();
    let (got, count) = (Arc::<std::sync::Mutex<Vec<String>>>::default(), Arc::new(AtomicU64::new(0)));
    let seen = got.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = tcp.accept().await.unwrap();
            tokio::spawn(answer_all(stream, answer, seen.clone(), count.clone()));
        }
    });
    (address, got)
}

async fn answer_all(
    mut stream: TcpStream,
    answer: fn(u64) -> Option<Code>,
    seen: Arc<std::sync::Mutex<Vec<String>>>,
    count: Arc<AtomicU64>,
) {
    let (mut decoder, mut portion) = (mllp::Decoder::default(), [0; 4096]);
    loop {
        while let Some(frame) = decoder.next_frame().unwrap() {
            let text = std::str::from_utf8(frame).unwrap().to_owned();
            let message = Message::parse(&text).unwrap();
            let Some(code) = answer(count.fetch_add(1, Relaxed)) else { return };
            seen.lock().unwrap().push(text.clone());
            let mut out = Vec::new();
            mllp::encode(ack::answer(&message, code, &[], "a", now()).as_bytes(), &mut out).unwrap();
            if stream.write_all(&out).await.is_err() {
                return;
            }
        }
        match stream.read(&mut portion).await {
            Ok(count) if count > 0 => decoder.push(&portion[..count]),
            _ => return,
        }
    }
}

fn counters(messages: &[String]) -> Vec<(u64, bool)> {
    let seal = |text: &String| {
        let message = Message::parse(text).unwrap();
        let seal = Report::read(&message).unwrap().seal.unwrap();
        (seal.counter.unwrap(), seal.resent)
    };
    messages.iter().map(seal).collect()
}

#[tokio::test]
async fn a_refused_batch_is_laid_aside_with_its_reason_and_stops_nothing() {
    let site = Site::new().await;
    let (address, got) =
        receiver(|n| Some(if n == 1 { Code::ApplicationError } else { Code::ApplicationAccept })).await;
    let mut device = with_patient(&site, "one").await;
    commit(&site, &mut device, 4).await;
    sinks::start(&site.services, &plain(address)).unwrap();
    until("position", async || position(&site).await == Place(4)).await;
    assert_eq!(got.lock().unwrap().len(), 4);
    let dead = site.services.store.read(|reader| reader.dead_letters("ehr")).await.unwrap();
    let audit = site.services.store.read(|reader| reader.audit(Default::default())).await.unwrap();
    let entry = audit.iter().find(|row| row.action == "deliver").unwrap();
    assert_eq!((dead, entry.actor.as_str(), entry.object.as_str()), (1, "destination:ehr", "batch:2"));
    let metrics = site.services.metrics.snapshot();
    assert_eq!((metrics.ehr_sent, metrics.ehr_acknowledged), (4, 3));
}

#[tokio::test]
async fn what_may_be_there_already_is_sent_again_and_says_so() {
    let site = Site::new().await;
    // The second message is read and the connection closed without an answer.
    let (address, got) = receiver(|n| (n != 1).then_some(Code::CommitAccept)).await;
    let mut device = with_patient(&site, "one").await;
    commit(&site, &mut device, 3).await;
    sinks::start(&site.services, &plain(address)).unwrap();
    until("position", async || position(&site).await == Place(3)).await;
    assert_eq!(counters(&got.lock().unwrap()), [(1, false), (2, true), (3, true)]);
    commit(&site, &mut device, 1).await;
    until("position", async || position(&site).await == Place(4)).await;
    assert_eq!(counters(&got.lock().unwrap())[3..], [(4, false)]);
}

#[tokio::test]
async fn a_batch_of_nobody_is_laid_aside() {
    let site = Site::new().await;
    let (address, got) = receiver(|_| Some(Code::CommitAccept)).await;
    let mut nobody = site.device("nobody").await;
    commit(&site, &mut nobody, 1).await;
    let mut device = with_patient(&site, "one").await;
    commit(&site, &mut device, 1).await;
    sinks::start(&site.services, &plain(address)).unwrap();
    until("position", async || position(&site).await == Place(2)).await;
    assert_eq!(counters(&got.lock().unwrap()), [(1, false)]);
    assert_eq!(site.services.store.read(|reader| reader.dead_letters("ehr")).await.unwrap(), 1);
}

#[tokio::test]
async fn a_receiver_of_another_ca_gets_nothing() {
    let (site, other) = (Site::new().await, Site::new().await);
    let record = record(&other).await;
    let mut device = with_patient(&site, "one").await;
    commit(&site, &mut device, 1).await;
    sinks::start(&site.services, &protected(&record.address, ca(&site))).unwrap();
    until("a failed handshake", async || record.counts.broken.load(Relaxed) > 0).await;
    assert_eq!((record.counts.received.load(Relaxed), position(&site).await), (0, Place(0)));
    record.stop.cancel();
}

/// What a record shows that speaks only with peers whose certificate the site's CA has issued.
fn asking(site: &Site) -> rustls::ServerConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(site.maker.ca.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier =
        rustls::server::WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
            .build()
            .unwrap();
    let tls = &site.services.config.tls;
    let certificate = rustls::pki_types::CertificateDer::from_pem_file(&tls.certificate).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::from_pem_file(&tls.key).unwrap();
    rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

#[tokio::test]
async fn a_record_that_asks_for_a_certificate_gets_the_feeds_and_is_known_by_the_name_that_was_said() {
    let site = Site::new().await;
    let options = Options { tls: Some(Arc::new(asking(&site))), ..Options::default() };
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap().to_string();
    let (listener, stop) = (Listener::new(options).unwrap(), CancellationToken::new());
    let counts = listener.counts();
    tokio::spawn(listener.run(tcp, stop.clone()));
    let mut device = with_patient(&site, "one").await;
    commit(&site, &mut device, 1).await;

    let own = site.maker.device("feed");
    let client =
        Tls { certificate: site.folder.path().join("feed.pem"), key: site.folder.path().join("feed.key") };
    std::fs::write(&client.certificate, &own.tls_certificate).unwrap();
    std::fs::write(&client.key, &own.tls_key).unwrap();
    let named = |name: &str, server: &str, client: Option<&Tls>| Feed {
        name: name.into(),
        server_name: Some(server.into()),
        client: client.cloned(),
        ..protected(&address, ca(&site))
    };
    // Without a certificate, and to a record of another name: nothing.
    sinks::start(&site.services, &named("bare", "localhost", None)).unwrap();
    sinks::start(&site.services, &named("elsewhere", "ehr.example.org", Some(&client))).unwrap();
    until("two failed handshakes", async || counts.broken.load(Relaxed) >= 2).await;
    assert_eq!(counts.received.load(Relaxed), 0);
    sinks::start(&site.services, &named("ehr", "localhost", Some(&client))).unwrap();
    until("accepted", async || counts.accepted.load(Relaxed) == 1).await;
    until("position", async || position(&site).await == Place(1)).await;
    stop.cancel();
}

#[tokio::test]
async fn a_feed_without_tls_must_be_wished_for() {
    let site = Site::new().await;
    let unprotected = Feed { plain: false, ..plain("localhost:1".into()) };
    let both = Feed { plain: true, ..protected("localhost:1", ca(&site)) };
    let nowhere = plain("localhost".into());
    let many = FeedKind::Pcd01(Hl7 { in_flight: 65, ..Hl7::default() });
    let greedy = Feed { kind: many, ..plain("localhost:1".into()) };
    for feed in [unprotected, both, nowhere, greedy] {
        assert!(sinks::start(&site.services, &feed).is_err(), "{feed:?}");
    }
}
