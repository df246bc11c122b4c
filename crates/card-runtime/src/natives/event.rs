//! `javacardx.framework.event`: registries of listeners.
//!
//! A source is whatever implements `EventSource`; the platform has none of its own yet, and the API gives applets no way
//! to fire an event, so listeners are kept and never called. Each source has one registry, made when first asked for and
//! found again by its source. Hidden references: source, listeners. Hidden word: how many those are.

use alloc::vec::Vec;

use card_vm::heap::{Access, Kind, Memory};
use card_vm::{Args, Layout, Machine, Ref, Stop, Value};

use super::SEARCH_COST;
use super::call::Call;
use super::names;
use super::table::{Fields, Row, fields, row};

const REGISTRY: &[&str] = &["javacardx/framework/event/EventRegistry"];

const SOURCE: u16 = 0;
const LISTENERS: u16 = 1;
const COUNT: u16 = 2;

pub(super) const ROWS: &[Row] = &[
    row(
        REGISTRY,
        "getEventRegistry",
        "(Ljavacardx/framework/event/EventSource;)Ljavacardx/framework/event/EventRegistry;",
        get,
    ),
    row(REGISTRY, "register", "(Ljavacardx/framework/event/EventListener;)V", register),
    row(REGISTRY, "unregister", "(Ljavacardx/framework/event/EventListener;)V", unregister),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacardx/framework/event/EventRegistry", Layout { references: 2, words: 1 })];

/// An object that the caller passed behind an interface, and that it may keep.
fn passed(call: &mut Call<'_, '_>, object: Ref) -> Result<Ref, Stop> {
    call.vm.caller().header(object, Access::InterfaceCall)?;
    call.vm.caller().check_storable(object)?;
    Ok(object)
}

fn get(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let source = passed(call, args.reference(0))?;
    let class = Machine::class(names::EVENT_REGISTRY);
    let all = call.vm.heap().objects().filter(|object| object.header.class == class);
    let all: Vec<Ref> = all.map(|object| object.reference).collect();
    call.vm.charge(SEARCH_COST);
    for known in all {
        if call.hidden(known, SOURCE)? == source {
            return Ok(Value::Ref(known));
        }
    }
    let registry = call.new_instance(names::EVENT_REGISTRY)?;
    call.set_hidden(registry, SOURCE, source)?;
    Ok(Value::Ref(registry))
}

fn listeners(call: &mut Call<'_, '_>, registry: Ref) -> Result<Vec<Ref>, Stop> {
    let count = call.word(registry, COUNT)?;
    let array = call.hidden(registry, LISTENERS)?;
    (0..count).map(|index| call.vm.jcre().load_element(array, index)).collect()
}

fn set_listeners(call: &mut Call<'_, '_>, registry: Ref, listeners: &[Ref]) -> Result<(), Stop> {
    let length = i16::try_from(listeners.len()).unwrap_or(i16::MAX);
    let owner = call.vm.active();
    let class = Machine::class(card_vm::known::OBJECT);
    let array = call.vm.make_array_in(Memory::Persistent, Kind::References, class, length, owner)?;
    for (index, listener) in (0..length).zip(listeners) {
        call.vm.jcre().store_element(array, index, *listener)?;
    }
    call.set_hidden(registry, LISTENERS, array)?;
    call.set_word(registry, COUNT, length)
}

/// Registering again changes nothing.
fn register(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let listener = passed(call, args.reference(1))?;
    let mut all = listeners(call, args.reference(0))?;
    if !all.contains(&listener) {
        all.push(listener);
        set_listeners(call, args.reference(0), &all)?;
    }
    Ok(Value::Void)
}

fn unregister(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let listener = passed(call, args.reference(1))?;
    let mut all = listeners(call, args.reference(0))?;
    if let Some(index) = all.iter().position(|known| *known == listener) {
        all.remove(index);
        set_listeners(call, args.reference(0), &all)?;
    }
    Ok(Value::Void)
}
