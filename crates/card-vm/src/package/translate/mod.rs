//! From bytecode to [`Op`]s on registers.
//!
//! A method is followed block by block. Within a block the operand stack is known not only by its depth but by where
//! each word of it comes from ([`operands`]): its own place, a local variable that has not changed since, or a
//! constant. So loads and constants cost nothing, and a store is the destination of the instruction before. What a
//! word is only known to be is written to its place where somebody could look there: at the end of a block, as
//! arguments of a call, before the variable changes that it stands for. Side effects and exceptions stay in the
//! bytecode's order; local variables are always what the bytecode says, since a handler sees them.
//!
//! A block is translated once for each depth at which control comes to it: once, in verified code, but for
//! subroutines, which may be called at several. Code whose stack runs over or under is refused, so an instruction
//! never names a register outside of its method's window.
//!
//! - [`walk`] finds what can be reached; [`shapes`] what methods take and give;
//! - [`bytecode`] is the one translation of each bytecode, with [`families`] of them, and [`calls`] that of calls;
//! - [`operands`] and [`emit`] are what it speaks in: words of the stack, and instructions, fused where they can be.

mod bytecode;
mod calls;
mod emit;
mod families;
mod operands;
mod shapes;
mod walk;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use card_image::cap::{MethodBlock, MethodHeader, MethodOffset, PoolIndex};

use super::code::{Op, Reg, Shape, Switch, Target, TestedType};
use super::link::LinkError;
use super::resolve::Resolver;
use super::{Handler, Method};
use crate::limits;
use emit::Emitter;
use operands::Operands;
use walk::Walk;

/// The code of a package.
#[derive(Default)]
pub(super) struct Code {
    pub(super) methods: Vec<Method>,
    pub(super) tables: Tables,
}

/// What instructions name by an index in their package.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) switches: Vec<Switch>,
    pub(super) types: Vec<TestedType>,
}

/// A method as the file has it.
struct Source<'a> {
    offset: MethodOffset,
    header: MethodHeader,
    bytecode: &'a [u8],
    handlers: Vec<Covered>,
}

/// An exception handler of a method; offsets count from its first opcode.
#[derive(Clone, Copy)]
struct Covered {
    start: u16,
    end: u16,
    handler: i32,
    catches: Option<PoolIndex>,
}

/// A block at a depth: where it begins in the bytecode, and words on the operand stack.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Key {
    offset: u16,
    depth: u16,
}

/// Translates all methods, in the order of their offsets.
pub(super) fn methods(resolver: &mut Resolver<'_>) -> Result<Code, LinkError> {
    let offsets = &resolver.methods;
    let mut sources = Vec::with_capacity(offsets.len());
    for (at, offset) in offsets.iter().enumerate() {
        // a method ends where the next of its block begins, or with the block
        let next = offsets.get(at + 1).filter(|next| next.block == offset.block);
        let whole = || resolver.cap.method.block(offset.block).map_or(0, MethodBlock::size);
        let end = next.map_or_else(whole, |next| next.offset.into());
        sources.push(source(resolver, *offset, end)?);
    }
    let mut walks = Vec::with_capacity(sources.len());
    for source in &sources {
        let handlers = source.handlers.iter().map(|covered| covered.handler);
        let walk = (!source.header.is_abstract)
            .then(|| Walk::new(source.offset, source.bytecode, handlers))
            .transpose()?;
        walks.push(walk);
    }
    shapes::find(resolver, &sources, &walks);
    let mut code = Code::default();
    for (source, (walk, shape)) in sources.iter().zip(walks.iter().zip(&resolver.shapes)) {
        let method = method(resolver, &mut code.tables, source, walk.as_ref(), *shape)?;
        code.methods.push(method);
    }
    Ok(code)
}

/// Cuts a method out of the file.
fn source<'a>(resolver: &Resolver<'a>, offset: MethodOffset, end: usize) -> Result<Source<'a>, LinkError> {
    let component = &resolver.cap.method;
    let missing = LinkError::NoMethodAt { offset };
    let header = component.header(offset).ok_or(missing)?;
    let length = end.checked_sub(usize::from(offset.offset) + header.size()).ok_or(missing)?;
    let length = u16::try_from(length).map_err(|_| missing)?;
    let (_, bytecode) = component.method(offset, length).ok_or(missing)?;
    let first = offset.offset.saturating_add(header.size() as u16);
    let handlers = component.block(offset.block).map_or(&[][..], |block| &block.handlers);
    let covered = handlers.iter().filter_map(|handler| {
        let start = handler.start.checked_sub(first).filter(|start| *start < length)?;
        Some(Covered {
            start,
            end: start.saturating_add(handler.length),
            handler: i32::from(handler.handler) - i32::from(first),
            catches: handler.catch_type,
        })
    });
    Ok(Source { offset, header, bytecode, handlers: covered.collect() })
}

fn method(
    resolver: &Resolver<'_>,
    tables: &mut Tables,
    source: &Source<'_>,
    walk: Option<&Walk<'_>>,
    shape: Shape,
) -> Result<Method, LinkError> {
    let header = source.header;
    let locals = u16::from(header.nargs) + u16::from(header.max_locals);
    let words = locals + u16::from(header.max_stack);
    if words > limits::WINDOW_WORDS {
        return Err(LinkError::Window { method: source.offset, words });
    }
    // a `ret` may lead unverified code to where it did not fill its operand stack
    let fresh = if walk.is_some_and(|walk| walk.has_ret) { words } else { locals };
    let mut method = Method {
        code: Box::default(),
        origins: Box::default(),
        handlers: Box::default(),
        shape,
        locals: locals as u8,
        fresh: fresh as u8,
        words,
    };
    let Some(walk) = walk else { return Ok(method) };
    let mut translation = Translation {
        resolver,
        tables,
        walk,
        method: source.offset,
        operands: Operands::new(locals, header.max_stack.into()),
        out: Emitter::default(),
        known: BTreeMap::new(),
        waiting: BTreeSet::new(),
        at: 0,
    };
    method.handlers = translation.run(&source.handlers)?.into();
    method.code = translation.out.ops.into();
    method.origins = translation.out.origins.into();
    Ok(method)
}

