//! Why a GlobalPlatform exchange failed.

use card_image::AidError;
use card_image::cap::CapError;
use card_runtime::scp::{ChannelError, StaticKeysError};
use card_runtime::status::StatusWord;
use card_runtime::tlv::TlvError;

use crate::element::LinkError;

/// Why a GlobalPlatform exchange failed.
#[derive(Debug, thiserror::Error)]
pub enum GpError {
    /// The element did not answer.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The element refused a command.
    #[error("{command} was refused with {status}")]
    Refused {
        /// The command's name in the specification.
        command: &'static str,
        /// The status word.
        status: StatusWord,
    },
    /// The element speaks another secure channel protocol.
    #[error("the element speaks secure channel protocol {0:02X}, neither 02 nor 03")]
    Protocol(u8),
    /// The element speaks a protocol with options that do not exist.
    #[error("the element speaks secure channel protocol {0:02X} with unknown options i={1:02X}")]
    Options(u8, u8),
    /// The keys are for another protocol than the element speaks.
    #[error("the element speaks secure channel protocol {protocol:02X}, and the keys are of the other kind")]
    KeyKind {
        /// What the element speaks: 02 needs triple DES keys, 03 AES keys.
        protocol: u8,
    },
    /// The element could not prove that it holds the keys. They are those of another card, or of another version.
    #[error("the keys are not the card's")]
    WrongKeys,
    /// An answer is too short or badly coded.
    #[error("the answer to {0} is badly coded")]
    Malformed(&'static str),
    /// The secure channel broke.
    #[error(transparent)]
    Channel(#[from] ChannelError),
    /// A key of a wrong length.
    #[error(transparent)]
    Key(#[from] StaticKeysError),
    /// The system gave no randomness.
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
    /// Something does not fit the command that should carry it.
    #[error("{what} of {length} bytes does not fit {command}")]
    TooLong {
        /// What is too long.
        what: &'static str,
        /// Its length.
        length: usize,
        /// The command.
        command: &'static str,
    },
    /// A CAP file cannot be written as a load file.
    #[error(transparent)]
    Cap(#[from] CapError),
    /// An AID in an answer is none.
    #[error(transparent)]
    Aid(#[from] AidError),
    /// Data objects in an answer are none.
    #[error(transparent)]
    Tlv(#[from] TlvError),
}
