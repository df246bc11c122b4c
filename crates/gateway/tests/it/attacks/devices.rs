//! The ways of device adapters: files in a folder, frames and agents on connections. Nothing there proves a reading but the word of the source, so beside what
//! is refused the table says in whose name and as what things are stored: in that of the source, and never as sealed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use adapters::phd::apdu::{self, Association, SCAN_FIXED, event, list, sized};
use adapters::serial::{ACK, NAK, frame};
use gateway::config::{Folder, Post, Stream};
use gateway::record::{Proof, StoredBatch};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{Line, Seen, compare, seen};
use crate::adapters::{site, until};
use crate::fixture::{Maker, RunningSite};
use crate::intake_client;
use crate::mllp::rows;

const RESULTS: &str = "format = \"csv\"\n[device]\nfrom = \"Serial\"\n[time]\nfrom = \"At\"\nformat = \"unix\"\n\
    [[value]]\nfrom = \"SpO2\"\ncode = 150456\nunit = \"%\"\n";
const SAMPLES: &str = "format = \"json\"\nitems = \"/samples\"\n[device]\nfrom = \"#/serial\"\n[time]\nfrom = \"/at\"\n\
    format = \"unix\"\n[[value]]\nfrom = \"/spo2\"\ncode = 150456\nunit = \"%\"\n";
const HEAD: &str = "Serial,At,SpO2\n";
/// 2026-11-22T10:15:00Z.
const AT: u64 = 1_795_342_500;

/// What is written down of an attack once nothing more comes: what was stored, in whose name and as what; what was refused, and why.
pub(super) async fn came_of(site: &RunningSite, before: &(Seen, Vec<StoredBatch>)) -> String {
    // All but the end of a connection is written down before the answer.
    let (mut last, mut looks) = (seen(site).await, 0);
    while looks < 2 || last == before.0 && looks < 12 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let now = seen(site).await;
        looks = if now == last { looks + 1 } else { 0 };
        last = now;
    }
    let known = |row: &&StoredBatch| !before.1.iter().any(|known| known.id == row.id);
    let mut words: Vec<String> = rows(&site.site).await.iter().filter(known).map(stored).collect();
    words.sort();
    words.extend((last.duplicates > before.0.duplicates).then(|| "stored once".to_owned()));
    words.extend(last.refusals.iter().skip(before.0.refusals.len()).map(|reason| reason.as_str().to_owned()));
    // How many stretches of rubbish there are depends on the rubbish.
    words.dedup();
    words.extend((last.connects_refused > before.0.connects_refused).then(|| "connect refused".to_owned()));
    if words.is_empty() { "nothing".into() } else { words.join(", ") }
}

/// In whose name a row is, and what vouches for it.
fn stored(row: &StoredBatch) -> String {
    let readings = row.open().unwrap().batch.readings.len();
    let vouched = match &row.proof {
        Proof::Unsealed { source, .. } => format!("not sealed, by {source}"),
        Proof::Sealed { .. } => "SEALED".into(),
    };
    format!("stored: {} with {readings}, {vouched}", row.device)
}

pub(super) async fn now(site: &RunningSite) -> (Seen, Vec<StoredBatch>) {
    (seen(site).await, rows(&site.site).await)
}

/// What a source that knows no seals is shown of a device that has one: a batch of it, as it would go to the gateway.
pub(super) async fn sealed(site: &RunningSite) -> Vec<u8> {
    site.site.device("monitor-1").await.next(1)
}

fn named(name: &str, folder: &Path, text: &str) -> Folder {
    let mapping = folder.join(format!("{name}.toml"));
    std::fs::write(&mapping, text).unwrap();
    let mut source = Folder::named(name.parse().unwrap(), folder.join(name), mapping);
    source.settle_seconds = 0;
    source
}

/// Puts a file there, and waits until it is where it belongs.
async fn by_folder(folder: &Path, number: usize, bytes: &[u8]) -> String {
    let name = format!("results-{number}");
    std::fs::write(folder.join(format!("{name}.part")), bytes).unwrap();
    std::fs::rename(folder.join(format!("{name}.part")), folder.join(&name)).unwrap();
    let there = |place: &'static str| folder.join(place).join(&name).exists().then_some(place);
    until("the file", async || there("done").or(there("refused"))).await.to_owned()
}

