//! What carries blocks: any byte stream whose patience can be set.

use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

use super::block::{Block, EPILOGUE, Fault, PROLOGUE, Side};
use super::parameters::Physical;
use crate::limits::{T1_INFORMATION_MAX, T1_QUIET};

/// What came over a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A block.
    Block(Block),
    /// Bytes that are none.
    Garbled(Fault),
    /// Nothing, in all the time there was.
    Nothing,
}

impl Heard {
    /// What bytes from `side` are.
    #[must_use]
    pub fn of(bytes: &[u8], side: Side) -> Self {
        match Block::parse(bytes, side) {
            Ok(block) => Heard::Block(block),
            Err(error) => Heard::Garbled(error.fault()),
        }
    }
}

/// Carries blocks to the other side and back.
pub trait Link {
    /// Sends a block.
    ///
    /// # Errors
    /// When the link itself is gone; a block that gets lost on the way is no error.
    fn send(&mut self, block: &Block) -> io::Result<()>;

    /// Waits for a block.
    ///
    /// # Errors
    /// When the link itself is gone.
    fn hear(&mut self, wait: Duration) -> io::Result<Heard>;

    /// Throws away what came unasked: the two sides take turns, so it is a repetition or too late.
    ///
    /// # Errors
    /// When the link itself is gone.
    fn drain(&mut self) -> io::Result<()>;

    /// What the card says of its physical layer, for links that heed it.
    fn learn(&mut self, _physical: &Physical) {}
}

/// A byte stream that can be read with a time limit.
pub trait TimedStream: Read + Write {
    /// How long a read may wait; zero for what is there already. Reads that find nothing then fail with
    /// [`ErrorKind::WouldBlock`] or [`ErrorKind::TimedOut`].
    ///
    /// # Errors
    /// Those of the system.
    fn set_patience(&mut self, patience: Duration) -> io::Result<()>;
}

#[cfg(unix)]
impl TimedStream for std::os::unix::net::UnixStream {
    fn set_patience(&mut self, patience: Duration) -> io::Result<()> {
        self.set_nonblocking(patience.is_zero())?;
        if patience.is_zero() { Ok(()) } else { self.set_read_timeout(Some(patience)) }
    }
}

impl TimedStream for std::net::TcpStream {
    fn set_patience(&mut self, patience: Duration) -> io::Result<()> {
        self.set_nonblocking(patience.is_zero())?;
        if patience.is_zero() { Ok(()) } else { self.set_read_timeout(Some(patience)) }
    }
}

/// Blocks over a byte stream.
#[derive(Debug)]
pub struct StreamLink<S> {
    stream: S,
    /// Who we are.
    side: Side,
}

impl<S: TimedStream> StreamLink<S> {
    /// The link of `side` over `stream`.
    pub fn new(stream: S, side: Side) -> Self {
        Self { stream, side }
    }

    fn other(&self) -> Side {
        match self.side {
            Side::Host => Side::Card,
            Side::Card => Side::Host,
        }
    }

    /// Reads exactly, or says that the time was over.
    fn fill(&mut self, into: &mut [u8]) -> io::Result<bool> {
        match self.stream.read_exact(into) {
            Ok(()) => Ok(true),
            Err(error) if is_silence(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Waits for the line to be quiet, so that what follows is the start of a block.
    fn garbled(&mut self) -> io::Result<Heard> {
        self.stream.set_patience(T1_QUIET)?;
        self.discard()?;
        Ok(Heard::Garbled(Fault::Other))
    }

    /// Reads away what comes within the patience set, a thousand pieces at most.
    fn discard(&mut self) -> io::Result<()> {
        let mut away = [0; 1024];
        for _ in 0..1_000 {
            match self.stream.read(&mut away) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if is_silence(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn is_silence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

impl<S: TimedStream> Link for StreamLink<S> {
    fn send(&mut self, block: &Block) -> io::Result<()> {
        // A stream that does not block would not take a long block whole.
        self.stream.set_patience(T1_QUIET)?;
        self.stream.write_all(&block.encode(self.side))?;
        self.stream.flush()
    }

    fn hear(&mut self, wait: Duration) -> io::Result<Heard> {
        self.stream.set_patience(wait.max(T1_QUIET))?;
        let mut bytes = vec![0; PROLOGUE];
        let Some((first, rest)) = bytes.split_first_mut() else { return Ok(Heard::Nothing) };
        if !self.fill(std::slice::from_mut(first))? {
            return Ok(Heard::Nothing);
        }
        if *first != self.other().address() || !self.fill(rest)? {
            return self.garbled();
        }
        let length = match *rest {
            [_, high, low] => u16::from_be_bytes([high, low]),
            _ => u16::MAX,
        };
        if length > T1_INFORMATION_MAX {
            return self.garbled();
        }
        bytes.resize(PROLOGUE + usize::from(length) + EPILOGUE, 0);
        let body = bytes.get_mut(PROLOGUE..).unwrap_or_default();
        if !self.fill(body)? {
            return self.garbled();
        }
        Ok(Heard::of(&bytes, self.other()))
    }

    fn drain(&mut self) -> io::Result<()> {
        self.stream.set_patience(Duration::ZERO)?;
        self.discard()
    }
}
