//! Completion scripts for shells.

use crate::exit::Outcome;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Which shell.
#[derive(Args)]
#[command(
    after_help = "Example:\n  medseal completions bash > ~/.local/share/bash-completion/completions/medseal"
)]
pub(crate) struct Options {
    /// The shell to complete for
    shell: Shell,
}

/// Prints the script for the whole command line `C`.
pub(crate) fn run<C: CommandFactory>(options: &Options) -> Outcome {
    clap_complete::generate(options.shell, &mut C::command(), "medseal", &mut std::io::stdout());
    Ok(())
}
