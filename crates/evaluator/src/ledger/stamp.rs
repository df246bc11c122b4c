//! Time stamps (RFC 3161): the request for one, and whether a response is about an entry.
//!
//! The request is made here; a time stamping authority answers it (by HTTP or by file, `openssl ts` can do both
//! ends). Whether the authority's signature is true is checked with `openssl ts -verify` and the authority's
//! certificate, by whoever relies on it: this module only finds out whether a response was granted and speaks of
//! the right bytes.

use super::digest::Digest;
use thiserror::Error;

/// `2.16.840.1.101.3.4.2.1`, SHA-256, with its tag and length.
const SHA256_OID: [u8; 11] = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

/// A `TimeStampReq` (section 2.4.1) over an entry's file: version 1, the imprint, a nonce, the certificate asked for.
#[must_use]
pub fn request(imprint: Digest, nonce: [u8; 8]) -> Vec<u8> {
    let algorithm = tlv(0x30, &[&SHA256_OID[..], &[0x05, 0x00]].concat());
    let imprint = tlv(0x30, &[algorithm, tlv(0x04, &imprint.0)].concat());
    // An INTEGER is signed: a zero before it keeps the nonce positive, and the first byte keeps it minimal.
    let mut number = nonce;
    if let Some(first) = number.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    let body = [tlv(0x02, &[1]), imprint, tlv(0x02, &number), tlv(0x01, &[0xff])].concat();
    tlv(0x30, &body)
}

/// Why a response is no time stamp of an entry.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StampError {
    /// Not a `TimeStampResp`.
    #[error("byte {0}: this is no response of a time stamping authority")]
    Form(usize),
    /// The authority refused.
    #[error("the authority refused: status {0}")]
    Refused(u8),
    /// It is about something else.
    #[error("the time stamp is about something else than this entry")]
    Other,
}

/// Checks that a response was granted (status 0 or 1, section 2.4.2) and holds the imprint of the entry.
///
/// # Errors
/// [`StampError`].
pub fn is_about(response: &[u8], entry: Digest) -> Result<(), StampError> {
    let (outer, _) = element(response, 0, 0x30)?;
    let (status, token) = element(outer, 0, 0x30)?;
    let (value, _) = element(status, 0, 0x02)?;
    match value {
        [0 | 1] => {}
        [other] => return Err(StampError::Refused(*other)),
        _ => return Err(StampError::Form(2)),
    }
    let imprint = [&SHA256_OID[..], &[0x05, 0x00], &[0x04, 0x20], &entry.0].concat();
    let bare = [&SHA256_OID[..], &[0x04, 0x20], &entry.0].concat();
    let holds = |needle: &[u8]| token.windows(needle.len()).any(|window| window == needle);
    if holds(&imprint) || holds(&bare) { Ok(()) } else { Err(StampError::Other) }
}

/// The contents of the element at the start of some bytes, which must have this tag, and what follows it.
fn element(bytes: &[u8], offset: usize, tag: u8) -> Result<(&[u8], &[u8]), StampError> {
    let bad = StampError::Form(offset);
    let (first, rest) = bytes.split_first().ok_or(bad.clone())?;
    let (length, rest) = rest.split_first().ok_or(bad.clone())?;
    if *first != tag {
        return Err(bad);
    }
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f)).ok_or(bad.clone())?;
            (digits.iter().fold(0, |sum, digit| (sum << 8) | usize::from(*digit)), rest)
        }
        _ => return Err(bad),
    };
    rest.split_at_checked(length).ok_or(bad)
}

fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    // Nothing in a request is longer than 127 bytes.
    let length = u8::try_from(contents.len()).unwrap_or(0x7f);
    [&[tag, length], contents].concat()
}
