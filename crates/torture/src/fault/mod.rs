//! What each fault does. One at a time, but attacks and the network's faults go on beside those that follow.

mod certificate;
mod trick;

use std::sync::Arc;
use std::time::{Duration, Instant};

use load::{Counters, Message};
use rustix::process::Signal;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::account::Sent;
use crate::attack::{self, Aim, Attack};
use crate::error::TortureError;
use crate::limits;
use crate::plan::{Fault, Planned};
use crate::random::Random;
use crate::world::device::Device;
use crate::world::process::Process;
use crate::world::proxy::Weather;
use crate::world::{Cast, Way, World, slow};

/// Something that a fault showed at once, without an account.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Complaint {
    /// When, in milliseconds since the load began.
    pub at_ms: u64,
    /// During which fault.
    pub fault: Fault,
    /// What was not as it must be.
    pub what: String,
}

/// Applies faults and keeps what comes of them.
pub(crate) struct Torturer {
    pub(crate) world: World,
    trickster: Device,
    dreamer: Device,
    expiring: Option<Device>,
    aim: Arc<Aim>,
    begun: Instant,
    /// What goes on beside the faults that follow.
    beside: JoinSet<Result<Beside, TortureError>>,
    /// Messages of the cast, for the account.
    pub(crate) sent: Vec<Sent>,
    /// What the trickster has to say again.
    unheard: Option<Message>,
    pub(crate) complaints: Vec<Complaint>,
    /// What attacks came to, for people.
    pub(crate) attacks: attack::Tally,
}

/// What something that went on beside has to tell.
enum Beside {
    Weather,
    Attacked(attack::Tally),
    Expired { sent: Vec<Sent>, complaint: Option<String> },
}

impl Torturer {
    pub(crate) fn new(world: World, cast: Cast, begun: Instant, counters: Vec<Arc<Counters>>) -> Self {
        let Cast { trickster, dreamer, offender, expiring } = cast;
        let aim = Arc::new(Aim::at(&world, offender, counters));
        Self {
            world,
            trickster,
            dreamer,
            expiring: Some(expiring),
            aim,
            begun,
            beside: JoinSet::new(),
            sent: Vec::new(),
            unheard: None,
            complaints: Vec::new(),
            attacks: attack::Tally::default(),
        }
    }

    /// Applies one fault, to its end or until it goes on by itself.
    pub(crate) async fn apply(&mut self, planned: Planned) -> Result<(), TortureError> {
        let mut random = Random::of(planned.seed);
        match planned.fault {
            Fault::GatewayKilled => {
                self.world.gateway.kill().await?;
                self.world.gateway.again().await?;
            }
            Fault::GatewayStopped => self.stop_gateway(planned.fault).await?,
            Fault::GatewayFrozen => {
                self.world.gateway.signal(Signal::STOP)?;
                sleep(random.millis(300, 2500)).await;
                self.world.gateway.signal(Signal::CONT)?;
            }
            Fault::NetworkCut => self.some_way(&mut random)?.1.cut(),
            Fault::NetworkHalfOpen => {
                let deaf = if random.below(2) == 0 { Weather::DeafAhead } else { Weather::DeafBack };
                self.weather(deaf, &mut random)?;
            }
            Fault::NetworkSlow => {
                let late = random.millis(5, 80);
                self.weather(Weather::Slow(late), &mut random)?;
            }
            Fault::BrokerRestarted => {
                let broker = self.world.mosquitto.as_mut().map(|mosquitto| &mut mosquitto.process);
                restart(broker, random.millis(0, 500)).await?;
            }
            Fault::QueueRestarted => {
                let queue = self.world.rabbit.as_mut().map(|rabbit| &mut rabbit.process);
                restart(queue, Duration::ZERO).await?;
            }
            Fault::EhrKilled => {
                self.world.ehr.kill().await?;
                sleep(random.millis(0, 800)).await;
                self.world.ehr.again().await?;
            }
            Fault::RecordAway => {
                let proxy = self.world.way(Way::Record)?;
                proxy.set(Weather::Down);
                sleep(random.millis(200, 1500)).await;
                proxy.set(Weather::Fair);
            }
            Fault::RecordLosesAnswers => {
                self.world.fhir.lose_answers(true);
                sleep(random.millis(200, 1500)).await;
                self.world.fhir.lose_answers(false);
            }
            Fault::Duplicates => self.duplicate(planned.fault, &mut random).await?,
            Fault::Reordered => self.reorder(planned.fault).await?,
            Fault::ClockStepped => self.step_clocks(planned.fault).await?,
            Fault::CertificateExpired => self.let_expire()?,
            Fault::ServerCertificate => self.end_server_certificate(planned.fault, &mut random).await?,
            Fault::Flood => self.attack(Attack::Flood, planned.seed),
            Fault::Connects => self.attack(Attack::Connects, planned.seed),
            Fault::Slowloris => self.attack(Attack::Slowloris, planned.seed),
            Fault::Malformed => self.attack(Attack::Malformed, planned.seed),
            Fault::DiskFull => {
                self.world.disk.fill().await?;
                sleep(random.millis(500, 2500)).await;
                self.world.disk.empty()?;
            }
            Fault::DiskSlow => self.slow_disk(&mut random).await?,
            Fault::WritesFail => {
                self.world.gateway.limit_writes(Some(4096))?;
                sleep(random.millis(300, 2000)).await;
                self.world.gateway.limit_writes(None)?;
            }
            Fault::DatabaseHeld => self.hold_database(&mut random).await?,
        }
        self.hear(false).await
    }

