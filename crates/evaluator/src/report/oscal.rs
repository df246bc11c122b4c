//! OSCAL assessment results (NIST, model version 1.1.2) as JSON: a finding for each claimed provision, an observation for each
//! entry of the ledger that it rests on.
//!
//! OSCAL knows `satisfied` and `not-satisfied` only. An INCONCLUSIVE provision is `not-satisfied` for the reason `other`, and
//! its remarks say INCONCLUSIVE; a FAIL has the reason `fail`. Identifiers must begin with a letter there, so a provision is `en303645-5.1-1`.

use serde_json::{Value, json};

use super::Source;
use super::uuid::uuid;
use super::words::{plain, standard};
use crate::ledger::{Entry, Event};
use crate::verdict::{GroupResult, Rest, Verdict};

/// The version of the model that is written.
pub const OSCAL_VERSION: &str = "1.1.2";

/// Writes the results.
#[must_use]
pub fn oscal(source: Source<'_>) -> Value {
    let product = source.evaluation.dut.product.as_ref();
    let name = plain(product.and_then(|product| product.name.as_ref()));
    let day = format!("{}T00:00:00Z", source.date);
    let of = format!("{name}:{day}:{}", source.ledger.digest());
    let claimed: Vec<&GroupResult> =
        source.conclusion.groups.iter().filter(|group| group.verdict.is_some()).collect();
    let controls: Vec<Value> = claimed.iter().map(|group| json!({ "control-id": control(group) })).collect();
    let reviewed = if controls.is_empty() {
        json!({ "exclude-controls": [] })
    } else {
        json!({ "include-controls": controls })
    };
    let plan = uuid(&of, "plan");
    let mut result = json!({
        "uuid": uuid(&of, "result"),
        "title": format!("{} of {name}", standard(source.conclusion.edition)),
        "description": format!("Overall verdict: {}. {}", source.conclusion.verdict, voluntary(source)),
        "start": source.ledger.entries().next().map_or(day.clone(), |entry| entry.body().at.to_string()),
        "end": day.clone(),
        "props": [{ "name": "verdict", "value": source.conclusion.verdict.name() }],
        "reviewed-controls": { "control-selections": [reviewed] },
    });
    let observations: Vec<Value> = source.ledger.entries().map(|entry| observation(&of, entry)).collect();
    let findings: Vec<Value> = claimed.iter().map(|group| finding(source, &of, group)).collect();
    // OSCAL has no empty lists.
    for (key, list) in [("observations", observations), ("findings", findings)] {
        if !list.is_empty()
            && let Some(object) = result.as_object_mut()
        {
            object.insert(key.to_owned(), list.into());
        }
    }
    json!({ "assessment-results": {
        "uuid": uuid(&of, "assessment-results"),
        "metadata": {
            "title": format!("Assessment results: {name}"),
            "last-modified": day,
            "version": source.date.to_string(),
            "oscal-version": OSCAL_VERSION,
        },
        "import-ap": { "href": format!("#{plan}") },
        "results": [result],
        "back-matter": { "resources": [{ "uuid": plan, "title": "Test plan", "rlinks": [{ "href": "test-plan.html" }] }] },
    } })
}

fn voluntary(source: Source<'_>) -> &'static str {
    match source
        .evaluation
        .dut
        .product
        .as_ref()
        .and_then(|product| product.is_medical.as_ref())
        .map(|flag| flag.value)
    {
        Some(true) => {
            "The standard excludes devices primarily intended for healthcare; it is used voluntarily, by analogy."
        }
        Some(false) | None => {
            "The use of the standard is voluntary; it excludes devices primarily intended for healthcare."
        }
    }
}

fn control(group: &GroupResult) -> String {
    format!("en303645-{}", group.provision)
}

fn observation(of: &str, entry: &Entry) -> Value {
    let body = entry.body();
    let (method, description) = match &body.event {
        Event::Opened { product } => ("EXAMINE", format!("The ledger was opened for {product}.")),
        Event::Run(run) => {
            ("TEST", format!("{} {} ran by procedure {}.", run.tool, run.version, run.procedure))
        }
        Event::Judgement(judgement) => {
            ("EXAMINE", format!("{}: {}. {}", judgement.target, judgement.verdict, judgement.reason))
        }
        Event::Confirmation(confirmation) => {
            ("EXAMINE", format!("A second reader agrees with entry {}.", confirmation.entry))
        }
        Event::Carry(carry) => (
            "EXAMINE",
            format!("{} still counts as in entry {}. {}", carry.target, carry.entry, carry.reason),
        ),
        Event::Recognition(recognition) => (
            "EXAMINE",
            format!("{} covers {}. {}", recognition.certificate, recognition.group, recognition.reason),
        ),
    };
    let mut evidence: Vec<Value> = vec![json!({
        "href": format!("ledger/{:08}.entry", body.number),
        "description": format!("Entry {} by {}, SHA-256 {}", body.number, body.by, entry.digest()),
    })];
    evidence.extend(entry.evidence().iter().map(
        |digest| json!({ "href": format!("evidence/{digest}"), "description": format!("SHA-256 {digest}") }),
    ));
    json!({
        "uuid": uuid(of, &format!("entry {}", body.number)),
        "title": format!("Ledger entry {}", body.number),
        "description": description,
        "methods": [method],
        "collected": body.at.to_string(),
        "relevant-evidence": evidence,
    })
}

fn finding(source: Source<'_>, of: &str, group: &GroupResult) -> Value {
    let provision = source.catalog.provision(source.conclusion.edition, group.provision);
    let verdict = group.verdict.unwrap_or(Verdict::Inconclusive);
    let status = match verdict {
        Verdict::Pass => json!({ "state": "satisfied", "reason": "pass" }),
        Verdict::Fail => json!({ "state": "not-satisfied", "reason": "fail" }),
        Verdict::Inconclusive => {
            json!({ "state": "not-satisfied", "reason": "other", "remarks": "INCONCLUSIVE: not decided for lack of evidence." })
        }
    };
    let mut finding = json!({
        "uuid": uuid(of, &control(group)),
        "title": format!("Provision {}", group.provision),
        "description": provision.map_or_else(String::new, |provision| provision.paraphrase.clone()),
        "props": [{ "name": "verdict", "value": verdict.name() }],
        "target": { "type": "objective-id", "target-id": control(group), "status": status },
    });
    let related: Vec<Value> = entries(group)
        .iter()
        .map(|number| json!({ "observation-uuid": uuid(of, &format!("entry {number}")) }))
        .collect();
    if !related.is_empty()
        && let Some(object) = finding.as_object_mut()
    {
        object.insert("related-observations".to_owned(), related.into());
    }
    finding
}

/// The ledger's entries that a group rests on, in order.
pub(super) fn entries(group: &GroupResult) -> Vec<u64> {
    fn below(rest: &Rest, numbers: &mut Vec<u64>) {
        numbers.extend(&rest.entries);
        rest.parts.iter().for_each(|part| below(part, numbers));
    }
    let mut numbers: Vec<u64> = group.recognised.into_iter().collect();
    let subjects =
        group.cases.iter().flat_map(|case| &case.criteria).flat_map(|criterion| &criterion.subjects);
    subjects.flat_map(|subject| &subject.units).for_each(|rest| below(rest, &mut numbers));
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
