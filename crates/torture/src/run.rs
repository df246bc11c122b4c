//! A run from its preparation to its account.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use gateway::record::{BatchId, Proof, StoredBatch};
use gateway::store::{BatchQuery, Order, Reader, Rows, inspect};
use load::link::{Queue, Version};
use load::message::Hl7Messages;
use load::plan::Pace;
use load::{Counters, Endpoint, Fleet, Key, Lane, Messages, Plan, Target};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::account::{self, Row, Sent};
use crate::attack::malformed_name;
use crate::error::{TortureError, io};
use crate::fault::Torturer;
use crate::limits;
use crate::plan::{Fault, Planned, schedule};
use crate::report::Report;
use crate::world::broker::QUEUE;
use crate::world::record::of_ehr;
use crate::world::{Wanted, Way, World};

/// Readings of each sealed batch.
const READINGS: u32 = 2;

/// How a gateway is tortured.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program `medseal`.
    pub medseal: PathBuf,
    /// How long.
    pub lasts: Duration,
    /// What the faults' order and details are made of.
    pub seed: u64,
    /// Messages a second of each way in.
    pub rate: f64,
    /// With RabbitMQ.
    pub with_queue: bool,
    /// Where everything is kept; a folder that is removed after a run without findings when none is given.
    pub folder: Option<PathBuf>,
    /// Tell of each fault on standard error.
    pub tells: bool,
}

/// Tortures a gateway and settles the account.
///
/// # Errors
/// [`TortureError`] when there is no result. What is wrong with the gateway is in the report.
pub async fn run(options: Options) -> Result<Report, TortureError> {
    if !(limits::SHORTEST..=limits::LONGEST).contains(&options.lasts) {
        let (least, most) = (limits::SHORTEST.as_secs(), limits::LONGEST.as_secs());
        return Err(TortureError::Option(format!("a run lasts {least} to {most} s")));
    }
    let (folder, scratch) = match &options.folder {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(io(folder.display().to_string()))?;
            (folder.canonicalize().map_err(io(folder.display().to_string()))?, None)
        }
        None => {
            let scratch = tempfile::Builder::new().prefix("torture-").tempdir().map_err(io("a folder"))?;
            (scratch.path().to_owned(), Some(scratch))
        }
    };
    let done = torture(&options, &folder).await;
    let is_even = done.as_ref().is_ok_and(Report::is_even);
    if let Some(scratch) = scratch
        && !is_even
    {
        // What failed can be looked at.
        let _kept = scratch.keep();
    }
    done
}

async fn torture(options: &Options, folder: &Path) -> Result<Report, TortureError> {
    let wanted = Wanted {
        medseal: options.medseal.clone(),
        folder: folder.to_owned(),
        lasts: options.lasts,
        with_queue: options.with_queue,
    };
    let (world, cast) = World::create(wanted).await?;
    let (had, left_out) = world.faults();
    let planned = schedule(options.seed, options.lasts, &had);
    let stop = CancellationToken::new();
    let mut inputs = start(&world, options, &stop)?;
    let begun = Instant::now();
    let mut torturer = Torturer::new(world, cast, begun, inputs.counters.clone());
    let mut applied = Vec::new();
    let faults = apply_all(&mut torturer, &planned, options, begun, &mut applied).await;
    torturer.world.heal()?;
    faults?;
    torturer.quiet().await?;
    torturer.world.heal()?;
    settle_down(&mut torturer, &inputs).await?;
    stop.cancel();
    let mut sent = Vec::new();
    let mut given_up = Vec::new();
    while let Some(ended) = inputs.tasks.join_next().await {
        let done = ended?.map_err(|error| TortureError::Load(error.to_string()))?;
        given_up.extend(done.report.faults.iter().map(|fault| format!("{}: {fault}", done.report.input)));
        sent.extend(done.ledger.iter().flat_map(load::Ledger::entries).map(Sent::from));
    }
    let load_seconds = begun.elapsed().as_secs_f64();
    handed_over(&mut torturer, &sent).await?;
    delivered(&mut torturer).await?;
    let held = torturer.world.gateway.held();
    let ended = torturer.world.gateway.stop().await?;
    sent.append(&mut torturer.sent);
    sent.append(&mut torturer.attacks.sent);
    let mut report = Report::new(options, folder, left_out, &applied, load_seconds);
    report.peak_memory_kib = held.map(|(peak, _)| peak);
    report.not_clean(&torturer, ended)?;
    account(&torturer, &sent, folder, &mut report)?;
    report.complaints = std::mem::take(&mut torturer.complaints);
    report.attacks = std::mem::take(&mut torturer.attacks);
    report.load_faults = given_up;
    let Torturer { world, .. } = torturer;
    world.disk.close().await;
    Ok(report)
}

