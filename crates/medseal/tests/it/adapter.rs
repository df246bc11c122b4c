//! `medseal adapter` from the outside.

use crate::support::{medseal, shown};
use std::path::Path;

const ANALYSER: &str = include_str!("../../../../testdata/adapters/analyser.csv");

fn data(name: &str) -> String {
    shown(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/adapters").join(name))
}

/// Exit code, standard output and standard error.
fn ended(words: &[&str]) -> (i32, String, String) {
    let output = medseal(words).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_capture_is_shown_with_every_byte_accounted_for() {
    let (code, out, err) = ended(&["adapter", "test", "gatt", &data("gatt.hex")]);
    assert_eq!(code, 0, "{out}{err}");
    for line in [
        "120 mm[Hg] 150021 MDC_PRESS_BLD_NONINV_SYS",
        "36.4 Cel 150364 MDC_TEMP_BODY",
        "all accounted for: 7 records with 16 readings",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    let (code, out, _) = ended(&["adapter", "list"]);
    assert_eq!(code, 0);
    for name in ["mapped", "gatt", "phd", "serial", "sdc"] {
        assert!(out.lines().any(|line| line.starts_with(name)), "{out}");
    }
}

#[test]
fn what_is_refused_is_the_exit_code_with_offset_line_and_remedy() {
    let (config, capture) = (data("analyser.toml"), data("analyser.csv"));
    let (code, out, err) = ended(&["adapter", "test", "mapped", &capture, "--config", &config]);
    assert_eq!(code, 1, "{out}{err}");
    let at = ANALYSER.find("six").unwrap();
    let line = format!("{at:>12}  Result (line 8, column 30): \"six\" is no number");
    assert!(out.contains(&line), "{line}\n{out}");
    assert!(out.contains("is no moment") && out.contains("set the mapping's time format"), "{out}");

    let (code, out, _) = ended(&["adapter", "test", "mapped", &capture, "--config", &config, "--json"]);
    assert_eq!(code, 1);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (report["refused"].as_u64(), report["bytes"].as_u64()),
        (Some(2), Some(ANALYSER.len() as u64))
    );
    let entries = report["entries"].as_array().unwrap();
    let covered: u64 = entries.iter().map(|entry| entry["length"].as_u64().unwrap()).sum();
    assert_eq!(covered, ANALYSER.len() as u64);
    let reading = &entries.iter().find(|entry| entry["fate"] == "stored").unwrap()["readings"][0];
    assert_eq!(
        (reading["value"].as_str(), reading["unit"].as_str(), reading["code"].as_u64()),
        (Some("5.55"), Some("mmol/L"), Some(160_184))
    );
}

#[test]
fn faults_of_what_a_person_wrote_have_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        shown(&path)
    };
    let bad = file("bad.toml", "format = \"csv\"\n[[value]]\nfrom = \"a\"\ncode = 3\nunit = \"Cel\"\n");
    let (code, _, err) = ended(&["adapter", "test", "mapped", &data("analyser.csv"), "--config", &bad]);
    assert!(code == 2 && err.contains("line 4, column 8: code 3 is not known"), "{err}");
    let hex = file("bad.hex", "# medseal capture\n00 0g\n");
    let (code, _, err) = ended(&["adapter", "test", "phd", &hex]);
    assert!(code == 2 && err.contains("line 2, column 4"), "{err}");
    let (code, _, err) = ended(&["adapter", "test", "morse", &hex]);
    assert!(code == 2 && err.contains("there are mapped, gatt, phd, serial, sdc"), "{err}");
    let (code, _, err) = ended(&["adapter", "test", "mapped", &data("gatt.hex")]);
    assert!(code == 2 && err.contains("this adapter needs a configuration"), "{err}");
}