fn csv(row: &str) -> Vec<u8> {
    format!("{HEAD}{row}\n").into_bytes()
}

/// Files of rows: the good one first, which has been taken already.
fn tables(sealed: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("the same file again", csv(&format!("AN-1,{AT},97"))),
        ("a sealed device's name", csv(&format!("monitor-1,{AT},96"))),
        ("a sealed batch", [HEAD.as_bytes(), sealed, b"\n"].concat()),
        ("a sealed batch for a head", [sealed, b"\n"].concat()),
        ("no text", csv("\u{0}").into_iter().chain([0xFF, 0xFE, b'\n']).collect()),
        ("cut off", csv(&format!("AN-1,{}", AT + 1))),
        ("a column more than there are", csv(&format!("AN-1,{},97,1", AT + 1))),
        ("a quotation that never ends", csv(&format!("\"AN-1,{},97", AT + 1))),
        ("an endless line", csv(&"9".repeat(adapters::limits::LINE + 1))),
        ("more columns than any table", csv(&",".repeat(adapters::limits::COLUMNS + 1))),
        ("no device", csv(&format!(",{},97", AT + 1))),
        ("a device of control characters", csv(&format!("\u{1b}[2J\u{7},{},97", AT + 1))),
        ("a device that is a path", csv(&format!("../../monitor-1,{},97", AT + 1))),
        ("a clock three thousand years ahead", csv("AN-1,99999999999,97")),
        ("a clock beyond all time", csv("AN-1,9223372036854775807,97")),
        ("a number beyond all numbers", csv(&format!("AN-1,{},1e999999999", AT + 2))),
        ("a formula", csv(&format!("AN-1,{},=1+1", AT + 3))),
    ]
}

fn documents() -> Vec<(&'static str, Vec<u8>)> {
    let sample = |rest: &str| format!("{{\"serial\":\"P-9\",\"samples\":[{{{rest}}}]}}").into_bytes();
    let deep = format!("{{\"serial\":\"P-9\",\"samples\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    vec![
        ("the same document again", sample(&format!("\"at\":{AT},\"spo2\":97"))),
        (
            "a sealed device's name in a document",
            format!("{{\"serial\":\"monitor-1\",\"samples\":[{{\"at\":{AT},\"spo2\":97}}]}}").into(),
        ),
        ("arrays in one another", deep.into()),
        ("a document without an end", sample(&format!("\"at\":{AT},\"spo2\":97"))[..40].to_vec()),
        ("a document too long", vec![b' '; adapters::limits::DOCUMENT + 1]),
        ("a key that stands twice", sample(&format!("\"at\":{AT},\"spo2\":97,\"spo2\":50"))),
        ("an object for a number", sample(&format!("\"at\":{},\"spo2\":{{\"a\":1}}", AT + 1))),
        ("a number without end", sample(&format!("\"at\":{},\"spo2\":{}", AT + 2, "9".repeat(5_000)))),
    ]
}

#[tokio::test]
async fn on_folders() {
    let site = site(|config, folder| {
        config.sources.folder.push(named("lab", folder, RESULTS));
        config.sources.folder.push(named("pumps", folder, SAMPLES));
    })
    .await;
    let root = site.site.folder.path();
    let sealed = sealed(&site).await;
    let mut lines = Vec::new();
    for (name, files) in [("lab", tables(&sealed)), ("pumps", documents())] {
        let folder: PathBuf = root.join(name);
        assert_eq!(by_folder(&folder, 0, &files[0].1).await, "done");
        for (number, (attack, bytes)) in (1..).zip(files) {
            let before = now(&site).await;
            let answer = by_folder(&folder, number, &bytes).await;
            lines.push(Line { attack, answer, noted: came_of(&site, &before).await });
        }
    }
    assert_eq!(by_folder(&root.join("lab"), 99, &csv(&format!("AN-1,{},95", AT + 9))).await, "done");
    compare("folder", &lines);
}

