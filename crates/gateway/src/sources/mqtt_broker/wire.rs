//! The client's side of MQTT 5 without I/O: bytes in, messages and bytes out.

use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::{ConnectionOptions, Event, TimerKind};
use mqtt_protocol_core::mqtt::packet::{
    GenericPacketTrait as _, Packet, Property, Qos, ReasonString, SessionExpiryInterval, SubEntry, SubOpts,
    v5_0,
};
use mqtt_protocol_core::mqtt::result_code::{
    ConnectReasonCode, MqttError, PubackReasonCode, SubackReasonCode,
};
use mqtt_protocol_core::mqtt::role::Client;
use mqtt_protocol_core::mqtt::{Connection, Version};
use seal::Reason;
use tokio::time::{Duration, Instant};
use wire::Account;

use crate::config::MqttBroker;
use crate::limits;
use crate::sources::mqtt::puback_code;

/// Why a broker cannot be spoken to.
#[derive(Debug, thiserror::Error)]
pub(super) enum WireError {
    #[error("MQTT: {0:?}")]
    Protocol(MqttError),
    #[error("refused by the broker: {0}")]
    Refused(String),
    #[error("the broker does not grant the subscription")]
    NotGranted,
    #[error("ended by the broker: {0}")]
    Ended(String),
    #[error("ended by this side")]
    Left,
    #[error("no answer from the broker")]
    Silent,
}

impl From<MqttError> for WireError {
    fn from(error: MqttError) -> Self {
        Self::Protocol(error)
    }
}

/// What a broker says that matters here.
#[derive(Debug)]
pub(super) enum Heard {
    /// Connected; the subscription is on its way.
    Connected,
    /// A message, with the number to acknowledge it by, where it has one.
    Message { packet_id: Option<u16>, topic: String, bytes: Vec<u8> },
}

/// One connection's state.
pub(super) struct Wire {
    mqtt: Connection<Client>,
    topics: String,
    pub(super) out: Vec<u8>,
    ping_at: Option<Instant>,
    answer_by: Option<Instant>,
}

impl Wire {
    /// Begins with CONNECT.
    pub(super) fn connect(config: &MqttBroker, account: Option<&Account>) -> Result<Self, WireError> {
        let largest = u32::try_from(limits::MQTT_PACKET_BYTES).unwrap_or(u32::MAX);
        let options = ConnectionOptions::new().maximum_packet_size_recv(largest);
        let mut mqtt = Connection::with_options(Version::V5_0, options);
        mqtt.set_auto_pub_response(false);
        mqtt.set_pingresp_recv_timeout(u64::try_from(limits::BROKER_CONNECT.as_millis()).unwrap_or(u64::MAX));
        let mut wire =
            Self { mqtt, topics: config.topics.clone(), out: Vec::new(), ping_at: None, answer_by: None };
        // No Receive Maximum: mosquitto exceeds the one that it was told after a reconnection, which would have to end the
        // connection, and the next, and the next. The link stops reading instead.
        let properties: Vec<Property> = vec![SessionExpiryInterval::new(limits::BROKER_SESSION_S)?.into()];
        let mut packet = v5_0::Connect::builder()
            .client_id(config.client_id.as_str())?
            .clean_start(false)
            .keep_alive(limits::BROKER_KEEP_ALIVE_S)
            .props(properties);
        if let Some(Account { user, password }) = account {
            packet = packet.user_name(user.as_str())?.password(password.as_bytes().to_vec())?;
        }
        wire.send(packet.build()?)?;
        Ok(wire)
    }

