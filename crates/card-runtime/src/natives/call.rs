//! What a native has at hand: the machine, the runtime's own state and the world.

use card_vm::heap::{Access, Atomicity, Class, Kind, Memory};
use card_vm::{Args, ClassId, Layout, Machine, MemberId, Platform, Ref, Stop, Value};

use super::sensitive_result::Outcome;
use super::{names, table};
use crate::crypto::{Engine, Random};
use crate::env::{Env, PersistError};
use crate::limits::BYTES_PER_CALL;
use crate::runtime::Runtime;

/// The runtime environment, as the machine sees it.
pub(crate) struct Os<'w> {
    pub(crate) env: &'w mut dyn Env,
    pub(crate) runtime: &'w mut Runtime,
    /// The data field of the command in work, where the host has it.
    pub(crate) data: &'w [u8],
}

impl Platform for Os<'_> {
    fn implements(&self, member: MemberId) -> bool {
        table::native(member).is_some()
    }

    fn layout(&self, class: ClassId) -> Layout {
        table::layout(class)
    }

    fn extended_by(&self, interface: ClassId) -> Option<ClassId> {
        names::extended_by(interface)
    }

    fn further_interfaces(&self, class: ClassId) -> &'static [ClassId] {
        names::further_interfaces(class)
    }

    fn native(&mut self, vm: &mut Machine, member: MemberId, args: Args) -> Result<Value, Stop> {
        match table::native(member) {
            Some(native) => {
                let end = native(&mut Call { vm, os: self }, &args);
                if table::is_sensitive(member) {
                    self.runtime.outcome = Outcome::of(member, &end);
                }
                end
            }
            // The linker asked before; nothing else calls members.
            None => Err(card_vm::Fault::Native.into()),
        }
    }
}

/// A native under way.
pub(crate) struct Call<'a, 'w> {
    pub(crate) vm: &'a mut Machine,
    pub(crate) os: &'a mut Os<'w>,
}

impl Call<'_, '_> {
    /// The runtime's own state.
    pub(crate) fn runtime(&mut self) -> &mut Runtime {
        self.os.runtime
    }

    /// Makes an array of bytes in the caller's name, in which an instance hides what is too long for words.
    pub(crate) fn new_bytes(&mut self, length: u16, memory: Memory) -> Result<Ref, Stop> {
        let owner = self.vm.active();
        let length = i16::try_from(length).unwrap_or(i16::MAX);
        self.vm.make_array_in(memory, Kind::Bytes, Class::NONE, length, owner)
    }

    /// Makes an instance of a class of the platform in the caller's name.
    pub(crate) fn new_instance(&mut self, class: ClassId) -> Result<Ref, Stop> {
        let owner = self.vm.active();
        self.vm.make_instance(class, owner)
    }

    /// Whether an object is an instance of exactly this class of the platform.
    pub(crate) fn is_a(&mut self, object: Ref, class: ClassId) -> bool {
        self.vm
            .heap()
            .header(object)
            .is_some_and(|header| header.kind == Kind::Instance && header.class == Machine::class(class))
    }

    /// Bytes of an array that the caller passed for work on each of them: array, offset and length from `at` on.
    pub(crate) fn worked_on(&mut self, args: &Args, at: usize) -> Result<&[u8], Stop> {
        let length = args.short(at + 2);
        self.vm.charge(u64::try_from(length).unwrap_or(0) / BYTES_PER_CALL);
        self.vm.caller().bytes(args.reference(at), args.short(at + 1), length)
    }

    /// Writes what a native gives into the caller's array, and gives how many bytes that are.
    pub(crate) fn give(&mut self, to: Ref, offset: i16, bytes: &[u8]) -> Result<Value, Stop> {
        self.vm.caller().write(to, offset, bytes, Atomicity::Transactional)?;
        Ok(Value::Short(i16::try_from(bytes.len()).unwrap_or(i16::MAX)))
    }

