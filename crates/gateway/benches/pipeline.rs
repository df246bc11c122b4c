//! How many verified and durable batches a second straight into the pipeline, without a network, beside what the machine does by
//! itself (signature verifications, synced writes). All in one run, since figures of different runs on a shared machine
//! cannot be compared. With a network and as a process of its own: `gateway-bench` of the crate `load`.
//!
//! `cargo bench -p gateway --bench pipeline [-- DEVICES BATCHES]`: BATCHES a device, sealed beforehand.

#[expect(dead_code, reason = "made for the tests; only a part is needed here")]
#[path = "../tests/it/fixture.rs"]
mod fixture;

use std::collections::VecDeque;
use std::io::Write;
use std::time::{Duration, Instant};

use fixture::{Site, TestDevice};
use gateway::metrics::Snapshot;
use gateway::pipeline::Outcome;
use seal::{Micros, SealedBatch};

const WINDOW: usize = 32;

#[tokio::main]
async fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let devices = numbers.first().copied().unwrap_or(64);
    let batches = numbers.get(1).copied().unwrap_or(300);
    let verifies = verify_rate();
    println!("machine: {verifies:.0} batches of one reading verified/s on all cores, no storage");
    println!("machine: {:.0} synced 4 KiB writes/s", sync_rate());
    for readings in [1, 7, 64] {
        let site = Site::new().await;
        let load = prepare(&site, devices, batches, readings).await;
        let begun = Instant::now();
        let tasks: Vec<_> =
            load.into_iter().map(|one| tokio::spawn(feed(site.services.pipeline.clone(), one))).collect();
        for task in tasks {
            task.await.unwrap();
        }
        report(readings, begun.elapsed(), verifies, &site.services.metrics.snapshot());
    }
}

type Load = Vec<(TestDevice, Vec<Vec<u8>>)>;

async fn prepare(site: &Site, devices: usize, batches: usize, readings: usize) -> Load {
    let mut load = Vec::new();
    for number in 0..devices {
        let mut device = site.device(&format!("monitor-{number}")).await;
        let patient = site.patient(&format!("mrn-{number}")).await;
        site.admin().associate(&device.id, patient, "bed", Micros(0)).await.unwrap();
        let sealed = (0..batches).map(|_| device.next(readings)).collect();
        load.push((device, sealed));
    }
    load
}

/// One device straight into the pipeline, with a window of unanswered batches.
async fn feed(pipeline: gateway::pipeline::Pipeline, (device, sealed): (TestDevice, Vec<Vec<u8>>)) {
    let mut pending = VecDeque::new();
    for bytes in sealed {
        if pending.len() == WINDOW {
            committed(pending.pop_front()).await;
        }
        pending.push_back(pipeline.submit(device.message(bytes)).await.unwrap());
    }
    while !pending.is_empty() {
        committed(pending.pop_front()).await;
    }
}

async fn committed(outcome: Option<tokio::sync::oneshot::Receiver<Outcome>>) {
    let outcome = outcome.unwrap().await.unwrap();
    assert!(matches!(outcome, Outcome::Committed(_)), "{outcome:?}");
}

fn report(readings: usize, took: Duration, verifies: f64, counted: &Snapshot) {
    let rate = counted.batches_verified as f64 / took.as_secs_f64();
    println!(
        "{readings} readings: {rate:.0} batches/s ({:.2} of the verify rate), {:.0} readings/s, \
         {:.1} batches a commit, latency p50 {:.1} ms p99 {:.1} ms, resident {:.0} MiB",
        rate / verifies,
        rate * readings as f64,
        counted.batches_verified as f64 / counted.commits as f64,
        counted.commit_latency_ms.p50,
        counted.commit_latency_ms.p99,
        resident_mib(),
    );
}

fn resident_mib() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    pages * 4096.0 / 1024.0 / 1024.0
}

/// What all cores together verify, without queue or storage.
fn verify_rate() -> f64 {
    let mut device = fixture::Maker::new("Test maker").device("monitor-1");
    let sealed: Vec<SealedBatch> = (0..64).map(|_| SealedBatch::parse(&device.next(1)).unwrap()).collect();
    let key = device.sealer.verifying_key(device.id.clone()).unwrap();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let count = || {
            let (begun, mut done) = (Instant::now(), 0_u32);
            while begun.elapsed() < Duration::from_secs(2) {
                for one in &sealed {
                    key.verify(one.clone()).unwrap();
                    done += 1;
                }
            }
            f64::from(done) / begun.elapsed().as_secs_f64()
        };
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(count)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}

fn sync_rate() -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let mut file = std::fs::File::create(folder.path().join("synced")).unwrap();
    let (begun, mut done) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(1) {
        file.write_all(&[0; 4096]).unwrap();
        file.sync_data().unwrap();
        done += 1;
    }
    f64::from(done) / begun.elapsed().as_secs_f64()
}
