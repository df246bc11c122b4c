//! An agent and a gateway, with one of them going away.

use std::collections::BTreeMap;

use device::transport::mqtt::Version;
use device::ward::Ward;
use tokio_util::sync::CancellationToken;

use crate::fixture::{Site, run_until, stop, stored};

#[tokio::test]
async fn all_that_is_measured_arrives_in_order() {
    let site = Site::new();
    let gateway = site.gateway("127.0.0.1:0").await;
    for (name, version) in [("monitor-5", Version::V5), ("monitor-311", Version::V311)] {
        let device = site.enrolled(&gateway, name).await;
        let agent = site.agent(&device, gateway.addresses.mqtt, version);
        let stats = run_until(agent, |stats| stats.acknowledged >= 10).await;
        assert_eq!((stats.acknowledged, stats.spooled), (stats.sealed, 0), "{stats:?}");
        assert_eq!((stats.refused, stats.connections), (BTreeMap::new(), 1));
        assert_eq!(stored(&gateway, &device).await, (1..=stats.sealed).collect::<Vec<_>>());
    }
    stop(gateway).await;
}

#[tokio::test]
async fn what_is_measured_without_a_gateway_arrives_when_it_is_back() {
    let site = Site::new();
    let gateway = site.gateway("127.0.0.1:0").await;
    let address = gateway.addresses.mqtt;
    let device = site.enrolled(&gateway, "monitor-1").await;
    let agent = site.agent(&device, address, Version::V5);
    let shutdown = CancellationToken::new();
    let mut stats = agent.stats();
    let running = tokio::spawn(agent.run(shutdown.clone()));
    stats.wait_for(|stats| stats.acknowledged >= 3).await.unwrap();
    stop(gateway).await;
    stats.wait_for(|stats| !stats.connected && stats.spooled >= 5).await.unwrap();
    let gateway = site.gateway(&address.to_string()).await;
    stats.wait_for(|stats| stats.connections >= 2 && stats.spooled <= 1).await.unwrap();
    shutdown.cancel();
    let stats = running.await.unwrap().unwrap();
    assert_eq!((stats.acknowledged, stats.spooled), (stats.sealed, 0), "{stats:?}");
    assert_eq!(stored(&gateway, &device).await, (1..=stats.sealed).collect::<Vec<_>>());
    stop(gateway).await;
}

#[tokio::test]
async fn what_was_spooled_is_delivered_by_the_next_run() {
    let site = Site::new();
    let gateway = site.gateway("127.0.0.1:0").await;
    let device = site.enrolled(&gateway, "monitor-1").await;
    // A port where nobody listens.
    let nowhere = "127.0.0.1:1".parse().unwrap();
    let before = run_until(site.agent(&device, nowhere, Version::V5), |stats| stats.spooled >= 4).await;
    assert_eq!(before.spooled, before.sealed);
    let agent = site.agent(&device, gateway.addresses.mqtt, Version::V5);
    let after = run_until(agent, |stats| stats.acknowledged >= before.sealed + 3).await;
    assert_eq!(stored(&gateway, &device).await, (1..=before.sealed + after.sealed).collect::<Vec<_>>());
    assert_eq!(after.unknown_seals, 0);
    stop(gateway).await;
}

#[tokio::test]
async fn a_device_that_is_not_enrolled_keeps_its_batches() {
    let site = Site::new();
    let gateway = site.gateway("127.0.0.1:0").await;
    let device = site.device("monitor-1");
    let agent = site.agent(&device, gateway.addresses.mqtt, Version::V5);
    let stats = run_until(agent, |stats| stats.sealed >= 10).await;
    assert_eq!((stats.spooled, stats.acknowledged, stats.aside), (stats.sealed, 0, 0), "{stats:?}");
    stop(gateway).await;
}

#[tokio::test]
async fn a_lost_spool_shows_as_a_gap_and_is_not_hidden() {
    let site = Site::new();
    let gateway = site.gateway("127.0.0.1:0").await;
    let device = site.enrolled(&gateway, "monitor-1").await;
    let nowhere = "127.0.0.1:1".parse().unwrap();
    let lost = run_until(site.agent(&device, nowhere, Version::V5), |stats| stats.sealed >= 3).await;
    std::fs::remove_dir_all(site.spool(&device)).unwrap();
    let agent = site.agent(&device, gateway.addresses.mqtt, Version::V5);
    let stats = run_until(agent, |stats| stats.aside >= 2).await;
    assert_eq!(stats.unknown_seals, lost.sealed);
    assert!(stats.refused[&seal::Reason::CounterGap] > 2, "{stats:?}");
    assert_eq!((stats.acknowledged, stored(&gateway, &device).await.len()), (0, 0));
    stop(gateway).await;
}

#[tokio::test]
async fn a_ward_delivers_for_all_its_devices() {
    let site = Site::new();
    let gateway = site.gateway("127.0.0.1:0").await;
    let mut devices = Vec::new();
    for bed in 1..=5 {
        devices.push(site.enrolled(&gateway, &format!("monitor-{bed}")).await);
    }
    let agents = devices.iter().map(|device| site.agent(device, gateway.addresses.mqtt, Version::V5));
    let shutdown = CancellationToken::new();
    let ward = Ward::start(agents.collect(), &shutdown);
    for stats in ward.each() {
        stats.clone().wait_for(|stats| stats.acknowledged >= 4).await.unwrap();
    }
    assert!(ward.stats().connected);
    shutdown.cancel();
    let stats = ward.stopped().await.unwrap();
    assert_eq!((stats.acknowledged, stats.spooled, stats.connections), (stats.sealed, 0, 5), "{stats:?}");
    let mut sum = 0;
    for device in &devices {
        sum += stored(&gateway, device).await.len() as u64;
    }
    assert_eq!(sum, stats.sealed);
    stop(gateway).await;
}
