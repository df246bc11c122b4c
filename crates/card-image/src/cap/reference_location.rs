//! Component 9, ReferenceLocation (JCVM 6.12): where in the Method component constant pool indexes stand, so that
//! a card can put resolved references in their place.
//!
//! Two lists, `u2 count | u1 distance...`, of one-byte and of two-byte indexes. A distance is from the place
//! before, or from the start of the info; 255 adds 255 and says that the next byte continues it.

use alloc::vec::Vec;

use super::codec::{Cursor, finish};
use super::{CapError, CapErrorReason, ComponentTag};
use crate::bytes::Writer;

/// The ReferenceLocation component: offsets from the start of the Method component's info, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReferenceLocation {
    /// Places of one-byte indexes.
    pub byte_indices: Vec<u16>,
    /// Places of two-byte indexes.
    pub byte2_indices: Vec<u16>,
}

const CONTINUED: u8 = 255;

impl ReferenceLocation {
    pub(super) fn parse(mut cursor: Cursor<'_>) -> Result<Self, CapError> {
        let (byte_indices, byte2_indices) = (read_list(&mut cursor)?, read_list(&mut cursor)?);
        cursor.finish()?;
        Ok(Self { byte_indices, byte2_indices })
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, CapError> {
        let mut writer = Writer::default();
        for list in [&self.byte_indices, &self.byte2_indices] {
            let distances = distances(list)?;
            writer.count_u16(distances.len());
            writer.bytes(&distances);
        }
        finish(ComponentTag::ReferenceLocation, writer)
    }
}

fn read_list(cursor: &mut Cursor<'_>) -> Result<Vec<u16>, CapError> {
    let count = cursor.u16()?;
    let first = cursor.position();
    let mut places = Vec::new();
    let mut place = 0u16;
    let mut complete = true;
    for (index, distance) in cursor.take(count.into())?.iter().enumerate() {
        place = place.checked_add((*distance).into()).ok_or_else(|| {
            cursor.error(first + index, CapErrorReason::Value { item: "offset", value: 0x1_0000 })
        })?;
        complete = *distance != CONTINUED;
        if complete {
            places.push(place);
        }
    }
    if complete {
        Ok(places)
    } else {
        Err(cursor.here(CapErrorReason::Value { item: "last offset", value: CONTINUED.into() }))
    }
}

fn distances(places: &[u16]) -> Result<Vec<u8>, CapError> {
    let mut distances = Vec::new();
    let mut before = 0;
    for place in places {
        let mut distance = place.checked_sub(before).ok_or(CapError {
            component: ComponentTag::ReferenceLocation,
            offset: 0,
            reason: CapErrorReason::Value { item: "descending offset", value: (*place).into() },
        })?;
        before = *place;
        while distance >= CONTINUED.into() {
            distances.push(CONTINUED);
            distance -= u16::from(CONTINUED);
        }
        distances.push(distance as u8);
    }
    Ok(distances)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_distances_are_continued() {
        let places = alloc::vec![0, 254, 509, 1019, 65535];
        let component = ReferenceLocation { byte_indices: places, byte2_indices: Vec::new() };
        let bytes = component.encode().unwrap();
        let cursor = Cursor::new(ComponentTag::ReferenceLocation, &bytes);
        assert_eq!(ReferenceLocation::parse(cursor).unwrap(), component);
        assert_eq!(bytes[2..9], [0, 254, 255, 0, 255, 255, 0]);
    }

    #[test]
    fn a_list_that_ends_in_a_continuation_is_refused() {
        let cursor = Cursor::new(ComponentTag::ReferenceLocation, &[0, 1, 255, 0, 0]);
        assert!(ReferenceLocation::parse(cursor).is_err());
    }
}
