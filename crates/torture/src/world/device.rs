//! Devices of the faults: their keys lie here, so they can do what a device never would.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use gateway::registry::NewDevice;
use gateway::store::now;
use load::link::{LinkError, Verdict, Version};
use load::{Endpoint, Key, Message, Single, Target};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};
use seal::{
    Batch, Code, Decimal, DeviceId, Flags, Micros, Reading, SealedBatch, Sealer as _, SoftwareSealer,
};
use tokio::time::sleep;

use crate::account::Sent;
use crate::error::{TortureError, io};
use crate::limits;

/// The maker's CA with its key, and the hospital's CA.
pub(crate) struct Workshop {
    issuer: Issuer<'static, KeyPair>,
    roots: Arc<RootCertStore>,
}

fn made(error: impl std::fmt::Display) -> TortureError {
    TortureError::Load(format!("a device's key or certificate: {error}"))
}

impl Workshop {
    /// Of a site's folder.
    pub(crate) fn open(site: &Path) -> Result<Self, TortureError> {
        let text = |name: &str| {
            let path = site.join(name);
            std::fs::read_to_string(&path).map_err(io(path.display().to_string()))
        };
        let key = KeyPair::from_pem(&text("maker/ca.key")?).map_err(made)?;
        let issuer = Issuer::from_ca_cert_pem(&text("maker/ca.pem")?, key).map_err(made)?;
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_slice(text("site/ca.pem")?.as_bytes()).map_err(made)?;
        roots.add(authority).map_err(made)?;
        Ok(Self { issuer, roots: Arc::new(roots) })
    }

    /// A device whose certificates hold for so long from now.
    pub(crate) fn device(&self, name: &str, holds: Duration) -> Result<Device, TortureError> {
        let fresh = || KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(made);
        let (seal_key, tls_key) = (fresh()?, fresh()?);
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // Before the farthest step back of its clock.
        params.not_before = (SystemTime::now() - Duration::from_secs(30 * 86_400)).into();
        params.not_after = (SystemTime::now() + Duration::from_secs(365 * 86_400)).into();
        let seal = params.clone().signed_by(&seal_key, &self.issuer).map_err(made)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.not_after = (SystemTime::now() + holds).into();
        let tls = params.signed_by(&tls_key, &self.issuer).map_err(made)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(tls_key.serialize_der()));
        Ok(Device {
            id: name.parse().map_err(made)?,
            sealer: SoftwareSealer::from_pkcs8(&seal_key.serialize_der()).map_err(made)?,
            enrolment: NewDevice {
                seal_certificate: seal.der().to_vec(),
                tls_certificate: tls.der().to_vec(),
            },
            tls: self.client(tls.der().clone(), key)?,
            expires: Instant::now() + holds,
        })
    }

    fn client(
        &self,
        shown: CertificateDer<'static>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Arc<ClientConfig>, TortureError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(made)?
            .with_root_certificates(self.roots.clone());
        Ok(Arc::new(builder.with_client_auth_cert(vec![shown], key).map_err(made)?))
    }
}

/// One device.
pub(crate) struct Device {
    pub(crate) id: DeviceId,
    pub(crate) tls: Arc<ClientConfig>,
    /// When its TLS certificate ends.
    pub(crate) expires: Instant,
    sealer: SoftwareSealer,
    enrolment: NewDevice,
}

impl Device {
    /// What the gateway is told of it.
    pub(crate) fn enrolment(&self) -> NewDevice {
        NewDevice {
            seal_certificate: self.enrolment.seal_certificate.clone(),
            tls_certificate: self.enrolment.tls_certificate.clone(),
        }
    }

    /// Its next sealed batch, by a clock that is off by so many seconds.
    pub(crate) fn next(&mut self, off_seconds: i64) -> Result<Message, TortureError> {
        let counter = self.sealer.counter().0 + 1;
        let time =
            now().plus(off_seconds.saturating_mul(1_000_000).saturating_add(counter.cast_signed() % 1000));
        let reading = Reading::Value {
            code: Code(149_530),
            unit: "{beats}/min".parse().map_err(made)?,
            dt_us: 0,
            value: Decimal { mantissa: 72, exponent: 0 },
            flags: Flags::NONE,
        };
        let batch = Batch { device: self.id.clone(), time: Micros(time.0), readings: vec![reading] }.encode();
        let seal = self.sealer.seal(&seal::sha256(&batch)).map_err(made)?;
        let bytes = SealedBatch::join(&seal, &batch).map_err(made)?.into_bytes();
        let key = Key::Sealed { device: self.id.clone(), counter };
        Ok(Message { key, bytes: bytes.into(), readings: 1 })
    }

    /// Its way to an MQTT listener.
    pub(crate) fn endpoint(&self, at: std::net::SocketAddr) -> Result<Endpoint, TortureError> {
        let target = Target::local(at).map_err(|error| TortureError::Load(error.to_string()))?;
        let (tls, client) = (Some(self.tls.clone()), self.id.to_string());
        let topic = format!("medseal/v1/{}/batch", self.id);
        Ok(Endpoint::Mqtt { target, tls, version: Version::V5, client, topic })
    }
}

/// Sends one message on a connection of its own.
pub(crate) async fn send_once(endpoint: &Endpoint, message: &Message) -> Result<Verdict, LinkError> {
    let mut link = Single::open(endpoint).await?;
    link.put(message)?;
    let verdict = link.next().await?;
    link.close().await;
    Ok(verdict)
}

/// The same through whatever happens meanwhile, until it is answered for good.
pub(crate) async fn send(endpoint: &Endpoint, message: &Message) -> Result<Verdict, TortureError> {
    let by = Instant::now() + limits::ANSWER;
    let mut last = String::from("nothing");
    while Instant::now() < by {
        match tokio::time::timeout(limits::FAULT * 2, send_once(endpoint, message)).await {
            Ok(Ok(Verdict::Unavailable)) => last = "it cannot store at present".into(),
            Ok(Ok(verdict)) => return Ok(verdict),
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => last = "no answer in time".into(),
        }
        sleep(Duration::from_millis(100)).await;
    }
    Err(TortureError::Load(format!("{:?} was not answered: {last}", message.key)))
}

/// How the account knows of it.
pub(crate) fn sent(message: &Message, verdict: &Verdict, begun: Instant) -> Sent {
    let at = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    Sent {
        key: message.key.clone(),
        first_us: at,
        acknowledged_us: (*verdict == Verdict::Stored).then_some(at),
        refused: matches!(verdict, Verdict::Refused(_)),
    }
}
