//! An OBX segment, its fields found in one pass.

use crate::hl7::{Field, Segment};

/// The fields of an OBX that PCD-01 uses. Those that the segment does not reach are empty.
#[derive(Debug, Clone, Copy)]
pub struct ObxRow<'a> {
    /// OBX-2: the type of OBX-5.
    pub value_type: Field<'a>,
    /// OBX-3: what was observed, `code^refid^MDC`.
    pub identifier: Field<'a>,
    /// OBX-4: where in the device, `MDS.VMD.CHAN.METRIC`.
    pub sub_id: Field<'a>,
    /// OBX-5: the value.
    pub value: Field<'a>,
    /// OBX-6: its unit.
    pub unit: Field<'a>,
    /// OBX-8: what is to be said of it.
    pub flags: Field<'a>,
    /// OBX-11: its status.
    pub status: Field<'a>,
    /// OBX-14: when, if not at OBR-7.
    pub time: Field<'a>,
    /// OBX-18: the device's own id.
    pub equipment: Field<'a>,
}

impl<'a> ObxRow<'a> {
    /// The fields of `segment`.
    #[must_use]
    pub fn of(segment: Segment<'a>) -> Self {
        let nothing = segment.field(0);
        let mut row = Self {
            value_type: nothing,
            identifier: nothing,
            sub_id: nothing,
            value: nothing,
            unit: nothing,
            flags: nothing,
            status: nothing,
            time: nothing,
            equipment: nothing,
        };
        for (number, field) in (1..=18).zip(segment.fields()) {
            match number {
                2 => row.value_type = field,
                3 => row.identifier = field,
                4 => row.sub_id = field,
                5 => row.value = field,
                6 => row.unit = field,
                8 => row.flags = field,
                11 => row.status = field,
                14 => row.time = field,
                18 => row.equipment = field,
                _ => {}
            }
        }
        row
    }
}
