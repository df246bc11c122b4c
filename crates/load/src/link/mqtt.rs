//! The little of MQTT 3.1.1 and 5.0 that publishing with QoS 1 takes, by hand: a generator shares its cores with what it loads, and a
//! client's library would cost more than all else here. (A device speaks through `device::transport::mqtt`.)

use bytes::{Buf as _, BufMut as _, BytesMut};

use wire::mqtt::Version;

use super::stream::{Buffered, Stream};
use super::{LinkError, Verdict};
use crate::limits;

const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;
const PUBLISH_QOS_1: u8 = 0x32;
const PUBACK: u8 = 0x40;
const PINGREQ: u8 = 0xc0;
const PINGRESP: u8 = 0xd0;
const DISCONNECT: u8 = 0xe0;
/// Reason codes from here on are failures (MQTT 5.0 section 2.4).
const FAILURE: u8 = 0x80;
/// What our gateway says when it cannot store: the server is busy, or the quota is exceeded.
const BUSY: [u8; 2] = [0x89, 0x97];
const REASON_STRING: u8 = 0x1f;
const RECEIVE_MAXIMUM: u8 = 0x21;

/// A connection.
#[derive(Debug)]
pub(crate) struct Mqtt {
    stream: Buffered,
    version: Version,
    topic: String,
    /// The packet id of the last message put, and of the last one answered.
    last: u16,
    answered: u16,
    most: usize,
}

fn wrong(what: impl Into<String>) -> LinkError {
    LinkError::Protocol { protocol: "MQTT", what: what.into() }
}

/// A packet that came.
struct Packet {
    first: u8,
    body: BytesMut,
}

impl Mqtt {
    pub(super) async fn open(
        stream: Stream,
        version: Version,
        client: &str,
        topic: &str,
    ) -> Result<Self, LinkError> {
        let mut stream = Buffered::new(stream);
        let level = match version {
            Version::V5 => 5,
            Version::V311 => 4,
        };
        let mut body = BytesMut::new();
        put_text(&mut body, "MQTT");
        // Clean start, no keep-alive: a run ends by itself.
        body.put_slice(&[level, 2, 0, 0]);
        if version == Version::V5 {
            body.put_u8(0);
        }
        put_text(&mut body, client);
        put_packet(&mut stream.out, CONNECT, &[&body]);
        let packet = loop {
            if let Some(packet) = take_packet(&mut stream.incoming)? {
                break packet;
            }
            stream.exchange().await?;
        };
        let (Packet { first: CONNACK, body }, Some(&code)) = (&packet, packet.body.get(1)) else {
            return Err(wrong(format!("packet {:#04x} in the place of CONNACK", packet.first)));
        };
        let properties = Properties::of(body.get(2..).unwrap_or_default(), version);
        if code != 0 {
            let word = properties.reason.unwrap_or_else(|| format!("code {code:#04x}"));
            return Err(LinkError::Refused(word));
        }
        let most = properties.receive_maximum.map_or(limits::WINDOW, usize::from);
        Ok(Self { stream, version, topic: topic.to_owned(), last: 0, answered: 0, most })
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }

    pub(super) fn put(&mut self, payload: &[u8]) -> Result<(), LinkError> {
        self.last = following(self.last);
        let length = u16::try_from(self.topic.len()).map_err(|_| wrong("the topic is too long"))?;
        let head = [&length.to_be_bytes()[..], self.topic.as_bytes(), &self.last.to_be_bytes()];
        let properties: &[u8] = match self.version {
            Version::V5 => &[0],
            Version::V311 => &[],
        };
        let [one, two, three] = head;
        put_packet(&mut self.stream.out, PUBLISH_QOS_1, &[one, two, three, properties, payload]);
        Ok(())
    }

    pub(super) fn ping(&mut self) {
        self.stream.out.put_slice(&[PINGREQ, 0]);
    }

    pub(super) fn ready(&mut self) -> Result<Option<Verdict>, LinkError> {
        while let Some(Packet { first, body }) = take_packet(&mut self.stream.incoming)? {
            match first {
                PUBACK => return self.acknowledged(&body).map(Some),
                PINGRESP => {}
                DISCONNECT => {
                    let code = body.first().copied().unwrap_or_default();
                    let reason = Properties::of(body.get(1..).unwrap_or_default(), self.version).reason;
                    return Err(LinkError::Closed(format!(": {}", reason.unwrap_or(format!("{code:#04x}")))));
                }
                other => return Err(wrong(format!("a packet of kind {other:#04x}"))),
            }
        }
        Ok(None)
    }

    fn acknowledged(&mut self, body: &[u8]) -> Result<Verdict, LinkError> {
        let (Some(high), Some(low)) = (body.first(), body.get(1)) else {
            return Err(wrong("a PUBACK without a packet id"));
        };
        let (id, expected) = (u16::from_be_bytes([*high, *low]), following(self.answered));
        if id != expected {
            return Err(wrong(format!("PUBACK for {id}, the oldest without one is {expected}")));
        }
        self.answered = id;
        match body.get(2).copied() {
            Some(code) if code >= FAILURE => {
                let properties = Properties::of(body.get(3..).unwrap_or_default(), self.version);
                Ok(match properties.reason {
                    None if BUSY.contains(&code) => Verdict::Unavailable,
                    reason => Verdict::Refused(reason.unwrap_or_else(|| format!("{code:#04x}"))),
                })
            }
            Some(_) | None => Ok(Verdict::Stored),
        }
    }

