//! A gRPC stream ([`wire::grpc`]) to a gateway's source, with an access token that the element signs for.

use seal::Reason;
use wire::grpc::{Answer, Code, Fault};

use super::tokens::Tokens;
use super::{Incoming, Link, LinkError, MessageId, Pending, Refusal, Server};
use crate::limits;

/// A gateway's source for gRPC.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where it listens.
    pub server: Server,
    /// Who gives tokens.
    pub tokens: Tokens,
}

/// An open stream.
pub struct Stream {
    tokens: Tokens,
    stream: wire::grpc::Stream,
}

impl Stream {
    /// Connects, gets a token if there is none, and begins the stream.
    ///
    /// # Errors
    /// [`LinkError`]
    pub async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let tokens = endpoint.tokens.clone();
        let token = tokens.current().await?;
        let stream = endpoint.server.connect(Some(b"h2")).await?;
        let opened =
            wire::grpc::Stream::open(stream, &endpoint.server.address, &token, limits::IN_FLIGHT).await;
        Ok(Self { stream: opened.map_err(|fault| left(&tokens, fault))?, tokens })
    }

    async fn hear(&mut self) -> Result<Incoming, LinkError> {
        let heard = self.stream.receipt().await;
        let (number, answer) = heard.map_err(|fault| left(&self.tokens, fault))?;
        let id = MessageId(number);
        Ok(match answer {
            Answer::Stored => Incoming::Acknowledged(id),
            Answer::Refused(word) => {
                Incoming::Refused(id, word.parse().map_or(Refusal::Code(0), Refusal::For))
            }
        })
    }
}

/// Why a stream ended, and what that says of the token.
fn left(tokens: &Tokens, fault: Fault) -> LinkError {
    match fault {
        Fault::Told { code, words } => {
            if code == Code::Unauthenticated {
                tokens.forget();
            }
            match words.parse::<Reason>() {
                Ok(reason) => LinkError::Refused(reason),
                Err(_) if code == Code::Unavailable => LinkError::Unavailable,
                Err(_) => LinkError::Protocol(format!("{code:?}: {words}")),
            }
        }
        Fault::Ended => LinkError::Closed,
        Fault::Http(_) | Fault::Turn { .. } | Fault::Outcome(_) => LinkError::Protocol(fault.to_string()),
    }
}

impl Link for Stream {
    fn room(&self) -> usize {
        limits::IN_FLIGHT.saturating_sub(self.stream.under_way()).min(self.stream.room())
    }

    fn publish(&mut self, sealed: &[u8]) -> Result<MessageId, LinkError> {
        let put = self.stream.put(sealed.to_vec().into());
        put.map(MessageId).map_err(|fault| left(&self.tokens, fault))
    }

    fn next(&mut self) -> Pending<'_, Result<Incoming, LinkError>> {
        Box::pin(self.hear())
    }

    fn close(self: Box<Self>) -> Pending<'static, ()> {
        Box::pin(async move {
            let ended = tokio::time::timeout(limits::CONNECT, self.stream.close()).await;
            if let Ok(Err(fault)) = ended {
                tracing::debug!(%fault, "the stream ended before its end was said");
            }
        })
    }
}
