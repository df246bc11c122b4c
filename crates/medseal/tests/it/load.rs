//! `medseal load` from the outside: a prepared site, a gateway in a process of its own, every way in.

use crate::rabbit::{Rabbit, USER};
use crate::support::{Service, medseal, output, shown};
use serde_json::Value;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A prepared site and its running gateway.
struct Site {
    folder: PathBuf,
    _gateway: Service,
    /// Where the ways in are, by name.
    ways: Vec<(String, String)>,
}

impl Site {
    fn start(folder: &Path, devices: usize) -> Self {
        Self::start_with(folder, devices, "")
    }

    /// The same with more in the gateway's configuration.
    fn start_with(folder: &Path, devices: usize, more: &str) -> Self {
        let folder = folder.join("site");
        let said = output(&["load", "prepare", &shown(&folder), "--devices", &devices.to_string()]);
        let config = folder.join("gateway.toml");
        let text = std::fs::read_to_string(&config).unwrap();
        std::fs::write(&config, text + more).unwrap();
        let lines: Vec<Vec<&str>> = said.lines().map(|line| line.split_whitespace().collect()).collect();
        let gateway = Service::start(&lines[0][1..]);
        let ways = lines[1..].iter().map(|words| (words[2].to_owned(), words[3].to_owned()));
        let ways: Vec<_> = ways.collect();
        for (way, address) in &ways {
            let listens = (0..600).any(|_| {
                std::thread::sleep(Duration::from_millis(50));
                TcpStream::connect(address).is_ok()
            });
            assert!(listens, "{way} at {address}");
        }
        Self { folder, _gateway: gateway, ways }
    }

    fn at(&self, way: &str) -> &str {
        self.ways.iter().find(|(name, _)| name == way).map(|(_, address)| address.as_str()).unwrap()
    }

    fn load(&self, way: &str, more: &[&str]) -> Value {
        let said = output(&[&["load", way, self.at(way), "--for", "60s", "--json"], more].concat());
        serde_json::from_str(&said).unwrap_or_else(|_| panic!("one JSON object: {said}"))
    }
}

#[test]
fn each_way_in_takes_what_it_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(folder.path(), 3);
    let at = shown(&site.folder);
    let devices = ["--site", &at, "--connections", "3", "--window", "4", "--count", "60"];
    let ledger = shown(&folder.path().join("ledger"));
    for way in ["mqtt", "https", "grpc", "mqtt"] {
        let report = site.load(way, &[&devices[..], &["--sealed-ahead", "5", "--ledger", &ledger]].concat());
        let stored = report["stored"].as_u64().unwrap();
        assert!((60..=62).contains(&stored), "{report}");
        assert_eq!((&report["input"], &report["loop"]), (&way.into(), &"closed".into()), "{report}");
        let latency = &report["latency_ms"];
        assert!(latency["p50"].as_f64().unwrap() <= latency["p999"].as_f64().unwrap(), "{report}");
        let entries = std::fs::read_to_string(&ledger).unwrap();
        let entries: Vec<Value> = entries.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(entries.len() as u64, stored);
        assert!(entries.iter().all(|entry| entry["verdict"] == "stored" && entry["counter"].is_u64()));
    }
    let open = site.load("mllp", &["--connections", "2", "--rate", "50", "--count", "40", "--window", "8"]);
    assert_eq!((&open["loop"], &open["latency_from"]), (&"open".into(), &"due".into()), "{open}");
    let words = ["load", "mllp", site.at("mllp"), "--connections", "2", "--count", "20"];
    let said = output(&words);
    assert!(said.contains("messages/s stored") && said.contains("coordinated omission"), "{said}");
}

#[test]
fn a_queue_is_loaded_and_what_comes_out_behind_it_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let rabbit = Rabbit::start(None);
    let (broker, password) = (format!("127.0.0.1:{}", rabbit.port), shown(&rabbit.password()));
    let queue = "/queue/batches";
    let more = format!(
        "\n[[sources.amqp]]\nqueue = \"{queue}\"\n\
         at = {{ address = \"{broker}\", plain = true, user = \"{USER}\", password = \"{password}\" }}\n"
    );
    let site = Site::start_with(folder.path(), 3, &more);
    let at = shown(&site.folder);
    let queue =
        ["load", "amqp", &broker, "--plain", "--queue", queue, "--user", USER, "--password", &password];
    let sent = ["--site", &at, "--connections", "3", "--window", "8", "--count", "300", "--for", "60s"];
    let words = [&queue[..], &sent, &["--until-stored", "--json"]].concat();
    let report: Value = serde_json::from_str(&output(&words)).unwrap();
    let accepted = report["stored"].as_u64().unwrap();
    assert!((300..=302).contains(&accepted), "{report}");
    assert_eq!((&report["input"], &report["stored_by"]), (&"amqp".into(), &"broker".into()), "{report}");
    let behind = &report["behind"];
    assert_eq!((&behind["stored"], &behind["refused"]), (&accepted.into(), &0.into()), "{report}");
    assert!(behind["stored_per_second"].as_f64().unwrap() > 0.0, "{report}");
    let said = output(&[&queue[..], &sent].concat());
    assert!(said.contains("accepted by the broker") && !said.contains("messages/s stored"), "{said}");
    let unprotected = ["load", "amqp", &broker, "--queue", "q", "--site", &at];
    assert_eq!(medseal(&unprotected).output().unwrap().status.code(), Some(2), "neither a CA nor --plain");
}

#[test]
fn the_exit_code_tells_what_kind_of_trouble_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(folder.path(), 1);
    let (at, fleet) = (shown(&site.folder), site.folder.join("load/fleet.json"));
    let words = ["load", "mqtt", site.at("mqtt"), "--site", &at, "--connections", "1", "--count", "2"];
    let code = |words: &[&str]| {
        let ended = medseal(words).output().unwrap();
        (ended.status.code().unwrap(), String::from_utf8(ended.stderr).unwrap())
    };
    let before = std::fs::read(&fleet).unwrap();
    assert_eq!(code(&words).0, 0);
    std::fs::write(&fleet, before).unwrap();
    let (refused, said) = code(&words);
    assert!(
        refused == 1 && said.contains("2 refused"),
        "a fleet that was set back repeats its counters: {said}"
    );
    let (elsewhere, said) = code(&["load", "mllp", "192.0.2.1:2575"]);
    assert!(elsewhere == 2 && said.contains("not this machine"), "{said}");
    assert_eq!(code(&["load", "mllp", "127.0.0.1:1", "--count", "1"]).0, 3, "nobody listens");
    assert_eq!(code(&["load", "mllp", site.at("mllp"), "--for", "1000h"]).0, 2, "it would not end");
    let (running, said) = code(&["load", "prepare", &at, "--devices", "2"]);
    assert!(running == 3 && said.contains("another process"), "{said}");
}
