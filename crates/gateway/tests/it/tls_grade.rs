//! What testssl.sh says of every port on which the gateway speaks TLS.
//!
//! The release in Debian gives no letter (3.0; letters came with 3.2), so the test asks for more than an A takes: nothing but TLS 1.3 (on the dashboard 1.2 as well), none of
//! the known vulnerabilities, and no finding of any severity besides those of [`ACCEPTED`]. A release that gives letters must give an A.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use gateway::config::Https;
use serde::Deserialize;

use crate::fixture::RunningSite;
use crate::intake_client::with_sources;
use crate::mllp::source;

/// Findings that are no fault of the gateway, each with the reason.
const ACCEPTED: &[(&str, &str)] = &[
    (
        "cert_crlDistributionPoints",
        "the hospital's own CA, which the test makes, publishes no list of withdrawn certificates",
    ),
    ("cert_ocspURL", "the same"),
    ("cert_revocation", "the same"),
    ("OCSP_stapling", "the same: there is no responder to staple an answer of"),
    ("DNS_CAArecord", "localhost is no name that anybody could put a CAA record at"),
    ("certificate_transparency", "a hospital's own CA is in no public log"),
    ("cert_trust", "testssl compares names with the address that it was given"),
    ("cert_subjectAltName", "the same"),
    (
        "cert_validityPeriod",
        "the fixture's certificate outlives what browsers take; the ward's and a site's do not",
    ),
    ("cert_extlifeSpan", "the same"),
    ("cert_expirationStatus", "the same"),
    ("fallback_SCSV", "there is no older version to fall back to"),
    ("engine_problem", "about this machine's OpenSSL"),
];

#[derive(Debug, Deserialize)]
struct Finding {
    id: String,
    severity: String,
    finding: String,
}

/// Whether a run asked less than it should have: its own OpenSSL did not get through, as happens on a machine that is busy. It says so as
/// `optimal_proto` when that was at first, and in a check's own words later.
fn left_something_out(found: &[Finding]) -> bool {
    found
        .iter()
        .any(|one| one.id == "optimal_proto" || one.finding.contains("failed because of connect problem"))
}

/// What testssl.sh finds at a port. A run that left something out is done again.
async fn scan(folder: &Path, name: &str, at: SocketAddr) -> Vec<Finding> {
    let mut found = scan_once(folder, name, at).await;
    for _ in 0..2 {
        if !left_something_out(&found) {
            break;
        }
        found = scan_once(folder, name, at).await;
    }
    found
}

/// Runs testssl.sh against a port.
async fn scan_once(folder: &Path, name: &str, at: SocketAddr) -> Vec<Finding> {
    let json = folder.join(format!("{name}.json"));
    // It would not write over a file that is there.
    let _ = std::fs::remove_file(&json);
    let mut command = tokio::process::Command::new("/usr/bin/testssl");
    command
        .args(["--quiet", "--color", "0", "--warnings", "off", "--ip", "one", "--nodns", "min"])
        // Protocols, categories of ciphers, forward secrecy, the certificate, vulnerabilities.
        .args(["-p", "-s", "-f", "-S", "-U"])
        .arg("--add-ca")
        .arg(folder.join("ca.pem"))
        .arg("--jsonfile")
        .arg(&json)
        .arg(format!("localhost:{}", at.port()))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = command.output().await.expect("needed: apt-get install testssl.sh");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let text = std::fs::read_to_string(&json).unwrap_or_else(|error| panic!("{name}: {error}\n{said}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{said}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_port_with_tls_is_graded_a() {
    let site = RunningSite::with(|config| {
        with_sources(config);
        config.https = Some(Https { listen: "127.0.0.1:0".parse().unwrap() });
        config.sources.mllp.push(source(|source| source.plain = false));
    })
    .await;
    let folder = site.site.folder.path();
    std::fs::write(folder.join("ca.pem"), site.site.maker.ca.pem()).unwrap();
    let addresses = &site.running.addresses;
    let ports = [
        ("mqtt", addresses.mqtt),
        ("https-source", addresses.https_sources[0]),
        ("grpc", addresses.grpc_sources[0]),
        ("mllp", addresses.mllp[0]),
        ("dashboard", addresses.https.unwrap()),
    ];
    let mut wrong = Vec::new();
    for (name, at) in ports {
        let found = scan(folder, name, at).await;
        let of = |id: &str| {
            found.iter().find(|one| one.id == id).map(|one| one.finding.as_str()).unwrap_or_default()
        };
        // People's browsers and scripts may come with TLS 1.2; devices and engines may not.
        let newest_old = if name == "dashboard" { None } else { Some("TLS1_2") };
        for old in ["SSLv2", "SSLv3", "TLS1", "TLS1_1"].into_iter().chain(newest_old) {
            assert!(of(old).starts_with("not offered"), "{name}: {old} {}", of(old));
        }
        assert!(of("TLS1_3").starts_with("offered"), "{name}: {}", of("TLS1_3"));
        let grade = of("overall_grade");
        assert!(grade.is_empty() || grade.starts_with('A'), "{name}: grade {grade}");
        let bad = found.iter().filter(|one| !["OK", "INFO", "DEBUG"].contains(&one.severity.as_str()));
        let bad = bad.filter(|one| !ACCEPTED.iter().any(|(id, _)| one.id.starts_with(id)));
        wrong.extend(bad.map(|one| format!("{name}: {} {} {}", one.severity, one.id, one.finding)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
