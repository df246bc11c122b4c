//! Time stamps (RFC 3161): the request for one, and what a response says.
//!
//! ```text
//! TimeStampReq  { 1, { { sha256, NULL }, imprint }, nonce, certReq true }                          section 2.4.1
//! TimeStampResp { { status, words }, ContentInfo { SignedData { ..., { id-ct-TSTInfo,              section 2.4.2
//!                   TSTInfo { 1, policy, { { sha256 }, imprint }, serial, genTime, accuracy, ordering, nonce } } } } }
//! ```
//!
//! A time stamping authority answers requests by HTTP or by file. A [`TimeStamp`] is what its response says, and proves
//! nothing yet: whether the authority's signature is true is for `openssl ts` to check, with the authority's certificate
//! (`authority`). Lengths must be definite, as they are in DER.

use super::der::{
    BOOLEAN, CONTEXT_0, Elements, GENERALIZED_TIME, INTEGER, NULL, NotHere, OBJECT_IDENTIFIER, OCTET_STRING,
    SEQUENCE, SET, UTF8_STRING, short,
};
use super::digest::Digest;
use super::limits;
use thiserror::Error;

/// `2.16.840.1.101.3.4.2.1`, SHA-256.
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// `1.2.840.113549.1.7.2`, signed data (RFC 5652, 5).
const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
/// `1.2.840.113549.1.9.16.1.4`, the information of a time stamp.
const TST_INFO: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x04];

/// Why bytes are no time stamp.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StampError {
    /// Larger than any.
    #[error("{0} bytes, but a time stamp has at most {max}", max = limits::TIME_STAMP)]
    TooLarge(usize),
    /// Not what stands in RFC 3161.
    #[error("byte {0}: this is no response of a time stamping authority")]
    Form(usize),
    /// The authority refused.
    #[error("the authority refused: status {status} {words}")]
    Refused {
        /// Its status.
        status: u8,
        /// What it says of it.
        words: String,
    },
    /// Another hash than SHA-256.
    #[error("byte {0}: the imprint is no SHA-256")]
    Hash(usize),
    /// A time that there is not.
    #[error("`{0}` is no time")]
    Time(String),
}

impl From<NotHere> for StampError {
    fn from(NotHere(offset): NotHere) -> Self {
        StampError::Form(offset)
    }
}

/// A request for a time stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// SHA-256 of what is to be stamped.
    pub imprint: Digest,
    /// A number that comes back in the answer: the contents of an INTEGER, as short as can be.
    nonce: Vec<u8>,
}

impl Query {
    /// For these bytes' hash, with eight random bytes.
    #[must_use]
    pub fn new(imprint: Digest, random: [u8; 8]) -> Self {
        let mut nonce = random;
        // An INTEGER is signed and has no needless zeros: its first byte is made positive, and more than none.
        if let Some(first) = nonce.first_mut() {
            *first = (*first & 0x7f) | 0x40;
        }
        Self { imprint, nonce: nonce.to_vec() }
    }

    /// As it is sent; the authority's certificate is asked for.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let algorithm = short(SEQUENCE, &[short(OBJECT_IDENTIFIER, SHA256), short(NULL, &[])].concat());
        let imprint = short(SEQUENCE, &[algorithm, short(OCTET_STRING, &self.imprint.0)].concat());
        let nonce = short(INTEGER, &self.nonce);
        short(SEQUENCE, &[short(INTEGER, &[1]), imprint, nonce, short(BOOLEAN, &[0xff])].concat())
    }

    /// Reads one that was written here or by `openssl ts -query`.
    ///
    /// # Errors
    /// [`StampError`]. One without a nonce is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, StampError> {
        let mut file = Elements::of(bytes);
        let mut query = file.take(SEQUENCE)?;
        file.end()?;
        query.take(INTEGER)?;
        let imprint = imprint(&mut query)?;
        query.optional(OBJECT_IDENTIFIER)?;
        let nonce = query.take(INTEGER)?;
        if nonce.bytes().len() > limits::NONCE {
            return Err(StampError::Form(nonce.offset()));
        }
        Ok(Self { imprint, nonce: nonce.bytes().to_vec() })
    }
}

