//! From the bytes of an HL7 message to readings: the same when it comes and whenever it is read again.

use clinical::hl7::{Hl7Error, Message, Zone, decode};
use clinical::pcd::{self, Decoded};
use clinical::validate::Finding;
use seal::{Batch, DeviceId};

/// Why bytes are no readings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReadable {
    /// They are no HL7 v2 message.
    #[error(transparent)]
    Form(#[from] Hl7Error),
    /// It says nothing that was measured.
    #[error(transparent)]
    Content(#[from] Finding),
}

/// What the message `bytes` says, its clocks set to `zone`.
///
/// # Errors
/// When the bytes are no message of observations.
pub fn report(bytes: &[u8], zone: &Zone) -> Result<Decoded, NotReadable> {
    let text = decode(bytes)?;
    let message = Message::parse(&text)?;
    Ok(pcd::readings(&message, zone)?)
}

/// The readings of the message `bytes`, which is of `device`.
///
/// # Errors
/// When the bytes are no message of observations.
pub fn batch(bytes: &[u8], device: &DeviceId, zone: &Zone) -> Result<Batch, NotReadable> {
    let decoded = report(bytes, zone)?;
    Ok(Batch { device: device.clone(), time: decoded.time, readings: decoded.readings })
}
