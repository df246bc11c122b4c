//! `medseal gateway`: the service by itself.

mod check;
mod export;
mod init;
mod run;
mod status;

use crate::exit::{Outcome, Problem};
use clap::Subcommand;
use gateway::Config;
use std::path::Path;

/// What to do with a gateway.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Write a configuration to start from, with every key explained
    Init(init::Options),
    /// Say what is wrong with a configuration, line by line, and what to do about it
    Check(check::Options),
    /// Run it until it is told to stop (SIGINT or SIGTERM)
    Run(run::Options),
    /// What the running gateway counts, and how far its destinations have got
    Status(status::Options),
    /// Write the sealed batches of a device to a record that `medseal verify` checks
    Export(export::Options),
}

/// Runs the chosen command.
pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::Init(options) => init::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Run(options) => run::run(&options),
        Command::Status(options) => status::run(&options),
        Command::Export(options) => export::run(&options),
    }
}

fn configuration(path: &Path) -> Outcome<Config> {
    Config::read(path).map_err(|error| Problem::Input(error.to_string()))
}
