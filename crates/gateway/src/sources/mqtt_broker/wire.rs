//! What the gateway says to a broker in MQTT 5, and what it hears.

use seal::Reason;
use tokio::time::Instant;
use wire::Account;
use wire::mqtt::packet::{
    Packet, Property, Qos, ReasonString, SessionExpiryInterval, SubEntry, SubOpts, v5_0,
};
use wire::mqtt::result_code::{ConnectReasonCode, MqttError, PubackReasonCode, SubackReasonCode};
use wire::mqtt::{Acknowledging, Client, Fault, Settings, Version, puback_code};

use crate::config::MqttBroker;
use crate::limits;

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

impl From<Fault> for WireError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Protocol(error) => Self::Protocol(error),
            Fault::Left => Self::Left,
            Fault::Silent => Self::Silent,
        }
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
    client: Client,
    topics: String,
    /// Whether CONNECT was answered: before that there is nothing to be said.
    is_connected: bool,
}

impl Wire {
    /// Begins with CONNECT.
    pub(super) fn connect(config: &MqttBroker, account: Option<&Account>) -> Result<Self, WireError> {
        let client = Client::new(Settings {
            version: Version::V5,
            longest: u32::try_from(limits::MQTT_PACKET_BYTES).unwrap_or(u32::MAX),
            acknowledging: Acknowledging::ByHand,
            patience: limits::BROKER_CONNECT,
        });
        let mut wire = Self { client, topics: config.topics.clone(), is_connected: false };
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
        wire.client.send(packet.build()?)?;
        Ok(wire)
    }

    /// Takes what is to be sent.
    pub(super) fn take_out(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.client.out)
    }

    /// When [`Wire::time_passed`] must be called, if nothing comes before.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.client.deadline()
    }

    /// Keeps the connection alive, and notices that it is dead.
    pub(super) fn time_passed(&mut self, now: Instant) -> Result<(), WireError> {
        Ok(self.client.time_passed(now)?)
    }

    /// What these bytes say, together with those before them.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> Result<Vec<Heard>, WireError> {
        let mut packets = Vec::new();
        let ended = self.client.receive(bytes, &mut packets);
        let mut heard = Vec::new();
        for packet in packets {
            heard.extend(self.packet(packet)?);
        }
        ended?;
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
        Ok(self.client.send(packet)?)
    }

    /// The same for one whose topic names no device.
    pub(super) fn reject(&mut self, packet_id: u16) -> Result<(), WireError> {
        let code = PubackReasonCode::TopicNameInvalid;
        let packet = v5_0::Puback::builder().packet_id(packet_id).reason_code(code).build()?;
        Ok(self.client.send(packet)?)
    }

    /// Publishes a notice, at most once.
    pub(super) fn tell(&mut self, topic: &str, payload: Vec<u8>) -> Result<(), WireError> {
        let packet = v5_0::Publish::builder().topic_name(topic)?.qos(Qos::AtMostOnce).payload(payload);
        Ok(self.client.send(packet.build()?)?)
    }

    /// Says goodbye; the session stays.
    pub(super) fn disconnect(&mut self) -> Result<(), WireError> {
        Ok(self.client.disconnect()?)
    }

    fn packet(&mut self, packet: Packet) -> Result<Option<Heard>, WireError> {
        match packet {
            Packet::V5_0Connack(answer) => match answer.reason_code() {
                ConnectReasonCode::Success => {
                    self.is_connected = true;
                    self.subscribe()?;
                    Ok(Some(Heard::Connected))
                }
                code => Err(WireError::Refused(code.to_string())),
            },
            Packet::V5_0Suback(answer) if answer.reason_codes().iter().any(SubackReasonCode::is_failure) => {
                Err(WireError::NotGranted)
            }
            Packet::V5_0Publish(_) if !self.is_connected => {
                Err(WireError::Protocol(MqttError::ProtocolError))
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
        let id = self.client.packet_id()?;
        let entry = SubEntry::new(self.topics.as_str(), SubOpts::new().set_qos(Qos::AtLeastOnce))?;
        let packet = v5_0::Subscribe::builder().packet_id(id).entries(vec![entry]).build()?;
        Ok(self.client.send(packet)?)
    }
}

/// Any bytes as what a broker says after it was connected to, for fuzzing: each message that is to be acknowledged can be. The first byte tells the size
/// of the pieces in which they come.
pub fn broker(input: &[u8]) {
    let Some((piece, bytes)) = input.split_first() else { return };
    let Ok(config) = toml::from_str::<MqttBroker>("at = { address = \"127.0.0.1:1883\", plain = true }")
    else {
        return;
    };
    let Ok(mut wire) = Wire::connect(&config, None) else { return };
    for piece in bytes.chunks(usize::from(*piece) + 1) {
        let Ok(heard) = wire.receive(piece) else { return };
        for heard in heard {
            match heard {
                Heard::Connected => {}
                Heard::Message { packet_id, .. } => {
                    let said = packet_id.map_or(Ok(()), |id| wire.acknowledge(id, Some(Reason::Malformed)));
                    assert!(said.is_ok(), "{said:?}");
                }
            }
        }
        drop(wire.take_out());
    }
}

#[cfg(test)]
mod tests {
    use wire::mqtt::packet::GenericPacketTrait as _;

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
    fn a_message_before_the_answer_to_connect_is_none() {
        let config: MqttBroker =
            toml::from_str("at = { address = \"127.0.0.1:1883\", plain = true }").unwrap();
        let mut wire = Wire::connect(&config, None).unwrap();
        let error = wire.receive(&publish(7)).unwrap_err();
        assert!(matches!(error, WireError::Protocol(MqttError::ProtocolError)), "{error}");
    }

    #[test]
    fn what_is_wrong_is_named_and_told_to_the_broker() {
        let mut wire = connected();
        wire.take_out();
        let error = wire.receive(&[0b0011_0110, 0]).unwrap_err();
        assert!(matches!(error, WireError::Protocol(MqttError::MalformedPacket)), "{error}");
        // DISCONNECT with a reason (MQTT 5.0 section 3.14).
        assert_eq!(wire.take_out().first(), Some(&0xE0));
    }
}
