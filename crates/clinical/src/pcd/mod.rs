//! IHE PCD-01 "Communicate PCD Data": measurements as ORU^R01 of HL7 v2.6 (IHE Devices Technical Framework volume 2, section 3.1 and
//! appendix B), written from sealed batches and read from any sender.
//!
//! ```text
//! MSH  who sends, MSH-21 IHE_PCD_001
//! PID  the patient (PID-3)        PV1  the bed (PV1-3)
//! OBR  OBR-3 the seal's hash and the device; OBR-7 the batch's time      NTE  the seal's counter and key
//! OBX  MDS row: the device (OBX-18); VMD rows: its parts; then one row a reading
//! ```
//!
//! A message names the seal it is a projection of: OBR-3 (filler order number) is `hash^device`, the hash of the seal in hexadecimal, and the
//! NTE after it says `seal-counter=N seal-key=HEX`. The last level of a reading's containment id (OBX-4) is its index in the batch plus
//! one, so a row can be found again in the sealed bytes. Readings without a seal say so: OBR-3 is `unsealed-` and the digest of the message they
//! came in, and the NTE says `not-sealed source=NAME`. Readings that were another patient's are taken back with the same OBR-3 and `W` in OBX-11.
//!
//! Readings that are simulated or of a self-test are marked in OBX-8 (`DEMO`, `TEST`), and since a receiver may not look there, they leave
//! a production feed only in a message of their own whose MSH-11 says `T`.

mod observe;
mod read;
mod readings;
mod row;
mod send;

pub(crate) use observe::parse_decimal;
pub use observe::{Containment, Missing, Observation, Observed, ResultStatus};
pub use read::{PcdError, Report, SealName};
pub(crate) use readings::unit_of;
pub use readings::{Decoded, DeviceClaim, Origin, SealClaim, Withdrawn, readings};
pub use row::ObxRow;
pub use send::{Acknowledgements, Attempt, Envelope, Outgoing, Processing, Sent, Waves, messages};
pub(crate) use send::{header, person, write_unit};

/// MSH-21: the profile that a message claims to follow.
pub const PROFILE: [&str; 4] = ["IHE_PCD_001", "IHE PCD", "1.3.6.1.4.1.19376.1.6.1.1.1", "ISO"];

/// Other names for the same profile that senders in the field use in MSH-21.1 or MSH-21.3.
pub const PROFILE_VARIANTS: [&str; 4] =
    ["PCD_DEC_001", "IHE_PCD_ORU_R01", "1.3.6.1.4.1.19376.1.6.1.1.1", "1.3.6.1.4.1.19376.1.6.4.1"];

/// Whether `text` is a number as HL7 writes it (data type NM).
pub(crate) fn is_number(text: &str) -> bool {
    parse_decimal(text).is_some()
}