/// Posts a file; the status, and whether it was read to its end.
async fn by_post(connector: &TlsConnector, at: SocketAddr, bytes: &[u8]) -> String {
    let Ok(reply) = posted(connector, at, "/v1/files", bytes).await else { return "closed".into() };
    let text = String::from_utf8_lossy(&reply).into_owned();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return "closed".into() };
    let status = head.get(9..12).unwrap_or_default();
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let refused = if body["refused"].as_array().is_none_or(Vec::is_empty) { "" } else { ", others refused" };
    match (body["stored"].as_u64(), body["whole"].as_bool()) {
        (Some(stored), Some(true)) => format!("{status}: {stored} stored{refused}"),
        (Some(stored), _) => format!("{status}: {stored} stored{refused}, not read on"),
        (None, _) => format!("{status} {}", body["reason"].as_str().unwrap_or_default()),
    }
}

/// Sends a request on a connection of its own and reads what comes.
async fn posted(
    connector: &TlsConnector,
    at: SocketAddr,
    path: &str,
    body: &[u8],
) -> std::io::Result<Vec<u8>> {
    let tcp = TcpStream::connect(at).await?;
    let mut stream = connector.connect("localhost".try_into().unwrap(), tcp).await?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut heard = Vec::new();
    let (mut reader, mut writer) = tokio::io::split(&mut stream);
    // An answer may come before all of it was read.
    let sending = async {
        let _cut = writer.write_all(head.as_bytes()).await;
        let _cut = writer.write_all(body).await;
        let _cut = writer.flush().await;
    };
    let (read, ()) = tokio::join!(reader.read_to_end(&mut heard), sending);
    if heard.is_empty() { read.map(|_| heard) } else { Ok(heard) }
}

#[tokio::test]
async fn on_posts() {
    let house = Maker::new("House");
    let site = site(|config, folder| {
        let (mapping, ca) = (folder.join("results.toml"), folder.join("house.pem"));
        std::fs::write(&mapping, RESULTS).unwrap();
        std::fs::write(&ca, house.ca.pem()).unwrap();
        let mut source = Post::named("care".parse().unwrap(), "127.0.0.1:0".parse().unwrap(), mapping);
        source.clients = Some(ca);
        config.sources.post.push(source);
    })
    .await;
    let at = site.running.addresses.streams[0];
    let known = house.device("desk-1");
    let connector = |shown| TlsConnector::from(intake_client::client_config(&site.site.maker, shown, &[]));
    let desk = connector(Some(&known));
    let mut files = tables(&sealed(&site).await);
    assert_eq!(by_post(&desk, at, &files[0].1).await, "200: 1 stored");
    let wrong = format!(",{AT},97\n").repeat(gateway::limits::POST_REFUSALS * 2);
    files.push(("nothing but wrong lines", [HEAD.as_bytes(), wrong.as_bytes()].concat()));
    let mut lines = Vec::new();
    for (attack, bytes) in files {
        let before = now(&site).await;
        let answer = by_post(&desk, at, &bytes).await;
        lines.push(Line { attack, answer, noted: came_of(&site, &before).await });
    }
    let foreign = Maker::new("Another house").device("desk-1");
    let ended = house.device_until("desk-2", SystemTime::now() - Duration::from_secs(5));
    let good = csv(&format!("AN-1,{},95", AT + 9));
    for (attack, shown) in [
        ("no certificate", None),
        ("another CA's certificate", Some(&foreign)),
        ("an ended certificate", Some(&ended)),
    ] {
        let before = now(&site).await;
        let answer = by_post(&connector(shown), at, &good).await;
        lines.push(Line { attack, answer, noted: came_of(&site, &before).await });
    }
    let before = now(&site).await;
    let long = [csv(&format!("AN-1,{},94", AT + 8)), vec![b'x'; gateway::limits::POST_BYTES]].concat();
    let answer = by_post(&desk, at, &long).await;
    let attack = "a file that says that it is too long";
    lines.push(Line { attack, answer, noted: came_of(&site, &before).await });
    assert_eq!(by_post(&desk, at, &good).await, "200: 1 stored");
    compare("post", &lines);
}

