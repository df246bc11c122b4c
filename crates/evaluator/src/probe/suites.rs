//! What a TLS endpoint offers, held against what is declared.
//!
//! A declaration names cryptography in words (`TLS 1.2 with ECDHE and AES-GCM`), an endpoint offers suites by their names in the
//! IANA registry (`TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384`). An entry of the declaration covers a suite when
//!
//! - it names the version, or no version at all;
//! - it names the suite's cipher, and mode and key length where it names any;
//! - it names the suite's key exchange, where it names any (TLS 1.3's suites have none of their own).
//!
//! Commas separate entries; those after the first keep its version. Where nothing but `TLS 1.3` is declared, its own suites
//! (RFC 8446, B.4) are covered, for that version has no others.

use crate::catalog::crypto;
use std::collections::BTreeSet;
use std::fmt;

/// A version of SSL or TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// SSL 2.
    Ssl2,
    /// SSL 3.
    Ssl3,
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

impl TlsVersion {
    /// All, oldest first.
    pub const ALL: [TlsVersion; 6] = [
        TlsVersion::Ssl2,
        TlsVersion::Ssl3,
        TlsVersion::Tls10,
        TlsVersion::Tls11,
        TlsVersion::Tls12,
        TlsVersion::Tls13,
    ];

    /// As people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            TlsVersion::Ssl2 => "SSL 2",
            TlsVersion::Ssl3 => "SSL 3",
            TlsVersion::Tls10 => "TLS 1.0",
            TlsVersion::Tls11 => "TLS 1.1",
            TlsVersion::Tls12 => "TLS 1.2",
            TlsVersion::Tls13 => "TLS 1.3",
        }
    }
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A suite in a version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OfferedSuite {
    /// In which version.
    pub version: TlsVersion,
    /// Its name, IANA's where the tool knows it.
    pub name: String,
}

/// What an endpoint offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Versions.
    pub versions: BTreeSet<TlsVersion>,
    /// Versions of which the tool could not tell.
    pub unclear: BTreeSet<TlsVersion>,
    /// Suites.
    pub suites: BTreeSet<OfferedSuite>,
    /// The algorithm its certificate is signed with, in the tool's words.
    pub certificate: Option<String>,
}

const CIPHERS: &[&str] =
    &["aes", "chacha", "camellia", "aria", "seed", "des", "rc", "null", "idea", "aesgcm", "sm"];
const MODES: &[&str] = &["gcm", "ccm", "cbc", "poly"];
const EXCHANGES: &[&str] = &["ecdhe", "dhe", "ecdh", "dh", "rsa", "psk"];
const SIGNATURES: &[&str] = &["ecdsa", "rsa", "ed"];

/// One entry of a declaration.
struct Entry {
    words: Vec<String>,
    versions: BTreeSet<TlsVersion>,
}

fn entries(declared: &[String]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for text in declared {
        let mut last = BTreeSet::new();
        for part in text.split(',') {
            let words = crypto::words(part);
            let named = versions(&words);
            if !named.is_empty() {
                last = named;
            }
            entries.push(Entry { words, versions: last.clone() });
        }
    }
    entries
}

fn versions(words: &[String]) -> BTreeSet<TlsVersion> {
    let mut found = BTreeSet::new();
    for (at, word) in words.iter().enumerate() {
        let number = |after: usize| words.get(at + after).map(String::as_str);
        let version = match (word.as_str(), number(1), number(2)) {
            ("tls", Some("1"), Some("3")) => TlsVersion::Tls13,
            ("tls", Some("1"), Some("2")) => TlsVersion::Tls12,
            ("tls", Some("1"), Some("1")) => TlsVersion::Tls11,
            ("tls", Some("1"), _) => TlsVersion::Tls10,
            ("ssl", Some("3"), _) => TlsVersion::Ssl3,
            ("ssl", Some("2"), _) => TlsVersion::Ssl2,
            _ => continue,
        };
        found.insert(version);
    }
    found
}

impl Entry {
    fn names<'a>(&'a self, of: &'a [&str]) -> impl Iterator<Item = &'a str> {
        self.words.iter().map(String::as_str).filter(move |word| of.contains(word))
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    /// Whether it is about this version: it names it, or none.
    fn is_of(&self, version: TlsVersion) -> bool {
        self.versions.is_empty() || self.versions.contains(&version)
    }

    /// Whether its cipher, mode and key length are the suite's.
    fn names_cipher(&self, suite: &[String]) -> bool {
        let in_suite = |word: &str| suite.iter().any(|known| known == word);
        let lengths = ["128", "192", "256"];
        let fits = |of: &[&str]| self.names(of).next().is_none() || self.names(of).any(in_suite);
        let length_fits = !in_suite("aes") || fits(&lengths);
        self.names(CIPHERS).any(in_suite) && fits(MODES) && length_fits
    }
}

impl Offer {
    /// What is offered and not declared, each in a sentence.
    #[must_use]
    pub fn differences(&self, declared: &[String]) -> Vec<String> {
        let entries = entries(declared);
        let named: BTreeSet<TlsVersion> =
            entries.iter().flat_map(|entry| entry.versions.iter().copied()).collect();
        let mut differences = Vec::new();
        for version in self.versions.difference(&named) {
            differences.push(format!("{version} is offered and not declared"));
        }
        for suite in &self.suites {
            if !named.contains(&suite.version) || covers(&entries, suite) {
                continue;
            }
            differences.push(format!("{} in {} is offered and not declared", suite.name, suite.version));
        }
        let signature = self.certificate.as_deref().map(crypto::words).unwrap_or_default();
        let signatures: BTreeSet<&str> = entries.iter().flat_map(|entry| entry.names(SIGNATURES)).collect();
        let signs = |word: &&str| signature.iter().any(|known| known == word);
        if let Some(offered) = &self.certificate
            && !signatures.is_empty()
            && SIGNATURES.iter().any(&signs)
            && !signatures.iter().any(signs)
        {
            differences.push(format!("the certificate is signed with {offered}, which is not declared"));
        }
        differences
    }

