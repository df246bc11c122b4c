//! A record that is away for long: rows wait in the store, not in memory; when it is back they go out in their order, across a restart, and none is
//! answered twice without saying so. How many wait says `MEDSEAL_OUTAGE_ROWS`; figures in docs/performance.md are of 100,000.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clinical::ack::{self, Code};
use clinical::hl7::Message;
use clinical::mllp;
use gateway::config::{Feed, FeedKind, Hl7, Oru};
use gateway::record::{Journal, Place};
use gateway::{Config, Services, sinks};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::fixture::{Site, now};
use crate::hl7_feed::{commit, with_patient};

const DEVICES: i64 = 10;

/// Rows that wait.
fn rows() -> i64 {
    std::env::var("MEDSEAL_OUTAGE_ROWS").map_or(20_000, |rows| rows.parse().unwrap())
}

/// What a receiver has seen: of each message its MSH-10 and whether it says that it was sent before.
type Seen = Arc<Mutex<Vec<(String, bool)>>>;

/// Answers everything that comes to this listener.
async fn answer(tcp: TcpListener, seen: Seen) {
    loop {
        let Ok((stream, _)) = tcp.accept().await else { return };
        tokio::spawn(answer_one(stream, seen.clone()));
    }
}

async fn answer_one(mut stream: TcpStream, seen: Seen) {
    let (mut decoder, mut portion) = (mllp::Decoder::default(), vec![0; 64 * 1024]);
    loop {
        let mut out = Vec::new();
        while let Some(frame) = decoder.next_frame().unwrap() {
            let text = std::str::from_utf8(frame).unwrap();
            let message = Message::parse(text).unwrap();
            let name = message.segment("MSH").unwrap().field(10).component(1).text().into_owned();
            seen.lock().unwrap().push((name, text.contains(" resent")));
            let answer = ack::answer(&message, Code::CommitAccept, &[], "a", now());
            mllp::encode(answer.as_bytes(), &mut out).unwrap();
        }
        if stream.write_all(&out).await.is_err() {
            return;
        }
        match stream.read(&mut portion).await {
            Ok(count) if count > 0 => decoder.push(&portion[..count]),
            _ => return,
        }
    }
}

/// A site whose store holds [`rows`] rows of [`DEVICES`] devices, one a second each: the first of each came through the pipeline, the others
/// are copies of them with counters and times of their own, put there by hand, since sealing and verifying them is not what is looked at here.
async fn crowded() -> Site {
    let site = Site::new().await;
    for number in 0..DEVICES {
        let mut device = with_patient(&site, &format!("mon-{number}")).await;
        commit(&site, &mut device, 1).await;
    }
    let path = site.folder.path().join("data").join("medseal.db");
    let db = rusqlite::Connection::open(path).unwrap();
    db.busy_timeout(Duration::from_secs(10)).unwrap();
    // A day ago, so that all intervals have ended.
    let back = 200_000_000_000_i64;
    let shift =
        "UPDATE batches SET time = time - ?1, first = first - ?1, last = last - ?1, received = received - ?1";
    db.execute(shift, [back]).unwrap();
    let copy = "WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2) \
                INSERT INTO batches (device, patient, association, counter, time, first, last, received, hash, bytes) \
                SELECT device, patient, association, 1 + i / ?1, time + (i / ?1) * 1000000, first + (i / ?1) * 1000000, \
                last + (i / ?1) * 1000000, received + (i / ?1) * 1000000, hash, bytes FROM n JOIN batches b ON b.id = 1 + i % ?1 ORDER BY i";
    db.execute(copy, [DEVICES, rows()]).unwrap();
    site
}

/// What the process holds in memory, in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

async fn stop(services: &Services) {
    services.shutdown.cancel();
    services.tasks.close();
    services.tasks.wait().await;
    services.store.close().await;
}

async fn place(services: &Services, journal: Journal) -> Place {
    services.store.read(move |reader| reader.outbox("ehr", journal)).await.unwrap()
}

