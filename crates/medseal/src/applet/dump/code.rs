//! A method's instructions and exception handlers.

use super::names::Names;
use card_image::cap::{CapFile, ExceptionHandler, MethodDescriptor};
use card_image::opcode::instructions;
use serde::Serialize;

/// An instruction.
#[derive(Serialize)]
pub(super) struct Line {
    /// Bytes from the method's first opcode.
    pub(super) offset: u16,
    pub(super) instruction: String,
    /// What its constant is.
    pub(super) constant: Option<String>,
    /// The source line that begins here, when the file tells.
    pub(super) line: Option<u16>,
}

/// The code of a method and what its handlers catch. Bytes that are no instruction end the code.
pub(super) fn code(cap: &CapFile, names: &Names<'_>, method: &MethodDescriptor) -> (Vec<Line>, Vec<String>) {
    let Some((header, bytes)) = cap.method.method(method.offset, method.bytecode_count) else {
        return (Vec::new(), Vec::new());
    };
    let source = names.lines.get(&method.offset);
    let mut lines = Vec::new();
    for instruction in instructions(bytes) {
        let Ok(instruction) = instruction else { break };
        let constant = instruction.pool_index().and_then(|(index, _)| cap.constant_pool.get(index));
        let begins = source.into_iter().flatten().find(|(start, _)| *start == instruction.offset);
        lines.push(Line {
            offset: instruction.offset,
            instruction: instruction.to_string(),
            constant: constant.map(|constant| names.constant(constant)),
            line: begins.map(|(_, line)| *line),
        });
    }
    let start = usize::from(method.offset.offset) + header.size();
    let first = usize::from(method.first_handler);
    let all = cap.method.block(method.offset.block).map_or(&[][..], |block| &block.handlers);
    let own = all.iter().skip(first).take(method.handler_count.into());
    (lines, own.map(|handler| describe(cap, names, handler, start)).collect())
}

fn describe(cap: &CapFile, names: &Names<'_>, handler: &ExceptionHandler, start: usize) -> String {
    let place = |offset: usize| offset.wrapping_sub(start) as u16;
    let caught = handler.catch_type.and_then(|index| cap.constant_pool.get(index));
    let caught = caught.map_or("anything".into(), |constant| names.constant(constant));
    let (from, to) = (usize::from(handler.start), usize::from(handler.start) + usize::from(handler.length));
    format!("{} to {} catch {caught} at {}", place(from), place(to), place(handler.handler.into()))
}
