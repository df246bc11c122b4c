//! The server: lends an element to one TCP client after another.

use std::io::BufReader;
use std::net::{TcpListener, TcpStream};

use super::message::{Message, MessageError, Refusal};
use crate::desk::{Desk, Visit};
use crate::element::{Element, LinkError};
use crate::limits::CLIENT_IDLE;

/// Serves `element` until it fails. A client that comes while another has the card is told so and let go. Each client
/// finds the card freshly reset.
///
/// # Errors
/// What the element failed with, or [`LinkError::Unreachable`] when nobody can connect any more.
pub fn serve<E: Element + Send>(listener: &TcpListener, element: E) -> Result<(), LinkError> {
    let broken = |error| LinkError::unreachable("the listener", error);
    let own = listener.local_addr().map_err(broken)?;
    let desk = Desk::new(element);
    std::thread::scope(|scope| {
        loop {
            let (stream, _) = listener.accept().map_err(broken)?;
            if let Some(error) = desk.failure() {
                let _gone = Message::Refusal(Refusal::Failed).write(&mut &stream);
                return Err(error);
            }
            let desk = &desk;
            scope.spawn(move || {
                if client(&stream, desk) == Visit::Failed {
                    // Wakes the loop above, which then sees the failure.
                    let _woken = TcpStream::connect(own);
                }
            });
        }
    })
}

/// Serves one client, or tells it why not.
fn client<E: Element>(stream: &TcpStream, desk: &Desk<E>) -> Visit {
    if stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(CLIENT_IDLE))).is_err() {
        return Visit::Over;
    }
    desk.lend(
        |element| element.reset().and_then(|()| talk(stream, element)),
        |refusal| {
            // Whoever has gone away needs no refusal.
            let _gone = Message::Refusal(refusal).write(&mut { stream });
        },
    )
}

/// Answers messages until the client goes away. Only a failure of the element is an error.
fn talk<E: Element>(stream: &TcpStream, element: &mut E) -> Result<(), LinkError> {
    let (mut incoming, mut outgoing) = (BufReader::new(stream), stream);
    let mut reply = Message::Greeting(element.atr());
    while reply.write(&mut outgoing).is_ok() {
        reply = match Message::read(&mut incoming) {
            Ok(Some(Message::Command(command))) => Message::Answer(element.transmit(&command)?),
            Ok(Some(Message::AskReset)) => {
                element.reset()?;
                Message::Reset(element.atr())
            }
            Ok(Some(Message::AskDiagnosis)) => Message::Diagnosis(element.diagnosis().unwrap_or_default()),
            Ok(Some(
                Message::Greeting(_)
                | Message::Answer(_)
                | Message::Reset(_)
                | Message::Diagnosis(_)
                | Message::Refusal(_),
            ))
            | Err(MessageError::Unknown { .. } | MessageError::Oversized(_) | MessageError::Version(_)) => {
                let _gone = Message::Refusal(Refusal::Malformed).write(&mut outgoing);
                return Ok(());
            }
            Ok(None) | Err(MessageError::Io(_)) => return Ok(()),
        };
    }
    Ok(())
}
