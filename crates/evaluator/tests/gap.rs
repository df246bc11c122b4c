//! What stands between a product and conformity.

use evaluator::catalog::{Catalog, Edition, Obligation};
use evaluator::checks::{self, Count, sarif};
use evaluator::finding::{Effort, Rule};
use evaluator::gap::{Gap, Weight, gap};
use evaluator::template::{Fill, documents};
use std::collections::BTreeMap;

fn analysed(catalog: &Catalog, texts: &BTreeMap<String, String>) -> Gap {
    let (evaluation, findings) = checks::check(texts, catalog);
    gap(&evaluation, catalog, &findings)
}

fn changed(texts: &BTreeMap<String, String>, file: &str, from: &str, to: &str) -> BTreeMap<String, String> {
    let mut changed = texts.clone();
    let text = changed.get_mut(file).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    *text = text.replacen(from, to, 1);
    changed
}

#[test]
fn a_whole_declaration_leaves_nothing() {
    let catalog = Catalog::embedded().unwrap();
    for edition in Edition::ALL {
        let gap = analysed(&catalog, &documents(&catalog, edition, Fill::Example));
        assert!(gap.is_closed() && gap.steps.is_empty(), "{:?}", gap.steps);
        let mandatory = gap.mandatory;
        assert_eq!(mandatory.claimed + mandatory.not_applicable, mandatory.all);
    }
}

#[test]
fn a_new_folder_needs_every_provision_decided() {
    let catalog = Catalog::embedded().unwrap();
    for (edition, provisions) in [(Edition::V2_1_1, 68), (Edition::V3_1_3, 78)] {
        let gap = analysed(&catalog, &documents(&catalog, edition, Fill::Open));
        assert_eq!(gap.mandatory.open + gap.recommended.open, provisions);
        assert_eq!(gap.steps.iter().filter(|step| step.rule.is_none()).count(), provisions);
        let open = gap.steps.iter().filter(|step| step.rule == Some(Rule::OpenPlaceholder));
        assert_eq!(open.count(), 34, "one step a document but ics.toml");
    }
}

#[test]
fn what_conformity_needs_comes_first() {
    let catalog = Catalog::embedded().unwrap();
    let sample = documents(&catalog, Edition::V2_1_1, Fill::Example);
    let reason = "reason = \"The microcontroller has no such unit.\"";
    let texts =
        changed(&sample, "ics.toml", "\"5.1-1\" = { answer = \"Y\" }", "\"5.1-1\" = { answer = \"N\" }");
    let texts = changed(
        &texts,
        "ics.toml",
        "\"5.6-8\" = { answer = \"Y\" }",
        &format!("\"5.6-8\" = {{ answer = \"N\", {reason} }}"),
    );
    let texts =
        changed(&texts, "ics.toml", "\"5.2-1\" = { answer = \"Y\" }", "\"5.2-1\" = { answer = \"N\" }");
    let texts = changed(&texts, "ixit/01-auth-mech.toml", "Argon2id", "PBKDF2");
    let gap = analysed(&catalog, &texts);
    let steps: Vec<(Weight, Option<Obligation>, Effort, String)> = gap
        .steps
        .iter()
        .map(|step| {
            let names: Vec<String> = step.provisions.iter().take(1).map(ToString::to_string).collect();
            (step.weight, step.obligation, step.effort, names.concat())
        })
        .collect();
    let mandatory = Some(Obligation::Mandatory);
    assert_eq!(
        steps[..2],
        [
            (Weight::Blocking, mandatory, Effort::Document, "5.2-1".to_owned()),
            (Weight::Blocking, mandatory, Effort::Engineering, "5.1-1".to_owned()),
        ]
    );
    assert_eq!((steps[2].0, steps[2].1), (Weight::Doubtful, mandatory), "{steps:?}");
    let last = steps.last().unwrap();
    assert_eq!((last.0, last.1, last.3.as_str()), (Weight::Optional, Some(Obligation::Recommended), "5.6-8"));
    assert_eq!(gap.steps[1].units.len(), 4, "the units of both cases of 5.1-1");
    assert_eq!((gap.mandatory.denied, gap.recommended.denied), (2, 1));
    assert!(!gap.is_closed());
}

#[test]
fn the_long_form_of_an_answer_reads_as_the_short_one() {
    let catalog = Catalog::embedded().unwrap();
    let sample = documents(&catalog, Edition::V2_1_1, Fill::Example);
    let short = "\"5.6-8\" = { answer = \"Y\" }";
    let open = changed(&sample, "ics.toml", short, "\"5.6-8\" = { answer = \"N\", reason = \"?\" }");
    let mut long = changed(&sample, "ics.toml", short, "");
    let text = long.get_mut("ics.toml").unwrap();
    text.push_str("\n[provisions.\"5.6-8\"]\nanswer = \"N\"\nreason = \"?\"\n");
    for texts in [open, long] {
        let (_, findings) = checks::check(&texts, &catalog);
        let rules: Vec<Rule> = findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, [Rule::OpenPlaceholder], "an open reason is open, not missing");
    }
}

#[test]
fn sarif_names_rule_place_and_the_other_side() {
    let catalog = Catalog::embedded().unwrap();
    let sample = documents(&catalog, Edition::V2_1_1, Fill::Example);
    let texts = changed(&sample, "dut.toml", "telemetry = true", "telemetry = false");
    let (_, findings) = checks::check(&texts, &catalog);
    assert_eq!(Count::of(&findings).errors, 1);
    let sarif = sarif::sarif(&findings, std::path::Path::new("."));
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    let result = results.iter().find(|result| result["ruleId"] == "contradiction").unwrap();
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(rules[index]["id"], "contradiction");
    assert_eq!(result["level"], "error");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "dut.toml");
    let line = usize::try_from(place["region"]["startLine"].as_u64().unwrap()).unwrap();
    assert_eq!(texts["dut.toml"].lines().nth(line - 1).unwrap(), "telemetry = false");
    let other = &result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(other, "ixit/24-tel-data.toml");
}
