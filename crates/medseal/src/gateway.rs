//! `medseal gateway`: the service by itself.

use crate::exit::{Outcome, Problem};
use crate::print;
use clap::{Args, Subcommand};
use gateway::{Config, Gateway};
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

/// What to do with a gateway.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run it until it is told to stop (SIGINT or SIGTERM)
    Run(Options),
    /// Read the configuration, say what is wrong with it, and end
    Check(Options),
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
            configuration(&options)?;
            print::result(&format!("{}: no errors", options.config.display()));
            Ok(())
        }
    }
}

fn configuration(options: &Options) -> Outcome<Config> {
    Config::read(&options.config).map_err(|error| Problem::Input(error.to_string()))
}

fn serve(options: &Options) -> Outcome {
    let config = configuration(options)?;
    crate::service::log();
    crate::service::runtime()?.block_on(async {
        let shutdown = CancellationToken::new();
        let running = Gateway::start(config, shutdown.clone())
            .await
            .map_err(|error| Problem::Machine(error.to_string()))?;
        print::note(&format!("MQTT over TLS at {}", running.addresses.mqtt));
        if let Some(https) = running.addresses.https {
            print::note(&format!("dashboard and FHIR at https://{https}"));
        }
        crate::service::until_stopped(shutdown).await;
        running.stopped().await;
        Ok(())
    })
}
