//! A site to load: a folder with authorities, a gateway's configuration with all its ways in, and a fleet of enrolled devices.
//!
//! ```text
//! FOLDER/maker/ca.pem ca.key   the devices' maker       the same places as in a folder of `medseal ward --prepare`,
//!        site/ca.pem …         the hospital's CA        so that a prepared ward is a site too
//!        gateway.toml, gateway/                         the gateway's configuration and data
//!        load/fleet.json                                the devices' keys and chains
//! ```

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use device::maker::{MakerCa, MakerError};
use gateway::config::ConfigError;
use gateway::registry::{EnrolError, NewDevice};
use gateway::{Config, Services, StartError};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wire::mqtt::batch_topic;

use crate::fleet::{Device, Fleet, FleetError};
use crate::link::{self, Endpoint, Queue, Version};
use crate::message::Messages;
use crate::pki::{self, PkiError, SiteCa};
use crate::ports::free_address;
use crate::run::Lane;
use crate::target::{Target, TargetError};
use crate::token::{Asker, Relay};

/// Devices enrolled at a time: they share the price of a sync.
const ENROLLED_TOGETHER: usize = 256;

/// Why there is no site.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A file or certificate.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// The maker's CA cannot be made or read.
    #[error(transparent)]
    Maker(#[from] MakerError),
    /// The devices.
    #[error(transparent)]
    Fleet(#[from] FleetError),
    /// The gateway's configuration cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The gateway's store cannot be opened, for instance because a gateway runs on the folder.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A device is not accepted.
    #[error(transparent)]
    Enrol(#[from] EnrolError),
    /// The site's CA is none.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    /// Another run uses the fleet.
    #[error("{}: another run uses these devices", .0.display())]
    InUse(PathBuf),
    /// This way in needs access tokens.
    #[error("the site's gateway has no [tokens]")]
    NoTokens,
    /// Load does not go to the token endpoint.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// No port is free.
    #[error("no free port: {0}")]
    Port(std::io::Error),
}

/// A prepared site.
#[derive(Debug)]
pub struct Site {
    folder: PathBuf,
    roots: Arc<RootCertStore>,
    /// The address of the token endpoint, where one is configured.
    audience: Option<String>,
}

/// The way by which a device's batches go in.
#[derive(Clone, Debug)]
pub enum Way {
    /// MQTT over mutual TLS.
    Mqtt(Version),
    /// HTTPS requests.
    Https,
    /// A gRPC stream, with a token from the site's token endpoint.
    Grpc,
    /// A queue of an AMQP 1.0 broker, with a token from the site's token endpoint; without TLS.
    Amqp(Queue),
    /// The same over TLS: the broker is known by one of these CAs, and is shown the device's certificate.
    AmqpTls(Queue, Arc<RootCertStore>),
}

/// The right to use a site's fleet: two runs at a time would break its devices' chains.
#[derive(Debug)]
pub struct Hold {
    _file: File,
}

impl Site {
    /// Makes the folder a site with at least so many devices: authorities and configuration where it has none, then the devices that are missing.
    /// `more` is added to a configuration that is made here: further sources, feeds.
    ///
    /// # Errors
    /// [`SiteError`]; among others when a gateway runs on the folder.
    pub async fn prepare(folder: &Path, devices: usize, more: &str) -> Result<Self, SiteError> {
        let failed = |source| PkiError::File { path: folder.into(), source };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let folder = folder.canonicalize().map_err(failed)?;
        if !folder.join("gateway.toml").exists() {
            create(&folder, more)?;
        }
        let site = Self::open(&folder)?;
        site.enrol(devices).await?;
        Ok(site)
    }

    /// The site in this folder.
    ///
    /// # Errors
    /// [`SiteError`].
    pub fn open(folder: &Path) -> Result<Self, SiteError> {
        let roots = link::roots(&folder.join("site/ca.pem"))?;
        let config = Config::read(&folder.join("gateway.toml"))?;
        let audience = config.tokens.map(|tokens| tokens.url);
        Ok(Self { folder: folder.into(), roots, audience })
    }

    /// Keeps other runs from using the fleet for as long as it is held.
    ///
    /// # Errors
    /// [`SiteError::InUse`].
    pub fn hold(&self) -> Result<Hold, SiteError> {
        let path = self.fleet_path().with_extension("lock");
        let failed = |source| PkiError::File { path: path.clone(), source };
        std::fs::create_dir_all(self.folder.join("load")).map_err(failed)?;
        let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Hold { _file: file }),
            Err(TryLockError::WouldBlock) => Err(SiteError::InUse(path)),
            Err(TryLockError::Error(source)) => Err(failed(source).into()),
        }
    }

    /// A device's connection by this way, with batches of so many readings.
    ///
    /// # Errors
    /// [`SiteError`] when its keys cannot be used, or the way needs tokens and nobody gives any.
    pub fn lane(&self, way: Way, target: &Target, device: &Device, readings: u32) -> Result<Lane, SiteError> {
        let target = target.clone();
        let endpoint = match way {
            Way::Mqtt(version) => {
                let (client, topic) = (device.id.to_string(), batch_topic(&device.id));
                let tls = Some(device.tls(&self.roots, &[])?);
                Endpoint::Mqtt { target, tls, version, client, topic }
            }
            Way::Https => {
                let tls = device.tls(&self.roots, &[b"http/1.1"])?;
                Endpoint::Https { target, tls, asker: self.asker(device)? }
            }
            Way::Grpc => {
                let (asker, tokens, tokens_tls) = self.token_endpoint(device, &target)?;
                let tls = device.tls(&self.roots, &[b"h2"])?;
                Endpoint::Grpc { target, tls, asker, tokens, tokens_tls }
            }
            Way::Amqp(queue) => self.queue(device, target, None, queue)?,
            Way::AmqpTls(queue, roots) => {
                self.queue(device, target, Some(device.tls(&roots, &[])?), queue)?
            }
        };
        Ok(Lane { endpoint, messages: Messages::Sealed(Box::new(device.messages(readings)?)) })
    }

    fn queue(
        &self,
        device: &Device,
        target: Target,
        tls: Option<Arc<ClientConfig>>,
        queue: Queue,
    ) -> Result<Endpoint, SiteError> {
        let (asker, tokens, tokens_tls) = self.token_endpoint(device, &target)?;
        Ok(Endpoint::Amqp { target, tls, queue, relay: Relay::new(asker, tokens, tokens_tls) })
    }

    /// Where and how a device gets tokens; load may go there where it may go to `target`.
    fn token_endpoint(
        &self,
        device: &Device,
        target: &Target,
    ) -> Result<(Asker, Target, Arc<ClientConfig>), SiteError> {
        let asker = self.asker(device)?;
        let endpoint = target.beside(asker.authority().ok_or(SiteError::NoTokens)?)?;
        Ok((asker, endpoint, device.tls(&self.roots, &[b"http/1.1"])?))
    }

    fn asker(&self, device: &Device) -> Result<Asker, SiteError> {
        let audience = self.audience.as_deref().ok_or(SiteError::NoTokens)?;
        Ok(Asker::new(device.id.clone(), audience, device.expose_token_key()))
    }

    /// The gateway's configuration file.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.folder.join("gateway.toml")
    }

    /// Where the fleet is kept.
    #[must_use]
    pub fn fleet_path(&self) -> PathBuf {
        self.folder.join("load/fleet.json")
    }

    /// The devices.
    ///
    /// # Errors
    /// [`FleetError`].
    pub fn fleet(&self) -> Result<Fleet, FleetError> {
        Fleet::read(&self.fleet_path())
    }

    async fn enrol(&self, count: usize) -> Result<(), SiteError> {
        let mut fleet = self.fleet()?;
        if fleet.devices().len() >= count {
            return Ok(());
        }
        let maker = maker(&self.folder.join("maker"))?;
        let config = Config::read(&self.config())?;
        let services = Services::open(config, CancellationToken::new())?;
        services.add_makers().await?;
        for group in fleet.grow(&maker, count)?.chunks(ENROLLED_TOGETHER) {
            let mut tasks = JoinSet::new();
            for device in group {
                tasks.spawn(enrol(services.clone(), device.clone()));
            }
            while let Some(done) = tasks.join_next().await {
                done.map_err(|error| StartError::Io {
                    what: "enrolling".into(),
                    source: std::io::Error::other(error),
                })??;
            }
        }
        services.store.close().await;
        Ok(fleet.write(&self.fleet_path())?)
    }
}

