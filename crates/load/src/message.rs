//! What is sent: messages without end, each with a key by which it is found again in a store or at a receiver.

mod hl7;
mod sealed;

use bytes::Bytes;
use seal::DeviceId;

pub use hl7::{Hl7Messages, TemplateError};
pub use sealed::SealedMessages;

/// By what a message is found again.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(untagged)]
pub enum Key {
    /// A sealed batch.
    Sealed {
        /// The device.
        device: DeviceId,
        /// Its seal's counter.
        counter: u64,
    },
    /// An HL7 v2 message: MSH-10.
    Hl7 {
        /// The control id.
        control_id: String,
    },
}

/// One message.
#[derive(Clone, Debug)]
pub struct Message {
    /// By what it is found again.
    pub key: Key,
    /// As it is sent.
    pub bytes: Bytes,
    /// How many readings it holds.
    pub readings: u32,
}

/// Why no further message can be made.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The key in memory did not seal.
    #[error(transparent)]
    Seal(#[from] seal::SoftwareSealerError),
    /// What was made is no sealed batch.
    #[error("the batch was made wrongly: {0}")]
    Form(#[from] seal::BatchError),
}

/// Messages of one connection, without end.
#[derive(Debug)]
pub enum Messages {
    /// A device's sealed batches.
    Sealed(Box<SealedMessages>),
    /// HL7 v2 messages.
    Hl7(Hl7Messages),
}

impl Messages {
    /// Makes the next one.
    ///
    /// # Errors
    /// [`MessageError`], with which a device's chain ends.
    pub fn make(&mut self) -> Result<Message, MessageError> {
        match self {
            Self::Sealed(sealed) => sealed.make(),
            Self::Hl7(hl7) => Ok(hl7.make()),
        }
    }

    /// Takes back what was never answered: it comes first when these messages are sent again.
    pub fn keep(&mut self, unanswered: impl IntoIterator<Item = Message>) {
        match self {
            Self::Sealed(sealed) => sealed.keep(unanswered),
            Self::Hl7(hl7) => hl7.keep(unanswered),
        }
    }
}
