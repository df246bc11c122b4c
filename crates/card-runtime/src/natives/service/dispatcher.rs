//! `Dispatcher`: hands a command to services, phase after phase.
//!
//! Hidden references: an array of services, and their phases in an array of bytes, both as long as the constructor was
//! told. Hidden word: how many services there are.
//!
//! A command that was processed ends with its answer sent and an `ISOException` with its status word, which `process` leaves
//! out for 9000. What a service throws is given back by `dispatch`, and becomes 6F00 in `process`.

use alloc::vec::Vec;

use card_image::api::MemberId;
use card_vm::heap::{Access, Kind, Memory};
use card_vm::{Args, Layout, Machine, Ref, Stop, Thrown, Value};

use super::{Misuse, basic};
use crate::calls::member;
use crate::exchange::State;
use crate::natives::call::Call;
use crate::natives::names;
use crate::natives::table::{Fields, Row, fields, row};
use crate::status::StatusWord;

const DISPATCHER: &[&str] = &["javacard/framework/service/Dispatcher"];

const SERVICES: u16 = 0;
const PHASES: u16 = 1;
const COUNT: u16 = 2;

pub(in crate::natives) const ROWS: &[Row] = &[
    row(DISPATCHER, "<init>", "(S)V", init),
    row(DISPATCHER, "addService", "(Ljavacard/framework/service/Service;B)V", add),
    row(DISPATCHER, "removeService", "(Ljavacard/framework/service/Service;B)V", remove),
    row(DISPATCHER, "dispatch", "(Ljavacard/framework/APDU;B)Ljava/lang/Exception;", dispatch),
    row(DISPATCHER, "process", "(Ljavacard/framework/APDU;)V", process),
];

pub(in crate::natives) const FIELDS: &[Fields] =
    &[fields("javacard/framework/service/Dispatcher", Layout { references: 2, words: 1 })];

const DATA_IN: MemberId =
    member!("javacard/framework/service/Service", "processDataIn", "(Ljavacard/framework/APDU;)Z");
const COMMAND: MemberId =
    member!("javacard/framework/service/Service", "processCommand", "(Ljavacard/framework/APDU;)Z");
const DATA_OUT: MemberId =
    member!("javacard/framework/service/Service", "processDataOut", "(Ljavacard/framework/APDU;)Z");

const DISPATCH: MemberId = member!(
    "javacard/framework/service/Dispatcher",
    "dispatch",
    "(Ljavacard/framework/APDU;B)Ljava/lang/Exception;"
);

/// `PROCESS_*`
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    InputData = 1,
    Command = 2,
    OutputData = 3,
}

impl Phase {
    const ALL: [Self; 3] = [Self::InputData, Self::Command, Self::OutputData];

    fn of(code: i16) -> Result<Self, Stop> {
        let known = Self::ALL.into_iter().find(|phase| *phase as i16 == code);
        known.ok_or_else(|| Misuse::IllegalParam.into())
    }

    fn method(self) -> MemberId {
        match self {
            Self::InputData => DATA_IN,
            Self::Command => COMMAND,
            Self::OutputData => DATA_OUT,
        }
    }
}

/// How a command came out, if it did not end in a status word.
enum Outcome {
    /// No service processed it.
    Unknown,
    /// A service threw this.
    Thrown(Ref),
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let length = u16::try_from(args.short(1)).map_err(|_| Misuse::IllegalParam)?;
    let owner = call.vm.active();
    let class = Machine::class(card_vm::known::OBJECT);
    let services =
        call.vm.make_array_in(Memory::Persistent, Kind::References, class, args.short(1), owner)?;
    let phases = call.new_bytes(length, Memory::Persistent)?;
    call.set_hidden(args.reference(0), SERVICES, services)?;
    call.set_hidden(args.reference(0), PHASES, phases)?;
    Ok(Value::Void)
}

/// The services in their order, each with its phase.
fn services(call: &mut Call<'_, '_>, dispatcher: Ref) -> Result<Vec<(Ref, i8)>, Stop> {
    let (services, phases) = (call.hidden(dispatcher, SERVICES)?, call.hidden(dispatcher, PHASES)?);
    let count = call.word(dispatcher, COUNT)?;
    let door = call.vm.jcre();
    (0..count)
        .map(|index| Ok((door.load_element(services, index)?, door.load_byte(phases, index)?)))
        .collect()
}

