//! `A07`: how each HTTP endpoint answers somebody without credentials, and with credentials that were made up, against the status
//! that is declared for who has none. An answer that differs speaks against the unit, whichever way it differs.

use super::super::contract::{Laboratory, ProbeError, Procedure};
use super::super::endpoint::{Reachable, http_endpoints};
use super::super::limits::ANSWER;
use super::super::program::{CURL, ProgramError};
use super::super::record::Record;
use crate::verdict::Subject;

pub(super) const PROCEDURE: Procedure = Procedure {
    id: "A07",
    title: "access without credentials and with made-up ones",
    programs: &[CURL],
    reads: "HTTP endpoints of dut.toml and their anonymous-status",
    decides: &[],
    prepares: &["5.5-4-2a", "5.5-5-2a"],
    run,
};

/// Who asks: nobody, and two who made their credentials up.
const WHO: [(&str, Option<&str>); 3] = [
    ("without credentials", None),
    ("with a token that nobody gave out", Some("Authorization: Bearer bm9ib2R5LWdhdmUtdGhpcy1vdXQ")),
    ("with a name and password that nobody has", Some("Authorization: Basic bm9ib2R5Om5vdGhpbmc=")),
];

fn run(laboratory: &Laboratory<'_>) -> Result<Record, ProbeError> {
    let asked = http_endpoints(laboratory.evaluation)?;
    let mut record = Record::of(&PROCEDURE, CURL)?;
    for endpoint in asked {
        let declared = endpoint.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        record.read(endpoint.row, format!("anonymous-status {declared}"));
        for (who, header) in WHO {
            ask(&mut record, &endpoint, who, header)?;
        }
    }
    Ok(record)
}

/// Asks as somebody who is nobody, and holds the answer against the declared status.
fn ask(
    record: &mut Record,
    endpoint: &Reachable<'_>,
    who: &str,
    header: Option<&str>,
) -> Result<(), ProgramError> {
    let mut arguments =
        vec!["--silent", "--show-error", "--insecure", "--max-time", "15", "--output", "/dev/null"];
    arguments.extend(header.iter().flat_map(|header| ["--header", header]));
    arguments.extend(["--write-out", "%{http_code}", endpoint.address]);
    let said = CURL.run(arguments, ANSWER)?;
    record.took(&said);
    let found = said.text().trim().parse::<u32>().ok().filter(|code| *code > 0);
    let (words, differs) = match (endpoint.status, found) {
        (Some(declared), Some(found)) if declared == found => (format!("{found}, as declared"), false),
        (Some(declared), Some(found)) => (format!("{found}, DIFFERS from the declared {declared}"), true),
        (None, Some(found)) => (format!("{found}, none is declared"), false),
        (_, None) => ("no answer".to_owned(), false),
    };
    let words = format!("{} {} {who}: {words}", endpoint.row, endpoint.address);
    if differs {
        let subject = endpoint.id().map_or(Subject::Product, Subject::Row);
        record.against("5.5-4-2a", subject, &words);
    } else {
        record.found(&words);
    }
    Ok(())
}
