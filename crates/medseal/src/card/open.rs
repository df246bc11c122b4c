//! Opening a card, and its keys where a command needs a secure channel.

use crate::exit::{Outcome, Problem};
use card_link::gp::{GpError, Session};
use card_link::{CardKeys, Element, FileError, LinkError, Target};
use clap::Args;
use std::path::PathBuf;

/// An element that is powered up, whatever way it was reached.
pub(crate) type Opened = Box<dyn Element + Send>;

/// Which card.
#[derive(Args)]
pub(crate) struct CardArguments {
    /// The card: its file, or tcp:HOST:PORT, t1:SOCKET, i2c:DEVICE@ADDRESS, spi:DEVICE, pcsc:READER
    card: Target,
    /// The file with the card's keys (default for a card in a file: CARD.keys)
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
}

impl CardArguments {
    /// Powers the card up.
    pub(crate) fn open(&self) -> Outcome<Opened> {
        open(&self.card)
    }

    /// The card's keys.
    pub(crate) fn read_keys(&self) -> Outcome<CardKeys> {
        match self.keys_path() {
            Some(path) => CardKeys::read(&path).map_err(|error| Problem::Input(error.to_string())),
            None => Err(Problem::Input(format!("{}: which keys? Give --keys FILE", self.card))),
        }
    }

    /// The card's keys, where it is known which they are.
    pub(crate) fn keys_if_any(&self) -> Outcome<Option<CardKeys>> {
        match self.keys_path() {
            Some(path) if self.keys.is_some() || path.exists() => self.read_keys().map(Some),
            Some(_) | None => Ok(None),
        }
    }

    fn keys_path(&self) -> Option<PathBuf> {
        self.keys.clone().or_else(|| self.card.file().map(CardKeys::path_beside))
    }
}

/// Powers a card up.
pub(crate) fn open(target: &Target) -> Outcome<Opened> {
    target.open().map_err(|error| unusable(target, &error))
}

/// A file that is no usable card is an error in the input, naming the file; the rest is the machine's.
fn unusable(target: &Target, error: &LinkError) -> Problem {
    match error {
        LinkError::File(FileError::Io { .. } | FileError::InUse { .. })
        | LinkError::Malformed(_)
        | LinkError::Unreachable { .. }
        | LinkError::Busy { .. }
        | LinkError::T1 { .. }
        | LinkError::Reader(_) => link(error),
        LinkError::File(
            FileError::NotACard | FileError::Version(_) | FileError::Damaged { .. } | FileError::Full { .. },
        )
        | LinkError::Card(_) => Problem::Input(format!("{target}: {error}")),
    }
}

/// A secure channel to the card's issuer domain.
pub(crate) fn session<'e, E: Element + ?Sized>(card: &'e mut E, keys: &CardKeys) -> Outcome<Session<'e, E>> {
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
