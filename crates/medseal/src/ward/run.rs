//! A ward's life: everything is made, started, watched, stopped in order, and accounted for.

use super::attack::{self, Attacks};
use super::folder::Folder;
use super::monitor::Monitor;
use super::options::{Options, Way};
use super::probe::Probe;
use super::report::{Latency, Report, resident_mib};
use super::screen;
use super::site::{Addresses, Site};
use crate::exit::{Outcome, Problem};
use device::ward::Ward;
use gateway::ehr::{self, Counts};
use gateway::http::session::Role;
use gateway::{Config, Gateway, Services};
use seal::Micros;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long the EHR feed may take to drain at the end.
const DRAIN: Duration = Duration::from_secs(5);
/// How long the probe's and a program's access lasts.
const TOKEN_LIFE: Duration = Duration::from_secs(24 * 3600);

/// What runs, and how to stop it.
struct Running {
    folder: Arc<Folder>,
    site: Arc<Site>,
    gateway: gateway::Running,
    devices: Ward,
    probe: Probe,
    ehr: Arc<Counts>,
    /// Stops the monitors' measuring.
    measuring: CancellationToken,
    /// Stops all services.
    services: CancellationToken,
}

/// Runs a ward to its end; no report when it was only to be prepared.
pub(super) async fn run(options: &Options, started: Instant) -> Outcome<Option<Report>> {
    let folder = Arc::new(Folder::create(options.data.as_deref())?);
    let addresses = Addresses::choose(options.mqtt, options.http)?;
    let site = Arc::new(Site::create(&folder, addresses)?);
    let provisioning = tokio::spawn(provision(
        usize::from(options.devices),
        folder.clone(),
        site.clone(),
        options.transport,
    ));
    if options.prepare {
        let monitors = provisioning.await.map_err(broken)??;
        super::prepare::finish(&folder, &site, &monitors).await?;
        return Ok(None);
    }
    let running = Running::start(started, folder, site, provisioning).await?;
    if !options.json {
        screen::welcome(&running.folder, &running.link().await?, options);
    }
    let began = Instant::now();
    let attacks = running.until_over(options).await?;
    let lasted = began.elapsed();
    Ok(Some(running.stop(attacks, lasted).await))
}

/// Provisions all monitors, as many at a time as there are cores.
async fn provision(count: usize, folder: Arc<Folder>, site: Arc<Site>, way: Way) -> Outcome<Vec<Monitor>> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut making = JoinSet::new();
    for core in 0..cores {
        let (folder, site) = (folder.clone(), site.clone());
        making.spawn_blocking(move || -> Outcome<Vec<(usize, Monitor)>> {
            let mine = (core..count).step_by(cores);
            mine.map(|index| Ok((index, Monitor::provision(index, &folder, &site, way)?))).collect()
        });
    }
    let mut monitors = Vec::new();
    while let Some(made) = making.join_next().await {
        monitors.extend(made.map_err(broken)??);
    }
    monitors.sort_by_key(|(index, _)| *index);
    Ok(monitors.into_iter().map(|(_, monitor)| monitor).collect())
}

/// Enrols every monitor and puts it with its patient.
pub(super) async fn admit(services: &Services, monitors: &[Monitor]) -> Outcome {
    let administration = services.administration("system");
    let now = Micros(jiff::Timestamp::now().as_microsecond() - 1_000_000);
    for monitor in monitors {
        monitor.enrol(&administration).await?;
        let patient = administration.add_patient(monitor.patient.clone()).await.map_err(Problem::machine)?;
        administration
            .associate(&monitor.device, patient.id, &monitor.bed, now)
            .await
            .map_err(Problem::machine)?;
    }
    Ok(())
}

impl Running {
    async fn start(
        started: Instant,
        folder: Arc<Folder>,
        site: Arc<Site>,
        provisioning: JoinHandle<Outcome<Vec<Monitor>>>,
    ) -> Outcome<Self> {
        let (services, measuring) = (CancellationToken::new(), CancellationToken::new());
        let ehr = start_ehr(&folder, &site, services.clone()).await?;
        let config = Config::read(&site.config).map_err(Problem::machine)?;
        let gateway = Gateway::start(config, services.clone()).await.map_err(Problem::machine)?;
        let monitors = provisioning.await.map_err(broken)??;
        admit(&gateway.services, &monitors).await?;
        let probe = watch(started, &gateway, &site, services.clone())?;
        let agents = monitors.iter().map(Monitor::agent).collect::<Outcome<Vec<_>>>()?;
        let devices = Ward::start(agents, &measuring);
        Ok(Self { folder, site, gateway, devices, probe, ehr, measuring, services })
    }

