//! The feed's part of the loop: one POST a row, and what its answer means.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use clinical::fhir::MEDIA_TYPE;
use serde_json::Value;

use super::https::{Connection, Peer, Reply};
use super::prepare::Terms;
use super::token::Tokens;
use crate::config::{Feed, Fhir};
use crate::record::{Journal, Place, Wire};
use crate::sinks::FeedError;
use crate::sinks::outbox::{self, Answer, Carrier, Item, Ledger, Link, Message, Trouble, Work};
use crate::start::Services;
use crate::store::{Reader, StoreError};

/// Starts a feed as a task of the gateway.
pub(in crate::sinks) fn start(services: &Services, feed: &Feed, terms: &Fhir) -> Result<(), FeedError> {
    let tokens = match &terms.authorization {
        Some(client) => Some(Arc::new(Tokens::of(feed, client)?)),
        None => None,
    };
    let server = Server { peer: Peer::of(feed, &feed.address)?, tokens, terms: Terms::of(feed, terms) };
    outbox::Feed::start(&feed.name, server, services);
    Ok(())
}

struct Server {
    peer: Peer,
    tokens: Option<Arc<Tokens>>,
    terms: Terms,
}

struct Line {
    connection: Connection,
    tokens: Option<Arc<Tokens>>,
}

impl Carrier for Server {
    type Link = Line;

    const WIRE: Wire = Wire::FhirR4;

    async fn connect(&self) -> Result<Line, Trouble> {
        Ok(Line { connection: self.peer.connect().await?, tokens: self.tokens.clone() })
    }

    fn journal(&self) -> Journal {
        Journal::Batches
    }

    fn page(&self, reader: &Reader, after: Place, _sending: Place) -> Result<Vec<Item>, StoreError> {
        self.terms.items(reader, &outbox::batches_after(reader, after)?)
    }

    fn again(&self, reader: &Reader, place: Place) -> Result<Work, StoreError> {
        outbox::batch_again(reader, place, |rows| self.terms.items(reader, rows))
    }

    fn withdrawn(&self, reader: &Reader, place: Place) -> Result<Option<&'static str>, StoreError> {
        outbox::batch_withdrawn(reader, place)
    }
}

impl Link for Line {
    async fn carry(&mut self, messages: &[&Message], ledger: &mut Ledger<'_>) -> Result<(), Trouble> {
        for (place, message) in messages.iter().enumerate() {
            ledger.sent();
            let reply = self.post(&message.text).await?;
            ledger.answered(place, judged(reply)?);
        }
        Ok(())
    }
}

impl Line {
    async fn post(&mut self, text: &str) -> Result<Reply, Trouble> {
        let Some(tokens) = self.tokens.clone() else {
            return self.connection.post(text.to_owned(), MEDIA_TYPE, None).await;
        };
        let token = tokens.current().await?;
        let reply = self.connection.post(text.to_owned(), MEDIA_TYPE, Some(&token)).await?;
        if reply.status != StatusCode::UNAUTHORIZED {
            return Ok(reply);
        }
        // It may have been withdrawn before its time.
        tokens.forget();
        let token = tokens.current().await?;
        self.connection.post(text.to_owned(), MEDIA_TYPE, Some(&token)).await
    }
}

/// What a reply means for its message, or that it means nothing for it.
fn judged(reply: Reply) -> Result<Answer, Trouble> {
    let status = reply.status;
    if status.is_success() {
        return Ok(Answer::Accepted);
    }
    let own_fault = match status {
        StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::NOT_FOUND
        | StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::NOT_ACCEPTABLE
        | StatusCode::REQUEST_TIMEOUT
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::TOO_EARLY
        | StatusCode::TOO_MANY_REQUESTS => false,
        other => other.is_client_error(),
    };
    if own_fault {
        let said = said(&reply.body);
        let reason = if said.is_empty() { status.to_string() } else { format!("{status}: {said}") };
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        Ok(Answer::Refused { reason, text })
    } else {
        let wait = reply.headers.get(RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?));
        // What the server says besides may be about a patient, and trouble is logged.
        Err(Trouble::Peer { what: status.to_string(), wait })
    }
}

/// What the issues of an OperationOutcome say.
fn said(body: &[u8]) -> String {
    let Ok(outcome) = serde_json::from_slice::<Value>(body) else { return String::new() };
    let issues = outcome.get("issue").and_then(Value::as_array).into_iter().flatten();
    let words = issues.filter_map(|issue| {
        let details = issue.get("details").and_then(|details| details.get("text"));
        issue.get("diagnostics").or(details).or_else(|| issue.get("code"))?.as_str()
    });
    let mut all = words.collect::<Vec<_>>().join("; ");
    all.truncate(all.floor_char_boundary(crate::limits::HTTP_WORDS));
    all
}

/// Seconds, or a date (RFC 9110 section 10.2.3).
fn retry_after(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Duration::try_from(date.timestamp().duration_since(jiff::Timestamp::now())).ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;

    fn reply(status: u16, wait: Option<&'static str>, body: &'static str) -> Reply {
        let mut headers = HeaderMap::new();
        headers.extend(wait.map(|wait| (RETRY_AFTER, wait.parse().unwrap())));
        Reply { status: StatusCode::from_u16(status).unwrap(), headers, body: body.into() }
    }

    #[test]
    fn each_status_says_whose_fault_it_is() {
        let outcome = r#"{"resourceType":"OperationOutcome","issue":[{"code":"invalid","diagnostics":"no such patient"}]}"#;
        for status in [200, 201] {
            assert!(matches!(judged(reply(status, None, "")), Ok(Answer::Accepted)), "{status}");
        }
        for status in [400, 409, 410, 412, 413, 422] {
            let Ok(Answer::Refused { reason, text }) = judged(reply(status, None, outcome)) else {
                panic!("{status}")
            };
            assert!(reason.ends_with("no such patient") && text == outcome, "{reason}");
        }
        for status in [301, 401, 403, 404, 405, 406, 408, 415, 425, 429, 500, 502, 503, 504] {
            assert!(
                matches!(judged(reply(status, None, "")), Err(Trouble::Peer { wait: None, .. })),
                "{status}"
            );
        }
    }

    #[test]
    fn how_long_to_wait_is_said_in_seconds_or_as_a_date() {
        let wait = |text| match judged(reply(503, Some(text), "")) {
            Err(Trouble::Peer { wait, .. }) => wait,
            _ => panic!("{text}"),
        };
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("Wed, 21 Oct 2015 07:28:00 GMT"), None, "past");
        let date = wait("Wed, 21 Oct 2099 07:28:00 GMT").unwrap();
        assert!(date > Duration::from_secs(1_000_000), "{date:?}");
    }
}
