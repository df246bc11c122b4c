//! Findings as SARIF 2.1.0, which code hosts and editors show at their lines.
//!
//! Where the evaluation folder was named from the place in which the program ran, files are told from there (`%SRCROOT%`), which is how
//! code hosts find them in a repository; an absolute folder makes file addresses, which editors open.

use crate::finding::{Finding, Level, Place, Rule};
use serde_json::{Value, json};
use std::path::{Component, Path};

/// One run with all rules and findings of the evaluation in `folder`, which was named as the user did.
#[must_use]
pub fn sarif(findings: &[Finding], folder: &Path) -> Value {
    let mut run = json!({
        "tool": { "driver": {
            "name": "medseal evaluate check",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": Rule::ALL.iter().map(|rule| descriptor(*rule)).collect::<Vec<_>>(),
        }},
        "columnKind": "unicodeCodePoints",
        "results": findings.iter().map(|finding| result(finding, folder)).collect::<Vec<_>>(),
    });
    if !folder.is_absolute()
        && let Some(fields) = run.as_object_mut()
    {
        let root = json!({ "%SRCROOT%": { "description": { "text": "Where the program ran." } } });
        fields.insert("originalUriBaseIds".to_owned(), root);
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
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

fn result(finding: &Finding, folder: &Path) -> Value {
    let mut result = json!({
        "ruleId": finding.rule.id(),
        "ruleIndex": Rule::ALL.iter().position(|rule| *rule == finding.rule),
        "level": level(finding.level()),
        "message": { "text": format!("{}. {}", finding.message, finding.help) },
        "locations": [{ "physicalLocation": location(&finding.at, folder) }],
    });
    if let (Some(related), Some(fields)) = (&finding.related, result.as_object_mut()) {
        let place = json!([{
            "physicalLocation": location(&related.at, folder),
            "message": { "text": related.value },
        }]);
        fields.insert("relatedLocations".to_owned(), place);
    }
    result
}

fn location(at: &Place, folder: &Path) -> Value {
    let path = uri(folder, &at.file);
    let artifact = if folder.is_absolute() {
        json!({ "uri": path })
    } else {
        json!({ "uri": path, "uriBaseId": "%SRCROOT%" })
    };
    json!({
        "artifactLocation": artifact,
        "region": { "startLine": at.line, "startColumn": at.column },
    })
}

/// A file of the folder as an address (RFC 3986): relative, or of the scheme `file`.
fn uri(folder: &Path, file: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for component in folder.components() {
        match component {
            Component::Normal(name) => parts.push(encoded(&name.to_string_lossy())),
            Component::ParentDir => parts.push("..".to_owned()),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    parts.extend(file.split('/').map(encoded));
    let path = parts.join("/");
    if folder.is_absolute() { format!("file:///{path}") } else { path }
}

/// A name as a part of an address (RFC 3986, 2.1).
#[must_use]
pub fn encoded(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
