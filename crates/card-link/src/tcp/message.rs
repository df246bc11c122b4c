//! The messages of a TCP card.
//!
//! ```text
//! message  = kind:u8 length:u32 (big-endian) bytes
//!
//! from the card                              from the client
//! 80 greeting   version:u8 ATR               01 command    a command APDU
//! 81 answer     data and status word         02 reset      nothing
//! 82 reset      ATR                          03 diagnosis  nothing
//! 83 diagnosis  UTF-8 text, or nothing
//! 8F refusal    reason:u8
//! ```
//!
//! The card speaks first: a greeting, or a refusal and the end of the connection. Each message of the client is answered
//! by one of the card.

use std::io::{self, Read, Write};

use crate::limits::MESSAGE_MAX;

/// The version of these messages.
pub(super) const VERSION: u8 = 1;
const HEADER: usize = 5;

/// One message, in either direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// The card is yours; its answer to reset.
    Greeting(Vec<u8>),
    /// An answer APDU.
    Answer(Vec<u8>),
    /// The card was reset; its answer to reset.
    Reset(Vec<u8>),
    /// Why the card refused the last command, in words; empty when it does not say.
    Diagnosis(String),
    /// The card does not serve this client.
    Refusal(Refusal),
    /// A command APDU.
    Command(Vec<u8>),
    /// Reset, please.
    AskReset,
    /// Diagnosis, please.
    AskDiagnosis,
}

/// Why a card does not go on with a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another client has the card.
    InUse,
    /// The card itself failed.
    Failed,
    /// The client's message was none.
    Malformed,
}

/// Why bytes are not a message.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The connection failed or ended within a message.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// No such kind, or its bytes are not of that kind.
    #[error("a message of kind {kind:02X} with {length} bytes is none of ours")]
    Unknown {
        /// Its first byte.
        kind: u8,
        /// Bytes that followed.
        length: usize,
    },
    /// Longer than any APDU.
    #[error("a message of {0} bytes is longer than any APDU")]
    Oversized(u32),
    /// Another version of these messages.
    #[error("the card speaks version {0} of the messages, this program version {VERSION}")]
    Version(u8),
}

impl Refusal {
    fn code(self) -> u8 {
        match self {
            Refusal::InUse => 1,
            Refusal::Failed => 2,
            Refusal::Malformed => 3,
        }
    }

    fn of(code: u8) -> Option<Self> {
        [Refusal::InUse, Refusal::Failed, Refusal::Malformed].into_iter().find(|known| known.code() == code)
    }
}

impl Message {
    /// Reads one message; `None` when the connection ended before it.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn read(from: &mut impl Read) -> Result<Option<Self>, MessageError> {
        let mut kind = [0];
        if from.read(&mut kind)? == 0 {
            return Ok(None);
        }
        let mut length = [0; 4];
        from.read_exact(&mut length)?;
        let [kind] = kind;
        let length = u32::from_be_bytes(length);
        let bytes = usize::try_from(length).ok().filter(|length| *length <= MESSAGE_MAX);
        let mut body = vec![0; bytes.ok_or(MessageError::Oversized(length))?];
        from.read_exact(&mut body)?;
        Self::of(kind, body).map(Some)
    }

    fn of(kind: u8, body: Vec<u8>) -> Result<Self, MessageError> {
        let unknown = MessageError::Unknown { kind, length: body.len() };
        Ok(match (kind, body.as_slice()) {
            (0x80, &[VERSION, ref atr @ ..]) => Message::Greeting(atr.to_vec()),
            (0x80, &[version, ..]) => return Err(MessageError::Version(version)),
            (0x81, _) => Message::Answer(body),
            (0x82, _) => Message::Reset(body),
            (0x83, _) => Message::Diagnosis(String::from_utf8(body).map_err(|_| unknown)?),
            (0x8F, &[code]) => Message::Refusal(Refusal::of(code).ok_or(unknown)?),
            (0x01, _) => Message::Command(body),
            (0x02, []) => Message::AskReset,
            (0x03, []) => Message::AskDiagnosis,
            _ => return Err(unknown),
        })
    }

    /// Writes the message in one piece, so that it is one packet.
    ///
    /// # Errors
    /// Those of the stream; [`io::ErrorKind::InvalidInput`] for a body longer than any APDU.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        match self {
            Message::Greeting(atr) => put(to, 0x80, &[&[VERSION], atr.as_slice()].concat()),
            Message::Answer(answer) => put(to, 0x81, answer),
            Message::Reset(atr) => put(to, 0x82, atr),
            Message::Diagnosis(words) => put(to, 0x83, words.as_bytes()),
            Message::Refusal(why) => put(to, 0x8F, &[why.code()]),
            Message::Command(command) => put(to, 0x01, command),
            Message::AskReset => put(to, 0x02, &[]),
            Message::AskDiagnosis => put(to, 0x03, &[]),
        }
    }
}

fn put(to: &mut impl Write, kind: u8, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= MESSAGE_MAX);
    let length = length.ok_or(io::ErrorKind::InvalidInput)?;
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.push(kind);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(body);
    to.write_all(&bytes)?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_comes_back_as_it_was_written() {
        for message in [
            Message::Greeting(vec![0x3B, 0]),
            Message::Answer(vec![0x90, 0]),
            Message::Reset(vec![0x3B]),
            Message::Diagnosis("why".to_owned()),
            Message::Refusal(Refusal::InUse),
            Message::Refusal(Refusal::Failed),
            Message::Refusal(Refusal::Malformed),
            Message::Command(vec![0; MESSAGE_MAX]),
            Message::AskReset,
            Message::AskDiagnosis,
        ] {
            let mut bytes = Vec::new();
            message.write(&mut bytes).unwrap();
            assert_eq!(Message::read(&mut bytes.as_slice()).unwrap(), Some(message));
            for cut in 1..bytes.len().min(20) {
                assert!(Message::read(&mut &bytes[..cut]).is_err(), "cut at {cut}");
            }
        }
        assert_eq!(Message::read(&mut [].as_slice()).unwrap(), None);
    }

    #[test]
    fn what_is_no_message_is_refused_without_taking_memory_for_it() {
        let read = |bytes: &[u8]| Message::read(&mut &*bytes).unwrap_err();
        assert!(matches!(read(&[1, 0xFF, 0xFF, 0xFF, 0xFF]), MessageError::Oversized(u32::MAX)));
        assert!(matches!(read(&[0x80, 0, 0, 0, 1, 9]), MessageError::Version(9)));
        assert!(matches!(read(b"POST / HTTP/1.1\r\n"), MessageError::Oversized(_)));
        for bytes in [&[2, 0, 0, 0, 1, 0][..], &[0x8F, 0, 0, 0, 1, 77], &[0x44, 0, 0, 0, 0]] {
            assert!(matches!(read(bytes), MessageError::Unknown { .. }));
        }
    }
}