    /// Checks that part of an array that the caller passed is within it, before anything is done.
    pub(crate) fn check_bounds(&mut self, array: Ref, offset: i16, length: i16) -> Result<(), Stop> {
        let whole = self.vm.caller().length(array)?;
        let end = u16::try_from(offset).ok().zip(u16::try_from(length).ok());
        match end.and_then(|(offset, length)| offset.checked_add(length)) {
            Some(end) if end <= whole => Ok(()),
            Some(_) | None => Err(Stop::throw(card_vm::known::INDEX_OUT_OF_BOUNDS)),
        }
    }

    /// An object that the caller passed, if it may call its methods.
    pub(crate) fn callable(&mut self, object: Ref) -> Result<Ref, Stop> {
        self.vm.caller().header(object, Access::VirtualCall)?;
        Ok(object)
    }

    /// Arithmetic of public keys, which is paid for, and the random numbers it takes.
    pub(crate) fn arithmetic(&mut self, cost: u64) -> (&mut dyn Engine, &mut Random) {
        self.vm.charge(cost);
        let env = &mut *self.os.env;
        let random = self.os.runtime.random.next(|seed| env.random(seed));
        (env.engine(), random)
    }

    /// A hidden word.
    pub(crate) fn word(&mut self, object: Ref, index: u16) -> Result<i16, Stop> {
        self.vm.jcre().word(object, index)
    }

    /// Changes a hidden word; nothing is journaled when it stays the same.
    pub(crate) fn set_word(&mut self, object: Ref, index: u16, value: i16) -> Result<(), Stop> {
        let mut door = self.vm.jcre();
        if door.word(object, index)? == value { Ok(()) } else { door.set_word(object, index, value) }
    }

    /// A hidden reference.
    pub(crate) fn hidden(&mut self, object: Ref, index: u16) -> Result<Ref, Stop> {
        self.vm.jcre().reference(object, index)
    }

    /// Changes a hidden reference; nothing is journaled when it stays the same.
    pub(crate) fn set_hidden(&mut self, object: Ref, index: u16, value: Ref) -> Result<(), Stop> {
        let mut door = self.vm.jcre();
        if door.reference(object, index)? == value {
            Ok(())
        } else {
            door.set_reference(object, index, value)
        }
    }

    /// All bytes of a hidden array; none of null.
    pub(crate) fn hidden_bytes(&mut self, array: Ref) -> Result<&[u8], Stop> {
        if array.is_null() {
            return Ok(&[]);
        }
        let door = self.vm.jcre();
        let length = door.length(array)?;
        door.bytes(array, 0, i16::try_from(length).unwrap_or(i16::MAX))
    }

    /// Makes sure that everything written so far survives: what must not be undone by pulling the plug.
    pub(crate) fn persist(&mut self) -> Result<(), Stop> {
        persist(self.vm, self.os).map_err(|PersistError| card_vm::Fault::Native.into())
    }
}

/// Hands the journal what changed.
pub(crate) fn persist(vm: &mut Machine, os: &mut Os<'_>) -> Result<(), PersistError> {
    let heap = vm.heap();
    if !heap.has_changes() {
        return Ok(());
    }
    let mut records = core::mem::take(&mut os.runtime.records);
    records.clear();
    heap.drain(&mut records);
    // What changed may have to wait for a commit, or be gone again.
    let kept = if records.is_empty() { Ok(()) } else { os.env.persist(&records) };
    os.runtime.records = records;
    if kept.is_err() {
        os.runtime.journal_lost = true;
    }
    kept
}

/// The platform's declarations without a card behind them, for what is made once for all cards.
pub(crate) struct Declared;

impl Platform for Declared {
    fn implements(&self, member: MemberId) -> bool {
        table::native(member).is_some()
    }

    fn layout(&self, class: ClassId) -> Layout {
        table::layout(class)
    }

    fn extended_by(&self, interface: ClassId) -> Option<ClassId> {
        names::extended_by(interface)
    }

    fn further_interfaces(&self, class: ClassId) -> &'static [ClassId] {
        names::further_interfaces(class)
    }

    fn native(&mut self, _: &mut Machine, _: MemberId, _: Args) -> Result<Value, Stop> {
        Err(card_vm::Fault::Native.into())
    }
}
