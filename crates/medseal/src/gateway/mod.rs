//! `medseal gateway`: the service by itself.

mod export;
mod status;

use crate::exit::{Outcome, Problem};
use crate::print;
use clap::{Args, Subcommand};
use gateway::http::session::Role;
use gateway::{Config, Gateway};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// What to do with a gateway.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run it until it is told to stop (SIGINT or SIGTERM)
    Run(Options),
    /// Read the configuration, say what is wrong with it, and end
    Check(Options),
    /// What the running gateway counts, and how far its destinations have got
    Status(status::Options),
    /// Write the sealed batches of a device to a record that `medseal verify` checks
    Export(export::Options),
}

/// Which configuration.
#[derive(Args)]
#[command(after_help = "Example:\n  medseal gateway run gateway.toml")]
pub(crate) struct Options {
    /// The configuration (TOML)
    config: PathBuf,
}

/// Runs the chosen command.
pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::Run(options) => serve(&options),
        Command::Check(options) => {
            configuration(&options.config)?;
            print::result(&format!("{}: no errors", options.config.display()));
            Ok(())
        }
        Command::Status(options) => status::run(&options),
        Command::Export(options) => export::run(&options),
    }
}

fn configuration(path: &Path) -> Outcome<Config> {
    Config::read(path).map_err(|error| Problem::Input(error.to_string()))
}

fn serve(options: &Options) -> Outcome {
    let config = configuration(&options.config)?;
    crate::service::log(crate::service::DOINGS);
    crate::service::runtime()?.block_on(async {
        let shutdown = CancellationToken::new();
        let running = Gateway::start(config, shutdown.clone()).await.map_err(Problem::machine)?;
        print::note(&format!("MQTT over TLS at {}", running.addresses.mqtt));
        for (source, address) in running.services.config.sources.mllp.iter().zip(&running.addresses.mllp) {
            let guard = if source.plain { "in the clear" } else { "over TLS" };
            print::note(&format!("HL7 v2 of {} {guard} at {address}", source.name));
        }
        if let Some(https) = running.addresses.https {
            let base = format!("https://{https}");
            let link = running.services.issue_link(&base, "operator", Role::Operator).await;
            let link = link.map_err(Problem::machine)?;
            print::note(&format!("dashboard and FHIR at https://{https}"));
            print::note(&format!("sign in once, within fifteen minutes: {}", link.expose_secret()));
        }
        crate::service::until_stopped(shutdown).await;
        running.stopped().await;
        Ok(())
    })
}