/// All ways in at work.
struct Inputs {
    tasks: JoinSet<Result<load::run::Done, load::run::RunError>>,
    counters: Vec<Arc<Counters>>,
}

fn start(world: &World, options: &Options, stop: &CancellationToken) -> Result<Inputs, TortureError> {
    let failed = |error: &dyn std::fmt::Display| TortureError::Load(error.to_string());
    let fleet = world.site.fleet().map_err(|error| failed(&error))?;
    let (mut tasks, mut counters) = (JoinSet::new(), Vec::new());
    for (place, way) in world.ways().into_iter().enumerate() {
        let lanes = lanes(world, way, place, &fleet)?;
        if lanes.is_empty() {
            continue;
        }
        let pace = Pace::Rate { per_second: options.rate, window: 16 };
        let longest = options.lasts * 3 + limits::ANSWER * 4;
        let plan = Plan::new(pace).map_err(|error| failed(&error))?;
        let plan = plan.lasting(longest, Duration::ZERO).map_err(|error| failed(&error))?;
        let plan = plan.patient(longest).with_ledger();
        let counter = Arc::<Counters>::default();
        counters.push(counter.clone());
        let stop = stop.clone();
        tasks.spawn(async move { load::run(plan, lanes, counter, stop).await });
    }
    Ok(Inputs { tasks, counters })
}

/// The connections of one way in; none of the ways out.
fn lanes(world: &World, way: Way, place: usize, fleet: &Fleet) -> Result<Vec<Lane>, TortureError> {
    let failed = |error: &dyn std::fmt::Display| TortureError::Load(error.to_string());
    let target = Target::local(world.way(way)?.address()).map_err(|error| failed(&error))?;
    if way == Way::Mllp {
        let lane = |number: usize| {
            let messages =
                Hl7Messages::bedside(format!("bedside{number}")).map_err(|error| failed(&error))?;
            Ok(Lane { endpoint: Endpoint::mllp(target.clone()), messages: Messages::Hl7(messages) })
        };
        return (0..limits::BEDSIDES).map(lane).collect();
    }
    let devices = fleet.devices().iter().skip(place * limits::DEVICES).take(limits::DEVICES);
    let mut lanes = Vec::new();
    for device in devices {
        let lane = |way| world.site.lane(way, &target, device, READINGS).map_err(|error| failed(&error));
        lanes.push(match way {
            Way::Mqtt => lane(load::Way::Mqtt(Version::V5))?,
            Way::Https => lane(load::Way::Https)?,
            Way::Grpc => lane(load::Way::Grpc)?,
            Way::Broker => {
                let messages = device.messages(READINGS).map_err(|error| failed(&error))?;
                let endpoint = Endpoint::Mqtt {
                    target: target.clone(),
                    tls: None,
                    version: Version::V5,
                    client: format!("device-{}", device.id),
                    topic: format!("medseal/v1/{}/batch", device.id),
                };
                Lane { endpoint, messages: Messages::Sealed(Box::new(messages)) }
            }
            Way::Queue => {
                let account = world.rabbit.as_ref().map(|rabbit| rabbit.account.clone());
                lane(load::Way::Amqp(Queue { name: QUEUE.to_owned(), account }))?
            }
            Way::Mllp | Way::Ehr | Way::Record => return Ok(Vec::new()),
        });
    }
    Ok(lanes)
}

