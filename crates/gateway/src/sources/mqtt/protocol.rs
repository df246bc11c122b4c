//! One device's MQTT conversation, without I/O: bytes in, steps and bytes out.
//!
//! The packets are read and written by `mqtt-protocol-core`, which also keeps the rules of either version; what a device
//! may do here, and what it is told, is decided in this file.

use std::collections::HashSet;
use std::time::Duration;

use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::ConnectionOptions;
use mqtt_protocol_core::mqtt::packet::{Packet, Qos, SubEntry};
use mqtt_protocol_core::mqtt::prelude::*;
use mqtt_protocol_core::mqtt::result_code::MqttError;
use mqtt_protocol_core::mqtt::{Connection, Version, role};
use seal::DeviceId;
use wire::mqtt::{batch_topic, below};

use super::events::Fault;
use super::packets::{self, Dialect, Hello};
use crate::limits;
use crate::listen::Caller;
use crate::pipeline::{Outcome, Rejection};

/// What follows from received bytes, in their order.
#[derive(Debug)]
pub(super) enum Step {
    /// The device is in.
    Open(Version),
    /// A sealed batch, so it says.
    Batch { packet_id: u16, bytes: Vec<u8> },
    /// The conversation is over; without a fault the device said goodbye.
    End(Option<Fault>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Greeting,
    Open(Dialect),
    Over,
}

/// The conversation.
pub(super) struct Protocol {
    mqtt: Connection<role::Server>,
    caller: Caller,
    phase: Phase,
    /// Keep-alive granted at most, in seconds.
    keep_alive: u16,
    /// Whether it listens for refusals.
    listens: bool,
    /// How long it may be quiet.
    quiet: Option<Duration>,
    out: Vec<u8>,
    /// Batches published with QoS 2 whose PUBREC is still to come.
    unreceived: HashSet<u16>,
    /// Those whose PUBREL is still to come.
    unreleased: HashSet<u16>,
    /// Whether what the library sends now is ours: what it answers by itself to a repeated PUBLISH would come before the commit.
    sending: bool,
}

impl Protocol {
    pub(super) fn new(caller: Caller, keep_alive: u16) -> Self {
        let limit = u32::try_from(limits::MQTT_PACKET_BYTES).unwrap_or(u32::MAX);
        let options = ConnectionOptions::new().maximum_packet_size_recv(limit);
        let mut mqtt = Connection::with_options(Version::Undetermined, options);
        mqtt.set_auto_pub_response(false);
        mqtt.set_auto_ping_response(true);
        let phase = Phase::Greeting;
        Self {
            mqtt,
            caller,
            phase,
            keep_alive,
            listens: false,
            quiet: None,
            out: Vec::new(),
            unreceived: HashSet::new(),
            unreleased: HashSet::new(),
            sending: false,
        }
    }

    pub(super) fn device(&self) -> &DeviceId {
        &self.caller.device
    }