/// Says something on a connection of its own, and hears until the gateway ends it.
async fn by_stream(site: &RunningSite, which: usize, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(site.running.addresses.streams[which]).await.unwrap();
    // Whoever is cut off while it speaks hears no more than that.
    let _cut = stream.write_all(bytes).await;
    let _cut = stream.shutdown().await;
    let mut heard = Vec::new();
    let _cut = stream.read_to_end(&mut heard).await;
    heard
}

fn plain(name: &str, adapter: &str) -> Stream {
    let mut stream = Stream::named(name.parse().unwrap(), "127.0.0.1:0".parse().unwrap(), adapter);
    stream.plain = true;
    stream
}

/// A serial line's words, or those of an agent's manager.
fn told(heard: &[u8]) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut rest = heard;
    while let [first, behind @ ..] = rest {
        let (word, length) = match (*first, behind) {
            (ACK | NAK, [one, two, b'\r', ..]) => {
                let word = if *first == ACK { "ACK" } else { "NAK" };
                (format!("{word} {}{}", char::from(*one), char::from(*two)), 4)
            }
            (0xE3, [0, _, _, result, reason, ..]) => {
                (format!("associated {result:02X}{reason:02X}"), rest.len().min(48))
            }
            (0xE6, _) => ("abort".into(), 6),
            (0xE7, _) => ("answered".into(), rest.len()),
            (other, _) => (format!("{other:02X}"), rest.len()),
        };
        words.push(word);
        rest = rest.get(length..).unwrap_or_default();
    }
    if words.is_empty() { "nothing".into() } else { words.join(", ") }
}

fn lines_of(sealed: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let rows = |device: &str, at: &str, value: &str| {
        frame(0, format!("D {device}\nT {at}\nV 150456 % {value}\n").as_bytes())
    };
    let good = rows("SN-77", "2026-11-22T10:19:00Z", "97");
    let mut damaged = good.clone();
    damaged[20] ^= 1;
    vec![
        ("the same frame again", good.clone()),
        ("a sealed device's name", rows("monitor-1", "2026-11-22T10:19:00Z", "97")),
        ("a sealed batch", sealed.to_vec()),
        ("a wrong checksum", damaged),
        ("a cut frame", good[..30].to_vec()),
        ("a frame in a frame", [&good[..30], &good].concat()),
        ("an endless frame", [&[2][..], &vec![b'0'; adapters::limits::SERIAL_FRAME]].concat()),
        ("noise", vec![0xA5; 5_000]),
        ("a number that is none", [&b"\x02ZZ"[..], &good[3..]].concat()),
        ("no device", frame(0, b"T 2026-11-22T10:19:00Z\nV 150456 % 97\n")),
        ("a device of control characters", rows("\u{1b}[2J", "2026-11-22T10:20:00Z", "97")),
        ("a clock seven thousand years ahead", rows("SN-77", "9999-01-01T00:00:00Z", "97")),
        ("a number beyond all numbers", rows("SN-77", "2026-11-22T10:21:00Z", "99999999999999999999")),
        ("a code of nobody", frame(0, b"D SN-77\nT 2026-11-22T10:22:00Z\nV 4294967295 % 97\n")),
        (
            "a skipped number",
            [
                frame(0, b"D SN-77\nT 2026-11-22T10:19:00Z\nV 150456 % 97\n"),
                frame(7, b"T 2026-11-22T10:23:00Z\nV 150456 % 90\n"),
            ]
            .concat(),
        ),
    ]
}

/// GATT values in their frames.
fn values(parts: &[(u16, &[u8])]) -> Vec<u8> {
    let one = |(uuid, value): &(u16, &[u8])| {
        [&uuid.to_le_bytes()[..], &(value.len() as u16).to_le_bytes(), value].concat()
    };
    parts.iter().flat_map(one).collect()
}

