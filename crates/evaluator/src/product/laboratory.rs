//! `probe.toml`: what only a laboratory knows, for procedures that read files or run commands: where captures, samples
//! and databases lie, and how an update is offered to the device. The document is optional, and so is each part of it.
//!
//! A command is an array, the program first; no shell reads it. `{file}` in it stands for a file's path. Commands run only when
//! whoever probes allows it.

use super::node::Node;
use super::section::Section;
use crate::finding::{Finding, Located, Place};
use serde::Serialize;

/// What `probe.toml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LaboratoryDoc {
    /// Known vulnerabilities of the product's components.
    pub vulnerabilities: Option<Vulnerabilities>,
    /// How the device tells the versions of its implementations.
    pub versions: Vec<VersionReading>,
    /// How updates are offered.
    pub updates: Vec<UpdateOffer>,
    /// Recorded traffic.
    pub captures: Vec<Recording>,
    /// Credentials of several units.
    pub credentials: Vec<UnitCredentials>,
}

/// Known vulnerabilities of the product's components.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Vulnerabilities {
    /// Where it stands.
    pub at: Place,
    /// The bill of materials: CycloneDX as JSON, or a `Cargo.lock`.
    pub bom: Option<Located<String>>,
    /// A snapshot of OSV: a folder of records, or a ZIP archive of them.
    pub database: Option<Located<String>>,
    /// How old the newest record may be, in days.
    pub max_age_days: Option<Located<u32>>,
}

/// How the device tells the version of an implementation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VersionReading {
    /// The row of table 12.
    pub row: Option<Located<String>>,
    /// The name in the report.
    pub name: Option<Located<String>>,
    /// The version in the report.
    pub version: Option<Located<String>>,
    /// What makes the device tell.
    pub command: Vec<Located<String>>,
}

/// How an update is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UpdateOffer {
    /// The row of table 7.
    pub row: Option<Located<String>>,
    /// A genuine update.
    pub file: Option<Located<String>>,
    /// Files that the device has to refuse as they are: an older version, another model, another key.
    pub refused: Vec<Located<String>>,
    /// What offers `{file}` to the device. It ends with 0 when the device took it.
    pub offer: Vec<Located<String>>,
    /// What reads the installed version back.
    pub version: Vec<Located<String>>,
}

/// Recorded traffic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recording {
    /// The capture: pcap or pcapng.
    pub file: Option<Located<String>>,
    /// What was put into the product while it was recorded, and must not be seen in it.
    pub canaries: Vec<Located<String>>,
}

/// Credentials of several units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitCredentials {
    /// The row of table 1.
    pub row: Option<Located<String>>,
    /// A table with a header: `unit`, `credential`, and whatever is public of the unit, such as `serial`, `mac`, `ssid`.
    pub file: Option<Located<String>>,
    /// A list of words, one a line.
    pub words: Option<Located<String>>,
}

pub(super) fn read(mut section: Section<'_>) -> LaboratoryDoc {
    let has = section.has("vulnerabilities");
    let vulnerabilities = if has { section.section("vulnerabilities").map(vulnerabilities) } else { None };
    let document = LaboratoryDoc {
        vulnerabilities,
        versions: each(&mut section, "version", version),
        updates: each(&mut section, "update", update),
        captures: each(&mut section, "capture", capture),
        credentials: each(&mut section, "credentials", credentials),
    };
    section.finish();
    document
}

/// Reads each table of an array of tables.
fn each<T>(section: &mut Section<'_>, key: &str, read: impl Fn(&mut Section<'_>) -> T) -> Vec<T> {
    let nodes = section.tables(key);
    let one = |node: Node, findings: &mut Vec<Finding>| {
        let mut section = Section::new(format!("`[[{key}]]`"), node, findings);
        let value = read(&mut section);
        section.finish();
        value
    };
    nodes.into_iter().map(|node| one(node, section.findings)).collect()
}

fn vulnerabilities(mut section: Section<'_>) -> Vulnerabilities {
    let vulnerabilities = Vulnerabilities {
        at: section.at.clone(),
        bom: section.text("bom"),
        database: section.text("database"),
        max_age_days: section.count("max-age-days"),
    };
    section.finish();
    vulnerabilities
}

fn version(section: &mut Section<'_>) -> VersionReading {
    VersionReading {
        row: section.text("row"),
        name: section.text("name"),
        version: section.text("version"),
        command: section.required_texts("command"),
    }
}

fn update(section: &mut Section<'_>) -> UpdateOffer {
    UpdateOffer {
        row: section.text("row"),
        file: section.text("file"),
        refused: section.texts("refused"),
        offer: section.required_texts("offer"),
        version: section.required_texts("version"),
    }
}

fn capture(section: &mut Section<'_>) -> Recording {
    Recording { file: section.text("file"), canaries: section.required_texts("canaries") }
}

fn credentials(section: &mut Section<'_>) -> UnitCredentials {
    UnitCredentials {
        row: section.text("row"),
        file: section.text("file"),
        words: section.optional_text("words"),
    }
}