    /// Waits for all that goes on beside.
    pub(crate) async fn quiet(&mut self) -> Result<(), TortureError> {
        self.hear(true).await
    }

    /// Takes in what has ended beside; with `all`, waits for it.
    async fn hear(&mut self, all: bool) -> Result<(), TortureError> {
        loop {
            let ended = if all { self.beside.join_next().await } else { self.beside.try_join_next() };
            match ended {
                None => return Ok(()),
                Some(ended) => match ended?? {
                    Beside::Weather => {}
                    Beside::Attacked(tally) => self.attacks.add(tally),
                    Beside::Expired { sent, complaint } => {
                        self.sent.extend(sent);
                        if let Some(what) = complaint {
                            self.complain(Fault::CertificateExpired, what);
                        }
                    }
                },
            }
        }
    }

    fn complain(&mut self, fault: Fault, what: String) {
        let at_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.complaints.push(Complaint { at_ms, fault, what });
    }

    async fn stop_gateway(&mut self, fault: Fault) -> Result<(), TortureError> {
        let ended = self.world.gateway.stop().await?;
        if !ended.success() {
            self.complain(fault, format!("after SIGTERM the gateway ended with {ended}"));
        }
        self.world.gateway.again().await
    }

    fn some_way(&self, random: &mut Random) -> Result<(Way, &crate::world::proxy::Proxy), TortureError> {
        let ways = self.world.ways();
        let way = *random.choose(&ways).unwrap_or(&Way::Mqtt);
        Ok((way, self.world.way(way)?))
    }

    /// One way has this weather for a while, then fair weather and new connections.
    fn weather(&mut self, weather: Weather, random: &mut Random) -> Result<(), TortureError> {
        let (_, proxy) = self.some_way(random)?;
        let (proxy, lasts) = (proxy.clone(), random.millis(500, 3500));
        proxy.set(weather);
        self.beside.spawn(async move {
            sleep(lasts).await;
            proxy.set(Weather::Fair);
            // What was lost is lost; a peer that waits for it would wait for the system's own limits.
            proxy.cut();
            Ok(Beside::Weather)
        });
        Ok(())
    }

    fn attack(&mut self, attack: Attack, seed: u64) {
        let aim = self.aim.clone();
        self.beside.spawn(async move { Ok(Beside::Attacked(aim.run(attack, seed).await)) });
    }

    /// Every sync takes long.
    async fn slow_disk(&mut self, random: &mut Random) -> Result<(), TortureError> {
        let (from, to) = limits::SLOW_SYNC;
        let (late, lasts) = (random.millis(from, to), random.millis(1000, 3500));
        let log = self.world.folder.join("strace.log");
        self.attacks.slow_syncs += slow::slow(self.world.gateway.pid()?, late, lasts, &log).await?;
        Ok(())
    }

    /// A transaction of another process, longer than the gateway waits for one.
    async fn hold_database(&mut self, random: &mut Random) -> Result<(), TortureError> {
        let path = self.world.disk.data().join("medseal.db");
        let script = "import sqlite3, sys, time\n\
                      held = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)\n\
                      held.execute('BEGIN IMMEDIATE')\ntime.sleep(float(sys.argv[2]))\nheld.execute('ROLLBACK')\n";
        let lasts = random.millis(500, 3500).as_secs_f64().to_string();
        let words = ["python3", "-c", script].map(std::ffi::OsString::from);
        let words = words.into_iter().chain([path.into_os_string(), lasts.into()]).collect();
        let words = self.world.disk.inside(words);
        let Some((first, rest)) = words.split_first() else { return Ok(()) };
        let mut command = tokio::process::Command::new(first);
        command.args(rest).stdin(std::process::Stdio::null()).kill_on_drop(true);
        let ended = command.output().await.map_err(crate::error::io("python3"))?;
        if ended.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        Err(TortureError::Gateway(format!("the database could not be held: {said}")))
    }
}

/// Stops a broker with SIGTERM, where there is one, and starts it again after a pause.
async fn restart(broker: Option<&mut Process>, pause: Duration) -> Result<(), TortureError> {
    let Some(broker) = broker else { return Ok(()) };
    broker.stop().await?;
    sleep(pause).await;
    broker.again().await
}

/// Clocks of two processes and a handshake's own time lie between the end of a certificate and the first connection that must fail.
const EXPIRY_MARGIN: Duration = Duration::from_secs(2);
