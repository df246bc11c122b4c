//! The clients of the configuration and their keys.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seal::DeviceId;
use seal::token::TokenSecret;
use serde::Deserialize;
use zeroize::{Zeroize as _, Zeroizing};

use super::access::Scope;
use super::jwk::{JwkError, JwkSet, PublicKey};
use crate::config;

/// Why a client of the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClientsError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file is not what it must be; what it holds is not shown.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A system's key cannot be used.
    #[error("system {id:?}, key {number}: {source}")]
    Key {
        /// The system.
        id: String,
        /// Which of its keys, from 1.
        number: usize,
        /// Why not.
        source: JwkError,
    },
    /// A system without a key could never prove who it is.
    #[error("system {0:?} has no key")]
    NoKey(String),
    /// A client id that cannot be told from others.
    #[error("system {0:?} stands twice, or its id is empty or too long")]
    Id(String),
    /// Scopes that only devices have.
    #[error("system {id:?} may not have the scope {scope}")]
    Scope {
        /// The system.
        id: String,
        /// The scope.
        scope: Scope,
    },
}

/// A program that may ask for access.
#[derive(Debug)]
pub(super) struct SystemClient {
    pub(super) keys: Vec<PublicKey>,
    pub(super) scopes: Vec<Scope>,
}

/// All clients that the configuration names.
#[derive(Debug, Default)]
pub(super) struct Clients {
    pub(super) systems: HashMap<String, SystemClient>,
    pub(super) secrets: HashMap<DeviceId, TokenSecret>,
}

/// A secret as a JWK (RFC 7518 section 6.4).
#[derive(Deserialize)]
struct SecretJwk {
    kty: String,
    kid: String,
    k: String,
}

impl Drop for SecretJwk {
    fn drop(&mut self) {
        self.k.zeroize();
    }
}

impl Clients {
    pub(super) fn load(config: &config::Tokens) -> Result<Self, ClientsError> {
        let mut clients = Self::default();
        for system in &config.systems {
            let named = !system.id.is_empty() && system.id.len() <= 128;
            if !named || clients.systems.insert(system.id.clone(), self::system(system)?).is_some() {
                return Err(ClientsError::Id(system.id.clone()));
            }
        }
        for shared in &config.secrets {
            clients.secrets.insert(shared.device.clone(), secret(&shared.jwk)?);
        }
        Ok(clients)
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, ClientsError> {
    let read = std::fs::read(path).map(Zeroizing::new);
    read.map_err(|source| ClientsError::Read { path: path.into(), source })
}

fn system(config: &config::System) -> Result<SystemClient, ClientsError> {
    let id = &config.id;
    if let Some(scope) = config.scopes.iter().find(|scope| **scope != Scope::ReadRecords) {
        return Err(ClientsError::Scope { id: id.clone(), scope: *scope });
    }
    let mut jwks = config.keys.clone();
    if let Some(path) = &config.jwks {
        let set: JwkSet = serde_json::from_slice(&read(path)?)
            .map_err(|error| ClientsError::File { path: path.clone(), problem: error.to_string() })?;
        jwks.extend(set.keys);
    }
    let keys = (1..).zip(&jwks).map(|(number, jwk)| {
        jwk.public_key().map_err(|source| ClientsError::Key { id: id.clone(), number, source })
    });
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() {
        return Err(ClientsError::NoKey(id.clone()));
    }
    Ok(SystemClient { keys, scopes: config.scopes.clone() })
}

fn secret(path: &Path) -> Result<TokenSecret, ClientsError> {
    let wrong = |problem: &str| ClientsError::File { path: path.into(), problem: problem.into() };
    // The parser's message could quote the secret.
    let jwk: SecretJwk =
        serde_json::from_slice(&read(path)?).map_err(|_| wrong("no JWK with kty, kid and k"))?;
    if jwk.kty != "oct" {
        return Err(wrong("its kty must be oct"));
    }
    let kid = jwk.kid.parse().map_err(|_| wrong("its kid must be 32 hexadecimal digits"))?;
    let decoded = URL_SAFE_NO_PAD.decode(jwk.k.as_bytes()).map(Zeroizing::new);
    let mut bytes = Zeroizing::new([0; 32]);
    match decoded {
        Ok(decoded) if decoded.len() == bytes.len() => bytes.copy_from_slice(&decoded),
        Ok(_) | Err(_) => return Err(wrong("its k must be 32 bytes in base64url")),
    }
    Ok(TokenSecret::new(kid, bytes))
}
