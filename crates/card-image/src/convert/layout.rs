//! The Method component: methods one behind the other, their handlers in front, and the places of constant pool
//! indexes for the ReferenceLocation component (JCVM 6.10, 6.12).
//!
//! A compact component is one block. An extended one has as many as it takes: a method goes into the block that the one
//! before went into, unless it is full.

use super::assemble::{Assembled, assemble, byte};
use super::components::{Builder, Converted, MethodKey, MethodPlace};
use super::debug::Source;
use super::diagnostic::Problem;
use super::pool::Pool;
use crate::cap::limits::{MAX_BLOCK, MAX_BLOCKS};
use crate::cap::{
    ExceptionHandler, MethodBlock, MethodComponent, MethodHeader, MethodOffset, PoolIndex, ReferenceLocation,
    ReferencePlaces,
};

/// Exception handlers of one block, as one byte counts them.
const MAX_HANDLERS: usize = 255;

/// A method ready to be placed.
struct Ready {
    key: MethodKey,
    header: MethodHeader,
    body: Assembled,
    source: Source,
}

impl Ready {
    fn new(key: MethodKey, method: &Converted, pool: &Pool) -> Result<Self, (MethodKey, Problem)> {
        let made = match method {
            Converted::Code(code) => assemble(code, pool).map(|body| {
                let header = MethodHeader::new(body.max_stack, body.arguments, body.locals);
                (header, Source::new(&body, &code.slots), body)
            }),
            Converted::Abstract(words) => byte("words of arguments", (*words).into())
                .map(|words| (MethodHeader::of_abstract(words), Source::default(), Assembled::default())),
        };
        match made {
            Ok((header, source, body)) => Ok(Self { key, header, body, source }),
            Err(problem) => Err((key, problem)),
        }
    }

    /// Bytes that it adds to a block.
    fn size(&self) -> usize {
        self.header.size() + self.body.bytes.len() + 8 * self.body.handlers.len()
    }
}

impl Builder<'_> {
    /// Places all methods.
    pub(super) fn lay_out_methods(
        &mut self,
        methods: Vec<(MethodKey, Converted)>,
        pool: &Pool,
    ) -> Result<(MethodComponent, ReferenceLocation), (MethodKey, Problem)> {
        let mut blocks: Vec<Vec<Ready>> = vec![Vec::new()];
        let (mut size, mut handlers) = (1, 0);
        for (key, method) in methods {
            let ready = Ready::new(key, &method, pool)?;
            size += ready.size();
            handlers += ready.body.handlers.len();
            if size > MAX_BLOCK || handlers > MAX_HANDLERS {
                let full = if size > MAX_BLOCK {
                    ("bytes of methods", size, MAX_BLOCK)
                } else {
                    ("exception handlers", handlers, MAX_HANDLERS)
                };
                (size, handlers) = (1 + ready.size(), ready.body.handlers.len());
                let alone_fits = size <= MAX_BLOCK && handlers <= MAX_HANDLERS;
                if !self.format.is_extended() || !alone_fits || blocks.len() == MAX_BLOCKS {
                    let (what, count, limit) = full;
                    return Err((ready.key, Problem::Limit { what, count, limit }));
                }
                blocks.push(Vec::new());
            }
            if let Some(block) = blocks.last_mut() {
                block.push(ready);
            }
        }
        let (mut component, mut locations) = (MethodComponent::default(), ReferenceLocation::default());
        for (number, methods) in (0..).zip(blocks) {
            let (block, places) = self.lay_out_block(number, &methods);
            component.blocks.push(block);
            locations.blocks.push(places);
        }
        Ok((component, locations))
    }

    fn lay_out_block(&mut self, number: u8, methods: &[Ready]) -> (MethodBlock, ReferencePlaces) {
        let handlers: usize = methods.iter().map(|method| method.body.handlers.len()).sum();
        let (mut block, mut places) = (MethodBlock::default(), ReferencePlaces::default());
        let mut next = 1 + 8 * handlers;
        for Ready { key, header, body, source } in methods {
            self.sources.insert(key.clone(), source.clone());
            let start = (next + header.size()) as u16;
            let place = MethodPlace {
                offset: MethodOffset { block: number, offset: next as u16 },
                header: header.size() as u8,
                bytecode: body.bytes.len() as u16,
                handlers: body.handlers.len() as u16,
                first_handler: block.handlers.len() as u16,
            };
            self.methods.insert(key.clone(), place);
            block.handlers.extend(handlers_at(body, start));
            block.code.extend(header.to_bytes());
            block.code.extend(&body.bytes);
            places.byte_indices.extend(body.byte_indexes.iter().map(|offset| start + offset));
            places.byte2_indices.extend(body.word_indexes.iter().map(|offset| start + offset));
            next += header.size() + body.bytes.len();
        }
        // the handlers stand before all code, and what they catch is an index too (JCVM 6.12)
        let catches = block.handlers.iter().enumerate().filter(|(_, handler)| handler.catch_type.is_some());
        let caught: Vec<u16> = catches.map(|(index, _)| 1 + 8 * index as u16 + 6).collect();
        places.byte2_indices.splice(0..0, caught);
        (block, places)
    }
}

/// A method's handlers in the component. A handler's stop bit says that no later one of the method covers any of
/// its range (JCVM 6.10.1).
fn handlers_at(body: &Assembled, start: u16) -> Vec<ExceptionHandler> {
    let handler = |(number, (from, to, target, catch)): (usize, &(u16, u16, u16, Option<u16>))| {
        let later = &body.handlers[number + 1..];
        ExceptionHandler {
            start: start + from,
            length: to - from,
            stop: !later.iter().any(|(other_from, other_to, ..)| other_from < to && from < other_to),
            handler: start + target,
            catch_type: catch.map(PoolIndex),
        }
    };
    body.handlers.iter().enumerate().map(handler).collect()
}