fn characteristics(sealed: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    // Celsius with a stamp: 36.4 at 10:15 of that day.
    let warm = |year: u16| [&[2, 0x6C, 1, 0, 0xFF][..], &year.to_le_bytes(), &[11, 22, 10, 15, 0]].concat();
    let of = |serial: &str, value: &[u8]| values(&[(0x2A25, serial.as_bytes()), (0x2A1C, value)]);
    vec![
        ("the same value again", of("A1", &warm(2026))),
        ("a sealed device's name", of("monitor-1", &warm(2026))),
        ("a sealed batch", sealed.to_vec()),
        ("a value before who measured it", values(&[(0x2A1C, &warm(2026))])),
        ("a device of control characters", of("\u{1b}[2J", &warm(2026))),
        ("a cut value", of("A1", &warm(2026)[..9])),
        ("a cut frame", of("A1", &warm(2026))[..12].to_vec()),
        ("a value longer than any", [&[0x1C, 0x2A, 0xFF, 0xFF][..], &vec![0; 65_535]].concat()),
        ("a characteristic of nobody", values(&[(0x2A25, b"A1"), (0xFFFF, &[0; 4])])),
        ("a month that is none", of("A1", &[2, 0x6C, 1, 0, 0xFF, 0xEA, 7, 13, 40, 25, 61, 61])),
        ("a clock seven thousand years ahead", of("A1", &warm(9_999))),
    ]
}

/// An agent's association, and its report of a temperature at a time (BCD).
fn agent(time: [u8; 8]) -> [Vec<u8>; 2] {
    let associate = Association { system_id: vec![7; 8], configuration: 0x0320, speaks_mder: true }.write();
    let value = [&[0xFF, 0, 1, 0x6E][..], &time].concat();
    let rows = list(&[[vec![0, 1], sized(&value)].concat()]);
    [associate, event(3, true, 0, SCAN_FIXED, &[vec![0xF0, 0, 0, 0], rows].concat())]
}

fn agents(sealed: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    const TIME: [u8; 8] = [0x20, 0x26, 0x11, 0x22, 0x10, 0x15, 0, 0];
    let [associate, report] = agent(TIME);
    let said = |report: &[u8]| [&associate, report].concat();
    let mut foreign = associate.clone();
    foreign[12] ^= 0xFF;
    let mut lying = report.clone();
    lying[29] ^= 0x40;
    let mut encoded = associate.clone();
    encoded[20] = 0x20;
    vec![
        ("the same report again", said(&report)),
        ("a sealed batch", sealed.to_vec()),
        ("no agent", b"GET / HTTP/1.1\r\n\r\n".to_vec()),
        ("a report before any association", report.clone()),
        ("another protocol", foreign),
        ("another encoding", encoded),
        ("a cut report", said(&report[..20])),
        ("a report longer than any", said(&[0xE7, 0, 0xFF, 0xFF, 0])),
        ("lengths that lie", said(&lying)),
        (
            "a configuration without an end",
            said(&event(4, true, 0, apdu::CONFIG, &[0x40, 5, 0xFF, 0xFF, 0xFF, 0xFF])),
        ),
        ("a clock that is no time", said(&agent([0xFF; 8])[1])),
        ("a clock seven thousand years ahead", said(&agent([0x99, 0x99, 0x11, 0x22, 0x10, 0x15, 0, 0])[1])),
    ]
}

/// All attacks on one of the sources, each on a connection of its own; the first was stored once already.
async fn streamed(site: &RunningSite, which: usize, attacks: Vec<(&'static str, Vec<u8>)>) -> Vec<Line> {
    let good = attacks[0].1.clone();
    by_stream(site, which, &good).await;
    let mut lines = Vec::new();
    for (attack, bytes) in attacks {
        let before = now(site).await;
        let answer = told(&by_stream(site, which, &bytes).await);
        lines.push(Line { attack, answer, noted: came_of(site, &before).await });
    }
    let before = now(site).await;
    by_stream(site, which, &good).await;
    assert_eq!(came_of(site, &before).await, "stored once", "the next one is heard as ever");
    lines
}

#[tokio::test]
async fn on_streams() {
    let site = site(|config, _| {
        for (name, adapter) in [("line", "serial"), ("box", "gatt"), ("home", "phd")] {
            config.sources.stream.push(plain(name, adapter));
        }
    })
    .await;
    let sealed = sealed(&site).await;
    for (which, way, attacks) in
        [(0, "serial", lines_of(&sealed)), (1, "gatt", characteristics(&sealed)), (2, "phd", agents(&sealed))]
    {
        compare(way, &streamed(&site, which, attacks).await);
    }
}
