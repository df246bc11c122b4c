//! `medseal card`: Java Cards, virtual ones in files and any that can be reached. All commands take them alike.

mod apdu;
mod bench;
mod content;
mod create;
mod info;
mod manage;
pub(crate) mod open;
pub(crate) mod piv;
mod policy;
mod progress;
mod readers;
mod script;
mod serve;
mod sweep;

use crate::exit::Outcome;
use card_link::gp::Lock;
use clap::Subcommand;

/// What to do with a card.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a card with keys of its own (IMAGE and IMAGE.keys)
    New(create::Options),
    /// Say what a card says of itself: answer to reset, platform, keys, memory, content
    Info(info::Options),
    /// Load a CAP file over a secure channel
    Load(content::LoadOptions),
    /// Make an instance of a loaded applet
    Install(content::InstallOptions),
    /// Delete an applet instance or a package
    Delete(content::DeleteOptions),
    /// List what is on the card
    List(content::ListOptions),
    /// Make a security domain
    Domain(manage::DomainOptions),
    /// Associate an instance, a package or a domain with another domain
    Extradite(manage::ExtraditeOptions),
    /// Store data in the issuer's domain, or personalize an applet
    Store(manage::StoreOptions),
    /// Lock an applet instance or a domain: it cannot be selected
    Lock(manage::LockOptions),
    /// Unlock it
    Unlock(manage::LockOptions),
    /// Give a card new keys
    Rekey(manage::RekeyOptions),
    /// Send APDUs in one power-up and print one answer a line: data, then the status word
    Apdu(apdu::Options),
    /// Send the APDUs of a script and hold the answers to what it expects
    Script(script::Options),
    /// Measure a card that has the benchmark applet
    Bench(bench::Options),
    /// Try every constant of the API: what the card supports, with which keys, how fast
    Sweep(sweep::Options),
    /// Make a card somebody's PIV card: applet, keys, certificates, PIN
    Piv(piv::Options),
    /// Lend cards to others: a virtual reader of pcscd, TCP, T=1' blocks
    Serve(serve::Options),
    /// List the readers of PC/SC and the cards in them
    Readers(readers::Options),
}

/// Runs the chosen command.
pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::New(options) => create::run(&options),
        Command::Info(options) => info::run(&options),
        Command::Load(options) => content::load(&options),
        Command::Install(options) => content::install(&options),
        Command::Delete(options) => content::delete(&options),
        Command::List(options) => content::list(&options),
        Command::Domain(options) => manage::domain(&options),
        Command::Extradite(options) => manage::extradite(&options),
        Command::Store(options) => manage::store(&options),
        Command::Lock(options) => manage::lock(&options, Lock::Locked),
        Command::Unlock(options) => manage::lock(&options, Lock::Unlocked),
        Command::Rekey(options) => manage::rekey(&options),
        Command::Apdu(options) => apdu::run(&options),
        Command::Script(options) => script::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Sweep(options) => sweep::run(&options),
        Command::Piv(options) => piv::run(&options),
        Command::Serve(options) => serve::run(&options),
        Command::Readers(options) => readers::run(&options),
    }
}