async fn apply_all(
    torturer: &mut Torturer,
    planned: &[Planned],
    options: &Options,
    begun: Instant,
    applied: &mut Vec<(Planned, Duration)>,
) -> Result<(), TortureError> {
    for one in planned {
        sleep_until((begun + one.at).into()).await;
        // A machine that is too slow for the schedule still ends.
        if begun.elapsed() > options.lasts * 3 {
            return Ok(());
        }
        let at = begun.elapsed();
        if options.tells {
            anstream::eprintln!("{:8.2} s  {}", at.as_secs_f64(), one.fault.word());
        }
        torturer.world.gateway.lives()?;
        torturer.apply(*one).await?;
        applied.push((*one, at));
    }
    sleep_until((begun + options.lasts).into()).await;
    torturer.world.gateway.lives()
}

/// Waits until every way in has brought something new after the last fault.
async fn settle_down(torturer: &mut Torturer, inputs: &Inputs) -> Result<(), TortureError> {
    torturer.world.gateway.listening().await?;
    let stored = || inputs.counters.iter().map(|counter| counter.stored.load(Relaxed)).collect::<Vec<_>>();
    let (before, by) = (stored(), Instant::now() + limits::STUCK);
    while Instant::now() < by {
        if stored().iter().zip(&before).all(|(now, before)| now > before) {
            // Lanes that wait out a pause find their connection too.
            sleep(load::limits::PAUSE.1).await;
            return Ok(());
        }
        sleep(Duration::from_millis(100)).await;
    }
    let stuck = before.iter().zip(stored()).filter(|(before, now)| now <= before).count();
    Err(torturer
        .world
        .gateway
        .fault(format!("{stuck} ways in bring nothing any more after the faults have ended")))
}

/// Waits until the brokers have handed over what they acknowledged, so that what is missing afterwards is lost and not on its way. What
/// never comes is no error here: the account finds it.
async fn handed_over(torturer: &mut Torturer, sent: &[Sent]) -> Result<(), TortureError> {
    let mut owed: HashMap<&str, u64> = HashMap::new();
    for one in sent.iter().filter(|one| one.acknowledged_us.is_some()) {
        if let Key::Sealed { device, counter } = &one.key {
            let last = owed.entry(device.as_str()).or_default();
            *last = (*last).max(*counter);
        }
    }
    let (mut missing, mut moved) = (u64::MAX, Instant::now());
    loop {
        torturer.world.gateway.lives()?;
        let heads = torturer.world.heads().await?;
        let left =
            |(device, last): (&&str, &u64)| last.saturating_sub(heads.get(*device).copied().unwrap_or(0));
        let now: u64 = owed.iter().map(left).sum();
        if now == 0 {
            return Ok(());
        }
        if now < missing {
            (missing, moved) = (now, Instant::now());
        }
        if moved.elapsed() > limits::STUCK {
            return Ok(());
        }
        sleep(Duration::from_millis(300)).await;
    }
}

