//! Devices by their adapters: files in a folder, a serial line, connections. What they deliver is marked, and nothing of it is lost.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use adapters::phd::apdu::{self, Association, SCAN_FIXED, event, list, sized};
use adapters::serial::{ACK, NAK, answer, frame};
use gateway::Config;
use gateway::config::{Folder, Post, Serial, Stream};
use gateway::record::{Form, Proof, StoredBatch};
use gateway::store::Page;
use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use seal::{Reading, Reason};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::fixture::{Maker, RunningSite, Site};
use crate::intake_client;
use crate::mllp::rows;

const MAPPING: &str = include_str!("../../../../testdata/adapters/analyser.toml");
const ANALYSER: &str = include_str!("../../../../testdata/adapters/analyser.csv");

/// A gateway in whose eyes no measurement is too old.
pub(crate) async fn site(change: impl FnOnce(&mut Config, &Path)) -> RunningSite {
    RunningSite::with(|config| {
        config.clock.behind_seconds = 100 * 365 * 24 * 3600;
        config.clock.ahead_seconds = 100 * 365 * 24 * 3600;
        let folder = config.data.parent().unwrap().to_owned();
        change(config, &folder);
    })
    .await
}

/// Waits until something is so; much longer than it takes.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "waited for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn form(row: &StoredBatch) -> Form {
    match &row.proof {
        Proof::Unsealed { form, .. } => *form,
        Proof::Sealed { .. } => panic!("sealed"),
    }
}

/// Code and value of each reading.
pub(crate) fn readings(row: &StoredBatch) -> Vec<(u32, String)> {
    let batch = row.open().unwrap().batch;
    let said = |reading: &Reading| match reading {
        Reading::Value { value, unit, .. } => format!("{value} {unit}"),
        Reading::Text { text, .. } => text.clone(),
        Reading::Wave { .. } => "wave".into(),
    };
    batch.readings.iter().map(|reading| (reading.code().0, said(reading))).collect()
}

#[tokio::test]
async fn files_are_taken_once_and_put_where_they_belong() {
    let site = site(|config, folder| {
        std::fs::write(folder.join("analyser.toml"), MAPPING).unwrap();
        // As if the gateway had died while it read this one.
        std::fs::create_dir_all(folder.join("lab/taking")).unwrap();
        std::fs::write(
            folder.join("lab/taking/first.csv"),
            &ANALYSER[..ANALYSER.find("AN-1;22.11.2026;11:16:30").unwrap()],
        )
        .unwrap();
        let mut source =
            Folder::named("lab".parse().unwrap(), folder.join("lab"), folder.join("analyser.toml"));
        source.settle_seconds = 0;
        config.sources.folder.push(source);
    })
    .await;
    let lab = site.site.folder.path().join("lab");
    let there = |name: &str| lab.join(name);
    until("the first file", async || there("done/first.csv").exists().then_some(())).await;
    assert_eq!(rows(&site.site).await.len(), 1);

    // Whoever writes under another name and renames is never read half.
    std::fs::write(there("results.csv.part"), &ANALYSER[..60]).unwrap();
    std::fs::write(there(".results.csv"), "half").unwrap();
    std::fs::write(there("results.tmp"), ANALYSER).unwrap();
    std::fs::rename(there("results.tmp"), there("results.csv")).unwrap();
    until("the results", async || there("refused/results.csv").exists().then_some(())).await;
    assert!(there("results.csv.part").exists() && there(".results.csv").exists());

    let stored = rows(&site.site).await;
    let mut found: Vec<_> = stored.iter().map(|row| (row.device.to_string(), readings(row))).collect();
    found.sort();
    let glucose = |value: &str| vec![(160_184, value.to_owned())];
    assert_eq!(found[0], ("lab.AN-1".into(), vec![(150_364, "36.4 Cel".into())]));
    assert_eq!(found[1], ("lab.AN-1".into(), glucose("5.55 mmol/L")), "what came again is stored once");
    // A line without a value, and one whose value is no number, are kept: their accounts say so.
    assert_eq!((found[2].1.len(), found[3].1.len(), found.len()), (0, 0, 4));
    assert!(stored.iter().all(|row| form(row) == Form::Mapped));
    what_came_is_shown(&site.site, &stored).await;

    let note = std::fs::read_to_string(there("refused/results.csv.txt")).unwrap();
    assert!(note.contains("\"22.11.2026 25:00:00\" is no moment"), "{note}");
    let refusals = site.site.services.store.read(|reader| reader.refusals(Page::default())).await.unwrap();
    assert_eq!(refusals[0].reason, Reason::Malformed);
    assert!(refusals[0].source.contains("folder lab file results.csv"), "{refusals:?}");

    std::fs::write(there("results.csv"), ANALYSER).unwrap();
    until("the same name again", async || there("refused/results.csv.2").exists().then_some(())).await;
    assert_eq!(rows(&site.site).await.len(), 4);
}

