//! A device that delivers through RabbitMQ over mutual TLS, with a gateway behind it that comes and goes.

use std::time::Duration;

use base64::Engine as _;
use device::transport::Transport;
use device::transport::amqp::{Account, Endpoint};
use device::transport::tokens::Scope;
use gateway::config::{AmqpQueue, Config, Remote};
use tokio_util::sync::CancellationToken;

use crate::fixture::{Site, stop, stored};
use crate::rabbit::{PASSWORD, Rabbit, RabbitTls, USER};

const QUEUE: &str = "/queue/batches";

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_keeps_what_a_device_gave_it_until_the_gateway_is_back() {
    let site = Site::new();
    let makers = site.folder.path().join("makers.pem");
    let der = base64::engine::general_purpose::STANDARD.encode(site.maker.certificate());
    std::fs::write(&makers, format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n"))
        .unwrap();
    let tls = RabbitTls { certificate: &site.tls.certificate, key: &site.tls.key, clients: &makers };
    let rabbit = Rabbit::start(Some(&tls));
    let with_queue = |config: &mut Config| {
        let mut at = Remote::plain(format!("localhost:{}", rabbit.port));
        (at.user, at.password) = (Some(USER.into()), Some(rabbit.password()));
        config.sources.amqp.push(AmqpQueue { at, queue: QUEUE.into() });
    };
    let gateway = site.gateway_with("127.0.0.1:0", with_queue).await;
    let device = site.enrolled(&gateway, "monitor-1").await;
    let transport = Transport::Amqp(Endpoint {
        server: site.server(&device, ([127, 0, 0, 1], rabbit.tls_port).into()),
        queue: QUEUE.into(),
        account: Some(Account { user: USER.into(), password: PASSWORD.to_owned().into() }),
        tokens: site.tokens(&device, Scope::Relay),
    });
    let agent = site.agent_over(&device, transport);
    let (mut stats, shutdown) = (agent.stats(), CancellationToken::new());
    let running = tokio::spawn(agent.run(shutdown.clone()));
    stats.wait_for(|stats| stats.acknowledged >= 10).await.unwrap();
    stop(gateway).await;
    // The token lasts; the broker takes what comes.
    let before = stats.borrow().acknowledged;
    stats.wait_for(|stats| stats.acknowledged >= before + 10).await.unwrap();
    let gateway = site.gateway_with("127.0.0.1:0", with_queue).await;
    shutdown.cancel();
    let stats = running.await.unwrap().unwrap();
    assert_eq!((stats.acknowledged, stats.spooled, stats.connections), (stats.sealed, 0, 1), "{stats:?}");
    let wanted: Vec<_> = (1..=stats.sealed).collect();
    for _ in 0..400 {
        if stored(&gateway, &device).await == wanted {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(stored(&gateway, &device).await, wanted);
    stop(gateway).await;
}