    /// Takes what is to be sent.
    pub(super) fn take_out(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// How long the device may be quiet from now on.
    pub(super) fn quiet_time(&self) -> Duration {
        let most = Duration::from_secs(u64::from(self.keep_alive)) * limits::MQTT_QUIET_FACTOR;
        self.quiet.map_or(most, |quiet| quiet.min(most))
    }

    /// Takes received bytes; what follows [`Step::End`] is not looked at.
    pub(super) fn receive(&mut self, bytes: &[u8], steps: &mut Vec<Step>) {
        let mut cursor = Cursor::new(bytes);
        while cursor.position() < bytes.len() as u64 {
            let before = cursor.position();
            let events = self.mqtt.recv(&mut cursor);
            let ended = if cursor.position() == before {
                Some(Step::End(Some(Fault::Protocol(MqttError::MalformedPacket))))
            } else {
                self.events(events, steps).unwrap_or_else(|fault| Some(Step::End(Some(fault))))
            };
            if let Some(end) = ended {
                steps.push(end);
                return;
            }
        }
    }

    /// Tells the device what became of a batch. [`Outcome::Unavailable`] is not acknowledged: it ends the conversation.
    pub(super) fn answer(&mut self, packet_id: u16, outcome: &Outcome) -> Result<(), Fault> {
        let Phase::Open(dialect) = self.phase else { return Ok(()) };
        let exactly_once = self.unreceived.remove(&packet_id);
        let packet = match outcome {
            Outcome::Committed(_) | Outcome::Duplicate if exactly_once => {
                self.unreleased.insert(packet_id);
                packets::received(dialect, packet_id)
            }
            Outcome::Committed(_) | Outcome::Duplicate => packets::accepted(dialect, packet_id),
            Outcome::Refused(Rejection { reason, counter, .. }) => {
                if dialect == Dialect::V3 && self.listens {
                    let notice = packets::refusal_notice(&self.caller.device, *counter, *reason);
                    self.send(notice)?;
                }
                match (exactly_once, dialect) {
                    (false, Dialect::V3 | Dialect::V5) => packets::refused(dialect, packet_id, *reason),
                    (true, Dialect::V3) => {
                        self.unreleased.insert(packet_id);
                        packets::not_received(dialect, packet_id, *reason)
                    }
                    (true, Dialect::V5) => packets::not_received(dialect, packet_id, *reason),
                }
            }
            Outcome::Unavailable => return Err(Fault::Unavailable),
        };
        self.send(packet)
    }

    /// Says goodbye, where the version has words for it.
    pub(super) fn end(&mut self, fault: &Fault) {
        if self.phase == Phase::Open(Dialect::V5) {
            // The connection ends either way.
            let _ = self.send(packets::goodbye(fault));
        }
        self.phase = Phase::Over;
    }

    fn send(&mut self, packet: Result<Packet, MqttError>) -> Result<(), Fault> {
        let events = self.mqtt.send(packet.map_err(Fault::Protocol)?);
        let mut steps = Vec::new();
        self.sending = true;
        let done = self.events(events, &mut steps).map(drop);
        self.sending = false;
        done
    }

    /// Does what the library asks for. Gives the end, when there is one.
    fn events(&mut self, events: Vec<Event>, steps: &mut Vec<Step>) -> Result<Option<Step>, Fault> {
        let mut end = None;
        for event in events {
            match event {
                Event::NotifyPacketReceived(packet) => {
                    if let Some(step) = self.packet(packet)? {
                        match step {
                            Step::End(_) => end = Some(step),
                            Step::Open(_) | Step::Batch { .. } => steps.push(step),
                        }
                    }
                }
                Event::RequestSendPacket {
                    packet: Packet::V3_1_1Pubrec(_) | Packet::V5_0Pubrec(_), ..
                } if !self.sending => {
                    return Err(Fault::Protocol(MqttError::ProtocolError));
                }
                Event::RequestSendPacket { packet, .. } => {
                    self.out.extend_from_slice(&packet.to_continuous_buffer());
                }
                Event::RequestTimerReset { kind: TimerKind::PingreqRecv, duration_ms } => {
                    self.quiet = Some(Duration::from_millis(duration_ms));
                }
                Event::RequestTimerCancel(TimerKind::PingreqRecv) => self.quiet = None,
                Event::NotifyError(MqttError::PacketTooLarge) => {
                    return Err(Fault::Oversized(limits::MQTT_PACKET_BYTES));
                }
                Event::NotifyError(error) => return Err(Fault::Protocol(error)),
                Event::RequestClose => end = end.or(Some(Step::End(None))),
                Event::RequestTimerReset { .. }
                | Event::RequestTimerCancel(_)
                | Event::NotifyPacketIdReleased(_) => {}
            }
        }
        Ok(end)
    }

    fn packet(&mut self, packet: Packet) -> Result<Option<Step>, Fault> {
        let device = self.caller.device.clone();
        match (self.phase, packet) {
            (Phase::Greeting, Packet::V3_1_1Connect(connect)) => {
                let (client_id, will) = (connect.client_id().into(), connect.will_flag());
                let keep_alive = connect.keep_alive();
                self.greet(Dialect::V3, Hello { device, client_id, keep_alive, will })
            }
            (Phase::Greeting, Packet::V5_0Connect(connect)) => {
                let (client_id, will) = (connect.client_id().into(), connect.will_flag());
                let keep_alive = connect.keep_alive();
                self.greet(Dialect::V5, Hello { device, client_id, keep_alive, will })
            }
            (Phase::Open(_), Packet::V3_1_1Publish(publish)) => {
                let message = (publish.qos(), publish.packet_id(), publish.retain());
                self.publish(publish.topic_name(), message, publish.payload().as_slice())
            }
            (Phase::Open(_), Packet::V5_0Publish(publish)) => {
                let message = (publish.qos(), publish.packet_id(), publish.retain());
                self.publish(publish.topic_name(), message, publish.payload().as_slice())
            }
            (Phase::Open(_), Packet::V3_1_1Subscribe(subscribe)) => {
                let filters: Vec<_> = subscribe.entries().iter().map(SubEntry::topic_filter).collect();
                self.subscribe(subscribe.packet_id(), &filters)
            }
            (Phase::Open(_), Packet::V5_0Subscribe(subscribe)) => {
                let filters: Vec<_> = subscribe.entries().iter().map(SubEntry::topic_filter).collect();
                self.subscribe(subscribe.packet_id(), &filters)
            }
            (Phase::Open(_), Packet::V3_1_1Unsubscribe(unsubscribe)) => {
                self.unsubscribe(unsubscribe.packet_id(), unsubscribe.entries().len())
            }
            (Phase::Open(_), Packet::V5_0Unsubscribe(unsubscribe)) => {
                self.unsubscribe(unsubscribe.packet_id(), unsubscribe.entries().len())
            }
            (Phase::Open(_), Packet::V3_1_1Pingreq(_) | Packet::V5_0Pingreq(_)) => Ok(None),
            (Phase::Open(_), Packet::V3_1_1Disconnect(_) | Packet::V5_0Disconnect(_)) => {
                Ok(Some(Step::End(None)))
            }
            (Phase::Open(dialect), Packet::V3_1_1Pubrel(release)) => {
                self.release(dialect, release.packet_id())
            }
            (Phase::Open(dialect), Packet::V5_0Pubrel(release)) => self.release(dialect, release.packet_id()),
            // What only a server sends, and anything before CONNECT or a second one.
            _ => Err(Fault::Protocol(MqttError::ProtocolError)),
        }
    }

    fn greet(&mut self, dialect: Dialect, hello: Hello) -> Result<Option<Step>, Fault> {
        let fault = match self.caller.verdict {
            Err(reason) => Some(Fault::NotAdmitted(reason)),
            Ok(()) if !hello.client_id.is_empty() && hello.client_id != hello.device.as_str() => {
                Some(Fault::ClientId(hello.client_id.clone()))
            }
            Ok(()) if hello.will => Some(Fault::Will),
            Ok(()) => None,
        };
        if let Some(fault) = fault {
            self.send(packets::turned_away(dialect, &fault))?;
            return Err(fault);
        }
        self.phase = Phase::Open(dialect);
        self.send(packets::welcome(dialect, &hello, self.keep_alive))?;
        let version = match dialect {
            Dialect::V3 => Version::V3_1_1,
            Dialect::V5 => Version::V5_0,
        };
        Ok(Some(Step::Open(version)))
    }

    fn publish(
        &mut self,
        topic: &str,
        (qos, packet_id, retain): (Qos, Option<u16>, bool),
        payload: &[u8],
    ) -> Result<Option<Step>, Fault> {
        let packet_id = match (qos, packet_id) {
            (Qos::AtLeastOnce, Some(packet_id @ 1..)) => packet_id,
            (Qos::ExactlyOnce, Some(packet_id @ 1..)) => {
                self.unreceived.insert(packet_id);
                packet_id
            }
            // There is no packet id 0 (MQTT 5.0 section 2.2.1), though the library reads it as one.
            (Qos::AtLeastOnce | Qos::ExactlyOnce, Some(0) | None) => {
                return Err(Fault::Protocol(MqttError::ProtocolError));
            }
            (Qos::AtMostOnce, _) => return Err(Fault::Qos(0)),
        };
        if retain {
            return Err(Fault::Retain);
        }
        if topic == batch_topic(&self.caller.device) {
            return Ok(Some(Step::Batch { packet_id, bytes: payload.to_vec() }));
        }
        if self.phase == Phase::Open(Dialect::V5) {
            self.send(packets::wrong_topic(packet_id))?;
        }
        Err(Fault::Topic(topic.into()))
    }

    /// Ends an exchange of QoS 2. One that was never begun cannot be a leftover: no session outlives its connection.
    fn release(&mut self, dialect: Dialect, packet_id: u16) -> Result<Option<Step>, Fault> {
        if !self.unreleased.remove(&packet_id) {
            return Err(Fault::Protocol(MqttError::ProtocolError));
        }
        self.send(packets::completed(dialect, packet_id))?;
        Ok(None)
    }

    fn subscribe(&mut self, packet_id: u16, filters: &[&str]) -> Result<Option<Step>, Fault> {
        let Phase::Open(dialect) = self.phase else { return Ok(None) };
        let own: Vec<_> = filters.iter().map(|filter| below(&self.caller.device, filter)).collect();
        self.listens |= own.iter().any(|own| matches!(own, Some("#" | "+" | "refused")));
        let granted: Vec<bool> = own.iter().map(Option::is_some).collect();
        self.send(packets::subscribed(dialect, packet_id, &granted))?;
        Ok(None)
    }

    fn unsubscribe(&mut self, packet_id: u16, count: usize) -> Result<Option<Step>, Fault> {
        let Phase::Open(dialect) = self.phase else { return Ok(None) };
        // All its filters hear the same one topic, so whoever gives one up is taken to mean that topic.
        self.listens = false;
        self.send(packets::unsubscribed(dialect, packet_id, count))?;
        Ok(None)
    }
}
