//! The rules of the house, as checks: who may depend on whom, how long files and functions may be,
//! which words have no place in the tree.

mod rooms;
mod size;
mod words;

use crate::shell::{Failed, Outcome, output, root};
use std::path::PathBuf;

/// Runs every rule and prints each finding as `file:line: what`.
pub(crate) fn run() -> Outcome {
    let files = tracked_files()?;
    let mut findings = rooms::check()?;
    findings.extend(size::check(&files)?);
    findings.extend(words::check(&files)?);
    findings.sort();
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.len() {
        0 => {
            println!("tidy: {} files, nothing found", files.len());
            Ok(())
        }
        count => Err(Failed(format!("tidy: {count} findings"))),
    }
}

/// All files that git tracks or would, relative to the root.
fn tracked_files() -> Outcome<Vec<PathBuf>> {
    let listed = output(&["git", "ls-files", "--cached", "--others", "--exclude-standard"])?;
    Ok(listed.lines().map(PathBuf::from).filter(|path| root().join(path).is_file()).collect())
}

/// A file's text, or nothing where it is not text.
fn text(path: &std::path::Path) -> Option<String> {
    std::fs::read_to_string(root().join(path)).ok()
}
