//! What a card tells anybody about itself: GET DATA (clause 11.3).

use card_runtime::policy::Policy;
use card_runtime::status::StatusWord;
use card_runtime::tlv::{Reader, Tag, find};

use super::error::GpError;
use super::recognition;
use super::session::{accepted, select};
use crate::element::Element;

/// What a card says of itself. What it does not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardInfo {
    /// The AID of the issuer's security domain.
    pub domain: Vec<u8>,
    /// The version of GlobalPlatform that it follows, as 2.3.1.
    pub version: Option<String>,
    /// Secure channel protocols: number and parameter "i".
    pub protocols: Vec<[u8; 2]>,
    /// Card production life cycle data, 42 bytes.
    pub production: Vec<u8>,
    /// Issuer identification number.
    pub issuer: Vec<u8>,
    /// Card image number.
    pub image: Vec<u8>,
    /// The keys of the issuer's domain.
    pub keys: Vec<KeyInfo>,
    /// The counter of sessions of the first key set.
    pub sequence: Vec<u8>,
    /// What is left of its memory.
    pub resources: Option<Resources>,
    /// Which algorithms it offers, if it is one of ours: no other card has the data object.
    pub policy: Option<Policy>,
}

/// One key: not its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// Its identifier: 1 for encryption, 2 for MACs, 3 for other keys.
    pub identifier: u8,
    /// Its version.
    pub version: u8,
    /// Its type (11.1.8): 80 is triple DES, 88 AES.
    pub kind: u8,
    /// Its length in bytes.
    pub length: u8,
}

/// Extended card resources (ETSI TS 102 226, 8.2.1.7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resources {
    /// Applications installed.
    pub applications: u32,
    /// Free persistent memory in bytes.
    pub persistent: u32,
    /// Free transient memory in bytes.
    pub transient: u32,
}

impl CardInfo {
    /// Selects the issuer's domain and asks for all that needs no key.
    ///
    /// # Errors
    /// [`GpError`] when the card refuses to be asked at all, or an answer is badly coded.
    pub fn read<E: Element + ?Sized>(element: &mut E) -> Result<Self, GpError> {
        let selected = select(element, None)?;
        let template = find(&selected.data, Tag(0x6F))?.unwrap_or_default();
        let domain = find(template, Tag(0x84))?.unwrap_or_default().to_vec();
        let card_data = get(element, 0x0066)?;
        let recognised = recognition::inner(&selected.data).or(find(&card_data, Tag(0x73))?);
        let recognised = recognised.unwrap_or_default();
        Ok(Self {
            domain,
            version: recognition::version(recognised),
            protocols: recognition::protocols(recognised),
            production: get(element, 0x9F7F)?,
            issuer: get(element, 0x0042)?,
            image: get(element, 0x0045)?,
            keys: keys(&get(element, 0x00E0)?)?,
            sequence: get(element, 0x00C1)?,
            resources: resources(&get(element, 0xFF21)?)?,
            policy: get(element, 0xFF70).ok().and_then(|bytes| Policy::decode(&bytes).ok()),
        })
    }
}

/// The value of a data object; empty when the card has none.
fn get<E: Element + ?Sized>(element: &mut E, tag: u16) -> Result<Vec<u8>, GpError> {
    const COMMAND: &str = "GET DATA";
    let [p1, p2] = tag.to_be_bytes();
    let answer = element.exchange(&[0x80, 0xCA, p1, p2, 0x00])?;
    // Cards say "not there" in several ways.
    let missing = [
        StatusWord::REFERENCED_DATA_NOT_FOUND,
        StatusWord::FUNCTION_NOT_SUPPORTED,
        StatusWord::NOT_FOUND,
        StatusWord::WRONG_P1P2,
        StatusWord::WRONG_DATA,
        StatusWord::CONDITIONS_NOT_SATISFIED,
        StatusWord::SECURITY_NOT_SATISFIED,
    ];
    if missing.contains(&answer.status) {
        return Ok(Vec::new());
    }
    let data = accepted(COMMAND, answer)?.data;
    // Some cards give the value without its tag.
    Ok(match find(&data, Tag(tag)) {
        Ok(Some(value)) => value.to_vec(),
        Ok(None) | Err(_) => data,
    })
}

fn keys(template: &[u8]) -> Result<Vec<KeyInfo>, GpError> {
    let mut keys = Vec::new();
    let mut reader = Reader::new(template);
    while !reader.is_empty() {
        if let (Tag(0xC0), &[identifier, version, kind, length, ..]) = reader.object()? {
            keys.push(KeyInfo { identifier, version, kind, length });
        }
    }
    Ok(keys)
}

fn resources(template: &[u8]) -> Result<Option<Resources>, GpError> {
    if template.is_empty() {
        return Ok(None);
    }
    let number = |tag| -> Result<u32, GpError> {
        let bytes = find(template, tag)?.unwrap_or_default();
        Ok(bytes.iter().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte)))
    };
    let (applications, persistent, transient) = (number(Tag(0x81))?, number(Tag(0x82))?, number(Tag(0x83))?);
    Ok(Some(Resources { applications, persistent, transient }))
}