    /// A sign-in link for a person.
    async fn link(&self) -> Outcome<String> {
        let base = format!("https://{}", self.site.addresses.https);
        let link = self
            .gateway
            .services
            .issue_link(&base, "demo", Role::Clinician)
            .await
            .map_err(Problem::machine)?;
        Ok(link.expose_secret().to_owned())
    }

    /// Waits until the time is over or somebody interrupts; attacks meanwhile when asked to.
    async fn until_over(&self, options: &Options) -> Outcome<Attacks> {
        let over = CancellationToken::new();
        let waiting = async {
            match options.duration {
                Some(duration) => {
                    let _elapsed = timeout(duration, crate::service::until_stopped(over)).await;
                }
                None => crate::service::until_stopped(over).await,
            }
        };
        if !options.attack {
            waiting.await;
            return Ok(Attacks::default());
        }
        let attacking = async {
            let attacks =
                attack::run(&self.gateway.services, &self.folder, &self.site, options.transport).await;
            if let (Ok(attacks), false) = (&attacks, options.json) {
                screen::attacks(attacks);
            }
            attacks
        };
        let (attacks, ()) = tokio::join!(attacking, waiting);
        attacks
    }

    /// Ends the measuring, lets spools and feed drain, stops the services, and says how it went.
    async fn stop(self, attacks: Attacks, lasted: Duration) -> Report {
        self.measuring.cancel();
        let (before, count) = (self.devices.stats(), self.devices.each().len());
        let mut failures = attacks.failures;
        let stats = match self.devices.stopped().await {
            Ok(stats) => stats,
            Err(error) => {
                failures.push(error.to_string());
                before
            }
        };
        drain(&self.gateway.services).await;
        let metrics = self.gateway.services.metrics.snapshot();
        let mut report = Report {
            devices: count as u64,
            batches_sealed: stats.sealed + attacks.sealed,
            batches_verified: metrics.batches_verified,
            batches_spooled: stats.spooled + stats.aside,
            refused: metrics.refused.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect(),
            readings_stored: metrics.readings_stored,
            ehr_sent: metrics.ehr_sent,
            ehr_acknowledged: metrics.ehr_acknowledged,
            latency_ms: Latency::of(self.probe.latencies()),
            first_reading_ms: self.probe.first_ms(),
            seals_per_second: stats.sealed as f64 / lasted.as_secs_f64().max(f64::EPSILON),
            resident_mib: resident_mib(),
            attacks: attacks.results,
            failures,
        };
        report.judge(stats.lost + stats.unknown_seals, self.ehr.accepted.load(Relaxed));
        self.services.cancel();
        self.gateway.stopped().await;
        report
    }
}

/// Follows the dashboard's live stream.
fn watch(
    started: Instant,
    gateway: &gateway::Running,
    site: &Site,
    services: CancellationToken,
) -> Outcome<Probe> {
    let probe = Probe::new(started);
    let token = gateway
        .services
        .sessions
        .issue_token("ward", Role::Clinician, TOKEN_LIFE)
        .map_err(Problem::machine)?;
    let (follower, ca, https) = (probe.clone(), site.ca.certificate().clone(), site.addresses.https);
    tokio::spawn(async move {
        if let Err(problem) = follower.follow(https, ca, token.expose_secret(), services).await {
            tracing::warn!(%problem, "no latencies are measured");
        }
    });
    Ok(probe)
}

/// Waits until the EHR has acknowledged every stored batch that is a patient's.
async fn drain(services: &Services) {
    let end = Instant::now() + DRAIN;
    let mut last = services.metrics.snapshot();
    while Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = services.metrics.snapshot();
        if now.ehr_acknowledged == now.ehr_sent && now.ehr_sent == last.ehr_sent {
            return;
        }
        last = now;
    }
}

/// Starts the EHR's side: an MLLP listener behind TLS that checks, keeps and acknowledges.
async fn start_ehr(folder: &Folder, site: &Site, shutdown: CancellationToken) -> Outcome<Arc<Counts>> {
    let tls = gateway::http::server_config(&site.ehr_tls()).map_err(Problem::machine)?;
    std::fs::create_dir_all(folder.ehr()).map_err(Problem::machine)?;
    let output = Some(folder.ehr().join("messages.jsonl"));
    let options = ehr::Options { tls: Some(Arc::new(tls)), output, ..ehr::Options::default() };
    let listener = TcpListener::bind(site.addresses.ehr).await.map_err(Problem::machine)?;
    let ehr = ehr::Listener::new(options).map_err(Problem::machine)?;
    let counts = ehr.counts();
    tokio::spawn(ehr.run(listener, shutdown));
    Ok(counts)
}

/// A task that ended by a panic.
fn broken(error: tokio::task::JoinError) -> Problem {
    Problem::Machine(format!("stopped by an error in the program: {error}"))
}
