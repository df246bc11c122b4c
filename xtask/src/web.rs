//! The dashboard's build.

use crate::needs;
use crate::shell::{Outcome, command, root, run_command, step};
use std::path::Path;
use std::time::SystemTime;

/// Builds `web/dist` when any source is newer than it.
pub(crate) fn build() -> Outcome {
    needs::meet(&[&needs::NODE, &needs::NPM])?;
    install()?;
    let web = root().join("web");
    let built = modified(&web.join("dist/index.html"));
    if built.is_some_and(|built| newest(&web).is_none_or(|source| source <= built)) {
        return Ok(());
    }
    step("building the dashboard");
    npm(&["run", "--silent", "build"])
}

/// Installs the dashboard's packages when the lock file is newer than what is installed.
pub(crate) fn install() -> Outcome {
    install_in("web")
}

/// The same for the Node packages of another folder.
pub(crate) fn install_in(folder: &str) -> Outcome {
    let path = root().join(folder);
    let installed = modified(&path.join("node_modules/.package-lock.json"));
    if installed.is_some_and(|at| modified(&path.join("package-lock.json")).is_none_or(|lock| lock <= at)) {
        return Ok(());
    }
    step(&format!("installing the packages of {folder}"));
    run_command(command(&["npm", "ci", "--no-audit", "--no-fund"]).current_dir(path))
}

/// Runs npm in `web/`.
pub(crate) fn npm(words: &[&str]) -> Outcome {
    let mut all = vec!["npm"];
    all.extend(words);
    run_command(command(&all).current_dir(root().join("web")))
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

/// The newest change among the sources, leaving out what is installed or built.
fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = std::fs::read_dir(folder).ok()?;
    entries
        .flatten()
        .filter(|entry| !matches!(entry.file_name().to_str(), Some("node_modules" | "dist" | "test-results")))
        .filter_map(
            |entry| if entry.path().is_dir() { newest(&entry.path()) } else { modified(&entry.path()) },
        )
        .max()
}
