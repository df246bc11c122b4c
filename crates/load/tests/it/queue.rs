//! Sealed batches through RabbitMQ, with the gateway behind it.

use std::net::SocketAddr;
use std::sync::Arc;

use gateway::{Config, Gateway};
use load::link::{Account, Keeper, Queue};
use load::{Key, Site, Target, Way, run};
use tokio_util::sync::CancellationToken;

use crate::rabbit::{PASSWORD, Rabbit, RabbitTls, USER};
use crate::{Ward, all_stored, plan};

const QUEUE: &str = "/queue/batches";

fn queue() -> Queue {
    let account = Account { user: USER.into(), password: PASSWORD.to_owned().into() };
    Queue { name: QUEUE.into(), account: Some(account) }
}

/// A site with its gateway at a broker whose certificate is the site's and which lets in the maker's devices.
async fn behind_a_broker(devices: usize) -> (Ward, Rabbit) {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::prepare(folder.path(), devices, "").await.unwrap();
    let file = |name: &str| folder.path().join(name);
    let tls = RabbitTls {
        certificate: &file("site/gateway.pem"),
        key: &file("site/gateway.key"),
        clients: &file("maker/ca.pem"),
    };
    let rabbit = Rabbit::start(Some(&tls));
    let mut config = std::fs::read_to_string(site.config()).unwrap();
    config.push_str(&format!(
        "\n[[sources.amqp]]\nqueue = \"{QUEUE}\"\n\
         at = {{ address = \"localhost:{}\", plain = true, user = \"{USER}\", password = {:?} }}\n",
        rabbit.port,
        rabbit.password()
    ));
    std::fs::write(site.config(), config).unwrap();
    let config = Config::read(&site.config()).unwrap();
    let gateway = Gateway::start(config, CancellationToken::new()).await.unwrap();
    (Ward { _folder: folder, site, gateway }, rabbit)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_accepted_is_what_the_gateway_stores() {
    let (ward, rabbit) = behind_a_broker(4).await;
    let roots = load::link::roots(&ward._folder.path().join("site/ca.pem")).unwrap();
    let at = |port| Target::local(SocketAddr::from(([127, 0, 0, 1], port))).unwrap();
    let ways =
        [(Way::Amqp(queue()), at(rabbit.port)), (Way::AmqpTls(queue(), roots.clone()), at(rabbit.tls_port))];
    let fleet = ward.site.fleet().unwrap();
    let mut acknowledged = Vec::new();
    for (devices, (way, target)) in fleet.devices().chunks(2).zip(ways) {
        let lane = |device| ward.site.lane(way.clone(), &target, device, 3).unwrap();
        let lanes = devices.iter().map(lane).collect();
        let done = run(plan(200, 8), lanes, Arc::default(), CancellationToken::new()).await.unwrap();
        assert!(done.report.is_clean(), "{:?}", done.report);
        assert_eq!((done.report.stored_by, done.report.input), (Keeper::Broker, "amqp"));
        assert!((200..=201).contains(&done.report.stored), "{:?}", done.report);
        acknowledged.extend(done.ledger.unwrap().stored().map(|entry| match &entry.key {
            Key::Sealed { device, counter } => (device.to_string(), *counter),
            Key::Hl7 { .. } => unreachable!("only batches were sent"),
        }));
    }
    acknowledged.sort();
    for _ in 0..400 {
        if all_stored(&ward.gateway).await.len() >= acknowledged.len() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(acknowledged, all_stored(&ward.gateway).await);

    // Who may not enter the broker does not begin.
    let mut stranger = queue();
    stranger.account = Some(Account { user: USER.into(), password: "wrong".to_owned().into() });
    for (way, port) in [
        (Way::Amqp(stranger), rabbit.port),
        (Way::AmqpTls(queue(), roots), rabbit.port),
        (Way::Amqp(queue()), rabbit.tls_port),
    ] {
        let lane = ward.site.lane(way, &at(port), &fleet.devices()[0], 1).unwrap();
        let refused = run(plan(1, 1), vec![lane], Arc::default(), CancellationToken::new()).await;
        assert!(refused.is_err(), "{:?}", refused.unwrap().report);
    }
}
