//! `cargo xtask bench`: the measurements of `docs/performance.md`.

use crate::needs;
use crate::shell::{Failed, Outcome, run as run_words, step};

/// Name, what it measures, the command.
const BENCHES: &[(&str, &str, &[&str])] = &[];

/// Runs all measurements, or the named one.
pub(crate) fn run(args: &[String]) -> Outcome {
    needs::meet(&[&needs::COMPILER, &needs::OPENSSL])?;
    let wanted = args.first().map(String::as_str);
    let chosen: Vec<_> =
        BENCHES.iter().filter(|(name, _, _)| wanted.is_none_or(|wanted| wanted == *name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = BENCHES.iter().map(|(name, _, _)| *name).collect();
        return Err(Failed(format!("no such measurement; there are: {}", names.join(", "))));
    }
    for (name, what, words) in chosen {
        step(&format!("{name}: {what}"));
        run_words(words)?;
    }
    Ok(())
}
