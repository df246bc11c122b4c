//! `gateway-bench`: the gateway's table of figures in `docs/performance.md`, ours and the peers' measured in one run.
//!
//! `cargo xtask bench gateway` builds and runs it. The gateway is a process of its own, which does what `medseal gateway run` does; this
//! process is the load generator beside it, on the same cores, and its processor time is measured too. Peers are what this machine has: mosquitto, python-hl7's MLLP server, and the least that anybody must do for MLLP (`floor`).
//! What is missing is said in its row; the others are measured.

#[path = "../../../../../benches/src/figures/figure.rs"]
mod figure;
mod floor;
mod load_rows;
mod machine;
mod memory;
mod mllp;
mod mqtt;
mod process;
mod recovery;

use std::path::PathBuf;
use std::process::ExitCode;

use figure::{Figure, Unit};

const HELP: &str = "\
Usage: gateway-bench [--json] [--only WORD] [--seconds N]

  --json        one JSON array instead of the table
  --only WORD   only the rows whose name has this word: mllp, mqtt, memory, recovery
  --seconds N   how long each rate is measured (default 8)";

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// A file, a port or a process.
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    /// A program said something else than expected, or nothing.
    #[error("{program}: {said}")]
    Program { program: String, said: String },
    /// The site.
    #[error(transparent)]
    Site(#[from] load::site::SiteError),
    /// Its devices.
    #[error(transparent)]
    Fleet(#[from] load::fleet::FleetError),
    /// The run.
    #[error(transparent)]
    Run(#[from] load::run::RunError),
    /// The plan.
    #[error(transparent)]
    Plan(#[from] load::plan::PlanError),
    /// The target.
    #[error(transparent)]
    Target(#[from] load::target::TargetError),
    /// The messages.
    #[error(transparent)]
    Message(#[from] load::message::MessageError),
    /// The template of HL7 messages.
    #[error(transparent)]
    Template(#[from] load::message::TemplateError),
    /// The gateway's configuration.
    #[error(transparent)]
    Config(#[from] gateway::config::ConfigError),
}

impl Error {
    fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

fn main() -> ExitCode {
    let (mut only, mut json, mut seconds) = (String::new(), false, 8);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => json = true,
            "--only" => only = words.next().unwrap_or_default(),
            "--seconds" => seconds = words.next().and_then(|word| word.parse().ok()).unwrap_or(seconds),
            // What this program starts itself with, as processes beside it.
            process::GATEWAY => return process::serve(&words.map(PathBuf::from).collect::<PathBuf>()),
            floor::INSIDE => return floor::serve(),
            _ => {
                eprintln!("{HELP}");
                return ExitCode::from(2);
            }
        }
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let figures = runtime.block_on(all(&only, seconds));
    if !json {
        print!("{}", figure::table(&figures));
        return ExitCode::SUCCESS;
    }
    match serde_json::to_string_pretty(&figures) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("gateway-bench: {error}");
    ExitCode::FAILURE
}

/// Measures the rows whose name has the word. A row that cannot be measured says why.
async fn all(only: &str, seconds: u64) -> Vec<Figure> {
    let asked = |name: &str| {
        let is_asked = name.contains(only);
        if is_asked {
            eprintln!("measuring: {name}");
        }
        is_asked
    };
    let mut figures = Vec::new();
    let mut add = |name: &str, unit, rows: Result<Vec<Figure>, Error>| match rows {
        Ok(rows) => figures.extend(rows),
        Err(error) => figures.push(Figure::missing(name, unit, error.to_string())),
    };
    if asked("mllp") {
        add("MLLP", Unit::PerSecond, mllp::measure(seconds).await);
    }
    if asked("mqtt") {
        add("sealed batches over MQTT", Unit::PerSecond, mqtt::measure(seconds).await);
    }
    if asked("memory") {
        add("memory at 2,000 connected devices", Unit::Mebibytes, memory::measure().await);
    }
    if asked("recovery") {
        add("recovery with 10,000,000 readings", Unit::Seconds, recovery::measure().await);
    }
    figures
}
