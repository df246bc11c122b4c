//! Words that have no place in the tree: unfinished work, switched-off tests, somebody's machine.

use super::text;
use crate::shell::Outcome;
use std::path::PathBuf;

/// What to look for, written apart so that this file does not find itself, and what to do instead.
const WORDS: &[(&[&str], &str)] = &[
    (&["TO", "DO"], "finish it, or say in COMPATIBILITY.md that it does not work"),
    (&["FIX", "ME"], "fix it, or say in COMPATIBILITY.md that it does not work"),
    (&["unimpl", "emented!"], "a listed refusal instead"),
    (&["#[ign", "ore"], "what does not work stands in COMPATIBILITY.md"),
    (&["/wo", "rk/"], "a path of somebody's machine"),
    (&["/home", "/"], "a path of somebody's machine"),
    (&["registry.", "npmjs"], "a registry's host"),
    (&["static.", "crates.io"], "a registry's host"),
];

/// Documents that a newcomer relies on.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "COMPATIBILITY.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "docs/dependencies.md",
    "docs/performance.md",
    "docs/known-attacks.md",
    "docs/formats.md",
];

/// Looks through every text file, and for every promised document.
pub(super) fn check(files: &[PathBuf]) -> Outcome<Vec<String>> {
    let mut findings: Vec<String> = DOCUMENTS
        .iter()
        .filter(|document| !files.iter().any(|file| file.as_os_str() == **document))
        .map(|document| format!("{document}:1: missing"))
        .collect();
    let words: Vec<(String, &str)> =
        WORDS.iter().map(|(parts, instead)| (parts.concat(), *instead)).collect();
    for path in files.iter().filter(|path| !path.ends_with("Cargo.lock")) {
        let Some(source) = text(path) else { continue };
        for (index, line) in source.lines().enumerate() {
            for (word, instead) in words.iter().filter(|(word, _)| line.contains(word.as_str())) {
                findings.push(format!("{}:{}: '{word}': {instead}", path.display(), index + 1));
            }
        }
    }
    Ok(findings)
}
