//! Following a method's code along all its ways (JCVM chapter 7).
//!
//! A frame of types is kept for each instruction at which ways can meet. It begins as what the first way brings and
//! only ever widens when another way brings something else; whenever it does, the code behind it is looked at
//! again. When nothing changes any more, each instruction has been seen with all it can ever meet.

mod frame;
mod invoke;
mod objects;
mod step;
mod value;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;

use frame::{Fault, Frame};
use value::Value;

use super::finding::Rule;
use super::limits::STEPS_PER_INSTRUCTION;
use super::members::Member;
use super::report::Report;
use super::structure::Code;
use super::world::{ClassKey, Kind, Reference, THROWABLE, World, text};
use crate::opcode::{Instruction, Opcode, Operands, SwitchKind};

/// Verifies a method's code; reports the first rule that it breaks.
pub(super) fn check_code(world: &World<'_>, code: &Code<'_>, report: &mut Report) {
    let mut flow =
        Flow { world, code, states: BTreeMap::new(), queue: BTreeSet::new(), subroutines: BTreeMap::new() };
    if let Err((at, fault)) = flow.run() {
        report.add_in_method(fault.rule, code.method.offset, at, fault.expected, fault.found);
    }
}

/// A fault and the instruction at which it is.
type Located = (Option<u16>, Fault);

struct Flow<'f, 'a> {
    world: &'f World<'a>,
    code: &'f Code<'a>,
    /// Frames where ways can meet, by offset.
    states: BTreeMap<u16, Frame>,
    /// Offsets whose frames changed since they were looked at.
    queue: BTreeSet<u16>,
    subroutines: BTreeMap<u16, Subroutine>,
}

/// A subroutine (`jsr`): where it was called from, and the frame with which it returns.
#[derive(Default)]
struct Subroutine {
    returns: BTreeSet<u16>,
    exit: Option<Frame>,
}

