//! Access tokens ("Access tokens" in `docs/formats.md`): the device says who it is in an assertion that its element signs
//! (RFC 7523, ES256), on a connection that its element authenticated, and gets a token for a while.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seal::DeviceId;
use seal::key_id;
use seal::token::{Assertion, TokenAlgorithm, sign};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::http::{Client, Post};
use super::{LinkError, Server};
use crate::element::{ElementTokens, SharedElement};
use crate::limits;

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Delivering on a connection that shows the device's certificate.
    Write,
    /// Delivering through a broker, which shows none: the token travels with each message.
    Relay,
}

impl Scope {
    fn as_str(self) -> &'static str {
        match self {
            Self::Write => "batches.write",
            Self::Relay => "batches.relay",
        }
    }
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The element did not sign.
    #[error(transparent)]
    Assertion(#[from] seal::token::TokenError),
    /// The element has no token key.
    #[error(transparent)]
    Element(#[from] crate::element::ElementError),
    /// No randomness for the assertion's name.
    #[error("no randomness: {0}")]
    Random(getrandom::Error),
    /// The endpoint refused (RFC 6749 section 5.2).
    #[error("the endpoint answered {status}: {words}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it says.
        words: String,
    },
    /// The endpoint's answer is none.
    #[error("the endpoint's answer: {0}")]
    Answer(#[from] serde_json::Error),
    /// The endpoint could not be asked.
    #[error("the endpoint: {0}")]
    Link(Box<LinkError>),
    /// Stopped by an error in the program.
    #[error("stopped by an error in the program: {0}")]
    Program(#[from] tokio::task::JoinError),
}

/// A token endpoint, and who asks it. Cloning it is cheap, and clones share the token.
#[derive(Debug, Clone)]
pub struct Tokens(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    server: Server,
    url: String,
    path: String,
    scope: Scope,
    device: DeviceId,
    element: SharedElement,
    held: Mutex<Option<Held>>,
}

#[derive(Debug, Clone)]
struct Held {
    token: Zeroizing<String>,
    until: Instant,
}

#[derive(Deserialize)]
struct Given {
    access_token: String,
    #[serde(default)]
    expires_in: u64,
}

impl Given {
    /// How long it is used: until a fifth of its life before its end, and for a day at most, whatever its giver says.
    fn used_for(&self) -> Duration {
        Duration::from_secs(self.expires_in).min(limits::TOKEN_LONGEST) / 5 * 4
    }
}

/// Host and port of a token endpoint's address, `https://HOST[:PORT]/PATH`; `None` when it is none.
#[must_use]
pub fn endpoint_address(url: &str) -> Option<String> {
    let (authority, path) = url.strip_prefix("https://")?.split_once('/')?;
    let plain = !authority.is_empty() && !path.is_empty() && !authority.contains('@');
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    plain.then(|| if has_port { authority.to_owned() } else { format!("{authority}:443") })
}

impl Tokens {
    /// Tokens for `scope` from the endpoint known as `url`, which is reached at `server`.
    #[must_use]
    pub fn new(server: Server, url: &str, scope: Scope, device: &DeviceId, element: &SharedElement) -> Self {
        let path = url.strip_prefix("https://").and_then(|rest| rest.split_once('/'));
        let path = format!("/{}", path.map_or("token", |(_, path)| path));
        let (device, element, url) = (device.clone(), element.clone(), url.to_owned());
        Self(Arc::new(Inner { server, url, path, scope, device, element, held: Mutex::default() }))
    }

    /// A token that works now, by what the endpoint said.
    ///
    /// # Errors
    /// [`TokenError`]
    pub async fn current(&self) -> Result<Zeroizing<String>, TokenError> {
        let held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(held) = held.filter(|held| held.until > Instant::now()) {
            return Ok(held.token);
        }
        let given = self.ask().await?;
        let until = Instant::now() + given.used_for();
        let token = Zeroizing::new(given.access_token);
        let held = Held { token: token.clone(), until };
        *self.0.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
        Ok(token)
    }

    /// The gateway does not take the token any more.
    pub fn forget(&self) {
        *self.0.held.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn ask(&self) -> Result<Given, TokenError> {
        let inner = self.0.clone();
        // The element may take its time.
        let assertion = tokio::task::spawn_blocking(move || inner.assertion()).await??;
        let form = format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&scope={}&assertion={}",
            self.0.scope.as_str(),
            assertion.as_str()
        );
        let link = |error| TokenError::Link(Box::new(error));
        let mut client = Client::open(&self.0.server).await.map_err(link)?;
        let post = Post {
            path: &self.0.path,
            media_type: "application/x-www-form-urlencoded",
            token: None,
            body: form.into_bytes(),
        };
        let (status, body) = client.post(post).await.map_err(link)?;
        if !status.is_success() {
            let words = String::from_utf8_lossy(&body).chars().take(200).collect();
            return Err(TokenError::Refused { status: status.as_u16(), words });
        }
        Ok(serde_json::from_slice(&body)?)
    }
}

impl Inner {
    fn assertion(&self) -> Result<Zeroizing<String>, TokenError> {
        let mut name = [0; 16];
        getrandom::fill(&mut name).map_err(TokenError::Random)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let life = i64::try_from(limits::ASSERTION_LIFE.as_secs()).unwrap_or(i64::MAX);
        let assertion = Assertion {
            iss: self.device.clone(),
            sub: self.device.clone(),
            aud: self.url.clone(),
            exp: now.saturating_add(life),
            iat: now,
            jti: URL_SAFE_NO_PAD.encode(name),
        };
        let key = key_id(&self.element.token_key()?);
        let mut signer = ElementTokens::new(&self.element, TokenAlgorithm::Es256, key);
        Ok(Zeroizing::new(sign(&assertion, &mut signer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::{Given, endpoint_address};

    #[test]
    fn a_token_is_not_used_beyond_all_time_whatever_its_giver_says() {
        for (said, seconds) in [("300", 240), ("0", 0), ("18446744073709551615", 86_400)] {
            let given = format!(r#"{{"access_token":"a","expires_in":{said}}}"#);
            let given: Given = serde_json::from_str(&given).unwrap();
            assert_eq!(given.used_for().as_secs(), seconds, "{said}");
        }
    }

    #[test]
    fn an_endpoint_is_where_its_address_says() {
        for (url, address) in [
            ("https://gateway.example/token", Some("gateway.example:443")),
            ("https://gateway.example:8443/token", Some("gateway.example:8443")),
            ("https://[::1]:8443/token", Some("[::1]:8443")),
            ("http://gateway.example/token", None),
            ("https://gateway.example", None),
            ("https:///token", None),
            ("https://a@b/token", None),
        ] {
            assert_eq!(endpoint_address(url).as_deref(), address, "{url}");
        }
    }
}
