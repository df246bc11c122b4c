//! Opening a card, and its keys where a command needs a secure channel.

use crate::exit::{Outcome, Problem};
use card_link::gp::{GpError, Session};
use card_link::{CardFile, CardKeys, Element, FileError, LinkError};
use clap::Args;
use std::path::PathBuf;

/// Which card.
#[derive(Args)]
pub(crate) struct CardArguments {
    /// The card's image file
    pub(crate) image: PathBuf,
    /// The file with the card's keys (default: IMAGE.keys)
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
}

impl CardArguments {
    /// Powers the card up.
    pub(crate) fn open(&self) -> Outcome<CardFile> {
        CardFile::open(&self.image).map_err(|error| self.unusable(&error))
    }

    /// A file that is no usable card is an error in the input, naming the file; the rest is the machine's.
    fn unusable(&self, error: &LinkError) -> Problem {
        match error {
            LinkError::File(FileError::Io { .. } | FileError::InUse { .. }) | LinkError::Malformed(_) => {
                link(error)
            }
            LinkError::File(
                FileError::NotACard
                | FileError::Version(_)
                | FileError::Damaged { .. }
                | FileError::Full { .. },
            )
            | LinkError::Card(_) => Problem::Input(format!("{}: {error}", self.image.display())),
        }
    }

    /// The card's keys.
    pub(crate) fn read_keys(&self) -> Outcome<CardKeys> {
        let path = self.keys.clone().unwrap_or_else(|| CardKeys::path_beside(&self.image));
        CardKeys::read(&path).map_err(|error| Problem::Input(error.to_string()))
    }
}

/// A secure channel to the card's issuer domain.
pub(crate) fn session<'e, E: Element>(card: &'e mut E, keys: &CardKeys) -> Outcome<Session<'e, E>> {
    Session::open(card, keys).map_err(|error| gp(&error))
}

/// A card that could not be reached.
pub(crate) fn link(error: &LinkError) -> Problem {
    Problem::Machine(chain(error))
}

/// A card that refused.
pub(crate) fn gp(error: &GpError) -> Problem {
    Problem::No(chain(error))
}

/// An error with its causes, which may say the same twice when they are transparent.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text
}
