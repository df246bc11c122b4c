//! What a host can do with any secure element.

use card_runtime::CardError;
use card_runtime::apdu::Response;

use crate::file::FileError;
use crate::reader::ReaderError;
use crate::t1::T1Error;

/// A secure element that is powered up.
pub trait Element {
    /// Sends one command APDU and returns the answer: data, then the two bytes of the status word.
    ///
    /// # Errors
    /// When no answer came. A status word that reports an error is an answer, not an error here.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError>;

    /// [`Element::transmit`] with the answer put into `answer`, whose contents are replaced and whose space is used again.
    ///
    /// # Errors
    /// As [`Element::transmit`].
    fn transmit_into(&mut self, command: &[u8], answer: &mut Vec<u8>) -> Result<(), LinkError> {
        *answer = self.transmit(command)?;
        Ok(())
    }

    /// The answer to reset (ISO/IEC 7816-3, 8).
    fn atr(&self) -> Vec<u8>;

    /// Resets the element: nothing stays selected, transient memory is cleared, secure channels are closed.
    ///
    /// # Errors
    /// When the element did not come up again.
    fn reset(&mut self) -> Result<(), LinkError>;

    /// Why the element refused the last command, in words, if it is one that tells its host. Asking forgets it.
    fn diagnosis(&mut self) -> Option<String> {
        None
    }

    /// [`Element::transmit`] with the answer taken apart.
    ///
    /// # Errors
    /// Those of `transmit`, and [`LinkError::Malformed`].
    fn exchange(&mut self, command: &[u8]) -> Result<Response, LinkError> {
        let answer = self.transmit(command)?;
        Response::parse(&answer).map_err(|_| LinkError::Malformed(answer.len()))
    }
}

impl<E: Element + ?Sized> Element for Box<E> {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        (**self).transmit(command)
    }

    fn transmit_into(&mut self, command: &[u8], answer: &mut Vec<u8>) -> Result<(), LinkError> {
        (**self).transmit_into(command, answer)
    }

    fn atr(&self) -> Vec<u8> {
        (**self).atr()
    }

    fn reset(&mut self) -> Result<(), LinkError> {
        (**self).reset()
    }

    fn diagnosis(&mut self) -> Option<String> {
        (**self).diagnosis()
    }
}

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The card stopped.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The card's file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The answer has no status word.
    #[error("an answer of {0} bytes has no status word")]
    Malformed(usize),
    /// The way to the element failed.
    #[error("{target}: {source}")]
    Unreachable {
        /// The element as its user named it.
        target: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Somebody else has the element.
    #[error("{target}: the card is in use by another client")]
    Busy {
        /// The element as its user named it.
        target: String,
    },
    /// The blocks to and from the element did not get through.
    #[error("{target}: {source}")]
    T1 {
        /// The element as its user named it.
        target: String,
        /// What went wrong.
        source: T1Error,
    },
    /// The readers of this machine do not have it.
    #[error(transparent)]
    Reader(#[from] ReaderError),
}

impl LinkError {
    pub(crate) fn unreachable(target: impl Into<String>, source: std::io::Error) -> Self {
        LinkError::Unreachable { target: target.into(), source }
    }
}
