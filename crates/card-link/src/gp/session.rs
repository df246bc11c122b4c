//! Opening an SCP03 channel and sending commands through it.

use card_image::cap::CapError;
use card_image::{Aid, AidError};
use card_runtime::apdu::{Command, Response};
use card_runtime::crypto::AesError;
use card_runtime::scp03::{self, Channel, ChannelError, Level};
use card_runtime::status::StatusWord;
use card_runtime::tlv::TlvError;

use crate::element::{Element, LinkError};
use crate::keys::CardKeys;

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
    #[error("the element speaks secure channel protocol {0:02X}, not 03")]
    Protocol(u8),
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
    Key(#[from] AesError),
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

/// An authenticated SCP03 channel to an element. It ends when another application is selected or the element is reset.
pub struct Session<'e, E: Element + ?Sized> {
    element: &'e mut E,
    channel: Channel,
    version: u8,
}

impl<'e, E: Element + ?Sized> Session<'e, E> {
    /// Selects the issuer's security domain and opens a channel with MACs and encryption both ways.
    ///
    /// # Errors
    /// [`GpError::WrongKeys`] when the card does not hold these keys; others when it refuses or does not answer.
    pub fn open(element: &'e mut E, keys: &CardKeys) -> Result<Self, GpError> {
        let select = [0x00, 0xA4, 0x04, 0x00, 0x00];
        accepted("SELECT", element.exchange(&select)?)?;
        Self::authenticate(element, keys, Level::FULL)
    }

    /// Opens a channel to whatever is selected: an applet that hands INITIALIZE UPDATE and EXTERNAL AUTHENTICATE to its
    /// security domain.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn authenticate(element: &'e mut E, keys: &CardKeys, level: Level) -> Result<Self, GpError> {
        const UPDATE: &str = "INITIALIZE UPDATE";
        let mut host = [0u8; scp03::SHORT];
        getrandom::fill(&mut host)?;
        let head = [0x80, 0x50, keys.version(), 0x00, 0x08];
        let answer = accepted(UPDATE, element.exchange(&[&head[..], &host, &[0]].concat())?)?;
        // Diversification data (10), key information (3), challenge (8), cryptogram (8), sequence counter (3).
        let (protocol, card, cryptogram) = match *answer.data.as_slice() {
            [_, _, _, _, _, _, _, _, _, _, _, protocol, _, ref rest @ ..] => {
                let (card, rest) = rest.split_first_chunk().ok_or(GpError::Malformed(UPDATE))?;
                let (cryptogram, _) =
                    rest.split_first_chunk::<{ scp03::SHORT }>().ok_or(GpError::Malformed(UPDATE))?;
                (protocol, *card, *cryptogram)
            }
            _ => return Err(GpError::Malformed(UPDATE)),
        };
        if protocol != scp03::PROTOCOL {
            return Err(GpError::Protocol(protocol));
        }
        let session = scp03::Session::derive(keys.expose_secret(), &host, &card)?;
        if !session.card_is(&cryptogram) {
            return Err(GpError::WrongKeys);
        }
        let mut channel = session.into_channel(level);
        let answer = element.exchange(&channel.authenticate())?;
        accepted("EXTERNAL AUTHENTICATE", answer)?;
        Ok(Self { element, channel, version: keys.version() })
    }

    /// Sends a plain command APDU through the channel and returns the answer, checked and decrypted.
    ///
    /// # Errors
    /// When the channel breaks or the element does not answer; a status word that reports an error is an answer.
    pub fn transmit(&mut self, command: &[u8]) -> Result<Response, GpError> {
        let length = command.len();
        let command = Command::parse(command).map_err(|_| GpError::TooLong {
            what: "a command",
            length,
            command: "an APDU",
        })?;
        self.exchange(&command)
    }

    /// The key version that the channel was opened with.
    #[must_use]
    pub fn key_version(&self) -> u8 {
        self.version
    }

    pub(super) fn channel(&self) -> &Channel {
        &self.channel
    }

    /// Sends a GlobalPlatform command (class 80) and insists on an answer without error.
    pub(super) fn command(
        &mut self,
        name: &'static str,
        [ins, p1, p2]: [u8; 3],
        data: &[u8],
    ) -> Result<Response, GpError> {
        let command = Command { cla: 0x80, ins, p1, p2, data, expected: Some(256), extended: false };
        accepted(name, self.exchange(&command)?)
    }

    fn exchange(&mut self, command: &Command<'_>) -> Result<Response, GpError> {
        let wrapped = self.channel.wrap_command(command)?;
        let answer = self.element.exchange(&wrapped)?;
        Ok(self.channel.unwrap_response(answer)?)
    }
}

fn accepted(command: &'static str, answer: Response) -> Result<Response, GpError> {
    if answer.status.is_success_or_warning() && answer.status != StatusWord::AUTHENTICATION_FAILED {
        Ok(answer)
    } else {
        Err(GpError::Refused { command, status: answer.status })
    }
}

/// A field with its length byte before it.
pub(super) fn field(
    out: &mut Vec<u8>,
    command: &'static str,
    what: &'static str,
    value: &[u8],
) -> Result<(), GpError> {
    let length =
        u8::try_from(value.len()).map_err(|_| GpError::TooLong { what, length: value.len(), command })?;
    out.push(length);
    out.extend_from_slice(value);
    Ok(())
}

/// An AID as a data object 4F.
pub(super) fn aid_object(aid: &Aid) -> Vec<u8> {
    let mut out = Vec::new();
    card_runtime::tlv::put(&mut out, card_runtime::tlv::Tag(0x4F), aid.as_bytes());
    out
}
