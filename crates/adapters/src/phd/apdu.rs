//! APDUs of ISO/IEEE 11073-20601, read and written.
//!
//! ```text
//! APDU  = choice (2) length (2) body
//! AARQ  = version (4) list of { protocol (2), length (2), information }
//! 20601 = protocol version (4) encoding (2) nomenclature (4) functional units (4) system type (4)
//!         system id: length (2), bytes   configuration (2)   request modes (4)   options: count, length, attributes
//! PRST  = length (2), invoke id (2), choice (2), length (2), message
//! event = handle (2) time (4) type (2) length (2) information
//! ```

use crate::{Cursor, Problem, Refusal};

/// Association request.
pub const AARQ: u16 = 0xE200;
/// Association response.
pub const AARE: u16 = 0xE300;
/// Release request.
pub const RLRQ: u16 = 0xE400;
/// Release response.
pub const RLRE: u16 = 0xE500;
/// Abort.
pub const ABRT: u16 = 0xE600;
/// Presentation: everything within an association.
pub const PRST: u16 = 0xE700;

/// The protocol's number in associations: 20601.
const PROTOCOL: u16 = 0x5079;
/// `protocol-version1` and MDER, as this manager offers them.
const VERSION: u32 = 0x8000_0000;
const MDER: u16 = 0x8000;
const MANAGER: u32 = 0x8000_0000;
/// Bytes of an APDU before its body.
pub const HEAD: usize = 4;

/// `MDC_NOTI_CONFIG`.
pub const CONFIG: u16 = 0x0D1C;
/// `MDC_NOTI_SCAN_REPORT_FIXED`.
pub const SCAN_FIXED: u16 = 0x0D1D;
/// `MDC_NOTI_SCAN_REPORT_VAR`.
pub const SCAN_VAR: u16 = 0x0D1E;
/// `MDC_NOTI_SCAN_REPORT_MP_FIXED`.
pub const SCAN_MP_FIXED: u16 = 0x0D1F;
/// `MDC_NOTI_SCAN_REPORT_MP_VAR`.
pub const SCAN_MP_VAR: u16 = 0x0D20;

const EVENT: u16 = 0x0100;
const CONFIRMED_EVENT: u16 = 0x0101;
const EVENT_ANSWER: u16 = 0x0201;
const ERROR: u16 = 0x0300;

/// How an association is answered (A.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssociationResult {
    /// The configuration is known.
    Accepted = 0,
    /// It has to be told.
    AcceptedUnknownConfiguration = 3,
    /// No protocol that both speak.
    NoCommonProtocol = 4,
    /// No encoding that both speak.
    NoCommonParameter = 5,
}

/// An association request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    /// The agent: an EUI-64.
    pub system_id: Vec<u8>,
    /// The configuration that it will report by.
    pub configuration: u16,
    /// Whether it can speak MDER.
    pub speaks_mder: bool,
}

/// What an agent sends within an association.
#[derive(Debug, Clone)]
pub struct Data<'a> {
    /// By which its answer is told from others.
    pub invoke: u16,
    /// What it is.
    pub message: Message<'a>,
}

/// A message within an association.
#[derive(Debug, Clone)]
pub enum Message<'a> {
    /// An event report.
    Event {
        /// Whether it wants an answer.
        confirmed: bool,
        /// The agent's relative time when it was sent, in eighths of a millisecond.
        time: u32,
        /// What kind.
        kind: u16,
        /// What it says.
        info: Cursor<'a>,
    },
    /// Any other, by its choice: answers to what this manager never asks, requests that are not an agent's.
    Other(u16),
}

/// The body of an APDU, which is whole.
///
/// # Errors
/// When its length is not that of the bytes.
pub fn body<'a>(apdu: &'a [u8]) -> Result<(u16, Cursor<'a>), Refusal> {
    let mut cursor = Cursor::new(apdu);
    let choice = cursor.u16()?;
    let length = cursor.u16()?;
    let body = cursor.part(length.into())?;
    cursor.end()?;
    Ok((choice, body))
}

impl Association {
    /// Reads the body of an AARQ. `None` when the agent does not speak this protocol.
    ///
    /// # Errors
    /// When it is not formed as it must be.
    pub fn read(mut body: Cursor<'_>) -> Result<Option<Self>, Refusal> {
        let version = body.u32()?;
        let count = body.u16()?;
        let length = body.u16()?;
        let mut list = body.part(length.into())?;
        body.end()?;
        let mut found = None;
        for _ in 0..count {
            let protocol = list.u16()?;
            let length = list.u16()?;
            let information = list.part(length.into())?;
            if protocol == PROTOCOL && found.is_none() {
                found = Some(Self::information(information)?);
            }
        }
        list.end()?;
        Ok(found.filter(|_| version & VERSION != 0))
    }

    fn information(mut from: Cursor<'_>) -> Result<Self, Refusal> {
        from.u32()?;
        let encoding = from.u16()?;
        from.take(12)?;
        let at = from.at();
        let length = from.u16()?;
        let system_id = from.take(length.into())?.to_vec();
        if system_id.len() != 8 {
            let found = format!("{} bytes", system_id.len());
            return Err(Refusal::at(at, Problem::Value { what: "the system id", found, wanted: "8 bytes" }));
        }
        let configuration = from.u16()?;
        from.take(4)?;
        let (_, options) = (from.u16()?, from.u16()?);
        from.take(options.into())?;
        from.end()?;
        Ok(Self { system_id, configuration, speaks_mder: encoding & MDER != 0 })
    }