    pub(super) async fn exchange(&mut self) -> Result<(), LinkError> {
        self.stream.exchange().await
    }

    pub(super) async fn close(mut self) -> Result<(), LinkError> {
        self.stream.out.put_slice(&[DISCONNECT, 0]);
        self.stream.close().await
    }
}

/// Packet ids go round from 1 to 65,535.
fn following(id: u16) -> u16 {
    id.checked_add(1).unwrap_or(1)
}

fn put_text(to: &mut BytesMut, text: &str) {
    let bytes = text.as_bytes();
    to.put_u16(u16::try_from(bytes.len()).unwrap_or(u16::MAX));
    to.put_slice(bytes.get(..usize::from(u16::MAX)).unwrap_or(bytes));
}

fn put_packet(to: &mut BytesMut, first: u8, parts: &[&[u8]]) {
    to.put_u8(first);
    let mut rest: usize = parts.iter().map(|part| part.len()).sum();
    loop {
        let more = if rest >= 128 { 0x80 } else { 0 };
        to.put_u8(u8::try_from(rest % 128).unwrap_or_default() | more);
        rest /= 128;
        if rest == 0 {
            break;
        }
    }
    parts.iter().for_each(|part| to.put_slice(part));
}

/// A number of variable length (MQTT 5.0 section 1.5.5) and how many bytes it takes; `None` while it is not whole.
fn variable(bytes: &[u8]) -> Result<Option<(usize, usize)>, LinkError> {
    let mut value = 0;
    for (place, byte) in bytes.iter().enumerate() {
        if place == 4 {
            return Err(wrong("a length of five bytes"));
        }
        value |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(Some((value, place + 1)));
        }
    }
    Ok(None)
}

fn take_packet(incoming: &mut BytesMut) -> Result<Option<Packet>, LinkError> {
    let Some((&first, rest)) = incoming.split_first() else { return Ok(None) };
    let Some((length, width)) = variable(rest)? else { return Ok(None) };
    if length > limits::PACKET_BYTES {
        return Err(wrong(format!("a packet of {length} bytes")));
    }
    if rest.len() < width + length {
        return Ok(None);
    }
    incoming.advance(1 + width);
    Ok(Some(Packet { first, body: incoming.split_to(length) }))
}

/// Of the properties of an answer those that matter here; the others only as far as to pass them.
#[derive(Default)]
struct Properties {
    reason: Option<String>,
    receive_maximum: Option<u16>,
}

impl Properties {
    fn of(bytes: &[u8], version: Version) -> Self {
        let mut found = Self::default();
        let Ok(Some((length, width))) = variable(bytes) else { return found };
        if version == Version::V311 {
            return found;
        }
        let mut rest = bytes.get(width..).unwrap_or_default();
        rest = rest.get(..length).unwrap_or(rest);
        while let Some((&kind, value)) = rest.split_first() {
            let two = value.first_chunk().map(|two| u16::from_be_bytes(*two));
            let text = two.map_or(0, usize::from) + 2;
            // MQTT 5.0 table 2-4: what stands in CONNACK, PUBACK and DISCONNECT.
            let size = match kind {
                0x24 | 0x25 | 0x28 | 0x29 | 0x2a => 1,
                0x13 | 0x22 | RECEIVE_MAXIMUM => 2,
                0x11 | 0x27 => 4,
                0x12 | 0x15 | 0x16 | 0x1a | 0x1c | REASON_STRING => text,
                0x26 => {
                    let second = value.get(text..).and_then(|rest| rest.first_chunk());
                    text + 2 + second.map_or(0, |two| usize::from(u16::from_be_bytes(*two)))
                }
                _ => return found,
            };
            match kind {
                REASON_STRING => {
                    let words = value.get(2..size).unwrap_or_default();
                    found.reason = Some(String::from_utf8_lossy(words).into_owned());
                }
                RECEIVE_MAXIMUM => found.receive_maximum = two,
                _ => {}
            }
            rest = value.get(size..).unwrap_or_default();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_whole_or_wait() {
        let mut bytes = BytesMut::new();
        put_packet(&mut bytes, 0x30, &[&[7; 200], b"end"]);
        let whole = bytes.clone();
        for cut in 0..whole.len() {
            let mut part = BytesMut::from(&whole[..cut]);
            assert!(take_packet(&mut part).unwrap().is_none(), "{cut}");
        }
        let packet = take_packet(&mut bytes).unwrap().unwrap();
        assert_eq!((packet.first, packet.body.len(), bytes.len()), (0x30, 203, 0));
        let mut endless = BytesMut::from(&[0x30, 0xff, 0xff, 0xff, 0xff, 0x01][..]);
        assert!(take_packet(&mut endless).is_err());
    }

    #[test]
    fn reasons_are_found_among_other_properties() {
        let mut properties =
            vec![0x12, 0, 1, b'x', 0x26, 0, 1, b'a', 0, 2, b'b', b'c', 0x21, 0, 64, 0x1f, 0, 5];
        properties.extend(b"clock");
        let mut bytes = vec![u8::try_from(properties.len()).unwrap()];
        bytes.extend(&properties);
        let found = Properties::of(&bytes, Version::V5);
        assert_eq!((found.reason.as_deref(), found.receive_maximum), (Some("clock"), Some(64)));
        for cut in 0..bytes.len() {
            // No part of it makes us stop.
            Properties::of(&bytes[..cut], Version::V5);
        }
    }
}