    /// When [`Wire::time_passed`] must be called, if nothing comes before.
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
            let events = self.mqtt.notify_timer_fired(TimerKind::PingreqSend);
            self.events(events, &mut Vec::new())?;
        }
        Ok(())
    }

    /// What these bytes say, together with those before them.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> Result<Vec<Heard>, WireError> {
        let mut heard = Vec::new();
        let mut cursor = Cursor::new(bytes);
        while cursor.position() < bytes.len() as u64 {
            let before = cursor.position();
            let events = self.mqtt.recv(&mut cursor);
            self.events(events, &mut heard)?;
            if cursor.position() == before {
                return Err(MqttError::MalformedPacket.into());
            }
        }
        Ok(heard)
    }

    /// Tells the broker that a message is done with.
    pub(super) fn acknowledge(&mut self, packet_id: u16, refused: Option<Reason>) -> Result<(), WireError> {
        let packet = v5_0::Puback::builder().packet_id(packet_id);
        let packet = match refused {
            None => packet.build()?,
            Some(reason) => {
                let words = vec![ReasonString::new(reason.as_str())?.into()];
                packet.reason_code(puback_code(reason)).props(words).build()?
            }
        };
        self.send(packet)
    }

    /// The same for one whose topic names no device.
    pub(super) fn reject(&mut self, packet_id: u16) -> Result<(), WireError> {
        let code = PubackReasonCode::TopicNameInvalid;
        self.send(v5_0::Puback::builder().packet_id(packet_id).reason_code(code).build()?)
    }

    /// Publishes a notice, at most once.
    pub(super) fn tell(&mut self, topic: &str, payload: Vec<u8>) -> Result<(), WireError> {
        self.send(v5_0::Publish::builder().topic_name(topic)?.qos(Qos::AtMostOnce).payload(payload).build()?)
    }

    /// Says goodbye; the session stays.
    pub(super) fn disconnect(&mut self) -> Result<(), WireError> {
        match self.send(v5_0::Disconnect::builder().build()?) {
            Err(WireError::Left) => Ok(()),
            said => said,
        }
    }

    fn send(&mut self, packet: impl Into<Packet>) -> Result<(), WireError> {
        let events = self.mqtt.send(packet.into());
        self.events(events, &mut Vec::new())
    }

    fn events(&mut self, events: Vec<Event>, heard: &mut Vec<Heard>) -> Result<(), WireError> {
        let mut ends = None;
        for event in events {
            match event {
                Event::RequestSendPacket { packet, .. } => self.out.extend(packet.to_continuous_buffer()),
                Event::NotifyPacketReceived(packet) => heard.extend(self.packet(packet)?),
                Event::RequestTimerReset { kind, duration_ms } => {
                    *self.timer(kind) = Some(Instant::now() + Duration::from_millis(duration_ms));
                }
                Event::RequestTimerCancel(kind) => *self.timer(kind) = None,
                // What was wrong comes after the wish to close that it causes.
                Event::NotifyError(error) => ends = Some(error.into()),
                Event::RequestClose => ends = ends.or(Some(WireError::Left)),
                Event::NotifyPacketIdReleased(_) => {}
            }
        }
        ends.map_or(Ok(()), Err)
    }

    fn timer(&mut self, kind: TimerKind) -> &mut Option<Instant> {
        match kind {
            TimerKind::PingreqSend => &mut self.ping_at,
            // A client never waits for PINGREQ.
            TimerKind::PingrespRecv | TimerKind::PingreqRecv => &mut self.answer_by,
        }
    }

    fn packet(&mut self, packet: Packet) -> Result<Option<Heard>, WireError> {
        match packet {
            Packet::V5_0Connack(answer) => match answer.reason_code() {
                ConnectReasonCode::Success => {
                    self.subscribe()?;
                    Ok(Some(Heard::Connected))
                }
                code => Err(WireError::Refused(code.to_string())),
            },
            Packet::V5_0Suback(answer) if answer.reason_codes().iter().any(SubackReasonCode::is_failure) => {
                Err(WireError::NotGranted)
            }
            Packet::V5_0Publish(message) => Ok(Some(Heard::Message {
                packet_id: message.packet_id(),
                topic: message.topic_name().to_owned(),
                bytes: message.payload().as_slice().to_vec(),
            })),
            Packet::V5_0Disconnect(why) => {
                let code = why.reason_code().map_or("no reason".into(), |code| code.to_string());
                Err(WireError::Ended(code))
            }
            // SUBACK that grants, PINGRESP and what only a server receives: the library has dealt with it.
            _ => Ok(None),
        }
    }

    fn subscribe(&mut self) -> Result<(), WireError> {
        let id = self.mqtt.acquire_packet_id()?;
        let entry = SubEntry::new(self.topics.as_str(), SubOpts::new().set_qos(Qos::AtLeastOnce))?;
        self.send(v5_0::Subscribe::builder().packet_id(id).entries(vec![entry]).build()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(packet: impl Into<Packet>) -> Vec<u8> {
        packet.into().to_continuous_buffer()
    }

    /// A connection whose CONNECT has been answered.
    fn connected() -> Wire {
        let config: MqttBroker =
            toml::from_str("at = { address = \"127.0.0.1:1883\", plain = true }").unwrap();
        let mut wire = Wire::connect(&config, None).unwrap();
        let answer = v5_0::Connack::builder()
            .session_present(true)
            .reason_code(ConnectReasonCode::Success)
            .build()
            .unwrap();
        let heard = wire.receive(&packet(answer)).unwrap();
        assert!(matches!(heard[..], [Heard::Connected]), "{heard:?}");
        wire
    }

    fn publish(id: u16) -> Vec<u8> {
        let publish = v5_0::Publish::builder().topic_name("medseal/v1/a/batch").unwrap();
        packet(publish.qos(Qos::AtLeastOnce).packet_id(id).payload(vec![1]).build().unwrap())
    }

    #[test]
    fn a_broker_that_has_many_messages_under_way_is_borne() {
        let mut wire = connected();
        let bytes: Vec<u8> = (1..=1_000).flat_map(publish).collect();
        assert_eq!(wire.receive(&bytes).unwrap().len(), 1_000);
    }

    #[test]
    fn what_is_wrong_is_named_and_told_to_the_broker() {
        let mut wire = connected();
        wire.out.clear();
        let error = wire.receive(&[0b0011_0110, 0]).unwrap_err();
        assert!(matches!(error, WireError::Protocol(MqttError::MalformedPacket)), "{error}");
        // DISCONNECT with a reason (MQTT 5.0 section 3.14).
        assert_eq!(wire.out.first(), Some(&0xE0));
    }

    #[test]
    fn a_goodbye_is_no_fault() {
        let mut wire = connected();
        wire.out.clear();
        wire.disconnect().unwrap();
        assert_eq!(wire.out.first(), Some(&0xE0));
    }
}
