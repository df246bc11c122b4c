//! Component 9, ReferenceLocation (JCVM 6.12): where in the Method component constant pool indexes stand, so that
//! a card can put resolved references in their place.
//!
//! For each block of methods (a compact component is one block) two lists, `u2 count | u1 distance...`, of one-byte and
//! of two-byte indexes. A distance is from the place before, or from the start of the block; 255 adds 255 and says that
//! the next byte continues it. The extended form begins with `u1 count` of the blocks.

use alloc::vec::Vec;

use super::codec::{Cursor, finish};
use super::{CapError, CapErrorReason, CapFormat, ComponentTag};
use crate::bytes::Writer;

/// The ReferenceLocation component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReferenceLocation {
    /// The places in each block of the Method component; one block in a compact file.
    pub blocks: Vec<ReferencePlaces>,
}

/// The places in one block: offsets from its start, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReferencePlaces {
    /// Places of one-byte indexes.
    pub byte_indices: Vec<u16>,
    /// Places of two-byte indexes.
    pub byte2_indices: Vec<u16>,
}

const CONTINUED: u8 = 255;

impl ReferenceLocation {
    pub(super) fn parse(mut cursor: Cursor<'_>, format: CapFormat) -> Result<Self, CapError> {
        let count = if format.is_extended() { cursor.u8()? } else { 1 };
        let blocks = cursor.list(count.into(), |cursor| {
            Ok(ReferencePlaces { byte_indices: read_list(cursor)?, byte2_indices: read_list(cursor)? })
        })?;
        cursor.finish()?;
        Ok(Self { blocks })
    }

    pub(super) fn encode(&self, format: CapFormat) -> Result<Vec<u8>, CapError> {
        let mut writer = Writer::default();
        if format.is_extended() {
            writer.count_u8(self.blocks.len());
        } else {
            writer.count_exactly(self.blocks.len(), 1);
        }
        for list in self.blocks.iter().flat_map(|block| [&block.byte_indices, &block.byte2_indices]) {
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
        let block = ReferencePlaces { byte_indices: places, byte2_indices: Vec::new() };
        for (format, count) in [(CapFormat::V2_1, 1), (CapFormat::Extended2_3, 2)] {
            let component = ReferenceLocation { blocks: alloc::vec![block.clone(); count] };
            let bytes = component.encode(format).unwrap();
            let cursor = Cursor::new(ComponentTag::ReferenceLocation, &bytes);
            assert_eq!(ReferenceLocation::parse(cursor, format).unwrap(), component);
            assert_eq!(bytes[count + 1..count + 8], [0, 254, 255, 0, 255, 255, 0]);
        }
    }

    #[test]
    fn a_list_that_ends_in_a_continuation_is_refused() {
        let cursor = Cursor::new(ComponentTag::ReferenceLocation, &[0, 1, 255, 0, 0]);
        assert!(ReferenceLocation::parse(cursor, CapFormat::V2_1).is_err());
    }
}
