//! `kill -9` of gateway, device and EHR at random points under load: nothing acknowledged is lost, nothing is twice in the record, the
//! counter never goes back, and no gap is left.

use crate::support::{Service, output, prepared, shown};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How often something is killed.
const KILLS: usize = 24;

#[test]
fn kill_9_at_random_points_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ward = prepared(folder.path(), 2);
    ward.hurry(100);
    let ehr: Vec<&str> = ward.ehr.iter().map(String::as_str).collect();
    let (gateway, beds) = (ward.gateway(), ward.beds.clone());
    let configs: Vec<String> = beds.iter().map(|bed| ward.device(bed)).collect();
    let mut services = vec![Service::start(&["gateway", "run", &gateway]), Service::start(&ehr)];
    services.extend(configs.iter().map(|config| Service::start(&["device", "run", config])));

    let mut random = Random::seeded();
    for round in 0..KILLS {
        std::thread::sleep(Duration::from_millis(50 + random.below(600)));
        // Each in turn, and now and then two at once.
        let index = round % services.len();
        services[index].kill_and_restart();
        if random.below(4) == 0 {
            let other = random.below(services.len() as u64) as usize;
            services[other].kill_and_restart();
        }
    }
    std::thread::sleep(Duration::from_secs(3));

    // Devices first: they deliver what is spooled before they end.
    while services.len() > 2 {
        services.pop().unwrap().stop();
    }
    wait_for_delivery(&ward.root);
    while let Some(service) = services.pop() {
        service.stop();
    }
    for bed in &beds {
        let record = shown(&folder.path().join(format!("{bed}.medseal-record")));
        output(&["gateway", "export", &gateway, "--device", bed, &record]);
        let maker = shown(&ward.root.join("maker/ca.pem"));
        let report: serde_json::Value =
            serde_json::from_str(&output(&["verify", &record, "--maker", &maker, "--json"])).unwrap();
        let chain = &report["chains"][0];
        assert_eq!(report["fault_count"], 0, "{report}");
        assert_eq!(chain["first"], 1, "{report}");
        assert_eq!(chain["batches"], chain["last"], "{report}");
        assert!(chain["batches"].as_u64().unwrap() > 10, "{report}");
        assert_eq!(
            chain["last"].as_u64().unwrap(),
            element_counter(&ward.root, bed),
            "all seals are in the record"
        );
    }
}

/// The counter as the element itself tells it (GET STATUS, docs/formats.md).
fn element_counter(root: &std::path::Path, bed: &str) -> u64 {
    let card = shown(&root.join("devices").join(bed).join("element.card"));
    let said = output(&["card", "apdu", &card, "00A4040009F04D45445345414C01", "8028000000"]);
    let status = said.lines().last().unwrap();
    assert!(status.ends_with("9000"), "{said}");
    u64::from_str_radix(&status[6..22], 16).unwrap()
}

/// Waits until the EHR's file no longer grows.
fn wait_for_delivery(root: &std::path::Path) {
    let file = root.join("ehr.jsonl");
    let size = || std::fs::metadata(&file).map_or(0, |metadata| metadata.len());
    let end = Instant::now() + Duration::from_secs(20);
    let mut last = size();
    while Instant::now() < end {
        std::thread::sleep(Duration::from_millis(700));
        let now = size();
        if now == last && now > 0 {
            return;
        }
        last = now;
    }
}

/// Small and good enough to spread the kills; the seed is printed so that a failure can be looked at.
struct Random(u64);

impl Random {
    fn seeded() -> Self {
        let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64 | 1;
        println!("seed {seed}");
        Self(seed)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
