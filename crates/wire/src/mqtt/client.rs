//! The client's side of MQTT without I/O: bytes in, packets and bytes out, and the time when to look again.
//!
//! Messages come at QoS 0 and 1, which is all that our clients subscribe with; one at QoS 2, or without a packet id where it must have one, ends the
//! conversation. The library's own acknowledging is not used: it takes the packet id 0, which there is not, for one that can be acknowledged.

use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::{ConnectionOptions, Event, TimerKind};
use mqtt_protocol_core::mqtt::packet::{GenericPacketTrait as _, Packet, Qos, v3_1_1, v5_0};
use mqtt_protocol_core::mqtt::result_code::MqttError;
use mqtt_protocol_core::mqtt::role;
use mqtt_protocol_core::mqtt::{self, Connection};
use tokio::time::{Duration, Instant};

use super::Version;

/// Who acknowledges messages that come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledging {
    /// The client, as soon as they have come.
    AtOnce,
    /// Whoever it is that stores them.
    ByHand,
}

/// How a client takes part.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The protocol's version.
    pub version: Version,
    /// Longest packet taken, in bytes.
    pub longest: u32,
    /// Who acknowledges.
    pub acknowledging: Acknowledging,
    /// How long an answer to PINGREQ may take.
    pub patience: Duration,
}

/// Why a conversation has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// What came is no MQTT, or what was to be sent cannot be.
    #[error("MQTT: {0:?}")]
    Protocol(MqttError),
    /// This side has said goodbye, or the other one has.
    #[error("the conversation has ended")]
    Left,
    /// The other side does not say that it lives.
    #[error("no answer in time")]
    Silent,
}

impl From<MqttError> for Fault {
    fn from(error: MqttError) -> Self {
        Self::Protocol(error)
    }
}

/// The protocol's state on one connection.
pub struct Client {
    mqtt: Connection<role::Client>,
    version: Version,
    acknowledging: Acknowledging,
    /// Bytes to be sent.
    pub out: Vec<u8>,
    ping_at: Option<Instant>,
    answer_by: Option<Instant>,
}

