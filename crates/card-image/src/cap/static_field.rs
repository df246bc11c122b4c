//! Component 8, StaticField (JCVM 6.11): the static fields of the package and their first values.
//!
//! The image that it describes holds, in this order: references to arrays with initial values, other references,
//! primitive values that begin as zero, primitive values that do not. References take two bytes.
//!
//! ```text
//! u2 image_size | u2 reference_count | u2 count | array: u1 type | u2 bytes | values ...
//! u2 default_value_count | u2 count | non_default_values
//! ```

use alloc::vec::Vec;

use super::codec::{Cursor, finish};
use super::{ArrayType, CapError, CapErrorReason, ComponentTag};
use crate::bytes::Writer;

/// The StaticField component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StaticField {
    /// Bytes of the image.
    pub image_size: u16,
    /// References in it.
    pub reference_count: u16,
    /// Initial arrays, for the first of the references.
    pub array_inits: Vec<ArrayInit>,
    /// Bytes that begin as zero.
    pub default_value_count: u16,
    /// The bytes at the end of the image.
    pub non_default_values: Vec<u8>,
}

/// The initial value of a static array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrayInit {
    /// Of what.
    pub element: ArrayType,
    /// The elements, big-endian.
    pub values: Vec<u8>,
}

impl StaticField {
    /// The image size that the other items add up to.
    pub fn computed_image_size(&self) -> usize {
        2 * usize::from(self.reference_count)
            + usize::from(self.default_value_count)
            + self.non_default_values.len()
    }

    pub(super) fn parse(mut cursor: Cursor<'_>) -> Result<Self, CapError> {
        let (image_size, reference_count, count) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
        let array_inits = cursor.list(count.into(), |cursor| {
            let offset = cursor.position();
            let code = cursor.u8()?;
            // here the types are numbered as type nibbles are, not as by newarray (JCVM 6.11, table 6-18)
            let element = ArrayType::from_nibble(code).ok_or_else(|| {
                cursor
                    .error(offset, CapErrorReason::Value { item: "array_init_info.type", value: code.into() })
            })?;
            let length = cursor.u16()?;
            Ok(ArrayInit { element, values: cursor.take(length.into())?.to_vec() })
        })?;
        let default_value_count = cursor.u16()?;
        let length = cursor.u16()?;
        let non_default_values = cursor.take(length.into())?.to_vec();
        cursor.finish()?;
        Ok(Self { image_size, reference_count, array_inits, default_value_count, non_default_values })
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, CapError> {
        let mut writer = Writer::default();
        writer.u16(self.image_size);
        writer.u16(self.reference_count);
        writer.count_u16(self.array_inits.len());
        for array in &self.array_inits {
            writer.u8(array.element.nibble());
            writer.count_u16(array.values.len());
            writer.bytes(&array.values);
        }
        writer.u16(self.default_value_count);
        writer.count_u16(self.non_default_values.len());
        writer.bytes(&self.non_default_values);
        finish(ComponentTag::StaticField, writer)
    }
}
