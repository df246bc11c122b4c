//! Sealed batches by HTTP/1.1 requests over one TLS connection: one request under way, with as many batches as wait for it.

use std::collections::VecDeque;

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use serde_json::Value;
use tokio::time::{Duration, Instant};

use super::stream::{Buffered, Stream};
use super::{LinkError, Verdict};
use crate::limits;
use crate::token::{Asker, Scope};

/// A connection.
#[derive(Debug)]
pub(crate) struct Https {
    stream: Buffered,
    asker: Asker,
    scope: Scope,
    token: String,
    /// When it is time for another.
    until: Instant,
    /// Put and not sent.
    waiting: VecDeque<Bytes>,
    under_way: UnderWay,
    verdicts: VecDeque<Verdict>,
}

/// The request whose response has not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UnderWay {
    Nothing,
    Token,
    /// So many batches.
    Batches(usize),
}

fn wrong(what: impl Into<String>) -> LinkError {
    LinkError::Protocol { protocol: "HTTP", what: what.into() }
}

/// A response.
struct Response {
    status: u16,
    body: Value,
}

impl Https {
    /// Asks for a token over a connection that is made already.
    pub(crate) async fn open(stream: Stream, asker: &Asker, scope: Scope) -> Result<Self, LinkError> {
        let mut https = Self {
            stream: Buffered::new(stream),
            asker: asker.clone(),
            scope,
            token: String::new(),
            until: Instant::now(),
            waiting: VecDeque::new(),
            under_way: UnderWay::Nothing,
            verdicts: VecDeque::new(),
        };
        while https.token.is_empty() {
            https.exchange().await?;
        }
        Ok(https)
    }

    /// The token, for those that need nothing else of the endpoint.
    pub(crate) fn into_token(self) -> String {
        self.token
    }

    pub(super) fn put(&mut self, batch: &Bytes) {
        self.waiting.push_back(batch.clone());
    }

    pub(super) fn ready(&mut self) -> Option<Verdict> {
        self.verdicts.pop_front()
    }

    /// Begins a request if none is under way, and waits for more of its response.
    pub(super) async fn exchange(&mut self) -> Result<(), LinkError> {
        if self.under_way == UnderWay::Nothing {
            if Instant::now() >= self.until { self.ask_token()? } else { self.ask() }
        }
        match take_response(&mut self.stream.incoming)? {
            None => self.stream.exchange().await,
            Some(response) => match std::mem::replace(&mut self.under_way, UnderWay::Nothing) {
                UnderWay::Batches(count) => self.decided(&response, count),
                UnderWay::Token => self.given(&response),
                UnderWay::Nothing => Err(wrong("a response to nothing")),
            },
        }
    }

    fn ask_token(&mut self) -> Result<(), LinkError> {
        let form = self.asker.form(self.scope).map_err(|error| wrong(error.to_string()))?;
        let head = [("content-type", "application/x-www-form-urlencoded")];
        put_head(&mut self.stream.out, "/token", &head, form.len());
        self.stream.out.put_slice(form.as_bytes());
        self.under_way = UnderWay::Token;
        Ok(())
    }

    fn given(&mut self, response: &Response) -> Result<(), LinkError> {
        let Response { status, body } = response;
        let text = body.get("access_token").and_then(Value::as_str).filter(|_| *status == 200);
        self.token = text.ok_or_else(|| LinkError::Refused(format!("no token: {status} {body}")))?.to_owned();
        let life = body.get("expires_in").and_then(Value::as_u64).unwrap_or_default();
        // Before it is over, so that no request goes out with one that is; no run lasts a day.
        self.until = Instant::now() + Duration::from_secs(life.min(86_400)) * 4 / 5;
        Ok(())
    }