impl Client {
    /// One that has said nothing yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let Settings { version, longest, acknowledging, patience } = settings;
        let options = ConnectionOptions::new().maximum_packet_size_recv(longest);
        let wanted = match version {
            Version::V5 => mqtt::Version::V5_0,
            Version::V311 => mqtt::Version::V3_1_1,
        };
        let mut mqtt = Connection::with_options(wanted, options);
        mqtt.set_auto_pub_response(false);
        mqtt.set_pingresp_recv_timeout(u64::try_from(patience.as_millis()).unwrap_or(u64::MAX));
        Self { mqtt, version, acknowledging, out: Vec::new(), ping_at: None, answer_by: None }
    }

    /// The protocol's version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Adds a packet to what is to be sent.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be sent, or ends the conversation.
    pub fn send(&mut self, packet: impl Into<Packet>) -> Result<(), Fault> {
        let events = self.mqtt.send(packet.into());
        self.events(events, &mut Vec::new())
    }

    /// A packet id that is free.
    ///
    /// # Errors
    /// [`Fault::Protocol`] when none is.
    pub fn packet_id(&mut self) -> Result<u16, Fault> {
        Ok(self.mqtt.acquire_packet_id()?)
    }

    /// How many more messages the other side lets be on their way, where it has said so (MQTT 5.0 section 3.2.2.3.3).
    #[must_use]
    pub fn vacancy(&self) -> Option<u16> {
        self.mqtt.get_receive_maximum_vacancy_for_send()
    }

    /// What these bytes say, together with those before them, is put behind `packets`: also what came before an error, which may be the
    /// other side's goodbye.
    ///
    /// # Errors
    /// [`Fault`]
    pub fn receive(&mut self, bytes: &[u8], packets: &mut Vec<Packet>) -> Result<(), Fault> {
        let mut cursor = Cursor::new(bytes);
        while cursor.position() < bytes.len() as u64 {
            let before = cursor.position();
            let events = self.mqtt.recv(&mut cursor);
            self.events(events, packets)?;
            if cursor.position() == before {
                return Err(MqttError::MalformedPacket.into());
            }
        }
        Ok(())
    }

    /// When [`Client::time_passed`] must be called, if nothing comes before.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        [self.ping_at, self.answer_by].into_iter().flatten().min()
    }

    /// Keeps the connection alive, and notices that it is dead.
    ///
    /// # Errors
    /// [`Fault::Silent`] when it is.
    pub fn time_passed(&mut self, now: Instant) -> Result<(), Fault> {
        if self.answer_by.is_some_and(|by| by <= now) {
            return Err(Fault::Silent);
        }
        if self.ping_at.is_some_and(|at| at <= now) {
            self.ping_at = None;
            let events = self.mqtt.notify_timer_fired(TimerKind::PingreqSend);
            self.events(events, &mut Vec::new())?;
        }
        Ok(())
    }

    /// Says goodbye. There is nothing more to say then.
    ///
    /// # Errors
    /// [`Fault::Protocol`] when there is no connection to end.
    pub fn disconnect(&mut self) -> Result<(), Fault> {
        let said = match self.version {
            Version::V5 => self.send(v5_0::Disconnect::builder().build()?),
            Version::V311 => self.send(v3_1_1::Disconnect::builder().build()?),
        };
        match said {
            Err(Fault::Left) => Ok(()),
            said => said,
        }
    }

    fn events(&mut self, events: Vec<Event>, packets: &mut Vec<Packet>) -> Result<(), Fault> {
        let mut ends = None;
        for event in events {
            match event {
                Event::RequestSendPacket { packet, .. } => self.out.extend(packet.to_continuous_buffer()),
                Event::NotifyPacketReceived(packet) => {
                    self.arrived(&packet)?;
                    packets.push(packet);
                }
                Event::RequestTimerReset { kind, duration_ms } => {
                    *self.timer(kind) = Some(Instant::now() + Duration::from_millis(duration_ms));
                }
                Event::RequestTimerCancel(kind) => *self.timer(kind) = None,
                // What was wrong comes after the wish to close that it causes.
                Event::NotifyError(error) => ends = Some(error.into()),
                Event::RequestClose => ends = ends.or(Some(Fault::Left)),
                Event::NotifyPacketIdReleased(_) => {}
            }
        }
        ends.map_or(Ok(()), Err)
    }

    /// Sees that a message can be acknowledged, and does so where that is this side's.
    fn arrived(&mut self, packet: &Packet) -> Result<(), Fault> {
        let (qos, packet_id) = match packet {
            Packet::V3_1_1Publish(message) => (message.qos(), message.packet_id()),
            Packet::V5_0Publish(message) => (message.qos(), message.packet_id()),
            _ => return Ok(()),
        };
        match (qos, packet_id) {
            (Qos::AtMostOnce, _) => Ok(()),
            (Qos::AtLeastOnce, Some(1..)) if self.acknowledging == Acknowledging::ByHand => Ok(()),
            (Qos::AtLeastOnce, Some(packet_id @ 1..)) => match self.version {
                Version::V5 => self.send(v5_0::Puback::builder().packet_id(packet_id).build()?),
                Version::V311 => self.send(v3_1_1::Puback::builder().packet_id(packet_id).build()?),
            },
            (Qos::AtLeastOnce, Some(0) | None) => Err(MqttError::MalformedPacket.into()),
            (Qos::ExactlyOnce, _) => Err(MqttError::ProtocolError.into()),
        }
    }

    fn timer(&mut self, kind: TimerKind) -> &mut Option<Instant> {
        match kind {
            TimerKind::PingreqSend => &mut self.ping_at,
            // A client never waits for PINGREQ.
            TimerKind::PingrespRecv | TimerKind::PingreqRecv => &mut self.answer_by,
        }
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("version", &self.version).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use mqtt_protocol_core::mqtt::result_code::{ConnectReasonCode, ConnectReturnCode, DisconnectReasonCode};

    use super::*;

    const VERSIONS: [Version; 2] = [Version::V5, Version::V311];

    fn bytes(packet: impl Into<Packet>) -> Vec<u8> {
        packet.into().to_continuous_buffer()
    }

    /// One whose CONNECT has been answered.
    fn connected(version: Version) -> Client {
        acknowledging(version, Acknowledging::ByHand)
    }

    fn acknowledging(version: Version, acknowledging: Acknowledging) -> Client {
        let mut client =
            Client::new(Settings { version, longest: 4096, acknowledging, patience: Duration::from_secs(1) });
        let answer = match version {
            Version::V5 => {
                client.send(v5_0::Connect::builder().client_id("a").unwrap().build().unwrap()).unwrap();
                let code = ConnectReasonCode::Success;
                bytes(v5_0::Connack::builder().session_present(false).reason_code(code).build().unwrap())
            }
            Version::V311 => {
                client.send(v3_1_1::Connect::builder().client_id("a").unwrap().build().unwrap()).unwrap();
                let code = ConnectReturnCode::Accepted;
                bytes(v3_1_1::Connack::builder().session_present(false).return_code(code).build().unwrap())
            }
        };
        let mut packets = Vec::new();
        client.receive(&answer, &mut packets).unwrap();
        assert!(matches!(packets[..], [Packet::V5_0Connack(_) | Packet::V3_1_1Connack(_)]), "{packets:?}");
        client.out.clear();
        client
    }

    #[test]
    fn what_is_wrong_is_named() {
        for version in VERSIONS {
            let mut client = connected(version);
            // PUBLISH with QoS 3.
            let fault = client.receive(&[0b0011_0110, 0], &mut Vec::new()).unwrap_err();
            assert_eq!(fault, Fault::Protocol(MqttError::MalformedPacket), "{version:?}");
        }
        let mut client = connected(Version::V5);
        client.receive(&[0b0011_0110, 0], &mut Vec::new()).unwrap_err();
        // And told to the other side: DISCONNECT with a reason (MQTT 5.0 section 3.14).
        assert_eq!(client.out.first(), Some(&0xE0));
        let mut client = connected(Version::V5);
        let long = bytes(
            v5_0::Publish::builder()
                .topic_name("a")
                .unwrap()
                .qos(Qos::AtMostOnce)
                .payload(vec![0; 8192])
                .build()
                .unwrap(),
        );
        assert_eq!(client.receive(&long, &mut Vec::new()), Err(Fault::Protocol(MqttError::PacketTooLarge)));
    }

    /// PUBLISH to the topic `a`, in version 5 without properties.
    fn message(version: Version, qos: u8, packet_id: u16) -> Vec<u8> {
        let mut body = vec![0, 1, b'a'];
        body.extend(packet_id.to_be_bytes());
        body.extend((version == Version::V5).then_some(0));
        [&[0x30 | qos << 1, body.len().to_le_bytes()[0]][..], &body].concat()
    }

    #[test]
    fn a_message_that_cannot_be_acknowledged_ends_the_conversation() {
        for version in VERSIONS {
            for by in [Acknowledging::ByHand, Acknowledging::AtOnce] {
                for (qos, packet_id, fault) in [
                    (1, 0, MqttError::MalformedPacket),
                    (2, 0, MqttError::ProtocolError),
                    (2, 7, MqttError::ProtocolError),
                ] {
                    let mut client = acknowledging(version, by);
                    let ended = client.receive(&message(version, qos, packet_id), &mut Vec::new());
                    assert_eq!(ended, Err(Fault::Protocol(fault)), "{version:?} {by:?} {qos} {packet_id}");
                }
            }
            let mut client = acknowledging(version, Acknowledging::AtOnce);
            client.receive(&message(version, 1, 7).repeat(2), &mut Vec::new()).unwrap();
            let puback = [0x40, 2, 0, 7];
            assert_eq!(client.out, puback.repeat(2), "{version:?}");
            let mut client = connected(version);
            client.receive(&message(version, 1, 7), &mut Vec::new()).unwrap();
            assert!(client.out.is_empty(), "{version:?}: somebody else does");
        }
    }

    #[test]
    fn a_goodbye_is_no_fault() {
        for version in VERSIONS {
            let mut client = connected(version);
            client.disconnect().unwrap();
            assert_eq!(client.out.first(), Some(&0xE0), "{version:?}");
        }
    }

    #[test]
    fn why_the_other_side_ends_it_comes_with_the_end() {
        let mut client = connected(Version::V5);
        let code = DisconnectReasonCode::ServerBusy;
        let goodbye = bytes(v5_0::Disconnect::builder().reason_code(code).build().unwrap());
        let mut packets = Vec::new();
        let ended = client.receive(&goodbye, &mut packets);
        assert!(matches!(ended, Ok(()) | Err(Fault::Left)), "{ended:?}");
        assert!(
            matches!(&packets[..], [Packet::V5_0Disconnect(why)] if why.reason_code() == Some(code)),
            "{packets:?}"
        );
    }

    #[test]
    fn any_bytes_in_any_pieces_end_in_packets_or_a_fault() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let publish = v5_0::Publish::builder().topic_name("medseal/v1/a/batch").unwrap();
        let publish =
            bytes(publish.qos(Qos::AtLeastOnce).packet_id(7_u16).payload(vec![1; 20]).build().unwrap());
        for round in 0..2_000 {
            let mut client = connected(VERSIONS[round % 2]);
            let mut bytes = publish.repeat(3);
            for _ in 0..random() % 4 {
                let place = usize::try_from(random()).unwrap() % bytes.len();
                bytes[place] = random().to_le_bytes()[0];
            }
            let piece = 1 + usize::try_from(random()).unwrap() % bytes.len();
            let mut packets = Vec::new();
            let _ended = bytes.chunks(piece).try_for_each(|piece| client.receive(piece, &mut packets));
            assert!(packets.len() <= bytes.len() / 2, "{packets:?}");
        }
    }
}
