//! The Method component beside the Descriptor: where methods begin and end, their headers and handlers (JCVM 6.10).

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use crate::cap::limits::{MAX_BLOCKS, MAX_METHOD_BYTES};
use crate::cap::{
    ComponentTag, ExceptionHandler, MethodBlock, MethodDescriptor, MethodHeader, MethodOffset, PoolIndex,
};
use crate::opcode::{Instruction, Opcode, instructions};
use crate::verify::finding::Rule;
use crate::verify::report::Report;
use crate::verify::world::{ClassKey, Signature, World, text};

const TAG: ComponentTag = ComponentTag::Method;

/// A method's code, taken apart.
#[derive(Debug)]
pub(in crate::verify) struct Code<'a> {
    pub(in crate::verify) class: ClassKey,
    pub(in crate::verify) method: &'a MethodDescriptor,
    pub(in crate::verify) header: MethodHeader,
    pub(in crate::verify) signature: Signature,
    /// In the order of their offsets, which count from the first opcode.
    pub(in crate::verify) instructions: Vec<Instruction<'a>>,
    pub(in crate::verify) handlers: Vec<Handler>,
    /// Where the first opcode is in its block of the component.
    pub(in crate::verify) start: usize,
}

/// An exception handler of a method; offsets count from the first opcode.
#[derive(Debug, Clone, Copy)]
pub(in crate::verify) struct Handler {
    pub(in crate::verify) start: u16,
    pub(in crate::verify) end: u16,
    pub(in crate::verify) target: u16,
    pub(in crate::verify) catch: Option<PoolIndex>,
    stop: bool,
}

impl Code<'_> {
    /// The instruction that begins at `offset`.
    pub(in crate::verify) fn index_of(&self, offset: u16) -> Option<usize> {
        self.instructions.binary_search_by_key(&offset, |instruction| instruction.offset).ok()
    }
}

/// Checks the layout of the component and takes all methods with code apart. What cannot be is left out.
pub(in crate::verify) fn check_methods<'a>(world: &World<'a>, report: &mut Report) -> Vec<Code<'a>> {
    let component = &world.cap.method;
    check_block_count(world, report);
    let mut codes = Vec::new();
    let mut places = Vec::new();
    let mut handlers = BTreeSet::new();
    for (index, class) in world.own.iter().enumerate() {
        if class.descriptor.flags.is_interface() {
            continue;
        }
        for method in &class.descriptor.methods {
            let Some((header, bytecode)) = component.method(method.offset, method.bytecode_count) else {
                report.add(Rule::MethodLayout, TAG, "a method inside of the component", text(method.offset));
                continue;
            };
            let first = usize::from(method.offset.offset);
            let start = first + header.size();
            places.push((method.offset.block, first, start + bytecode.len()));
            let Some(signature) = world.signature_of(method) else { continue };
            check_header(method, &header, &signature, report);
            let Some(own_handlers) = own_handlers(world, method, start, &mut handlers, report) else {
                continue;
            };
            if header.is_abstract {
                continue;
            }
            let Some(instructions) = decode(world, method.offset, bytecode, report) else { continue };
            let class = ClassKey::Own(index as u16);
            let code = Code { class, method, header, signature, instructions, handlers: own_handlers, start };
            check_handlers(&code, bytecode.len(), report);
            codes.push(code);
        }
    }
    places.sort_unstable();
    for (number, block) in (0..=u8::MAX).zip(&component.blocks) {
        check_places(number, block, &places, report);
        let used = handlers.iter().filter(|(own, _)| *own == number).count();
        if used != block.handlers.len() {
            let found = format!("{} in block {number}", block.handlers.len());
            report.add(Rule::MethodLayout, TAG, "a method for each exception handler", found);
        }
    }
    codes
}

/// A compact component is one block, an extended one has up to 127; each has its list of references.
fn check_block_count(world: &World<'_>, report: &mut Report) {
    let (blocks, lists) = (world.cap.method.blocks.len(), world.cap.reference_location.blocks.len());
    if !(1..=MAX_BLOCKS).contains(&blocks) {
        report.add(Rule::MethodBlocks, TAG, format!("1 to {MAX_BLOCKS} blocks"), text(blocks));
    }
    report.same(Rule::MethodBlocks, ComponentTag::ReferenceLocation, "blocks", blocks, lists);
}

/// Checks that the methods of a block, of which each is block, start and end, fill it. They are in order.
fn check_places(number: u8, block: &MethodBlock, places: &[(u8, usize, usize)], report: &mut Report) {
    let mut next = block.code_start();
    for (_, start, behind) in places.iter().filter(|(own, ..)| *own == number) {
        if *start != next {
            let expected = format!("a method at offset {next} of block {number}");
            report.add(Rule::MethodLayout, TAG, expected, format!("one at {start}"));
        }
        next = *behind;
    }
    if next != block.size() {
        let expected = format!("methods up to offset {} of block {number}", block.size());
        report.add(Rule::MethodLayout, TAG, expected, format!("up to {next}"));
    }
}

