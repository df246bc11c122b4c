//! `A09`: whether what is published can be fetched by anybody, and whether it says what it must.
//!
//! Each document is fetched once, without cookies. That a page says something is looked for by its usual words
//! (`page`): what is found is there, what is not found by them is for a person to read, never a fail, except in a
//! disclosure policy, whose three items have words of their own.

use super::super::contract::{Laboratory, ProbeError, Procedure};
use super::super::limits::ANSWER;
use super::super::page;
use super::super::program::{CURL, Program, ProgramError};
use super::super::record::Record;
use crate::catalog::TableNo;
use crate::product::{Evaluation, Row};
use crate::verdict::{Subject, Verdict};
use std::collections::BTreeMap;

pub(super) const PROCEDURE: Procedure = Procedure {
    id: "A09",
    title: "published documents, as anybody gets them",
    programs: &[CURL],
    reads: "table 2, support period, table 24",
    decides: &[
        "5.2-1-2a",
        "5.2-1-2b",
        "5.3-13-2a",
        "5.3-13-2b",
        "5.3-13-2c",
        "5.3-14-2a",
        "5.3-14-2b",
        "5.3-14-2c",
        "5.3-14-2d",
        "5.3-14-2e",
        "5.8-3-1a",
        "6-5-2c",
    ],
    prepares: &["5.2-1-1a", "5.3-13-1a", "5.8-3-1b", "6-1-2a", "6-5-2a", "6-5-2b"],
    run,
};

/// What a page is held against.
#[derive(Clone, Copy)]
enum Says {
    /// Contact, time to acknowledge, time for news.
    Policy,
    /// The support period of table 2.
    SupportPeriod,
    /// Why there are no updates.
    Rationale,
    /// How and when hardware is replaced.
    Replacement,
    /// Some period of support.
    SomePeriod,
    /// The telemetry of table 24.
    Telemetry,
}

/// A published document: the field of table 2 that says where, the units about its being there for anybody, and what it
/// must say.
struct Published {
    field: &'static str,
    there: &'static [&'static str],
    says: &'static [(&'static str, Says)],
}

const PUBLISHED: [Published; 6] = [
    Published {
        field: "publication-of-vulnerability-disclosure-policy",
        there: &["5.2-1-2a"],
        says: &[("5.2-1-2b", Says::Policy)],
    },
    Published {
        field: "publication-of-support-period",
        there: &["5.3-13-2a", "5.3-13-2b"],
        says: &[("5.3-13-2c", Says::SupportPeriod)],
    },
    Published {
        field: "publication-of-non-updatable",
        there: &["5.3-14-2a", "5.3-14-2b"],
        says: &[("5.3-14-2c", Says::Rationale), ("5.3-14-2e", Says::SomePeriod)],
    },
    Published {
        field: "documentation-of-replacement",
        there: &["5.3-14-2a", "5.3-14-2b"],
        says: &[("5.3-14-2d", Says::Replacement)],
    },
    Published { field: "documentation-of-sensors", there: &["5.8-3-1a"], says: &[] },
    Published { field: "documentation-of-telemetry-data", there: &[], says: &[("6-5-2c", Says::Telemetry)] },
];

/// What was found of a unit, so that one that rests on two documents is decided once.
type Found = BTreeMap<&'static str, (Verdict, u32, String)>;

fn run(laboratory: &Laboratory<'_>) -> Result<Record, ProbeError> {
    let evaluation = laboratory.evaluation;
    let undeclared = ProbeError::NotDeclared("table 2 names no address of a published document");
    let Some(row) = evaluation.ixit.rows(TableNo::USER_INFO).first() else { return Err(undeclared) };
    let asked: Vec<_> = PUBLISHED
        .iter()
        .filter_map(|known| Some((known, page::address_in(row.text(known.field))?)))
        .collect();
    if asked.is_empty() {
        return Err(undeclared);
    }
    let mut record = Record::of(&PROCEDURE, CURL)?;
    let mut found = Found::new();
    for (published, address) in asked {
        (laboratory.tell)(&format!("A09: fetching {address}"));
        record.read(published.field, row.text(published.field));
        let fetched = fetch(&mut record, CURL, address)?;
        let (verdict, note) = page::fetched(fetched.status, &fetched.ended_at, &fetched.text);
        record.found(&format!("{}: {note}", published.field));
        let seen = u32::from(fetched.status > 0);
        for unit in published.there {
            keep(&mut found, unit, verdict, seen, format!("{}: {note}", published.field));
        }
        for (unit, says) in published.says {
            let (verdict, note) = if verdict == Verdict::Pass {
                said(evaluation, row, *says, &fetched.text)
            } else {
                (Verdict::Inconclusive, note.clone())
            };
            keep(&mut found, unit, verdict, seen, note);
        }
    }
    for (unit, (verdict, seen, note)) in found {
        record.decide(laboratory.catalog, unit, Subject::Product, verdict, seen, &note);
    }
    Ok(record)
}

/// The worse of two words on a unit stands.
fn keep(found: &mut Found, unit: &'static str, verdict: Verdict, seen: u32, note: String) {
    let rank = |verdict: Verdict| match verdict {
        Verdict::Pass => 0,
        Verdict::Inconclusive => 1,
        Verdict::Fail => 2,
    };
    let entry = found.entry(unit).or_insert((verdict, 0, String::new()));
    if rank(verdict) > rank(entry.0) {
        entry.0 = verdict;
    }
    entry.1 += seen;
    if !entry.2.is_empty() {
        entry.2.push_str("; ");
    }
    entry.2.push_str(&note);
}

struct Fetched {
    status: u32,
    ended_at: String,
    text: String,
}

fn fetch(record: &mut Record, curl: Program, address: &str) -> Result<Fetched, ProgramError> {
    let mark = "\nmedseal-status ";
    let format = format!("{mark}%{{http_code}} %{{num_redirects}} %{{url_effective}}");
    let arguments = ["--silent", "--show-error", "--location", "--max-redirs", "5", "--max-time", "15"];
    let said = curl.run(arguments.into_iter().chain(["--write-out", &format, address]), ANSWER)?;
    record.took(&said);
    let text = said.text();
    let (page, tail) = text.rsplit_once(mark).unwrap_or((&text, ""));
    let mut words = tail.split(' ');
    Ok(Fetched {
        status: words.next().and_then(|code| code.parse().ok()).unwrap_or(0),
        ended_at: words.nth(1).unwrap_or_default().to_owned(),
        text: page.to_owned(),
    })
}

fn said(evaluation: &Evaluation, row: &Row, says: Says, text: &str) -> (Verdict, String) {
    match says {
        Says::Policy => page::policy(text),
        Says::SupportPeriod => {
            let product = evaluation.dut.product.as_ref();
            let names = product.iter().flat_map(|product| [&product.model, &product.name]);
            let names: Vec<&str> = names.flatten().map(|name| name.value.as_str()).collect();
            page::support_period(text, row.text("support-period"), &names)
        }
        Says::Rationale => page::words(text, "a reason", page::RATIONALE),
        Says::Replacement => page::words(text, "how and when hardware is replaced", page::REPLACEMENT),
        Says::SomePeriod => page::some_period(text),
        Says::Telemetry => {
            let rows = evaluation.ixit.rows(TableNo::TEL_DATA);
            let rows: Vec<(&str, &str)> =
                rows.iter().map(|row| (row.name(), row.text("description"))).collect();
            page::telemetry(text, &rows)
        }
    }
}
