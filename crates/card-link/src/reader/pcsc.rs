//! PC/SC through the system's library.

use std::ffi::CString;
use std::time::Duration;

use pcsc::{Card, Context, Disposition, Error, Protocol, Protocols, ReaderState, Scope, ShareMode, State};

use super::{Reader, ReaderError, chosen, t0};
use crate::element::{Element, LinkError};
use crate::limits::{ANSWER_MAX, ATR_MAX};

/// The readers of this machine, and what cards are in them. Nobody who works with a card is disturbed.
///
/// # Errors
/// [`ReaderError::System`].
pub fn readers() -> Result<Vec<Reader>, ReaderError> {
    look(&context()?)
}

fn look(context: &Context) -> Result<Vec<Reader>, ReaderError> {
    let names = match context.list_readers_owned() {
        Ok(names) => names,
        Err(Error::NoReadersAvailable) => Vec::new(),
        Err(other) => return Err(system(other)),
    };
    let mut states: Vec<ReaderState> =
        names.into_iter().map(|name| ReaderState::new(name, State::UNAWARE)).collect();
    if !states.is_empty() {
        context.get_status_change(Duration::ZERO, &mut states).map_err(system)?;
    }
    Ok(states.iter().map(seen).collect())
}

fn seen(state: &ReaderState) -> Reader {
    let present = state.event_state().contains(State::PRESENT);
    Reader { name: state.name().to_string_lossy().into_owned(), atr: present.then(|| state.atr().to_vec()) }
}

/// Takes the card in the one reader that is meant, for this process alone.
pub(crate) fn open(wanted: &str) -> Result<Box<dyn Element + Send>, LinkError> {
    let context = context()?;
    let name = chosen(wanted, &look(&context)?)?;
    let wire_name = CString::new(name.as_str()).map_err(|error| ReaderError::System(error.to_string()))?;
    let card = context
        .connect(&wire_name, ShareMode::Exclusive, Protocols::ANY)
        .map_err(|error| unusable(&name, error))?;
    let mut element =
        ReaderElement { name, card, protocol: Protocol::T1, atr: Vec::new(), buffer: vec![0; ANSWER_MAX] };
    element.come_up()?;
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
    fn come_up(&mut self) -> Result<(), LinkError> {
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
        self.come_up()
    }
}

fn context() -> Result<Context, ReaderError> {
    Context::establish(Scope::User).map_err(|error| match error {
        Error::NoService => {
            ReaderError::System("pcscd does not run (Debian: apt-get install pcscd)".to_owned())
        }
        other => system(other),
    })
}

fn system(error: Error) -> ReaderError {
    ReaderError::System(error.to_string())
}

fn unusable(reader: &str, error: Error) -> LinkError {
    let target = format!("pcsc:{reader}");
    match error {
        Error::SharingViolation => LinkError::Busy { target },
        other => LinkError::unreachable(target, std::io::Error::other(other)),
    }
}