    /// The whole APDU, as an agent sends it.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let information = information(0x0080_0000, &self.system_id, self.configuration, [0, 1, 1, 0]);
        let mut body = VERSION.to_be_bytes().to_vec();
        body.extend([0, 1]);
        let protocol = [PROTOCOL.to_be_bytes().to_vec(), sized(&information)].concat();
        body.extend(sized(&protocol));
        apdu(AARQ, &body)
    }
}

impl<'a> Data<'a> {
    /// Reads the body of a PRST.
    ///
    /// # Errors
    /// When it is not formed as it must be.
    pub fn read(mut body: Cursor<'a>) -> Result<Self, Refusal> {
        let length = body.u16()?;
        let mut inside = body.part(length.into())?;
        body.end()?;
        let invoke = inside.u16()?;
        let choice = inside.u16()?;
        let length = inside.u16()?;
        let mut message = inside.part(length.into())?;
        inside.end()?;
        if !matches!(choice, EVENT | CONFIRMED_EVENT) {
            return Ok(Self { invoke, message: Message::Other(choice) });
        }
        let _handle = message.u16()?;
        let time = message.u32()?;
        let kind = message.u16()?;
        let length = message.u16()?;
        let info = message.part(length.into())?;
        message.end()?;
        let confirmed = choice == CONFIRMED_EVENT;
        Ok(Self { invoke, message: Message::Event { confirmed, time, kind, info } })
    }
}

/// An APDU.
fn apdu(choice: u16, body: &[u8]) -> Vec<u8> {
    [choice.to_be_bytes().to_vec(), sized(body)].concat()
}

/// Bytes behind their length. What does not fit 16 bits is not written: nobody here makes such.
#[must_use]
pub fn sized(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or_default();
    [&length.to_be_bytes(), bytes.get(..length.into()).unwrap_or_default()].concat()
}

/// A list: count, length, elements.
#[must_use]
pub fn list(elements: &[Vec<u8>]) -> Vec<u8> {
    let count = u16::try_from(elements.len()).unwrap_or_default();
    [count.to_be_bytes().to_vec(), sized(&elements.concat())].concat()
}

fn information(system_type: u32, system_id: &[u8], configuration: u16, modes: [u8; 4]) -> Vec<u8> {
    let mut out = VERSION.to_be_bytes().to_vec();
    out.extend(MDER.to_be_bytes());
    // The first version of the nomenclature, no functional units.
    out.extend(0x8000_0000_u32.to_be_bytes());
    out.extend(0_u32.to_be_bytes());
    out.extend(system_type.to_be_bytes());
    out.extend(sized(system_id));
    out.extend(configuration.to_be_bytes());
    out.extend(modes);
    out.extend([0; 4]);
    out
}

/// The answer to an association request.
#[must_use]
pub fn associated(result: AssociationResult) -> Vec<u8> {
    let mut body = (result as u16).to_be_bytes().to_vec();
    body.extend(PROTOCOL.to_be_bytes());
    // An agent has no use for a manager's id; this one says of which product it is.
    body.extend(sized(&information(MANAGER, b"medseal0", 0, [0; 4])));
    apdu(AARE, &body)
}

/// The answer to a release request.
#[must_use]
pub fn released() -> Vec<u8> {
    apdu(RLRE, &[0, 0])
}

/// A release request, as an agent sends it.
#[must_use]
pub fn release() -> Vec<u8> {
    apdu(RLRQ, &[0, 0])
}

/// An abort: the reason's number (A.8).
#[must_use]
pub fn abort(reason: u16) -> Vec<u8> {
    apdu(ABRT, &reason.to_be_bytes())
}

fn present(invoke: u16, choice: u16, message: &[u8]) -> Vec<u8> {
    let inside = [invoke.to_be_bytes().to_vec(), choice.to_be_bytes().to_vec(), sized(message)].concat();
    apdu(PRST, &sized(&inside))
}

/// An event report, as an agent sends it.
#[must_use]
pub fn event(invoke: u16, confirmed: bool, time: u32, kind: u16, info: &[u8]) -> Vec<u8> {
    let message = [&[0, 0], &time.to_be_bytes()[..], &kind.to_be_bytes(), &sized(info)].concat();
    present(invoke, if confirmed { CONFIRMED_EVENT } else { EVENT }, &message)
}

/// The answer to a confirmed event report.
#[must_use]
pub fn event_answer(invoke: u16, kind: u16, reply: &[u8]) -> Vec<u8> {
    let message = [&[0; 6], &kind.to_be_bytes()[..], &sized(reply)].concat();
    present(invoke, EVENT_ANSWER, &message)
}

/// An error in an answer's place: `not-allowed-by-object`.
#[must_use]
pub fn error(invoke: u16) -> Vec<u8> {
    present(invoke, ERROR, &[0, 24, 0, 0])
}
