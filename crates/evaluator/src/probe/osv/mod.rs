//! Known vulnerabilities, from an offline snapshot of OSV records (Open Source Vulnerability schema 1.x).
//!
//! ```text
//! { id, modified, withdrawn?, affected: [ { package: { ecosystem, name },
//!                                           versions: [ "1.0.0", .. ],
//!                                           ranges: [ { type, events: [ {introduced|fixed|last_affected|limit} ] } ] } ] }
//! ```
//!
//! A version is affected when it is listed, or when the events of a range, taken in the order of their versions, leave it so.
//! The order is the ecosystem's own: Semantic Versioning 2.0 for those that use it, dpkg's for Debian's family. Where
//! this program does not know an ecosystem's order and the version is not listed, it says that it cannot tell. Ranges of
//! commits (`GIT`) say nothing about versions and are left out.
//!
//! A snapshot that is empty, whose newest record is too old, or that has no record of a component's ecosystem is an error or a
//! gap, never "nothing found".

mod database;
mod order;

pub use database::{Hit, Scan, ScanError, scan};
pub use order::{Order, compare};

use serde::Deserialize;
use std::cmp::Ordering;

/// A record, as far as it is needed.
#[derive(Clone, Debug, Deserialize)]
pub struct OsvRecord {
    /// Its name.
    pub id: String,
    /// When it was changed last.
    pub modified: jiff::Timestamp,
    /// When it was taken back.
    pub withdrawn: Option<jiff::Timestamp>,
    /// In a sentence.
    #[serde(default)]
    pub summary: String,
    /// What is affected.
    #[serde(default)]
    pub affected: Vec<Affected>,
}

impl OsvRecord {
    /// Reads one.
    ///
    /// # Errors
    /// When it is no JSON, or lacks what is needed.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

/// A package that is affected.
#[derive(Clone, Debug, Deserialize)]
pub struct Affected {
    /// Which; none for ranges of commits alone.
    pub package: Option<Package>,
    /// Versions, one by one.
    #[serde(default)]
    pub versions: Vec<String>,
    /// Ranges of versions.
    #[serde(default)]
    pub ranges: Vec<Range>,
}

/// A package.
#[derive(Clone, Debug, Deserialize)]
pub struct Package {
    /// Such as `crates.io`, or `Debian:12`.
    pub ecosystem: String,
    /// Its name there.
    pub name: String,
}

/// A range of versions.
#[derive(Clone, Debug, Deserialize)]
pub struct Range {
    /// `SEMVER`, `ECOSYSTEM` or `GIT`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened at which version.
    #[serde(default)]
    pub events: Vec<Event>,
}

/// What happened at a version. The schema lets each have one key.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Event {
    /// It came; `0` is before all versions.
    pub introduced: Option<String>,
    /// It was mended.
    pub fixed: Option<String>,
    /// It is still there, and in no later one.
    pub last_affected: Option<String>,
    /// Nothing is said from there on.
    pub limit: Option<String>,
}

/// Whether a version is affected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsAffected {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// The order of this ecosystem's versions is not known here, or a version is malformed.
    Unclear,
}

impl Affected {
    /// Whether a version of this package is affected.
    #[must_use]
    pub fn covers(&self, ecosystem: &str, version: &str) -> IsAffected {
        if self.versions.iter().any(|known| known == version) {
            return IsAffected::Yes;
        }
        let mut found = IsAffected::No;
        for range in &self.ranges {
            let order = match range.kind.as_str() {
                "SEMVER" => Some(Order::SemVer),
                "ECOSYSTEM" => Order::of(ecosystem),
                "GIT" => continue,
                _ => None,
            };
            match order.map_or(IsAffected::Unclear, |order| range.covers(order, version)) {
                IsAffected::Yes => return IsAffected::Yes,
                // Where all versions are listed, a range that cannot be read adds nothing.
                IsAffected::Unclear if self.versions.is_empty() => found = IsAffected::Unclear,
                IsAffected::Unclear | IsAffected::No => {}
            }
        }
        found
    }
}

