//! `cargo xtask ward`: from a clone to a running ward.

use crate::needs;
use crate::shell::{Failed, Outcome, command, root, step};
use crate::web;
use std::path::PathBuf;

/// Sets up, builds in release mode, and hands over to `medseal ward`.
pub(crate) fn run(args: &[String]) -> Outcome {
    needs::meet(&[&needs::COMPILER])?;
    web::build()?;
    let medseal = build_release()?;
    step("starting the ward");
    let mut words = vec!["ward"];
    words.extend(args.iter().map(String::as_str));
    let status = command(&[&medseal.to_string_lossy()]).args(&words).status()?;
    if status.success() { Ok(()) } else { Err(Failed(format!("medseal ward ended with {status}"))) }
}

/// The release build of the product; cargo shows the progress.
pub(crate) fn build_release() -> Outcome<PathBuf> {
    step("building medseal (the first time takes some minutes)");
    crate::shell::run(&["cargo", "build", "--release", "--locked", "--package", "medseal"])?;
    Ok(release_folder().join("medseal"))
}

/// Where release builds go.
pub(crate) fn release_folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("release")
}
