//! Findings as SARIF 2.1.0, which code hosts and editors show at their lines.

use crate::finding::{Finding, Level, Place, Rule};
use serde_json::{Value, json};

/// One run with all rules and findings. Paths are relative to the evaluation folder.
#[must_use]
pub fn sarif(findings: &[Finding]) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "medseal evaluate check",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": Rule::ALL.iter().map(|rule| descriptor(*rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {
                "EVALUATION": { "description": { "text": "The evaluation folder." } }
            },
            "results": findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

fn descriptor(rule: Rule) -> Value {
    json!({
        "id": rule.id(),
        "shortDescription": { "text": rule.what() },
        "help": { "text": rule.help() },
        "defaultConfiguration": { "level": level(rule.level()) },
    })
}

fn result(finding: &Finding) -> Value {
    let mut result = json!({
        "ruleId": finding.rule.id(),
        "ruleIndex": Rule::ALL.iter().position(|rule| *rule == finding.rule),
        "level": level(finding.level()),
        "message": { "text": format!("{}. {}", finding.message, finding.help) },
        "locations": [{ "physicalLocation": location(&finding.at) }],
    });
    if let (Some(related), Some(fields)) = (&finding.related, result.as_object_mut()) {
        let place = json!([{
            "physicalLocation": location(&related.at),
            "message": { "text": related.value },
        }]);
        fields.insert("relatedLocations".to_owned(), place);
    }
    result
}

fn location(at: &Place) -> Value {
    json!({
        "artifactLocation": { "uri": &*at.file, "uriBaseId": "EVALUATION" },
        "region": { "startLine": at.line, "startColumn": at.column },
    })
}