fn check_header(
    method: &MethodDescriptor,
    header: &MethodHeader,
    signature: &Signature,
    report: &mut Report,
) {
    let this = usize::from(!method.flags.is_static());
    let words = signature.words() + this;
    let mut wrong = |expected: &str, found: usize| {
        report.add_in_method(Rule::MethodHeader, method.offset, None, expected, text(found));
    };
    if header.is_abstract != method.flags.is_abstract() {
        wrong("ACC_ABSTRACT as described", header.is_abstract.into());
    }
    if usize::from(header.nargs) != words {
        wrong(&format!("nargs {words}"), header.nargs.into());
    }
    if usize::from(method.bytecode_count) > MAX_METHOD_BYTES {
        wrong(&format!("at most {MAX_METHOD_BYTES} bytes"), method.bytecode_count.into());
    }
    if header.is_abstract && method.bytecode_count != 0 {
        wrong("no code in an abstract method", method.bytecode_count.into());
    }
    if usize::from(header.nargs) + usize::from(header.max_locals) > 255 {
        wrong(
            "at most 255 words of arguments and locals",
            usize::from(header.nargs) + usize::from(header.max_locals),
        );
    }
}

fn decode<'a>(
    world: &World<'_>,
    method: MethodOffset,
    bytecode: &'a [u8],
    report: &mut Report,
) -> Option<Vec<Instruction<'a>>> {
    let mut decoded = Vec::new();
    for instruction in instructions(bytecode) {
        match instruction {
            Ok(instruction) => {
                let at = Some(instruction.offset);
                if matches!(instruction.opcode, Opcode::Impdep1 | Opcode::Impdep2) {
                    let found = instruction.opcode.mnemonic();
                    report.add_in_method(Rule::Instruction, method, at, "an instruction for packages", found);
                }
                if instruction.opcode.needs_int() && !world.cap.header.flags.uses_int() {
                    let found = instruction.opcode.mnemonic();
                    report.add_in_method(Rule::IntSupport, method, at, "no int without ACC_INT", found);
                }
                decoded.push(instruction);
            }
            Err(error) => {
                let at = Some(error.offset());
                report.add_in_method(Rule::Instruction, method, at, "an instruction", text(error));
                return None;
            }
        }
    }
    if decoded.is_empty() {
        report.add_in_method(Rule::FallsOff, method, None, "code", "none");
        return None;
    }
    Some(decoded)
}

fn own_handlers(
    world: &World<'_>,
    method: &MethodDescriptor,
    start: usize,
    taken: &mut BTreeSet<(u8, usize)>,
    report: &mut Report,
) -> Option<Vec<Handler>> {
    let first = usize::from(method.first_handler);
    let indexes = first..first + usize::from(method.handler_count);
    let number = method.offset.block;
    let all = world.cap.method.block(number).map_or(&[][..], |block| &block.handlers);
    let Some(handlers) = all.get(indexes.clone()) else {
        let expected = format!("handlers below {}", all.len());
        report.add_in_method(Rule::MethodLayout, method.offset, None, expected, format!("{indexes:?}"));
        return None;
    };
    if !indexes.into_iter().all(|index| taken.insert((number, index))) {
        report.add_in_method(
            Rule::MethodLayout,
            method.offset,
            None,
            "handlers of its own",
            "another method's",
        );
    }
    let relative = |handler: &ExceptionHandler| {
        let offset = |place: usize| u16::try_from(place.checked_sub(start)?).ok();
        Some(Handler {
            start: offset(handler.start.into())?,
            end: offset(usize::from(handler.start) + usize::from(handler.length))?,
            target: offset(handler.handler.into())?,
            catch: handler.catch_type,
            stop: handler.stop,
        })
    };
    let own = handlers.iter().map(relative).collect::<Option<Vec<_>>>();
    if own.is_none() {
        report.add_in_method(
            Rule::HandlerRange,
            method.offset,
            None,
            "handlers inside of the method",
            "one before it",
        );
    }
    own
}

fn check_handlers(code: &Code<'_>, length: usize, report: &mut Report) {
    let begins = |offset: u16| code.index_of(offset).is_some();
    for handler in &code.handlers {
        let ends = begins(handler.end) || usize::from(handler.end) == length;
        if !begins(handler.start) || !ends || handler.start >= handler.end || !begins(handler.target) {
            let found = format!("{} to {}, handler {}", handler.start, handler.end, handler.target);
            report.add_in_method(
                Rule::HandlerRange,
                code.method.offset,
                None,
                "instructions of the method",
                found,
            );
        }
    }
    for (index, handler) in code.handlers.iter().enumerate() {
        for later in code.handlers.iter().skip(index + 1) {
            let contains = later.start <= handler.start && handler.end <= later.end;
            if later.target < handler.target || (handler.stop && contains) {
                let found = format!("{} before {}", handler.target, later.target);
                report.add_in_method(
                    Rule::HandlerOrder,
                    code.method.offset,
                    None,
                    "handlers in order",
                    found,
                );
            }
        }
    }
}
