//! How protected commands are laid out, in both protocols.

use alloc::vec::Vec;

use super::ChannelError;
use crate::apdu::Command;
use crate::limits::SHORT_DATA_MAX;

/// Lc as it travels for this many bytes.
pub(crate) fn length_field(length: usize, extended: bool) -> Option<Vec<u8>> {
    if length <= SHORT_DATA_MAX && !extended {
        return u8::try_from(length).ok().map(|length| Vec::from([length]));
    }
    let [high, low] = u16::try_from(length).ok()?.to_be_bytes();
    Some(Vec::from([0, high, low]))
}

/// A class byte with secure messaging announced, in the form for its channel.
pub(crate) fn secure_class(cla: u8) -> u8 {
    if cla & 0x40 == 0 { cla | 0x04 } else { cla | 0x20 }
}

/// The class byte that goes into a MAC: as on channel zero, with secure messaging (Card Specification E.4.4; Amendment D
/// 6.2.4), so that a command may be forwarded to another channel.
pub(crate) fn protected_class(cla: u8) -> u8 {
    (cla & 0x90) | 0x04
}

/// A command of these parts. A Le, if there is one, asks for the most that the form can carry, so that an answer always has
/// room for its MAC.
pub(crate) fn assemble(cla: u8, command: &Command<'_>, data: &[u8], mac: &[u8]) -> Vec<u8> {
    let length = data.len() + mac.len();
    let mut out = Vec::with_capacity(length + 9);
    out.extend_from_slice(&[cla, command.ins, command.p1, command.p2]);
    let extended = command.extended || length > SHORT_DATA_MAX;
    if length > 0 {
        out.extend_from_slice(&length_field(length, extended).unwrap_or_default());
        out.extend_from_slice(data);
        out.extend_from_slice(mac);
    }
    if command.expected.is_some() {
        let le: &[u8] = match (extended, length) {
            (false, _) => &[0],
            (true, 0) => &[0, 0, 0],
            (true, _) => &[0, 0],
        };
        out.extend_from_slice(le);
    }
    out
}

/// Padding method 2 of ISO/IEC 9797-1: 80, then zeros to a whole block.
pub(crate) fn pad(data: &mut Vec<u8>, block: usize) {
    data.push(0x80);
    data.resize(data.len().next_multiple_of(block), 0);
}

/// Takes that padding off.
pub(crate) fn unpad(data: &mut Vec<u8>) -> Result<(), ChannelError> {
    while let Some(byte) = data.pop() {
        match byte {
            0x00 => {}
            0x80 => return Ok(()),
            _ => return Err(ChannelError::Padding),
        }
    }
    Err(ChannelError::Padding)
}
