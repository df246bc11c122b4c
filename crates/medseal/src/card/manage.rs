//! `medseal card domain`, `extradite`, `store`, `lock`, `unlock`, `rekey`: GlobalPlatform beyond loading and installing.

use super::open::{CardArguments, gp, session};
use crate::applet::input::aid;
use crate::exit::{Outcome, Problem};
use crate::print;
use card_link::gp::{DataForm, Lock, Management};
use card_link::{Aid, CardKeys, KeyKind, KeySpec};
use clap::Args;
use std::path::PathBuf;

/// A security domain to make.
#[derive(Args)]
#[command(after_help = "Example:\n  medseal card domain my.card F000000055 --managing")]
pub(crate) struct DomainOptions {
    #[command(flatten)]
    card: CardArguments,
    /// Its AID
    #[arg(value_parser = aid)]
    aid: Aid,
    /// Let it load, install and delete what is its own
    #[arg(long)]
    managing: bool,
}

/// What to associate with another domain.
#[derive(Args)]
#[command(after_help = "Example:\n  medseal card extradite my.card F00000000101 --to F000000055")]
pub(crate) struct ExtraditeOptions {
    #[command(flatten)]
    card: CardArguments,
    /// AID of an instance, a package or a domain
    #[arg(value_parser = aid)]
    aid: Aid,
    /// AID of its new domain
    #[arg(long, value_name = "HEX", value_parser = aid)]
    to: Aid,
}

/// Data to store.
#[derive(Args)]
#[command(
    after_help = "Example:\n  medseal card store my.card 42021234\n  medseal card store my.card 0102 --for F00000000101"
)]
pub(crate) struct StoreOptions {
    #[command(flatten)]
    card: CardArguments,
    /// The data in hexadecimal: for the issuer's domain BER-TLV objects, for an applet whatever it takes
    data: String,
    /// AID of the applet or domain to personalize (default: the issuer's domain)
    #[arg(long = "for", value_name = "HEX", value_parser = aid)]
    to: Option<Aid>,
}

/// What to lock or unlock.
#[derive(Args)]
pub(crate) struct LockOptions {
    #[command(flatten)]
    card: CardArguments,
    /// AID of an instance or a domain
    #[arg(value_parser = aid)]
    aid: Aid,
}

/// New keys for a card.
#[derive(Args)]
#[command(after_help = "Example:\n  medseal card rekey my.card --to my.card.keys.2")]
pub(crate) struct RekeyOptions {
    #[command(flatten)]
    card: CardArguments,
    /// Where the new keys go: a file that must not exist yet
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

/// Makes a security domain, which takes the issuer's keys until it gets its own.
pub(crate) fn domain(options: &DomainOptions) -> Outcome {
    let management = if options.managing { Management::Authorized } else { Management::None };
    let keys = options.card.read_keys()?;
    let mut card = options.card.open()?;
    session(&mut card, &keys)?.install_domain(&options.aid, management).map_err(|error| gp(&error))?;
    print::note(&format!("made security domain {}", options.aid));
    Ok(())
}

/// Associates something with another domain.
pub(crate) fn extradite(options: &ExtraditeOptions) -> Outcome {
    let keys = options.card.read_keys()?;
    let mut card = options.card.open()?;
    session(&mut card, &keys)?.extradite(&options.aid, &options.to).map_err(|error| gp(&error))?;
    print::note(&format!("{} is with domain {}", options.aid, options.to));
    Ok(())
}

/// Stores data in the issuer's domain, or personalizes an applet or a domain.
pub(crate) fn store(options: &StoreOptions) -> Outcome {
    let data =
        hex::decode(&options.data).map_err(|error| Problem::Input(format!("'{}': {error}", options.data)))?;
    let keys = options.card.read_keys()?;
    let mut card = options.card.open()?;
    let mut session = session(&mut card, &keys)?;
    let form = match &options.to {
        Some(to) => {
            session.personalize(to).map_err(|error| gp(&error))?;
            DataForm::Unspecified
        }
        None => DataForm::Objects,
    };
    session.store_data(form, &data).map_err(|error| gp(&error))?;
    print::note(&format!("stored {} bytes", data.len()));
    Ok(())
}

/// Locks or unlocks an instance or a domain.
pub(crate) fn lock(options: &LockOptions, lock: Lock) -> Outcome {
    let keys = options.card.read_keys()?;
    let mut card = options.card.open()?;
    session(&mut card, &keys)?.set_lock(&options.aid, lock).map_err(|error| gp(&error))?;
    let word = match lock {
        Lock::Locked => "locked",
        Lock::Unlocked => "unlocked",
    };
    print::note(&format!("{word} {}", options.aid));
    Ok(())
}

/// Gives the issuer's domain new keys of the same kind in the place of those that are used. They are on disk before the card has them.
pub(crate) fn rekey(options: &RekeyOptions) -> Outcome {
    let old = options.card.read_keys()?;
    let secret = old.expose_secret();
    let spec = match (secret.kind(), secret.length()) {
        (KeyKind::TripleDes, _) => KeySpec::Des,
        (KeyKind::Aes, 32) => KeySpec::Aes256,
        (KeyKind::Aes, 24) => KeySpec::Aes192,
        (KeyKind::Aes, _) => KeySpec::Aes128,
    };
    let version = if old.version() >= 127 { 1 } else { old.version() + 1 };
    let fresh = CardKeys::random_of(spec, version)
        .map_err(|error| Problem::Machine(format!("randomness: {error}")))?;
    let mut card = options.card.open()?;
    let mut session = session(&mut card, &old)?;
    fresh.save(&options.to).map_err(Problem::machine)?;
    session.put_keys(&fresh, Some(session.key_version())).map_err(|error| gp(&error))?;
    print::note(&format!("the card's keys are now version {version}, in {}", options.to.display()));
    Ok(())
}
