//! A maker, its devices and a gateway in a temporary folder, all with fresh keys.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use gateway::config::{Bedside, Clock, Mqtt, Retention, Sources, Tls};
use gateway::pipeline::{Outcome, RawMessage};
use gateway::record::{NewPatient, PatientId, Sex};
use gateway::registry::{Administration, NewDevice};
use gateway::{Config, Services};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose,
};
use seal::token::{TokenAlgorithm, TokenSigner};
use seal::{
    Batch, Code, Decimal, DeviceId, Flags, KeyId, Micros, Reading, SealedBatch, Sealer, SoftwareSealer, Unit,
};
use tokio_util::sync::CancellationToken;

/// A maker's CA.
pub(crate) struct Maker {
    pub(crate) ca: CertifiedIssuer<'static, KeyPair>,
}

/// A device with its keys in memory.
pub(crate) struct TestDevice {
    pub(crate) id: DeviceId,
    pub(crate) sealer: SoftwareSealer,
    seal_key: Vec<u8>,
    pub(crate) seal_certificate: Vec<u8>,
    pub(crate) tls_certificate: String,
    pub(crate) tls_certificate_der: Vec<u8>,
    pub(crate) tls_key: String,
    pub(crate) token_key: TokenKey,
}

/// The key of a device's assertions.
pub(crate) struct TokenKey {
    pub(crate) pair: KeyPair,
}

impl TokenKey {
    pub(crate) fn point(&self) -> [u8; 65] {
        self.pair.public_key_raw().try_into().unwrap()
    }
}

impl TokenSigner for TokenKey {
    type Error = std::io::Error;

    fn algorithm(&self) -> TokenAlgorithm {
        TokenAlgorithm::Es256
    }

    fn key_id(&self) -> KeyId {
        seal::key_id(&self.point())
    }

    fn sign(&mut self, input: &[u8]) -> Result<Vec<u8>, Self::Error> {
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.pair.serialize_der()).unwrap();
        Ok(pair.sign(&SystemRandom::new(), input).unwrap().as_ref().to_vec())
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

impl Maker {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self { ca: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    pub(crate) fn device(&self, name: &str) -> TestDevice {
        self.device_until(name, SystemTime::now() + Duration::from_secs(365 * 86_400))
    }

    /// A device whose TLS certificate ends then.
    pub(crate) fn device_until(&self, name: &str, ends: SystemTime) -> TestDevice {
        let (seal_key, tls_key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let mut params = named(name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let seal = params.clone().signed_by(&seal_key, &self.ca).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.not_after = ends.into();
        let tls = params.signed_by(&tls_key, &self.ca).unwrap();
        TestDevice {
            id: name.parse().unwrap(),
            sealer: SoftwareSealer::from_pkcs8(&seal_key.serialize_der()).unwrap(),
            seal_key: seal_key.serialize_der(),
            seal_certificate: seal.der().to_vec(),
            tls_certificate: tls.pem(),
            tls_certificate_der: tls.der().to_vec(),
            tls_key: tls_key.serialize_pem(),
            token_key: TokenKey { pair: KeyPair::generate().unwrap() },
        }
    }

    /// Writes a server certificate for localhost and its key into `folder`.
    pub(crate) fn server(&self, folder: &Path) -> Tls {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.ca).unwrap();
        let tls = Tls { certificate: folder.join("server.pem"), key: folder.join("server.key") };
        std::fs::write(&tls.certificate, certificate.pem()).unwrap();
        std::fs::write(&tls.key, key.serialize_pem()).unwrap();
        tls
    }
}

pub(crate) fn now() -> Micros {
    Micros(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64)
}

pub(crate) fn value(code: u32, unit: &str, value: &str) -> Reading {
    Reading::Value {
        code: Code(code),
        unit: unit.parse::<Unit>().unwrap(),
        dt_us: 0,
        value: value.parse::<Decimal>().unwrap(),
        flags: Flags::NONE,
    }
}

impl TestDevice {
    /// Its element as if it had sealed nothing yet, which no real one can become.
    pub(crate) fn rewound_sealer(&self) -> SoftwareSealer {
        SoftwareSealer::from_pkcs8(&self.seal_key).unwrap()
    }

