//! `A07`: how each endpoint answers somebody without credentials, against the status that is declared.

use super::super::contract::{Laboratory, ProbeError, Procedure};
use super::super::endpoint::endpoints;
use super::super::limits::ANSWER;
use super::super::program::CURL;
use super::super::record::Record;

pub(super) const PROCEDURE: Procedure = Procedure {
    id: "A07",
    title: "access without credentials",
    programs: &[CURL],
    reads: "HTTP endpoints of dut.toml and their anonymous-status",
    decides: &[],
    prepares: &["5.5-4-2a", "5.5-5-2a"],
    run,
};

fn run(laboratory: &Laboratory<'_>) -> Result<Record, ProbeError> {
    let endpoints = endpoints(laboratory.evaluation);
    let mut asked = endpoints.iter().filter(|endpoint| endpoint.is_http()).peekable();
    if asked.peek().is_none() {
        return Err(ProbeError::NotDeclared("dut.toml names no endpoint with HTTP"));
    }
    let mut record = Record::of(&PROCEDURE, CURL)?;
    for endpoint in asked {
        let arguments =
            ["--silent", "--show-error", "--insecure", "--max-time", "15", "--output", "/dev/null"];
        let arguments = arguments.into_iter().chain(["--write-out", "%{http_code}", endpoint.address]);
        let said = CURL.run(arguments, ANSWER)?;
        record.took(&said);
        let found = said.text().trim().parse::<u32>().ok().filter(|code| *code > 0);
        let words = match (endpoint.status, found) {
            (Some(declared), Some(found)) if declared == found => format!("{found}, as declared"),
            (Some(declared), Some(found)) => format!("{found}, DIFFERS from the declared {declared}"),
            (None, Some(found)) => format!("{found}, none is declared"),
            (_, None) => "no answer".to_owned(),
        };
        record.found(&format!("{} {}: {words}", endpoint.row, endpoint.address));
        let declared = endpoint.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        record.read(endpoint.row, format!("anonymous-status {declared}"));
    }
    Ok(record)
}
