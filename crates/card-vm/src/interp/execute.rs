//! The loop: one instruction after the other.
//!
//! What it needs (the program counter, the window, the method, the owner) are local variables, so that they can live in
//! the processor's registers; they are written back to the frame when it stops being the running one. Each arm either
//! handles its instruction in a line or two, or hands values to a function of its family. What operations mean is not
//! here but in [`code`](crate::package::code): an arm only says where the operands are.

use card_image::api::MemberId;

use super::cache::CallKey;
use super::lookup::{interface_at, statics_of, switch_target, tested_type};
use super::object::{self, Here};
use super::window::{self, Window};
use super::{Event, Frame, invoke};
use crate::heap::Kind;
use crate::known;
use crate::limits;
use crate::machine::Machine;
use crate::package::MethodIndex;
use crate::package::code::{Binary, Condition, Op, Reg, Shape, compare};
use crate::packages::{Found, Packages};
use crate::stop::{Fault, Stop};
use crate::value::{Context, Value};

impl Machine {
    /// Runs the topmost frame, and those it calls, until there is an event.
    #[expect(clippy::too_many_lines, reason = "the one dispatch")]
    pub(super) fn execute(&mut self, packages: &Packages, floor: usize) -> Event {
        let Machine { heap, stack, frames, budget, deepest, calls, .. } = self;
        let Some(mut frame) = frames.pop() else { return Event::Stop(Fault::Native.into()) };
        let Some(mut loaded) = packages.loaded(frame.slot) else {
            return Event::Stop(Fault::Unlinked.into());
        };
        let Some(mut method) = loaded.package.methods.get(usize::from(frame.method.0)) else {
            return Event::Stop(Fault::Unlinked.into());
        };
        let mut code = &*method.code;
        let mut pc = usize::from(frame.pc);
        let Some(mut w) = Window::at(stack, frame.base) else {
            return Event::Stop(Fault::OutsideFrame.into());
        };

        // turns a result into its value, or leaves the loop
        macro_rules! or_stop {
            ($result:expr) => {
                match $result {
                    Ok(value) => value,
                    Err(stop) => break Event::Stop(Stop::from(stop)),
                }
            };
        }
        macro_rules! here {
            () => {
                Here { packages, slot: frame.slot, owner: frame.owner }
            };
        }
        // the door to objects as the running method finds it
        macro_rules! door {
            () => {
                heap.door(frame.owner.context)
            };
        }
        macro_rules! jump {
            ($target:expr) => {{
                let target = usize::from($target);
                if target < pc {
                    let cost = (pc - target) as u64;
                    if *budget < cost {
                        *budget = 0;
                        break Event::Stop(Fault::BudgetExhausted.into());
                    }
                    *budget -= cost;
                }
                pc = target;
            }};
        }
        macro_rules! binary {
            ($operation:ident, $o:expr) => {
                w.set($o.to, Binary::$operation.of(w.get($o.left), w.get($o.right)))
            };
        }
        macro_rules! binary_const {
            ($operation:ident, $o:expr) => {
                w.set($o.to, Binary::$operation.of(w.get($o.left), $o.right))
            };
        }
        macro_rules! jump_if {
            ($condition:ident, $o:expr) => {
                if Condition::$condition.holds(w.get($o.left), w.get($o.right)) {
                    jump!($o.target);
                }
            };
        }
        macro_rules! jump_if_const {
            ($condition:ident, $o:expr) => {
                if Condition::$condition.holds(w.get($o.left), $o.right) {
                    jump!($o.target);
                }
            };
        }
        // adds the step to the register that is compared
        macro_rules! step {
            ($o:expr) => {{
                let stepped = w.get($o.left).wrapping_add(i16::from($o.step));
                w.set($o.left, stepped);
            }};
        }
        // makes a method of a loaded package the running one; its arguments are at a register. A method that was found by
        // the receiver's class must take and give what the caller expects
        macro_rules! enter {
            ($slot:expr, $index:expr, $owner:expr, $at:expr, $expected:expr) => {{
                let (slot, owner) = ($slot, $owner);
                if slot != frame.slot {
                    loaded = or_stop!(packages.loaded(slot).ok_or(Fault::Unlinked));
                }
                let callee =
                    or_stop!(loaded.package.methods.get(usize::from($index.0)).ok_or(Fault::Unlinked));
                let expected: Option<Shape> = $expected;
                if expected.is_some_and(|expected| expected != callee.shape) {
                    break Event::Stop(Fault::Unlinked.into());
                }
                let base = frame.base + u32::from($at.0);
                let end = base as usize + usize::from(callee.words);
                let cost = u64::from(callee.words) + 1;
                if *budget < cost {
                    break Event::Stop(Fault::BudgetExhausted.into());
                }
                if end > limits::STACK_WORDS || frames.len() + 1 >= limits::FRAMES {
                    break Event::Stop(Fault::StackOverflow.into());
                }
                if callee.code.is_empty() {
                    break Event::Stop(Fault::AbstractMethod.into());
                }
                *budget -= cost;
                *deepest = end.max(*deepest);
                frames.push(Frame { pc: pc as u16, ..frame });
                let previous = if owner == frame.owner { frame.previous } else { frame.owner };
                frame = Frame { base, pc: 0, method: $index, slot, owner, previous };
                method = callee;
                code = &method.code;
                pc = 0;
                if stack.len() < base as usize + window::WORDS {
                    stack.resize(base as usize + window::WORDS, 0);
                }
                w = or_stop!(Window::at(stack, base).ok_or(Fault::OutsideFrame));
                w.clear(method.shape.arguments, method.fresh);
            }};
        }
        // calls what the receiver's class has, which is looked up unless the same call was made before
        macro_rules! call {
            ($key:expr, $look_up:expr, $at:expr, $shape:expr) => {{
                let key = door!().own_class(w.object($at)).map($key);
                if let Some((slot, index)) = key.and_then(|key| calls.find(key)) {
                    enter!(slot, index, frame.owner, $at, Some($shape));
                    continue;
                }
                let (found, owner) = or_stop!($look_up);
                match found {
                    Found::Method(slot, index) => {
                        if let Some(key) = key {
                            calls.keep(key, slot, index);
                        }
                        enter!(slot, index, owner, $at, Some($shape));
                    }
                    Found::Native(member) => {
                        break Event::Native { member, at: $at, words: $shape.arguments, receiver: false };
                    }
                }
            }};
        }
        // ends the running frame; its result is where the frame below, or whoever called from outside, expects it
        macro_rules! give {
            ($value:expr) => {{
                let value: Value = $value;
                if frames.len() <= floor {
                    return Event::Finished(value);
                }
                match value {
                    Value::Void => {}
                    Value::Short(word) => w.set(Reg(0), word),
                    Value::Ref(object) => w.set_object(Reg(0), object),
                    Value::Int(int) => w.set_int(Reg(0), int),
                }
                let Some(below) = frames.pop() else { return Event::Finished(value) };
                if below.slot != frame.slot {
                    loaded = or_stop!(packages.loaded(below.slot).ok_or(Fault::Unlinked));
                }
                frame = below;
                pc = usize::from(frame.pc);
                method =
                    or_stop!(loaded.package.methods.get(usize::from(frame.method.0)).ok_or(Fault::Unlinked));
                code = &method.code;
                w = or_stop!(Window::at(stack, frame.base).ok_or(Fault::OutsideFrame));
            }};
        }

        let event = loop {
            let Some(op) = code.get(pc) else { break Event::Stop(Fault::NoInstruction.into()) };
            pc += 1;
            match *op {
                Op::End => break Event::Stop(Fault::NoInstruction.into()),
                Op::Set { to, value } => w.set(to, value),
                Op::SetInt { to, value } => w.set_int(to, value),
                Op::Move(o) => w.set(o.to, w.get(o.from)),
                Op::MoveInt(o) => w.set_int(o.to, w.int(o.from)),
                Op::DupX { top, counts } => w.dup_x(top, counts),
                Op::SwapX { top, counts } => w.swap_x(top, counts),
                Op::Add(o) => binary!(Add, o),
                Op::Sub(o) => binary!(Sub, o),
                Op::Mul(o) => binary!(Mul, o),
                Op::Shl(o) => binary!(Shl, o),
                Op::Shr(o) => binary!(Shr, o),
                Op::Ushr(o) => binary!(Ushr, o),
                Op::And(o) => binary!(And, o),
                Op::Or(o) => binary!(Or, o),
                Op::Xor(o) => binary!(Xor, o),
                Op::AddConst(o) => binary_const!(Add, o),
                Op::MulConst(o) => binary_const!(Mul, o),
                Op::ShlConst(o) => binary_const!(Shl, o),
                Op::ShrConst(o) => binary_const!(Shr, o),
                Op::UshrConst(o) => binary_const!(Ushr, o),
                Op::AndConst(o) => binary_const!(And, o),
                Op::OrConst(o) => binary_const!(Or, o),
                Op::XorConst(o) => binary_const!(Xor, o),
                Op::Div(o) => {
                    let right = or_stop!(divisor(w.get(o.right)));
                    w.set(o.to, w.get(o.left).wrapping_div(right));
                }
                Op::Rem(o) => {
                    let right = or_stop!(divisor(w.get(o.right)));
                    w.set(o.to, w.get(o.left).wrapping_rem(right));
                }
                Op::Neg(o) => w.set(o.to, w.get(o.from).wrapping_neg()),
                Op::ToByte(o) => w.set(o.to, i16::from(w.get(o.from) as i8)),
                Op::ToInt(o) => w.set_int(o.to, w.get(o.from).into()),
                Op::BinaryInt(binary, o) => w.set_int(o.to, binary.of(w.int(o.left), w.int(o.right))),
                Op::DivInt(o) => {
                    let right = or_stop!(divisor(w.int(o.right)));
                    w.set_int(o.to, w.int(o.left).wrapping_div(right));
                }
                Op::RemInt(o) => {
                    let right = or_stop!(divisor(w.int(o.right)));
                    w.set_int(o.to, w.int(o.left).wrapping_rem(right));
                }
                Op::NegInt(o) => w.set_int(o.to, w.int(o.from).wrapping_neg()),
                Op::IncInt { local, by } => w.set_int(local, w.int(local).wrapping_add(by.into())),
                Op::CompareInt(o) => w.set(o.to, compare(w.int(o.left), w.int(o.right))),
                Op::LoadRef(o) => {
                    w.set_object(o.value, or_stop!(door!().load_element(w.object(o.array), w.get(o.index))));
                }
                Op::LoadByte(o) => {
                    let byte = or_stop!(door!().load_byte(w.object(o.array), w.get(o.index)));
                    w.set(o.value, byte.into());
                }
                Op::LoadByteConst(o) => {
                    let byte = or_stop!(door!().load_byte(w.object(o.array), o.index));
                    w.set(o.value, byte.into());
                }
                Op::LoadUnsigned(o) => {
                    let byte = or_stop!(door!().load_byte(w.object(o.array), w.get(o.index)));
                    w.set(o.value, byte.cast_unsigned().into());
                }
                Op::LoadUnsignedConst(o) => {
                    let byte = or_stop!(door!().load_byte(w.object(o.array), o.index));
                    w.set(o.value, byte.cast_unsigned().into());
                }
                Op::LoadShort(o) => {
                    w.set(o.value, or_stop!(door!().load_short(w.object(o.array), w.get(o.index))));
                }
                Op::LoadShortConst(o) => {
                    w.set(o.value, or_stop!(door!().load_short(w.object(o.array), o.index)));
                }
                Op::LoadInt(o) => {
                    w.set_int(o.value, or_stop!(door!().load_int(w.object(o.array), w.get(o.index))));
                }
                Op::StoreRef(o) => {
                    let (array, value) = (w.object(o.array), w.object(o.value));
                    or_stop!(object::store_element(here!(), heap, array, w.get(o.index), value));
                }
                Op::StoreByte(o) => {
                    let byte = w.get(o.value) as i8;
                    or_stop!(door!().store_byte(w.object(o.array), w.get(o.index), byte));
                }
                Op::StoreByteConst(o) => {
                    or_stop!(door!().store_byte(w.object(o.array), o.index, w.get(o.value) as i8));
                }
                Op::StoreShort(o) => {
                    or_stop!(door!().store_short(w.object(o.array), w.get(o.index), w.get(o.value)));
                }
                Op::StoreShortConst(o) => {
                    or_stop!(door!().store_short(w.object(o.array), o.index, w.get(o.value)));
                }
                Op::StoreInt(o) => {
                    or_stop!(door!().store_int(w.object(o.array), w.get(o.index), w.int(o.value)));
                }
                Op::IfEq(o) => jump_if!(Eq, o),
                Op::IfNe(o) => jump_if!(Ne, o),
                Op::IfLt(o) => jump_if!(Lt, o),
                Op::IfGe(o) => jump_if!(Ge, o),
                Op::IfGt(o) => jump_if!(Gt, o),
                Op::IfLe(o) => jump_if!(Le, o),
                Op::IfEqConst(o) => jump_if_const!(Eq, o),
                Op::IfNeConst(o) => jump_if_const!(Ne, o),
                Op::IfLtConst(o) => jump_if_const!(Lt, o),
                Op::IfGeConst(o) => jump_if_const!(Ge, o),
                Op::IfGtConst(o) => jump_if_const!(Gt, o),
                Op::IfLeConst(o) => jump_if_const!(Le, o),
                Op::StepEq(o) => {
                    step!(o);
                    jump_if!(Eq, o);
                }
                Op::StepNe(o) => {
                    step!(o);
                    jump_if!(Ne, o);
                }
                Op::StepLt(o) => {
                    step!(o);
                    jump_if!(Lt, o);
                }
                Op::StepGe(o) => {
                    step!(o);
                    jump_if!(Ge, o);
                }
                Op::StepGt(o) => {
                    step!(o);
                    jump_if!(Gt, o);
                }
                Op::StepLe(o) => {
                    step!(o);
                    jump_if!(Le, o);
                }
                Op::StepEqConst(o) => {
                    step!(o);
                    jump_if_const!(Eq, o);
                }
                Op::StepNeConst(o) => {
                    step!(o);
                    jump_if_const!(Ne, o);
                }
                Op::StepLtConst(o) => {
                    step!(o);
                    jump_if_const!(Lt, o);
                }
                Op::StepGeConst(o) => {
                    step!(o);
                    jump_if_const!(Ge, o);
                }
                Op::StepGtConst(o) => {
                    step!(o);
                    jump_if_const!(Gt, o);
                }
                Op::StepLeConst(o) => {
                    step!(o);
                    jump_if_const!(Le, o);
                }
                Op::IfNull { object, target } => {
                    if heap.header(w.object(object)).is_none() {
                        jump!(target);
                    }
                }
                Op::IfNonNull { object, target } => {
                    if heap.header(w.object(object)).is_some() {
                        jump!(target);
                    }
                }
                Op::Goto(target) => jump!(target),
                Op::Jsr { to, target } => {
                    w.set(to, (pc as u16).cast_signed());
                    jump!(target);
                }
                Op::Ret(local) => jump!(w.get(local).cast_unsigned()),
                Op::Switch { key, index } => {
                    jump!(or_stop!(switch_target(loaded, index, w.get(key).into())));
                }
                Op::SwitchInt { key, index } => jump!(or_stop!(switch_target(loaded, index, w.int(key)))),
                Op::Return => give!(Value::Void),
                Op::ReturnShort(register) => give!(Value::Short(w.get(register))),
                Op::ReturnConst(value) => give!(Value::Short(value)),
                Op::ReturnRef(register) => give!(Value::Ref(w.object(register))),
                Op::ReturnInt(register) => give!(Value::Int(w.int(register))),
                Op::GetStatic(o) => {
                    let statics = or_stop!(statics_of(packages, loaded, frame.slot, o.place));
                    let bytes = or_stop!(heap.door(Context::JCRE).get_static::<2>(statics, o.place.index));
                    w.set(o.value, i16::from_be_bytes(bytes));
                }
                Op::GetStaticByte(o) => {
                    let statics = or_stop!(statics_of(packages, loaded, frame.slot, o.place));
                    let bytes = or_stop!(heap.door(Context::JCRE).get_static::<1>(statics, o.place.index));
                    w.set(o.value, i8::from_be_bytes(bytes).into());
                }
                Op::GetStaticInt(o) => {
                    let statics = or_stop!(statics_of(packages, loaded, frame.slot, o.place));
                    let bytes = or_stop!(heap.door(Context::JCRE).get_static::<4>(statics, o.place.index));
                    w.set_int(o.value, i32::from_be_bytes(bytes));
                }
                Op::PutStatic(o) => {
                    let statics = or_stop!(statics_of(packages, loaded, frame.slot, o.place));
                    let bytes = w.get(o.value).to_be_bytes();
                    or_stop!(heap.door(Context::JCRE).put_static(statics, o.place.index, bytes));
                }
                Op::PutStaticRef(o) => {
                    let statics = or_stop!(statics_of(packages, loaded, frame.slot, o.place));
                    or_stop!(door!().check_storable(w.object(o.value)));
                    let bytes = w.get(o.value).to_be_bytes();
                    or_stop!(heap.door(Context::JCRE).put_static(statics, o.place.index, bytes));
                }
                Op::PutStaticByte(o) => {
                    let statics = or_stop!(statics_of(packages, loaded, frame.slot, o.place));
                    let bytes = (w.get(o.value) as i8).to_be_bytes();
                    or_stop!(heap.door(Context::JCRE).put_static(statics, o.place.index, bytes));
                }
                Op::PutStaticInt(o) => {
                    let statics = or_stop!(statics_of(packages, loaded, frame.slot, o.place));
                    let bytes = w.int(o.value).to_be_bytes();
                    or_stop!(heap.door(Context::JCRE).put_static(statics, o.place.index, bytes));
                }
                Op::Get(o) => w.set(o.value, or_stop!(door!().word(w.object(o.object), o.word))),
                Op::GetInt(o) => w.set_int(o.value, or_stop!(door!().int(w.object(o.object), o.word))),
                Op::Put(o) => or_stop!(door!().set_word(w.object(o.object), o.word, w.get(o.value))),
                Op::PutByte(o) => {
                    let value = i16::from(w.get(o.value) as i8);
                    or_stop!(door!().set_word(w.object(o.object), o.word, value));
                }
                Op::PutRef(o) => {
                    or_stop!(door!().set_reference(w.object(o.object), o.word, w.object(o.value)));
                }
                Op::PutInt(o) => or_stop!(door!().set_int(w.object(o.object), o.word, w.int(o.value))),
                Op::Call { at, method } => enter!(frame.slot, MethodIndex(method), frame.owner, at, None),
                Op::CallOther { at, method } => {
                    let slot = or_stop!(packages.slot_of(frame.slot, method.origin).ok_or(Fault::Unlinked));
                    enter!(slot, MethodIndex(method.index), frame.owner, at, None);
                }
                Op::CheckReceiver(at) => or_stop!(invoke::special(here!(), heap, w.object(at))),
                Op::CallNative { at, words, receiver, member } => {
                    break Event::Native { member: MemberId(member), at, words, receiver };
                }
                Op::CallVirtual { at, token, shape } => {
                    let key = |class| CallKey::of_class(class, token);
                    call!(key, invoke::virtual_method(here!(), heap, w.object(at), token), at, shape);
                }
                Op::CallPackage { at, token, shape } => {
                    let key = |class| CallKey::of_package(class, token, frame.slot);
                    call!(key, invoke::package_method(here!(), heap, w.object(at), token), at, shape);
                }
                Op::CallInterface { at, token, shape, interface } => {
                    let key = |class| CallKey::of_interface(class, token, frame.slot, interface);
                    let place = or_stop!(interface_at(loaded, interface));
                    let receiver = w.object(at);
                    call!(key, invoke::interface_method(here!(), heap, receiver, place, token), at, shape);
                }
                Op::New { to, class } => {
                    w.set_object(to, or_stop!(object::instance(here!(), heap, class)));
                }
                Op::NewArray { to, length, kind } => {
                    w.set_object(to, or_stop!(object::array(here!(), heap, kind, None, w.get(length))));
                }
                Op::NewRefArray { to, length, class } => {
                    let made = object::array(here!(), heap, Kind::References, Some(class), w.get(length));
                    w.set_object(to, or_stop!(made));
                }
                Op::Length(o) => {
                    w.set(o.to, or_stop!(door!().length(w.object(o.from))).cast_signed());
                }
                Op::Throw(register) => {
                    break Event::Stop(object::throw(here!(), heap, w.object(register)));
                }
                Op::CheckCast { object, tested } => {
                    let tested = or_stop!(tested_type(loaded, tested));
                    or_stop!(object::check_cast(here!(), heap, w.object(object), tested));
                }
                Op::InstanceOf { to, object, tested } => {
                    let tested = or_stop!(tested_type(loaded, tested));
                    let is = or_stop!(object::instance_of(here!(), heap, w.object(object), tested));
                    w.set(to, is.into());
                }
            }
        };
        frame.pc = pc as u16;
        frames.push(frame);
        event
    }
}

/// The divisor of a division.
#[inline(always)]
fn divisor<T: From<u8> + PartialEq>(value: T) -> Result<T, Stop> {
    if value == T::from(0) { Err(Stop::throw(known::ARITHMETIC)) } else { Ok(value) }
}