    pub(crate) fn batch(&self, time: Micros, readings: usize) -> Batch {
        let readings = (0..readings).map(|i| value(149530, "{beats}/min", &format!("{}", 60 + i))).collect();
        Batch { device: self.id.clone(), time, readings }
    }

    pub(crate) fn seal(&mut self, batch: &Batch) -> Vec<u8> {
        let bytes = batch.encode();
        let seal = self.sealer.seal(&seal::sha256(&bytes)).unwrap();
        SealedBatch::join(&seal, &bytes).unwrap().into_bytes()
    }

    /// The next sealed batch, with its time moved so that no two are alike.
    pub(crate) fn next(&mut self, readings: usize) -> Vec<u8> {
        let time = now().plus(self.sealer.counter().0 as i64);
        let batch = self.batch(time, readings);
        self.seal(&batch)
    }

    pub(crate) fn enrolment(&self) -> NewDevice {
        NewDevice {
            seal_certificate: self.seal_certificate.clone(),
            tls_certificate: self.tls_certificate_der.clone(),
        }
    }

    pub(crate) fn message(&self, bytes: Vec<u8>) -> RawMessage {
        RawMessage {
            device: self.id.clone(),
            source: Arc::from("test"),
            bytes,
            received: now(),
            arrived: Instant::now(),
        }
    }
}

/// A gateway's parts without listeners, in a folder of its own, with an accepted maker.
pub(crate) struct Site {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) maker: Maker,
    pub(crate) services: Services,
}

pub(crate) fn config(folder: &Path, maker: &Maker) -> Config {
    Config {
        data: folder.join("data"),
        facility: "test".into(),
        makers: Vec::new(),
        tls: maker.server(folder),
        mqtt: Mqtt::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
        sources: Sources::default(),
        tokens: None,
        bedside: Bedside::default(),
        https: None,
        feeds: Vec::new(),
        clock: Clock::default(),
        retention: Retention::default(),
        alarms: None,
    }
}

impl Site {
    pub(crate) async fn new() -> Self {
        let (folder, maker) = (tempfile::tempdir().unwrap(), Maker::new("Test maker"));
        let services = Services::open(config(folder.path(), &maker), CancellationToken::new()).unwrap();
        let site = Self { folder, maker, services };
        site.admin().add_maker(site.maker.ca.der()).await.unwrap();
        site
    }

    pub(crate) fn admin(&self) -> Administration {
        Administration::new(&self.services.store, "system")
    }

    /// A device of the accepted maker, enrolled.
    pub(crate) async fn device(&self, name: &str) -> TestDevice {
        let device = self.maker.device(name);
        self.admin().enrol(device.enrolment()).await.unwrap();
        self.admin().set_token_key(&device.id, &device.token_key.point()).await.unwrap();
        device
    }

    pub(crate) async fn patient(&self, identifier: &str) -> PatientId {
        let person = NewPatient {
            identifier: identifier.into(),
            family: "Example".into(),
            given: "Eve".into(),
            born: Some("1970-01-01".into()),
            sex: Sex::Female,
        };
        self.admin().add_patient(person).await.unwrap().id
    }

    pub(crate) async fn send(&self, device: &TestDevice, bytes: Vec<u8>) -> Outcome {
        self.services.pipeline.submit(device.message(bytes)).await.unwrap().await.unwrap()
    }
}

/// A whole gateway with its listeners.
pub(crate) struct RunningSite {
    pub(crate) site: Site,
    pub(crate) running: gateway::Running,
}

impl RunningSite {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let (folder, maker) = (tempfile::tempdir().unwrap(), Maker::new("Test maker"));
        let mut config = config(folder.path(), &maker);
        change(&mut config);
        let running = gateway::Gateway::start(config, CancellationToken::new()).await.unwrap();
        let services = running.services.clone();
        let site = Site { folder, maker, services };
        site.admin().add_maker(site.maker.ca.der()).await.unwrap();
        Self { site, running }
    }
}
