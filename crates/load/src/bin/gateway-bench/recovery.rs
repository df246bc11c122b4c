//! A gateway that is killed under load with 10,000,000 readings on disk, and started again.

use std::time::{Duration, Instant};

use load::link::Version;
use load::plan::Pace;
use load::{Lane, Plan, Site, Target, Way};

use crate::Error;
use crate::figure::{Figure, Unit};
use crate::load_rows::run;
use crate::process::{Process, folder};
use tokio_util::sync::CancellationToken;

const DEVICES: usize = 50;
/// As many as a batch of the row above has.
const READINGS: u32 = 64;
const BATCHES: u64 = 10_000_000 / READINGS as u64 + 1;
const WANTED_SECONDS: f64 = 2.0;
/// Nobody waits longer for ten million readings.
const FILLING: Duration = Duration::from_secs(600);

pub(crate) async fn measure() -> Result<Vec<Figure>, Error> {
    let data = folder()?;
    let site = Site::prepare(&data.path().join("site"), DEVICES, "").await?;
    let target = Target::local(gateway::Config::read(&site.config())?.mqtt.listen)?;
    let running = Process::gateway(&site)?;
    let closed = || Plan::new(Pace::Answered { window: 32 });
    let filled = Instant::now();
    let plan = closed()?.lasting(FILLING, Duration::ZERO)?.counting(BATCHES)?;
    let lanes = lanes(&site, &target)?;
    let done = load::run(plan, lanes, std::sync::Arc::default(), CancellationToken::new()).await?;
    eprintln!("{} batches in {:.1} s", done.report.stored, filled.elapsed().as_secs_f64());
    // Under load, so that a transaction is cut and the log of the database is long.
    let (stop, plan) =
        (CancellationToken::new(), closed()?.lasting(Duration::from_secs(60), Duration::ZERO)?);
    let loaded = tokio::spawn(load::run(plan, done.lanes, std::sync::Arc::default(), stop.clone()));
    tokio::time::sleep(Duration::from_secs(2)).await;
    running.kill();
    stop.cancel();
    let lost = loaded.await.map_err(load::run::RunError::from)??;
    let log = std::fs::metadata(data.path().join("site/gateway/medseal.db-wal")).map_or(0, |file| file.len());
    eprintln!("the database's log is {} KiB long after the kill", log / 1024);

    let begun = Instant::now();
    let again = Process::gateway(&site)?;
    // What was not answered goes first; its answer is a duplicate or a commit, and both are on disk.
    let one: Vec<Lane> = lost.lanes.into_iter().take(1).collect();
    let plan = closed()?.lasting(Duration::from_secs(60), Duration::ZERO)?.counting(1)?;
    let ran = run(plan, one).await?;
    let recovered = begun.elapsed().as_secs_f64();
    let listens = again.took.as_secs_f64();
    let cause = "what is read at the start: the log of the database, devices, chains, open alarms";
    let readings = (done.report.stored + ran.report.stored) * u64::from(READINGS);
    Ok(vec![
        Figure::new(
            format!("start after kill -9 with {readings} readings, to the first batch acknowledged"),
            Unit::Seconds,
            recovered,
        )
        .target(WANTED_SECONDS, cause)
        .peer("of it until it listens", listens),
    ])
}

fn lanes(site: &Site, target: &Target) -> Result<Vec<Lane>, Error> {
    let fleet = site.fleet()?;
    let lane = |device| Ok(site.lane(Way::Mqtt(Version::V5), target, device, READINGS)?);
    fleet.first(DEVICES)?.iter().map(lane).collect()
}
