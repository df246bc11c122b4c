//! What is thought of protocols and algorithms: a list of word patterns, ours, that a site can correct.
//!
//! An entry such as `AES-128-GCM` is split into words of letters and of digits (`aes 128 gcm`). A pattern is found where
//! its words follow each other; one that lies inside a longer one that was found does not count.

use super::edition::Confidence;
use super::error::{CatalogError, Fault};
use super::tsv::Record;
use serde::Serialize;

/// What is thought of a protocol or algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Current practice.
    Good,
    /// On its way out.
    Legacy,
    /// Named without what would decide.
    Vague,
    /// Broken, or no protection.
    Weak,
}

/// A pattern and what is thought of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CryptoPattern {
    /// Its words, in order.
    pub words: Vec<String>,
    /// What is thought of it.
    pub standing: Standing,
    /// What to use instead, or what to say.
    pub advice: String,
    /// That it is our judgement, or a site's.
    pub confidence: Confidence,
}

/// Reads the patterns.
pub(super) fn patterns(records: &[Record]) -> Result<Vec<CryptoPattern>, CatalogError> {
    records.iter().map(pattern).collect()
}

fn pattern(record: &Record) -> Result<CryptoPattern, CatalogError> {
    let standing = match record.required("state")? {
        "good" => Standing::Good,
        "legacy" => Standing::Legacy,
        "vague" => Standing::Vague,
        "weak" => Standing::Weak,
        other => return Err(record.error(Fault::Value { column: "state", what: format!("`{other}`") })),
    };
    Ok(CryptoPattern {
        words: words(record.required("pattern")?),
        standing,
        advice: record.text("advice")?.to_owned(),
        confidence: Confidence::Judgement,
    })
}

/// The patterns found in an entry, without those that lie inside longer ones.
#[must_use]
pub fn matches<'p>(patterns: &'p [CryptoPattern], entry: &str) -> Vec<&'p CryptoPattern> {
    let entry = words(entry);
    let mut found: Vec<(usize, usize, &CryptoPattern)> = Vec::new();
    for pattern in patterns {
        let length = pattern.words.len();
        for (start, window) in entry.windows(length.max(1)).enumerate() {
            if window == pattern.words.as_slice() {
                found.push((start, start + length, pattern));
            }
        }
    }
    let is_inside = |inner: &(usize, usize, &CryptoPattern)| {
        found
            .iter()
            .any(|outer| outer.0 <= inner.0 && inner.1 <= outer.1 && outer.1 - outer.0 > inner.1 - inner.0)
    };
    found.iter().filter(|candidate| !is_inside(candidate)).map(|(_, _, pattern)| *pattern).collect()
}

/// Words of letters and words of digits, in lower case; `TLSv1.3` is `tls 1 3`.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in text.chars().flat_map(char::to_lowercase) {
        if !c.is_alphanumeric() {
            last = ' ';
            continue;
        }
        let begins = !last.is_alphanumeric() || last.is_ascii_digit() != c.is_ascii_digit();
        match words.last_mut() {
            Some(word) if !begins => word.push(c),
            _ => words.push(c.into()),
        }
        last = c;
    }
    for word in &mut words {
        if matches!(word.as_str(), "tlsv" | "sslv" | "dtlsv" | "sshv" | "wpav") {
            word.pop();
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn worst(entry: &str) -> Option<Standing> {
        let catalog = Catalog::embedded().unwrap();
        matches(&catalog.crypto, entry).iter().map(|pattern| pattern.standing).max()
    }

    #[test]
    fn the_longest_pattern_decides() {
        for (entry, standing) in [
            ("TLS 1.3", Standing::Good),
            ("TLSv1.0", Standing::Weak),
            ("TLS", Standing::Vague),
            ("AES-128-GCM", Standing::Good),
            ("AES-256-ECB", Standing::Weak),
            ("AES", Standing::Vague),
            ("SHA-1", Standing::Weak),
            ("HMAC-SHA-1", Standing::Legacy),
            ("HMAC-SHA256", Standing::Good),
            ("3DES", Standing::Weak),
            ("RSA-1024", Standing::Weak),
            ("RSA 3072 PSS", Standing::Good),
            ("ECDSA P-256", Standing::Good),
            ("md5", Standing::Weak),
            ("WPA2", Standing::Legacy),
        ] {
            let found = worst(entry);
            let expected = if standing == Standing::Good {
                vec![Standing::Good, Standing::Vague]
            } else {
                vec![standing]
            };
            assert!(found.is_some_and(|found| expected.contains(&found)), "{entry}: {found:?}");
        }
        assert_eq!(worst("frobnicate"), None);
    }
}
