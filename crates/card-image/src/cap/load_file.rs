//! The load file: the components one after the other, each with tag and size, as LOAD commands carry them
//! (GlobalPlatform Card Specification 2.3.1, 11.6.2.3: an optional DAP block `E2`, then the data block `C4`).

use alloc::vec::Vec;

use super::{CapError, CapFile, CapFormat, ComponentTag, Components, Header};
use crate::bytes::{Reader, Short};

/// Why bytes are no load file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadFileError {
    /// The file ends inside an item.
    #[error("offset {offset}: {needed} bytes are needed and {left} are left")]
    Truncated {
        /// Where the item begins, in bytes from the start of the file.
        offset: usize,
        /// Bytes it has.
        needed: usize,
        /// Bytes there are.
        left: usize,
    },
    /// No component or block has this tag.
    #[error("offset {offset}: unknown tag {tag:#04x}")]
    Tag {
        /// Where it stands.
        offset: usize,
        /// The tag.
        tag: u8,
    },
    /// A BER length of a form that no block needs.
    #[error("offset {offset}: length form {form:#04x}")]
    Length {
        /// Where it stands.
        offset: usize,
        /// Its first byte.
        form: u8,
    },
    /// A component comes twice.
    #[error("offset {offset}: a second {component} component")]
    Twice {
        /// Where the second begins.
        offset: usize,
        /// Which it is.
        component: ComponentTag,
    },
    /// Bytes follow the data block.
    #[error("offset {offset}: {left} bytes after the data block")]
    TrailingBytes {
        /// Where they begin.
        offset: usize,
        /// How many.
        left: usize,
    },
    /// A component cannot be read.
    #[error(transparent)]
    Component(#[from] CapError),
}

impl From<Short> for LoadFileError {
    fn from(short: Short) -> Self {
        Self::Truncated { offset: short.offset, needed: short.needed, left: short.left }
    }
}

const DAP_BLOCK: u8 = 0xE2;
const DATA_BLOCK: u8 = 0xC4;

impl CapFile {
    /// Reads a load file: its data block, or the components without any block around them.
    pub fn from_load_file(bytes: &[u8]) -> Result<Self, LoadFileError> {
        let mut reader = Reader::new(bytes);
        if bytes.first().is_some_and(|tag| *tag == DAP_BLOCK || *tag == DATA_BLOCK) {
            let block = data_block(&mut reader)?;
            return Self::from_data_block(block);
        }
        Self::from_data_block(bytes)
    }

    fn from_data_block(block: &[u8]) -> Result<Self, LoadFileError> {
        let mut reader = Reader::new(block);
        let mut components = Components::default();
        // how sizes are written is known when the Header is, which comes first
        let mut format = CapFormat::V2_1;
        while !reader.is_empty() {
            let offset = reader.position();
            let tag = reader.u8()?;
            let component = ComponentTag::from_byte(tag);
            let long = component.map_or(format.is_extended(), |component| component.is_long(format));
            let size = if long { reader.u32()? as usize } else { reader.u16()?.into() };
            let info = reader.take(size)?;
            if component == Some(ComponentTag::Header) && Header::is_extended(info) {
                format = CapFormat::Extended2_3;
            }
            match component {
                Some(component) => {
                    if components.set(component, info).is_some() {
                        return Err(LoadFileError::Twice { offset, component });
                    }
                }
                // components of the vendor's own have the high bit; a card that does not know them passes over them
                None if tag >= 0x80 => {}
                None => return Err(LoadFileError::Tag { offset, tag }),
            }
        }
        Ok(Self::parse_components(&components)?)
    }

    /// Writes a load file: a data block (`C4`) with the components in load order, without debug information.
    pub fn to_load_file(&self) -> Result<Vec<u8>, CapError> {
        let components = self.encode_components()?;
        let mut block = Vec::new();
        for tag in ComponentTag::LOAD_ORDER {
            for (_, info) in components.iter().filter(|(component, _)| *component == tag) {
                block.extend(framed(tag, info, self.header.format)?);
            }
        }
        let mut file = Vec::from([DATA_BLOCK]);
        match block.len() {
            length @ ..0x80 => file.push(length as u8),
            length @ ..0x100 => file.extend([0x81, length as u8]),
            length @ ..0x1_0000 => file.extend([0x82, (length >> 8) as u8, length as u8]),
            length => file.extend([0x83, (length >> 16) as u8, (length >> 8) as u8, length as u8]),
        }
        file.extend(block);
        Ok(file)
    }
}

/// A component with its tag and size before it.
pub(super) fn framed(tag: ComponentTag, info: &[u8], format: CapFormat) -> Result<Vec<u8>, CapError> {
    let mut bytes = Vec::from([tag as u8]);
    if tag.is_long(format) {
        bytes.extend((info.len() as u32).to_be_bytes());
    } else {
        let size = u16::try_from(info.len()).map_err(|_| CapError {
            component: tag,
            offset: 0,
            reason: super::CapErrorReason::TooMany { count: info.len(), limit: u16::MAX.into() },
        })?;
        bytes.extend(size.to_be_bytes());
    }
    bytes.extend_from_slice(info);
    Ok(bytes)
}

fn data_block<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], LoadFileError> {
    loop {
        let offset = reader.position();
        let tag = reader.u8()?;
        let length = ber_length(reader)?;
        let value = reader.take(length)?;
        match tag {
            DAP_BLOCK => {}
            DATA_BLOCK if reader.is_empty() => return Ok(value),
            DATA_BLOCK => {
                return Err(LoadFileError::TrailingBytes { offset: reader.position(), left: reader.left() });
            }
            tag => return Err(LoadFileError::Tag { offset, tag }),
        }
    }
}

fn ber_length(reader: &mut Reader<'_>) -> Result<usize, LoadFileError> {
    let offset = reader.position();
    let form = reader.u8()?;
    let more = match form {
        0..=0x7F => return Ok(form.into()),
        0x81..=0x83 => form - 0x80,
        _ => return Err(LoadFileError::Length { offset, form }),
    };
    let bytes = reader.take(more.into())?;
    Ok(bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)))
}
