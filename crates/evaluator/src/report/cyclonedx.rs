//! CycloneDX attestations (ECMA-424, CycloneDX 1.6, `definitions` and `declarations`): the standard's provisions as
//! requirements, each claimed one with a claim, its evidence and how far it conforms.
//!
//! PASS is conformance 1, FAIL is 0. INCONCLUSIVE has no score, since none would be true; its rationale stands in the claim.

use serde_json::{Value, json};

use super::Source;
use super::oscal::entries;
use super::uuid::uuid;
use super::words::{plain, standard};
use crate::verdict::{GroupResult, Verdict};

const STANDARD: &str = "standard";
const ASSESSOR: &str = "assessor";
const TARGET: &str = "product";

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
                "summary": format!("{}: overall verdict {}. The standard is used voluntarily; it excludes devices primarily intended for healthcare.",
                    standard(source.conclusion.edition), source.conclusion.verdict),
                "assessor": ASSESSOR,
                "map": claimed.iter().map(|group| map(group)).collect::<Vec<_>>(),
            }],
            "claims": claimed.iter().map(|group| claim(source, group)).collect::<Vec<_>>(),
            "evidence": source.ledger.entries().map(|entry| json!({
                "bom-ref": format!("entry-{}", entry.body().number),
                "propertyName": "ledger-entry",
                "description": format!("Entry {} of the evidence ledger, SHA-256 {}", entry.body().number, entry.digest()),
                "created": entry.body().at.to_string(),
                "author": { "name": entry.body().by.as_str() },
            })).collect::<Vec<_>>(),
        },
    })
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
    let refs: Vec<String> = entries(group).iter().map(|number| format!("entry-{number}")).collect();
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
        object.insert("evidence".to_owned(), refs.into());
    }
    claim
}
