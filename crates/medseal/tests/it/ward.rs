//! A whole ward from the outside: `medseal ward --attack --json`, and what it leaves behind.

use crate::support::{medseal, output, shown};

#[test]
fn an_attacked_ward_stores_all_that_was_sealed_and_lets_no_attack_through() {
    let folder = tempfile::tempdir().unwrap();
    let data = shown(&folder.path().join("ward"));
    let said = output(&["ward", "--for", "5s", "--devices", "4", "--attack", "--json", "--data", &data]);
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    let count = |name: &str| report[name].as_u64().unwrap_or_else(|| panic!("{name}: {report}"));

    assert_eq!(count("devices"), 4);
    assert!(count("batches_sealed") >= 16, "{report}");
    assert_eq!(count("batches_verified") + count("batches_spooled"), count("batches_sealed"), "{report}");
    assert!(count("readings_stored") >= 4 * count("batches_verified"), "{report}");
    assert!(count("ehr_sent") > 0 && count("ehr_acknowledged") <= count("ehr_sent"), "{report}");
    for reason in ["bad-hash", "repeated-counter", "counter-gap", "unknown-key"] {
        assert_eq!(report["refused"][reason], 1, "{reason}: {report}");
    }
    assert_eq!(report["attacks"].as_array().unwrap().len(), 5);
    assert!(report["attacks"].as_array().unwrap().iter().all(|attack| attack["got_through"] == false));
    for figure in ["first_reading_ms", "seals_per_second", "resident_mib"] {
        assert!(report[figure].as_f64().is_some_and(|value| value > 0.0), "{figure}: {report}");
    }
    assert!(report["latency_ms"]["p99"].as_f64() >= report["latency_ms"]["p50"].as_f64());

    // What is left can be checked without the ward.
    let config = shown(&folder.path().join("ward/gateway.toml"));
    let record = shown(&folder.path().join("bed-01.medseal-record"));
    let maker = shown(&folder.path().join("ward/maker/ca.pem"));
    output(&["gateway", "export", &config, "--device", "bed-01", &record]);
    let told = output(&["verify", &record, "--maker", &maker]);
    assert!(told.contains("Whole"), "{told}");
    a_changed_record_is_found_out(&record, &maker);
    an_exported_log_is_checked_without_the_gateway(&config, folder.path());
    an_archived_stretch_and_what_remains_are_one_log(&config, folder.path());
}

/// The same log with its old part in a file, which is in its place, carried away, and changed.
fn an_archived_stretch_and_what_remains_are_one_log(config: &str, folder: &std::path::Path) {
    let before = output(&["audit", "verify", config]);
    let noted = before.trim().rsplit(' ').next().unwrap().to_owned();
    let told = output(&["audit", "archive", config, "--until", "5"]);
    assert!(told.starts_with("rows 1 to 5: "), "{told}");
    let file = std::path::PathBuf::from(told.lines().next().unwrap().split_once(": ").unwrap().1);
    let whole = output(&["audit", "verify", config, "--head", &noted]);
    assert!(whole.contains("rows 1 to 5: archived, whole in"), "{whole}");
    assert!(!medseal(&["audit", "archive", config, "--until", "5"]).output().unwrap().status.success());
    let carried = folder.join(file.file_name().unwrap());
    std::fs::rename(&file, &carried).unwrap();
    assert!(output(&["audit", "verify", config]).contains("not here: not checked"));
    let (carried_to, text) = (shown(&carried), std::fs::read_to_string(&carried).unwrap());
    let fifth = text.lines().nth(5).unwrap().rsplit('"').nth(1).unwrap();
    let head = format!("5:{fifth}");
    let found = output(&["audit", "verify", config, "--segment", &carried_to, "--head", &head]);
    assert!(found.contains(&format!("whole in {carried_to}")), "{found}");
    let ended = medseal(&["audit", "verify", config, "--head", &head]).output().unwrap();
    assert!(String::from_utf8_lossy(&ended.stderr).contains("name it with --segment"), "{ended:?}");
    std::fs::write(&carried, text.replacen("\"system\"", "\"sys-em\"", 1)).unwrap();
    let ended = medseal(&["audit", "verify", config, "--segment", &carried_to]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "{}", String::from_utf8_lossy(&ended.stderr));
}

/// The audit log of what was just attacked, in a file of its own.
fn an_exported_log_is_checked_without_the_gateway(config: &str, folder: &std::path::Path) {
    let file = shown(&folder.join("audit.jsonl"));
    output(&["audit", "export", config, &file]);
    let told = output(&["audit", "verify", &file]);
    let head = told.trim().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(output(&["audit", "verify", config, "--head", &head]).trim(), told.trim());
    assert_eq!(output(&["audit", "verify", &file, "--head", &head]), told);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\"refuse\""), "{text}");
    std::fs::write(&file, text.replacen("intruder", "innocent", 1)).unwrap();
    let ended = medseal(&["audit", "verify", &file]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("was changed"));
}

/// One character of one sealed batch.
fn a_changed_record_is_found_out(record: &str, maker: &str) {
    let text = std::fs::read_to_string(record).unwrap();
    let line = text.lines().nth(2).unwrap();
    let middle = line.len() / 2;
    let other = if line.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let changed = format!("{}{other}{}", &line[..middle], &line[middle + 1..]);
    std::fs::write(record, text.replace(line, &changed)).unwrap();
    let ended = medseal(&["verify", record, "--maker", maker]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "{}", String::from_utf8_lossy(&ended.stdout));
}

#[test]
fn a_ward_never_takes_over_the_keys_of_another() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("somebody-was-here"), "").unwrap();
    let ended = medseal(&["ward", "--for", "1s", "--data", &shown(folder.path())]).output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("not empty"));
}

#[test]
fn a_ward_delivers_over_every_transport_with_tokens_signed_in_its_elements() {
    let said = output(&["ward", "--for", "6s", "--devices", "4", "--transport", "mixed", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    let count = |name: &str| report[name].as_u64().unwrap_or_else(|| panic!("{name}: {report}"));
    assert!(count("batches_sealed") >= 12, "{report}");
    assert_eq!(count("batches_verified") + count("batches_spooled"), count("batches_sealed"), "{report}");
    assert_eq!((count("batches_spooled"), &report["refused"]), (0, &serde_json::json!({})), "{report}");
}