impl Range {
    fn covers(&self, order: Order, version: &str) -> IsAffected {
        let mut events = Vec::new();
        let mut limits = Vec::new();
        for event in &self.events {
            let kinds = [(&event.introduced, 0_u8), (&event.fixed, 1), (&event.last_affected, 2)];
            for (at, kind) in kinds {
                if let Some(at) = at {
                    events.push((at.as_str(), kind));
                }
            }
            limits.extend(event.limit.as_deref());
        }
        let at =
            |other: &str| if other == "0" { Some(Ordering::Greater) } else { compare(order, version, other) };
        let mut is_affected = false;
        let mut sorted: Vec<(Ordering, &str, u8)> = Vec::new();
        for (event, kind) in events {
            let Some(side) = at(event) else { return IsAffected::Unclear };
            sorted.push((side, event, kind));
        }
        sorted.sort_by(|one, other| match (one.1, other.1) {
            ("0", "0") => Ordering::Equal,
            ("0", _) => Ordering::Less,
            (_, "0") => Ordering::Greater,
            (one, other) => compare(order, one, other).unwrap_or(Ordering::Equal),
        });
        for (side, _, kind) in sorted {
            match (kind, side) {
                (0, Ordering::Greater | Ordering::Equal) => is_affected = true,
                (1, Ordering::Greater | Ordering::Equal) | (2, Ordering::Greater) => is_affected = false,
                _ => {}
            }
        }
        let is_within = limits.is_empty()
            || limits.iter().any(|limit| *limit == "*" || at(limit) == Some(Ordering::Less));
        if is_affected && is_within { IsAffected::Yes } else { IsAffected::No }
    }
}

#[cfg(test)]
mod tests {
    use super::{IsAffected, OsvRecord};

    fn covers(ecosystem: &str, affected: &str, version: &str) -> IsAffected {
        let json = format!(
            r#"{{"id":"X-1","modified":"2026-01-01T00:00:00Z","affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"p"}},{affected}}}]}}"#
        );
        let record = OsvRecord::parse(json.as_bytes()).unwrap();
        record.affected[0].covers(ecosystem, version)
    }

    #[test]
    fn events_are_taken_in_the_order_of_their_versions() {
        let two = r#""ranges":[{"type":"SEMVER","events":[{"introduced":"2.0.0"},{"fixed":"2.1.3"},{"introduced":"0"},{"fixed":"1.4.0"}]}]"#;
        let last =
            r#""ranges":[{"type":"SEMVER","events":[{"introduced":"1.0.0"},{"last_affected":"1.2.0"}]}]"#;
        let limit = r#""ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"limit":"3.0.0"}]}]"#;
        let listed = r#""versions":["1.0","1.1"]"#;
        let both = r#""versions":["1.0"],"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]"#;
        let opaque = r#""ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2"}]}]"#;
        let commits = r#""ranges":[{"type":"GIT","events":[{"introduced":"0"}]}]"#;
        for (ecosystem, affected, version, expected) in [
            ("crates.io", two, "0.1.0", IsAffected::Yes),
            ("crates.io", two, "1.3.9", IsAffected::Yes),
            ("crates.io", two, "1.4.0", IsAffected::No),
            ("crates.io", two, "2.0.0-alpha", IsAffected::No),
            ("crates.io", two, "2.1.2", IsAffected::Yes),
            ("crates.io", two, "2.1.3", IsAffected::No),
            ("crates.io", last, "1.2.0", IsAffected::Yes),
            ("crates.io", last, "1.2.1", IsAffected::No),
            ("crates.io", limit, "2.9.9", IsAffected::Yes),
            ("crates.io", limit, "3.0.0", IsAffected::No),
            ("crates.io", two, "not a version", IsAffected::Unclear),
            ("PyPI", listed, "1.1", IsAffected::Yes),
            ("PyPI", listed, "1.2", IsAffected::No),
            ("PyPI", both, "1.1", IsAffected::No),
            ("PyPI", opaque, "1.1", IsAffected::Unclear),
            ("crates.io", commits, "1.0.0", IsAffected::No),
        ] {
            assert_eq!(covers(ecosystem, affected, version), expected, "{ecosystem} {version} {affected}");
        }
    }
}
