//! OSCAL assessment results (NIST, model version 1.2.3) as JSON: a finding for each claimed provision, an observation for each
//! entry of the ledger that it rests on, and one for the documents of the declaration. What an observation saw is a resource of the
//! back matter, with its place and its SHA-256.
//!
//! OSCAL knows `satisfied` and `not-satisfied` only. An INCONCLUSIVE provision is `not-satisfied` for the reason `other`, and
//! its remarks say INCONCLUSIVE; a FAIL has the reason `fail`. Identifiers must begin with a letter there, so a provision is `en303645-5.1-1`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Source;
use super::rests::Rests;
use super::uuid::uuid;
use super::words::{plain, standard};
use crate::ledger::{Digest, Entry, Event};
use crate::plan::Mapping;
use crate::verdict::{GroupResult, Verdict};

/// The version of the model that is written.
pub const OSCAL_VERSION: &str = "1.2.3";

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
        "description": described(source),
        "start": source.ledger.entries().next().map_or(day.clone(), |entry| entry.body().at.to_string()),
        "end": day.clone(),
        "props": [{ "name": "verdict", "value": source.conclusion.verdict.name() }],
        "reviewed-controls": { "control-selections": [reviewed] },
    });
    let mut observations = vec![documents(source, &of, &day)];
    observations.extend(source.ledger.entries().map(|entry| observation(&of, entry)));
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
        "back-matter": { "resources": resources(source, &of, &plan) },
    } })
}

/// What observations saw, each once, with its hash; and the plan, which is another report of this program.
fn resources(source: Source<'_>, of: &str, plan: &str) -> Vec<Value> {
    let mut resources =
        vec![json!({ "uuid": plan, "title": "Test plan", "rlinks": [{ "href": "plan.html" }] })];
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut add = |title: String, path: &str, digest: Digest| {
        if known.insert(path.to_owned()) {
            resources.push(json!({
                "uuid": resource(of, path),
                "title": title,
                "rlinks": [{
                    "href": source.beside(path),
                    "hashes": [{ "algorithm": "SHA-256", "value": digest.to_string() }],
                }],
            }));
        }
    };
    for (path, text) in source.texts {
        add(format!("Document {path}"), path, Digest::of(text.as_bytes()));
    }
    for entry in source.ledger.entries() {
        let number = entry.body().number;
        add(format!("Ledger entry {number}"), &entry_path(number), entry.digest());
        for digest in entry.evidence() {
            add(format!("Evidence {digest}"), &format!("evidence/{digest}"), digest);
        }
    }
    resources
}

fn entry_path(number: u64) -> String {
    format!("ledger/{number:08}.entry")
}

fn resource(of: &str, path: &str) -> String {
    uuid(of, &format!("resource {path}"))
}

fn seen(of: &str, path: &str, description: String) -> Value {
    json!({ "href": format!("#{}", resource(of, path)), "description": description })
}

/// The documents, on which rests what a program looks up in them.
fn documents(source: Source<'_>, of: &str, day: &str) -> Value {
    let evidence = source.texts.keys().map(|path| seen(of, path, format!("Document {path}, as it was read")));
    json!({
        "uuid": uuid(of, "documents"),
        "title": "The documents of the declaration",
        "description": "What is a plain look-up in the declaration was decided by the program that wrote this file.",
        "methods": ["EXAMINE"],
        "collected": day,
        "relevant-evidence": evidence.collect::<Vec<_>>(),
    })
}

fn described(source: Source<'_>) -> String {
    let mut words = format!("Overall verdict: {}. {}", source.conclusion.verdict, voluntary(source));
    if let Some(mapping) = Mapping::of(source.catalog, source.conclusion.edition) {
        words.push_str(&format!(" {mapping}"));
    }
    words
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
    let signed = format!("Entry {} by {}, SHA-256 {}", body.number, body.by, entry.digest());
    let mut evidence = vec![seen(of, &entry_path(body.number), signed)];
    evidence.extend(
        entry
            .evidence()
            .iter()
            .map(|digest| seen(of, &format!("evidence/{digest}"), format!("SHA-256 {digest}"))),
    );
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
    let rests = Rests::of(group);
    let mut names: Vec<String> = rests.entries.iter().map(|number| format!("entry {number}")).collect();
    names.extend(rests.documents.then(|| "documents".to_owned()));
    let related: Vec<Value> =
        names.iter().map(|name| json!({ "observation-uuid": uuid(of, name) })).collect();
    if !related.is_empty()
        && let Some(object) = finding.as_object_mut()
    {
        object.insert("related-observations".to_owned(), related.into());
    }
    finding
}