/// What a response says that was granted: somebody's word, until its signature has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStamp {
    /// SHA-256 of what was stamped.
    pub imprint: Digest,
    /// When, by the authority's clock.
    pub at: jiff::Timestamp,
    nonce: Option<Vec<u8>>,
}

impl TimeStamp {
    /// Reads a response.
    ///
    /// # Errors
    /// [`StampError`], with the byte.
    pub fn parse(response: &[u8]) -> Result<Self, StampError> {
        if response.len() > limits::TIME_STAMP {
            return Err(StampError::TooLarge(response.len()));
        }
        let mut file = Elements::of(response);
        let mut whole = file.take(SEQUENCE)?;
        file.end()?;
        granted(whole.take(SEQUENCE)?)?;
        let mut token = whole.take(SEQUENCE)?;
        whole.end()?;
        named(&mut token, SIGNED_DATA)?;
        let mut signed = token.take(CONTEXT_0)?.take(SEQUENCE)?;
        signed.take(INTEGER)?;
        signed.take(SET)?;
        let mut content = signed.take(SEQUENCE)?;
        named(&mut content, TST_INFO)?;
        let mut info = content.take(CONTEXT_0)?.take(OCTET_STRING)?.take(SEQUENCE)?;
        info.take(INTEGER)?;
        info.take(OBJECT_IDENTIFIER)?;
        let imprint = imprint(&mut info)?;
        info.take(INTEGER)?;
        let at = time(info.take(GENERALIZED_TIME)?)?;
        info.optional(SEQUENCE)?;
        info.optional(BOOLEAN)?;
        let nonce = info.optional(INTEGER)?.map(|nonce| nonce.bytes().to_vec());
        Ok(Self { imprint, at, nonce })
    }

    /// Whether it answers this request: the same imprint and the same nonce.
    #[must_use]
    pub fn answers(&self, query: &Query) -> bool {
        self.imprint == query.imprint && self.nonce.as_ref() == Some(&query.nonce)
    }
}

/// Status 0, granted, or 1, granted with changes.
fn granted(mut status: Elements<'_>) -> Result<(), StampError> {
    let value = status.take(INTEGER)?;
    match value.bytes() {
        [0 | 1] => Ok(()),
        [refused] => {
            let mut words = status.optional(SEQUENCE)?.unwrap_or(Elements::of(&[]));
            let words = words.optional(UTF8_STRING)?.map(|text| text.bytes()).unwrap_or_default();
            let words =
                String::from_utf8_lossy(words).chars().filter(|letter| !letter.is_control()).collect();
            Err(StampError::Refused { status: *refused, words })
        }
        _ => Err(StampError::Form(value.offset())),
    }
}

fn named(elements: &mut Elements<'_>, identifier: &[u8]) -> Result<(), StampError> {
    let found = elements.take(OBJECT_IDENTIFIER)?;
    if found.bytes() == identifier { Ok(()) } else { Err(StampError::Form(found.offset())) }
}

/// A message imprint, which must be a SHA-256.
fn imprint(elements: &mut Elements<'_>) -> Result<Digest, StampError> {
    let mut imprint = elements.take(SEQUENCE)?;
    let algorithm = imprint.take(SEQUENCE)?.take(OBJECT_IDENTIFIER)?;
    let hash = imprint.take(OCTET_STRING)?;
    imprint.end()?;
    let bytes = <[u8; 32]>::try_from(hash.bytes()).ok().filter(|_| algorithm.bytes() == SHA256);
    bytes.map(Digest).ok_or(StampError::Hash(algorithm.offset()))
}

/// `YYYYMMDDhhmmss[.digits]Z` (section 2.4.2).
fn time(element: Elements<'_>) -> Result<jiff::Timestamp, StampError> {
    let text = String::from_utf8_lossy(element.bytes());
    let wrong = || StampError::Time(text.chars().take(40).collect());
    let digits = text.strip_suffix('Z').ok_or_else(wrong)?;
    let time = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S%.f", digits).map_err(|_| wrong())?;
    let zoned = time.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| wrong())?;
    Ok(zoned.timestamp())
}
