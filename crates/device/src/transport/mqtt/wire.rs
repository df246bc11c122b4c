//! The client's side of MQTT 5.0 and 3.1.1 as bytes in and bytes out; the two differ only here.

use mqtt_protocol_core::mqtt;
use mqtt_protocol_core::mqtt::connection::{ConnectionOptions, Event, TimerKind};
use mqtt_protocol_core::mqtt::packet::{
    GenericPacketTrait, Packet, Property, Qos, SubEntry, SubOpts, v3_1_1, v5_0,
};
use mqtt_protocol_core::mqtt::result_code::{
    ConnectReasonCode, ConnectReturnCode, MqttError, PubackReasonCode,
};
use mqtt_protocol_core::mqtt::role::Client;
use seal::{Counter, DeviceId, Reason};
use serde::Deserialize;
use tokio::time::{Duration, Instant};

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
    /// The gateway did not answer in time.
    #[error("no answer within {} s", limits::PING_ANSWER.as_secs())]
    Silent,
}

impl From<MqttError> for WireError {
    fn from(error: MqttError) -> Self {
        Self::Protocol(error)
    }
}

/// The protocol's state on one connection.
pub(super) struct Wire {
    connection: mqtt::Connection<Client>,
    version: Version,
    batch_topic: String,
    refused_topic: String,
    outgoing: Vec<u8>,
    in_flight: usize,
    ping_at: Option<Instant>,
    answer_by: Option<Instant>,
}

#[derive(Deserialize)]
struct RefusedMessage {
    counter: Counter,
    reason: Reason,
}

impl Wire {
    /// Begins with CONNECT.
    pub(super) fn connect(version: Version, device: &DeviceId) -> Result<Self, WireError> {
        let options = ConnectionOptions::new().maximum_packet_size_recv(limits::PACKET_BYTES);
        let protocol = match version {
            Version::V5 => mqtt::Version::V5_0,
            Version::V311 => mqtt::Version::V3_1_1,
        };
        let mut connection = mqtt::Connection::with_options(protocol, options);
        connection.set_auto_pub_response(true);
        let answer_ms = u64::try_from(limits::PING_ANSWER.as_millis()).unwrap_or(u64::MAX);
        connection.set_pingresp_recv_timeout(answer_ms);
        let mut wire = Self {
            connection,
            version,
            batch_topic: format!("medseal/v1/{device}/batch"),
            refused_topic: format!("medseal/v1/{device}/refused"),
            outgoing: Vec::new(),
            in_flight: 0,
            ping_at: None,
            answer_by: None,
        };
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
        wire.send(packet)?;
        Ok(wire)
    }

    /// Bytes to be written.
    pub(super) fn outgoing(&self) -> &[u8] {
        &self.outgoing
    }

    /// The first `count` of them were written.
    pub(super) fn sent(&mut self, count: usize) {
        self.outgoing.drain(..count.min(self.outgoing.len()));
    }

    /// How many more messages may be on their way.
    pub(super) fn room(&self) -> usize {
        let granted = self.connection.get_receive_maximum_vacancy_for_send().map_or(usize::MAX, usize::from);
        limits::IN_FLIGHT.saturating_sub(self.in_flight).min(granted)
    }

