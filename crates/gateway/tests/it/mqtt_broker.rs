//! Batches that come through mosquitto: stored before they are acknowledged to it, kept by it while the gateway is away.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use gateway::Config;
use gateway::config::{MqttBroker, Remote};
use seal::Reason;
use tokio_util::sync::CancellationToken;

use crate::fixture::{Maker, RunningSite, Site, TestDevice, config};
use crate::intake_client::lock_while;

/// A mosquitto with TLS and a password, in a folder of its own; killed when dropped.
pub(crate) struct Mosquitto {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Mosquitto {
    pub(crate) fn start(maker: &Maker) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tls = maker.server(folder.path());
        let file = |name: &str| folder.path().join(name);
        std::fs::write(file("ca.pem"), maker.ca.pem()).unwrap();
        std::fs::write(file("password"), "correct horse\n").unwrap();
        let made = Command::new("mosquitto_passwd")
            .args(["-b", "-c", file("users").to_str().unwrap(), "gateway", "correct horse"])
            .status();
        assert!(made.is_ok_and(|status| status.success()), "needed: apt-get install mosquitto");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = format!(
            "listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {}\ncertfile {}\nkeyfile {}\nuser root\n",
            file("users").display(),
            tls.certificate.display(),
            tls.key.display(),
        );
        std::fs::write(file("mosquitto.conf"), settings).unwrap();
        let child = Command::new("/usr/sbin/mosquitto")
            .args(["-c", file("mosquitto.conf").to_str().unwrap()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("needed: apt-get install mosquitto");
        let started = Self { child, folder, port };
        for _ in 0..200 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return started;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("mosquitto does not listen");
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn client(&self, program: &str, topic: &str) -> Command {
        let mut command = Command::new(program);
        let (port, ca) = (self.port.to_string(), self.file("ca.pem"));
        command.args([
            "-h",
            "localhost",
            "-p",
            &port,
            "-V",
            "mqttv5",
            "-q",
            "1",
            "-t",
            topic,
            "-u",
            "gateway",
        ]);
        command.args(["-P", "correct horse", "--cafile", ca.to_str().unwrap()]).stdin(Stdio::null());
        command
    }

    pub(crate) fn publish(&self, topic: &str, payload: &[u8]) {
        std::fs::write(self.file("payload"), payload).unwrap();
        let mut command = self.client("mosquitto_pub", topic);
        let status = command.arg("-f").arg(self.file("payload")).status().unwrap();
        assert!(status.success(), "{status}");
    }

    pub(crate) fn source(&self) -> MqttBroker {
        MqttBroker::of(Remote {
            address: format!("localhost:{}", self.port),
            server_name: None,
            ca: Some(self.file("ca.pem")),
            plain: false,
            client: None,
            user: Some("gateway".into()),
            password: Some(self.file("password")),
        })
    }
}

pub(crate) fn topic(device: &TestDevice) -> String {
    format!("medseal/v1/{}/batch", device.id)
}

/// A gateway that subscribes at the broker.
pub(crate) async fn site(folder: tempfile::TempDir, maker: Maker, mosquitto: &Mosquitto) -> RunningSite {
    let mut config = config(folder.path(), &maker);
    config.sources.mqtt_broker.push(mosquitto.source());
    start(folder, maker, config).await
}

async fn start(folder: tempfile::TempDir, maker: Maker, config: Config) -> RunningSite {
    let running = gateway::Gateway::start(config, CancellationToken::new()).await.unwrap();
    let services = running.services.clone();
    let site = Site { folder, maker, services };
    site.admin().add_maker(site.maker.ca.der()).await.unwrap();
    RunningSite { site, running }
}

async fn stop(site: RunningSite) -> (tempfile::TempDir, Maker, Config) {
    let RunningSite { site, running } = site;
    let config = (*site.services.config).clone();
    running.services.shutdown.cancel();
    running.stopped().await;
    (site.folder, site.maker, config)
}

impl RunningSite {
    async fn until_stored(&self, count: usize) {
        for _ in 0..400 {
            if self.stored().await.len() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{} of {count} stored", self.stored().await.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_broker_carries_is_stored_and_what_is_refused_is_told() {
    let (folder, maker) = (tempfile::tempdir().unwrap(), Maker::new("Test maker"));
    let mosquitto = Mosquitto::start(&maker);
    let site = site(folder, maker, &mosquitto).await;
    let mut device = site.site.device("monitor-1").await;
    let mut other = site.site.device("monitor-2").await;
    let hears = mosquitto
        .client("mosquitto_sub", "medseal/v1/monitor-1/refused")
        .args(["-C", "1", "-W", "20"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let sealed: Vec<_> = (0..3).map(|_| device.next(2)).collect();
    // Both subscriptions stand once a first batch, sent again and again, has come.
    for bytes in &sealed {
        mosquitto.publish(&topic(&device), bytes);
    }
    site.until_stored(3).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut broken = device.next(1);
    *broken.last_mut().unwrap() ^= 1;
    mosquitto.publish(&topic(&device), &broken);
    let told = tokio::task::spawn_blocking(move || hears.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&told.stdout).trim(), r#"{"counter":4,"reason":"bad-hash"}"#);
    // Another device's batch under this device's topic, and a topic of nobody.
    mosquitto.publish(&topic(&device), &other.next(1));
    mosquitto.publish("medseal/v1/not a device/batch", b"x");
    mosquitto.publish(&topic(&other), b"not a batch");
    for _ in 0..200 {
        if site.refusals().await.len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(site.refusals().await, [Reason::BadHash, Reason::UnknownKey, Reason::Malformed]);
    assert_eq!(site.stored().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_keeps_what_comes_while_the_gateway_is_away_or_cannot_store() {
    let (folder, maker) = (tempfile::tempdir().unwrap(), Maker::new("Test maker"));
    let mosquitto = Mosquitto::start(&maker);
    let site = site(folder, maker, &mosquitto).await;
    let mut device = site.site.device("monitor-1").await;
    let first = device.next(1);
    for _ in 0..50 {
        mosquitto.publish(&topic(&device), &first);
        if !site.stored().await.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (folder, maker, config) = stop(site).await;
    for _ in 0..20 {
        let sealed = device.next(1);
        mosquitto.publish(&topic(&device), &sealed);
    }
    let site = start(folder, maker, config).await;
    site.until_stored(21).await;
    let counters: Vec<_> = site.stored().await.into_iter().map(|(_, counter)| counter).collect();
    assert_eq!(counters, (1..=21).collect::<Vec<_>>());

    lock_while(&site.site.services.config.data.join("medseal.db"), || {
        let sealed = device.next(1);
        mosquitto.publish(&topic(&device), &sealed);
        std::thread::sleep(Duration::from_millis(2500));
    });
    site.until_stored(22).await;
    assert_eq!(site.refusals().await, []);
}
