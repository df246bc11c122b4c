//! JWS compact form (RFC 7515 section 7.1): three parts of base64url with dots between, taken apart and put together. Devices'
//! assertions, systems' assertions and our own all have it; who signed, and whether what is said may be believed, is not known here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Why a text is no JWS in compact form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Longer than the limit.
    #[error("a token of {0} bytes")]
    Length(usize),
    /// Not three parts of base64url with the JSON that must be in them.
    #[error("part {part} of the token is not well formed")]
    Malformed {
        /// 1 header, 2 claims, 3 signature; 0 the whole.
        part: u8,
    },
    /// An extension that must be understood (RFC 7515 section 4.1.11), and none is.
    #[error("a token with the critical header {0}")]
    Critical(String),
}

/// A JWS taken apart. Nothing of it is proven: the signature was not looked at.
#[derive(Debug, Clone)]
pub struct Compact<H, C> {
    /// The header as the caller reads it.
    pub header: H,
    /// The claims as the caller reads them.
    pub claims: C,
    /// The signature's bytes.
    pub signature: Vec<u8>,
    signed: String,
}

#[derive(Deserialize)]
struct Extensions {
    #[serde(default)]
    crit: Option<Vec<String>>,
}

impl<H: DeserializeOwned, C: DeserializeOwned> Compact<H, C> {
    /// Takes a token of at most `longest` bytes apart.
    ///
    /// # Errors
    /// [`JwsError`] with the part that cannot be read.
    pub fn parse(token: &str, longest: usize) -> Result<Self, JwsError> {
        if token.len() > longest {
            return Err(JwsError::Length(token.len()));
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwsError::Malformed { part: 0 })?;
        let (header, claims) = signed.split_once('.').ok_or(JwsError::Malformed { part: 0 })?;
        let header = decoded(1, header)?;
        if let Some(critical) = json::<Extensions>(1, &header)?.crit {
            return Err(JwsError::Critical(critical.join(" ")));
        }
        let (header, claims) = (json(1, &header)?, json(2, &decoded(2, claims)?)?);
        Ok(Self { header, claims, signature: decoded(3, signature)?, signed: signed.to_owned() })
    }
}

impl<H, C> Compact<H, C> {
    /// What the signature must be over.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.signed.as_bytes()
    }
}

fn decoded(part: u8, text: &str) -> Result<Vec<u8>, JwsError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JwsError::Malformed { part })
}

fn json<T: DeserializeOwned>(part: u8, bytes: &[u8]) -> Result<T, JwsError> {
    serde_json::from_slice(bytes).map_err(|_| JwsError::Malformed { part })
}

/// What is to be signed for a token with this header and these claims.
///
/// # Errors
/// [`JwsError::Malformed`] for what has no form in JSON.
pub fn signing_input(header: &impl Serialize, claims: &impl Serialize) -> Result<String, JwsError> {
    let header = serde_json::to_vec(header).map_err(|_| JwsError::Malformed { part: 1 })?;
    let claims = serde_json::to_vec(claims).map_err(|_| JwsError::Malformed { part: 2 })?;
    Ok(format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims)))
}

/// The token: what was signed, and its signature.
#[must_use]
pub fn signed(mut input: String, signature: &[u8]) -> String {
    input.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut input);
    input
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_is_put_together_comes_apart_and_nothing_else_does() {
        let input = signing_input(&json!({ "alg": "ES256" }), &json!({ "iss": "a" })).unwrap();
        let token = signed(input.clone(), &[1, 2, 3]);
        let parse = |token: &str| Compact::<Value, Value>::parse(token, 100).map(|_| ());
        let read = Compact::<Value, Value>::parse(&token, 100).unwrap();
        assert_eq!((read.header, read.claims), (json!({ "alg": "ES256" }), json!({ "iss": "a" })));
        let again = Compact::<Value, Value>::parse(&token, 100).unwrap();
        assert_eq!((again.signing_input(), &again.signature[..]), (input.as_bytes(), &[1, 2, 3][..]));
        let critical = signing_input(&json!({ "crit": ["b64", "exp"] }), &json!({})).unwrap();
        for (token, error) in [
            ("x".repeat(101), JwsError::Length(101)),
            ("a.b".into(), JwsError::Malformed { part: 0 }),
            ("a.b.c".into(), JwsError::Malformed { part: 1 }),
            ("ab".into(), JwsError::Malformed { part: 0 }),
            (token.replacen("ey", "*y", 1), JwsError::Malformed { part: 1 }),
            (format!("{token}*"), JwsError::Malformed { part: 3 }),
            (signed(critical, &[]), JwsError::Critical("b64 exp".into())),
        ] {
            assert_eq!(parse(&token), Err(error), "{token}");
        }
    }
}