impl<'a> Flow<'_, 'a> {
    fn run(&mut self) -> Result<(), Located> {
        let joins = self.joins()?;
        let handlers = self.handler_types()?;
        let entry = self.entry_frame().map_err(|fault| (None, fault))?;
        self.states.insert(0, entry);
        self.queue.insert(0);
        let mut steps = self.code.instructions.len().saturating_mul(STEPS_PER_INSTRUCTION);
        while let Some(start) = self.queue.pop_first() {
            let Some(mut frame) = self.states.get(&start).cloned() else { continue };
            let mut next = Some(start);
            while let Some(offset) = next {
                let here = |fault| (Some(offset), fault);
                steps = steps.checked_sub(1).ok_or_else(|| {
                    here(Fault::new(
                        Rule::Complexity,
                        "fewer steps",
                        format!("more than {STEPS_PER_INSTRUCTION} each"),
                    ))
                })?;
                let instruction = self.instruction(offset).ok_or_else(|| {
                    here(Fault::new(Rule::FallsOff, "an instruction", "the end of the method"))
                })?;
                for (handler, caught) in self.code.handlers.iter().zip(&handlers) {
                    if (handler.start..handler.end).contains(&offset) {
                        let entered = frame.for_handler(*caught).map_err(here)?;
                        self.flow_to(handler.target, &entered).map_err(here)?;
                    }
                }
                let goes_on = self.step(&instruction, &mut frame).map_err(here)?;
                next = instruction.end().filter(|_| goes_on);
                if let Some(offset) = next.filter(|offset| joins.contains(offset)) {
                    self.flow_to(offset, &frame).map_err(here)?;
                    next = None;
                }
            }
        }
        Ok(())
    }

    fn instruction(&self, offset: u16) -> Option<Instruction<'a>> {
        self.code.instructions.get(self.code.index_of(offset)?).copied()
    }

    /// Brings a frame to where ways can meet.
    fn flow_to(&mut self, offset: u16, frame: &Frame) -> Result<(), Fault> {
        let changed = match self.states.get_mut(&offset) {
            Some(state) => state.merge(frame, self.world)?,
            None => {
                self.states.insert(offset, frame.clone());
                true
            }
        };
        if changed {
            self.queue.insert(offset);
        }
        Ok(())
    }

    /// All offsets at which ways can meet, and on the way whether each branch has a target.
    fn joins(&self) -> Result<BTreeSet<u16>, Located> {
        let mut joins: BTreeSet<u16> = self.code.handlers.iter().map(|handler| handler.target).collect();
        joins.insert(0);
        for instruction in &self.code.instructions {
            for distance in instruction.branches() {
                let target =
                    instruction.target(distance).filter(|target| self.code.index_of(*target).is_some());
                joins.insert(target.ok_or_else(|| {
                    let found = format!("{}", i32::from(instruction.offset) + i32::from(distance));
                    (
                        Some(instruction.offset),
                        Fault::new(Rule::BranchTarget, "an instruction of the method", found),
                    )
                })?);
            }
            if instruction.opcode == Opcode::Jsr {
                joins.extend(instruction.end());
            }
            if let Operands::Switch(switch) = instruction.operands
                && switch.kind() == SwitchKind::Lookup
                && !switch.entries().map(|(key, _)| key).is_sorted_by(|one, next| one < next)
            {
                let fault = Fault::new(Rule::SwitchKeys, "ascending keys", format!("{instruction}"));
                return Err((Some(instruction.offset), fault));
            }
        }
        Ok(joins)
    }

    /// What each handler catches.
    fn handler_types(&self) -> Result<alloc::vec::Vec<Reference>, Located> {
        let throwable = self.throwable().map_err(|fault| (None, fault))?;
        let caught = self.code.handlers.iter().map(|handler| {
            let Some(index) = handler.catch else { return Ok(Reference::Class(throwable)) };
            match self.world.resolve(index) {
                Ok(Member::Class(class)) if self.world.is_a(class, throwable) => Ok(Reference::Class(class)),
                _ => Err((Some(handler.target), Fault::new(Rule::HandlerType, "a Throwable", text(index)))),
            }
        });
        caught.collect()
    }

    fn throwable(&self) -> Result<ClassKey, Fault> {
        let missing = || Fault::new(Rule::ImportMissing, THROWABLE, "no such class");
        self.world.named(THROWABLE).ok_or_else(missing)
    }

    /// The frame at the first instruction: the arguments (JCVM 3.5).
    fn entry_frame(&self) -> Result<Frame, Fault> {
        let (header, flags) = (&self.code.header, self.code.method.flags);
        let mut frame = Frame::new(header.max_stack.into());
        if flags.is_init() {
            frame.constructed = false;
            frame.locals.push(Value::This);
        } else if !flags.is_static() {
            frame.locals.push(Value::reference(Reference::Class(self.code.class)));
        }
        for parameter in &self.code.signature.parameters {
            match parameter {
                Kind::Boolean | Kind::Byte | Kind::Short => frame.locals.push(Value::Short),
                Kind::Int => frame.locals.extend([Value::IntHigh, Value::IntLow]),
                Kind::Reference(reference) => frame.locals.push(Value::reference(*reference)),
                Kind::Void => {
                    return Err(Fault::new(Rule::DescriptorType, "a parameter", String::from("void")));
                }
            }
        }
        let words = usize::from(header.nargs) + usize::from(header.max_locals);
        frame.locals.resize(words, Value::Unknown);
        Ok(frame)
    }

    /// Applies an instruction and brings the frame to its branches; tells whether the next one follows.
    fn step(&mut self, instruction: &Instruction<'a>, frame: &mut Frame) -> Result<bool, Fault> {
        match instruction.opcode {
            Opcode::Jsr => {
                self.call(instruction, frame)?;
                Ok(false)
            }
            Opcode::Ret => {
                self.give_back(instruction, frame)?;
                Ok(false)
            }
            opcode => {
                step::apply(self.world, self.code, instruction, frame)?;
                for target in instruction.branches().filter_map(|distance| instruction.target(distance)) {
                    self.flow_to(target, frame)?;
                }
                Ok(!opcode.ends_flow())
            }
        }
    }

    /// `jsr`: the subroutine begins with its return address on the stack; what follows gets its frame from `ret`.
    fn call(&mut self, instruction: &Instruction<'a>, frame: &mut Frame) -> Result<(), Fault> {
        for entry in instruction.branches().filter_map(|distance| instruction.target(distance)) {
            frame.push(Value::Return(entry))?;
            self.flow_to(entry, frame)?;
            let subroutine = self.subroutines.entry(entry).or_default();
            subroutine.returns.extend(instruction.end());
            if let Some(exit) = subroutine.exit.clone() {
                self.leave(entry, &exit)?;
            }
        }
        Ok(())
    }

    fn give_back(&mut self, instruction: &Instruction<'a>, frame: &mut Frame) -> Result<(), Fault> {
        let local = instruction.local().unwrap_or_default();
        let entry = match frame.local(local)? {
            Value::Return(entry) => *entry,
            other => return Err(Fault::new(Rule::LocalType, "a return address", other.name(self.world))),
        };
        let subroutine = self.subroutines.entry(entry).or_default();
        match &mut subroutine.exit {
            Some(exit) => {
                exit.merge(frame, self.world)?;
            }
            None => subroutine.exit = Some(frame.clone()),
        }
        if let Some(exit) = subroutine.exit.clone() {
            self.leave(entry, &exit)?;
        }
        Ok(())
    }

    fn leave(&mut self, entry: u16, exit: &Frame) -> Result<(), Fault> {
        let returns =
            self.subroutines.get(&entry).map(|subroutine| subroutine.returns.clone()).unwrap_or_default();
        returns.into_iter().try_for_each(|offset| match self.code.index_of(offset) {
            Some(_) => self.flow_to(offset, exit),
            None => Err(Fault::new(Rule::FallsOff, "an instruction behind jsr", "the end of the method")),
        })
    }
}
