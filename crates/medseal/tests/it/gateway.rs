//! `medseal gateway init`, `check` and what `run` prints.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};

use crate::support::{medseal, output, prepared, shown};

#[test]
fn a_first_configuration_is_written_once_and_says_what_is_left_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = shown(&folder.path().join("gateway.toml"));
    output(&["gateway", "init", &path]);
    let again = medseal(&["gateway", "init", &path]).output().unwrap();
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("is there already"));
    let checked = medseal(&["gateway", "check", &path]).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert_eq!(checked.status.code(), Some(2), "{said}");
    let text = std::fs::read_to_string(&path).unwrap();
    let line = text.lines().position(|line| line.starts_with("certificate = ")).unwrap() + 1;
    assert!(said.contains(&format!("{path}:{line}:1: error: tls.certificate:")), "{said}");
}

#[test]
fn a_wards_configuration_has_no_error_and_one_with_a_contradiction_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let ward = prepared(folder.path(), 1);
    assert!(output(&["gateway", "check", &ward.gateway()]).contains("no errors and no warnings"));
    let text = std::fs::read_to_string(ward.gateway()).unwrap();
    let line = text.lines().position(|line| line.starts_with("ca = ")).unwrap() + 1;
    std::fs::write(ward.gateway(), text.replace("ca = ", "plain = true\nca = ")).unwrap();
    let checked = medseal(&["gateway", "check", &ward.gateway(), "--json"]).output().unwrap();
    assert_eq!(checked.status.code(), Some(2));
    let report: serde_json::Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!(report["usable"], false, "{report}");
    let finding = &report["findings"][0];
    assert_eq!(
        (&finding["severity"], &finding["key"]),
        (&"error".into(), &"feeds[0].plain".into()),
        "{report}"
    );
    assert_eq!(finding["line"], line, "{report}");
    // What cannot work is not run.
    let run = medseal(&["gateway", "run", &ward.gateway()]).output().unwrap();
    assert_eq!(run.status.code(), Some(2), "{}", String::from_utf8_lossy(&run.stderr));
}

/// What a gateway says until it is ready.
fn said_at_start(config: &str) -> Vec<String> {
    let mut child = medseal(&["gateway", "run", config]).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let said: Vec<_> = lines.take_while(|line| !line.starts_with("sign in once")).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    said
}

#[test]
fn a_certificate_that_is_over_is_an_error_and_keeps_no_gateway_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let ward = prepared(folder.path(), 1);
    let config: toml::Table = toml::from_str(&std::fs::read_to_string(ward.gateway()).unwrap()).unwrap();
    let file = |key: &str| config["tls"][key].as_str().unwrap().to_owned();
    let key = KeyPair::from_pem(&std::fs::read_to_string(file("key")).unwrap()).unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let day = Duration::from_secs(24 * 3600);
    params.not_before = (SystemTime::now() - 2 * day).into();
    params.not_after = (SystemTime::now() - day).into();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    std::fs::write(file("certificate"), params.self_signed(&key).unwrap().pem()).unwrap();
    let checked = medseal(&["gateway", "check", &ward.gateway()]).output().unwrap();
    assert_eq!(checked.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&checked.stdout).contains("error: tls.certificate:"));
    let said = said_at_start(&ward.gateway());
    for words in ["was valid to", "in   sealed batches over MQTT"] {
        assert!(said.iter().any(|line| line.contains(words)), "{words}: {said:#?}");
    }
}

#[test]
fn a_running_gateway_names_every_way_in_and_out() {
    let folder = tempfile::tempdir().unwrap();
    let ward = prepared(folder.path(), 1);
    let said = said_at_start(&ward.gateway());
    for words in ["in   sealed batches over MQTT", "out  pcd-01 to ehr, TLS", "ask  dashboard, API and FHIR"]
    {
        assert!(said.iter().any(|line| line.starts_with(words)), "{words}: {said:#?}");
    }
}
