//! Every transport against a real gateway: all arrives once and in order, with the gateway going away and with answers that get lost.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use device::transport::Transport;
use device::transport::mqtt::Version;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::fixture::{Device, Site, run_until, stop, stored};

/// The ways that end at the gateway itself.
const WAYS: [&str; 4] = ["mqtt-5", "mqtt-311", "https", "grpc"];

fn over(way: &str, site: &Site, device: &Device, address: SocketAddr) -> Transport {
    match way {
        "mqtt-5" => site.over_mqtt(device, address, Version::V5),
        "mqtt-311" => site.over_mqtt(device, address, Version::V311),
        "https" => site.over_https(device, address),
        _ => site.over_grpc(device, address),
    }
}

fn listener(way: &str, site: &Site, mqtt: SocketAddr) -> SocketAddr {
    match way {
        "https" => site.https,
        "grpc" => site.grpc,
        _ => mqtt,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_transport_delivers_everything_in_order() {
    let site = Site::new();
    let gateway = site.gateway("127.0.0.1:0").await;
    for way in WAYS {
        let device = site.enrolled(&gateway, way).await;
        let address = listener(way, &site, gateway.addresses.mqtt);
        let agent = site.agent_over(&device, over(way, &site, &device, address));
        let stats = run_until(agent, |stats| stats.acknowledged >= 10).await;
        assert_eq!((stats.acknowledged, stats.spooled), (stats.sealed, 0), "{way}: {stats:?}");
        assert_eq!((stats.refused.len(), stats.connections), (0, 1), "{way}: {stats:?}");
        assert_eq!(stored(&gateway, &device).await, (1..=stats.sealed).collect::<Vec<_>>(), "{way}");
    }
    stop(gateway).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_transport_waits_for_a_gateway_that_went_away() {
    let site = Site::new();
    let mut gateway = site.gateway("127.0.0.1:0").await;
    let mqtt = gateway.addresses.mqtt;
    let shutdown = CancellationToken::new();
    let mut running = Vec::new();
    for way in WAYS {
        let device = site.enrolled(&gateway, way).await;
        let agent = site.agent_over(&device, over(way, &site, &device, listener(way, &site, mqtt)));
        running.push((way, device, agent.stats(), tokio::spawn(agent.run(shutdown.clone()))));
    }
    for _ in 0..2 {
        for (_, _, stats, _) in &mut running {
            let before = stats.borrow().acknowledged;
            stats.wait_for(|stats| stats.acknowledged >= before + 3).await.unwrap();
        }
        stop(gateway).await;
        for (_, _, stats, _) in &mut running {
            stats.wait_for(|stats| !stats.connected && stats.spooled >= 5).await.unwrap();
        }
        gateway = site.gateway(&mqtt.to_string()).await;
    }
    for (_, _, stats, _) in &mut running {
        stats.wait_for(|stats| stats.connections >= 3 && stats.spooled <= 1).await.unwrap();
    }
    shutdown.cancel();
    for (way, device, _, task) in running {
        let stats = task.await.unwrap().unwrap();
        assert_eq!((stats.acknowledged, stats.spooled), (stats.sealed, 0), "{way}: {stats:?}");
        assert_eq!(stored(&gateway, &device).await, (1..=stats.sealed).collect::<Vec<_>>(), "{way}");
    }
    stop(gateway).await;
}

/// Stands before a listener. While `cutting`, what the listener says is swallowed after a while, and then the connection is cut.
async fn deaf_proxy(to: SocketAddr, cutting: Arc<AtomicBool>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let cutting = cutting.clone();
            tokio::spawn(async move {
                let Ok(far) = TcpStream::connect(to).await else { return };
                let ((mut near_in, mut near_out), (mut far_in, mut far_out)) =
                    (near.into_split(), far.into_split());
                let up = tokio::spawn(async move { tokio::io::copy(&mut near_in, &mut far_out).await });
                let (since, mut buffer) = (tokio::time::Instant::now(), vec![0; 4096]);
                let (deaf, end) = (Duration::from_millis(600), Duration::from_millis(1100));
                while let Ok(Ok(count @ 1..)) = tokio::time::timeout(end, far_in.read(&mut buffer)).await {
                    if cutting.load(Relaxed) && since.elapsed() > end {
                        break;
                    }
                    let swallowed = cutting.load(Relaxed) && since.elapsed() > deaf;
                    if !swallowed && near_out.write_all(&buffer[..count]).await.is_err() {
                        break;
                    }
                }
                up.abort();
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_given_again_and_the_batch_stored_once() {
    for way in WAYS {
        let site = Site::new();
        let gateway = site.gateway("127.0.0.1:0").await;
        let device = site.enrolled(&gateway, way).await;
        let cutting = Arc::new(AtomicBool::new(true));
        let proxy = deaf_proxy(listener(way, &site, gateway.addresses.mqtt), cutting.clone()).await;
        let metrics = gateway.services.metrics.clone();
        let agent = site.agent_over(&device, over(way, &site, &device, proxy));
        let stats = run_until(agent, |stats| {
            if metrics.duplicates.load(Relaxed) > 0 {
                cutting.store(false, Relaxed);
            }
            !cutting.load(Relaxed) && stats.spooled <= 1 && stats.acknowledged > 10
        })
        .await;
        assert_eq!((stats.acknowledged, stats.spooled), (stats.sealed, 0), "{way}: {stats:?}");
        assert!(stats.connections > 1, "{way}: {stats:?}");
        assert_eq!(stored(&gateway, &device).await, (1..=stats.sealed).collect::<Vec<_>>(), "{way}");
        stop(gateway).await;
    }
}
