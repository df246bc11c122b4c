//! Which bytecodes of a method can be reached, and where its blocks begin.
//!
//! Only what can be reached is decoded: without a Descriptor nothing tells where a method's code ends. A jump into the
//! middle of another instruction is refused.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use card_image::cap::MethodOffset;
use card_image::opcode::{Instruction, Opcode};

use crate::package::code::ResultWords;
use crate::package::link::LinkError;

/// The reachable code of a method.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    /// By their offsets.
    pub(super) instructions: BTreeMap<u16, Instruction<'a>>,
    /// Where control comes from elsewhere than the instruction before: targets of jumps, and handlers.
    pub(super) starts: BTreeSet<u16>,
    /// What its return instructions give.
    pub(super) result: ResultWords,
    /// Whether there is a `ret`.
    pub(super) has_ret: bool,
}

impl<'a> Walk<'a> {
    /// Walks through a method's bytecode from its beginning and from its handlers.
    pub(super) fn new(
        method: MethodOffset,
        bytecode: &'a [u8],
        handlers: impl Iterator<Item = i32>,
    ) -> Result<Walk<'a>, LinkError> {
        let mut walk = Walk {
            instructions: BTreeMap::new(),
            starts: BTreeSet::new(),
            result: ResultWords::Unknown,
            has_ret: false,
        };
        let mut waiting = alloc::vec![0];
        for handler in handlers {
            waiting.push(walk.start(method, bytecode, handler)?);
        }
        while let Some(offset) = waiting.pop() {
            walk.follow(method, bytecode, offset, &mut waiting)?;
        }
        walk.check_overlaps(method)?;
        Ok(walk)
    }

    /// Decodes from an offset to where control does not pass on, or what follows is known.
    fn follow(
        &mut self,
        method: MethodOffset,
        bytecode: &'a [u8],
        from: u16,
        waiting: &mut Vec<u16>,
    ) -> Result<(), LinkError> {
        let mut next = Some(from);
        while let Some(offset) = next {
            // code that ends without a return is for the translation to close
            if usize::from(offset) >= bytecode.len() || self.instructions.contains_key(&offset) {
                break;
            }
            let decoded = Instruction::decode(bytecode, offset);
            let instruction = decoded.map_err(|error| LinkError::Decode { method, error })?;
            self.instructions.insert(offset, instruction);
            for distance in instruction.branches() {
                let target = i32::from(offset) + i32::from(distance);
                waiting.push(self.start(method, bytecode, target)?);
            }
            self.note(instruction.opcode);
            next = instruction.end().filter(|_| !instruction.opcode.ends_flow());
            if instruction.opcode == Opcode::Jsr
                && let Some(back) = next
            {
                self.starts.insert(back);
            }
        }
        Ok(())
    }

    fn start(&mut self, method: MethodOffset, bytecode: &[u8], target: i32) -> Result<u16, LinkError> {
        let found = u16::try_from(target).ok().filter(|offset| usize::from(*offset) < bytecode.len());
        let offset = found.ok_or(LinkError::Branch { method, target })?;
        self.starts.insert(offset);
        Ok(offset)
    }

    fn note(&mut self, opcode: Opcode) {
        let result = match opcode {
            Opcode::Return => ResultWords::None,
            Opcode::Sreturn | Opcode::Areturn => ResultWords::One,
            Opcode::Ireturn => ResultWords::Two,
            Opcode::Ret => {
                self.has_ret = true;
                return;
            }
            _ => return,
        };
        if self.result == ResultWords::Unknown {
            self.result = result;
        }
    }

    fn check_overlaps(&self, method: MethodOffset) -> Result<(), LinkError> {
        let mut end = 0;
        for (offset, instruction) in &self.instructions {
            if u32::from(*offset) < end {
                return Err(LinkError::Branch { method, target: i32::from(*offset) });
            }
            end = u32::from(*offset) + u32::from(instruction.length);
        }
        Ok(())
    }
}
