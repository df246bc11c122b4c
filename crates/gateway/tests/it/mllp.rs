//! HL7 v2 from bedside gateways: what is taken, what is refused, and that what bears no seal says so everywhere.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use clinical::ack::{self, Answer, Code};
use clinical::hl7::Message;
use clinical::mllp;
use gateway::config::{Mllp, PatientFrom, Release};
use gateway::record::{Form, PatientId, Proof, StoredBatch};
use gateway::store::{BatchQuery, Page};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use seal::Reason;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio_rustls::TlsConnector;

use crate::fixture::{Maker, RunningSite, Site};

pub(crate) const PCD01: &str = include_str!("../../../../testdata/hl7/pcd01.hl7");

pub(crate) fn source(change: impl FnOnce(&mut Mllp)) -> Mllp {
    let mut source = Mllp::named("icu".parse().unwrap(), "127.0.0.1:0".parse().unwrap());
    (source.plain, source.unsealed, source.admissions) = (true, true, true);
    change(&mut source);
    source
}

/// A gateway with one source, in whose eyes no measurement is too old.
pub(crate) async fn ward(change: impl FnOnce(&mut Mllp)) -> RunningSite {
    let source = source(change);
    RunningSite::with(|config| {
        config.clock.behind_seconds = 100 * 365 * 24 * 3600;
        config.sources.mllp.push(source);
    })
    .await
}

pub(crate) fn frame(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    mllp::encode(message, &mut out).unwrap();
    out
}

/// All that the gateway says to `bytes` until it closes, or says nothing for a while.
pub(crate) async fn said(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &[u8]) -> Vec<u8> {
    // The gateway may close before it has read all of it, which is not this side's concern.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut got = Vec::new();
    let reading = stream.read_to_end(&mut got);
    let _ = tokio::time::timeout(Duration::from_secs(10), reading).await.expect("closed in time");
    got
}

pub(crate) fn answers(bytes: &[u8]) -> Vec<Answer> {
    let mut decoder = mllp::Decoder::default();
    decoder.push(bytes);
    let mut answers = Vec::new();
    while let Some(frame) = decoder.next_frame().unwrap() {
        if frame.len() > 1 {
            let text = std::str::from_utf8(frame).unwrap();
            answers.push(ack::read(&Message::parse(text).unwrap()).unwrap());
        }
    }
    answers
}

pub(crate) async fn exchange(ward: &RunningSite, bytes: &[u8]) -> Vec<Answer> {
    let stream = TcpStream::connect(ward.running.addresses.mllp[0]).await.unwrap();
    answers(&said(stream, bytes).await)
}

pub(crate) async fn codes(ward: &RunningSite, bytes: &[u8]) -> Vec<Code> {
    exchange(ward, bytes).await.iter().map(|answer| answer.code).collect()
}

pub(crate) async fn rows(site: &Site) -> Vec<StoredBatch> {
    site.services.store.read(|reader| reader.batches(&BatchQuery::default())).await.unwrap()
}

#[tokio::test]
async fn a_monitors_message_becomes_readings_that_are_marked() {
    let ward = ward(|_| {}).await;
    let patient = ward.site.patient("MRN100234").await;
    assert_eq!(codes(&ward, &frame(PCD01.as_bytes())).await, [Code::CommitAccept]);
    let stored = rows(&ward.site).await;
    let [row] = stored.as_slice() else { panic!("{stored:?}") };
    assert_eq!(&row.bytes[..], PCD01.as_bytes(), "the message is the record");
    assert!(
        matches!(&row.proof, Proof::Unsealed { form: Form::Hl7v2, source, .. } if source.as_str() == "icu")
    );
    assert_eq!((row.patient, row.device.as_str()), (Some(patient), "icu.00A0370098007A80"));
    assert_eq!(row.open().unwrap().batch.readings.len(), 10);
    assert_eq!(ward.site.services.metrics.snapshot().unsealed_stored, 1);

    let later = PCD01.replacen("|1914|P|", "|1915|P|", 1);
    assert_eq!(codes(&ward, &frame(later.as_bytes())).await, [Code::CommitAccept]);
    let device = row.device.clone();
    let skew = ward.site.services.store.read(move |reader| reader.skew(&device)).await.unwrap().unwrap();
    assert!(skew.count >= 1 && skew.most < -86_400_000_000, "years behind: {skew:?}");

    // The same bytes are the same message, however often they come and whoever restarts in between.
    let again = [frame(PCD01.as_bytes()), frame(PCD01.as_bytes())].concat();
    assert_eq!(codes(&ward, &again).await, [Code::CommitAccept; 2]);
    assert_eq!(rows(&ward.site).await.len(), 2);
    assert_eq!(ward.site.services.metrics.snapshot().duplicates, 2);
}

