//! A secure element at the other end of a link.

use std::io;
use std::time::Duration;

use super::block::Request;
use super::host::{Host, Step, T1Error};
use super::link::Link;
use super::parameters::Parameters;
use crate::element::{Element, LinkError};
use crate::limits::{T1_INFORMATION_MAX, T1_WAIT};

/// An element that speaks T=1'.
#[derive(Debug)]
pub struct T1Element<L> {
    /// The element as its user named it.
    name: String,
    link: L,
    host: Host,
    wait: Duration,
    parameters: Parameters,
}

impl<L: Link> T1Element<L> {
    /// Resets the element at the other end and asks for its parameters. `name` is for error messages.
    ///
    /// # Errors
    /// [`LinkError::Unreachable`]; [`LinkError::T1`].
    pub fn open(name: &str, link: L) -> Result<Self, LinkError> {
        let parameters = Parameters::served(&[]);
        let mut element =
            Self { name: name.to_owned(), link, host: Host::default(), wait: T1_WAIT, parameters };
        element.ask(Request::Resync)?;
        element.come_up()?;
        Ok(element)
    }

    /// What the element says of itself.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn come_up(&mut self) -> Result<(), LinkError> {
        self.ask(Request::SoftReset)?;
        let bytes = self.ask(Request::Cip)?;
        self.parameters = Parameters::parse(&bytes).map_err(|error| {
            LinkError::unreachable(&self.name, io::Error::new(io::ErrorKind::InvalidData, error))
        })?;
        self.link.learn(&self.parameters.physical);
        self.wait = self.parameters.waiting_time;
        self.host.set_size(self.parameters.information_size);
        self.ask(Request::Ifs(T1_INFORMATION_MAX)).map(|_| ())
    }

    fn ask(&mut self, request: Request) -> Result<Vec<u8>, LinkError> {
        let first = self.host.ask(request);
        self.run(first)
    }

    /// Does what the state machine says until it is through.
    fn run(&mut self, first: Step) -> Result<Vec<u8>, LinkError> {
        let gone = |source| LinkError::unreachable(&self.name, source);
        let (mut step, mut wait) = (first, self.wait);
        loop {
            match step {
                Step::Done(answer) => return Ok(answer),
                Step::Failed(source) => return Err(LinkError::T1 { target: self.name.clone(), source }),
                Step::Listen => {}
                Step::Send { block, waits } => {
                    self.link.drain().map_err(gone)?;
                    self.link.send(&block).map_err(gone)?;
                    wait = self.wait * u32::from(waits);
                }
            }
            step = self.host.hear(self.link.hear(wait).map_err(gone)?);
        }
    }
}

impl<L: Link> Element for T1Element<L> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        let first = self.host.command(command);
        self.run(first)
    }

    fn atr(&self) -> Vec<u8> {
        self.parameters.answer_to_reset()
    }

    fn reset(&mut self) -> Result<(), LinkError> {
        match self.come_up() {
            // What an exchange that failed left behind is cleared first.
            Err(LinkError::T1 { source: T1Error::Dead, .. }) => {
                self.ask(Request::Resync)?;
                self.come_up()
            }
            other => other,
        }
    }
}
