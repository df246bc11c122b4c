//! The five attacks against a real gateway.

use device::attack::Attacker;
use device::source::{Course, SourceConfig};
use device::transport::mqtt::Version;

use crate::fixture::{Site, stop, stored};

#[tokio::test]
async fn every_attack_is_refused_for_its_reason_and_does_no_harm() {
    let site = Site::new();
    let gateway = site.gateway("127.0.0.1:0").await;
    for name in ["intruder-5", "intruder-311", "intruder-https", "intruder-grpc"] {
        let device = site.enrolled(&gateway, name).await;
        let source = SourceConfig::BedsideMonitor { bed: 9, course: Course::Steady }.open().unwrap();
        let transport = match name {
            "intruder-5" => site.over_mqtt(&device, gateway.addresses.mqtt, Version::V5),
            "intruder-311" => site.over_mqtt(&device, gateway.addresses.mqtt, Version::V311),
            "intruder-https" => site.over_https(&device, site.https),
            _ => site.over_grpc(&device, site.grpc),
        };
        let attacker = Attacker::new(device.id.clone(), device.element.clone(), source, transport);
        let administration = gateway.services.administration("test");
        let report = attacker.run(async || administration.revoke(&device.id).await).await.unwrap();
        assert_eq!(report.outcomes.len(), 5);
        assert!(report.all_held(), "{report:#?}");
        assert_eq!(stored(&gateway, &device).await, [1, 2, 3, 4]);
    }
    stop(gateway).await;
}
