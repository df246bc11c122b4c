//! Component 7, Method (JCVM 6.10): exception handlers and the code of all methods.
//!
//! ```text
//! u1 count | handler: u2 start | stop bit, 15 bits length | u2 handler | u2 catch type ... | method...
//! method = flags 4 bits, max_stack 4 bits | nargs 4 bits, max_locals 4 bits | bytecode
//!        | flags 4 bits, 0 4 bits | u1 max_stack | u1 nargs | u1 max_locals | bytecode      (extended header)
//! ```
//! The component does not say where a method ends: the Descriptor does. All offsets count from the start of the
//! component's info, the handlers included.
//!
//! The extended form is `u1 count | u4 offset of each block | block...`, each block laid out as above and at most
//! 65,535 bytes long; offsets inside of it count from its own start. A method and its handlers are in one block.

use alloc::vec::Vec;

use super::codec::{Cursor, finish};
use super::limits::{MAX_BLOCK, MAX_SHORT_WORDS};
use super::{CapError, CapErrorReason, CapFormat, ComponentTag, MethodOffset, PoolIndex};
use crate::bytes::Writer;

const EXTENDED: u8 = 0x8;
const ABSTRACT: u8 = 0x4;

/// The Method component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MethodComponent {
    /// The blocks; one in a compact file.
    pub blocks: Vec<MethodBlock>,
}

/// Methods and their exception handlers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MethodBlock {
    /// The exception handlers of all methods.
    pub handlers: Vec<ExceptionHandler>,
    /// The methods, one behind the other; the first begins at offset [`Self::code_start`].
    pub code: Vec<u8>,
}

/// An exception handler (JCVM 6.10.1); offsets count from the start of the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExceptionHandler {
    /// The first instruction it covers.
    pub start: u16,
    /// How many bytes it covers, at most 32,767.
    pub length: u16,
    /// No later handler covers the same instructions.
    pub stop: bool,
    /// Where it begins.
    pub handler: u16,
    /// The class that it catches; `None` for `finally`.
    pub catch_type: Option<PoolIndex>,
}

/// What stands before a method's bytecode (JCVM 6.10.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodHeader {
    /// It has the long form, in four bytes.
    pub extended: bool,
    /// There is no code.
    pub is_abstract: bool,
    /// Words of operand stack.
    pub max_stack: u8,
    /// Words of arguments, the object included.
    pub nargs: u8,
    /// Words of local variables besides the arguments.
    pub max_locals: u8,
}

impl MethodHeader {
    /// The shortest header for these sizes.
    pub fn new(max_stack: u8, nargs: u8, max_locals: u8) -> Self {
        let extended = [max_stack, nargs, max_locals].into_iter().any(|words| words > MAX_SHORT_WORDS);
        Self { extended, is_abstract: false, max_stack, nargs, max_locals }
    }

    /// The header of a method without code.
    pub fn of_abstract(nargs: u8) -> Self {
        Self { is_abstract: true, ..Self::new(0, nargs, 0) }
    }

    /// How many bytes it takes.
    pub fn size(&self) -> usize {
        if self.extended { 4 } else { 2 }
    }

    /// Reads it from the front of `bytes`.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let first = *bytes.first()?;
        let (extended, is_abstract) = (first >> 4 & EXTENDED != 0, first >> 4 & ABSTRACT != 0);
        if extended {
            let [_, max_stack, nargs, max_locals] = *bytes.first_chunk()?;
            Some(Self { extended, is_abstract, max_stack, nargs, max_locals })
        } else {
            let [_, second] = *bytes.first_chunk()?;
            Some(Self {
                extended,
                is_abstract,
                max_stack: first & 0x0F,
                nargs: second >> 4,
                max_locals: second & 0x0F,
            })
        }
    }

    /// As bytes of a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let abstract_bit = if self.is_abstract { ABSTRACT << 4 } else { 0 };
        if self.extended {
            alloc::vec![EXTENDED << 4 | abstract_bit, self.max_stack, self.nargs, self.max_locals]
        } else {
            alloc::vec![abstract_bit | self.max_stack & 0x0F, self.nargs << 4 | self.max_locals & 0x0F]
        }
    }
}

