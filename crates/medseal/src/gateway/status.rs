//! `medseal gateway status`: what the running gateway counts, asked at its desk.

use super::configuration;
use crate::exit::{Outcome, Problem};
use crate::print;
use clap::Args;
use gateway::Desk;
use gateway::desk::Method;
use serde_json::Value;
use std::path::PathBuf;

/// Which gateway, and in which form.
#[derive(Args)]
#[command(
    after_help = "Example:\n  medseal gateway status gateway.toml\n  medseal gateway status gateway.toml --prometheus > medseal.prom\n\nThe exit code is 1 when no gateway runs on the configuration's folder."
)]
pub(crate) struct Options {
    /// The gateway's configuration (TOML)
    config: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// Prometheus' text format
    #[arg(long, conflicts_with = "json")]
    prometheus: bool,
}

/// Asks and prints.
pub(super) fn run(options: &Options) -> Outcome {
    let config = configuration(&options.config)?;
    crate::service::log(crate::service::FAILURES);
    crate::service::runtime()?.block_on(async {
        let folder = config.data.display().to_string();
        let desk = Desk::open(config).await.map_err(Problem::machine)?;
        if !desk.runs() {
            desk.close().await;
            return Err(Problem::No(format!("no gateway runs on {folder}")));
        }
        let address = if options.prometheus { "/api/metrics" } else { "/api/status" };
        let (status, body) = desk.ask(Method::GET, address, String::new()).await.map_err(Problem::machine)?;
        let text = String::from_utf8_lossy(&body);
        if !status.is_success() {
            return Err(Problem::Machine(format!("{status}: {text}")));
        }
        if options.json || options.prometheus {
            print::result(text.trim_end());
            return Ok(());
        }
        let told: Value = serde_json::from_slice(&body).map_err(Problem::machine)?;
        lines(&told).iter().for_each(|line| print::result(line));
        Ok(())
    })
}

/// One line a counter that has counted anything, then one a destination.
fn lines(status: &Value) -> Vec<String> {
    let mut lines = vec![format!("medseal {}", status["version"].as_str().unwrap_or_default())];
    for (name, value) in status["counters"].as_object().into_iter().flatten() {
        match value {
            Value::Number(count) if count.as_u64() != Some(0) => lines.push(format!("{count:>14}  {name}")),
            Value::Object(parts) => {
                let part = |(key, value): (&String, &Value)| format!("{value:>14}  {name} {key}");
                lines.extend(parts.iter().map(part));
            }
            Value::Number(_) | Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) => {}
        }
    }
    for feed in status["feeds"].as_array().into_iter().flatten() {
        let name = feed["feed"].as_str().unwrap_or_default();
        lines.push(format!("{name}: {} wait, {} messages laid aside", feed["waiting"], feed["rejected"]));
    }
    lines
}
