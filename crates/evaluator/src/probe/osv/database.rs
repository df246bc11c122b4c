//! A snapshot: a folder of JSON files, or a ZIP archive of them, read record by record against the components at hand.

use super::{IsAffected, OsvRecord};
use crate::probe::bom::Component;
use crate::probe::limits;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A component that a record is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The component.
    pub component: Component,
    /// The record's name.
    pub id: String,
    /// What it says, in a sentence.
    pub summary: String,
    /// Whether it is certain; otherwise the order of the versions could not be told.
    pub is_certain: bool,
}

/// What a snapshot says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Records read.
    pub records: usize,
    /// Files that are no record.
    pub malformed: Vec<String>,
    /// The newest change.
    pub newest: Option<jiff::Timestamp>,
    /// Ecosystems that records are about, without releases.
    pub ecosystems: BTreeSet<String>,
    /// What was found.
    pub hits: BTreeSet<Hit>,
}

/// Why a snapshot cannot be relied upon.
#[derive(Debug, Error)]
pub enum ScanError {
    /// The system.
    #[error("{path}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it says.
        error: io::Error,
    },
    /// No archive.
    #[error("{0}: no ZIP archive that can be read: {1}")]
    Archive(PathBuf, String),
    /// More than is read.
    #[error("more than {limit} records", limit = limits::OSV_RECORDS)]
    TooMany,
    /// No record in it.
    #[error("the snapshot has no record: it would find nothing, whatever is wrong")]
    Empty,
    /// Files that are no records.
    #[error(
        "{count} file(s) of the snapshot are no OSV records, the first is {first}: it may be cut or damaged"
    )]
    Damaged {
        /// How many.
        count: usize,
        /// The first.
        first: String,
    },
    /// Too old.
    #[error("the snapshot's newest record is of {newest}, more than {days} days ago: fetch a newer one")]
    Stale {
        /// The newest change.
        newest: jiff::Timestamp,
        /// How old it may be.
        days: u32,
    },
}

/// Looks components up in a snapshot, which must not be older than so many days.
///
/// # Errors
/// [`ScanError`]: a snapshot that is empty, damaged or stale is no snapshot.
pub fn scan(
    path: &Path,
    components: &BTreeSet<Component>,
    now: jiff::Timestamp,
    max_age_days: u32,
) -> Result<Scan, ScanError> {
    let mut wanted: BTreeMap<(&str, &str), Vec<&Component>> = BTreeMap::new();
    for component in components {
        wanted.entry((&component.ecosystem, &component.name)).or_default().push(component);
    }
    let mut scan = Scan::default();
    if path.is_dir() {
        folder(path, &wanted, &mut scan, 0)?;
    } else {
        archive(path, &wanted, &mut scan)?;
    }
    if let Some(first) = scan.malformed.first() {
        return Err(ScanError::Damaged { count: scan.malformed.len(), first: first.clone() });
    }
    let Some(newest) = scan.newest else { return Err(ScanError::Empty) };
    let age = now.duration_since(newest).as_hours();
    if age > i64::from(max_age_days).saturating_mul(24) {
        return Err(ScanError::Stale { newest, days: max_age_days });
    }
    Ok(scan)
}

type Wanted<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a Component>>;

fn folder(path: &Path, wanted: &Wanted<'_>, scan: &mut Scan, depth: usize) -> Result<(), ScanError> {
    let failed = |error| ScanError::Io { path: path.into(), error };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() && depth < limits::OSV_DEPTH {
            folder(&path, wanted, scan, depth + 1)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let file = File::open(&path).map_err(|error| ScanError::Io { path: path.clone(), error })?;
            take(&path.display().to_string(), file, wanted, scan)?;
        }
    }
    Ok(())
}

fn archive(path: &Path, wanted: &Wanted<'_>, scan: &mut Scan) -> Result<(), ScanError> {
    let file = File::open(path).map_err(|error| ScanError::Io { path: path.into(), error })?;
    let bad = |error: zip::result::ZipError| ScanError::Archive(path.into(), error.to_string());
    let mut archive = zip::ZipArchive::new(io::BufReader::new(file)).map_err(bad)?;
    if archive.len() > limits::OSV_RECORDS {
        return Err(ScanError::TooMany);
    }
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(bad)?;
        let name = entry.name().map_err(bad)?.into_owned();
        if name.ends_with(".json") {
            take(&name, entry, wanted, scan)?;
        }
    }
    Ok(())
}

/// Reads one record; what is none is remembered.
fn take(name: &str, from: impl Read, wanted: &Wanted<'_>, scan: &mut Scan) -> Result<(), ScanError> {
    let mut bytes = Vec::new();
    let is_read = from.take(limits::OSV_RECORD + 1).read_to_end(&mut bytes).is_ok();
    if !is_read || bytes.len() as u64 > limits::OSV_RECORD {
        scan.malformed.push(name.to_owned());
        return Ok(());
    }
    match OsvRecord::parse(&bytes) {
        Ok(record) => add(&record, wanted, scan),
        Err(_) => scan.malformed.push(name.to_owned()),
    }
    if scan.records > limits::OSV_RECORDS { Err(ScanError::TooMany) } else { Ok(()) }
}

fn add(record: &OsvRecord, wanted: &Wanted<'_>, scan: &mut Scan) {
    scan.records += 1;
    scan.newest = scan.newest.max(Some(record.modified));
    for affected in &record.affected {
        let Some(package) = &affected.package else { continue };
        let ecosystem = package.ecosystem.split(':').next().unwrap_or_default();
        if !scan.ecosystems.contains(ecosystem) {
            scan.ecosystems.insert(ecosystem.to_owned());
        }
        if record.withdrawn.is_some() {
            continue;
        }
        for component in wanted.get(&(ecosystem, package.name.as_str())).into_iter().flatten() {
            let is_certain = match affected.covers(ecosystem, &component.version) {
                IsAffected::Yes => true,
                IsAffected::Unclear => false,
                IsAffected::No => continue,
            };
            scan.hits.insert(Hit {
                component: (*component).clone(),
                id: record.id.clone(),
                summary: record.summary.chars().take(200).collect(),
                is_certain,
            });
        }
    }
}
