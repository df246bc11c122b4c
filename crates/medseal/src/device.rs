//! `medseal device`: the agent by itself.

use crate::exit::{Outcome, Problem};
use crate::print;
use crate::service::Log;
use clap::{Args, Subcommand};
use device::agent::Agent;
use device::config::Config;
use device::ward::Ward;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// What to do with a device.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Measure, seal, spool and deliver until told to stop (SIGINT or SIGTERM)
    Run(Options),
}

/// Which devices.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The configuration of each device (TOML)
    #[arg(required = true, value_name = "CONFIG")]
    configs: Vec<PathBuf>,
    /// Print the counts at the end as JSON
    #[arg(long)]
    json: bool,
    /// How the log on standard error looks
    #[arg(long, value_enum, default_value_t = Log::Text)]
    log: Log,
}

const EXAMPLES: &str = "\
Examples:
  medseal device run devices/bed-01/device.toml
  medseal device run devices/*/device.toml        several devices in one process

The configuration says which way batches go; spool, order and the absence of gaps are the same on all of them:

  [gateway]
  address = \"gateway.example:8883\"       host and port; of amqp, the broker's
  ca = \"site-ca.pem\"                     who issued its certificate
  transport = \"mqtt\"                     mqtt, https, grpc or amqp
  mqtt = \"5\"                             of mqtt: 5 or 3.1.1
  tokens = \"https://gateway.example:8443/token\"   of the others: the gateway's token endpoint, as it names it
  queue = \"batches\"                      of amqp; `user` and `password` (a file) where the broker asks for them

What was not delivered when it stops stays spooled on disk and is delivered when it runs again.";

/// Runs the chosen command.
pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::Run(options) => serve(&options),
    }
}

fn serve(options: &Options) -> Outcome {
    crate::service::log_as(options.log, crate::service::DOINGS);
    let agents = options.configs.iter().map(|path| agent(path)).collect::<Outcome<Vec<_>>>()?;
    let stats = crate::service::runtime()?.block_on(async {
        let shutdown = CancellationToken::new();
        let ward = Ward::start(agents, &shutdown);
        crate::service::until_stopped(shutdown).await;
        ward.stopped().await.map_err(Problem::machine)
    })?;
    if options.json {
        print::json(&stats);
    } else {
        print::note(&format!(
            "{} batches sealed, {} acknowledged, {} still spooled, {} set aside",
            stats.sealed, stats.acknowledged, stats.spooled, stats.aside
        ));
    }
    Ok(())
}

fn agent(path: &Path) -> Outcome<Agent> {
    let config = Config::read(path).map_err(|error| Problem::Input(error.to_string()))?;
    let failed = |error: &dyn std::fmt::Display| Problem::Machine(format!("{}: {error}", config.device));
    let element = crate::ward::open_element(&config.device, &config.element.card)?;
    let setup = config.setup(element).map_err(|error| failed(&error))?;
    Agent::open(setup).map_err(|error| failed(&error))
}
