//! From frames to streams: what each side of a conversation said, in the order in which it arrived.
//!
//! Ethernet (with VLAN tags), Linux "cooked" and raw IP links; IPv4 and IPv6 without extension headers; TCP and UDP. A
//! segment that came before, by its sequence number and length, is left out; those that come in another order than they were
//! sent stay in theirs. That is enough to find words that were cut by a segment's end, and is no reassembly of a whole.

use super::file::Frame;
use std::collections::{BTreeMap, BTreeSet};

/// What one side said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// From which offset on which frame carried them.
    pub frames: Vec<(usize, u32)>,
}

impl Stream {
    /// The frame that carried a byte.
    #[must_use]
    pub fn frame(&self, offset: usize) -> u32 {
        let after = self.frames.partition_point(|(start, _)| *start <= offset);
        after.checked_sub(1).and_then(|index| self.frames.get(index)).map_or(0, |(_, number)| *number)
    }
}

/// Addresses, protocol and ports, as they stand in the packet: one side of a conversation.
type Side = (Vec<u8>, u8, [u8; 4]);

/// All streams.
#[must_use]
pub fn streams(frames: &[Frame<'_>]) -> Vec<Stream> {
    let mut sides: BTreeMap<Side, (Stream, BTreeSet<(u32, usize)>)> = BTreeMap::new();
    for frame in frames {
        let Some((side, sequence, payload)) = packet(frame) else { continue };
        if payload.is_empty() {
            continue;
        }
        let (stream, seen) = sides.entry(side).or_default();
        let is_again = sequence.is_some_and(|sequence| !seen.insert((sequence, payload.len())));
        if !is_again {
            stream.frames.push((stream.bytes.len(), frame.number));
            stream.bytes.extend_from_slice(payload);
        }
    }
    sides.into_values().map(|(stream, _)| stream).collect()
}

fn packet<'a>(frame: &Frame<'a>) -> Option<(Side, Option<u32>, &'a [u8])> {
    let ip = match frame.link {
        1 => ethernet(frame.bytes)?,
        101 | 228 | 229 => frame.bytes,
        113 => frame.bytes.get(16..)?,
        276 => frame.bytes.get(20..)?,
        _ => return None,
    };
    let (addresses, protocol, rest) = match ip.first()? >> 4 {
        4 => {
            let begin = (usize::from(ip.first()? & 0xf) * 4).max(20);
            let whole = usize::from(u16::from_be_bytes([*ip.get(2)?, *ip.get(3)?]));
            // Behind the packet there may be padding; of one that is cut within its header there is nothing.
            (ip.get(12..20)?, *ip.get(9)?, ip.get(begin..whole.min(ip.len()).max(begin))?)
        }
        6 => {
            let length = usize::from(u16::from_be_bytes([*ip.get(4)?, *ip.get(5)?]));
            (ip.get(8..40)?, *ip.get(6)?, ip.get(40..(40 + length).min(ip.len()))?)
        }
        _ => return None,
    };
    let ports: [u8; 4] = rest.get(..4)?.try_into().ok()?;
    let side = (addresses.to_vec(), protocol, ports);
    match protocol {
        6 => {
            let sequence = u32::from_be_bytes(rest.get(4..8)?.try_into().ok()?);
            let header = usize::from(rest.get(12)? >> 4) * 4;
            Some((side, Some(sequence), rest.get(header.max(20)..)?))
        }
        17 => Some((side, None, rest.get(8..)?)),
        _ => None,
    }
}

/// The packet of an Ethernet frame, behind up to two VLAN tags.
fn ethernet(bytes: &[u8]) -> Option<&[u8]> {
    let mut at = 12;
    for _ in 0..2 {
        if matches!(bytes.get(at..at + 2)?, [0x81, 0x00] | [0x88, 0xa8]) {
            at += 4;
        }
    }
    match bytes.get(at..at + 2)? {
        [0x08, 0x00] | [0x86, 0xdd] => bytes.get(at + 2..),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A UDP datagram of one byte behind an IPv4 header of the longest kind.
    const PACKET: [u8; 69] = {
        let mut packet = [0; 69];
        (packet[0], packet[3], packet[9], packet[68]) = (0x4F, 69, 17, b'x');
        packet
    };

    #[test]
    fn a_packet_that_is_cut_anywhere_says_nothing() {
        let said = |bytes: &[u8]| {
            let frames = [Frame { number: 1, link: 101, bytes }];
            streams(&frames).into_iter().map(|stream| stream.bytes).collect::<Vec<_>>()
        };
        assert_eq!(said(&PACKET), [b"x"]);
        assert_eq!(said(&[&PACKET[..], b"padding"].concat()), [b"x"]);
        for length in 0..PACKET.len() {
            assert!(said(&PACKET[..length]).is_empty(), "{length}");
        }
    }
}
