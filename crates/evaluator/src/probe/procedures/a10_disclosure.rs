//! `A10`: what each endpoint tells anybody in its headers.

use super::super::contract::{Laboratory, ProbeError, Procedure};
use super::super::endpoint::http_endpoints;
use super::super::limits::ANSWER;
use super::super::program::CURL;
use super::super::record::Record;
use crate::catalog::TableNo;

pub(super) const PROCEDURE: Procedure = Procedure {
    id: "A10",
    title: "what is disclosed to anybody",
    programs: &[CURL],
    reads: "HTTP endpoints of dut.toml; disclosed information of table 15",
    decides: &[],
    prepares: &["5.6-2-2a", "5.6-2-1a"],
    run,
};

/// Headers that protect whoever asks.
const PROTECTING: [&str; 4] =
    ["strict-transport-security", "content-security-policy", "x-content-type-options", "x-frame-options"];
/// Headers that tell of the software.
const TELLING: [&str; 3] = ["server", "x-powered-by", "www-authenticate"];

fn run(laboratory: &Laboratory<'_>) -> Result<Record, ProbeError> {
    let asked = http_endpoints(laboratory.evaluation)?;
    let mut record = Record::of(&PROCEDURE, CURL)?;
    for endpoint in asked {
        let arguments =
            ["--silent", "--show-error", "--insecure", "--max-time", "15", "--head", endpoint.address];
        let said = CURL.run(arguments, ANSWER)?;
        let text = said.text().to_lowercase();
        record.took(&said);
        for header in PROTECTING {
            let is_there = text.lines().any(|line| line.starts_with(header));
            record.found(&format!("{header}: {}", if is_there { "there" } else { "missing" }));
        }
        for header in TELLING {
            for line in text.lines().filter(|line| line.starts_with(&format!("{header}:"))) {
                record.found(&format!("discloses {line}"));
            }
        }
    }
    for row in laboratory.evaluation.ixit.rows(TableNo::INTF) {
        record.read(row.name(), row.text("disclosed-information"));
    }
    Ok(record)
}
