//! A gateway with a ward of devices whose keys are in memory: what the dashboard's browser tests and its developers
//! look at. Everything else is real: recorded signals are sealed, verified, stored and served; beside them a bedside system delivers what bears
//! no seal ([`bedside`]), and a record system refuses some of what it gets ([`record`]).
//!
//! `cargo run -p gateway --example dashboard -- 8` prints one line of JSON with a sign-in link and runs until its
//! standard input ends; with 0 beds nothing is connected at all. The last bed's values cross their limits; a line `attack` on standard input has the first
//! device's batch changed on its way, `silence` stops the second device.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use gateway::config::{Clock, Feed, FeedKind, Hl7, Https, Mllp, Mqtt, Purpose, Retention, Tls};
use gateway::http::session::Role;
use gateway::pipeline::RawMessage;
use gateway::record::{NewPatient, Sex};
use gateway::registry::{Administration, NewDevice};
use gateway::{Config, Gateway, Services};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose,
};
use seal::{Batch, Code, Decimal, Flags, Micros, Reading, SealedBatch, Sealer, SoftwareSealer};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio_util::sync::CancellationToken;

mod bedside;
mod record;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

const NAMES: [(&str, &str); 16] = [
    ("Ada", "Norling"),
    ("Björn", "Aaltonen"),
    ("Chiara", "Moretti"),
    ("Dmitri", "Sokolov"),
    ("Elif", "Yılmaz"),
    ("Farid", "Haddad"),
    ("Grace", "Okafor"),
    ("Hanna", "Lindqvist"),
    ("Ivan", "Petrović"),
    ("Júlia", "Kovács"),
    ("Kenji", "Tanaka"),
    ("Léa", "Fontaine"),
    ("Mateo", "Vargas"),
    ("Nadia", "Rahman"),
    ("Owen", "Griffiths"),
    ("Priya", "Nair"),
];

#[tokio::main]
async fn main() -> Fallible<()> {
    let beds: usize = std::env::args().nth(1).unwrap_or_else(|| "8".into()).parse()?;
    let folder = tempfile::tempdir()?;
    let ca = authority("Example maker")?;
    let shutdown = CancellationToken::new();
    let mut config = config(folder.path(), &ca)?;
    if beds > 0 {
        connect_ward(&mut config).await?;
    }
    let running = Gateway::start(config, shutdown.clone()).await?;
    let signals = Arc::new(Signals::read()?);
    let orders = Arc::new(Orders::default());
    let admin = Administration::new(&running.services.store, "system");
    if beds > 0 {
        admin.add_maker(ca.der()).await?;
    }
    for index in 0..beds {
        let device = Device::enrol(index, index + 1 == beds, &ca, &admin).await?;
        tokio::spawn(device.run(running.services.clone(), signals.clone(), orders.clone()));
    }
    if let Some(&address) = running.addresses.mllp.first() {
        tokio::spawn(bedside::run(address));
    }
    let https = running.addresses.https.ok_or("no HTTPS listener")?;
    let base = format!("https://localhost:{}", https.port());
    let link = running.services.issue_link(&base, "demo", Role::Operator).await?;
    println!("{}", serde_json::json!({ "link": link.expose_secret() }));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        match line.trim() {
            "attack" => orders.attack.store(true, Relaxed),
            "silence" => orders.silence.store(true, Relaxed),
            other => eprintln!("no such order: {other}"),
        }
    }
    shutdown.cancel();
    running.stopped().await;
    Ok(())
}

/// Opens a way in for the bedside system, and one out to the record. What the devices here send is simulated, which no feed for the
/// care of patients would carry.
async fn connect_ward(config: &mut Config) -> Fallible<()> {
    let mut source = Mllp::named("icu".parse()?, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    (source.plain, source.unsealed, source.admissions) = (true, true, true);
    config.sources.mllp.push(source);
    let kind = FeedKind::Pcd01(Hl7::default());
    let feed = Feed::to("ehr", &record::listen().await?, Path::new("").into(), kind).in_the_clear();
    config.feeds.push(Feed { purpose: Purpose::Training, ..feed });
    config.bedside.by_location = true;
    Ok(())
}

/// What standard input asked for.
#[derive(Default)]
struct Orders {
    attack: AtomicBool,
    silence: AtomicBool,
}

fn authority(name: &str) -> Fallible<CertifiedIssuer<'static, KeyPair>> {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn config(folder: &Path, ca: &CertifiedIssuer<'static, KeyPair>) -> Fallible<Config> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec!["localhost".into()])?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.distinguished_name.push(DnType::CommonName, "gateway.example");
    let tls = Tls { certificate: folder.join("server.pem"), key: folder.join("server.key") };
    std::fs::write(&tls.certificate, params.signed_by(&key, ca)?.pem())?;
    std::fs::write(&tls.key, key.serialize_pem())?;
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Ok(Config {
        data: folder.join("data"),
        facility: "example".into(),
        makers: Vec::new(),
        tls,
        mqtt: Mqtt::at(any),
        sources: gateway::config::Sources::default(),
        tokens: None,
        https: Some(Https { listen: any }),
        feeds: Vec::new(),
        clock: Clock::default(),
        retention: Retention::default(),
        alarms: None,
        bedside: Default::default(),
    })
}

