//! Opening a secure channel to a security domain, SCP02 or SCP03 as the card answers, and sending commands through it.

use card_image::Aid;
use card_runtime::apdu::{Command, Response};
use card_runtime::scp::{self, Channel, Handshake, Level, Protocol};
use card_runtime::status::StatusWord;

use super::error::GpError;
use super::recognition;
use crate::element::Element;
use crate::keys::CardKeys;

/// An authenticated channel to an element. It ends when another application is selected or the element is reset.
pub struct Session<'e, E: Element + ?Sized> {
    element: &'e mut E,
    channel: Channel,
    protocol: Protocol,
    version: u8,
}

/// How the commands of a session are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// As well as the card's protocol can.
    Strongest,
    /// At this level.
    At(Level),
}

/// What the answer to INITIALIZE UPDATE says (Card Specification 2.3.1, E.5.1.5; Amendment D 1.1.2, 7.1.1.5).
struct Challenge<'a> {
    version: u8,
    protocol: Protocol,
    card: &'a [u8],
    cryptogram: &'a [u8],
    sequence: u32,
}

impl<'a> Challenge<'a> {
    /// Takes it apart: diversification (10), key version, protocol; in SCP02 the counter (2), challenge (6), cryptogram (8); in
    /// SCP03 "i", challenge and cryptogram of 8 or 16 bytes each, and perhaps a counter (3), which nobody needs.
    fn parse(answer: &'a [u8], announced: Option<Protocol>) -> Result<Self, GpError> {
        let malformed = || GpError::Malformed("INITIALIZE UPDATE");
        let (_diversification, rest) = answer.split_at_checked(10).ok_or_else(malformed)?;
        let (&[version, number, third], rest) = rest.split_first_chunk().ok_or_else(malformed)?;
        match number {
            0x02 => {
                // The options are told elsewhere, in Card Recognition Data.
                let protocol = match announced {
                    Some(announced @ Protocol::Scp02(_)) => announced,
                    Some(Protocol::Scp03(_)) | None => Protocol::Scp02(scp::Scp02Options::I15),
                };
                let (low, rest) = rest.split_first().ok_or_else(malformed)?;
                let (card, cryptogram) = rest.split_at_checked(6).ok_or_else(malformed)?;
                let sequence = u32::from(u16::from_be_bytes([third, *low]));
                Ok(Self { version, protocol, card, cryptogram, sequence })
            }
            0x03 => {
                let options = scp::Scp03Options::parse(third).ok_or(GpError::Options(number, third))?;
                let (card, rest) = rest.split_at_checked(options.width()).ok_or_else(malformed)?;
                let (cryptogram, _) = rest.split_at_checked(options.width()).ok_or_else(malformed)?;
                Ok(Self { version, protocol: Protocol::Scp03(options), card, cryptogram, sequence: 0 })
            }
            other => Err(GpError::Protocol(other)),
        }
    }
}

impl<'e, E: Element + ?Sized> Session<'e, E> {
    /// Selects the issuer's security domain and opens the strongest channel that it can have.
    ///
    /// # Errors
    /// [`GpError::WrongKeys`] when the card does not hold these keys; others when it refuses or does not answer.
    pub fn open(element: &'e mut E, keys: &CardKeys) -> Result<Self, GpError> {
        Self::open_at(element, None, keys, Protection::Strongest)
    }

    /// Selects a security domain, the issuer's without a name, and opens a channel. A domain without keys of its own takes
    /// those of the domain that it is associated with.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn open_at(
        element: &'e mut E,
        domain: Option<&Aid>,
        keys: &CardKeys,
        protection: Protection,
    ) -> Result<Self, GpError> {
        let selected = select(element, domain)?;
        let announced = recognition::protocol(&selected.data);
        Self::handshake(element, keys, announced, protection)
    }

    /// Opens a channel to whatever is selected: an applet that hands INITIALIZE UPDATE and EXTERNAL AUTHENTICATE to its
    /// security domain.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn authenticate(element: &'e mut E, keys: &CardKeys, level: Level) -> Result<Self, GpError> {
        Self::handshake(element, keys, None, Protection::At(level))
    }

    fn handshake(
        element: &'e mut E,
        keys: &CardKeys,
        announced: Option<Protocol>,
        protection: Protection,
    ) -> Result<Self, GpError> {
        const UPDATE: &str = "INITIALIZE UPDATE";
        let mut host = vec![0u8; announced.map_or(8, Protocol::challenge)];
        getrandom::fill(&mut host)?;
        let length = u8::try_from(host.len()).unwrap_or_default();
        let head = [0x80, 0x50, keys.version(), 0x00, length];
        let answer = accepted(UPDATE, element.exchange(&[&head[..], &host, &[0]].concat())?)?;
        let challenge = Challenge::parse(&answer.data, announced)?;
        let protocol = challenge.protocol;
        if protocol.key_kind() != keys.expose_secret().kind() {
            return Err(GpError::KeyKind { protocol: protocol.number() });
        }
        let handshake = Handshake { host: &host, card: challenge.card, sequence: challenge.sequence };
        let session = scp::Session::derive(protocol, keys.expose_secret(), &handshake)?;
        if !session.card_is(challenge.cryptogram) {
            return Err(GpError::WrongKeys);
        }
        let level = match protection {
            Protection::Strongest => protocol.strongest(),
            Protection::At(level) => level,
        };
        let version = challenge.version;
        let mut channel = session.into_channel(level);
        let answer = element.exchange(&channel.authenticate())?;
        accepted("EXTERNAL AUTHENTICATE", answer)?;
        Ok(Self { element, channel, protocol, version })
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

    /// What the channel speaks.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    pub(super) fn channel(&self) -> &Channel {
        &self.channel
    }

    /// Plain data that fit one command: a short one, which every card takes, with its padding and MAC.
    pub(super) fn room(&self) -> usize {
        self.channel.short_room()
    }

    /// Sends a GlobalPlatform command (class 80) and insists on an answer without error.
    pub(super) fn command(
        &mut self,
        name: &'static str,
        [ins, p1, p2]: [u8; 3],
        data: &[u8],
    ) -> Result<Response, GpError> {
        if data.len() > self.room() {
            return Err(GpError::TooLong { what: "its data", length: data.len(), command: name });
        }
        let command = Command { cla: 0x80, ins, p1, p2, data, expected: Some(256), extended: false };
        accepted(name, self.exchange(&command)?)
    }

    fn exchange(&mut self, command: &Command<'_>) -> Result<Response, GpError> {
        let wrapped = self.channel.wrap_command(command)?;
        let answer = self.element.exchange(&wrapped)?;
        Ok(self.channel.unwrap_response(answer)?)
    }
}

/// Selects a security domain, the issuer's without a name.
pub(super) fn select<E: Element + ?Sized>(
    element: &mut E,
    domain: Option<&Aid>,
) -> Result<Response, GpError> {
    let name = domain.map_or(&[][..], |aid| aid.as_bytes());
    let command = match u8::try_from(name.len()).unwrap_or_default() {
        0 => vec![0x00, 0xA4, 0x04, 0x00, 0x00],
        length => [&[0x00, 0xA4, 0x04, 0x00, length], name, &[0]].concat(),
    };
    accepted("SELECT", element.exchange(&command)?)
}

pub(super) fn accepted(command: &'static str, answer: Response) -> Result<Response, GpError> {
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
