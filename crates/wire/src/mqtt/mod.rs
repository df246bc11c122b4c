//! MQTT as sealed batches use it ("Topics and addresses" in `docs/formats.md`): its topics, what is said of a refusal, and the [`Client`] of a
//! gateway or of a broker.
//!
//! ```text
//! medseal/v1/DEVICE/batch      one sealed batch, QoS 1 or 2
//! medseal/v1/DEVICE/refused    a Notice, where a PUBACK cannot tell: with MQTT 3.1.1, and behind a broker
//! ```

mod client;

use mqtt_protocol_core::mqtt::packet::Property;
use mqtt_protocol_core::mqtt::result_code::PubackReasonCode;
use seal::{Counter, DeviceId, Reason};
use serde::{Deserialize, Serialize};

pub use client::{Acknowledging, Client, Fault, Settings};
pub use mqtt_protocol_core::mqtt::{packet, result_code};

/// The protocol's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Version {
    /// MQTT 5.0: a refusal comes with the acknowledgement.
    #[default]
    #[serde(rename = "5")]
    V5,
    /// MQTT 3.1.1: a refusal comes as a message on the device's topic `refused`; an acknowledgement says only that a batch was heard.
    #[serde(rename = "3.1.1")]
    V311,
}

/// Before a device's id in every topic.
const TOPICS: &str = "medseal/v1/";

/// The topic to which a device publishes its batches.
#[must_use]
pub fn batch_topic(device: &DeviceId) -> String {
    format!("{TOPICS}{device}/batch")
}

/// The topic at which a device hears of refusals.
#[must_use]
pub fn refused_topic(device: &DeviceId) -> String {
    format!("{TOPICS}{device}/refused")
}

/// The device that a topic of batches names: a claim.
#[must_use]
pub fn device_of(topic: &str) -> Option<DeviceId> {
    topic.strip_prefix(TOPICS)?.strip_suffix("/batch")?.parse().ok()
}

/// What a filter asks for below a device's own topics; `None` when it asks for others.
#[must_use]
pub fn below<'a>(device: &DeviceId, filter: &'a str) -> Option<&'a str> {
    filter.strip_prefix(TOPICS)?.strip_prefix(device.as_str())?.strip_prefix('/')
}

/// What is told at [`refused_topic`], in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The counter of the batch's seal, where it could be read.
    pub counter: Option<Counter>,
    /// Why it was refused.
    pub reason: Reason,
}

impl Notice {
    /// As it is sent.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        serde_json::json!(self).to_string().into_bytes()
    }

    /// One that came; `None` when it is none.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

/// The reason code of PUBACK that comes nearest (MQTT 5.0 section 3.4.2.1); the reason string tells exactly.
#[must_use]
pub fn puback_code(reason: Reason) -> PubackReasonCode {
    match reason {
        Reason::Malformed | Reason::BadHash | Reason::BadSignature => PubackReasonCode::PayloadFormatInvalid,
        Reason::Oversized => PubackReasonCode::QuotaExceeded,
        Reason::UnknownDevice
        | Reason::RevokedDevice
        | Reason::WrongDevice
        | Reason::NotSealed
        | Reason::UnknownKey
        | Reason::Certificate
        | Reason::Token => PubackReasonCode::NotAuthorized,
        Reason::RepeatedCounter | Reason::CounterGap | Reason::BrokenChain | Reason::Clock => {
            PubackReasonCode::ImplementationSpecificError
        }
    }
}

/// The words that the other side gives with a reason code (MQTT 5.0 section 3.1.2.11.7 and others).
#[must_use]
pub fn reason_string(properties: &[Property]) -> Option<&str> {
    properties.iter().find_map(|property| match property {
        Property::ReasonString(text) => Some(text.val()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_name_their_device_and_no_other() {
        let device: DeviceId = "monitor-7".parse().unwrap();
        assert_eq!(device_of(&batch_topic(&device)), Some(device.clone()));
        for other in
            ["medseal/v1/monitor-7/refused", "medseal/v1//batch", "medseal/v2/monitor-7/batch", "batch"]
        {
            assert_eq!(device_of(other), None, "{other}");
        }
        assert_eq!(below(&device, &refused_topic(&device)), Some("refused"));
        assert_eq!(below(&device, "medseal/v1/monitor-7/#"), Some("#"));
        for other in ["medseal/v1/monitor-70/refused", "medseal/v1/monitor-7", "medseal/v1/+/refused", "#"] {
            assert_eq!(below(&device, other), None, "{other}");
        }
    }

    #[test]
    fn a_notice_is_read_as_it_was_written() {
        for counter in [None, Some(Counter(0)), Some(Counter(u64::MAX))] {
            let notice = Notice { counter, reason: Reason::CounterGap };
            assert_eq!(Notice::read(&notice.to_bytes()), Some(notice));
        }
        let known = Notice { counter: Some(Counter(7)), reason: Reason::Clock };
        assert_eq!(known.to_bytes(), br#"{"counter":7,"reason":"clock"}"#);
        for wrong in
            ["", "{}", "{\"counter\":7,\"reason\":\"mood\"}", "{\"counter\":-1,\"reason\":\"clock\"}"]
        {
            assert_eq!(Notice::read(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
