//! What strangers send, at each parser that has no public function of its own: one door each, for fuzz targets and for a
//! loop in the ordinary tests. Behind a door nothing may panic, and what a door says it keeps is asserted there.

use crate::alarms::Rules;
use crate::config::check::check_text;

pub use crate::http::queries;
pub use crate::sources::{bodies, broker};
pub use crate::tokens::{assertions, key_sets};

/// Any text as a configuration: each finding names a place that the text has. The files that it names are looked at, so texts that could name those of devices
/// and processes, which may keep a reader for ever, are left out.
pub fn configuration(text: &str) {
    if ["/dev", "/proc", "/sys", "\\"].iter().any(|part| text.contains(part)) {
        return;
    }
    let report = check_text(text, 1_795_342_800);
    assert!(report.config.is_some() || !report.findings.is_empty());
    for finding in &report.findings {
        assert!(finding.line >= 1 && finding.column >= 1, "{finding:?}");
        assert!(finding.line <= text.matches('\n').count() + 1, "{finding:?}");
    }
}

/// Any text as rules of alarms.
pub fn rules(text: &str) {
    let _ = Rules::parse(text, "rules.toml");
}
