//! `medseal card new`: a card with keys of its own.

use crate::exit::{Outcome, Problem};
use crate::print;
use card_link::{CardFile, CardKeys, Verification};
use clap::Args;
use std::path::PathBuf;

/// Where, and of what kind.
#[derive(Args)]
#[command(after_help = "Example:\n  medseal card new my.card")]
pub(crate) struct Options {
    /// The card's image file, which must not exist yet; its keys go to IMAGE.keys, readable by you alone
    image: PathBuf,
    /// Let this card link CAP files without verifying them. They may misbehave on the card, never outside
    #[arg(long)]
    unverified: bool,
}

/// Makes the card. Keys first: a card without its keys would be of no use to anybody.
pub(crate) fn run(options: &Options) -> Outcome {
    let keys = CardKeys::random().map_err(|error| Problem::Machine(format!("randomness: {error}")))?;
    if options.image.exists() {
        return Err(Problem::Input(format!(
            "{}: exists already; a card is never overwritten",
            options.image.display()
        )));
    }
    let path = CardKeys::path_beside(&options.image);
    keys.save(&path).map_err(Problem::machine)?;
    let verification = if options.unverified { Verification::Skipped } else { Verification::Required };
    CardFile::create(&options.image, keys.card_options().verification(verification))
        .map_err(|error| super::open::link(&error))?;
    print::note(&format!("{}: a new card; its keys: {}", options.image.display(), path.display()));
    Ok(())
}
