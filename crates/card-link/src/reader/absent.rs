//! What a build without PC/SC says.

use super::{Reader, ReaderError};
use crate::element::{Element, LinkError};

/// The readers of this machine.
///
/// # Errors
/// [`ReaderError::NotBuilt`].
pub fn readers() -> Result<Vec<Reader>, ReaderError> {
    Err(ReaderError::NotBuilt)
}

pub(crate) fn open(_name: &str) -> Result<Box<dyn Element + Send>, LinkError> {
    Err(ReaderError::NotBuilt.into())
}
