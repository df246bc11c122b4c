//! Everything around the gateway under test, and it: keys, configuration, disk, networks, brokers, destinations.
//!
//! ```text
//! FOLDER/site/            what `load::Site` makes: authorities, gateway.toml, the fleet's keys
//!        site/gateway/    the data folder, a disk of its own where that can be had
//!        *.log            what each process said
//!        ehr.jsonl        what the HL7 receiver got
//! ```

pub(crate) mod broker;
pub(crate) mod device;
pub(crate) mod disk;
pub(crate) mod hospital;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod record;
pub(crate) mod slow;

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gateway::record::{NewPatient, Sex};
use gateway::store::now;
use gateway::{Config, Services};
use load::Site;
use rustix::process::Signal;
use seal::DeviceId;
use tokio_util::sync::CancellationToken;

use crate::error::{TortureError, io};
use crate::limits;
use crate::plan::Fault;
use broker::{Mosquitto, QUEUE, Rabbit, USER};
use device::{Device, Workshop};
use disk::Disk;
use hospital::Hospital;
use process::{Process, Program};
use proxy::{Proxy, Weather};
use record::{EHR, FhirServer, RECORD};

/// A network between the gateway and somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Way {
    Mqtt,
    Https,
    Grpc,
    Mllp,
    Broker,
    Queue,
    Ehr,
    Record,
}

/// The ports of the gateway itself, past all proxies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) mqtt: SocketAddr,
    pub(crate) https: SocketAddr,
    pub(crate) grpc: SocketAddr,
    pub(crate) mllp: SocketAddr,
    pub(crate) dashboard: SocketAddr,
}

impl Ports {
    /// All of them, with whether TLS is spoken there.
    pub(crate) fn all(&self) -> [(&'static str, SocketAddr, bool); 5] {
        [
            ("mqtt", self.mqtt, true),
            ("https", self.https, true),
            ("grpc", self.grpc, true),
            ("mllp", self.mllp, false),
            ("dashboard", self.dashboard, true),
        ]
    }
}

/// What plays no part in the load: devices of the faults themselves.
pub(crate) struct Cast {
    /// Sends duplicates, in the wrong order, with a clock that steps within what is taken.
    pub(crate) trickster: Device,
    /// Its clock steps farther than is taken, so its chain ends there.
    pub(crate) dreamer: Device,
    /// Floods, dawdles and sends what is malformed.
    pub(crate) offender: Device,
    /// Its certificate ends within the run.
    pub(crate) expiring: Device,
}

/// All of it.
pub(crate) struct World {
    pub(crate) folder: PathBuf,
    pub(crate) site: Site,
    pub(crate) disk: Disk,
    /// Who certifies the gateway.
    pub(crate) hospital: Hospital,
    pub(crate) gateway: Process,
    pub(crate) ehr: Process,
    pub(crate) fhir: FhirServer,
    pub(crate) mosquitto: Option<Mosquitto>,
    pub(crate) rabbit: Option<Rabbit>,
    pub(crate) ports: Ports,
    ways: BTreeMap<Way, Proxy>,
    medseal: PathBuf,
    /// Why no disk can be slowed here, if so.
    never_slow: Option<String>,
}

/// What is wanted of it.
pub(crate) struct Wanted {
    pub(crate) medseal: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) lasts: Duration,
    /// With RabbitMQ, which is slow to start.
    pub(crate) with_queue: bool,
}

fn free_address() -> Result<SocketAddr, TortureError> {
    load::free_address().map_err(io("a free port"))
}

/// The number of devices that carry load.
pub(crate) fn loaded_devices() -> usize {
    limits::DEVICES * 6
}

