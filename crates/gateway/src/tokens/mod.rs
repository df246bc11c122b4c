//! The token service: who may ask for an access token, what it opens, and whether one that is shown is good.
//!
//! ```text
//! assertion ─► parsed (a claim) ─► signature, claims ─► jti used now ─► access token
//!                 jws / seal          key of the client     on disk       on disk, hashed
//! ```
//!
//! | who | grant | proof |
//! |---|---|---|
//! | device | `urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 section 2.1) | assertion signed in its element (ES256; HS256 only where a secret was enrolled), on a connection that bears its TLS certificate |
//! | system | `client_credentials` with a signed client assertion (RFC 7523 section 2.2, SMART Backend Services) | ES384, RS384 or ES256 with a key of its JWK set |
//!
//! - An assertion lives at most five minutes, names this endpoint as its audience, and is used once: its `jti` is on disk
//!   before the token leaves, so a restart does not forget it.
//! - An access token is 256 random bits of which only the SHA-256 is kept. A device's is bound to its TLS certificate
//!   (RFC 8705, `x5t#S256`): on another connection it opens nothing. The exception is the scope `batches.relay`, for messages that
//!   a broker carries: there no certificate reaches the gateway, and what such a token opens is only the way to the seal's check.
//! - A scope is one of few words ([`Scope`]); what was not asked for or is not the client's is not given.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod jwk;
mod jws;

mod access;
mod clients;
mod hostile;

mod endpoint;
mod grants;
mod refusal;

pub use access::{Client, Scope};
pub(crate) use access::{Grant, TokenFault};
pub use clients::ClientsError;
pub(crate) use endpoint::router;
pub use hostile::{assertions, key_sets};
pub use jwk::Jwk;
pub use jws::{ClientAssertion, JwsError};

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use seal::sha256;

use crate::config;
use crate::http::Attempts;
use crate::limits;
use crate::store::{Store, StoreError, now};
use clients::Clients;
use grants::Asker;

/// The service. Shared by the endpoint and all who are shown tokens.
#[derive(Debug)]
pub struct Tokens {
    config: config::Tokens,
    clients: Clients,
    store: Store,
    /// By the SHA-256 of the token.
    open: Mutex<HashMap<[u8; 32], Grant>>,
    attempts: Attempts<Asker>,
}

/// Why there is no token service.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The address is none that clients could name.
    #[error("tokens.url {0:?}: it must begin with https:// and end with /token")]
    Url(String),
    /// A client's keys cannot be used.
    #[error(transparent)]
    Clients(#[from] ClientsError),
    /// The tokens given out before cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads the clients' keys of a configuration to see whether they can be used.
pub(crate) fn check_clients(config: &config::Tokens) -> Result<(), ClientsError> {
    Clients::load(config).map(drop)
}

impl Tokens {
    /// Reads the clients' keys and the tokens that still work.
    ///
    /// # Errors
    /// [`TokensError`]
    pub fn open(config: &config::Tokens, store: &Store) -> Result<Arc<Self>, TokensError> {
        if !(config.url.starts_with("https://") && config.url.ends_with("/token")) {
            return Err(TokensError::Url(config.url.clone()));
        }
        let clients = Clients::load(config)?;
        let open = store.read_blocking(|reader| reader.access_tokens(seconds()))?;
        Ok(Arc::new(Self {
            config: config.clone(),
            clients,
            store: store.clone(),
            open: Mutex::new(open.into_iter().collect()),
            attempts: Attempts::default(),
        }))
    }

    /// Whether `token` opens `scope` on a connection with this client certificate.
    pub(crate) fn check(
        &self,
        token: Option<&str>,
        scope: Scope,
        certificate: Option<&[u8]>,
    ) -> Result<Grant, TokenFault> {
        let token = token.ok_or(TokenFault::Missing)?;
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let grant = open.get(&sha256(token.as_bytes())).ok_or(TokenFault::Unknown)?;
        if grant.until <= seconds() {
            return Err(TokenFault::Expired);
        }
        if grant.certificate.is_some_and(|bound| certificate.map(sha256) != Some(bound)) {
            return Err(TokenFault::Certificate);
        }
        if grant.scope != scope {
            return Err(TokenFault::Scope(scope));
        }
        Ok(grant.clone())
    }

    /// Remembers a token that is on disk already, and forgets those that are over or too many for its client.
    fn remember(&self, hash: [u8; 32], grant: Grant, forgotten: &[[u8; 32]]) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for hash in forgotten {
            open.remove(hash);
        }
        if open.len() >= limits::OPEN_TOKENS {
            let now = seconds();
            open.retain(|_, grant| grant.until > now);
        }
        open.insert(hash, grant);
    }
}

/// The time, in seconds since 1970.
fn seconds() -> i64 {
    now().0.div_euclid(1_000_000)
}
