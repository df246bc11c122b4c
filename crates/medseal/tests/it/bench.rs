//! `medseal card bench` on a card in a file.

use crate::support::{medseal, output, shown};

#[test]
fn a_card_with_the_benchmark_applet_is_measured_and_another_is_told_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let card = shown(&folder.path().join("bench.card"));
    output(&["card", "new", &card]);
    let ended = medseal(&["card", "bench", &card]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("bench.cap"));

    output(&["card", "load", &card, concat!(env!("CARGO_MANIFEST_DIR"), "/../../benches/applet/bench.cap")]);
    output(&["card", "install", &card]);
    let said = output(&["card", "bench", &card, "--time", "20", "--json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&said).unwrap();
    let kinds: Vec<&str> = rows.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    let first = ["empty-apdu", "short-loop", "int-loop", "bubble-sort", "virtual-calls", "interface-calls"];
    let second = ["ecdsa-sign", "aes-cbc", "transactions", "transaction-apdus", "array-copies"];
    assert_eq!(kinds, [&first[..], &second].concat());
    assert!(rows.iter().all(|row| row["per_second"].as_f64().unwrap() > 0.0), "{said}");
    assert_eq!(output(&["card", "bench", &card, "--time", "10"]).lines().count(), rows.len());
}