async fn enrol(services: Services, device: Device) -> Result<(), SiteError> {
    let admin = services.administration("system");
    let new = NewDevice {
        seal_certificate: device.seal_certificate().to_vec(),
        tls_certificate: device.tls_certificate().to_vec(),
    };
    let id = admin.enrol(new).await?;
    admin.set_token_key(&id, &device.token_point()?).await?;
    Ok(())
}

fn maker(folder: &Path) -> Result<MakerCa, SiteError> {
    let path = folder.join("ca.key");
    let form =
        |error: rustls::pki_types::pem::Error| PkiError::Form { path: path.clone(), what: error.to_string() };
    let key = PrivatePkcs8KeyDer::from_pem_file(&path).map_err(form)?;
    Ok(MakerCa::from_parts(&pki::certificate(&folder.join("ca.pem"))?, key.secret_pkcs8_der())?)
}

/// Makes authorities and a configuration with every listener on a free port of this machine.
fn create(folder: &Path, more: &str) -> Result<(), SiteError> {
    let maker = MakerCa::generate("Load test maker CA")?;
    let at = folder.join("maker");
    pki::write(&at.join("ca.pem"), pki::pem("CERTIFICATE", maker.certificate()).as_bytes())?;
    pki::write_secret(&at.join("ca.key"), pki::pem("PRIVATE KEY", &maker.expose_secret_key()).as_bytes())?;
    let site = SiteCa::create("Load test site CA", &folder.join("site"))?;
    let server = site.certify_server(&["localhost", "127.0.0.1", "::1"], &folder.join("site"), "gateway")?;
    let free = || free_address().map_err(SiteError::Port);
    let (mqtt, https, grpc, mllp) = (free()?, free()?, free()?, free()?);
    let limits = "connections = 16384\nconnections_per_address = 16384\n";
    let text = format!(
        "data = {data:?}\nfacility = \"medseal load\"\nmakers = [{maker:?}]\n\n\
         [tls]\ncertificate = {certificate:?}\nkey = {key:?}\n\n\
         [mqtt]\nlisten = \"{mqtt}\"\n{limits}\n\
         [tokens]\nurl = \"https://localhost:{token_port}/token\"\n\n\
         [[sources.https]]\nlisten = \"{https}\"\n{limits}\n\
         [[sources.grpc]]\nlisten = \"{grpc}\"\n{limits}\n\
         [[sources.mllp]]\nname = \"load\"\nlisten = \"{mllp}\"\nplain = true\nunsealed = true\n{limits}\n{more}",
        data = folder.join("gateway"),
        maker = folder.join("maker/ca.pem"),
        certificate = server.certificate,
        key = server.key,
        token_port = https.port(),
    );
    Ok(pki::write(&folder.join("gateway.toml"), text.as_bytes())?)
}