/// Beside a reading the part that it was read from, and beneath all of them the whole.
async fn what_came_is_shown(site: &Site, stored: &[StoredBatch]) {
    let row = stored.iter().find(|row| readings(row) == [(160_184, "5.55 mmol/L".to_owned())]).unwrap();
    let browser = crate::people::signed_in(site).await;
    let shown = browser.get(&format!("/api/batches/{}/readings", row.id)).await.json();
    let (original, text) = (&shown["readings"][0]["original"], shown["original"]["text"].as_str().unwrap());
    let byte = original["byte"].as_u64().unwrap() as usize;
    let value = original["value"].as_str().unwrap();
    assert!(text[byte..].starts_with(value) && value.starts_with("5,55"), "{shown}");
    assert_eq!(original["part"], "Result");
    assert!(text.starts_with("Serial;") && text.contains("\nAN-1;"), "{text}");
    assert_eq!(
        (&shown["original"]["form"], &shown["original"]["bytes"]),
        (&"mapped".into(), &text.len().into())
    );
}

/// The device's end of a line that goes through a pseudo-terminal.
struct Device {
    end: std::fs::File,
    heard: Vec<u8>,
}

impl Device {
    fn open() -> (Self, std::path::PathBuf) {
        let end = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&end).unwrap();
        unlockpt(&end).unwrap();
        let path = ptsname(&end, Vec::new()).unwrap().into_string().unwrap();
        rustix::fs::fcntl_setfl(&end, OFlags::NONBLOCK).unwrap();
        (Self { end: end.into(), heard: Vec::new() }, path.into())
    }

    /// Sends until it is answered so, as a device does whose line may lose what it sends.
    async fn say_until(&mut self, bytes: &[u8], wanted: &[u8]) {
        let start = Instant::now();
        loop {
            let _gone = self.end.write_all(bytes);
            for _ in 0..100 {
                let mut portion = [0; 256];
                if let Ok(count) = self.end.read(&mut portion) {
                    self.heard.extend_from_slice(&portion[..count]);
                }
                if let Some(at) = self.heard.windows(wanted.len()).position(|window| window == wanted) {
                    self.heard.drain(..at + wanted.len());
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "heard {:02X?}", self.heard);
        }
    }
}

#[tokio::test]
async fn a_serial_line_is_answered_after_the_commit_and_survives_damage() {
    let (mut device, path) = Device::open();
    let site = site(|config, _| {
        config.sources.serial.push(Serial::named("bed-4".parse().unwrap(), path));
    })
    .await;
    let rows_of = |spo2: u32| {
        format!("D SN-77\nT 2026-11-22T10:19:00Z\nV MDC_PULS_OXIM_SAT_O2 % {spo2}\n").into_bytes()
    };
    device.say_until(&frame(0, &rows_of(97)), &answer(ACK, 0)).await;
    let stored = rows(&site.site).await;
    assert_eq!(stored.len(), 1, "answered, so it is there");
    assert_eq!((stored[0].device.as_str(), form(&stored[0])), ("bed-4.SN-77", Form::Serial));
    assert_eq!(readings(&stored[0]), [(150_456, "97 %".into())]);

    device.say_until(&frame(0, &rows_of(97)), &answer(ACK, 0)).await;
    assert_eq!(rows(&site.site).await.len(), 1, "its answer was lost: stored once");

    let mut damaged = frame(1, &rows_of(96));
    damaged[30] ^= 1;
    device.say_until(&damaged, &answer(NAK, 1)).await;
    device.say_until(&[b"\xFF\xFE".to_vec(), frame(1, &rows_of(96))].concat(), &answer(ACK, 1)).await;
    device.say_until(&frame(9, &rows_of(95)), &answer(ACK, 9)).await;
    assert_eq!(rows(&site.site).await.len(), 3);
    let refusals = site.site.services.store.read(|reader| reader.refusals(Page::default())).await.unwrap();
    let details: Vec<_> = refusals.iter().map(|refusal| refusal.detail.as_str()).collect();
    assert!(details.iter().any(|detail| detail.contains("checksum")), "{details:?}");
    assert!(details.iter().any(|detail| detail.contains("number 9 follows 1")), "{details:?}");
    assert!(details.iter().any(|detail| detail.contains("bytes outside of any frame")), "{details:?}");
}

