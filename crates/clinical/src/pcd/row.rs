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
        let fields = segment.first_fields::<19>();
        Self {
            value_type: fields.field(2),
            identifier: fields.field(3),
            sub_id: fields.field(4),
            value: fields.field(5),
            unit: fields.field(6),
            flags: fields.field(8),
            status: fields.field(11),
            time: fields.field(14),
            equipment: fields.field(18),
        }
    }
}
