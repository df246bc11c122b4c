//! A terminal device as a stream of bytes.

use std::io::Result;
use std::os::unix::fs::OpenOptionsExt as _;

use rustix::fs::OFlags;
use rustix::termios::{self, ControlModes, OptionalActions};
use tokio::io::{Join, join};
use tokio::net::unix::pipe::{Receiver, Sender};

use crate::config::{self, Parity};

/// Opens a line: raw, eight bits, one stop bit, without flow control.
///
/// To the runtime it is two pipes, one each way: what it needs of a pipe (a descriptor that does not block and tells when it is ready) a terminal
/// has too.
pub(super) fn open(config: &config::Serial) -> Result<Join<Receiver, Sender>> {
    let flags = OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut options = std::fs::OpenOptions::new();
    let file = options.read(true).write(true).custom_flags(flags.bits().cast_signed()).open(&config.line)?;
    let mut modes = termios::tcgetattr(&file)?;
    modes.make_raw();
    // No modem lines to wait for; the receiver is on.
    modes.control_modes |= ControlModes::CLOCAL | ControlModes::CREAD | ControlModes::CS8;
    modes.control_modes -= ControlModes::CSTOPB | ControlModes::CRTSCTS;
    modes.control_modes -= ControlModes::PARENB | ControlModes::PARODD;
    modes.control_modes |= match config.parity {
        Parity::None => ControlModes::empty(),
        Parity::Even => ControlModes::PARENB,
        Parity::Odd => ControlModes::PARENB | ControlModes::PARODD,
    };
    modes.set_speed(config.baud)?;
    termios::tcsetattr(&file, OptionalActions::Flush, &modes)?;
    let writer = file.try_clone()?;
    Ok(join(Receiver::from_file_unchecked(file)?, Sender::from_file_unchecked(writer)?))
}