fn set_services(call: &mut Call<'_, '_>, dispatcher: Ref, all: &[(Ref, i8)]) -> Result<(), Stop> {
    let (services, phases) = (call.hidden(dispatcher, SERVICES)?, call.hidden(dispatcher, PHASES)?);
    let most = call.vm.jcre().length(services)?.cast_signed();
    let count = i16::try_from(all.len()).ok().filter(|count| *count <= most);
    let count = count.ok_or(Misuse::DispatchTableFull)?;
    let mut door = call.vm.jcre();
    let empty = core::iter::repeat(&(Ref::NULL, 0));
    for (index, (service, phase)) in (0..most).zip(all.iter().chain(empty)) {
        door.store_element(services, index, *service)?;
        door.store_byte(phases, index, *phase)?;
    }
    call.set_word(dispatcher, COUNT, count)
}

/// A service and its phase, as the caller passed them.
fn passed(call: &mut Call<'_, '_>, args: &Args) -> Result<(Ref, i8), Stop> {
    let (service, phase) = (args.reference(1), Phase::of(args.short(2))?);
    if service.is_null() {
        return Err(Misuse::IllegalParam.into());
    }
    call.vm.caller().header(service, Access::InterfaceCall)?;
    call.vm.caller().check_storable(service)?;
    Ok((service, phase as i8))
}

fn add(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let entry = passed(call, args)?;
    let mut all = services(call, args.reference(0))?;
    if !all.contains(&entry) {
        all.push(entry);
        set_services(call, args.reference(0), &all)?;
    }
    Ok(Value::Void)
}

fn remove(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let entry = passed(call, args)?;
    let mut all = services(call, args.reference(0))?;
    if let Some(index) = all.iter().position(|known| *known == entry) {
        all.remove(index);
        set_services(call, args.reference(0), &all)?;
    }
    Ok(Value::Void)
}

/// Calls a service in the caller's name, and says whether its phase is over.
fn ask(call: &mut Call<'_, '_>, service: Ref, phase: Phase, apdu: Ref) -> Result<bool, Stop> {
    call.vm.caller().header(service, Access::InterfaceCall)?;
    let owner = call.vm.active();
    let answer = call.vm.call_virtual_as(call.os, owner, phase.method(), service, &[apdu.to_word()])?;
    Ok(matches!(answer, Value::Short(yes) if yes != 0))
}

/// Runs the phases from one on. A command that was processed ends in the `ISOException` of its status word.
fn run(call: &mut Call<'_, '_>, args: &Args, first: Phase) -> Result<Outcome, Stop> {
    let apdu = call.callable(args.reference(1))?;
    for phase in Phase::ALL.into_iter().filter(|phase| *phase >= first) {
        if phase == Phase::OutputData && call.exchange()?.state != State::Outgoing {
            continue;
        }
        for (service, registered) in services(call, args.reference(0))? {
            if registered != phase as i8 {
                continue;
            }
            match ask(call, service, phase, apdu) {
                Ok(true) => break,
                Ok(false) => {}
                Err(Stop::Thrown(object)) => return Ok(Outcome::Thrown(object)),
                Err(Stop::Throw(exception)) => {
                    return Ok(Outcome::Thrown(call.vm.exception(exception)?));
                }
                Err(Stop::Fault(fault)) => return Err(fault.into()),
            }
        }
    }
    if call.exchange()?.state < State::Outgoing {
        return Ok(Outcome::Unknown);
    }
    let status = basic::status(call)?;
    if call.exchange()?.state == State::Outgoing {
        let length = basic::output_length(call)?;
        call.exchange()?.announce(length)?;
        let buffer = call.apdu_buffer();
        call.send(buffer, basic::DATA, length)?;
    }
    Err(Stop::throw_reason(names::ISO_EXCEPTION, status))
}

fn dispatch(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let first = Phase::of(args.short(2))?;
    Ok(Value::Ref(match run(call, args, first)? {
        Outcome::Unknown => Ref::NULL,
        Outcome::Thrown(object) => object,
    }))
}

/// Calls `dispatch`, which may be the applet's own.
fn process(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let iso = |status: StatusWord| Stop::throw_reason(names::ISO_EXCEPTION, status.0.cast_signed());
    let owner = call.vm.active();
    let words = [args.short(1), Phase::InputData as i16];
    match call.vm.call_virtual_as(call.os, owner, DISPATCH, args.reference(0), &words) {
        Err(Stop::Throw(exception)) if Stop::Throw(exception) == iso(StatusWord::OK) => Ok(Value::Void),
        Err(Stop::Thrown(object)) => {
            let Thrown { class, reason } = call.vm.thrown(object);
            if class == names::ISO_EXCEPTION && reason == StatusWord::OK.0.cast_signed() {
                Ok(Value::Void)
            } else {
                Err(Stop::Thrown(object))
            }
        }
        Err(stop) => Err(stop),
        Ok(Value::Ref(exception)) if !exception.is_null() => Err(iso(StatusWord::UNKNOWN)),
        Ok(Value::Ref(_) | Value::Void | Value::Short(_) | Value::Int(_)) => {
            Err(iso(StatusWord::INS_NOT_SUPPORTED))
        }
    }
}
