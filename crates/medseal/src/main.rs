//! The command line: arguments, wiring, what is printed. All that is done is done in the other rooms.

mod adapter;
mod applet;
mod audit;
mod card;
mod clerk;
mod completions;
mod device;
mod evaluate;
mod exit;
mod feed;
mod gateway;
mod hl7;
mod load;
mod pki;
mod print;
mod secret;
mod service;
mod verify;
mod ward;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use std::time::Instant;

/// Security for the Internet of Medical Things, from the sensor to the patient's record.
#[derive(Parser)]
#[command(name = "medseal", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  medseal ward                              a gateway, an EHR listener and eight bedside monitors on this machine
  medseal ward --for 20s --attack --json    the same without a screen, attacked, as one JSON object
  medseal card new card.img                 a virtual Java Card with keys of its own
  medseal applet verify applet.cap          whether a CAP file keeps the rules of the Java Card machine
  medseal verify record.jsonl --maker ca.pem   check an exported record offline

Exit codes: 0 done; 1 the answer is no (refused, not verified, something lost); 2 wrong arguments or a file
with an error; 3 the machine would not (a file, a port, a device).";

#[derive(Subcommand)]
enum Command {
    /// Run a whole ward on this machine: monitors with secure elements, gateway, dashboard, EHR
    Ward(ward::Options),
    /// Applets: API stubs, conversion of class files to CAP, verification
    #[command(subcommand)]
    Applet(applet::Command),
    /// Virtual Java Cards: make one, load and install applets, send APDUs
    #[command(subcommand)]
    Card(card::Command),
    /// The gateway that verifies, stores and delivers
    #[command(subcommand)]
    Gateway(gateway::Command),
    /// The gateway's audit log
    #[command(subcommand)]
    Audit(audit::Command),
    /// What destinations have taken and refused: read, edit, send again
    #[command(subcommand)]
    Feed(feed::Command),
    /// The device agent that seals and sends
    #[command(subcommand)]
    Device(device::Command),
    /// Device adapters: list them, replay a capture through one
    #[command(subcommand)]
    Adapter(adapter::Command),
    /// HL7 version 2
    #[command(subcommand)]
    Hl7(hl7::Command),
    /// Load a gateway: senders for each way in, rates, latencies
    #[command(subcommand)]
    Load(load::Command),
    /// A product's cybersecurity evaluation: declaration, checks, plan, evidence, verdict, reports
    #[command(subcommand)]
    Evaluate(evaluate::Command),
    /// Check an exported record offline: every seal, every counter, every link of the chain
    Verify(verify::Options),
    /// Print a completion script for a shell
    Completions(completions::Options),
}

fn main() -> ExitCode {
    let started = Instant::now();
    let outcome = match Arguments::parse().command {
        Command::Ward(options) => ward::run(options, started),
        Command::Applet(command) => applet::run(command),
        Command::Card(command) => card::run(command),
        Command::Gateway(command) => gateway::run(command),
        Command::Audit(command) => audit::run(command),
        Command::Feed(command) => feed::run(command),
        Command::Device(command) => device::run(command),
        Command::Adapter(command) => adapter::run(command),
        Command::Hl7(command) => hl7::run(command),
        Command::Load(command) => load::run(command),
        Command::Evaluate(command) => evaluate::run(&command),
        Command::Verify(options) => verify::run(&options),
        Command::Completions(options) => completions::run::<Arguments>(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            print::error(&problem.to_string());
            problem.exit_code()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
