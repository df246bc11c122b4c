//! Which element is meant, as a person writes it, and the way that leads there.
//!
//! ```text
//! my.card                a card's file, opened in this process (any path; ./tcp:x is one, too)
//! tcp:HOST:PORT          a card that `medseal card serve --tcp` serves
//! t1:SOCKET              T=1' blocks over a Unix socket, as `medseal card serve --t1` serves
//! i2c:DEVICE@ADDRESS     T=1' over a Linux I2C bus, the address in hexadecimal: i2c:/dev/i2c-1@48
//! spi:DEVICE             T=1' over a Linux SPI device: spi:/dev/spidev0.0
//! pcsc:READER            a reader of PC/SC, by its name or a part of it that fits one; pcsc: alone is the only reader,
//!                        or the only one that holds a card
//! ```

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::element::{Element, LinkError};
use crate::file::CardFile;
use crate::reader;
use crate::t1;
use crate::tcp::TcpElement;

/// An element and the way to it. Nothing is opened before [`Target::open`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A card kept in a file.
    File(PathBuf),
    /// A card served over TCP: `HOST:PORT`.
    Tcp(String),
    /// A card that speaks T=1' over a Unix socket.
    Socket(PathBuf),
    /// A card that speaks T=1' on a Linux I2C bus.
    I2c {
        /// As `/dev/i2c-1`.
        device: PathBuf,
        /// Seven bits.
        address: u16,
    },
    /// A card that speaks T=1' on a Linux SPI device, as `/dev/spidev0.0`.
    Spi(PathBuf),
    /// A card in a reader whose name contains this; empty for the only reader.
    Reader(String),
}

/// Why words name no element.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Nothing was given.
    #[error("a card is a file, or tcp:HOST:PORT, t1:SOCKET, i2c:DEVICE@ADDRESS, spi:DEVICE, pcsc:READER")]
    Empty,
    /// A bus without a device or without a card's address.
    #[error("'{0}' is no DEVICE@ADDRESS with an address from 08 to 77, hexadecimal")]
    Bus(String),
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
            Target::Socket(path) => socket(&self.to_string(), path)?,
            Target::I2c { device, address } => i2c(&self.to_string(), device, *address)?,
            Target::Spi(device) => spi(&self.to_string(), device)?,
            Target::Reader(name) => reader::open(name)?,
        })
    }

    /// The card's file, when that is what it is.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Target::File(path) => Some(path),
            Target::Tcp(_) | Target::Socket(_) | Target::I2c { .. } | Target::Spi(_) | Target::Reader(_) => {
                None
            }
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
        if let Some(path) = text.strip_prefix("t1:") {
            return named(path).map(Target::Socket);
        }
        if let Some(device) = text.strip_prefix("spi:") {
            return named(device).map(Target::Spi);
        }
        if let Some(slave) = text.strip_prefix("i2c:") {
            return slave_of(slave);
        }
        if let Some(name) = text.strip_prefix("pcsc:") {
            return Ok(Target::Reader(name.to_owned()));
        }
        Ok(Target::File(PathBuf::from(text)))
    }
}

fn named(path: &str) -> Result<PathBuf, TargetError> {
    if path.is_empty() { Err(TargetError::Empty) } else { Ok(path.into()) }
}

/// The device of a bus and the address on it. The addresses below 08 and above 77 mean other things on an I2C bus.
fn slave_of(text: &str) -> Result<Target, TargetError> {
    let wrong = || TargetError::Bus(text.to_owned());
    let (device, address) = text.rsplit_once('@').ok_or_else(wrong)?;
    let address = u16::from_str_radix(address, 16).ok().filter(|address| (0x08..=0x77).contains(address));
    Ok(Target::I2c { device: named(device)?, address: address.ok_or_else(wrong)? })
}

type Opened = Result<Box<dyn Element + Send>, LinkError>;

#[cfg(unix)]
fn socket(name: &str, path: &Path) -> Opened {
    let stream = std::os::unix::net::UnixStream::connect(path);
    let stream = stream.map_err(|source| LinkError::unreachable(name, source))?;
    Ok(Box::new(t1::T1Element::open(name, t1::StreamLink::new(stream, t1::Side::Host))?))
}

#[cfg(not(unix))]
fn socket(name: &str, _path: &Path) -> Opened {
    Err(LinkError::unreachable(name, std::io::ErrorKind::Unsupported.into()))
}

#[cfg(target_os = "linux")]
fn i2c(name: &str, device: &Path, address: u16) -> Opened {
    Ok(Box::new(t1::i2c(name, device, address)?))
}

#[cfg(not(target_os = "linux"))]
fn i2c(name: &str, _device: &Path, _address: u16) -> Opened {
    Err(LinkError::unreachable(name, std::io::ErrorKind::Unsupported.into()))
}

#[cfg(target_os = "linux")]
fn spi(name: &str, device: &Path) -> Opened {
    Ok(Box::new(t1::spi(name, device)?))
}

#[cfg(not(target_os = "linux"))]
fn spi(name: &str, _device: &Path) -> Opened {
    Err(LinkError::unreachable(name, std::io::ErrorKind::Unsupported.into()))
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::File(path) => write!(f, "{}", path.display()),
            Target::Tcp(address) => write!(f, "tcp:{address}"),
            Target::Socket(path) => write!(f, "t1:{}", path.display()),
            Target::I2c { device, address } => write!(f, "i2c:{}@{address:02x}", device.display()),
            Target::Spi(device) => write!(f, "spi:{}", device.display()),
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
            ("t1:/run/card", Target::Socket("/run/card".into())),
            ("i2c:/dev/i2c-1@48", Target::I2c { device: "/dev/i2c-1".into(), address: 0x48 }),
            ("spi:/dev/spidev0.0", Target::Spi("/dev/spidev0.0".into())),
            ("pcsc:", Target::Reader(String::new())),
            ("pcsc:Virtual PCD 00", Target::Reader("Virtual PCD 00".into())),
        ] {
            assert_eq!(text.parse::<Target>().as_ref(), Ok(&target));
            assert_eq!(target.to_string(), text);
        }
    }

    #[test]
    fn what_names_no_card_is_refused() {
        for text in [
            "",
            "tcp:",
            "tcp:localhost",
            "tcp::3000",
            "tcp:localhost:70000",
            "t1:",
            "spi:",
            "i2c:/dev/i2c-1",
            "i2c:@48",
            "i2c:/dev/i2c-1@78",
            "i2c:/dev/i2c-1@xx",
        ] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
