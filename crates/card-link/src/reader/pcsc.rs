//! PC/SC through the system's library.

use std::ffi::CString;

use pcsc::{Card, Context, Disposition, Error, Protocol, Protocols, Scope, ShareMode};

use super::{Reader, ReaderError, chosen, t0};
use crate::element::{Element, LinkError};
use crate::limits::{ANSWER_MAX, ATR_MAX};

/// The readers of this machine, and what cards are in them.
///
/// # Errors
/// [`ReaderError::System`].
pub fn readers() -> Result<Vec<Reader>, ReaderError> {
    let context = context()?;
    let mut found = Vec::new();
    for name in names(&context)? {
        let wire_name =
            CString::new(name.as_str()).map_err(|error| ReaderError::System(error.to_string()))?;
        let card = context.connect(&wire_name, ShareMode::Shared, Protocols::ANY);
        let atr = match card {
            Ok(card) => {
                let atr = card.status2_owned().ok().map(|status| status.atr().to_vec());
                // Looking must not disturb who works with the card.
                let _left = card.disconnect(Disposition::LeaveCard);
                atr
            }
            Err(_) => None,
        };
        found.push(Reader { name, atr });
    }
    Ok(found)
}

/// Takes the card in the one reader that is meant, for this process alone.
pub(crate) fn open(wanted: &str) -> Result<Box<dyn Element + Send>, LinkError> {
    let context = context()?;
    let name = chosen(wanted, names(&context)?)?;
    let wire_name = CString::new(name.as_str()).map_err(|error| ReaderError::System(error.to_string()))?;
    let card = context
        .connect(&wire_name, ShareMode::Exclusive, Protocols::ANY)
        .map_err(|error| unusable(&name, error))?;
    let mut element =
        ReaderElement { name, card, protocol: Protocol::T1, atr: Vec::new(), buffer: vec![0; ANSWER_MAX] };
    element.look()?;
    Ok(Box::new(element))
}

/// A card in a reader. When dropped it is reset, so that no secure channel of ours is left open.
struct ReaderElement {
    name: String,
    card: Card,
    protocol: Protocol,
    atr: Vec<u8>,
    buffer: Vec<u8>,
}

impl ReaderElement {
    /// What protocol and answer to reset the card came up with.
    fn look(&mut self) -> Result<(), LinkError> {
        let mut names = [0; 256];
        let mut atr = [0; ATR_MAX];
        let status = self.card.status2(&mut names, &mut atr).map_err(|error| unusable(&self.name, error))?;
        self.protocol = status.protocol2().unwrap_or(Protocol::T1);
        self.atr = status.atr().to_vec();
        Ok(())
    }
}

impl Element for ReaderElement {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        let Self { name, card, buffer, .. } = self;
        let mut wire = |bytes: &[u8]| {
            let answer = card.transmit(bytes, buffer).map_err(|error| unusable(name, error))?;
            Ok(answer.to_vec())
        };
        match self.protocol {
            Protocol::T0 => t0::exchange(command, wire),
            Protocol::T1 | Protocol::RAW => wire(command),
        }
    }

    fn atr(&self) -> Vec<u8> {
        self.atr.clone()
    }

    fn reset(&mut self) -> Result<(), LinkError> {
        self.card
            .reconnect(ShareMode::Exclusive, Protocols::ANY, Disposition::ResetCard)
            .map_err(|error| unusable(&self.name, error))?;
        self.look()
    }
}

fn context() -> Result<Context, ReaderError> {
    Context::establish(Scope::User).map_err(|error| match error {
        Error::NoService => {
            ReaderError::System("pcscd does not run (Debian: apt-get install pcscd)".to_owned())
        }
        other => ReaderError::System(other.to_string()),
    })
}

fn names(context: &Context) -> Result<Vec<String>, ReaderError> {
    match context.list_readers_owned() {
        Ok(names) => Ok(names.iter().map(|name| name.to_string_lossy().into_owned()).collect()),
        Err(Error::NoReadersAvailable) => Ok(Vec::new()),
        Err(other) => Err(ReaderError::System(other.to_string())),
    }
}

fn unusable(reader: &str, error: Error) -> LinkError {
    let target = format!("pcsc:{reader}");
    match error {
        Error::SharingViolation => LinkError::Busy { target },
        other => LinkError::unreachable(target, std::io::Error::other(other)),
    }
}
