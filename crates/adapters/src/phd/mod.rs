//! Personal health devices: ISO/IEEE 11073-20601 over any bytes, for blood pressure (-10407), temperature (-10408), glucose (-10417), pulse
//! oximetry (-10404), and every other specialization whose agent tells its configuration.
//!
//! ```text
//! agent ─ AARQ ─► AARE   known configuration: accepted; else: accepted, configuration asked for
//!       ─ configuration report ─► accepted
//!       ─ scan report ─► Record { context: configuration report, original: the APDU } ─► its answer, when it is stored
//!       ─ RLRQ ─► RLRE,  ABRT
//! ```
//!
//! APDUs come one after the other (each says its length), in the medical device encoding rules (MDER): the greatest byte first, lists with count and
//! length. The session is a manager (8.9): it asks for nothing, and answers what an agent sends of itself. The device is the agent's system
//! id, an EUI-64. Times are those of the agent's clock in the source's zone; relative times are counted back from when the report came; what has no
//! time was measured when it came.
//!
//! A scan report is read by the configuration that was in force: as the agent reported it, or for a standard one as `standard` has it.

pub mod apdu;
mod attributes;
mod configuration;
mod report;
mod session;
mod standard;

use clinical::hl7::Zone;
use seal::Micros;

use crate::{Adapter, Decoded, Record, Refusal, Session, Settings, SetupError};

/// The adapter.
#[derive(Debug)]
pub struct Phd;

const NAME: &str = "phd";

impl Adapter for Phd {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> &'static str {
        "personal health devices: ISO/IEEE 11073-20601 agents (10404, 10407, 10408, 10417 and others)"
    }

    fn capture(&self) -> &'static str {
        "the agent's APDUs, from its association request on"
    }

    fn open(&self, settings: &Settings<'_>) -> Result<Box<dyn Session>, SetupError> {
        match settings.config {
            Some(_) => Err(SetupError::NeedlessConfig),
            None => Ok(Box::new(session::Manager::new())),
        }
    }

    fn read(&self, record: &Record, zone: &Zone) -> Result<Decoded, Refusal> {
        let scan = report::read(&record.context, &record.original, record.received, zone)?;
        Ok(scan.sheet.decoded(&record.device, record.received.unwrap_or(Micros(0))))
    }
}
