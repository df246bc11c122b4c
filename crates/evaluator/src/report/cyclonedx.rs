//! CycloneDX attestations (ECMA-424, CycloneDX 1.6, `definitions` and `declarations`): the standard's provisions as
//! requirements, each claimed one with a claim, its evidence and how far it conforms.
//!
//! What speaks for a claim that failed speaks against it: its evidence is `counterEvidence`. PASS is conformance 1, FAIL is 0. INCONCLUSIVE has no score, since none would be true; its rationale stands in the claim.

use serde_json::{Value, json};

use super::Source;
use super::rests::Rests;
use super::uuid::uuid;
use super::words::{plain, standard};
use crate::ledger::Digest;
use crate::plan::Mapping;
use crate::verdict::{GroupResult, Verdict};

const STANDARD: &str = "standard";
const ASSESSOR: &str = "assessor";
const TARGET: &str = "product";
const DOCUMENTS: &str = "documents";

/// Writes the attestations.
#[must_use]
pub fn cyclonedx(source: Source<'_>) -> Value {
    let product = source.evaluation.dut.product.as_ref();
    let name = plain(product.and_then(|product| product.name.as_ref()));
    let version = plain(product.and_then(|product| product.software_version.as_ref()));
    let settings = &source.evaluation.settings;
    let assessor = settings.laboratory.as_ref().and_then(|party| party.organisation.as_ref());
    let is_third_party =
        settings.scheme.as_ref().is_some_and(|scheme| scheme.value.option != "self-assessment");
    let day = format!("{}T00:00:00Z", source.date);
    let of = format!("{name}:{day}:{}", source.ledger.digest());
    let claimed: Vec<&GroupResult> =
        source.conclusion.groups.iter().filter(|group| group.verdict.is_some()).collect();
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{}", uuid(&of, "cyclonedx")),
        "version": 1,
        "metadata": {
            "timestamp": day.clone(),
            "component": { "type": "device", "bom-ref": TARGET, "name": name, "version": version },
        },
        "definitions": { "standards": [definition(source)] },
        "declarations": {
            "assessors": [{ "bom-ref": ASSESSOR, "thirdParty": is_third_party, "organization": { "name": plain(assessor) } }],
            "attestations": [{
                "summary": summary(source),
                "assessor": ASSESSOR,
                "map": claimed.iter().map(|group| map(group)).collect::<Vec<_>>(),
            }],
            "claims": claimed.iter().map(|group| claim(source, group)).collect::<Vec<_>>(),
            "evidence": evidence(source),
        },
    })
}

fn summary(source: Source<'_>) -> String {
    let mut words = format!(
        "{}: overall verdict {}. The standard is used voluntarily; it excludes devices primarily intended for healthcare.",
        standard(source.conclusion.edition),
        source.conclusion.verdict
    );
    if let Some(mapping) = Mapping::of(source.catalog, source.conclusion.edition) {
        words.push_str(&format!(" {mapping}"));
    }
    words
}

/// The ledger's entries with the files that they name, and the documents, each with its SHA-256.
fn evidence(source: Source<'_>) -> Vec<Value> {
    let data = |name: String, path: &str| json!({ "name": name, "contents": { "url": source.beside(path) } });
    let documents = source
        .texts
        .iter()
        .map(|(path, text)| data(format!("{path}, SHA-256 {}", Digest::of(text.as_bytes())), path));
    let mut all = vec![json!({
        "bom-ref": DOCUMENTS,
        "propertyName": "documents",
        "description": "The documents of the declaration, as they were read",
        "data": documents.collect::<Vec<_>>(),
    })];
    all.extend(source.ledger.entries().map(|entry| {
        let number = entry.body().number;
        let itself = data(format!("SHA-256 {}", entry.digest()), &format!("ledger/{number:08}.entry"));
        let files = entry
            .evidence()
            .into_iter()
            .map(|file| data(format!("SHA-256 {file}"), &format!("evidence/{file}")));
        json!({
            "bom-ref": format!("entry-{number}"),
            "propertyName": "ledger-entry",
            "description": format!("Entry {number} of the evidence ledger, SHA-256 {}", entry.digest()),
            "data": std::iter::once(itself).chain(files).collect::<Vec<_>>(),
            "created": entry.body().at.to_string(),
            "author": { "name": entry.body().by.as_str() },
        })
    }));
    all
}

fn definition(source: Source<'_>) -> Value {
    let edition = source.conclusion.edition;
    let requirements = source.catalog.provisions(edition).iter().map(|provision| {
        json!({
            "bom-ref": format!("provision-{}", provision.id),
            "identifier": provision.id.to_string(),
            "title": provision.paraphrase,
            "descriptions": [format!("{} (in other words than the standard's; confidence: {})", super::words::obligation(provision.obligation), provision.confidence.name())],
        })
    });
    json!({
        "bom-ref": STANDARD,
        "name": "ETSI EN 303 645",
        "version": edition.name(),
        "owner": "ETSI",
        "requirements": requirements.collect::<Vec<_>>(),
    })
}

fn map(group: &GroupResult) -> Value {
    let claim = format!("claim-{}", group.provision);
    let mut map = json!({ "requirement": format!("provision-{}", group.provision), "claims": [claim] });
    let conformance = match group.verdict {
        Some(Verdict::Pass) => Some(json!({ "score": 1, "rationale": "PASS" })),
        Some(Verdict::Fail) => Some(json!({ "score": 0, "rationale": "FAIL" })),
        Some(Verdict::Inconclusive) | None => None,
    };
    if let (Some(conformance), Some(object)) = (conformance, map.as_object_mut()) {
        object.insert("conformance".to_owned(), conformance);
    }
    map
}

fn claim(source: Source<'_>, group: &GroupResult) -> Value {
    let verdict = group.verdict.unwrap_or(Verdict::Inconclusive);
    let undecided = group
        .cases
        .iter()
        .flat_map(|case| &case.units)
        .filter(|unit| unit.verdict == Verdict::Inconclusive)
        .count();
    let reasoning = match verdict {
        Verdict::Pass => {
            "PASS: every criterion of its cases holds, or recognised evidence covers it.".to_owned()
        }
        Verdict::Fail => "FAIL: at least one criterion of its cases does not hold.".to_owned(),
        Verdict::Inconclusive => format!("INCONCLUSIVE: {undecided} unit(s) are not decided."),
    };
    let rests = Rests::of(group);
    let mut refs: Vec<String> = rests.entries.iter().map(|number| format!("entry-{number}")).collect();
    refs.extend(rests.documents.then(|| DOCUMENTS.to_owned()));
    let provision = source.catalog.provision(source.conclusion.edition, group.provision);
    let mut claim = json!({
        "bom-ref": format!("claim-{}", group.provision),
        "target": TARGET,
        "predicate": provision.map_or_else(String::new, |provision| provision.paraphrase.clone()),
        "reasoning": reasoning,
    });
    if !refs.is_empty()
        && let Some(object) = claim.as_object_mut()
    {
        let speaks = if verdict == Verdict::Fail { "counterEvidence" } else { "evidence" };
        object.insert(speaks.to_owned(), refs.into());
    }
    claim
}
