//! The client: a card at the other end of a TCP connection as an [`Element`].

use std::io::{self, BufReader, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};

use super::message::{Message, MessageError, Refusal};
use crate::element::{Element, LinkError};
use crate::limits::{ANSWER_WAIT, CONNECT_WAIT};

/// A card served over TCP.
#[derive(Debug)]
pub struct TcpElement {
    address: String,
    stream: BufReader<TcpStream>,
    atr: Vec<u8>,
}

impl TcpElement {
    /// Connects to `HOST:PORT` and waits for the card's greeting.
    ///
    /// # Errors
    /// [`LinkError::Unreachable`]; [`LinkError::Busy`] when another client has the card.
    pub fn connect(address: &str) -> Result<Self, LinkError> {
        let name = format!("tcp:{address}");
        let stream = connected(address).map_err(|source| LinkError::unreachable(&name, source))?;
        let mut element = Self { address: name, stream: BufReader::new(stream), atr: Vec::new() };
        element.atr = match element.receive()? {
            Message::Greeting(atr) => atr,
            other => return Err(element.unexpected(&other)),
        };
        Ok(element)
    }

    fn ask(&mut self, message: &Message) -> Result<Message, LinkError> {
        message
            .write(self.stream.get_mut())
            .map_err(|source| LinkError::unreachable(&self.address, source))?;
        self.receive()
    }

    fn receive(&mut self) -> Result<Message, LinkError> {
        match Message::read(&mut self.stream) {
            Ok(Some(message)) => Ok(message),
            Ok(None) => Err(LinkError::unreachable(&self.address, ErrorKind::UnexpectedEof.into())),
            Err(MessageError::Io(source)) => Err(LinkError::unreachable(&self.address, source)),
            Err(
                error
                @ (MessageError::Unknown { .. } | MessageError::Oversized(_) | MessageError::Version(_)),
            ) => {
                let source = io::Error::new(ErrorKind::InvalidData, error);
                Err(LinkError::unreachable(&self.address, source))
            }
        }
    }

    /// A message that does not answer the question.
    fn unexpected(&self, message: &Message) -> LinkError {
        let words = match message {
            Message::Refusal(Refusal::InUse) => {
                return LinkError::Busy { target: self.address.clone() };
            }
            Message::Refusal(Refusal::Failed) => "the card has failed; see where it is served",
            Message::Refusal(Refusal::Malformed) => "the card did not understand this program",
            Message::Greeting(_)
            | Message::Answer(_)
            | Message::Reset(_)
            | Message::Diagnosis(_)
            | Message::Command(_)
            | Message::AskReset
            | Message::AskDiagnosis => "the card answered something that was not asked",
        };
        LinkError::unreachable(&self.address, io::Error::new(ErrorKind::InvalidData, words))
    }
}

/// Tries each address the name has.
fn connected(address: &str) -> io::Result<TcpStream> {
    let mut last = ErrorKind::NotFound.into();
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT_WAIT) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(ANSWER_WAIT))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Element for TcpElement {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        match self.ask(&Message::Command(command.to_vec()))? {
            Message::Answer(answer) => Ok(answer),
            other => Err(self.unexpected(&other)),
        }
    }

    fn atr(&self) -> Vec<u8> {
        self.atr.clone()
    }

    fn reset(&mut self) -> Result<(), LinkError> {
        match self.ask(&Message::AskReset)? {
            Message::Reset(atr) => {
                self.atr = atr;
                Ok(())
            }
            other => Err(self.unexpected(&other)),
        }
    }

    fn diagnosis(&mut self) -> Option<String> {
        match self.ask(&Message::AskDiagnosis) {
            Ok(Message::Diagnosis(words)) => Some(words).filter(|words| !words.is_empty()),
            // A card that cannot say why it refused has refused all the same.
            Ok(_) | Err(_) => None,
        }
    }
}
