//! Tokens signed by the element.

use seal::KeyId;
use seal::token::{TokenAlgorithm, TokenSigner};

use super::{ElementError, SharedElement};

/// One of the element's token keys, as `seal::token::sign` uses it.
#[derive(Debug, Clone)]
pub struct ElementTokens {
    element: SharedElement,
    algorithm: TokenAlgorithm,
    key: KeyId,
}

impl ElementTokens {
    /// The key for `algorithm`, under the id that the token service knows it by.
    #[must_use]
    pub fn new(element: &SharedElement, algorithm: TokenAlgorithm, key: KeyId) -> Self {
        Self { element: element.clone(), algorithm, key }
    }
}

impl TokenSigner for ElementTokens {
    type Error = ElementError;

    fn algorithm(&self) -> TokenAlgorithm {
        self.algorithm
    }

    fn key_id(&self) -> KeyId {
        self.key
    }

    fn sign(&mut self, signing_input: &[u8]) -> Result<Vec<u8>, ElementError> {
        self.element.lock().sign_token(self.algorithm, signing_input)
    }
}
