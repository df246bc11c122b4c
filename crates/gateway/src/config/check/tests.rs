//! A file for each contradiction (`testdata/check`). What it must lead to stands at its end: `#! SEVERITY LINE KEY part of the
//! problem`, in the order of the report, `-` for no key; `{dir}` is a folder with the certificates that the test makes.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use super::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn put(folder: &Path, name: &str, text: &str, mode: u32) {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Certificates for everything that can be wrong with one.
fn files(folder: &Path) {
    let now = SystemTime::now();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    put(folder, "ca.pem", &ca.pem(), 0o644);
    put(folder, "ca-and-key.pem", &format!("{}{}", ca.pem(), ca.key().serialize_pem()), 0o644);
    put(folder, "empty.pem", "nothing\n", 0o644);
    let key = KeyPair::generate().unwrap();
    put(folder, "good.key", &key.serialize_pem(), 0o600);
    put(folder, "open.key", &key.serialize_pem(), 0o644);
    put(folder, "other.key", &KeyPair::generate().unwrap().serialize_pem(), 0o600);
    let (server, client) = (ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth);
    for (name, from, to, usage, host) in [
        ("good", now - DAY, now + 300 * DAY, &server, true),
        ("over", now - 9 * DAY, now - DAY, &server, true),
        ("early", now + DAY, now + 300 * DAY, &server, true),
        ("soon", now - DAY, now + 9 * DAY, &server, true),
        ("client", now - DAY, now + 300 * DAY, &client, true),
        ("nameless", now - DAY, now + 300 * DAY, &server, false),
    ] {
        let hosts = if host { vec!["gateway.example".to_owned()] } else { Vec::new() };
        let mut params = CertificateParams::new(hosts).unwrap();
        (params.not_before, params.not_after) = (from.into(), to.into());
        params.extended_key_usages = vec![usage.clone()];
        put(folder, &format!("{name}.pem"), &params.signed_by(&key, &ca).unwrap().pem(), 0o644);
    }
}

#[test]
fn every_contradiction_is_found_on_its_line() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/check");
    let (mut wrong, mut count) = (Vec::new(), 0);
    for entry in std::fs::read_dir(cases).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64;
        let report = check_text(&text.replace("{dir}", folder.path().to_str().unwrap()), now);
        let expected: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("#! ")).collect();
        let found: Vec<_> = report.findings.iter().map(told).collect();
        let same = expected.len() == found.len()
            && expected.iter().zip(&report.findings).all(|(expected, finding)| is_told(expected, finding));
        if !same {
            wrong.push(format!("{name}:\n  expected {expected:#?}\n  found {found:#?}"));
        }
        assert!(report.findings.iter().all(|finding| !finding.advice.is_empty()), "{name}");
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 40, "{count}");
}

fn told(finding: &Finding) -> String {
    format!("{} {} {} {}", finding.severity, finding.line, finding.key, finding.problem)
}

fn is_told(expected: &str, finding: &Finding) -> bool {
    let parts: Vec<_> = expected.splitn(4, ' ').collect();
    let [severity, line, key, words] = parts[..] else { return false };
    severity == finding.severity.to_string()
        && line == finding.line.to_string()
        && key.trim_start_matches('-') == finding.key
        && finding.problem.contains(words.trim())
}

#[test]
fn keys_are_shown_as_people_write_them_and_found_where_they_stand() {
    let places = Places::of("a = 1\n[[b.c]]\nd = { e = 2 }\n[[b.c]]\nf = [3,\n 4]\n");
    for (key, place, words) in [
        ("a", (1, 1), "a"),
        ("b.c.0.d.e", (3, 7), "b.c[0].d.e"),
        ("b.c.1.f.1", (6, 2), "b.c[1].f[1]"),
        ("b.c.1.missing", (4, 1), "b.c[1].missing"),
        ("nothing.at.all", (1, 1), "nothing.at.all"),
    ] {
        assert_eq!((places.of_key(key), places::shown(key).as_str()), (place, words), "{key}");
    }
}

/// Only what belongs to the hospital is left to be done: its files.
#[test]
fn the_starting_configuration_is_whole_with_and_without_what_it_offers() {
    let text = include_str!("../starting.toml");
    for text in [text.to_owned(), text.replace("#~ ", "")] {
        let report = check_text(&text, 0);
        assert!(report.config.is_some(), "{:#?}", report.findings);
        for finding in report.findings {
            let is_file = finding.problem.contains("/etc/medseal/") || finding.key == "alarms";
            let is_open = finding.key == "tokens.url";
            assert!(is_file || is_open, "{finding:#?}");
        }
    }
}