/// The translation of one method.
struct Translation<'a, 'r> {
    resolver: &'a Resolver<'r>,
    tables: &'a mut Tables,
    walk: &'a Walk<'a>,
    method: MethodOffset,
    operands: Operands,
    out: Emitter,
    /// Where the blocks that are translated begin.
    known: BTreeMap<Key, Target>,
    /// The blocks that are still to be translated.
    waiting: BTreeSet<Key>,
    /// The bytecode that is being translated.
    at: u16,
}

/// Whether control passes on to the next bytecode.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Ends,
}

impl Translation<'_, '_> {
    fn run(&mut self, handlers: &[Covered]) -> Result<Vec<Handler>, LinkError> {
        self.waiting.insert(Key { offset: 0, depth: 0 });
        for covered in handlers {
            self.waiting.insert(self.handler_key(covered)?);
        }
        while let Some(key) = self.waiting.pop_first() {
            if !self.known.contains_key(&key) {
                self.blocks_from(key)?;
            }
        }
        self.link_jumps()?;
        handlers.iter().map(|covered| self.handler(covered)).collect()
    }

    fn handler_key(&self, covered: &Covered) -> Result<Key, LinkError> {
        let wrong = LinkError::Branch { method: self.method, target: covered.handler };
        if self.operands.limit() == 0 {
            return Err(LinkError::Stack { method: self.method, at: covered.start });
        }
        Ok(Key { offset: u16::try_from(covered.handler).map_err(|_| wrong)?, depth: 1 })
    }

    fn handler(&self, covered: &Covered) -> Result<Handler, LinkError> {
        let catches = match covered.catches {
            Some(index) => Some(self.resolver.class_constant(index)?),
            None => None,
        };
        let target = self.target(self.handler_key(covered)?)?;
        Ok(Handler { start: covered.start, end: covered.end, target, catches })
    }

    /// Translates a block, and those that control falls through to.
    fn blocks_from(&mut self, key: Key) -> Result<(), LinkError> {
        self.begin(key)?;
        let mut offset = key.offset;
        loop {
            self.at = offset;
            let Some(instruction) = self.walk.instructions.get(&offset) else {
                self.emit(Op::End);
                return Ok(());
            };
            let flow = self.bytecode(instruction)?;
            let next = instruction.end().filter(|_| flow == Flow::Next);
            let Some(next) = next else { return Ok(()) };
            if self.walk.starts.contains(&next) {
                self.write_all();
                let key = Key { offset: next, depth: self.operands.depth() };
                if self.known.contains_key(&key) {
                    self.goto(key);
                    return Ok(());
                }
                self.begin(key)?;
            }
            offset = next;
        }
    }

    fn begin(&mut self, key: Key) -> Result<(), LinkError> {
        let copies = self.known.range(Key { depth: 0, ..key }..=Key { depth: u16::MAX, ..key }).count();
        if copies >= limits::BLOCK_COPIES {
            return Err(LinkError::Stack { method: self.method, at: key.offset });
        }
        let start = Target::try_from(self.out.ops.len());
        let start = start.map_err(|_| LinkError::TooLarge { what: "the code of a method" })?;
        self.known.insert(key, start);
        self.out.fence();
        self.operands.reset(key.depth);
        Ok(())
    }

    fn target(&self, key: Key) -> Result<Target, LinkError> {
        let wrong = LinkError::Branch { method: self.method, target: key.offset.into() };
        self.known.get(&key).copied().ok_or(wrong)
    }

    /// Gives the jumps their targets, now that all blocks have their places.
    fn link_jumps(&mut self) -> Result<(), LinkError> {
        if self.out.ops.len() > usize::from(Target::MAX) {
            return Err(LinkError::TooLarge { what: "the code of a method" });
        }
        for (index, key) in core::mem::take(&mut self.out.jumps) {
            let target = self.target(key)?;
            if let Some(op) = self.out.ops.get_mut(index) {
                op.set_target(target);
            }
        }
        for (index, keys) in core::mem::take(&mut self.out.switches) {
            let mut targets = Vec::with_capacity(keys.len());
            for key in keys {
                targets.push(self.target(key)?);
            }
            if let Some(switch) = self.tables.switches.get_mut(usize::from(index)) {
                switch.set_targets(&targets);
            }
        }
        Ok(())
    }

    fn unbalanced(&self) -> LinkError {
        LinkError::Stack { method: self.method, at: self.at }
    }

    /// Adds an instruction to what the present bytecode becomes.
    fn emit(&mut self, op: Op) {
        self.out.emit(self.at, op);
    }

    /// The register of a local variable of so many words.
    fn local(&self, index: u8, words: u16) -> Result<Reg, LinkError> {
        if u16::from(index) + words > self.operands.locals() {
            return Err(LinkError::Local { method: self.method, at: self.at, local: index });
        }
        Ok(Reg(index))
    }
}
