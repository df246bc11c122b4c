//! Component 2, Directory (JCVM 6.5): the sizes of all others.
//!
//! ```text
//! sizes: u2 each of components 1 to 11 [2.2: and 12] [2.3: u4 of 13]  (extended: u4 of 7, 9, 11, 12 as well)
//! u2 image_size | u2 array_init_count | u2 array_init_size | u1 imports | u1 applets
//! [extended: u1 method blocks] | u1 customs
//! custom: u1 tag 128.. | u2 size (extended: u4) | u1 length | AID
//! ```

use alloc::vec::Vec;

use super::codec::{Cursor, finish, write_aid};
use super::{CapError, CapErrorReason, CapFormat, ComponentTag};
use crate::aid::Aid;
use crate::bytes::Writer;

/// The Directory component, as the file has it. [`super::CapFile::directory`] computes what it should say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Directory {
    /// Size of the info of each component in the order of their tags; 0 when there is none. Format 2.1 says
    /// nothing of components 12 and 13, format 2.2 nothing of 13: those are 0 then.
    pub sizes: [u32; 13],
    /// Bytes of the static field image.
    pub image_size: u16,
    /// Arrays with initial values.
    pub array_init_count: u16,
    /// Bytes of their values.
    pub array_init_size: u16,
    /// Imported packages.
    pub import_count: u8,
    /// Applets.
    pub applet_count: u8,
    /// Blocks of the Method component, which only an extended file tells.
    pub block_count: Option<u8>,
    /// Components that the platform does not define.
    pub custom: Vec<CustomComponent>,
}

/// What the Directory says of a component that the platform does not define.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomComponent {
    /// 128 to 255.
    pub tag: u8,
    /// Bytes of its info.
    pub size: u32,
    /// Its name.
    pub aid: Aid,
}

/// How many of the 13 sizes a format has.
fn size_count(format: CapFormat) -> usize {
    match format {
        CapFormat::V2_1 => 11,
        CapFormat::V2_2 => 12,
        CapFormat::V2_3 | CapFormat::Extended2_3 => 13,
    }
}

impl Directory {
    pub(super) fn parse(mut cursor: Cursor<'_>, format: CapFormat) -> Result<Self, CapError> {
        let mut directory = Self::default();
        let tags = ComponentTag::ALL.into_iter().take(size_count(format));
        for (size, tag) in directory.sizes.iter_mut().zip(tags) {
            *size = if tag.is_long(format) { cursor.u32()? } else { cursor.u16()?.into() };
        }
        directory.image_size = cursor.u16()?;
        directory.array_init_count = cursor.u16()?;
        directory.array_init_size = cursor.u16()?;
        directory.import_count = cursor.u8()?;
        directory.applet_count = cursor.u8()?;
        directory.block_count = if format.is_extended() { Some(cursor.u8()?) } else { None };
        let count = cursor.u8()?;
        directory.custom = cursor.list(count.into(), |cursor| {
            let offset = cursor.position();
            let tag = cursor.u8()?;
            if tag < 128 {
                return Err(
                    cursor.error(offset, CapErrorReason::Value { item: "component_tag", value: tag.into() })
                );
            }
            let size = if format.is_extended() { cursor.u32()? } else { cursor.u16()?.into() };
            Ok(CustomComponent { tag, size, aid: cursor.aid()? })
        })?;
        cursor.finish()?;
        Ok(directory)
    }

    pub(super) fn encode(&self, format: CapFormat) -> Result<Vec<u8>, CapError> {
        let mut writer = Writer::default();
        let tags = ComponentTag::ALL.into_iter().take(size_count(format));
        for (size, tag) in self.sizes.iter().zip(tags) {
            if tag.is_long(format) {
                writer.u32(*size);
            } else {
                writer.count_u16(*size as usize);
            }
        }
        writer.u16(self.image_size);
        writer.u16(self.array_init_count);
        writer.u16(self.array_init_size);
        writer.u8(self.import_count);
        writer.u8(self.applet_count);
        if format.is_extended() {
            writer.u8(self.block_count.unwrap_or_default());
        }
        writer.count_u8(self.custom.len());
        for custom in &self.custom {
            writer.u8(custom.tag);
            if format.is_extended() {
                writer.u32(custom.size);
            } else {
                writer.count_u16(custom.size as usize);
            }
            write_aid(&mut writer, &custom.aid);
        }
        finish(ComponentTag::Directory, writer)
    }

    /// The size it gives of a component.
    pub fn size(&self, component: ComponentTag) -> u32 {
        self.sizes.get(component as usize - 1).copied().unwrap_or_default()
    }
}
