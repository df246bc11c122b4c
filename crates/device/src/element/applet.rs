//! The host's side of the identity applet ("Identity applet" in `docs/formats.md`).
//!
//! Every command is short and answered at once, so that it works over any reader; longer data goes in parts.

use card_link::StatusWord;
use seal::token::TokenAlgorithm;

use super::{Element, ElementError, Key};

/// The applet's package.
pub const PACKAGE_AID: &[u8] = b"\xf0MEDSEAL";
/// The applet.
pub const APPLET_AID: &[u8] = b"\xf0MEDSEAL\x01";

/// Class of the applet's own commands, and with command chaining.
const OWN: u8 = 0x80;
const OWN_CHAINED: u8 = 0x90;
/// Most data of a short command (ISO/IEC 7816-4 section 5.2).
const SHORT: usize = 255;
/// Most bytes of a certificate that the applet holds.
const CERTIFICATE: usize = 1024;

/// An element on which the identity applet is selected.
#[derive(Debug)]
pub struct Applet<E> {
    link: E,
}

/// A command by its name in `docs/formats.md`.
struct Command {
    name: &'static str,
    class: u8,
    instruction: u8,
    p1: u8,
    p2: u8,
}

impl Command {
    fn own(name: &'static str, instruction: u8) -> Self {
        Self { name, class: OWN, instruction, p1: 0, p2: 0 }
    }

    fn of(self, key: Key) -> Self {
        Self { p1: key as u8, ..self }
    }

    /// The command APDU: a short one, case 4, or case 2 without data.
    fn with(&self, data: &[u8]) -> Result<Vec<u8>, ElementError> {
        let length = data.len();
        let too_long = ElementError::Length { command: self.name, length };
        let counted = u8::try_from(length).map_err(|_| too_long)?;
        let mut bytes = vec![self.class, self.instruction, self.p1, self.p2];
        if counted > 0 {
            bytes.push(counted);
            bytes.extend(data);
        }
        bytes.push(0);
        Ok(bytes)
    }
}

/// What the applet says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Of the command set.
    pub version: u8,
    /// Whether all pairs are made and both certificates put.
    pub ready: bool,
    /// Bit n - 1: key n is made.
    made: u8,
    /// Counter of the last seal.
    pub counter: u64,
    /// Tries left for the PIN.
    pub pin_tries: u8,
}

impl Status {
    /// Whether this key was made or put.
    #[must_use]
    pub fn has(&self, key: Key) -> bool {
        self.made & (1 << (key as u8 - 1)) != 0
    }
}

impl<E: card_link::Element> Applet<E> {
    /// Selects the applet on an element.
    ///
    /// # Errors
    /// [`ElementError::Status`] with 6A82 when it is not installed there.
    pub fn select(link: E) -> Result<Self, ElementError> {
        let mut applet = Self { link };
        let select = Command { name: "SELECT", class: 0, instruction: 0xa4, p1: 4, p2: 0 };
        applet.command(&select, APPLET_AID)?;
        Ok(applet)
    }

    /// The element, for commands that are not the applet's.
    pub fn link(&mut self) -> &mut E {
        &mut self.link
    }

    fn exchange(&mut self, command: &Command, data: &[u8]) -> Result<(Vec<u8>, StatusWord), ElementError> {
        let answer = self.link.exchange(&command.with(data)?)?;
        Ok((answer.data, answer.status))
    }

    fn command(&mut self, command: &Command, data: &[u8]) -> Result<Vec<u8>, ElementError> {
        let (data, status) = self.exchange(command, data)?;
        if status == StatusWord::OK {
            return Ok(data);
        }
        Err(ElementError::Status { command: command.name, status: status.0 })
    }

    /// GET STATUS.
    ///
    /// # Errors
    /// [`ElementError`]
    pub fn status(&mut self) -> Result<Status, ElementError> {
        let command = Command::own("GET STATUS", 0x28);
        let answer = self.command(&command, &[])?;
        let Ok([version, state, made, c0, c1, c2, c3, c4, c5, c6, c7, pin_tries]) =
            <[u8; 12]>::try_from(answer.as_slice())
        else {
            return Err(ElementError::Answer { command: command.name, length: answer.len() });
        };
        let counter = u64::from_be_bytes([c0, c1, c2, c3, c4, c5, c6, c7]);
        Ok(Status { version, ready: state == 1, made, counter, pin_tries })
    }

    /// VERIFY: shows the PIN, for the commands that need it until the applet is selected anew.
    ///
    /// # Errors
    /// [`ElementError::Status`] with 63Cx for a wrong one, x tries being left, 6983 when it is blocked.
    pub fn verify_pin(&mut self, pin: &[u8]) -> Result<(), ElementError> {
        let verify = Command { name: "VERIFY", class: 0, instruction: 0x20, p1: 0, p2: 0x80 };
        self.command(&verify, pin).map(|_| ())
    }

