//! GET DATA (11.3) and the answer to SELECT (11.9.3).

use alloc::vec::Vec;

use super::keys::AES;
use super::{Identity, Plain};
use crate::runtime::Runtime;
use crate::scp03::{PARAMETER_I, PROTOCOL};
use crate::status::StatusWord;
use crate::tlv::{Tag, put};

/// Object identifiers of Card Recognition Data (H.2): GlobalPlatform itself, its version 2.3.1, card identification scheme,
/// and the secure channel protocol, whose last two bytes follow.
const GLOBAL_PLATFORM: [u8; 7] = [0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x01];
const VERSION: [u8; 10] = [0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x02, 0x02, 0x03, 0x01];
const IDENTIFICATION: [u8; 7] = [0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x03];
const SECURE_CHANNEL: [u8; 7] = [0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x04];

/// GET DATA: P1 P2 is the tag.
pub(super) fn get(runtime: &Runtime, command: &Plain<'_>) -> Result<Vec<u8>, StatusWord> {
    let tag = Tag(u16::from_be_bytes([command.p1, command.p2]));
    let value = match tag {
        // Issuer and card identification number: nobody issues these cards, so the domain's RID and the serial number.
        Tag(0x0042) => runtime.identity.aid.rid().to_vec(),
        Tag(0x0045) => runtime.identity.serial.to_vec(),
        Tag(0x0066) => recognition_data(),
        Tag(0x00C1) => runtime.keys.sets.first().map(|set| set.sequence().to_vec()).unwrap_or_default(),
        Tag(0x00E0) => key_information(runtime),
        Tag(0x9F7F) => runtime.identity.production_data().to_vec(),
        Tag(_) => return Err(StatusWord::REFERENCED_DATA_NOT_FOUND),
    };
    let mut out = Vec::with_capacity(value.len() + 4);
    put(&mut out, tag, &value);
    Ok(out)
}

fn recognition_data() -> Vec<u8> {
    let oid = |oid: &[u8]| {
        let mut out = Vec::new();
        put(&mut out, Tag(0x06), oid);
        out
    };
    let mut inner = oid(&GLOBAL_PLATFORM);
    put(&mut inner, Tag(0x60), &oid(&VERSION));
    put(&mut inner, Tag(0x63), &oid(&IDENTIFICATION));
    put(&mut inner, Tag(0x64), &oid(&[&SECURE_CHANNEL[..], &[PROTOCOL, PARAMETER_I]].concat()));
    let mut out = Vec::new();
    put(&mut out, Tag(0x73), &inner);
    out
}

/// One C0 for each key: identifier, version, type, length (11.3.3.1).
fn key_information(runtime: &Runtime) -> Vec<u8> {
    let mut out = Vec::new();
    for set in &runtime.keys.sets {
        for identifier in 1..=3 {
            let length = u8::try_from(set.length()).unwrap_or_default();
            put(&mut out, Tag(0xC0), &[identifier, set.version, AES, length]);
        }
    }
    out
}

/// What the domain answers when it is selected: its AID, Card Recognition Data, longest command data.
pub(crate) fn select_answer(identity: &Identity) -> Vec<u8> {
    let mut proprietary = recognition_data();
    put(&mut proprietary, Tag(0x9F65), &[0xFF]);
    let mut inner = Vec::new();
    put(&mut inner, Tag(0x84), identity.aid.as_bytes());
    put(&mut inner, Tag(0xA5), &proprietary);
    let mut out = Vec::new();
    put(&mut out, Tag(0x6F), &inner);
    out
}