    fn ask(&mut self) {
        let (mut count, mut bytes) = (0, 0);
        for batch in self.waiting.iter().take(gateway::limits::HTTPS_BATCHES) {
            if count > 0 && bytes + batch.len() > gateway::limits::HTTPS_BATCHES_BYTES {
                break;
            }
            (count, bytes) = (count + 1, bytes + batch.len());
        }
        let form = if count == 1 { "application/cbor" } else { "application/cbor-seq" };
        let head = [("content-type", form), ("authorization", &format!("Bearer {}", self.token))];
        put_head(&mut self.stream.out, "/v1/batches", &head, bytes);
        for batch in self.waiting.drain(..count) {
            self.stream.out.put_slice(&batch);
        }
        self.under_way = UnderWay::Batches(count);
    }

    fn decided(&mut self, response: &Response, asked: usize) -> Result<(), LinkError> {
        let answers = match (response.status, response.body.get("answers").and_then(Value::as_array)) {
            (207, Some(answers)) if answers.len() == asked => answers.iter().map(verdict).collect(),
            (200 | 201, None) if asked == 1 => vec![verdict(&response.body)],
            (503, _) => vec![Verdict::Unavailable; asked],
            (status, _) if asked > 0 && status >= 400 => {
                // It is said of the whole request.
                vec![verdict(&response.body); asked]
            }
            (status, _) => return Err(wrong(format!("status {status} for {asked} batches"))),
        };
        self.verdicts = answers.into();
        Ok(())
    }

    pub(super) async fn close(self) -> Result<(), LinkError> {
        self.stream.close().await
    }
}

fn verdict(answer: &Value) -> Verdict {
    let word = |key| answer.get(key).and_then(Value::as_str);
    match word("outcome") {
        Some("committed" | "duplicate") => Verdict::Stored,
        Some("unavailable") => Verdict::Unavailable,
        Some(_) | None => Verdict::Refused(word("reason").unwrap_or("no reason").to_owned()),
    }
}

fn put_head(to: &mut BytesMut, path: &str, fields: &[(&str, &str)], length: usize) {
    to.put_slice(
        format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n").as_bytes(),
    );
    for (name, value) in fields {
        to.put_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    to.put_slice(b"\r\n");
}

/// The response at the beginning of `incoming`, when it is whole: one with a length, which all of the gateway's have.
fn take_response(incoming: &mut BytesMut) -> Result<Option<Response>, LinkError> {
    let Some(end) = incoming.windows(4).position(|four| four == b"\r\n\r\n") else {
        return if incoming.len() > limits::PACKET_BYTES { Err(wrong("an endless head")) } else { Ok(None) };
    };
    let head = String::from_utf8_lossy(incoming.get(..end).unwrap_or_default()).to_ascii_lowercase();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| wrong("a response without a status"))?;
    let length = lines.find_map(|line| line.strip_prefix("content-length:")).map(str::trim);
    let length: usize = length.and_then(|length| length.parse().ok()).ok_or_else(|| wrong("no length"))?;
    if length > limits::PACKET_BYTES {
        return Err(wrong(format!("a response of {length} bytes")));
    }
    if incoming.len() < end + 4 + length {
        return Ok(None);
    }
    incoming.advance(end + 4);
    let body = serde_json::from_slice(&incoming.split_to(length)).unwrap_or_default();
    Ok(Some(Response { status, body }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_whole_or_wait() {
        let whole = b"HTTP/1.1 207 Multi-Status\r\nContent-Length: 14\r\n\r\n{\"answers\":[]}HTTP/1.1 200";
        for cut in 0..whole.len() - 12 {
            let mut part = BytesMut::from(&whole[..cut]);
            assert!(take_response(&mut part).unwrap().is_none(), "{cut}");
        }
        let mut bytes = BytesMut::from(&whole[..]);
        let response = take_response(&mut bytes).unwrap().unwrap();
        assert_eq!((response.status, response.body["answers"].as_array().map(Vec::len)), (207, Some(0)));
        assert_eq!(&bytes[..], b"HTTP/1.1 200", "what follows stays");
        for hostile in [
            "HTTP/1.1\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n",
        ] {
            assert!(take_response(&mut BytesMut::from(hostile)).is_err(), "{hostile}");
        }
    }
}
