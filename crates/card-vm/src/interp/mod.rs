//! The interpreter.
//!
//! A call from outside pushes a frame and runs until that frame returns. Calls between methods push and pop frames
//! in the same loop, without recursion. Arguments are not copied: the words where the caller has them are the first
//! local variables of the callee, so frames overlap on the stack by that many words, and a result is left in the
//! callee's first word, where the caller expects it.
//!
//! [`execute`](Machine::execute) is the loop itself; it keeps what it needs in local variables and gives an [`Event`]
//! when something has to be done with the whole machine: run a native, throw, give up, or return to whoever called.

mod cache;
mod execute;
mod invoke;
mod lookup;
mod object;
mod window;

use alloc::sync::Arc;

use card_image::api::MemberId;
use zeroize::Zeroize;

use crate::heap::{Access, Class};
use crate::limits;
use crate::machine::Machine;
use crate::package::code::{Place, Reg, Target};
use crate::package::{Method, MethodIndex};
use crate::packages::Packages;
use crate::platform::Platform;
use crate::stop::{CodeLocation, Fault, Stop};
use crate::value::{Args, Owner, Value};
pub(crate) use cache::CallCache;
use window::Window;

/// A method that runs, or waits for one that it called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// Where its local variables begin on the stack.
    base: u32,
    /// The next instruction of the method.
    pc: u16,
    method: MethodIndex,
    pub(crate) slot: u8,
    pub(crate) owner: Owner,
    /// In whose name the code ran from which this context was entered.
    pub(crate) previous: Owner,
}

/// A method to be called from outside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Callee {
    pub(crate) slot: u8,
    pub(crate) method: MethodIndex,
    pub(crate) owner: Owner,
}

/// Why the loop was left.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A native is to be run, its arguments being on the stack.
    Native { member: MemberId, at: Reg, words: u8, receiver: bool },
    /// The frame that was called from outside returned.
    Finished(Value),
    /// An exception or a fault.
    Stop(Stop),
}

impl Machine {
    /// Calls a method and runs it to its end.
    pub(crate) fn call<P: Platform>(
        &mut self,
        platform: &mut P,
        callee: Callee,
        args: &[i16],
    ) -> Result<Value, Stop> {
        if self.nesting >= limits::NATIVE_NESTING {
            return Err(Fault::NestedTooDeeply.into());
        }
        let floor = self.frames.len();
        let packages = Arc::clone(&self.packages);
        self.enter(&packages, callee, args)?;
        self.nesting += 1;
        let result = self.run(platform, &packages, floor);
        self.nesting -= 1;
        self.frames.truncate(floor);
        if floor == 0 {
            // what an applet had on its stack, keys and PINs included, does not outlive the call
            self.stack.get_mut(..self.deepest).unwrap_or_default().zeroize();
            self.deepest = 0;
            self.heap.end_views();
        }
        result
    }

    /// Pushes the frame of a method that is called from outside, with its arguments.
    fn enter(&mut self, packages: &Packages, callee: Callee, args: &[i16]) -> Result<(), Stop> {
        let package = &packages.loaded(callee.slot).ok_or(Fault::Unlinked)?.package;
        let method = package.methods.get(usize::from(callee.method.0)).ok_or(Fault::Unlinked)?;
        if method.code.is_empty() {
            return Err(Fault::AbstractMethod.into());
        }
        if args.len() != usize::from(method.shape.arguments) || self.frames.len() >= limits::FRAMES {
            return Err(Fault::StackOverflow.into());
        }
        let base = self.frames.last().map_or(0, |frame| frame.base as usize + words_of(packages, frame));
        let end = base + usize::from(method.words);
        if end > limits::STACK_WORDS {
            return Err(Fault::StackOverflow.into());
        }
        if self.stack.len() < base + window::WORDS {
            self.stack.resize(base + window::WORDS, 0);
        }
        self.deepest = self.deepest.max(end);
        let words = self.stack.get_mut(base..end).unwrap_or_default();
        words.fill(0);
        words.iter_mut().zip(args).for_each(|(to, from)| *to = *from);
        self.frames.push(Frame {
            base: base as u32,
            pc: 0,
            method: callee.method,
            slot: callee.slot,
            owner: callee.owner,
            previous: self.active(),
        });
        Ok(())
    }

