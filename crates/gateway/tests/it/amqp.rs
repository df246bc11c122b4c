//! Batches that come through RabbitMQ over AMQP 1.0, put there with Qpid Proton.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use gateway::config::{AmqpQueue, Remote};
use seal::Reason;

use crate::fixture::{RunningSite, TestDevice};
use crate::intake_client::{lock_while, with_sources};

const QUEUE: &str = "/queue/batches";

/// A RabbitMQ with its AMQP 1.0 plugin, in a folder of its own; ended when dropped.
pub(crate) struct Rabbit {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
    names: u16,
}

impl Drop for Rabbit {
    fn drop(&mut self) {
        // What has ended already need not be.
        if let Ok(pid) = std::fs::read_to_string(self.folder.path().join("pid")) {
            let _ = Command::new("kill").arg(pid.trim()).status();
        }
        let _ = self.child.wait();
        let _ = Command::new("epmd")
            .args(["-port", &self.names.to_string(), "-kill"])
            .stdout(Stdio::null())
            .status();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Rabbit {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (port, names) = (free_port(), free_port());
        let file = |name: &str| folder.path().join(name);
        let settings = format!(
            "listeners.tcp.1 = 127.0.0.1:{port}\ndefault_user = gateway\ndefault_pass = correct horse\n"
        );
        std::fs::write(file("rabbitmq.conf"), settings).unwrap();
        std::fs::write(file("plugins"), "[rabbitmq_amqp1_0].").unwrap();
        std::fs::write(file("password"), "correct horse\n").unwrap();
        let child = Command::new("/usr/lib/rabbitmq/bin/rabbitmq-server")
            .env("HOME", folder.path())
            .env("RABBITMQ_NODENAME", format!("medseal{port}@localhost"))
            .env("RABBITMQ_MNESIA_BASE", file("db"))
            .env("RABBITMQ_LOG_BASE", file("log"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", file("plugins"))
            .env("RABBITMQ_CONFIG_FILE", file("rabbitmq"))
            .env("RABBITMQ_PID_FILE", file("pid"))
            .env("RABBITMQ_DIST_PORT", free_port().to_string())
            .env("ERL_EPMD_PORT", names.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("needed: apt-get install rabbitmq-server");
        let started = Self { child, folder, port, names };
        for _ in 0..1200 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return started;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("RabbitMQ does not listen");
    }

    pub(crate) fn source(&self) -> AmqpQueue {
        let mut at = Remote::plain(format!("localhost:{}", self.port));
        at.user = Some("gateway".into());
        at.password = Some(self.folder.path().join("password"));
        AmqpQueue { at, queue: QUEUE.into() }
    }

    /// Runs the producer; Debian's Python has Qpid Proton.
    fn proton(&self, what: &str, rest: &[&str]) -> u64 {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/intake_client/produce.py");
        let output = Command::new("/usr/bin/python3")
            .arg(script)
            .args([what, &self.port.to_string(), QUEUE])
            .args(rest)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "needed: apt-get install python3-qpid-proton: {said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(crate) fn send(&self, token: &str, batches: &[Vec<u8>]) {
        let files: Vec<_> = (0..).zip(batches).map(|(number, bytes)| self.put(number, bytes)).collect();
        let mut rest = vec![token];
        rest.extend(files.iter().map(|path| path.to_str().unwrap()));
        assert_eq!(self.proton("send", &rest), batches.len() as u64);
    }

    fn put(&self, number: usize, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(format!("batch-{number}"));
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl RunningSite {
    async fn until(&self, stored: usize, refused: usize) {
        for _ in 0..400 {
            if self.stored().await.len() >= stored && self.refusals().await.len() >= refused {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{:?} stored, {:?} refused", self.stored().await.len(), self.refusals().await);
    }
}

fn some(device: &mut TestDevice, count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|_| device.next(1)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_queue_holds_is_settled_when_it_is_on_disk_or_refused() {
    let rabbit = Rabbit::start();
    let site = RunningSite::with(|config| {
        with_sources(config);
        config.sources.amqp.push(rabbit.source());
    })
    .await;
    let mut device = site.site.device("monitor-1").await;
    let mut other = site.site.device("monitor-2").await;
    let token = site.token(&mut device, "batches.relay").await;
    let bound = site.token(&mut device, "batches.write").await;
    let others = site.token(&mut other, "batches.relay").await;

    let batches = some(&mut device, 100);
    rabbit.send(&token, &batches);
    site.until(100, 0).await;
    let counters: Vec<_> = site.stored().await.into_iter().map(|(_, counter)| counter).collect();
    assert_eq!(counters, (1..=100).collect::<Vec<_>>());

    // The attacks, each alone, so that their order is known.
    let next = device.next(1);
    let mut broken = next.clone();
    *broken.last_mut().unwrap() ^= 1;
    let gap = device.next(1);
    let cases: [(&str, &[u8], Reason); 7] = [
        ("", &next, Reason::Token),
        ("made up", &next, Reason::Token),
        (&bound, &next, Reason::Token),
        (&others, &next, Reason::UnknownKey),
        (&token, &broken, Reason::BadHash),
        (&token, b"not a batch", Reason::Malformed),
        (&token, &gap, Reason::CounterGap),
    ];
    for (number, (token, bytes, _)) in (1..).zip(cases) {
        rabbit.send(token, &[bytes.to_vec()]);
        site.until(100, number).await;
    }
    assert_eq!(site.refusals().await, cases.map(|(.., reason)| reason));
    rabbit.send(&token, &[next, gap, batches[0].clone()]);
    site.until(102, 7).await;

    // A store that cannot be written makes the broker keep the message.
    lock_while(&site.site.services.config.data.join("medseal.db"), || {
        rabbit.send(&token, &some(&mut device, 3));
        std::thread::sleep(Duration::from_millis(2500));
    });
    site.until(105, 7).await;
    site.site.admin().revoke(&device.id).await.unwrap();
    rabbit.send(&token, &some(&mut device, 1));
    site.until(105, 8).await;
    assert_eq!(site.refusals().await.last(), Some(&Reason::RevokedDevice));

    site.running.services.shutdown.cancel();
    site.running.stopped().await;
    assert_eq!(rabbit.proton("left", &[]), 0);
}