impl World {
    /// Makes and starts everything; the cast stands apart, since it acts on the rest.
    pub(crate) async fn create(wanted: Wanted) -> Result<(Self, Cast), TortureError> {
        let Wanted { medseal, folder, lasts, with_queue } = wanted;
        let (ehr_at, mosquitto_at, rabbit_at) = (free_address()?, free_address()?, free_address()?);
        let dashboard = free_address()?;
        let fhir = FhirServer::start().await?;
        let mut ways = BTreeMap::new();
        let outwards = [
            (Way::Ehr, ehr_at),
            (Way::Record, fhir.address),
            (Way::Broker, mosquitto_at),
            (Way::Queue, rabbit_at),
        ];
        put_between(&mut ways, outwards).await?;
        let (with_broker, with_queue) = (Mosquitto::is_here(), with_queue && Rabbit::is_here());
        let mut more = format!("[https]\nlisten = \"{dashboard}\"\n");
        if with_broker {
            let at = address(&ways, Way::Broker)?;
            more += &format!("\n[[sources.mqtt_broker]]\nat = {{ address = \"{at}\", plain = true }}\n");
        }
        let password = password()?;
        if with_queue {
            let (at, file) = (address(&ways, Way::Queue)?, Rabbit::password(&folder));
            std::fs::write(&file, &password).map_err(io("RabbitMQ's password"))?;
            more += &format!(
                "\n[[sources.amqp]]\nqueue = \"{QUEUE}\"\nat = {{ address = \"{at}\", plain = true, user = \"{USER}\", password = {file:?} }}\n"
            );
        }
        more += &feeds(address(&ways, Way::Ehr)?, address(&ways, Way::Record)?);
        let site = Site::prepare(&folder.join("site"), loaded_devices(), &more).await;
        let site = site.map_err(|error| TortureError::Load(error.to_string()))?;
        let config =
            Config::read(&site.config()).map_err(|error| TortureError::Gateway(error.to_string()))?;
        let ports = ports(&config, dashboard)?;
        let inwards = [
            (Way::Mqtt, ports.mqtt),
            (Way::Https, ports.https),
            (Way::Grpc, ports.grpc),
            (Way::Mllp, ports.mllp),
        ];
        put_between(&mut ways, inwards).await?;
        let cast = cast(&Workshop::open(&folder.join("site"))?, lasts)?;
        people(&config, &site, &cast).await?;
        let mut mosquitto =
            if with_broker { Some(Mosquitto::start(&folder, mosquitto_at).await?) } else { None };
        let rabbit =
            if with_queue { Some(Rabbit::start(&folder, rabbit_at, &password).await?) } else { None };
        let ehr = Process::start(receiver(&medseal, &folder, ehr_at), &folder).await?;
        let room = limits::DISK.0 + limits::DISK.1.saturating_mul(lasts.as_secs());
        let disk = Disk::over(&config.data, room).await?;
        let gateway = Process::start(program(&medseal, &site, &disk, ports.mqtt), &folder).await?;
        if let Some(mosquitto) = &mut mosquitto {
            mosquitto.subscribed().await?;
        }
        let world = Self {
            hospital: Hospital::open(&folder.join("site"), &config.tls)?,
            folder,
            site,
            disk,
            gateway,
            ehr,
            fhir,
            mosquitto,
            rabbit,
            ports,
            ways,
            medseal,
            never_slow: slow::cannot().await,
        };
        Ok((world, cast))
    }

    /// The network on this way.
    pub(crate) fn way(&self, way: Way) -> Result<&Proxy, TortureError> {
        self.ways.get(&way).ok_or_else(|| TortureError::Option(format!("no way {way:?}")))
    }

    /// The ways that something goes over.
    pub(crate) fn ways(&self) -> Vec<Way> {
        let used = |way: &Way| match way {
            Way::Broker => self.mosquitto.is_some(),
            Way::Queue => self.rabbit.is_some(),
            Way::Mqtt | Way::Https | Way::Grpc | Way::Mllp | Way::Ehr | Way::Record => true,
        };
        self.ways.keys().copied().filter(used).collect()
    }

