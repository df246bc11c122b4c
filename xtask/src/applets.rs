//! `cargo xtask applets`: Java source to CAP, with our own stubs, converter and verifier.

use crate::needs;
use crate::shell::Outcome;

/// Builds every applet of `applets/`.
pub(crate) fn build() -> Outcome {
    needs::meet(&[&needs::COMPILER, &needs::JAVAC])?;
    crate::shell::run(&[
        "cargo",
        "run",
        "--release",
        "--locked",
        "--package",
        "medseal",
        "--",
        "applet",
        "build",
    ])
}
