//! The virtual reader of vsmartcard: its driver in pcscd listens on one TCP port a slot, and the card connects.
//!
//! ```text
//! message = length:u16 (big-endian) bytes
//! from the reader, one byte:   00 power off   01 power on   02 reset   04 what is your answer to reset?
//! from the reader, else:       a command APDU
//! to the reader:               the answer to reset, or the answer to the command; nothing to 00, 01 and 02
//! ```
//!
//! The driver writes length and bytes apart, and the kernel holds the second back until the first is acknowledged, which a
//! peer that has nothing to say does after 40 ms. Only quick acknowledgements, asked for again before each read because the
//! kernel forgets them, bring an exchange from 48 ms to 0.1 ms.
//!
//! pcscd looks every 400 ms whether the card is there. A card whose process was killed and started again within that time
//! was never away in its eyes, and yet lost its power: pcscd then neither powers it up nor tells clients of it, and only
//! polls. A card that finds itself so takes itself out for long enough to be missed, once.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};

use crate::element::{Element, LinkError};
use crate::limits::{CONNECT_WAIT, RECONNECT_PAUSE, REMOVED_PAUSE, UNPOWERED_POLLS};

/// The port of the first slot.
pub const PORT: u16 = 35_963;

/// What the reader asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    /// Power off.
    Off,
    /// Power on.
    On,
    /// Warm reset.
    Reset,
    /// What is your answer to reset? Asked again and again, to see that the card is there.
    Atr,
    /// A command APDU.
    Command,
}

impl Request {
    /// Any bytes are a request: what is not one of the four is a command.
    fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0] => Request::Off,
            [1] => Request::On,
            [2] => Request::Reset,
            [4] => Request::Atr,
            _ => Request::Command,
        }
    }
}

/// How a connection to the reader ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The card is in the reader.
    Inserted,
    /// The reader went away, as when pcscd restarts.
    Removed,
}

/// Puts `element` into the slot at `address` (`HOST:PORT`) and serves it until it fails. A reader that is not there yet, or
/// goes away, is tried again without end; `tell` hears of each change.
///
/// # Errors
/// What the element failed with; [`LinkError::Unreachable`] for an address that is none.
pub fn serve<E: Element>(
    address: &str,
    mut element: E,
    mut tell: impl FnMut(Event),
) -> Result<(), LinkError> {
    let bad = |source| LinkError::unreachable(address, source);
    let addresses: Vec<_> = address.to_socket_addrs().map_err(bad)?.collect();
    let mut patience = Patience::Polls(UNPOWERED_POLLS);
    loop {
        let mut pause = RECONNECT_PAUSE;
        let reach = |address| TcpStream::connect_timeout(address, CONNECT_WAIT).ok();
        if let Some(stream) = addresses.iter().find_map(reach) {
            tell(Event::Inserted);
            let ended = session(stream, &mut element, patience)?;
            tell(Event::Removed);
            (patience, pause) = match ended {
                End::Gone => (Patience::Polls(UNPOWERED_POLLS), RECONNECT_PAUSE),
                End::Unpowered => (Patience::Endless, REMOVED_PAUSE),
            };
        }
        std::thread::sleep(pause);
    }
}

/// How often a reader may ask for the answer to reset before it powers the card up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    Polls(u32),
    Endless,
}

impl Patience {
    /// After one more poll, or `None` when that was one too many.
    fn polled(self) -> Option<Self> {
        match self {
            Patience::Polls(left) => left.checked_sub(1).map(Patience::Polls),
            Patience::Endless => Some(self),
        }
    }
}

/// Why a session ended.
enum End {
    /// The reader went away.
    Gone,
    /// The reader polls and does not power the card up.
    Unpowered,
}

/// Serves one connection. Only a failure of the element is an error; that the reader went away is not.
fn session<E: Element>(stream: TcpStream, element: &mut E, mut patience: Patience) -> Result<End, LinkError> {
    if stream.set_nodelay(true).is_err() {
        return Ok(End::Gone);
    }
    let mut wire = Wire { stream, request: Vec::new(), answer: Vec::new(), message: Vec::new() };
    let mut end = End::Gone;
    while let Ok(request) = wire.receive() {
        match request {
            Request::Off | Request::On | Request::Reset => {
                patience = Patience::Endless;
                element.reset()?;
                continue;
            }
            Request::Atr => match patience.polled() {
                Some(left) => {
                    patience = left;
                    wire.answer = element.atr();
                }
                None => {
                    end = End::Unpowered;
                    break;
                }
            },
            Request::Command => {
                patience = Patience::Endless;
                element.transmit_into(&wire.request, &mut wire.answer)?;
            }
        }
        if wire.send().is_err() {
            break;
        }
    }
    // Whoever took the card out took its power.
    element.reset()?;
    Ok(end)
}

/// The connection, with buffers that are used again.
struct Wire {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
    message: Vec<u8>,
}

impl Wire {
    /// Reads one request; a command's bytes are in `request`.
    fn receive(&mut self) -> io::Result<Request> {
        let mut length = [0; 2];
        self.fill(&mut length)?;
        let mut bytes = std::mem::take(&mut self.request);
        bytes.resize(usize::from(u16::from_be_bytes(length)), 0);
        self.fill(&mut bytes)?;
        self.request = bytes;
        Ok(Request::of(&self.request))
    }

    /// Reads exactly, acknowledging each piece at once.
    fn fill(&mut self, mut into: &mut [u8]) -> io::Result<()> {
        while !into.is_empty() {
            acknowledge_quickly(&self.stream)?;
            let count = self.stream.read(into)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            into = into.get_mut(count..).unwrap_or_default();
        }
        Ok(())
    }

    /// Writes `answer` in one piece.
    fn send(&mut self) -> io::Result<()> {
        let length = u16::try_from(self.answer.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.message.clear();
        self.message.extend_from_slice(&length.to_be_bytes());
        self.message.extend_from_slice(&self.answer);
        self.stream.write_all(&self.message)
    }
}

#[cfg(target_os = "linux")]
fn acknowledge_quickly(stream: &TcpStream) -> io::Result<()> {
    std::os::linux::net::TcpStreamExt::set_quickack(stream, true)
}

/// Elsewhere the system has no such wish.
#[cfg(not(target_os = "linux"))]
fn acknowledge_quickly(_stream: &TcpStream) -> io::Result<()> {
    Ok(())
}
