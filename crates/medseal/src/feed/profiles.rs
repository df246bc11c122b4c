//! `medseal feed profiles` and `preview`: the dialects of flat ORU feeds, looked at without a gateway.

use crate::exit::{Outcome, Problem};
use crate::print;
use clap::Args;
use clinical::dialect::Dialect;
use std::path::{Path, PathBuf};

/// How to list.
#[derive(Args)]
#[command(after_help = "Example:\n  medseal feed profiles")]
pub(crate) struct List {
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Which dialect.
#[derive(Args)]
#[command(
    after_help = "Example:\n  medseal feed preview millennium\n  medseal feed preview --source epic > our-epic.toml\n  medseal feed preview our-epic.toml"
)]
pub(crate) struct Preview {
    /// The name of a built-in profile, or a file
    profile: PathBuf,
    /// The profile's own text, to start a file from, instead of a message
    #[arg(long)]
    source: bool,
}

/// The built-in profiles, each with what it is for and whether any such system has ever taken a message of it.
pub(super) fn list(options: &List) -> Outcome {
    let all = Dialect::built_in_names().filter_map(Dialect::built_in);
    if options.json {
        let shape = |it: Dialect| {
            serde_json::json!({
                "name": it.name, "title": it.title, "tested": it.tested, "version": it.version,
                "interval_seconds": it.interval_s, "averaging": it.averaging.word(),
                "source": it.source, "assumed": it.assumed,
            })
        };
        print::json(&serde_json::json!({ "profiles": all.map(shape).collect::<Vec<_>>() }));
        return Ok(());
    }
    for it in all {
        let tested = if it.tested { "tested" } else { "untested" };
        let interval = match it.interval_s {
            0 => "each batch".to_owned(),
            seconds => format!("{} of {seconds} s", it.averaging.word()),
        };
        print::result(&format!(
            "{:<12} {:<9} v{:<6} {interval:<15} {}",
            it.name, tested, it.version, it.title
        ));
    }
    Ok(())
}

/// A message of a dialect about nobody.
pub(super) fn preview(options: &Preview) -> Outcome {
    if options.source {
        print::result(text(&options.profile)?.trim_end());
        return Ok(());
    }
    let dialect = gateway::sinks::hl7::dialect("preview", &options.profile)
        .map_err(|error| Problem::Input(error.to_string()))?;
    if !dialect.tested {
        print::note("untested: no such system has ever been tried with it");
    }
    for (what, words) in [("from", &dialect.source), ("assumed", &dialect.assumed)] {
        if !words.is_empty() {
            print::note(&format!("{what}: {words}"));
        }
    }
    let sample = dialect.sample().ok_or_else(|| {
        Problem::No("it lists none of the sample's codes and leaves out what it does not list".into())
    })?;
    print::result(sample.trim_end().replace('\r', "\n").as_str());
    Ok(())
}

fn text(profile: &Path) -> Outcome<String> {
    match profile.to_str().and_then(Dialect::built_in_text) {
        Some(text) => Ok(text.to_owned()),
        None => std::fs::read_to_string(profile)
            .map_err(|error| Problem::Input(format!("{}: {error}", profile.display()))),
    }
}