    /// GENERATE KEY: makes a pair in the element, and gives the public half as an uncompressed point.
    ///
    /// # Errors
    /// [`ElementError::Status`] with 6985 when it was made already, 6982 without the PIN.
    pub fn generate_key(&mut self, key: Key) -> Result<[u8; 65], ElementError> {
        self.point(&Command::own("GENERATE KEY", 0x10).of(key))
    }

    /// GET PUBLIC KEY: the public half of a pair that was made.
    ///
    /// # Errors
    /// [`ElementError::Status`] with 6A88 when it was not.
    pub fn public_key(&mut self, key: Key) -> Result<[u8; 65], ElementError> {
        self.point(&Command::own("GET PUBLIC KEY", 0x18).of(key))
    }

    fn point(&mut self, command: &Command) -> Result<[u8; 65], ElementError> {
        let answer = self.command(command, &[])?;
        let wrong = ElementError::Answer { command: command.name, length: answer.len() };
        answer.try_into().map_err(|_| wrong)
    }

    /// PUT CERTIFICATE: stores the DER certificate of the seal or the TLS key.
    ///
    /// # Errors
    /// [`ElementError::Status`], with 6982 without the PIN; [`ElementError::Length`] above 1,024 bytes.
    pub fn put_certificate(&mut self, key: Key, der: &[u8]) -> Result<(), ElementError> {
        let mut command = Command::own("PUT CERTIFICATE", 0x14).of(key);
        if der.len() > CERTIFICATE {
            return Err(ElementError::Length { command: command.name, length: der.len() });
        }
        let mut offset = 0u16;
        let mut parts = der.chunks(SHORT - 2).peekable();
        while let Some(part) = parts.next() {
            command.p2 = if parts.peek().is_none() { 0x80 } else { 0 };
            self.command(&command, &[&offset.to_be_bytes(), part].concat())?;
            // Within the 1,024 bytes checked above.
            offset += u16::try_from(part.len()).unwrap_or_default();
        }
        Ok(())
    }
}

impl<E: card_link::Element + Send> Element for Applet<E> {
    fn seal(&mut self, batch_hash: &[u8; 32]) -> Result<Vec<u8>, ElementError> {
        self.command(&Command::own("SEAL", 0x20), batch_hash)
    }

    fn last_seal(&mut self) -> Result<Option<Vec<u8>>, ElementError> {
        let command = Command::own("GET LAST SEAL", 0x22);
        match self.exchange(&command, &[])? {
            (seal, StatusWord::OK) => Ok(Some(seal)),
            (_, StatusWord::REFERENCED_DATA_NOT_FOUND) => Ok(None),
            (_, status) => Err(ElementError::Status { command: command.name, status: status.0 }),
        }
    }

    fn sign_tls(&mut self, content: &[u8]) -> Result<Vec<u8>, ElementError> {
        self.command(&Command::own("SIGN TLS", 0x24), content)
    }

    fn sign_token(&mut self, algorithm: TokenAlgorithm, input: &[u8]) -> Result<Vec<u8>, ElementError> {
        let mut command = Command::own("SIGN TOKEN", 0x26);
        if input.len() > seal::limits::TOKEN_INPUT {
            return Err(ElementError::Length { command: command.name, length: input.len() });
        }
        command.p1 = match algorithm {
            TokenAlgorithm::Es256 => 1,
            TokenAlgorithm::Hs256 => 2,
        };
        let mut parts = input.chunks(SHORT).peekable();
        let mut signature = Vec::new();
        while let Some(part) = parts.next() {
            command.class = if parts.peek().is_none() { OWN } else { OWN_CHAINED };
            signature = self.command(&command, part)?;
        }
        Ok(signature)
    }

    fn token_key(&mut self) -> Result<[u8; 65], ElementError> {
        self.public_key(Key::Token)
    }

    fn certificate(&mut self, key: Key) -> Result<Vec<u8>, ElementError> {
        let command = Command::own("GET CERTIFICATE", 0x16).of(key);
        let mut der = Vec::new();
        while der.len() <= CERTIFICATE {
            let offset = u16::try_from(der.len()).unwrap_or(u16::MAX);
            let (part, status) = self.exchange(&command, &offset.to_be_bytes())?;
            let length = part.len();
            der.extend(part);
            match status {
                StatusWord::END_OF_DATA => return Ok(der),
                StatusWord::OK if length > 0 => {}
                status => return Err(ElementError::Status { command: command.name, status: status.0 }),
            }
        }
        Err(ElementError::Answer { command: command.name, length: der.len() })
    }
}