    /// Runs until the frame above `floor` returns.
    fn run<P: Platform>(
        &mut self,
        platform: &mut P,
        packages: &Packages,
        floor: usize,
    ) -> Result<Value, Stop> {
        loop {
            let stop = match self.execute(packages, floor) {
                Event::Finished(value) => return Ok(value),
                Event::Native { member, at, words, receiver } => {
                    match self.native(platform, member, at, words, receiver) {
                        Ok(()) => continue,
                        Err(stop) => stop,
                    }
                }
                Event::Stop(stop) => stop,
            };
            self.unwind(packages, stop, floor)?;
        }
    }

    /// Runs a native on the arguments at a register of the running method, and leaves there what it gives.
    fn native<P: Platform>(
        &mut self,
        platform: &mut P,
        member: MemberId,
        at: Reg,
        words: u8,
        receiver: bool,
    ) -> Result<(), Stop> {
        let base = self.frames.last().ok_or(Fault::Native)?.base;
        let first = base as usize + usize::from(at.0);
        let args = Args::new(self.stack.get(first..first + usize::from(words)).ok_or(Fault::OutsideFrame)?);
        if receiver {
            self.caller().header(args.reference(0), Access::VirtualCall)?;
        }
        // until the native returns, its arguments stay on the stack: a call back begins above the whole window
        let value = platform.native(self, member, args)?;
        let mut window = Window::at(&mut self.stack, base).ok_or(Fault::OutsideFrame)?;
        match value {
            Value::Void => {}
            Value::Short(word) => window.set(at, word),
            Value::Ref(object) => window.set_object(at, object),
            Value::Int(int) => window.set_int(at, int),
        }
        Ok(())
    }

    /// Finds who catches an exception and makes that frame the running one, or ends the call. No context is
    /// asked for its leave: whether the catcher may touch the object shows when it does (JCRE 6.2.8.7).
    fn unwind(&mut self, packages: &Packages, stop: Stop, floor: usize) -> Result<(), Stop> {
        // a handler that throws into itself must come to an end as well
        self.budget = self.budget.saturating_sub(limits::UNWINDING);
        let stop = if self.budget == 0 { Fault::BudgetExhausted.into() } else { stop };
        let thrown = match stop {
            Stop::Fault(fault) => return Err(self.fault(fault)),
            Stop::Throw(exception) => match self.exception(exception) {
                Ok(object) => object,
                Err(fault) => return Err(self.fault(fault)),
            },
            Stop::Thrown(object) => object,
        };
        let class = self.heap.header(thrown).map_or(Class::NONE, |header| header.class);
        while self.frames.len() > floor {
            let Some(frame) = self.frames.last_mut() else { break };
            if let Some((target, place)) = handler(packages, frame, class) {
                frame.pc = target;
                let mut window = Window::at(&mut self.stack, frame.base).ok_or(Fault::OutsideFrame)?;
                window.set_object(place, thrown);
                return Ok(());
            }
            self.frames.pop();
        }
        Err(Stop::Thrown(thrown))
    }

    fn fault(&mut self, fault: Fault) -> Stop {
        self.fault_at = self.frames.last().map(|frame| CodeLocation {
            package: frame.slot,
            method: frame.method.0,
            bytecode: origin(&self.packages, frame),
        });
        fault.into()
    }
}

fn method_of<'a>(packages: &'a Packages, frame: &Frame) -> Option<&'a Method> {
    packages.loaded(frame.slot)?.package.methods.get(usize::from(frame.method.0))
}

fn words_of(packages: &Packages, frame: &Frame) -> usize {
    method_of(packages, frame).map_or(window::WORDS, |method| method.words.into())
}

/// The bytecode that a frame's last instruction comes from.
fn origin(packages: &Packages, frame: &Frame) -> u16 {
    let last = usize::from(frame.pc).saturating_sub(1);
    method_of(packages, frame).and_then(|method| method.origins.get(last)).copied().unwrap_or_default()
}

/// The handler in a frame's method that catches instances of a class: where it begins, and the register in which it
/// expects the object. Handlers are asked in their order (JCVM 6.10.1).
fn handler(packages: &Packages, frame: &Frame, class: Class) -> Option<(Target, Reg)> {
    let method = method_of(packages, frame)?;
    let at = origin(packages, frame);
    let catches = |place: Place| {
        packages.class_at(frame.slot, place).is_some_and(|caught| packages.is_a(class, caught))
    };
    let found = method
        .handlers
        .iter()
        .find(|handler| handler.start <= at && at < handler.end && handler.catches.is_none_or(catches))?;
    Some((found.target, Reg(method.locals)))
}
