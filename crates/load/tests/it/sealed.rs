//! Sealed batches over MQTT.

use std::sync::Arc;
use std::time::Duration;

use load::link::{Verdict, Version};
use load::plan::Pace;
use load::{Counters, Key, Lane, Messages, Plan, Target, Way, run};
use tokio_util::sync::CancellationToken;

use crate::{Ward, all_stored, plan};

impl Ward {
    fn lanes(&self, way: Way, count: usize, readings: u32) -> Vec<Lane> {
        let addresses = &self.gateway.addresses;
        let target = match way {
            Way::Mqtt(_) => Target::local(addresses.mqtt),
            Way::Https => Target::local(addresses.https_sources[0]),
            Way::Grpc => Target::local(addresses.grpc_sources[0]),
            Way::Amqp(_) | Way::AmqpTls(..) => unreachable!("brokers are loaded elsewhere"),
        };
        let (target, fleet) = (target.unwrap(), self.site.fleet().unwrap());
        let devices = fleet.first(count).unwrap().iter();
        devices.map(|device| self.site.lane(way.clone(), &target, device, readings).unwrap()).collect()
    }
}

const MQTT: Way = Way::Mqtt(Version::V5);

#[tokio::test(flavor = "multi_thread")]
async fn what_the_ledger_calls_stored_is_what_the_store_holds() {
    for way in [MQTT, Way::Mqtt(Version::V311), Way::Https, Way::Grpc] {
        stored_by(way).await;
    }
}

async fn stored_by(way: Way) {
    let ward = Ward::with_devices(4).await;
    let done =
        run(plan(200, 8), ward.lanes(way, 4, 3), Arc::default(), CancellationToken::new()).await.unwrap();
    let report = &done.report;
    assert!(report.is_clean(), "{report:?}");
    assert!((200..=203).contains(&report.stored), "{report:?}");
    assert!(report.stored_per_second > 0.0 && report.readings_per_second > report.stored_per_second * 2.9);
    let latency = report.latency_ms.unwrap();
    assert!(latency.min <= latency.p50 && latency.p50 <= latency.p99 && latency.p99 <= latency.max);
    let counted: u64 = report.histogram_us.iter().map(|(_, count)| count).sum();
    assert_eq!(counted, report.stored);
    let mut acknowledged: Vec<_> = done.ledger.unwrap().stored().map(|entry| sealed(&entry.key)).collect();
    acknowledged.sort();
    assert_eq!(acknowledged, all_stored(&ward.gateway).await);
}

fn sealed(key: &Key) -> (String, u64) {
    match key {
        Key::Sealed { device, counter } => (device.to_string(), *counter),
        Key::Hl7 { .. } => unreachable!("only batches were sent"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_goes_on_from_run_to_run() {
    let ward = Ward::with_devices(1).await;
    for _ in 0..2 {
        let done =
            run(plan(5, 2), ward.lanes(MQTT, 1, 1), Arc::default(), CancellationToken::new()).await.unwrap();
        assert!(done.report.is_clean(), "{:?}", done.report);
        let mut fleet = ward.site.fleet().unwrap();
        fleet.remember(done.lanes.into_iter().filter_map(|lane| match lane.messages {
            Messages::Sealed(sealed) => Some(*sealed),
            Messages::Hl7(_) => None,
        }));
        fleet.write(&ward.site.fleet_path()).unwrap();
    }
    let device = || "load-00001".to_owned();
    assert_eq!(
        all_stored(&ward.gateway).await,
        (1..=10).map(|counter| (device(), counter)).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_with_the_gateways_word() {
    let ward = Ward::with_devices(1).await;
    let lanes = || ward.lanes(MQTT, 1, 1);
    let first = run(plan(3, 1), lanes(), Arc::default(), CancellationToken::new()).await.unwrap();
    assert!(first.report.is_clean());
    // Another run that knows nothing of the first begins the chain anew.
    let again = run(plan(3, 1), lanes(), Arc::default(), CancellationToken::new()).await.unwrap();
    assert_eq!(again.report.refused.get("repeated-counter"), Some(&3), "{:?}", again.report);
    assert!(!again.report.is_clean());
    let refused = Some(Verdict::Refused("repeated-counter".into()));
    assert!(again.ledger.unwrap().entries().iter().all(|entry| entry.verdict == refused));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_open_loop_sends_at_its_rate_and_measures_from_when_a_message_was_due() {
    let ward = Ward::with_devices(2).await;
    let plan = Plan::new(Pace::Rate { per_second: 100.0, window: 16 }).unwrap();
    let plan = plan.lasting(Duration::from_secs(1), Duration::from_millis(200)).unwrap();
    let counters: Arc<Counters> = Arc::default();
    let done = run(plan, ward.lanes(MQTT, 2, 1), counters, CancellationToken::new()).await.unwrap();
    let report = done.report;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.stored, report.latency_from), (120, "due"), "{report:?}");
    let measured: u64 = report.histogram_us.iter().map(|(_, count)| count).sum();
    assert_eq!(measured, 100, "the warm-up is not measured");
}
