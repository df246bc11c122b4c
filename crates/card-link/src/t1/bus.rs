//! Linux I2C and SPI buses. The card is a slave: the host reads until there is something, and until then gets a refusal (I2C)
//! or filling bytes (SPI).

use std::io::{self, Read, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use i2cdev::core::I2CDevice;
use i2cdev::linux::{LinuxI2CDevice, LinuxI2CError};
use spidev::{SpiModeFlags, Spidev, SpidevOptions};

use super::block::{Block, EPILOGUE, Fault, PROLOGUE, Side};
use super::element::T1Element;
use super::link::{Heard, Link};
use super::parameters::Physical;
use crate::element::LinkError;
use crate::limits::T1_INFORMATION_MAX;

/// The clock of an SPI bus until the card's parameters say what it can do: slow enough for all.
const SPI_CLOCK: u32 = 1_000_000;
/// How long the card may refuse a block that it is to take.
const WRITE_WAIT: Duration = Duration::from_millis(300);
/// How often the host looks at first.
const POLLING: Duration = Duration::from_millis(1);
/// What Linux says when a slave does not acknowledge, or not in time: EIO, ENXIO, EAGAIN, ETIMEDOUT, EREMOTEIO.
const REFUSALS: [i32; 5] = [5, 6, 11, 110, 121];

/// Blocks over a bus whose slave is polled. `B` reads and writes whole transactions.
#[derive(Debug)]
pub struct BusLink<B> {
    bus: B,
    polling: Duration,
}

/// A Linux I2C slave as a stream of transactions.
pub struct I2c(LinuxI2CDevice);

/// Opens an element at an address of an I2C bus, as `/dev/i2c-1`.
///
/// # Errors
/// [`LinkError`].
pub fn i2c(name: &str, device: &Path, address: u16) -> Result<T1Element<BusLink<I2c>>, LinkError> {
    let bus = LinuxI2CDevice::new(device, address)
        .map_err(|error| LinkError::unreachable(name, io_error(error)))?;
    T1Element::open(name, BusLink::new(I2c(bus)))
}

/// Opens an element on an SPI device, as `/dev/spidev0.0`, in mode 0.
///
/// # Errors
/// [`LinkError`].
pub fn spi(name: &str, device: &Path) -> Result<T1Element<BusLink<Spidev>>, LinkError> {
    let options =
        SpidevOptions::new().bits_per_word(8).max_speed_hz(SPI_CLOCK).mode(SpiModeFlags::SPI_MODE_0).build();
    let open = || {
        let mut bus = Spidev::open(device)?;
        bus.configure(&options)?;
        Ok(bus)
    };
    let bus = open().map_err(|error| LinkError::unreachable(name, error))?;
    T1Element::open(name, BusLink::new(bus))
}

fn io_error(error: LinuxI2CError) -> io::Error {
    match error {
        LinuxI2CError::Errno(number) => io::Error::from_raw_os_error(number),
        LinuxI2CError::Io(error) => error,
    }
}

impl Read for I2c {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).map(|()| into.len()).map_err(io_error)
    }
}

impl Write for I2c {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map(|()| bytes.len()).map_err(io_error)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<B: Read + Write> BusLink<B> {
    /// The host's link over a bus.
    pub fn new(bus: B) -> Self {
        Self { bus, polling: POLLING }
    }

    /// One transaction; `false` when the slave refused.
    fn read(&mut self, into: &mut [u8]) -> io::Result<bool> {
        accepted(self.bus.read_exact(into))
    }

    /// The bytes of a block from its first, filling left out; `None` when the slave has none yet.
    fn begin(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut prologue = [0; PROLOGUE];
        if !self.read(&mut prologue)? {
            return Ok(None);
        }
        let start = prologue.iter().position(|byte| *byte == Side::Card.address());
        Ok(start.and_then(|start| prologue.get(start..)).map(<[u8]>::to_vec))
    }

    /// The rest of a block that has begun.
    fn rest(&mut self, mut bytes: Vec<u8>) -> io::Result<Heard> {
        for total in [PROLOGUE, PROLOGUE + EPILOGUE] {
            let length = match *bytes.as_slice() {
                [_, _, high, low, ..] => u16::from_be_bytes([high, low]),
                _ => 0,
            };
            if length > T1_INFORMATION_MAX {
                return Ok(Heard::Garbled(Fault::Other));
            }
            let total = if total == PROLOGUE { total } else { total + usize::from(length) };
            let have = bytes.len();
            bytes.resize(total, 0);
            let missing = bytes.get_mut(have..).unwrap_or_default();
            if !missing.is_empty() && !self.read(missing)? {
                return Ok(Heard::Garbled(Fault::Other));
            }
        }
        Ok(Heard::of(&bytes, Side::Card))
    }
}

fn accepted(outcome: io::Result<()>) -> io::Result<bool> {
    match outcome {
        Ok(()) => Ok(true),
        Err(error) if error.raw_os_error().is_some_and(|number| REFUSALS.contains(&number)) => Ok(false),
        Err(error) => Err(error),
    }
}

impl<B: Read + Write> Link for BusLink<B> {
    fn send(&mut self, block: &Block) -> io::Result<()> {
        let bytes = block.encode(Side::Host);
        let until = Instant::now() + WRITE_WAIT;
        // A block that the card never takes is a lost block, and the rules for those apply.
        while !accepted(self.bus.write_all(&bytes))? && Instant::now() < until {
            thread::sleep(self.polling);
        }
        Ok(())
    }

    fn hear(&mut self, wait: Duration) -> io::Result<Heard> {
        let until = Instant::now() + wait;
        loop {
            if let Some(bytes) = self.begin()? {
                return self.rest(bytes);
            }
            if Instant::now() >= until {
                return Ok(Heard::Nothing);
            }
            thread::sleep(self.polling);
        }
    }

    fn drain(&mut self) -> io::Result<()> {
        // A slave says nothing unasked.
        Ok(())
    }

    fn learn(&mut self, physical: &Physical) {
        self.polling = physical.polling();
    }
}