#[tokio::test]
async fn an_independent_client_is_answered() {
    let ward = ward(|_| {}).await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../../target/hl7-client/bin/python");
    assert!(python.is_file(), "the HL7 client is not installed: see hl7_listen.rs");
    let address = ward.running.addresses.mllp[0];
    let mut child = Command::new(python)
        .arg(root.join("tests/hl7_client/send.py"))
        .args([address.ip().to_string(), address.port().to_string(), "3".into()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(PCD01.as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "CA 1914\nCA 1914\nCA 1914\n");
    assert_eq!(rows(&ward.site).await.len(), 1);
}

#[tokio::test]
async fn answers_are_those_that_were_asked_for() {
    use Code::{ApplicationAccept, ApplicationReject, CommitAccept, CommitReject};
    let ward = ward(|_| {}).await;
    let with = |storage: &str, application: &str, id: &str| {
        let text = PCD01.replacen("|AL|NE|", &format!("|{storage}|{application}|"), 1);
        frame(text.replacen("|1914|P|", &format!("|{id}|P|"), 1).as_bytes())
    };
    let other = |storage: &str, application: &str| {
        let text = PCD01.replacen("|AL|NE|", &format!("|{storage}|{application}|"), 1);
        frame(text.replacen("ORU^R01^ORU_R01", "ORM^O01", 1).as_bytes())
    };
    for (bytes, expected) in [
        (with("", "", "a"), vec![ApplicationAccept]),
        (with("AL", "NE", "b"), vec![CommitAccept]),
        (with("AL", "AL", "c"), vec![CommitAccept, ApplicationAccept]),
        (with("NE", "NE", "d"), vec![]),
        (with("SU", "ER", "e"), vec![CommitAccept]),
        (with("ER", "AL", "f"), vec![ApplicationAccept]),
        (other("", ""), vec![ApplicationReject]),
        (other("AL", "AL"), vec![CommitReject, ApplicationReject]),
        (other("SU", "ER"), vec![ApplicationReject]),
    ] {
        assert_eq!(codes(&ward, &bytes).await, expected, "{}", String::from_utf8_lossy(&bytes));
    }
    assert_eq!(rows(&ward.site).await.len(), 6, "whatever is answered, it is stored");
}

#[tokio::test]
async fn release_two_commits_each_message() {
    let ward = ward(|source| source.release = Release::Two).await;
    let stream = TcpStream::connect(ward.running.addresses.mllp[0]).await.unwrap();
    // The peer commits our answer with a block of its own, which is no message.
    let bytes = [&frame(PCD01.as_bytes())[..], b"\x0b\x06\x1c\x0d", &frame(b"MSH|nonsense")].concat();
    let got = said(stream, &bytes).await;
    assert!(got.starts_with(b"\x0b\x06\x1c\x0d\x0bMSH|"), "{}", String::from_utf8_lossy(&got));
    assert_eq!(
        got.windows(4).filter(|window| *window == b"\x0b\x06\x1c\x0d").count(),
        2,
        "what is in quarantine is safe"
    );
    assert_eq!(
        answers(&got).iter().map(|answer| answer.code).collect::<Vec<_>>(),
        [Code::CommitAccept, Code::ApplicationReject]
    );
}

#[tokio::test]
async fn what_is_not_taken_is_refused_kept_audited_and_counted() {
    let old = PCD01.to_owned();
    let garbled = PCD01.replacen("PID|||MRN", "pid|||MRN", 1);
    let two_patients = PCD01.replacen("OBR|1|", "PID|||OTHER\rOBR|1|", 1);
    let order = PCD01.replacen("ORU^R01^ORU_R01", "ORM^O01", 1);
    type Case = (fn(&mut Mllp), u64, String, Code, Reason);
    let cases: [Case; 5] = [
        (
            |source| source.unsealed = false,
            u64::MAX / 2_000_000,
            old.clone(),
            Code::CommitReject,
            Reason::NotSealed,
        ),
        (|_| {}, 3600, old, Code::CommitError, Reason::Clock),
        (|_| {}, u64::MAX / 2_000_000, garbled, Code::ApplicationReject, Reason::Malformed),
        (|_| {}, u64::MAX / 2_000_000, two_patients, Code::CommitError, Reason::Malformed),
        (|_| {}, u64::MAX / 2_000_000, order, Code::CommitReject, Reason::Malformed),
    ];
    for (change, behind, message, code, reason) in cases {
        let ward = RunningSite::with(|config| {
            config.clock.behind_seconds = behind;
            config.sources.mllp.push(source(change));
        })
        .await;
        let answers = exchange(&ward, &frame(message.as_bytes())).await;
        assert_eq!(answers.iter().map(|answer| answer.code).collect::<Vec<_>>(), [code], "{reason}");
        assert!(!answers[0].reason.is_empty(), "ERR says what is wrong");
        assert_eq!(rows(&ward.site).await, []);
        let (refusal, kept, audit) = ward
            .site
            .services
            .store
            .read(|reader| {
                let refusal = reader.refusals(Page::default())?.remove(0);
                let kept = reader.quarantined(refusal.id)?;
                Ok((refusal, kept, reader.audit(Page { before: None, limit: 1 })?.remove(0)))
            })
            .await
            .unwrap();
        assert_eq!((refusal.reason, refusal.device), (reason, None));
        assert!(refusal.source.starts_with("mllp icu from 127.0.0.1:"), "{}", refusal.source);
        assert_eq!(kept.as_deref(), Some(message.as_bytes()));
        assert_eq!((audit.actor.as_str(), audit.action.as_str()), ("source:icu", "refuse"));
        assert_eq!(ward.site.services.metrics.snapshot().refused.get(reason.as_str()), Some(&1));
    }
}

#[tokio::test]
async fn patients_are_known_by_message_or_by_association() {
    let ward = ward(|source| source.patient = PatientFrom::Association).await;
    let (named, lying) = (ward.site.patient("MRN100234").await, ward.site.patient("MRN-2").await);
    assert_eq!(codes(&ward, &frame(PCD01.as_bytes())).await, [Code::CommitAccept]);
    let device = "icu.00A0370098007A80".parse().unwrap();
    ward.site.admin().associate(&device, lying, "23", seal::Micros(0)).await.unwrap();
    let second = PCD01.replacen("|1914|P|", "|1915|P|", 1);
    assert_eq!(codes(&ward, &frame(second.as_bytes())).await, [Code::CommitAccept]);
    let patients: Vec<Option<PatientId>> = rows(&ward.site).await.iter().map(|row| row.patient).collect();
    assert_eq!(patients, [None, Some(lying)]);
    assert_ne!(named, lying);
}

#[tokio::test]
async fn a_device_belongs_to_one_source() {
    let both = |config: &mut gateway::Config| {
        config.clock.behind_seconds = 100 * 365 * 24 * 3600;
        config.sources.mllp.push(source(|_| {}));
        config.sources.mllp.push(source(|source| source.name = "ward-3".parse().unwrap()));
    };
    let ward = RunningSite::with(both).await;
    for address in &ward.running.addresses.mllp {
        let stream = TcpStream::connect(address).await.unwrap();
        let got = answers(&said(stream, &frame(PCD01.as_bytes())).await);
        assert_eq!(got[0].code, Code::CommitAccept);
    }
    let devices: Vec<String> = rows(&ward.site).await.iter().map(|row| row.device.to_string()).collect();
    assert_eq!(devices, ["icu.00A0370098007A80", "ward-3.00A0370098007A80"], "one name, two devices");
}

pub(crate) fn connector(maker: &Maker, client: Option<&crate::fixture::TestDevice>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(maker.ca.der().to_vec().into()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match client {
        None => builder.with_no_client_auth(),
        Some(client) => {
            let chain = vec![CertificateDer::from(client.tls_certificate_der.clone())];
            let key = PrivateKeyDer::from_pem_slice(client.tls_key.as_bytes()).unwrap();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    TlsConnector::from(Arc::new(config))
}

async fn over_tls(
    ward: &RunningSite,
    maker: &Maker,
    client: Option<&crate::fixture::TestDevice>,
) -> Option<Vec<Code>> {
    let tcp = TcpStream::connect(ward.running.addresses.mllp[0]).await.unwrap();
    let stream = connector(maker, client).connect("localhost".try_into().unwrap(), tcp).await.ok()?;
    let got = said(stream, &frame(PCD01.as_bytes())).await;
    Some(answers(&got).iter().map(|answer| answer.code).collect())
}

#[tokio::test]
async fn only_peers_with_a_certificate_of_the_hospital_are_heard() {
    let (folder, hospital, stranger) =
        (tempfile::tempdir().unwrap(), Maker::new("Hospital"), Maker::new("Stranger"));
    let ca = folder.path().join("hospital.pem");
    std::fs::write(&ca, hospital.ca.pem()).unwrap();
    let ward = ward(|source| (source.plain, source.clients) = (false, Some(ca.clone()))).await;
    let engine = hospital.device("engine-1");
    assert_eq!(over_tls(&ward, &ward.site.maker, Some(&engine)).await, Some(vec![Code::CommitAccept]));
    for nobody in [None, Some(&stranger.device("engine-1"))] {
        let heard = over_tls(&ward, &ward.site.maker, nobody).await.unwrap_or_default();
        assert_eq!(heard, [], "nobody else is answered");
    }
    assert_eq!(rows(&ward.site).await.len(), 1);
    // Somebody who speaks without TLS is no peer at all.
    let stream = TcpStream::connect(ward.running.addresses.mllp[0]).await.unwrap();
    let got = said(stream, &frame(PCD01.as_bytes())).await;
    assert!(!got.contains(&0x0b), "a TLS alert at most: {got:?}");
    assert_eq!(rows(&ward.site).await.len(), 1);

    let contradiction = source(|source| source.clients = Some(ca));
    let site = Site::new().await;
    let mut config = gateway::Config::clone(&site.services.config);
    config.data = site.folder.path().join("other");
    config.sources.mllp.push(contradiction);
    let error = gateway::Gateway::start(config, Default::default()).await.err().unwrap().to_string();
    assert!(error.contains("plain = true"), "{error}");
}

#[tokio::test]
async fn peers_that_misbehave_lose_their_connection_and_nothing_else() {
    let ward = ward(|source| {
        (source.idle_seconds, source.longest_message, source.connections_per_address) = (1, 10_000, 3);
    })
    .await;
    let cut = &frame(PCD01.as_bytes())[..100];
    let too_long = frame(&[PCD01.as_bytes(), &b"NTE|1||x\r".repeat(2000)].concat());
    for bytes in [b"GET / HTTP/1.1\r\n\r\n".as_slice(), &too_long, cut, b""] {
        let got = exchange(&ward, bytes).await;
        assert!(got.iter().all(|answer| answer.code == Code::ApplicationReject), "{got:?}");
    }
    // One that says nothing, and one that stops within a message, are closed after a while.
    for bytes in [&b""[..], cut] {
        let mut stream = TcpStream::connect(ward.running.addresses.mllp[0]).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut got = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut got)).await;
        assert_eq!(closed.expect("closed").unwrap_or(0), 0);
    }
    // More connections than one address may have are closed at once; the first ones go on.
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(TcpStream::connect(ward.running.addresses.mllp[0]).await.unwrap());
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(codes(&ward, &frame(PCD01.as_bytes())).await, []);
    let got = answers(&said(held.pop().unwrap(), &frame(PCD01.as_bytes())).await);
    assert_eq!(got[0].code, Code::CommitAccept);
    assert!(ward.site.services.metrics.snapshot().connections_refused >= 4);
}

/// Bytes changed at random are refused or taken, never a crash, and the next good message is taken as before.
#[tokio::test]
async fn changed_bytes_harm_nobody() {
    let ward = ward(|_| {}).await;
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    let mut stream = Vec::new();
    for _ in 0..60 {
        let mut bytes = PCD01.as_bytes().to_vec();
        for _ in 0..1 + random() % 6 {
            let at = random() % bytes.len();
            bytes[at] = [b'|', b'^', b'\r', b'~', b'0', b'9', b'X', 0xff][random() % 8];
        }
        if mllp::encode(&bytes, &mut stream).is_err() {
            stream.clear();
        }
    }
    exchange(&ward, &stream).await;
    let good = PCD01.replacen("|1914|P|", "|1|P|", 1);
    assert_eq!(codes(&ward, &frame(good.as_bytes())).await, [Code::CommitAccept]);
    // Whatever was taken can be read again, to the same readings.
    for row in rows(&ward.site).await {
        assert_eq!(row.open().unwrap().batch.time, row.time, "{row:?}");
    }
}
