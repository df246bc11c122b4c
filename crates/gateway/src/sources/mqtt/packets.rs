//! The packets the gateway sends, for either version.

use mqtt_protocol_core::mqtt::packet::{
    AssignedClientIdentifier, Packet, Qos, ReasonString, ReceiveMaximum, RetainAvailable, ServerKeepAlive,
    SessionExpiryInterval, SharedSubscriptionAvailable, SubscriptionIdentifierAvailable, v3_1_1, v5_0,
};
use mqtt_protocol_core::mqtt::result_code::{
    ConnectReasonCode, ConnectReturnCode, DisconnectReasonCode, MqttError, PubackReasonCode,
    PubrecReasonCode, SubackReasonCode, SubackReturnCode, UnsubackReasonCode,
};
use seal::{Counter, DeviceId, Reason};
use wire::mqtt::{Notice, puback_code, refused_topic};

use super::events::Fault;
use crate::limits;

/// The versions of MQTT spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    V3,
    V5,
}

/// CONNACK for a device that may come in.
pub(super) fn welcome(dialect: Dialect, hello: &Hello, keep_alive: u16) -> Result<Packet, MqttError> {
    match dialect {
        Dialect::V3 => {
            let code = ConnectReturnCode::Accepted;
            let packet = v3_1_1::Connack::builder().session_present(false).return_code(code).build()?;
            Ok(packet.into())
        }
        Dialect::V5 => {
            let mut props = vec![
                ReceiveMaximum::new(limits::MQTT_IN_FLIGHT)?.into(),
                RetainAvailable::new(0)?.into(),
                SharedSubscriptionAvailable::new(0)?.into(),
                SubscriptionIdentifierAvailable::new(0)?.into(),
                SessionExpiryInterval::new(0)?.into(),
            ];
            if hello.keep_alive == 0 || hello.keep_alive > keep_alive {
                props.push(ServerKeepAlive::new(keep_alive)?.into());
            }
            if hello.client_id.is_empty() {
                props.push(AssignedClientIdentifier::new(hello.device.as_str())?.into());
            }
            let code = ConnectReasonCode::Success;
            let packet = v5_0::Connack::builder().session_present(false).reason_code(code).props(props);
            Ok(packet.build()?.into())
        }
    }
}

/// What a CONNECT says, as far as it matters here.
#[derive(Debug)]
pub(super) struct Hello {
    pub(super) device: DeviceId,
    pub(super) client_id: String,
    pub(super) keep_alive: u16,
    pub(super) will: bool,
}

/// CONNACK for one that may not.
pub(super) fn turned_away(dialect: Dialect, fault: &Fault) -> Result<Packet, MqttError> {
    match dialect {
        Dialect::V3 => {
            let code = match fault {
                Fault::ClientId(_) => ConnectReturnCode::IdentifierRejected,
                _ => ConnectReturnCode::NotAuthorized,
            };
            Ok(v3_1_1::Connack::builder().session_present(false).return_code(code).build()?.into())
        }
        Dialect::V5 => {
            let code = match fault {
                Fault::ClientId(_) => ConnectReasonCode::ClientIdentifierNotValid,
                Fault::NotAdmitted(Reason::RevokedDevice) => ConnectReasonCode::Banned,
                _ => ConnectReasonCode::NotAuthorized,
            };
            let mut packet = v5_0::Connack::builder().session_present(false).reason_code(code);
            if let Fault::NotAdmitted(reason) = fault {
                packet = packet.props(vec![ReasonString::new(reason.as_str())?.into()]);
            }
            Ok(packet.build()?.into())
        }
    }
}

/// PUBACK for a batch that is on disk.
pub(super) fn accepted(dialect: Dialect, packet_id: u16) -> Result<Packet, MqttError> {
    match dialect {
        Dialect::V3 => Ok(v3_1_1::Puback::builder().packet_id(packet_id).build()?.into()),
        Dialect::V5 => Ok(v5_0::Puback::builder().packet_id(packet_id).build()?.into()),
    }
}

/// PUBACK for one that was refused: MQTT 5 says why.
pub(super) fn refused(dialect: Dialect, packet_id: u16, reason: Reason) -> Result<Packet, MqttError> {
    match dialect {
        Dialect::V3 => accepted(dialect, packet_id),
        Dialect::V5 => {
            let props = vec![ReasonString::new(reason.as_str())?.into()];
            let packet = v5_0::Puback::builder().packet_id(packet_id).reason_code(puback_code(reason));
            Ok(packet.props(props).build()?.into())
        }
    }
}

/// PUBREC for a batch that is on disk: from now on its sender may forget it, so nothing earlier is said (MQTT 5.0 section 4.3.3).
pub(super) fn received(dialect: Dialect, packet_id: u16) -> Result<Packet, MqttError> {
    match dialect {
        Dialect::V3 => Ok(v3_1_1::Pubrec::builder().packet_id(packet_id).build()?.into()),
        Dialect::V5 => Ok(v5_0::Pubrec::builder().packet_id(packet_id).build()?.into()),
    }
}