async fn wait_for(what: &str, mut reached: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !reached().await {
        assert!(begun.elapsed() < Duration::from_secs(300), "not within 5 min: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// An address at which nobody listens yet.
async fn nowhere() -> String {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string()
}

fn plain(address: &str, kind: FeedKind) -> Feed {
    Feed::to("ehr", address, PathBuf::new(), kind).in_the_clear()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_outage_costs_no_memory_and_what_waited_comes_in_order_across_a_restart() {
    let site = crowded().await;
    let address = nowhere().await;
    let feed = plain(&address, FeedKind::Pcd01(Hl7 { in_flight: 64, ..Hl7::default() }));
    let before = resident();
    sinks::start(&site.services, &feed).unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let away = resident();
    assert!(away < before + 32, "{before} MiB before the outage, {away} MiB in it");

    let seen = Seen::default();
    tokio::spawn(answer(TcpListener::bind(&address).await.unwrap(), seen.clone()));
    let begun = Instant::now();
    wait_for("some", async || seen.lock().unwrap().len() > rows() as usize / 3).await;
    let rate = seen.lock().unwrap().len() as f64 / begun.elapsed().as_secs_f64();
    stop(&site.services).await;
    let services = Services::open(Config::clone(&site.services.config), CancellationToken::new()).unwrap();
    sinks::start(&services, &feed).unwrap();
    wait_for("all", async || place(&services, Journal::Batches).await == Place(rows())).await;
    let after = resident();
    println!("{rate:.0} messages/s caught up, {before} MiB before, {away} MiB away, {after} MiB after");
    // What the receiver of this test keeps is of the same process: about a hundred bytes a message.
    assert!(after < before + 64, "{before} MiB before, {after} MiB after");
    stop(&services).await;

    let seen = seen.lock().unwrap();
    let mut next = 1;
    for (name, resent) in seen.iter() {
        let number: i64 = name.strip_prefix("MS").unwrap().parse().unwrap();
        assert!(number == next || (number < next && *resent), "{name} where MS{next} was expected");
        next = next.max(number + 1);
    }
    assert_eq!(next, rows() + 1);
    let twice = seen.len() as i64 - rows();
    assert!(twice <= 256, "{twice} came twice: more than a page");
}

/// Batches of [`DEVICES`] devices, one a second each, sealed by them and put into the store by hand.
async fn sealed(seconds: i64) -> Site {
    let site = Site::new().await;
    let mut devices = Vec::new();
    for number in 0..DEVICES {
        let mut device = with_patient(&site, &format!("mon-{number}")).await;
        commit(&site, &mut device, 1).await;
        devices.push(device);
    }
    let mut db = rusqlite::Connection::open(site.folder.path().join("data").join("medseal.db")).unwrap();
    db.busy_timeout(Duration::from_secs(10)).unwrap();
    let begin = now().0 - 200_000_000_000;
    let tx = db.transaction().unwrap();
    let sql = "INSERT INTO batches (device, patient, association, counter, time, first, last, received, hash, bytes) \
               SELECT device, patient, association, ?2, ?3, ?3, ?3, ?3, ?4, ?5 FROM batches WHERE id = ?1";
    for second in 0..seconds {
        for (device, template) in devices.iter_mut().zip(1_i64..) {
            let time = begin + second * 1_000_000;
            let batch = device.batch(seal::Micros(time), 2);
            let bytes = device.seal(&batch);
            let mut hash = [0_u8; 32];
            hash[..8].copy_from_slice(&(second * DEVICES + template).to_be_bytes());
            tx.execute(sql, (template, second + 2, time, hash, bytes)).unwrap();
        }
    }
    tx.execute("DELETE FROM batches WHERE id <= ?1", [DEVICES]).unwrap();
    tx.commit().unwrap();
    site
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn charting_what_waited_takes_no_memory_and_stops_while_its_charts_wait() {
    // One device's readings of four seconds make a chart: 5,000 of them, and 10 more where the first interval begins.
    const SECONDS: i64 = 2_000;
    let site = sealed(SECONDS).await;
    let address = nowhere().await;
    let path = site.folder.path().join("dialect.toml");
    std::fs::write(&path, "name = \"site\"\nextends = \"flat\"\ninterval = 4\naveraging = \"mean\"").unwrap();
    let oru = Oru { dialect: path, settle_seconds: 5 };
    let feed = plain(&address, FeedKind::Oru(Hl7 { in_flight: 64, ..Hl7::default() }, oru));
    let before = resident();
    sinks::start(&site.services, &feed).unwrap();
    let waiting = async || {
        let newest = site.services.store.read(|reader| reader.newest("ehr", Journal::Charts));
        newest.await.unwrap()
    };
    wait_for("charts", async || waiting().await > Place(4096)).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (charts, away) = (waiting().await, resident());
    assert!(charts <= Place(4096 + DEVICES), "{charts} charts wait");
    assert!(away < before + 32, "{before} MiB before the outage, {away} MiB in it");

    let seen = Seen::default();
    tokio::spawn(answer(TcpListener::bind(&address).await.unwrap(), seen.clone()));
    let all = Place(SECONDS / 4 * DEVICES);
    wait_for("all", async || place(&site.services, Journal::Charts).await >= all).await;
    let after = resident();
    println!("{before} MiB before, {away} MiB away, {after} MiB after");
    assert!(after < before + 64, "{before} MiB before, {after} MiB after");
    let seen = seen.lock().unwrap();
    let numbers: Vec<i64> =
        seen.iter().map(|(name, _)| name.strip_prefix("MC").unwrap().parse().unwrap()).collect();
    assert!(numbers.iter().zip(1..).all(|(number, place)| *number == place), "in order, each once");
}
