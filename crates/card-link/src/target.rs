//! Which element is meant, as a person writes it, and the way that leads there.
//!
//! ```text
//! my.card                a card's file, opened in this process (any path; ./tcp:x is one, too)
//! tcp:HOST:PORT          a card that `medseal card serve --tcp` serves
//! pcsc:READER            a reader of PC/SC, by its name or a part of it that fits one; pcsc: alone is the only reader,
//!                        or the only one that holds a card
//! ```

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::element::{Element, LinkError};
use crate::file::CardFile;
use crate::reader;
use crate::tcp::TcpElement;

/// An element and the way to it. Nothing is opened before [`Target::open`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A card kept in a file.
    File(PathBuf),
    /// A card served over TCP: `HOST:PORT`.
    Tcp(String),
    /// A card in a reader whose name contains this; empty for the only reader.
    Reader(String),
}

/// Why words name no element.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Nothing was given.
    #[error("a card is a file, tcp:HOST:PORT or pcsc:READER")]
    Empty,
    /// The address of a TCP card has no port.
    #[error("'{0}' is no HOST:PORT")]
    Address(String),
}

impl Target {
    /// Reaches the element and powers it up.
    ///
    /// # Errors
    /// [`LinkError`], naming the target where the error itself does not.
    pub fn open(&self) -> Result<Box<dyn Element + Send>, LinkError> {
        Ok(match self {
            Target::File(path) => Box::new(CardFile::open(path)?),
            Target::Tcp(address) => Box::new(TcpElement::connect(address)?),
            Target::Reader(name) => reader::open(name)?,
        })
    }

    /// The card's file, when that is what it is.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Target::File(path) => Some(path),
            Target::Tcp(_) | Target::Reader(_) => None,
        }
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        if text.is_empty() {
            return Err(TargetError::Empty);
        }
        if let Some(address) = text.strip_prefix("tcp:") {
            return match address.rsplit_once(':') {
                Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
                    Ok(Target::Tcp(address.to_owned()))
                }
                Some(_) | None => Err(TargetError::Address(address.to_owned())),
            };
        }
        if let Some(name) = text.strip_prefix("pcsc:") {
            return Ok(Target::Reader(name.to_owned()));
        }
        Ok(Target::File(PathBuf::from(text)))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::File(path) => write!(f, "{}", path.display()),
            Target::Tcp(address) => write!(f, "tcp:{address}"),
            Target::Reader(name) => write!(f, "pcsc:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_and_written_alike() {
        for (text, target) in [
            ("my.card", Target::File("my.card".into())),
            ("./tcp:x", Target::File("./tcp:x".into())),
            ("tcp:localhost:3000", Target::Tcp("localhost:3000".into())),
            ("tcp:[::1]:3000", Target::Tcp("[::1]:3000".into())),
            ("pcsc:", Target::Reader(String::new())),
            ("pcsc:Virtual PCD 00", Target::Reader("Virtual PCD 00".into())),
        ] {
            assert_eq!(text.parse::<Target>().as_ref(), Ok(&target));
            assert_eq!(target.to_string(), text);
        }
    }

    #[test]
    fn what_names_no_card_is_refused() {
        for text in ["", "tcp:", "tcp:localhost", "tcp::3000", "tcp:localhost:70000"] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