    /// The faults that can be had here, and why others cannot.
    pub(crate) fn faults(&self) -> (Vec<Fault>, Vec<(Fault, String)>) {
        let missing = |fault: &Fault| match fault {
            Fault::BrokerRestarted if self.mosquitto.is_none() => {
                Some("mosquitto is not installed".to_owned())
            }
            Fault::QueueRestarted if self.rabbit.is_none() => {
                Some("RabbitMQ is not installed, or was not asked for".to_owned())
            }
            Fault::DiskSlow => self.never_slow.clone(),
            Fault::DiskFull => self.disk.shared_because().map(str::to_owned),
            _ => None,
        };
        let (had, out): (Vec<_>, Vec<_>) =
            Fault::ALL.iter().map(|fault| (*fault, missing(fault))).partition(|(_, why)| why.is_none());
        let had = had.into_iter().map(|(fault, _)| fault).collect();
        (had, out.into_iter().map(|(fault, why)| (fault, why.unwrap_or_default())).collect())
    }

    /// All as it should be again.
    pub(crate) fn heal(&self) -> Result<(), TortureError> {
        for proxy in self.ways.values() {
            proxy.set(Weather::Fair);
        }
        self.fhir.lose_answers(false);
        self.gateway.limit_writes(None)?;
        self.gateway.signal(Signal::CONT)
    }

    /// A command of the program on the gateway's configuration, run where its disk is.
    pub(crate) fn medseal(&self, words: &[&str]) -> Vec<OsString> {
        let words = std::iter::once(self.medseal.clone().into_os_string())
            .chain(words.iter().map(OsString::from))
            .chain([self.site.config().into_os_string()]);
        self.disk.inside(words.collect())
    }

