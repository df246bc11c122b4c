//! One method, from its Java body to items: decoding, data flow, widths, emission, in this order.

use super::code::MethodCode;
use super::diagnostic::{Diagnostic, Problem};
use super::emit::emit;
use super::flow::{Body, Handler, analyse};
use super::java::{Index, Instruction, Op, decode};
use super::pool::PoolBuilder;
use super::width::solve;
use super::world::{ClassIndex, OwnClass, Role, World};
use crate::classfile::{ClassFile, Code};

/// What a package does about `int`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IntPolicy {
    /// Declared ints are refused.
    pub(super) never: bool,
    /// Something in the package is declared int, so intermediate values may be too.
    pub(super) declared: bool,
}

/// Local variables are numbered in one byte (JCVM 2.2.4.4).
const MAX_LOCALS: u16 = 255;

/// Converts a method that has code.
pub(super) fn convert_method(
    world: &World<'_>,
    pool: &mut PoolBuilder,
    class: ClassIndex,
    method: usize,
    policy: IntPolicy,
) -> Result<MethodCode, Vec<Diagnostic>> {
    let own = &world.classes[class];
    let Some(code) = &own.file.methods[method].code else {
        return Err(vec![at_class(&own.file, Problem::Code(0))]);
    };
    if code.max_locals > MAX_LOCALS {
        let count = code.max_locals.into();
        let limit = Problem::Limit { what: "local variables", count, limit: MAX_LOCALS.into() };
        return Err(vec![at(own, code, 0, limit)]);
    }
    let (instructions, positions) = decode(&code.bytes, &own.file.pool)
        .map_err(|(offset, problem)| vec![at(own, code, offset, problem)])?;
    let offset_of =
        |at: Index| instructions.get(at).map_or(0, |instruction: &Instruction| instruction.offset);
    let report = |(index, problem): (Index, Problem)| at(own, code, offset_of(index), problem);

    let mut handlers = Vec::new();
    for handler in &code.handlers {
        let position = |offset: u16| {
            positions.get(&offset).copied().ok_or_else(|| vec![at(own, code, offset, Problem::Code(offset))])
        };
        handlers.push(Handler {
            start: position(handler.start)?,
            end: position(handler.end)?,
            target: position(handler.target)?,
            catch: handler.catch.clone(),
        });
    }
    let ops: Vec<Op> = instructions.iter().map(|instruction| instruction.op.clone()).collect();
    let offsets: Vec<u16> = instructions.iter().map(|instruction| instruction.offset).collect();
    let is_static = own.methods[method].role == Role::Static;
    let body = Body {
        ops: &ops,
        offsets: &offsets,
        handlers: &handlers,
        is_static,
        signature: &own.methods[method].signature,
        max_locals: code.max_locals.into(),
        max_stack: code.max_stack.into(),
    };
    if let Some(problem) = unsupported_variable(code) {
        return Err(vec![at(own, code, problem.0, problem.1)]);
    }
    let flow = analyse(&body).map_err(|refusal| vec![report(refusal)])?;
    let widths = solve(&ops, &flow, body.signature, is_static)
        .map_err(|problems| problems.into_iter().map(report).collect::<Vec<_>>())?;
    let refused: Vec<Diagnostic> = if policy.never {
        let all = widths.declared.iter().map(|at| (*at, Problem::Int));
        all.chain(widths.intermediates.iter().map(|at| (*at, Problem::Intermediate))).map(report).collect()
    } else if policy.declared {
        Vec::new()
    } else {
        widths.intermediates.iter().map(|at| report((*at, Problem::Intermediate))).collect()
    };
    if !refused.is_empty() {
        return Err(refused);
    }
    emit(world, pool, class, &body, &flow, &widths).map_err(|refusal| vec![report(refusal)])
}

/// Whether a class's source declares anything `int`: a field, a parameter, a result or a variable.
pub(super) fn declares_int(file: &ClassFile) -> bool {
    let in_signature = |descriptor: &str| {
        super::types::Signature::parse(descriptor)
            .is_ok_and(|signature| signature.types().any(super::types::Type::is_int))
    };
    let is_int = |descriptor: &str| matches!(descriptor, "I" | "[I");
    // constants are wherever they are used already, as small as they are there
    file.fields.iter().any(|field| field.constant.is_none() && is_int(&field.descriptor))
        || file.methods.iter().any(|method| {
            let variables = method.code.iter().flat_map(|code| &code.variables);
            in_signature(&method.descriptor)
                || variables.into_iter().any(|variable| is_int(&variable.descriptor))
        })
}

/// A variable of a type that cards lack, by the offset where it begins.
fn unsupported_variable(code: &Code) -> Option<(u16, Problem)> {
    code.variables.iter().find_map(|variable| {
        let problem = super::types::Type::parse(&variable.descriptor).err()?;
        Some((variable.start.saturating_sub(1), problem))
    })
}

/// A finding at a place in a method.
pub(super) fn at(class: &OwnClass, code: &Code, offset: u16, problem: Problem) -> Diagnostic {
    let before = code.lines.iter().filter(|line| line.offset <= offset);
    let line = before.max_by_key(|line| line.offset).map(|line| line.line);
    Diagnostic { line, ..at_class(&class.file, problem) }
}

/// A finding about a class as a whole.
pub(super) fn at_class(file: &ClassFile, problem: Problem) -> Diagnostic {
    Diagnostic { class: file.name.clone(), file: file.source_file.clone(), line: None, problem }
}