/// Waits until every destination has all that there is for it.
async fn delivered(torturer: &mut Torturer) -> Result<(), TortureError> {
    let (mut waiting, mut moved) = (u64::MAX, Instant::now());
    loop {
        torturer.world.gateway.lives()?;
        let now = waiting_rows(&torturer.world).await?;
        if now == 0 {
            return Ok(());
        }
        if now < waiting {
            (waiting, moved) = (now, Instant::now());
        }
        if moved.elapsed() > limits::STUCK {
            return Err(torturer
                .world
                .gateway
                .fault(format!("{now} rows wait for destinations and do not move")));
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// Rows that wait for any destination, as `medseal feed list` tells it.
async fn waiting_rows(world: &World) -> Result<u64, TortureError> {
    let words = world.medseal(&["feed", "list", "--json"]);
    let Some((first, rest)) = words.split_first() else { return Ok(0) };
    let output =
        tokio::process::Command::new(first).args(rest).output().await.map_err(io("medseal feed list"))?;
    let wrong = |what: String| TortureError::Gateway(format!("medseal feed list: {what}"));
    if !output.status.success() {
        return Err(wrong(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let value: Value = serde_json::from_slice(&output.stdout).map_err(|error| wrong(error.to_string()))?;
    let feeds = value.get("feeds").and_then(Value::as_array).ok_or_else(|| wrong("no feeds".into()))?;
    Ok(feeds.iter().filter_map(|feed| feed.get("waiting")?.as_u64()).sum())
}

/// Reads what is stored and delivered, and settles.
fn account(
    torturer: &Torturer,
    sent: &[Sent],
    folder: &Path,
    report: &mut Report,
) -> Result<(), TortureError> {
    let world = &torturer.world;
    let copy = folder.join("stored");
    world.disk.copy_database(&copy)?;
    let stored = inspect(&copy, |reader| {
        if let Err(error) = reader.verify_audit()? {
            report.faults.push(format!("the audit log: {error}"));
        }
        all_rows(reader)
    })?;
    let integrity = rusqlite::Connection::open(copy.join("medseal.db"))?;
    let said: String = integrity.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if said != "ok" {
        report.faults.push(format!("the database: {said}"));
    }
    let malformed: HashSet<&Key> =
        torturer.attacks.sent.iter().map(|one| &one.key).chain(sent.iter().map(|one| &one.key)).collect();
    let rows: Vec<Row> = stored.iter().map(|row| owed(row, &malformed)).collect();
    let names: HashMap<String, BatchId> = stored.iter().map(|row| (name(row), row.id)).collect();
    let destinations = [of_ehr(&world.ehr_file())?, world.fhir.delivered(&names)];
    if world.fhir.doubled() > 0 {
        report.faults.push(format!("{} observations were created twice", world.fhir.doubled()));
    }
    (report.sums, report.findings) = account::settle(sent, &rows, &destinations);
    Ok(())
}

fn all_rows(reader: &Reader) -> Result<Vec<StoredBatch>, gateway::store::StoreError> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let query = BatchQuery {
            rows: Rows::All,
            after,
            order: Order::OldestFirst,
            limit: 500,
            ..BatchQuery::default()
        };
        let page = reader.batches(&query)?;
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.id);
        all.extend(page);
    }
}

/// A row as the account has it. What was made of a malformed message may hold nothing that goes out, so no delivery is owed of it.
fn owed(row: &StoredBatch, known: &HashSet<&Key>) -> Row {
    let key = key(row, known);
    let is_malformed = matches!(&key, Key::Hl7 { control_id } if control_id.starts_with("malformed-"));
    Row { id: row.id, key, patient: row.patient.filter(|_| !is_malformed) }
}

/// The message that a row holds.
fn key(row: &StoredBatch, known: &HashSet<&Key>) -> Key {
    match &row.proof {
        Proof::Sealed { counter, .. } => Key::Sealed { device: row.device.clone(), counter: *counter },
        Proof::Unsealed { .. } => {
            let malformed = Key::Hl7 { control_id: malformed_name(&row.bytes) };
            if known.contains(&malformed) {
                return malformed;
            }
            let text = String::from_utf8_lossy(&row.bytes);
            Key::Hl7 { control_id: text.split('|').nth(9).unwrap_or_default().to_owned() }
        }
    }
}

/// By what FHIR resources name a row.
fn name(row: &StoredBatch) -> String {
    match &row.proof {
        Proof::Sealed { hash, .. } => hex::encode(hash.0),
        Proof::Unsealed { digest, .. } => format!("unsealed-{digest}"),
    }
}

/// How often each fault was applied.
pub(crate) fn counted(applied: &[(Planned, Duration)]) -> Vec<(Fault, usize)> {
    let count = |fault: &Fault| applied.iter().filter(|(one, _)| one.fault == *fault).count();
    Fault::ALL.iter().map(|fault| (*fault, count(fault))).collect()
}