    /// Publishes a sealed batch with QoS 1.
    pub(super) fn publish(&mut self, sealed: &[u8]) -> Result<MessageId, WireError> {
        let id = self.connection.acquire_packet_id()?;
        let packet: Packet = match self.version {
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
        self.send(packet)?;
        self.in_flight += 1;
        Ok(MessageId(id.into()))
    }

    /// Ends the connection in order.
    pub(super) fn disconnect(&mut self) {
        let packet: Option<Packet> = match self.version {
            Version::V5 => v5_0::Disconnect::builder().build().ok().map(Into::into),
            Version::V311 => v3_1_1::Disconnect::builder().build().ok().map(Into::into),
        };
        if let Some(packet) = packet
            && let Err(error) = self.send(packet)
        {
            tracing::debug!(%error, "DISCONNECT was not sent");
        }
    }

    /// When `time_passed` must be called, if nothing comes before.
    pub(super) fn deadline(&self) -> Option<Instant> {
        [self.ping_at, self.answer_by].into_iter().flatten().min()
    }

    /// Keeps the connection alive, and notices that it is dead.
    pub(super) fn time_passed(&mut self, now: Instant) -> Result<(), WireError> {
        if self.answer_by.is_some_and(|by| by <= now) {
            return Err(WireError::Silent);
        }
        if self.ping_at.is_some_and(|at| at <= now) {
            self.ping_at = None;
            let events = self.connection.notify_timer_fired(TimerKind::PingreqSend);
            self.events(events, &mut Vec::new())?;
        }
        Ok(())
    }

    /// What these bytes say, together with those before them.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> Result<Vec<Incoming>, WireError> {
        let mut incoming = Vec::new();
        let mut cursor = mqtt::common::Cursor::new(bytes);
        while !cursor.remaining_slice().is_empty() {
            let events = self.connection.recv(&mut cursor);
            self.events(events, &mut incoming)?;
        }
        Ok(incoming)
    }

    fn send(&mut self, packet: Packet) -> Result<(), WireError> {
        let events = self.connection.send(packet);
        self.events(events, &mut Vec::new())
    }

    fn events(&mut self, events: Vec<Event>, incoming: &mut Vec<Incoming>) -> Result<(), WireError> {
        for event in events {
            match event {
                Event::RequestSendPacket { packet, .. } => {
                    self.outgoing.extend(packet.to_continuous_buffer());
                }
                Event::NotifyPacketReceived(packet) => incoming.extend(self.packet(&packet)?),
                Event::RequestTimerReset { kind, duration_ms } => {
                    *self.timer(kind) = Some(Instant::now() + Duration::from_millis(duration_ms));
                }
                Event::RequestTimerCancel(kind) => *self.timer(kind) = None,
                Event::NotifyError(error) => return Err(error.into()),
                Event::RequestClose => return Err(WireError::Ended("protocol error".into())),
                Event::NotifyPacketIdReleased(_) => {}
            }
        }
        Ok(())
    }

    fn timer(&mut self, kind: TimerKind) -> &mut Option<Instant> {
        match kind {
            TimerKind::PingreqSend => &mut self.ping_at,
            // A client never waits for PINGREQ.
            TimerKind::PingrespRecv | TimerKind::PingreqRecv => &mut self.answer_by,
        }
    }

    fn packet(&mut self, packet: &Packet) -> Result<Option<Incoming>, WireError> {
        match packet {
            Packet::V5_0Connack(answer) => match answer.reason_code() {
                ConnectReasonCode::Success => Ok(Some(Incoming::Accepted)),
                code => Err(WireError::Refused(reason_string(answer.props()).unwrap_or(code.to_string()))),
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
                Err(WireError::Ended(words.unwrap_or(code)))
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
        let message: RefusedMessage = serde_json::from_slice(payload).ok()?;
        Some(Incoming::RefusedCounter(message.counter, message.reason))
    }

    fn subscribe_refused(&mut self) -> Result<(), WireError> {
        let id = self.connection.acquire_packet_id()?;
        let entry = SubEntry::new(self.refused_topic.as_str(), SubOpts::new().set_qos(Qos::AtLeastOnce))?;
        let packet = v3_1_1::Subscribe::builder().packet_id(id).entries(vec![entry]).build()?;
        self.send(packet.into())
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").field("version", &self.version).field("in_flight", &self.in_flight).finish()
    }
}

fn reason_string(properties: &[Property]) -> Option<String> {
    properties.iter().find_map(|property| match property {
        Property::ReasonString(text) => Some(text.val().to_owned()),
        _ => None,
    })
}