/// The recorded signals, in the units of their files.
struct Signals {
    /// Millivolt at 360 Hz.
    ecg: Vec<f64>,
    /// Counts at 100 Hz.
    pleth: Vec<f64>,
}

impl Signals {
    fn read() -> Fallible<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/signals");
        let column = |name: &str| -> Fallible<Vec<f64>> {
            let text = std::fs::read_to_string(folder.join(name))?;
            Ok(text.lines().skip(1).map(str::parse).collect::<Result<_, _>>()?)
        };
        Ok(Self { ecg: column("ecg_mitbih208_360hz.csv")?, pleth: column("ppg_100hz.csv")? })
    }
}

struct Device {
    index: usize,
    ill: bool,
    sealer: SoftwareSealer,
    id: seal::DeviceId,
}

impl Device {
    async fn enrol(
        index: usize,
        ill: bool,
        ca: &CertifiedIssuer<'static, KeyPair>,
        admin: &Administration,
    ) -> Fallible<Self> {
        let name = format!("mon-{:02}", index + 1);
        let (seal_key, tls_key) = (KeyPair::generate()?, KeyPair::generate()?);
        let mut params = named(&name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let seal = params.clone().signed_by(&seal_key, ca)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let tls = params.signed_by(&tls_key, ca)?;
        let enrolment =
            NewDevice { seal_certificate: seal.der().to_vec(), tls_certificate: tls.der().to_vec() };
        admin.enrol(enrolment).await?;
        let (given, family) = NAMES[index % NAMES.len()];
        let person = NewPatient {
            identifier: format!("MRN{:05}", index + 1),
            family: family.into(),
            given: given.into(),
            born: None,
            sex: Sex::Unknown,
        };
        let patient = admin.add_patient(person).await?.id;
        let id = name.parse()?;
        admin.associate(&id, patient, &format!("{:02}", index + 1), now()).await?;
        Ok(Self { index, ill, sealer: SoftwareSealer::from_pkcs8(&seal_key.serialize_der())?, id })
    }

    /// One batch a second, each device at its own moment of it, each elsewhere in the recording.
    async fn run(mut self, services: Services, signals: Arc<Signals>, orders: Arc<Orders>) {
        let _connection = services.presence.enter(&self.id);
        tokio::time::sleep(Duration::from_millis((self.index * 389 % 1000) as u64)).await;
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        for second in self.index * 17.. {
            ticks.tick().await;
            if self.index == 1 && orders.silence.load(Relaxed) {
                return;
            }
            let batch = self.batch(second, &signals).encode();
            let Ok(seal) = self.sealer.seal(&seal::sha256(&batch)) else { return };
            let Ok(sealed) = SealedBatch::join(&seal, &batch) else { return };
            let bytes = sealed.into_bytes();
            if self.index == 0 && orders.attack.swap(false, Relaxed) {
                let mut changed = bytes.clone();
                if let Some(last) = changed.last_mut() {
                    *last ^= 1;
                }
                self.send(&services, changed).await;
            }
            self.send(&services, bytes).await;
        }
    }

    async fn send(&self, services: &Services, bytes: Vec<u8>) {
        let message = RawMessage {
            device: self.id.clone(),
            source: Arc::from("example"),
            bytes,
            received: now(),
            arrived: Instant::now(),
        };
        if let Ok(answer) = services.pipeline.submit(message).await {
            // A refusal shows on the dashboard, which is the point of it.
            let _ = answer.await;
        }
    }

    /// The second that has just passed.
    fn batch(&self, second: usize, signals: &Signals) -> Batch {
        let wave = |code, unit: &str, samples: &[f64], rate: usize, scale: f64| Reading::Wave {
            code: Code(code),
            unit: unit.parse().expect("a unit"),
            dt_us: 0,
            period_us: 1_000_000 / rate as u32,
            scale: Decimal::new(1, -3).expect("a scale"),
            offset: Decimal::new(0, 0).expect("zero"),
            samples: (0..rate)
                .map(|i| (samples[(second * rate + i) % samples.len()] * scale) as i16)
                .collect(),
            flags: Flags::SIMULATED,
        };
        let sway = (second as f64 / 9.0).sin();
        let (hr, spo2) = if self.ill { (137.0, 86.0) } else { (72.0 + self.index as f64 % 17.0, 97.0) };
        let value = |code, unit: &str, value: f64, places| Reading::Value {
            code: Code(code),
            unit: unit.parse().expect("a unit"),
            dt_us: 1_000_000,
            value: Decimal::from_f64(value, places).expect("a value"),
            flags: Flags::SIMULATED,
        };
        let readings = vec![
            wave(131_330, "mV", &signals.ecg, 360, 1000.0),
            wave(150_452, "1", &signals.pleth, 100, 1.0),
            value(147_842, "/min", hr + 3.0 * sway, 0),
            value(150_456, "%", (spo2 + sway).min(100.0), 0),
            value(151_562, "/min", 15.0 + 2.0 * sway + self.index as f64 % 4.0, 0),
            value(150_364, "Cel", 36.7 + 0.2 * sway, 1),
        ];
        Batch { device: self.id.clone(), time: now().plus(-1_000_000), readings }
    }
}

fn now() -> Micros {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(passed.as_micros()).unwrap_or(i64::MAX))
}