    /// Of each device how far its chain is stored, read beside the gateway.
    pub(crate) async fn heads(&self) -> Result<HashMap<String, u64>, TortureError> {
        let path = self.disk.data().join("medseal.db");
        let script = "import json, sqlite3, sys\n\
                      held = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True, timeout=60)\n\
                      rows = held.execute('SELECT d.id, max(b.counter) FROM batches b JOIN devices d ON d.row = b.device '\n\
                      \x20   'WHERE b.counter IS NOT NULL GROUP BY d.id')\n\
                      print(json.dumps(dict(rows.fetchall())))\n";
        let words = ["python3", "-c", script].map(OsString::from);
        let words = self.disk.inside(words.into_iter().chain([path.into_os_string()]).collect());
        let Some((first, rest)) = words.split_first() else { return Ok(HashMap::new()) };
        let output = tokio::process::Command::new(first).args(rest).kill_on_drop(true).output().await;
        let output = output.map_err(io("python3"))?;
        let wrong = |what: String| TortureError::Gateway(format!("the database could not be read: {what}"));
        if !output.status.success() {
            return Err(wrong(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| wrong(error.to_string()))
    }

    /// What the HL7 receiver got.
    pub(crate) fn ehr_file(&self) -> PathBuf {
        self.folder.join("ehr.jsonl")
    }
}

/// A network on the way to each of these.
async fn put_between(
    ways: &mut BTreeMap<Way, Proxy>,
    these: [(Way, SocketAddr); 4],
) -> Result<(), TortureError> {
    for (way, upstream) in these {
        ways.insert(way, Proxy::to(upstream).await?);
    }
    Ok(())
}

fn address(ways: &BTreeMap<Way, Proxy>, way: Way) -> Result<SocketAddr, TortureError> {
    ways.get(&way).map(Proxy::address).ok_or_else(|| TortureError::Option(format!("no way {way:?}")))
}

fn feeds(ehr: SocketAddr, record: SocketAddr) -> String {
    format!(
        "\n[[feeds]]\nname = \"{EHR}\"\naddress = \"{ehr}\"\nplain = true\nin_flight = 8\n\n\
         [[feeds]]\nname = \"{RECORD}\"\nkind = \"fhir\"\naddress = \"http://{record}/fhir\"\nplain = true\n\
         patient_system = \"urn:example:mrn\"\n"
    )
}

fn ports(config: &Config, dashboard: SocketAddr) -> Result<Ports, TortureError> {
    let none = |what: &str| TortureError::Load(format!("the site has no {what} listener"));
    let sources = &config.sources;
    Ok(Ports {
        mqtt: config.mqtt.listen,
        https: sources.https.first().ok_or_else(|| none("HTTPS"))?.listen,
        grpc: sources.grpc.first().ok_or_else(|| none("gRPC"))?.listen,
        mllp: sources.mllp.first().ok_or_else(|| none("MLLP"))?.listen,
        dashboard,
    })
}

/// 128 random bits that nobody else has.
fn password() -> Result<String, TortureError> {
    let source = std::fs::File::open("/dev/urandom").and_then(|mut file| {
        let mut bytes = [0; 16];
        std::io::Read::read_exact(&mut file, &mut bytes).map(|()| bytes)
    });
    source.map(hex::encode).map_err(io("/dev/urandom"))
}

fn cast(workshop: &Workshop, lasts: Duration) -> Result<Cast, TortureError> {
    let years = Duration::from_secs(365 * 86_400);
    Ok(Cast {
        trickster: workshop.device("trickster", years)?,
        dreamer: workshop.device("dreamer", years)?,
        offender: workshop.device("offender", years)?,
        expiring: workshop.device("expiring", lasts / 2)?,
    })
}

/// Enrols the cast, and puts every device with a patient of its own.
async fn people(config: &Config, site: &Site, cast: &Cast) -> Result<(), TortureError> {
    let failed = |error: &dyn std::fmt::Display| TortureError::Gateway(error.to_string());
    let services =
        Services::open(config.clone(), CancellationToken::new()).map_err(|error| failed(&error))?;
    let admin = services.administration("system");
    for device in [&cast.trickster, &cast.dreamer, &cast.offender, &cast.expiring] {
        admin.enrol(device.enrolment()).await.map_err(|error| failed(&error))?;
    }
    // The patient of the bedside gateways' messages.
    admin.add_patient(person("MRN100234")).await.map_err(|error| failed(&error))?;
    let fleet = site.fleet().map_err(|error| TortureError::Load(error.to_string()))?;
    let loaded = fleet.devices().iter().map(|device| &device.id);
    let own = [&cast.trickster.id, &cast.dreamer.id, &cast.expiring.id];
    let since = now().plus(-7_200_000_000);
    for device in loaded.chain(own) {
        let device: &DeviceId = device;
        let patient =
            admin.add_patient(person(&format!("MRN-{device}"))).await.map_err(|error| failed(&error))?;
        admin.associate(device, patient.id, device.as_str(), since).await.map_err(|error| failed(&error))?;
    }
    services.store.close().await;
    Ok(())
}

fn person(identifier: &str) -> NewPatient {
    NewPatient {
        identifier: identifier.into(),
        family: "Torture".into(),
        given: "Test".into(),
        born: None,
        sex: Sex::Unknown,
    }
}

fn receiver(medseal: &Path, folder: &Path, listens: SocketAddr) -> Program {
    let mut words: Vec<OsString> = vec![medseal.into()];
    words.extend(["hl7", "listen", "--listen"].map(OsString::from));
    words.extend([listens.to_string().into(), "--output".into(), folder.join("ehr.jsonl").into()]);
    Program { name: "ehr", words, environment: Vec::new(), listens }
}

/// The gateway. A write beyond a limit is to fail, not to end it, as it would be where a disk has a quota; hence the shell.
fn program(medseal: &Path, site: &Site, disk: &Disk, listens: SocketAddr) -> Program {
    let mut words: Vec<OsString> =
        ["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""].map(OsString::from).to_vec();
    words.extend([medseal.into(), "gateway".into(), "run".into(), site.config().into()]);
    Program { name: "gateway", words: disk.inside(words), environment: Vec::new(), listens }
}
