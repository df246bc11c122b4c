//! What is wrong with a configuration, before anything is started by it.
//!
//! ```text
//! text ─► Places: where each key stands          ─┐
//!      └► Config ─► listeners, files, terms: keys ─┴─► Finding: line, key, what, what to do
//! ```
//!
//! Reading a configuration finds what does not parse; here is found what parses and contradicts itself or the machine: two
//! listeners on one port, a connection that nobody said to leave open, a certificate that is over. An *error* keeps the gateway from
//! working as written; a *warning* is what a careful operator would not leave so. A finding names the key, so that its line can be
//! shown even where the key is missing: then it is that of the table it belongs to.

mod devices;
mod files;
mod listeners;
mod places;
mod terms;

use std::fmt;
use std::path::Path;

use serde::Serialize;

use super::{Config, ConfigError};
use places::Places;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The gateway does not start, or does not do what the configuration asks for.
    Error,
    /// It works, and somebody should look at it.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Line of the file, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The key, as `sources.mllp[0].plain`; empty when the file could not be read as a configuration.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub advice: String,
    /// Whether the gateway starts all the same: what is wrong is the time, and what comes to be right is taken up while it runs.
    pub starts: bool,
}

/// What a check found, in the order of the lines.
#[derive(Clone, Debug)]
pub struct Report {
    /// Everything found.
    pub findings: Vec<Finding>,
    /// The configuration, when the file holds one.
    pub config: Option<Config>,
}

impl Report {
    /// How many findings keep the gateway from starting.
    pub fn stops(&self) -> usize {
        self.findings.iter().filter(|finding| !finding.starts).count()
    }

    /// How many findings are as bad as this.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// Checks a file.
///
/// # Errors
/// [`ConfigError::Read`]; everything else is a finding.
pub fn check(path: &Path) -> Result<Report, ConfigError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.into(), source })?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Ok(check_text(&text, i64::try_from(now.as_secs()).unwrap_or(i64::MAX)))
}

/// Checks a configuration's text at a time, in seconds since 1970.
pub fn check_text(text: &str, now: i64) -> Report {
    let places = Places::of(text);
    let config = match toml::from_str::<Config>(text) {
        Ok(config) => config,
        Err(error) => {
            let (line, column) = places.at_offset(error.span().map_or(0, |span| span.start));
            let finding = Finding {
                severity: Severity::Error,
                line,
                column,
                key: String::new(),
                problem: error.message().trim_end().to_owned(),
                advice: "`medseal gateway init` writes a file with every key and what it takes".into(),
                starts: false,
            };
            return Report { findings: vec![finding], config: None };
        }
    };
    let mut checker = Checker { config: &config, places: &places, now, findings: Vec::new() };
    checker.listeners();
    checker.destinations();
    checker.terms();
    checker.devices();
    checker.files();
    let mut findings = checker.findings;
    findings.sort_by_key(|one| (one.line, one.column, one.severity));
    Report { findings, config: Some(config) }
}

/// A configuration being checked. The parts of it are in the files of this folder.
struct Checker<'a> {
    config: &'a Config,
    places: &'a Places,
    /// Seconds since 1970.
    now: i64,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    /// The gateway would not work so. `key` is dotted, array indices from 0: `sources.mllp.0.plain`.
    fn error(&mut self, key: &str, problem: impl Into<String>, advice: impl Into<String>) {
        self.note((Severity::Error, false), key, problem.into(), advice.into());
    }

    /// Something is not in its time, and all else works meanwhile.
    fn untimely(&mut self, key: &str, problem: impl Into<String>, advice: impl Into<String>) {
        self.note((Severity::Error, true), key, problem.into(), advice.into());
    }

    /// It would, and somebody should look at it.
    fn warning(&mut self, key: &str, problem: impl Into<String>, advice: impl Into<String>) {
        self.note((Severity::Warning, true), key, problem.into(), advice.into());
    }

    fn note(&mut self, (severity, starts): (Severity, bool), key: &str, problem: String, advice: String) {
        let (line, column) = self.places.of_key(key);
        let key = places::shown(key);
        self.findings.push(Finding { severity, line, column, key, problem, advice, starts });
    }
}

#[cfg(test)]
mod tests;