/// PUBREC for one that was refused: with MQTT 5 it ends the exchange.
pub(super) fn not_received(dialect: Dialect, packet_id: u16, reason: Reason) -> Result<Packet, MqttError> {
    match dialect {
        Dialect::V3 => received(dialect, packet_id),
        Dialect::V5 => {
            // The codes are those of a PUBACK, with the same meaning (MQTT 5.0 section 3.5.2.1).
            let code = PubrecReasonCode::try_from(puback_code(reason) as u8);
            let code = code.unwrap_or(PubrecReasonCode::UnspecifiedError);
            let props = vec![ReasonString::new(reason.as_str())?.into()];
            Ok(v5_0::Pubrec::builder().packet_id(packet_id).reason_code(code).props(props).build()?.into())
        }
    }
}

/// PUBCOMP, the end of an exchange.
pub(super) fn completed(dialect: Dialect, packet_id: u16) -> Result<Packet, MqttError> {
    match dialect {
        Dialect::V3 => Ok(v3_1_1::Pubcomp::builder().packet_id(packet_id).build()?.into()),
        Dialect::V5 => Ok(v5_0::Pubcomp::builder().packet_id(packet_id).build()?.into()),
    }
}

/// PUBACK for a topic that is not the device's; MQTT 3.1.1 can only end the connection.
pub(super) fn wrong_topic(packet_id: u16) -> Result<Packet, MqttError> {
    let code = PubackReasonCode::NotAuthorized;
    Ok(v5_0::Puback::builder().packet_id(packet_id).reason_code(code).build()?.into())
}

/// The message that tells a 3.1.1 device of a refusal.
pub(super) fn refusal_notice(
    device: &DeviceId,
    counter: Option<u64>,
    reason: Reason,
) -> Result<Packet, MqttError> {
    let notice = Notice { counter: counter.map(Counter), reason };
    let packet = v3_1_1::Publish::builder()
        .topic_name(refused_topic(device))?
        .qos(Qos::AtMostOnce)
        .payload(notice.to_bytes())
        .build()?;
    Ok(packet.into())
}

/// SUBACK: what was granted, filter by filter.
pub(super) fn subscribed(dialect: Dialect, packet_id: u16, granted: &[bool]) -> Result<Packet, MqttError> {
    match dialect {
        Dialect::V3 => {
            let code = |ok: &bool| {
                if *ok { SubackReturnCode::SuccessMaximumQos0 } else { SubackReturnCode::Failure }
            };
            let codes = granted.iter().map(code).collect();
            Ok(v3_1_1::Suback::builder().packet_id(packet_id).return_codes(codes).build()?.into())
        }
        Dialect::V5 => {
            let code =
                |ok: &bool| if *ok { SubackReasonCode::GrantedQos0 } else { SubackReasonCode::NotAuthorized };
            let codes = granted.iter().map(code).collect();
            Ok(v5_0::Suback::builder().packet_id(packet_id).reason_codes(codes).build()?.into())
        }
    }
}

/// UNSUBACK for `count` filters.
pub(super) fn unsubscribed(dialect: Dialect, packet_id: u16, count: usize) -> Result<Packet, MqttError> {
    match dialect {
        Dialect::V3 => Ok(v3_1_1::Unsuback::builder().packet_id(packet_id).build()?.into()),
        Dialect::V5 => {
            let codes = vec![UnsubackReasonCode::Success; count];
            Ok(v5_0::Unsuback::builder().packet_id(packet_id).reason_codes(codes).build()?.into())
        }
    }
}

/// DISCONNECT, which only MQTT 5 lets a server send.
pub(super) fn goodbye(fault: &Fault) -> Result<Packet, MqttError> {
    let code = match fault {
        Fault::Protocol(error) => match error {
            MqttError::MalformedPacket => DisconnectReasonCode::MalformedPacket,
            _ => DisconnectReasonCode::ProtocolError,
        },
        Fault::Oversized(_) => DisconnectReasonCode::PacketTooLarge,
        Fault::Qos(_) => DisconnectReasonCode::QosNotSupported,
        Fault::Retain => DisconnectReasonCode::RetainNotSupported,
        Fault::Topic(_) | Fault::NotAdmitted(_) | Fault::ClientId(_) | Fault::Will => {
            DisconnectReasonCode::NotAuthorized
        }
        Fault::KeepAlive | Fault::ConnectTime => DisconnectReasonCode::KeepAliveTimeout,
        Fault::Refusals(_) => DisconnectReasonCode::MessageRateTooHigh,
        Fault::TakenOver => DisconnectReasonCode::SessionTakenOver,
        Fault::Unavailable => DisconnectReasonCode::ServerBusy,
        Fault::Shutdown => DisconnectReasonCode::ServerShuttingDown,
        Fault::Crowded(_) | Fault::Handshake(_) | Fault::SlowReader | Fault::Lost(_) => {
            DisconnectReasonCode::UnspecifiedError
        }
    };
    Ok(v5_0::Disconnect::builder().reason_code(code).build()?.into())
}