/// An agent's association and one report of a temperature, at a minute of its own.
fn agent(minute: u8) -> [Vec<u8>; 2] {
    let associate = Association { system_id: vec![7; 8], configuration: 0x0320, speaks_mder: true }.write();
    let value = [vec![0xFF, 0, 1, 0x6E], vec![0x20, 0x26, 0x11, 0x22, 0x10, minute, 0, 0]].concat();
    let rows = list(&[[vec![0, 1], sized(&value)].concat()]);
    [associate, event(3, true, 0, SCAN_FIXED, &[vec![0xF0, 0, 0, 0], rows].concat())]
}

fn plain(adapter: &str) -> Stream {
    let mut stream = Stream::named("phd".parse().unwrap(), "127.0.0.1:0".parse().unwrap(), adapter);
    stream.plain = true;
    stream
}

/// Reads an APDU.
async fn heard(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Vec<u8> {
    let mut apdu = vec![0; 4];
    stream.read_exact(&mut apdu).await.unwrap();
    let length = usize::from(u16::from_be_bytes([apdu[2], apdu[3]]));
    apdu.resize(4 + length, 0);
    stream.read_exact(&mut apdu[4..]).await.unwrap();
    apdu
}

#[tokio::test]
async fn an_agent_associates_reports_and_is_answered() {
    let site = site(|config, _| config.sources.stream.push(plain("phd"))).await;
    let patient = site.site.patient("MRN-1").await;
    let mut stream = TcpStream::connect(site.running.addresses.streams[0]).await.unwrap();
    let [associate, report] = agent(0x15);
    stream.write_all(&associate).await.unwrap();
    assert_eq!(heard(&mut stream).await[..6], [0xE3, 0, 0, 0x2C, 0, 0]);
    stream.write_all(&report).await.unwrap();
    assert_eq!(heard(&mut stream).await, apdu::event_answer(3, SCAN_FIXED, &[]));
    let stored = rows(&site.site).await;
    assert_eq!(stored.len(), 1);
    assert_eq!((stored[0].device.as_str(), form(&stored[0])), ("phd.0707070707070707", Form::Phd));
    assert_eq!(readings(&stored[0]), [(150_364, "36.6 Cel".into())]);
    assert_eq!(stored[0].patient, None);

    // Put with a patient, what it measures from then on is theirs.
    let device = stored[0].device.clone();
    let begin = seal::Micros(stored[0].time.0 + 1);
    site.site.services.administration("user:nurse").associate(&device, patient, "4", begin).await.unwrap();
    stream.write_all(&agent(0x20)[1]).await.unwrap();
    heard(&mut stream).await;
    let stored = rows(&site.site).await;
    assert!(stored.iter().any(|row| row.patient == Some(patient)), "{stored:?}");
    stream.write_all(&apdu::release()).await.unwrap();
    assert_eq!(heard(&mut stream).await, apdu::released());

    // What is no protocol loses its connection, and that is noted.
    let mut stranger = TcpStream::connect(site.running.addresses.streams[0]).await.unwrap();
    stranger.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut rest = Vec::new();
    let _reset = stranger.read_to_end(&mut rest).await;
    assert!(rest.is_empty());
    until("the note", async || {
        (site.site.services.metrics.snapshot().connections_refused == 1).then_some(())
    })
    .await;
    assert_eq!(rows(&site.site).await.len(), 2);
}

#[tokio::test]
async fn a_peer_without_a_certificate_of_the_house_is_not_heard() {
    let house = Maker::new("House");
    let site = site(|config, folder| {
        let ca = folder.join("house.pem");
        std::fs::write(&ca, house.ca.pem()).unwrap();
        let mut stream = plain("gatt");
        (stream.plain, stream.clients) = (false, Some(ca));
        config.sources.stream.push(stream);
    })
    .await;
    let record = b"\x25\x2A\x02\x00A1\x1C\x2A\x05\x00\x00\x6C\x01\x00\xFF";
    let connector = |device| {
        tokio_rustls::TlsConnector::from(intake_client::client_config(&site.site.maker, device, &[]))
    };
    let connect = async |device| {
        let tcp = TcpStream::connect(site.running.addresses.streams[0]).await.unwrap();
        connector(device).connect("localhost".try_into().unwrap(), tcp).await
    };
    let (known, foreign) = (house.device("box-1"), site.site.maker.device("box-2"));
    for stranger in [None, Some(&foreign)] {
        // With TLS 1.3 the client hears of its rejection when it reads.
        if let Ok(mut stream) = connect(stranger).await {
            let _refused = stream.write_all(record).await;
            let mut rest = Vec::new();
            assert!(stream.read_to_end(&mut rest).await.is_err());
        }
    }
    assert_eq!(rows(&site.site).await.len(), 0);
    let mut stream = connect(Some(&known)).await.unwrap();
    stream.write_all(record).await.unwrap();
    stream.flush().await.unwrap();
    let stored = until("its record", async || rows(&site.site).await.pop()).await;
    assert_eq!((stored.device.as_str(), form(&stored)), ("phd.A1", Form::Gatt));
}

#[tokio::test]
async fn what_contradicts_itself_does_not_start() {
    let start = async |change: fn(&mut Config, &Path)| {
        let (folder, maker) = (tempfile::tempdir().unwrap(), Maker::new("Test maker"));
        let mut config = crate::fixture::config(folder.path(), &maker);
        change(&mut config, folder.path());
        let started = gateway::Gateway::start(config, tokio_util::sync::CancellationToken::new()).await;
        started.map(drop).unwrap_err().to_string()
    };
    let error = start(|config, _| config.sources.stream.push(plain("morse"))).await;
    assert!(error.contains("there is no adapter \"morse\""), "{error}");
    let error = start(|config, folder| {
        let mut stream = plain("gatt");
        stream.clients = Some(folder.join("ca.pem"));
        config.sources.stream.push(stream);
    })
    .await;
    assert!(error.contains("clients names CAs, which needs TLS"), "{error}");
    let error = start(|config, folder| {
        std::fs::write(folder.join("m.toml"), MAPPING).unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let mut post = Post::named("care".parse().unwrap(), listen, folder.join("m.toml"));
        (post.plain, post.clients) = (true, Some(folder.join("ca.pem")));
        config.sources.post.push(post);
    })
    .await;
    assert!(error.contains("clients names CAs, which needs TLS"), "{error}");
    let error = start(|config, folder| {
        std::fs::write(folder.join("m.toml"), MAPPING.replace("150364", "3")).unwrap();
        config.sources.folder.push(Folder::named(
            "lab".parse().unwrap(),
            folder.join("lab"),
            folder.join("m.toml"),
        ));
    })
    .await;
    assert!(error.contains("m.toml: line 24, column 8: code 3 is not known"), "{error}");
}

/// Every adapter that can be configured has a form by which its rows are known.
#[test]
fn every_adapter_has_its_form() {
    for adapter in adapters::all() {
        let form = Form::of_adapter(adapter.name());
        assert_eq!(form.map(Form::as_str), Some(adapter.name()));
    }
    assert_eq!(Form::of_adapter("hl7v2"), None);
}
