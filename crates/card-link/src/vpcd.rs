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

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};

use crate::element::{Element, LinkError};
use crate::limits::{CONNECT_WAIT, RECONNECT_PAUSE};

/// The port of the first slot.
pub const PORT: u16 = 35_963;

/// What the reader asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// Power off.
    Off,
    /// Power on.
    On,
    /// Warm reset.
    Reset,
    /// What is your answer to reset? Asked again and again, to see that the card is there.
    Atr,
    /// A command APDU.
    Command(&'a [u8]),
}

impl<'a> Request<'a> {
    /// Any bytes are a request: what is not one of the four is a command.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Self {
        match bytes {
            [0] => Request::Off,
            [1] => Request::On,
            [2] => Request::Reset,
            [4] => Request::Atr,
            command => Request::Command(command),
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
    loop {
        let reached =
            addresses.iter().find_map(|address| TcpStream::connect_timeout(address, CONNECT_WAIT).ok());
        if let Some(stream) = reached {
            tell(Event::Inserted);
            let ended = session(stream, &mut element);
            tell(Event::Removed);
            ended?;
        }
        std::thread::sleep(RECONNECT_PAUSE);
    }
}

/// Serves one connection. Only a failure of the element is an error; that the reader went away is not.
fn session<E: Element>(stream: TcpStream, element: &mut E) -> Result<(), LinkError> {
    if stream.set_nodelay(true).is_err() {
        return Ok(());
    }
    let mut wire = Wire { stream, buffer: Vec::new() };
    while let Ok(request) = wire.receive() {
        let answer = match Request::of(request) {
            Request::Off | Request::On | Request::Reset => {
                element.reset()?;
                continue;
            }
            Request::Atr => element.atr(),
            Request::Command(command) => element.transmit(command)?,
        };
        if wire.send(&answer).is_err() {
            break;
        }
    }
    // Whoever took the card out took its power.
    element.reset()
}

struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    fn receive(&mut self) -> io::Result<&[u8]> {
        let mut length = [0; 2];
        self.fill(&mut length)?;
        let mut bytes = std::mem::take(&mut self.buffer);
        bytes.resize(usize::from(u16::from_be_bytes(length)), 0);
        self.fill(&mut bytes)?;
        self.buffer = bytes;
        Ok(&self.buffer)
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

    fn send(&mut self, answer: &[u8]) -> io::Result<()> {
        let length = u16::try_from(answer.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        let message = [&length.to_be_bytes(), answer].concat();
        self.stream.write_all(&message)
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
