//! A maker, a site with its gateway, and devices with keys in memory, all fresh and in a temporary folder.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use device::agent::{Agent, Setup, Stats};
use device::element::{Key, SharedElement, SoftwareElement};
use device::maker::MakerCa;
use device::source::{Course, SourceConfig};
use device::transport::mqtt::{self, Version};
use device::transport::tokens::{Scope, Tokens};
use device::transport::{Server, Transport, client_config, grpc, https};
use gateway::config::{Clock, Config, Listener, Mqtt, Retention, Sources, Tls};
use gateway::registry::NewDevice;
use gateway::{Gateway, Running};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use seal::DeviceId;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(crate) struct Site {
    pub(crate) folder: TempDir,
    pub(crate) maker: MakerCa,
    pub(crate) ca: Vec<u8>,
    pub(crate) tls: Tls,
    /// Where the gateway takes batches by HTTPS and gRPC, whenever it runs.
    pub(crate) https: SocketAddr,
    pub(crate) grpc: SocketAddr,
}

pub(crate) struct Device {
    pub(crate) id: DeviceId,
    pub(crate) element: SharedElement,
}

impl Site {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".into()]).unwrap();
        let certificate = params.signed_by(&key, &ca).unwrap();
        let tls =
            Tls { certificate: folder.path().join("gateway.pem"), key: folder.path().join("gateway.key") };
        std::fs::write(&tls.certificate, certificate.pem()).unwrap();
        std::fs::write(&tls.key, key.serialize_pem()).unwrap();
        let maker = MakerCa::generate("Test maker").unwrap();
        let [https, grpc] = free_addresses();
        Self { folder, maker, ca: ca.der().to_vec(), tls, https, grpc }
    }

    /// Starts the gateway with what it has on disk, for MQTT at a free port or at this one.
    pub(crate) async fn gateway(&self, listen: &str) -> Running {
        self.gateway_with(listen, |_| {}).await
    }

    /// The same with more in its configuration.
    pub(crate) async fn gateway_with(&self, listen: &str, change: impl FnOnce(&mut Config)) -> Running {
        let mut config = Config {
            data: self.folder.path().join("gateway"),
            facility: "Test".into(),
            makers: vec![],
            tls: self.tls.clone(),
            mqtt: Mqtt::at(listen.parse().unwrap()),
            sources: Sources {
                https: vec![Listener::at(self.https)],
                grpc: vec![Listener::at(self.grpc)],
                ..Sources::default()
            },
            tokens: Some(gateway::config::Tokens::at(self.token_url())),
            https: None,
            feeds: vec![],
            clock: Clock::default(),
            retention: Retention::default(),
            alarms: None,
            bedside: Default::default(),
        };
        change(&mut config);
        let running = Gateway::start(config, CancellationToken::new()).await.unwrap();
        running.services.administration("test").add_maker(self.maker.certificate()).await.unwrap();
        running
    }

    pub(crate) fn device(&self, name: &str) -> Device {
        let id: DeviceId = name.parse().unwrap();
        let element = SharedElement::new(SoftwareElement::generate(&self.maker, &id).unwrap());
        Device { id, element }
    }

    pub(crate) async fn enrolled(&self, running: &Running, name: &str) -> Device {
        let device = self.device(name);
        let new = NewDevice {
            seal_certificate: device.element.certificate(Key::Seal).unwrap(),
            tls_certificate: device.element.certificate(Key::Tls).unwrap(),
        };
        let administration = running.services.administration("test");
        administration.enrol(new).await.unwrap();
        administration.set_token_key(&device.id, &device.element.token_key().unwrap()).await.unwrap();
        device
    }

    pub(crate) fn token_url(&self) -> String {
        format!("https://localhost:{}/token", self.https.port())
    }

    pub(crate) fn server(&self, device: &Device, address: SocketAddr) -> Server {
        Server {
            address: address.to_string(),
            name: "localhost".try_into().unwrap(),
            tls: client_config(&self.ca, &device.element).unwrap(),
        }
    }

    pub(crate) fn tokens(&self, device: &Device, scope: Scope) -> Tokens {
        let server = self.server(device, self.https);
        Tokens::new(server, &self.token_url(), scope, &device.id, &device.element)
    }

    pub(crate) fn over_https(&self, device: &Device, address: SocketAddr) -> Transport {
        let tokens = self.tokens(device, Scope::Write);
        Transport::Https(https::Endpoint { server: self.server(device, address), tokens })
    }

    pub(crate) fn over_grpc(&self, device: &Device, address: SocketAddr) -> Transport {
        let tokens = self.tokens(device, Scope::Write);
        Transport::Grpc(grpc::Endpoint { server: self.server(device, address), tokens })
    }

    pub(crate) fn over_mqtt(&self, device: &Device, address: SocketAddr, version: Version) -> Transport {
        let (server, device) = (self.server(device, address), device.id.clone());
        Transport::Mqtt(mqtt::Endpoint { server, version, device })
    }

    pub(crate) fn spool(&self, device: &Device) -> PathBuf {
        self.folder.path().join(device.id.as_str())
    }

    /// The device's agent over MQTT, with a batch every 50 ms.
    pub(crate) fn agent(&self, device: &Device, address: SocketAddr, version: Version) -> Agent {
        self.agent_over(device, self.over_mqtt(device, address, version))
    }

    /// The same over any transport.
    pub(crate) fn agent_over(&self, device: &Device, transport: Transport) -> Agent {
        let source = SourceConfig::BedsideMonitor { bed: 1, course: Course::Steady };
        Agent::open(Setup {
            device: device.id.clone(),
            data: self.spool(device),
            spool_bytes: device::limits::SPOOL_BYTES,
            interval: Duration::from_millis(50),
            source: source.open().unwrap(),
            element: device.element.clone(),
            transport,
        })
        .unwrap()
    }
}

/// Addresses where nobody listens now; they are held until the last is chosen, so that they differ.
pub(crate) fn free_addresses<const COUNT: usize>() -> [SocketAddr; COUNT] {
    let held = [(); COUNT].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap())
}

pub(crate) async fn stop(running: Running) {
    running.services.shutdown.cancel();
    running.stopped().await;
}

/// Runs the agent until its counts satisfy `enough`, then stops it.
pub(crate) async fn run_until(agent: Agent, enough: impl FnMut(&Stats) -> bool) -> Stats {
    let shutdown = CancellationToken::new();
    let mut stats = agent.stats();
    let running = tokio::spawn(agent.run(shutdown.clone()));
    let seen = tokio::time::timeout(Duration::from_secs(20), stats.wait_for(enough)).await.is_ok();
    shutdown.cancel();
    let stats = running.await.unwrap().unwrap();
    assert!(seen, "not within 20 s: {stats:?}");
    stats
}

/// Counters of the device's batches in the gateway's store, in order.
pub(crate) async fn stored(running: &Running, device: &Device) -> Vec<u64> {
    let id = device.id.clone();
    let stored = running.services.store.read(move |reader| {
        let last = reader.latest(&id)?.and_then(|batch| batch.counter()).unwrap_or(0);
        let mut counters = Vec::new();
        for counter in 1..=last {
            counters.extend(reader.batch_by_counter(&id, counter)?.and_then(|batch| batch.counter()));
        }
        Ok(counters)
    });
    stored.await.unwrap()
}
