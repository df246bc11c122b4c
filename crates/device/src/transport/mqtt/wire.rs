//! What a device says in MQTT 5.0 and 3.1.1, and what it hears, as bytes in and bytes out; the two differ only here.

use ::wire::mqtt::packet::{Packet, Qos, SubEntry, SubOpts, v3_1_1, v5_0};
use ::wire::mqtt::result_code::{ConnectReasonCode, ConnectReturnCode, MqttError, PubackReasonCode};
use ::wire::mqtt::{
    Acknowledging, Client, Fault, Notice, Settings, batch_topic, reason_string, refused_topic,
};
use seal::DeviceId;
use tokio::time::Instant;

use super::Version;
use crate::limits;
use crate::transport::{Incoming, MessageId, Refusal};

/// Why the gateway does not take part.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// What came is no MQTT, or what was to be sent cannot be.
    #[error("MQTT: {0:?}")]
    Protocol(MqttError),
    /// The gateway refused the connection.
    #[error("refused by the gateway: {0}")]
    Refused(String),
    /// The gateway does not accept this device; MQTT 3.1.1 has no words for why.
    #[error("not authorised by the gateway")]
    NotAuthorized,
    /// The gateway ended the connection and said why.
    #[error("ended by the gateway: {0}")]
    Ended(String),
    /// The connection has ended, and why was told before.
    #[error("the conversation has ended")]
    Left,
    /// The gateway did not answer in time.
    #[error("no answer within {} s", limits::PING_ANSWER.as_secs())]
    Silent,
}

impl From<Fault> for WireError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Protocol(error) => Self::Protocol(error),
            Fault::Left => Self::Left,
            Fault::Silent => Self::Silent,
        }
    }
}

impl From<MqttError> for WireError {
    fn from(error: MqttError) -> Self {
        Self::Protocol(error)
    }
}

/// What a device says on one connection, and hears.
pub(super) struct Wire {
    client: Client,
    batch_topic: String,
    refused_topic: String,
    in_flight: usize,
}

impl Wire {
    /// Begins with CONNECT.
    pub(super) fn connect(version: Version, device: &DeviceId) -> Result<Self, WireError> {
        let client = Client::new(Settings {
            version,
            longest: limits::PACKET_BYTES,
            acknowledging: Acknowledging::AtOnce,
            patience: limits::PING_ANSWER,
        });
        let (batch_topic, refused_topic) = (batch_topic(device), refused_topic(device));
        let mut wire = Self { client, batch_topic, refused_topic, in_flight: 0 };
        let packet: Packet = match version {
            Version::V5 => v5_0::Connect::builder()
                .client_id(device.as_str())?
                .clean_start(true)
                .keep_alive(limits::KEEP_ALIVE_S)
                .build()?
                .into(),
            Version::V311 => v3_1_1::Connect::builder()
                .client_id(device.as_str())?
                .clean_session(true)
                .keep_alive(limits::KEEP_ALIVE_S)
                .build()?
                .into(),
        };
        wire.client.send(packet)?;
        Ok(wire)
    }

    /// Bytes to be written.
    pub(super) fn outgoing(&self) -> &[u8] {
        &self.client.out
    }

    /// The first `count` of them were written.
    pub(super) fn sent(&mut self, count: usize) {
        let out = &mut self.client.out;
        out.drain(..count.min(out.len()));
    }

    /// How many more messages may be on their way.
    pub(super) fn room(&self) -> usize {
        let granted = self.client.vacancy().map_or(usize::MAX, usize::from);
        limits::IN_FLIGHT.saturating_sub(self.in_flight).min(granted)
    }

    /// Publishes a sealed batch with QoS 1.
    pub(super) fn publish(&mut self, sealed: &[u8]) -> Result<MessageId, WireError> {
        let id = self.client.packet_id()?;
        let packet: Packet = match self.client.version() {
            Version::V5 => v5_0::Publish::builder()
                .topic_name(self.batch_topic.as_str())?
                .qos(Qos::AtLeastOnce)
                .packet_id(id)
                .payload(sealed)
                .build()?
                .into(),
            Version::V311 => v3_1_1::Publish::builder()
                .topic_name(self.batch_topic.as_str())?
                .qos(Qos::AtLeastOnce)
                .packet_id(id)
                .payload(sealed)
                .build()?
                .into(),
        };
        self.client.send(packet)?;
        self.in_flight += 1;
        Ok(MessageId(id.into()))
    }

