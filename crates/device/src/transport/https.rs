//! HTTPS requests ("Sealed batches by HTTPS" in `docs/formats.md`): what waits goes out as one request, its batches one after the other in CBOR, and
//! the answer tells what became of each. While one request is under way the next gathers.

use std::collections::VecDeque;

use hyper::StatusCode;
use hyper::body::Bytes;
use seal::Reason;
use serde::Deserialize;

use super::http::{Client, Post};
use super::tokens::Tokens;
use super::{Incoming, Link, LinkError, MessageId, Numbers, Pending, Refusal, Server};
use crate::limits;

/// A gateway's source for HTTPS.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where it listens.
    pub server: Server,
    /// Who gives tokens.
    pub tokens: Tokens,
}

/// A connection; a request is made whenever something waits.
pub struct Connection {
    endpoint: Endpoint,
    numbers: Numbers,
    waiting: VecDeque<(MessageId, Vec<u8>)>,
    on_their_way: Vec<MessageId>,
    heard: VecDeque<Incoming>,
    /// The connection between requests, or the request that has it.
    state: State,
}

/// The connection again, where there is one, and what was answered.
type Asked = (Option<Client>, Result<(StatusCode, Bytes), LinkError>);

enum State {
    Idle(Client),
    Asking(Pending<'static, Asked>),
}

/// One answer, alone or in a list.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    reason: Option<Reason>,
}

#[derive(Deserialize)]
struct Answers {
    answers: Vec<Told>,
}

impl Connection {
    /// Connects, and gets a token if there is none.
    ///
    /// # Errors
    /// [`LinkError`]
    pub async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        endpoint.tokens.current().await?;
        let client = Client::open(&endpoint.server).await?;
        Ok(Self {
            endpoint: endpoint.clone(),
            numbers: Numbers::default(),
            waiting: VecDeque::new(),
            on_their_way: Vec::new(),
            heard: VecDeque::new(),
            state: State::Idle(client),
        })
    }

    /// Takes what fits into one request.
    fn gather(&mut self) -> (Vec<u8>, &'static str) {
        let mut body = Vec::new();
        while let Some((id, sealed)) = self.waiting.pop_front() {
            if !self.on_their_way.is_empty() && body.len() + sealed.len() > limits::REQUEST_BYTES {
                self.waiting.push_front((id, sealed));
                break;
            }
            body.extend(sealed);
            self.on_their_way.push(id);
        }
        (body, if self.on_their_way.len() > 1 { "application/cbor-seq" } else { "application/cbor" })
    }

    async fn talk(&mut self) -> Result<Incoming, LinkError> {
        loop {
            if let Some(incoming) = self.heard.pop_front() {
                return Ok(incoming);
            }
            if let State::Asking(asking) = &mut self.state {
                let (client, reply) = asking.await;
                let (status, body) = reply?;
                // Without a client the next request is the next link's.
                self.state = State::Idle(client.ok_or(LinkError::Closed)?);
                self.hear(status, &body)?;
                continue;
            }
            if self.waiting.is_empty() {
                return std::future::pending().await;
            }
            let (body, media_type) = self.gather();
            let endpoint = self.endpoint.clone();
            let idle = std::mem::replace(&mut self.state, State::Asking(Box::pin(std::future::pending())));
            let client = match idle {
                State::Idle(client) => Some(client),
                State::Asking(_) => None,
            };
            self.state = State::Asking(Box::pin(ask(endpoint, client, body, media_type)));
        }
    }

    /// What became of each batch of the request.
    fn hear(&mut self, status: StatusCode, body: &[u8]) -> Result<(), LinkError> {
        let ids = std::mem::take(&mut self.on_their_way);
        let told: Vec<Told> = match (status, ids.len()) {
            (StatusCode::MULTI_STATUS, count) => {
                let said: Answers = serde_json::from_slice(body)
                    .map_err(|error| LinkError::Protocol(format!("the gateway's answer: {error}")))?;
                if said.answers.len() != count {
                    let words = format!("{} answers for {count} batches", said.answers.len());
                    return Err(LinkError::Protocol(words));
                }
                said.answers
            }
            (status, 1) => {
                let reason = serde_json::from_slice::<Told>(body).ok().and_then(|told| told.reason);
                vec![Told { status: Some(status.as_u16()), reason }]
            }
            (status, _) => return Err(self.refused_whole(status, body)),
        };
        for (id, told) in ids.into_iter().zip(told) {
            let incoming = self.judged(id, &told)?;
            self.heard.push_back(incoming);
        }
        Ok(())
    }

    fn judged(&self, id: MessageId, told: &Told) -> Result<Incoming, LinkError> {
        let status = told.status.unwrap_or_default();
        match (status, told.reason) {
            (200 | 201, _) => Ok(Incoming::Acknowledged(id)),
            (503, _) => Err(LinkError::Unavailable),
            (_, Some(reason)) => {
                if reason == Reason::Token {
                    self.endpoint.tokens.forget();
                }
                Ok(Incoming::Refused(id, Refusal::For(reason)))
            }
            (code, None) => Ok(Incoming::Refused(id, Refusal::Code(code))),
        }
    }

    /// A request of several that was refused before its batches were looked at: none of them is to blame.
    fn refused_whole(&self, status: StatusCode, body: &[u8]) -> LinkError {
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return LinkError::Unavailable;
        }
        match serde_json::from_slice::<Told>(body).ok().and_then(|told| told.reason) {
            Some(reason) => {
                self.endpoint.tokens.forget();
                LinkError::Refused(reason)
            }
            None => LinkError::Protocol(format!("the gateway answered {status}")),
        }
    }
}

/// One request, with a token, on this connection or on a new one where the gateway has closed it between two requests.
async fn ask(endpoint: Endpoint, client: Option<Client>, body: Vec<u8>, media_type: &'static str) -> Asked {
    let made = async {
        let token = endpoint.tokens.current().await?;
        let client = match client.filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => Client::open(&endpoint.server).await?,
        };
        Ok::<_, LinkError>((client, token))
    };
    let (mut client, token) = match made.await {
        Ok(made) => made,
        Err(error) => return (None, Err(error)),
    };
    let post = Post { path: "/v1/batches", media_type, token: Some(&token), body };
    let reply = client.post(post).await;
    (Some(client), reply)
}

impl Link for Connection {
    fn room(&self) -> usize {
        limits::IN_FLIGHT.saturating_sub(self.waiting.len() + self.on_their_way.len() + self.heard.len())
    }

    fn publish(&mut self, sealed: &[u8]) -> Result<MessageId, LinkError> {
        let id = self.numbers.next();
        self.waiting.push_back((id, sealed.to_vec()));
        Ok(id)
    }

    fn next(&mut self) -> Pending<'_, Result<Incoming, LinkError>> {
        Box::pin(self.talk())
    }

    fn close(self: Box<Self>) -> Pending<'static, ()> {
        // A connection without a request under way is closed by being dropped.
        Box::pin(std::future::ready(()))
    }
}