    /// What is declared and was not offered.
    #[must_use]
    pub fn not_seen(&self, declared: &[String]) -> Vec<TlsVersion> {
        let named: BTreeSet<TlsVersion> =
            entries(declared).into_iter().flat_map(|entry| entry.versions).collect();
        named.difference(&self.versions).copied().collect()
    }
}

fn covers(entries: &[Entry], suite: &OfferedSuite) -> bool {
    let words = crypto::words(&suite.name);
    let of_version = || entries.iter().filter(|entry| entry.is_of(suite.version));
    let names_ciphers = of_version().any(|entry| entry.names(CIPHERS).next().is_some());
    if suite.version == TlsVersion::Tls13 && !names_ciphers {
        return true;
    }
    let exchange = words.get(1).map_or("", String::as_str);
    let exchanges: BTreeSet<&str> = of_version().flat_map(|entry| entry.names(EXCHANGES)).collect();
    let exchange_fits = suite.version == TlsVersion::Tls13
        || exchanges.is_empty()
        || exchanges.contains(exchange)
        || (exchange == "rsa" && of_version().any(|entry| entry.has("rsa") && entry.has("exchange")));
    exchange_fits && of_version().any(|entry| entry.names_cipher(&words))
}

#[cfg(test)]
mod tests {
    use super::{Offer, OfferedSuite, TlsVersion};

    fn offer(suites: &[(TlsVersion, &str)]) -> Offer {
        let mut offer = Offer::default();
        for (version, name) in suites {
            offer.versions.insert(*version);
            offer.suites.insert(OfferedSuite { version: *version, name: (*name).to_owned() });
        }
        offer
    }

    #[test]
    fn what_is_offered_and_not_declared_is_named() {
        let (v12, v13) = (TlsVersion::Tls12, TlsVersion::Tls13);
        let gcm = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
        let chacha = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256";
        for (declared, version, suite, is_covered) in [
            ("TLS 1.3", v13, "TLS_AES_128_GCM_SHA256", true),
            ("TLS 1.3; AES-128-GCM", v13, "TLS_AES_128_GCM_SHA256", true),
            ("TLS 1.3; AES-128-GCM", v13, "TLS_AES_256_GCM_SHA384", false),
            (
                "TLS 1.3; AES-128-GCM, AES-256-GCM, ChaCha20-Poly1305",
                v13,
                "TLS_CHACHA20_POLY1305_SHA256",
                true,
            ),
            ("TLS 1.3", v12, gcm, false),
            ("TLS 1.2 with ECDHE and AES-GCM", v12, gcm, true),
            ("TLS 1.2 with ECDHE and AES-GCM", v12, chacha, false),
            ("TLS 1.2 with ECDHE and AES-GCM", v12, "TLS_RSA_WITH_AES_128_GCM_SHA256", false),
            ("TLS 1.2 with ECDHE and AES-GCM", v12, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", false),
            ("TLS 1.2 with ECDHE, AES-128-CBC", v12, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", true),
            ("TLS 1.2", v12, gcm, false),
            ("TLSv1.2; AES-256-GCM", v12, gcm, true),
            ("ECDSA P-256; AES-256-GCM; TLS 1.2", v12, gcm, true),
        ] {
            let declared: Vec<String> = declared.split(';').map(|entry| entry.trim().to_owned()).collect();
            let found = offer(&[(version, suite)]).differences(&declared);
            assert_eq!(found.is_empty(), is_covered, "{declared:?} {suite}: {found:?}");
        }
    }

    #[test]
    fn a_certificate_of_another_kind_and_a_version_that_is_missing_are_named() {
        let declared = ["TLS 1.3".to_owned(), "TLS 1.2".to_owned(), "ECDSA P-256".to_owned()];
        let mut offer = offer(&[(TlsVersion::Tls13, "TLS_AES_128_GCM_SHA256")]);
        offer.certificate = Some("SHA256 with RSA".into());
        assert_eq!(offer.differences(&declared).len(), 1);
        offer.certificate = Some("ECDSA with SHA256".into());
        assert!(offer.differences(&declared).is_empty());
        assert_eq!(offer.not_seen(&declared), [TlsVersion::Tls12]);
    }
}
