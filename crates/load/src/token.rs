//! Access tokens: asked for at a gateway's token endpoint with an assertion by the device's key (RFC 7523), as a device does.

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use gateway::store::now;
use rustls::ClientConfig;
use seal::token::{Assertion, TokenAlgorithm, TokenError, TokenSigner, sign};
use seal::{DeviceId, KeyId, SoftwareSealerError};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::link::https::Https;
use crate::link::{LinkError, stream};
use crate::target::Target;

/// How long an assertion holds, in seconds (RFC 7523 leaves it open; the gateway takes five minutes at most).
const LIFE_S: i64 = 120;

/// What a token opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Delivering on a connection that shows the device's certificate.
    Write,
    /// Delivering through a broker, which shows none.
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

/// Who asks for tokens, and where.
#[derive(Clone)]
pub struct Asker {
    device: DeviceId,
    /// The endpoint's address as the gateway is configured with it.
    audience: Arc<str>,
    key: Arc<Zeroizing<Vec<u8>>>,
}

impl Asker {
    pub(crate) fn new(device: DeviceId, audience: &str, key: Zeroizing<Vec<u8>>) -> Self {
        Self { device, audience: audience.into(), key: Arc::new(key) }
    }

    /// Host and port of the endpoint.
    pub(crate) fn authority(&self) -> Option<&str> {
        self.audience.strip_prefix("https://")?.split('/').next()
    }

    /// The form that asks for a token of this scope.
    pub(crate) fn form(&self, scope: Scope) -> Result<String, TokenError> {
        let seconds = now().0 / 1_000_000;
        let assertion = Assertion {
            iss: self.device.clone(),
            sub: self.device.clone(),
            aud: self.audience.to_string(),
            exp: seconds + LIFE_S,
            iat: seconds,
            jti: now().0.to_string(),
        };
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.key);
        let key = key.map_err(|_| TokenError::Signer(Box::new(SoftwareSealerError::Key)))?;
        // Of the characters of base64url and the dot none needs escaping.
        let assertion = sign(&assertion, &mut Signer(key))?;
        let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
        Ok(format!("grant_type={grant}&assertion={assertion}&scope={}", scope.as_str()))
    }

    /// Asks at the endpoint, on a connection of its own.
    pub(crate) async fn ask(
        &self,
        endpoint: &Target,
        tls: &Arc<ClientConfig>,
        scope: Scope,
    ) -> Result<String, LinkError> {
        let stream = stream::connect(endpoint, Some(tls)).await?;
        Ok(Https::open(stream, self, scope).await?.into_token())
    }
}

impl std::fmt::Debug for Asker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asker").field("device", &self.device).finish_non_exhaustive()
    }
}

/// A device's token for the way through a broker. It is asked for once: it holds longer than a run lasts, and a device too goes on
/// delivering to a broker while its gateway is away.
#[derive(Clone, Debug)]
pub struct Relay {
    asker: Asker,
    endpoint: Target,
    tls: Arc<ClientConfig>,
    token: Arc<OnceCell<Arc<str>>>,
}

impl Relay {
    pub(crate) fn new(asker: Asker, endpoint: Target, tls: Arc<ClientConfig>) -> Self {
        Self { asker, endpoint, tls, token: Arc::default() }
    }

    pub(crate) async fn token(&self) -> Result<Arc<str>, LinkError> {
        let asked = self.token.get_or_try_init(async || {
            let token = self.asker.ask(&self.endpoint, &self.tls, Scope::Relay).await?;
            Ok::<Arc<str>, LinkError>(token.into())
        });
        asked.await.cloned()
    }
}

struct Signer(EcdsaKeyPair);

impl TokenSigner for Signer {
    type Error = SoftwareSealerError;

    fn algorithm(&self) -> TokenAlgorithm {
        TokenAlgorithm::Es256
    }

    fn key_id(&self) -> KeyId {
        // A P-256 key's point has 65 bytes.
        self.0.public_key().as_ref().try_into().map_or(KeyId([0; 16]), |point: [u8; 65]| seal::key_id(&point))
    }

    fn sign(&mut self, input: &[u8]) -> Result<Vec<u8>, Self::Error> {
        let signature = self.0.sign(&SystemRandom::new(), input);
        Ok(signature.map_err(|_| SoftwareSealerError::Refused)?.as_ref().to_vec())
    }
}
