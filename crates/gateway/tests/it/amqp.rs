//! Batches that come through RabbitMQ over AMQP 1.0, put there with Qpid Proton.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use gateway::config::{AmqpQueue, Remote, Tls};
use seal::Reason;
use tokio::net::TcpStream;
use wire::Account;
use wire::amqp::{Consumer, Delivered, Producer, Settlement, SignIn};

use crate::fixture::{Maker, RunningSite, TestDevice};
use crate::intake_client::{lock_while, with_sources};
use crate::rabbit::{Rabbit, RabbitTls, USER};

const QUEUE: &str = "/queue/batches";

impl Rabbit {
    pub(crate) fn source(&self) -> AmqpQueue {
        let mut at = Remote::plain(format!("localhost:{}", self.port));
        at.user = Some(USER.into());
        at.password = Some(self.password());
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

#[tokio::test]
async fn a_broker_that_says_nothing_keeps_the_gateway_from_nothing() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = Remote::plain(silent.local_addr().unwrap().to_string());
    let site = RunningSite::with(|config| {
        with_sources(config);
        config.sources.amqp.push(AmqpQueue { at, queue: QUEUE.into() });
    })
    .await;
    let _connection = silent.accept().await.unwrap();
    site.site.services.shutdown.cancel();
    // It does not wait out the time that a broker has to answer.
    tokio::time::timeout(Duration::from_secs(8), site.running.stopped()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_queue_holds_is_settled_when_it_is_on_disk_or_refused() {
    let rabbit = Rabbit::start(None);
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

/// The house's own CA has issued the broker's certificate and the one that the gateway shows there; without one nobody gets in.
/// What waited while nobody read, and while the broker itself was away: a restart costs nothing that it had accepted, and a backlog, which RabbitMQ
/// sends as fast as it can, does not lead it to send more than it may.
#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_outlives_the_brokers_restart_and_is_taken_on_one_link() {
    const MESSAGES: u32 = 1000;
    let batch = |number: u32| number.to_be_bytes().repeat(100);
    let mut rabbit = Rabbit::start(None);
    let address = format!("localhost:{}", rabbit.port);
    let account = Account {
        user: USER.into(),
        password: std::fs::read_to_string(rabbit.password()).unwrap().trim().to_owned().into(),
    };
    let sign_in = SignIn { container: "test", address: &address, account: Some(&account) };
    let stream = TcpStream::connect(&address).await.unwrap();
    let mut producer = Producer::open(stream, sign_in, QUEUE).await.unwrap();
    for number in 0..MESSAGES {
        producer.put("token", batch(number)).unwrap();
    }
    for _ in 0..MESSAGES {
        assert_eq!(producer.settled().await.unwrap(), Settlement::Accepted);
    }
    rabbit.stop();
    rabbit.run();
    let stream = TcpStream::connect(&address).await.unwrap();
    let mut consumer = Consumer::open(stream, sign_in, QUEUE, 64, 64 * 1024).await.unwrap();
    let mut waiting = Vec::new();
    for number in 0..MESSAGES {
        let next = tokio::time::timeout(Duration::from_secs(60), consumer.next()).await;
        let Delivered { delivery, sealed, .. } =
            next.unwrap().unwrap_or_else(|fault| panic!("message {number}: {fault}"));
        assert!(sealed == batch(number), "message {number}");
        waiting.push(delivery);
        // As after a commit, and then a wait for the next while the broker goes on sending.
        if waiting.len() == 32 {
            for delivery in waiting.drain(..) {
                consumer.settle(delivery, Settlement::Accepted).await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_read_over_tls_with_a_client_certificate() {
    let (house, folder) = (Maker::new("House"), tempfile::tempdir().unwrap());
    let (broker, client) = (house.server(folder.path()), house.device("gateway"));
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let ca = file("ca.pem", &house.ca.pem());
    let shown = Tls {
        certificate: file("client.pem", &client.tls_certificate),
        key: file("client.key", &client.tls_key),
    };
    let rabbit =
        Rabbit::start(Some(&RabbitTls { certificate: &broker.certificate, key: &broker.key, clients: &ca }));
    let over_tls = |client: Option<Tls>| {
        let mut source = rabbit.source();
        source.at.address = format!("localhost:{}", rabbit.tls_port);
        (source.at.plain, source.at.ca, source.at.client) = (false, Some(ca.clone()), client);
        source
    };
    let stranger = RunningSite::with(|config| {
        with_sources(config);
        config.sources.amqp.push(over_tls(None));
    })
    .await;
    let site = RunningSite::with(|config| {
        with_sources(config);
        config.sources.amqp.push(over_tls(Some(shown)));
    })
    .await;
    let mut device = site.site.device("monitor-1").await;
    let token = site.token(&mut device, "batches.relay").await;
    rabbit.send(&token, &some(&mut device, 20));
    site.until(20, 0).await;
    assert_eq!((stranger.stored().await.len(), stranger.refusals().await.len()), (0, 0));
    for site in [site, stranger] {
        site.running.services.shutdown.cancel();
        site.running.stopped().await;
    }
}