impl MethodComponent {
    /// The block of a number.
    pub fn block(&self, number: u8) -> Option<&MethodBlock> {
        self.blocks.get(usize::from(number))
    }

    /// The header at `place`.
    pub fn header(&self, place: MethodOffset) -> Option<MethodHeader> {
        MethodHeader::read(self.block(place.block)?.from(place.offset)?)
    }

    /// The header at `place` and `length` bytes of bytecode behind it.
    pub fn method(&self, place: MethodOffset, length: u16) -> Option<(MethodHeader, &[u8])> {
        let bytes = self.block(place.block)?.from(place.offset)?;
        let header = MethodHeader::read(bytes)?;
        let end = header.size() + usize::from(length);
        Some((header, bytes.get(header.size()..end)?))
    }

    pub(super) fn parse(mut cursor: Cursor<'_>, format: CapFormat) -> Result<Self, CapError> {
        if !format.is_extended() {
            let handlers = read_handlers(&mut cursor)?;
            return Ok(Self { blocks: alloc::vec![MethodBlock { handlers, code: cursor.rest().to_vec() }] });
        }
        let count = usize::from(cursor.u8()?);
        let table = cursor.position();
        let offsets = cursor.list(count, Cursor::u32)?;
        let mut ends = offsets.iter().skip(1).copied();
        let mut blocks = Vec::new();
        for (index, offset) in offsets.iter().enumerate() {
            let wrong = |value| CapErrorReason::Value { item: "method_component_block_offset", value };
            if *offset as usize != cursor.position() {
                return Err(cursor.error(table + 4 * index, wrong(*offset)));
            }
            let end = ends.next().map_or(cursor.position() + cursor.left(), |end| end as usize);
            let handlers = read_handlers(&mut cursor)?;
            let length = end.checked_sub(cursor.position());
            let length = length.filter(|_| end - *offset as usize <= MAX_BLOCK);
            let length = length.ok_or_else(|| cursor.error(table + 4 * index, wrong(end as u32)))?;
            blocks.push(MethodBlock { handlers, code: cursor.take(length)?.to_vec() });
        }
        cursor.finish()?;
        Ok(Self { blocks })
    }

    pub(super) fn encode(&self, format: CapFormat) -> Result<Vec<u8>, CapError> {
        let mut writer = Writer::default();
        if format.is_extended() {
            writer.count_u8(self.blocks.len());
            let mut offset = 1 + 4 * self.blocks.len();
            for block in &self.blocks {
                writer.u32(offset as u32);
                offset += block.size();
            }
        } else {
            writer.count_exactly(self.blocks.len(), 1);
        }
        for block in &self.blocks {
            write_block(&mut writer, block);
        }
        finish(ComponentTag::Method, writer)
    }
}

impl MethodBlock {
    /// Where the first method begins.
    pub fn code_start(&self) -> usize {
        1 + 8 * self.handlers.len()
    }

    /// Bytes that it takes.
    pub fn size(&self) -> usize {
        self.code_start() + self.code.len()
    }

    /// The bytes from `offset` to the end of the block.
    pub fn from(&self, offset: u16) -> Option<&[u8]> {
        self.code.get(usize::from(offset).checked_sub(self.code_start())?..)
    }
}

fn read_handlers(cursor: &mut Cursor<'_>) -> Result<Vec<ExceptionHandler>, CapError> {
    let count = cursor.u8()?;
    cursor.list(count.into(), |cursor| {
        let (start, bits) = (cursor.u16()?, cursor.u16()?);
        let (handler, catch_type) = (cursor.u16()?, cursor.u16()?);
        let catch_type = (catch_type != 0).then_some(PoolIndex(catch_type));
        Ok(ExceptionHandler { start, length: bits & 0x7FFF, stop: bits & 0x8000 != 0, handler, catch_type })
    })
}

fn write_block(writer: &mut Writer, block: &MethodBlock) {
    writer.count_u8(block.handlers.len());
    for handler in &block.handlers {
        writer.u16(handler.start);
        writer.u16(handler.length & 0x7FFF | if handler.stop { 0x8000 } else { 0 });
        writer.u16(handler.handler);
        writer.u16(handler.catch_type.unwrap_or_default().0);
    }
    writer.bytes(&block.code);
}