    /// Ends the connection in order.
    pub(super) fn disconnect(&mut self) {
        if let Err(fault) = self.client.disconnect() {
            tracing::debug!(%fault, "DISCONNECT was not sent");
        }
    }

    /// When `time_passed` must be called, if nothing comes before.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.client.deadline()
    }

    /// Keeps the connection alive, and notices that it is dead.
    pub(super) fn time_passed(&mut self, now: Instant) -> Result<(), WireError> {
        Ok(self.client.time_passed(now)?)
    }

    /// What these bytes say, together with those before them.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> Result<Vec<Incoming>, WireError> {
        let mut packets = Vec::new();
        let ended = self.client.receive(bytes, &mut packets);
        let mut incoming = Vec::new();
        for packet in &packets {
            incoming.extend(self.packet(packet)?);
        }
        ended?;
        Ok(incoming)
    }

    fn packet(&mut self, packet: &Packet) -> Result<Option<Incoming>, WireError> {
        match packet {
            Packet::V5_0Connack(answer) => match answer.reason_code() {
                ConnectReasonCode::Success => Ok(Some(Incoming::Accepted)),
                code => {
                    let words = reason_string(answer.props()).map_or_else(|| code.to_string(), str::to_owned);
                    Err(WireError::Refused(words))
                }
            },
            Packet::V3_1_1Connack(answer) => match answer.return_code() {
                ConnectReturnCode::Accepted => {
                    self.subscribe_refused()?;
                    Ok(Some(Incoming::Accepted))
                }
                ConnectReturnCode::NotAuthorized => Err(WireError::NotAuthorized),
                code => Err(WireError::Refused(code.to_string())),
            },
            Packet::V5_0Puback(answer) => Ok(Some(self.puback(answer))),
            Packet::V3_1_1Puback(answer) => {
                self.in_flight = self.in_flight.saturating_sub(1);
                Ok(Some(Incoming::Acknowledged(MessageId(answer.packet_id().into()))))
            }
            Packet::V5_0Publish(message) => {
                Ok(self.refused(message.topic_name(), message.payload().as_slice()))
            }
            Packet::V3_1_1Publish(message) => {
                Ok(self.refused(message.topic_name(), message.payload().as_slice()))
            }
            Packet::V5_0Disconnect(why) => {
                let code = why.reason_code().map_or("no reason".into(), |code| code.to_string());
                let words = why.props().as_deref().and_then(reason_string);
                Err(WireError::Ended(words.map_or(code, str::to_owned)))
            }
            // SUBACK, PINGRESP and what only a server receives: the library has dealt with it.
            _ => Ok(None),
        }
    }

    fn puback(&mut self, answer: &v5_0::Puback) -> Incoming {
        self.in_flight = self.in_flight.saturating_sub(1);
        let id = MessageId(answer.packet_id().into());
        let Some(code) = answer.reason_code().filter(PubackReasonCode::is_failure) else {
            return Incoming::Acknowledged(id);
        };
        let word = answer.props().as_deref().and_then(reason_string);
        let reason = word.and_then(|word| word.parse().ok());
        Incoming::Refused(id, reason.map_or(Refusal::Code(code as u16), Refusal::For))
    }

    fn refused(&self, topic: &str, payload: &[u8]) -> Option<Incoming> {
        if topic != self.refused_topic {
            return None;
        }
        let Notice { counter, reason } = Notice::read(payload)?;
        Some(Incoming::RefusedCounter(counter?, reason))
    }

    fn subscribe_refused(&mut self) -> Result<(), WireError> {
        let id = self.client.packet_id()?;
        let entry = SubEntry::new(self.refused_topic.as_str(), SubOpts::new().set_qos(Qos::AtLeastOnce))?;
        let packet = v3_1_1::Subscribe::builder().packet_id(id).entries(vec![entry]).build()?;
        Ok(self.client.send(packet)?)
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").field("client", &self.client).field("in_flight", &self.in_flight).finish()
    }
}
