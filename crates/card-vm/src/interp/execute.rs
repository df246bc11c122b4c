//! The loop: one instruction after the other.
//!
//! The registers (`pc`, the window with its stack pointer, the package, the owner) are local variables, so that
//! they can live in the processor's registers; they are written back to the frame when it stops being the running
//! one. Each arm either handles its instruction in a line or two, or hands values to a function of its family.

use card_image::api::MemberId;

use super::lookup::{argument_words, statics_of, switch_target, tested_type, words_of_method};
use super::object::{self, Here};
use super::window::Window;
use super::{Event, Frame, arithmetic, invoke};
use crate::heap::Kind;
use crate::limits;
use crate::machine::Machine;
use crate::package::code::Op;
use crate::packages::{Found, Packages};
use crate::stop::{Fault, Stop};
use crate::value::{Context, Ref, Value};

impl Machine {
    /// Runs the topmost frame, and those it calls, until there is an event.
    #[expect(clippy::too_many_lines, reason = "the one dispatch")]
    pub(super) fn execute(&mut self, packages: &Packages, floor: usize) -> Event {
        let Machine { heap, stack, frames, budget, .. } = self;
        let Some(mut frame) = frames.pop() else { return Event::Stop(Fault::Native.into()) };
        let Some(mut loaded) = packages.loaded(frame.slot) else {
            return Event::Stop(Fault::Unlinked.into());
        };
        let mut pc = usize::from(frame.pc);
        let mut code: &[Op] = &loaded.package.code;
        let words = words_of_method(&loaded.package, frame.method);
        let range = frame.base as usize..frame.base as usize + words;
        let mut window = Window::new(stack.get_mut(range).unwrap_or_default(), usize::from(frame.sp));

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
        // makes a callee the running frame, or leaves the loop for a native
        macro_rules! call {
            ($called:expr, $words:expr, $receiver:expr) => {{
                let (found, owner) = or_stop!($called);
                let (slot, index) = match found {
                    Found::Method(slot, index) => (slot, index),
                    Found::Native(member) => {
                        break Event::Native { member, words: $words, receiver: $receiver };
                    }
                };
                if slot != frame.slot {
                    loaded = or_stop!(packages.loaded(slot).ok_or(Fault::Unlinked));
                    code = &loaded.package.code;
                }
                let method =
                    or_stop!(loaded.package.methods.get(usize::from(index.0)).ok_or(Fault::Unlinked));
                let entry = or_stop!(method.entry.ok_or(Fault::AbstractMethod));
                let below = or_stop!(
                    window.sp().checked_sub(usize::from(method.arguments)).ok_or(Fault::OutsideFrame)
                );
                let cost = u64::from(method.words) + 1;
                if *budget < cost {
                    break Event::Stop(Fault::BudgetExhausted.into());
                }
                *budget -= cost;
                let base = frame.base as usize + below;
                let end = base + usize::from(method.words);
                if end > limits::STACK_WORDS || frames.len() + 1 >= limits::FRAMES {
                    break Event::Stop(Fault::StackOverflow.into());
                }
                frames.push(Frame { pc: pc as u16, sp: below as u16, ..frame });
                let previous = if owner == frame.owner { frame.previous } else { frame.owner };
                frame = Frame {
                    base: base as u32,
                    sp: method.locals,
                    pc: entry,
                    method: index,
                    slot,
                    owner,
                    previous,
                };
                pc = usize::from(entry);
                if stack.len() < end {
                    stack.resize(end, 0);
                }
                let words = stack.get_mut(base..end).unwrap_or_default();
                if let Some(fresh) = words.get_mut(usize::from(method.arguments)..usize::from(method.locals))
                {
                    fresh.fill(0);
                }
                window = Window::new(words, usize::from(method.locals));
            }};
        }
        // ends the running frame and gives its value to the frame below, or to whoever called from outside
        macro_rules! give {
            ($value:expr) => {{
                let value: Value = $value;
                if frames.len() <= floor {
                    return Event::Finished(value);
                }
                let Some(below) = frames.pop() else { return Event::Finished(value) };
                if below.slot != frame.slot {
                    loaded = or_stop!(packages.loaded(below.slot).ok_or(Fault::Unlinked));
                    code = &loaded.package.code;
                }
                frame = below;
                pc = usize::from(frame.pc);
                let words = words_of_method(&loaded.package, frame.method);
                let range = frame.base as usize..frame.base as usize + words;
                window = Window::new(stack.get_mut(range).unwrap_or_default(), usize::from(frame.sp));
                match value {
                    Value::Void => {}
                    Value::Short(word) => or_stop!(window.push(word)),
                    Value::Ref(object) => or_stop!(window.push(object.to_word())),
                    Value::Int(int) => or_stop!(window.push_int(int)),
                }
            }};
        }

        let event = loop {
            let Some(op) = code.get(pc) else { break Event::Stop(Fault::NoInstruction.into()) };
            pc += 1;
            match *op {
                Op::Nop => {}
                Op::End => break Event::Stop(Fault::NoInstruction.into()),
                Op::Push(word) => or_stop!(window.push(word)),
                Op::PushInt(int) => or_stop!(window.push_int(int)),
                Op::Load(local) => {
                    let word = or_stop!(window.local(local));
                    or_stop!(window.push(word));
                }
                Op::LoadInt(local) => {
                    let int = or_stop!(window.local_int(local));
                    or_stop!(window.push_int(int));
                }
                Op::Store(local) => {
                    let word = or_stop!(window.pop());
                    or_stop!(window.set_local(local, word));
                }
                Op::StoreInt(local) => {
                    let int = or_stop!(window.pop_int());
                    or_stop!(window.set_local_int(local, int));
                }
                Op::LoadRefs => {
                    let index = or_stop!(window.pop());
                    let array = or_stop!(window.pop_ref());
                    let value = or_stop!(door!().load_element(array, index));
                    or_stop!(window.push(value.to_word()));
                }
                Op::LoadBytes => {
                    let index = or_stop!(window.pop());
                    let array = or_stop!(window.pop_ref());
                    let value = or_stop!(door!().load_byte(array, index));
                    or_stop!(window.push(i16::from(value)));
                }
                Op::LoadShorts => {
                    let index = or_stop!(window.pop());
                    let array = or_stop!(window.pop_ref());
                    or_stop!(window.push(or_stop!(door!().load_short(array, index))));
                }
                Op::LoadInts => {
                    let index = or_stop!(window.pop());
                    let array = or_stop!(window.pop_ref());
                    or_stop!(window.push_int(or_stop!(door!().load_int(array, index))));
                }
                Op::StoreRefs => {
                    let value = or_stop!(window.pop_ref());
                    let index = or_stop!(window.pop());
                    let array = or_stop!(window.pop_ref());
                    or_stop!(object::store_element(here!(), heap, array, index, value));
                }
                Op::StoreBytes => {
                    let value = or_stop!(window.pop());
                    let index = or_stop!(window.pop());
                    let array = or_stop!(window.pop_ref());
                    or_stop!(door!().store_byte(array, index, value as i8));
                }
                Op::StoreShorts => {
                    let value = or_stop!(window.pop());
                    let index = or_stop!(window.pop());
                    let array = or_stop!(window.pop_ref());
                    or_stop!(door!().store_short(array, index, value));
                }
                Op::StoreInts => {
                    let value = or_stop!(window.pop_int());
                    let index = or_stop!(window.pop());
                    let array = or_stop!(window.pop_ref());
                    or_stop!(door!().store_int(array, index, value));
                }
                Op::Pop => {
                    or_stop!(window.pop());
                }
                Op::Pop2 => {
                    or_stop!(window.pop());
                    or_stop!(window.pop());
                }
                Op::Dup => {
                    let word = or_stop!(window.top());
                    or_stop!(window.push(word));
                }
                Op::Dup2 => or_stop!(window.dup2()),
                Op::DupX(counts) => or_stop!(window.dup_x(counts)),
                Op::SwapX(counts) => or_stop!(window.swap_x(counts)),
                Op::Add => or_stop!(window.binary(i16::wrapping_add)),
                Op::Sub => or_stop!(window.binary(i16::wrapping_sub)),
                Op::Mul => or_stop!(window.binary(i16::wrapping_mul)),
                Op::Div => {
                    let (right, left) = (or_stop!(window.pop()), or_stop!(window.pop()));
                    or_stop!(window.push(or_stop!(arithmetic::div_rem(left, right)).0));
                }
                Op::Rem => {
                    let (right, left) = (or_stop!(window.pop()), or_stop!(window.pop()));
                    or_stop!(window.push(or_stop!(arithmetic::div_rem(left, right)).1));
                }
                Op::Neg => or_stop!(window.unary(i16::wrapping_neg)),
                Op::Shl => or_stop!(window.binary(arithmetic::shl)),
                Op::Shr => or_stop!(window.binary(arithmetic::shr)),
                Op::Ushr => or_stop!(window.binary(arithmetic::ushr)),
                Op::And => or_stop!(window.binary(|left, right| left & right)),
                Op::Or => or_stop!(window.binary(|left, right| left | right)),
                Op::Xor => or_stop!(window.binary(|left, right| left ^ right)),
                Op::AddInt => or_stop!(window.binary_int(i32::wrapping_add)),
                Op::SubInt => or_stop!(window.binary_int(i32::wrapping_sub)),
                Op::MulInt => or_stop!(window.binary_int(i32::wrapping_mul)),
                Op::DivInt => {
                    let (right, left) = (or_stop!(window.pop_int()), or_stop!(window.pop_int()));
                    or_stop!(window.push_int(or_stop!(arithmetic::div_rem_int(left, right)).0));
                }
                Op::RemInt => {
                    let (right, left) = (or_stop!(window.pop_int()), or_stop!(window.pop_int()));
                    or_stop!(window.push_int(or_stop!(arithmetic::div_rem_int(left, right)).1));
                }
                Op::NegInt => {
                    let int = or_stop!(window.pop_int());
                    or_stop!(window.push_int(int.wrapping_neg()));
                }
                Op::ShlInt => or_stop!(window.binary_int(arithmetic::shl_int)),
                Op::ShrInt => or_stop!(window.binary_int(arithmetic::shr_int)),
                Op::UshrInt => or_stop!(window.binary_int(arithmetic::ushr_int)),
                Op::AndInt => or_stop!(window.binary_int(|left, right| left & right)),
                Op::OrInt => or_stop!(window.binary_int(|left, right| left | right)),
                Op::XorInt => or_stop!(window.binary_int(|left, right| left ^ right)),
                Op::Inc(local, by) => {
                    let word = or_stop!(window.local(local));
                    or_stop!(window.set_local(local, word.wrapping_add(by)));
                }
                Op::IncInt(local, by) => {
                    let int = or_stop!(window.local_int(local));
                    or_stop!(window.set_local_int(local, int.wrapping_add(i32::from(by))));
                }
                Op::ShortToByte => or_stop!(window.unary(|word| i16::from(word as i8))),
                Op::ShortToInt => {
                    let word = or_stop!(window.pop());
                    or_stop!(window.push_int(i32::from(word)));
                }
                Op::IntToByte => {
                    let int = or_stop!(window.pop_int());
                    or_stop!(window.push(i16::from(int as i8)));
                }
                Op::IntToShort => {
                    let int = or_stop!(window.pop_int());
                    or_stop!(window.push(int as i16));
                }
                Op::CompareInt => {
                    let (right, left) = (or_stop!(window.pop_int()), or_stop!(window.pop_int()));
                    or_stop!(window.push(arithmetic::compare(left, right)));
                }
                Op::If(condition, target) => {
                    if arithmetic::holds(condition, or_stop!(window.pop()), 0) {
                        jump!(target);
                    }
                }
                Op::IfNull(target) => {
                    let object = or_stop!(window.pop_ref());
                    if heap.header(object).is_none() {
                        jump!(target);
                    }
                }
                Op::IfNonNull(target) => {
                    let object = or_stop!(window.pop_ref());
                    if heap.header(object).is_some() {
                        jump!(target);
                    }
                }
                Op::IfCompare(condition, target) => {
                    let (right, left) = (or_stop!(window.pop()), or_stop!(window.pop()));
                    if arithmetic::holds(condition, left, right) {
                        jump!(target);
                    }
                }
                Op::Goto(target) => jump!(target),
                Op::Jsr(target) => {
                    or_stop!(window.push((pc as u16).cast_signed()));
                    jump!(target);
                }
                Op::Ret(local) => {
                    let target = or_stop!(window.local(local)).cast_unsigned();
                    jump!(target);
                }
                Op::Switch(index) => {
                    let key = i32::from(or_stop!(window.pop()));
                    jump!(or_stop!(switch_target(loaded, index, key)));
                }
                Op::SwitchInt(index) => {
                    let key = or_stop!(window.pop_int());
                    jump!(or_stop!(switch_target(loaded, index, key)));
                }
                Op::Return => give!(Value::Void),
                Op::ReturnShort => give!(Value::Short(or_stop!(window.pop()))),
                Op::ReturnRef => give!(Value::Ref(or_stop!(window.pop_ref()))),
                Op::ReturnInt => give!(Value::Int(or_stop!(window.pop_int()))),
                Op::GetStatic(place) => {
                    let statics = or_stop!(statics_of(packages, loaded, frame.slot, place));
                    let bytes = or_stop!(heap.door(Context::JCRE).get_static::<2>(statics, place.index));
                    or_stop!(window.push(i16::from_be_bytes(bytes)));
                }
                Op::GetStaticByte(place) => {
                    let statics = or_stop!(statics_of(packages, loaded, frame.slot, place));
                    let bytes = or_stop!(heap.door(Context::JCRE).get_static::<1>(statics, place.index));
                    or_stop!(window.push(i16::from(i8::from_be_bytes(bytes))));
                }
                Op::GetStaticInt(place) => {
                    let statics = or_stop!(statics_of(packages, loaded, frame.slot, place));
                    let bytes = or_stop!(heap.door(Context::JCRE).get_static::<4>(statics, place.index));
                    or_stop!(window.push_int(i32::from_be_bytes(bytes)));
                }
                Op::PutStatic(place) => {
                    let statics = or_stop!(statics_of(packages, loaded, frame.slot, place));
                    let bytes = or_stop!(window.pop()).to_be_bytes();
                    or_stop!(heap.door(Context::JCRE).put_static(statics, place.index, bytes));
                }
                Op::PutStaticRef(place) => {
                    let statics = or_stop!(statics_of(packages, loaded, frame.slot, place));
                    let value = or_stop!(window.pop_ref());
                    or_stop!(door!().check_storable(value));
                    let bytes = value.0.to_be_bytes();
                    or_stop!(heap.door(Context::JCRE).put_static(statics, place.index, bytes));
                }
                Op::PutStaticByte(place) => {
                    let statics = or_stop!(statics_of(packages, loaded, frame.slot, place));
                    let bytes = (or_stop!(window.pop()) as i8).to_be_bytes();
                    or_stop!(heap.door(Context::JCRE).put_static(statics, place.index, bytes));
                }
                Op::PutStaticInt(place) => {
                    let statics = or_stop!(statics_of(packages, loaded, frame.slot, place));
                    let bytes = or_stop!(window.pop_int()).to_be_bytes();
                    or_stop!(heap.door(Context::JCRE).put_static(statics, place.index, bytes));
                }
                Op::Get(word) => {
                    let object = or_stop!(window.pop_ref());
                    or_stop!(window.push(or_stop!(door!().word(object, word))));
                }
                Op::GetInt(word) => {
                    let object = or_stop!(window.pop_ref());
                    or_stop!(window.push_int(or_stop!(door!().int(object, word))));
                }
                Op::GetThis(word) => {
                    let this = Ref::from_word(or_stop!(window.local(0)));
                    or_stop!(window.push(or_stop!(door!().word(this, word))));
                }
                Op::GetIntThis(word) => {
                    let this = Ref::from_word(or_stop!(window.local(0)));
                    or_stop!(window.push_int(or_stop!(door!().int(this, word))));
                }
                Op::Put(word) => {
                    let value = or_stop!(window.pop());
                    let object = or_stop!(window.pop_ref());
                    or_stop!(door!().set_word(object, word, value));
                }
                Op::PutByte(word) => {
                    let value = i16::from(or_stop!(window.pop()) as i8);
                    let object = or_stop!(window.pop_ref());
                    or_stop!(door!().set_word(object, word, value));
                }
                Op::PutRef(word) => {
                    let value = or_stop!(window.pop_ref());
                    let object = or_stop!(window.pop_ref());
                    or_stop!(door!().set_reference(object, word, value));
                }
                Op::PutInt(word) => {
                    let value = or_stop!(window.pop_int());
                    let object = or_stop!(window.pop_ref());
                    or_stop!(door!().set_int(object, word, value));
                }
                Op::PutThis(word) => {
                    let value = or_stop!(window.pop());
                    let this = Ref::from_word(or_stop!(window.local(0)));
                    or_stop!(door!().set_word(this, word, value));
                }
                Op::PutByteThis(word) => {
                    let value = i16::from(or_stop!(window.pop()) as i8);
                    let this = Ref::from_word(or_stop!(window.local(0)));
                    or_stop!(door!().set_word(this, word, value));
                }
                Op::PutRefThis(word) => {
                    let value = or_stop!(window.pop_ref());
                    let this = Ref::from_word(or_stop!(window.local(0)));
                    or_stop!(door!().set_reference(this, word, value));
                }
                Op::PutIntThis(word) => {
                    let value = or_stop!(window.pop_int());
                    let this = Ref::from_word(or_stop!(window.local(0)));
                    or_stop!(door!().set_int(this, word, value));
                }
                Op::InvokeStatic(place) => call!(invoke::fixed(here!(), place), 0, false),
                Op::InvokeSpecial(place) => {
                    let (found, owner) = or_stop!(invoke::fixed(here!(), place));
                    let words = or_stop!(argument_words(packages, found));
                    or_stop!(invoke::special(here!(), heap, or_stop!(window.receiver(words))));
                    call!(Ok::<_, Stop>((found, owner)), 0, false);
                }
                Op::InvokeNative { words, receiver, member } => {
                    break Event::Native { member: MemberId(member), words, receiver };
                }
                Op::InvokeVirtual { words, token } => {
                    let receiver = or_stop!(window.receiver(words));
                    call!(invoke::virtual_method(here!(), heap, receiver, token), words, false);
                }
                Op::InvokePackage { words, token } => {
                    let receiver = or_stop!(window.receiver(words));
                    call!(invoke::package_method(here!(), heap, receiver, token), words, false);
                }
                Op::InvokeInterface { words, token, interface } => {
                    let receiver = or_stop!(window.receiver(words));
                    let called = invoke::interface_method(here!(), heap, receiver, interface, token);
                    call!(called, words, false);
                }
                Op::New(class) => {
                    let made = or_stop!(object::instance(here!(), heap, class));
                    or_stop!(window.push(made.to_word()));
                }
                Op::NewArray(kind) => {
                    let len = or_stop!(window.pop());
                    let made = or_stop!(object::array(here!(), heap, kind, None, len));
                    or_stop!(window.push(made.to_word()));
                }
                Op::NewRefArray(class) => {
                    let len = or_stop!(window.pop());
                    let made = or_stop!(object::array(here!(), heap, Kind::References, Some(class), len));
                    or_stop!(window.push(made.to_word()));
                }
                Op::Length => {
                    let array = or_stop!(window.pop_ref());
                    let len = or_stop!(door!().length(array));
                    or_stop!(window.push(len.cast_signed()));
                }
                Op::Throw => {
                    let thrown = or_stop!(window.pop_ref());
                    break Event::Stop(object::throw(here!(), heap, thrown));
                }
                Op::CheckCast(index) => {
                    let object = Ref::from_word(or_stop!(window.top()));
                    let tested = or_stop!(tested_type(loaded, index));
                    or_stop!(object::check_cast(here!(), heap, object, tested));
                }
                Op::InstanceOf(index) => {
                    let object = or_stop!(window.pop_ref());
                    let tested = or_stop!(tested_type(loaded, index));
                    let is = or_stop!(object::instance_of(here!(), heap, object, tested));
                    or_stop!(window.push(i16::from(is)));
                }
            }
        };
        frame.pc = pc as u16;
        frame.sp = window.sp() as u16;
        frames.push(frame);
        event
    }
}
