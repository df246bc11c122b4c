//! What testssl.sh found, from its flat JSON output (`--jsonfile`): an array of findings `{ id, ip, port, severity, finding }`.
//!
//! | id | finding |
//! |---|---|
//! | `SSLv2` `SSLv3` `TLS1` `TLS1_1` `TLS1_2` `TLS1_3` | `not offered`, or `offered` with more words |
//! | `cipher-tls1_2_xc02c` | a line of the table of suites, whose last word is IANA's name |
//! | `cert_signatureAlgorithm` | such as `ECDSA with SHA256`; with a number after it where there are several certificates |
//! | `scanProblem` | what kept it from going on |

use super::limits;
use super::suites::{Offer, OfferedSuite, TlsVersion};
use serde::Deserialize;
use thiserror::Error;

/// Why the JSON is not testssl.sh's, or tells of no scan.
#[derive(Debug, Error)]
pub enum TestsslError {
    /// More than is read.
    #[error("{0} bytes are more than the {limit} that are read", limit = limits::TESTSSL_JSON)]
    TooLarge(usize),
    /// Not its JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It could not scan.
    #[error("the scan did not go on: {0}")]
    Problem(String),
    /// Nothing is said of any version.
    #[error("nothing is said of any version of TLS")]
    Nothing,
}

#[derive(Deserialize)]
struct Finding {
    id: String,
    finding: String,
}

/// Reads what an endpoint offers.
///
/// # Errors
/// [`TestsslError`], when it is not that, or the scan did not come so far.
pub fn offer(json: &str) -> Result<Offer, TestsslError> {
    if json.len() > limits::TESTSSL_JSON {
        return Err(TestsslError::TooLarge(json.len()));
    }
    let findings: Vec<Finding> = serde_json::from_str(json)?;
    let mut offer = Offer::default();
    let mut has_version = false;
    for Finding { id, finding } in findings {
        if id == "scanProblem" {
            return Err(TestsslError::Problem(finding.chars().take(200).collect()));
        }
        if let Some(version) = version(&id.replace("SSLv", "ssl").to_lowercase()) {
            has_version = true;
            if finding.starts_with("offered") {
                offer.versions.insert(version);
            } else if !finding.starts_with("not offered") {
                offer.unclear.insert(version);
            }
        } else if let Some((version, name)) = suite(&id, &finding) {
            offer.suites.insert(OfferedSuite { version, name });
        } else if id.starts_with("cert_signatureAlgorithm") {
            offer.certificate = Some(finding);
        }
    }
    if has_version { Ok(offer) } else { Err(TestsslError::Nothing) }
}

fn version(word: &str) -> Option<TlsVersion> {
    Some(match word {
        "ssl2" => TlsVersion::Ssl2,
        "ssl3" => TlsVersion::Ssl3,
        "tls1" => TlsVersion::Tls10,
        "tls1_1" => TlsVersion::Tls11,
        "tls1_2" => TlsVersion::Tls12,
        "tls1_3" => TlsVersion::Tls13,
        _ => return None,
    })
}

fn suite(id: &str, finding: &str) -> Option<(TlsVersion, String)> {
    let (version_name, code) = id.strip_prefix("cipher-")?.rsplit_once("_x")?;
    let is_name = |word: &&str| word.starts_with("TLS_") || word.starts_with("SSL_");
    let words = || finding.split_whitespace();
    let after_code = words().skip_while(|word| word.trim_start_matches('x') != code).nth(1);
    let name = words().rev().find(is_name).or(after_code)?;
    Some((version(version_name)?, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{TestsslError, offer};
    use crate::probe::suites::TlsVersion;

    #[test]
    fn versions_suites_and_certificate_are_read() {
        let finding = |id: &str, finding: &str| {
            format!(
                r#"{{"id":"{id}","ip":"h/192.0.2.7","port":"443","severity":"OK","finding":"{finding}"}}"#
            )
        };
        let json = format!(
            "[{},{},{},{},{}]",
            finding("SSLv3", "not offered"),
            finding("TLS1_2", "offered"),
            finding("TLS1_3", "offered with final"),
            finding(
                "cipher-tls1_2_xc02c",
                "TLS 1.2 xc02c ECDHE-ECDSA-AES256-GCM-SHA384 ECDH 253 AESGCM 256 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
            ),
            finding("cert_signatureAlgorithm", "ECDSA with SHA256"),
        );
        let offer = offer(&json).unwrap();
        assert_eq!(
            offer.versions.iter().copied().collect::<Vec<_>>(),
            [TlsVersion::Tls12, TlsVersion::Tls13]
        );
        assert_eq!(offer.suites.first().unwrap().name, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
        assert_eq!(offer.certificate.as_deref(), Some("ECDSA with SHA256"));
    }

    #[test]
    fn a_scan_that_did_not_take_place_is_no_offer() {
        let problem = r#"[{"id":"scanProblem","severity":"FATAL","finding":"Can't connect"}]"#;
        assert!(matches!(offer(problem), Err(TestsslError::Problem(_))));
        assert!(matches!(offer("[]"), Err(TestsslError::Nothing)));
        assert!(matches!(offer("{"), Err(TestsslError::Json(_))));
    }
}
