//! What the store promises when somebody meddles with it: another program that holds it, a hand in its files, a kill.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use gateway::Services;
use gateway::audit::AuditError;
use gateway::pipeline::Outcome;
use gateway::record::{AuditId, StoredBatch};
use gateway::store::{BatchQuery, Order, Reader, Rows};
use rusqlite::Connection;
use seal::DeviceId;
use tokio_util::sync::CancellationToken;

use crate::fixture::{Maker, Site, config};

fn open_file(site: &Site) -> Connection {
    Connection::open(site.services.config.data.join("medseal.db")).unwrap()
}

#[tokio::test]
async fn what_cannot_be_stored_is_not_acknowledged_and_comes_again() {
    let site = Site::new().await;
    let mut device = site.device("monitor-1").await;
    let sealed = device.next(1);
    let other = open_file(&site);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(site.send(&device, sealed.clone()).await, Outcome::Unavailable);
    assert!(site.services.store.write(|writer| writer.add_maker(b"x")).await.is_err());
    other.execute_batch("ROLLBACK").unwrap();
    assert!(matches!(site.send(&device, sealed).await, Outcome::Committed(_)));
    assert_eq!(site.services.metrics.snapshot().unavailable, 1);
    site.services.store.read(Reader::verify_audit).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_hand_in_the_audit_log_is_seen() {
    let site = Site::new().await;
    for number in 0..5 {
        site.patient(&format!("mrn-{number}")).await;
    }
    let head = site.services.store.read(Reader::verify_audit).await.unwrap().unwrap();
    assert_eq!(head.id, AuditId(6));
    let db = open_file(&site);
    let tampered: &[(&str, &str, AuditError)] = &[
        ("UPDATE audit SET actor = 'system ' WHERE id = 3", "changed", AuditError::Changed(AuditId(3))),
        ("UPDATE audit SET time = time + 1 WHERE id = 6", "changed", AuditError::Changed(AuditId(6))),
        (
            "DELETE FROM audit WHERE id = 2",
            "removed",
            AuditError::Missing { expected: AuditId(2), found: AuditId(3) },
        ),
        (
            "UPDATE audit SET actor = object, object = actor WHERE id = 4",
            "swapped",
            AuditError::Changed(AuditId(4)),
        ),
    ];
    for (sql, what, expected) in tampered {
        db.execute_batch("CREATE TEMP TABLE kept AS SELECT * FROM audit").unwrap();
        db.execute_batch(sql).unwrap();
        let found = site.services.store.read(Reader::verify_audit).await.unwrap();
        assert_eq!(found, Err(*expected), "{what}");
        db.execute_batch("DELETE FROM audit; INSERT INTO audit SELECT * FROM kept; DROP TABLE kept").unwrap();
    }
    assert_eq!(site.services.store.read(Reader::verify_audit).await.unwrap(), Ok(head));
}

const ROUNDS: usize = 20;
const CHILD: &str = "MEDSEAL_TEST_CRASH_CHILD";

/// Runs in a process of its own, which the test below kills: delivers for ever and says what was acknowledged.
#[tokio::test]
async fn crash_child() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    let (folder, round) = folder.rsplit_once(':').unwrap();
    let folder = std::path::Path::new(folder);
    let maker = Maker::new("Test maker");
    let services = Services::open(config(folder, &maker), CancellationToken::new()).unwrap();
    let admin = services.administration("system");
    admin.add_maker(maker.ca.der()).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..3 {
        let mut device = maker.device(&format!("round-{round}-device-{number}"));
        admin.enrol(device.enrolment()).await.unwrap();
        let pipeline = services.pipeline.clone();
        tasks.spawn(async move {
            loop {
                let mut window = Vec::new();
                for _ in 0..8 {
                    let sealed = device.next(4);
                    let counter = device.sealer.counter();
                    window.push((counter, pipeline.submit(device.message(sealed)).await.unwrap()));
                }
                for (counter, outcome) in window {
                    assert!(matches!(outcome.await.unwrap(), Outcome::Committed(_)));
                    let line = format!("\nack {} {counter}\n", device.id);
                    std::io::stdout().write_all(line.as_bytes()).unwrap();
                }
            }
        });
    }
    // They end only by a fault, which is not to leave the test above waiting.
    let ended = tasks.join_next().await;
    panic!("a device stopped: {:?}", ended.map(|ended| ended.map(drop)));
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_by_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut total = 0;
    for round in 0..ROUNDS {
        let acknowledged = deliver_and_kill(folder.path(), round);
        total += acknowledged.values().sum::<u64>();
        let maker = Maker::new("Test maker");
        let begun = Instant::now();
        let services = Services::open(config(folder.path(), &maker), CancellationToken::new()).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(5), "recovery took {:?}", begun.elapsed());
        for (device, last) in acknowledged {
            let stored = counters(&services, device.parse().unwrap()).await;
            assert!(stored.len() as u64 >= last, "{device}: {last} acknowledged, {} stored", stored.len());
            assert!(stored.iter().copied().eq(1..=stored.len() as u64), "{device}: {stored:?}");
        }
        services.store.read(Reader::verify_audit).await.unwrap().unwrap();
        services.store.close().await;
    }
    assert!(total > 0, "no child ever got an acknowledgement");
}

/// Gives the last counter acknowledged to each device.
fn deliver_and_kill(folder: &std::path::Path, round: usize) -> BTreeMap<String, u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["store::crash_child", "--exact", "--nocapture"])
        .env(CHILD, format!("{}:{round}", folder.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let mut acknowledged = BTreeMap::new();
    // Kill it at another moment each time, counted in acknowledgements: 0 is while it opens or enrols.
    let (mut seen, end) = (0, round * round * 7 % 500);
    if end == 0 {
        std::thread::sleep(Duration::from_millis(15 * round as u64));
        child.kill().unwrap();
    }
    for line in output.lines() {
        let line = line.unwrap_or_default();
        let Some((device, counter)) = line.strip_prefix("ack ").and_then(|rest| rest.split_once(' ')) else {
            continue;
        };
        let Ok(counter) = counter.parse() else { continue };
        acknowledged.insert(device.to_owned(), counter);
        seen += 1;
        if seen == end {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    acknowledged
}

async fn counters(services: &Services, device: DeviceId) -> Vec<u64> {
    let mut query = BatchQuery {
        device: Some(device),
        rows: Rows::Sealed,
        order: Order::OldestFirst,
        ..BatchQuery::default()
    };
    let mut all = Vec::new();
    loop {
        let page = {
            let query = query.clone();
            services.store.read(move |reader| reader.batches(&query)).await.unwrap()
        };
        let Some(last) = page.last() else { return all };
        query.after = Some(last.id);
        all.extend(page.iter().filter_map(StoredBatch::counter));
    }
}

/// A committer that is gone would leave a gateway that takes connections and stores nothing: it stops, so that it is started again.
#[tokio::test]
async fn a_gateway_whose_committer_ended_by_a_fault_stops() {
    let site = crate::fixture::RunningSite::new().await;
    let services = &site.running.services;
    let fault =
        services.store.write(|_| -> Result<(), gateway::store::StoreError> { panic!("on purpose") }).await;
    assert!(fault.is_err());
    let stopped = tokio::time::timeout(Duration::from_secs(30), services.shutdown.cancelled()).await;
    assert!(stopped.is_ok() && services.store.has_ended());
}
