//! From a request's body to sealed batches, so they say.
//!
//! What cannot be taken apart is handed on as it is: the pipeline refuses it as it refuses every malformed message.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seal::SealedBatch;
use serde::Deserialize;

use crate::limits;

/// The forms of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    One,
    Sequence,
    Json,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batches {
    batches: Vec<String>,
}

impl Form {
    /// What the header says.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        match value.split(';').next()?.trim().to_ascii_lowercase().as_str() {
            "application/cbor" => Some(Self::One),
            "application/cbor-seq" => Some(Self::Sequence),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    /// The batches of a body; `None` when it holds too many.
    pub(super) fn split(self, body: &[u8]) -> Option<Vec<Vec<u8>>> {
        let batches = match self {
            Self::One => vec![body.to_vec()],
            Self::Sequence => sequence(body),
            Self::Json => json(body),
        };
        (batches.len() <= limits::HTTPS_BATCHES).then_some(batches)
    }
}

/// Any bytes as a body of each form, for fuzzing: no byte of a sequence is lost, and there is never nothing.
pub fn bodies(body: &[u8]) {
    for form in [Form::One, Form::Sequence, Form::Json] {
        let Some(batches) = form.split(body) else { continue };
        assert!((1..=limits::HTTPS_BATCHES).contains(&batches.len()), "{form:?}");
        match form {
            Form::One | Form::Sequence => assert_eq!(batches.concat(), body, "{form:?}"),
            Form::Json => {}
        }
    }
}

fn sequence(mut rest: &[u8]) -> Vec<Vec<u8>> {
    let mut batches = Vec::new();
    while batches.len() <= limits::HTTPS_BATCHES {
        let length = SealedBatch::length_of_first(rest).unwrap_or(rest.len());
        let (first, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        batches.push(first.to_vec());
        if behind.is_empty() {
            break;
        }
        rest = behind;
    }
    batches
}

fn json(body: &[u8]) -> Vec<Vec<u8>> {
    let decoded = serde_json::from_slice::<Batches>(body).ok().and_then(|Batches { batches }| {
        let decode = |text: &String| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        batches.iter().map(decode).collect::<Option<Vec<_>>>().filter(|batches| !batches.is_empty())
    });
    decoded.unwrap_or_else(|| vec![body.to_vec()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_fall_into_batches_and_the_rest_stays_whole() {
        // The heads alone: an array of two byte strings.
        let mut one = vec![0x82, 0x58, 183];
        one.extend([7; 183]);
        one.extend([0x43, 1, 2, 3]);
        let two = [&one[..], &one].concat();
        assert_eq!(Form::Sequence.split(&two), Some(vec![one.clone(), one.clone()]));
        let torn = &two[..two.len() - 1];
        assert_eq!(Form::Sequence.split(torn).map(|all| all[1].len()), Some(one.len() - 1));
        assert_eq!(Form::Sequence.split(b""), Some(vec![vec![]]));
        let many = one.repeat(limits::HTTPS_BATCHES + 1);
        assert_eq!(Form::Sequence.split(&many), None);
        let text = format!("{{\"batches\":[\"{}\"]}}", URL_SAFE_NO_PAD.encode(&one));
        assert_eq!(Form::Json.split(text.as_bytes()), Some(vec![one]));
        for bad in ["{}", "[]", "{\"batches\":[]}", "{\"batches\":[\"*\"]}", "{\"batches\":[],\"x\":1}"] {
            assert_eq!(Form::Json.split(bad.as_bytes()), Some(vec![bad.as_bytes().to_vec()]), "{bad}");
        }
    }
}
