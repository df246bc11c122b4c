//! One card's machine: its objects, its packages, and what runs.
//!
//! The runtime environment calls into applets with [`Machine::call_virtual`] and [`Machine::call_install`]; natives
//! get the machine back and may do the same. Whatever calls, the call runs to its end before control returns.

use alloc::sync::Arc;
use alloc::vec::Vec;

use card_image::api::{self, ClassId, MemberId, MemberKind};

use crate::heap::{Access, Class, Door, Header, Heap, Kind, Memory, Standing, ViewAccess, reason};
use crate::interp::{CallCache, Callee, Frame};
use crate::known;
use crate::limits;
use crate::package::{MethodIndex, Package, PlatformPackage};
use crate::packages::{Found, Loaded, Packages, platform_class};
use crate::platform::Platform;
use crate::stop::{CodeLocation, Exception, Fault, Stop};
use crate::value::{AppletId, Args, Context, Owner, Ref, Value};

/// The machine of one card.
#[derive(Debug)]
pub struct Machine {
    pub(crate) heap: Heap,
    pub(crate) packages: Arc<Packages>,
    pub(crate) stack: Vec<i16>,
    /// Words of the stack that the present call has used.
    pub(crate) deepest: usize,
    pub(crate) frames: Vec<Frame>,
    pub(crate) budget: u64,
    pub(crate) calls: CallCache,
    pub(crate) nesting: u8,
    pub(crate) fault_at: Option<CodeLocation>,
    /// The runtime environment's own exception objects.
    pub(crate) exceptions: Vec<(ClassId, Ref)>,
}

/// Why a package can not be put on a card.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LoadError {
    /// A slot is 1 to 255.
    #[error("there is no slot {0} for a package")]
    NoSlot(u8),
    /// There is a package in the slot.
    #[error("slot {0} is not empty")]
    Occupied(u8),
    /// A package that it imports is not on this card, or is another than it was linked with.
    #[error("a package that it imports is not on the card")]
    MissingImport,
    /// There is no room for its static fields.
    #[error("there is no room for its static fields")]
    NoRoom,
}

/// An object that was thrown and not caught.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Thrown {
    /// The nearest class of the platform that its class is or extends.
    pub class: ClassId,
    /// Its reason code, 0 for classes without one.
    pub reason: i16,
}

impl Machine {
    /// The machine of a new card.
    ///
    /// # Errors
    /// When the exceptions do not fit, which the limits rule out.
    pub fn new(platform: Arc<PlatformPackage>) -> Result<Machine, Stop> {
        let mut machine = Machine::restore(platform, Heap::new());
        for class in api::classes() {
            if class.is_a(known::THROWABLE) {
                let header = Header {
                    memory: Memory::ClearOnReset,
                    standing: Standing::TemporaryEntryPoint,
                    ..machine.instance_header(class, Owner::JCRE)
                };
                let exception = machine.heap.make(header)?;
                machine.exceptions.push((class, exception));
            }
        }
        Ok(machine)
    }

    /// The machine of a card whose objects were restored from its journal. Its packages are to be loaded again.
    #[must_use]
    pub fn restore(platform: Arc<PlatformPackage>, heap: Heap) -> Machine {
        let is_exception = |header: &Header| {
            header.standing == Standing::TemporaryEntryPoint
                && header.owner == Owner::JCRE
                && header.class.package == 0
                && ClassId(header.class.index).is_a(known::THROWABLE)
        };
        let exceptions = heap
            .objects()
            .filter(|object| is_exception(&object.header))
            .map(|object| (ClassId(object.header.class.index), object.reference))
            .collect();
        Machine {
            heap,
            packages: Arc::new(Packages::new(platform)),
            stack: Vec::new(),
            deepest: 0,
            frames: Vec::new(),
            budget: limits::INSTRUCTIONS,
            calls: CallCache::default(),
            nesting: 0,
            fault_at: None,
            exceptions,
        }
    }

    // ---- packages ----

    /// Puts a package into a slot. On a restored card its static fields are found again; on another they are made.
    /// A package with applets makes the slot's number their context.
    ///
    /// # Errors
    /// When it does not fit this card.
    pub fn load(&mut self, slot: u8, package: Arc<Package>) -> Result<(), LoadError> {
        if slot == 0 || usize::from(slot) > limits::PACKAGES {
            return Err(LoadError::NoSlot(slot));
        }
        if self.packages.loaded(slot).is_some() {
            return Err(LoadError::Occupied(slot));
        }
        let slot_of = |import: &Arc<Package>| {
            let found = self.packages.loaded.iter().position(|loaded| {
                loaded.as_ref().is_some_and(|loaded| Arc::ptr_eq(&loaded.package, import))
            });
            found.map(|slot| slot as u8).ok_or(LoadError::MissingImport)
        };
        let imports: Result<_, _> = package.imports.iter().map(slot_of).collect();
        let imports = imports?;
        let known = self.heap.objects().find(|object| object.header.class == Class::statics(slot));
        let statics = match known {
            Some(object) => object.reference,
            None => self.make_statics(slot, &package).map_err(|_| LoadError::NoRoom)?,
        };
        self.calls.forget();
        let packages = Arc::make_mut(&mut self.packages);
        if packages.loaded.len() <= usize::from(slot) {
            packages.loaded.resize_with(usize::from(slot) + 1, || None);
        }
        if let Some(entry) = packages.loaded.get_mut(usize::from(slot)) {
            *entry = Some(Loaded { package, imports, statics });
        }
        Ok(())
    }

    /// Takes the package out of a slot. Its static fields become unreachable; its instances have to be deleted before.
    pub fn unload(&mut self, slot: u8) {
        self.calls.forget();
        if let Some(entry) = Arc::make_mut(&mut self.packages).loaded.get_mut(usize::from(slot)) {
            *entry = None;
        }
    }

    /// The package in a slot.
    #[must_use]
    pub fn package(&self, slot: u8) -> Option<&Arc<Package>> {
        self.packages.loaded(slot).map(|loaded| &loaded.package)
    }

    /// Makes the object that holds a package's static fields, and the arrays that they begin with (JCVM 6.11).
    fn make_statics(&mut self, slot: u8, package: &Package) -> Result<Ref, Stop> {
        let image = &package.statics;
        let owner = Owner { context: Context(slot), applet: AppletId::NONE };
        let header = Header {
            kind: Kind::Bytes,
            class: Class::statics(slot),
            len: image.size,
            memory: Memory::Persistent,
            owner: Owner::JCRE,
            standing: Standing::Ordinary,
        };
        let statics = self.heap.make(header)?;
        for (index, (kind, values)) in image.arrays.iter().enumerate() {
            let unit = kind.unit() as usize;
            let len = i16::try_from(values.len() / unit).map_err(|_| Fault::Unlinked)?;
            let array = self.make_array(*kind, len, owner)?;
            let little_endian = values.chunks(unit).flat_map(|value| value.iter().rev());
            self.heap.set_contents(array, little_endian.copied());
            self.heap.door(Context::JCRE).put_static(statics, index as u16 * 2, array.0.to_be_bytes())?;
        }
        let first = image.size.saturating_sub(image.values.len() as u16);
        for (at, value) in (first..image.size).zip(&image.values) {
            self.heap.door(Context::JCRE).put_static(statics, at, [*value])?;
        }
        Ok(statics)
    }

    // ---- doors, for natives ----

    /// The card's objects, for the runtime environment.
    #[inline]
    pub fn heap(&mut self) -> &mut Heap {
        &mut self.heap
    }

    /// The door to objects as the caller of a native finds it.
    #[inline]
    pub fn caller(&mut self) -> Door<'_> {
        let context = self.active().context;
        self.heap.door(context)
    }

    /// The door to objects as the runtime environment finds it, which may do everything.
    #[inline]
    pub fn jcre(&mut self) -> Door<'_> {
        self.heap.door(Context::JCRE)
    }

    /// In whose name the code runs that called the native; the runtime environment when no applet runs.
    #[inline]
    #[must_use]
    pub fn active(&self) -> Owner {
        self.frames.last().map_or(Owner::JCRE, |frame| frame.owner)
    }

    /// The package whose code called the native; `None` when no applet runs.
    #[must_use]
    pub fn calling_package(&self) -> Option<&Arc<Package>> {
        self.package(self.frames.last()?.slot)
    }

    /// In whose name the code ran that the active context was entered from (`JCSystem.getPreviousContextAID`).
    #[must_use]
    pub fn previous(&self) -> Owner {
        self.frames.last().map_or(Owner::JCRE, |frame| frame.previous)
    }

    // ---- making objects, for natives ----

    /// Makes a persistent array of primitive values.
    ///
    /// # Errors
    /// `NegativeArraySizeException`; `SystemException` when there is no room.
    pub fn make_array(&mut self, kind: Kind, len: i16, owner: Owner) -> Result<Ref, Stop> {
        self.make_array_in(Memory::Persistent, kind, Class::NONE, len, owner)
    }

    /// Makes an array in any memory. `class` is the element class of an array of references, as
    /// [`Machine::class`] gives it.
    ///
    /// # Errors
    /// `NegativeArraySizeException`; `SystemException` when there is no room, or when a CLEAR_ON_DESELECT array is
    /// asked for and the owner's context is not the selected one.
    pub fn make_array_in(
        &mut self,
        memory: Memory,
        kind: Kind,
        class: Class,
        len: i16,
        owner: Owner,
    ) -> Result<Ref, Stop> {
        let len = u16::try_from(len).map_err(|_| Stop::throw(known::NEGATIVE_ARRAY_SIZE))?;
        if memory == Memory::ClearOnDeselect && owner.context != self.heap.selected() {
            return Err(Stop::throw_reason(known::SYSTEM_EXCEPTION, reason::ILLEGAL_TRANSIENT));
        }
        let standing = Standing::Ordinary;
        self.heap.make(Header { kind, class, len, memory, owner, standing })
    }

    /// Makes a view of `length` elements from `offset` of an array: an array of its own that shows those elements,
    /// which `owner_of_view` may use as `attributes` say until the command ends (`JCSystem.makeArrayView`). The
    /// caller must be allowed to use the array.
    ///
    /// # Errors
    /// `NullPointerException`; `SecurityException` when the caller may not use the array, or a view that is to be
    /// viewed allows less; `ArrayIndexOutOfBoundsException`; `SystemException` when there are too many views.
    pub fn make_array_view(
        &mut self,
        array: Ref,
        offset: i16,
        length: i16,
        attributes: ViewAccess,
        owner_of_view: Owner,
    ) -> Result<Ref, Stop> {
        self.caller().header(array, Access::Array)?;
        self.heap.make_view(array, (offset, length), attributes, owner_of_view)
    }

    /// A view of bytes that are no array's, which `owner_of_view` may read until the command ends.
    ///
    /// # Errors
    /// `SystemException` when there is no room, or there are too many views.
    pub fn lend_bytes(&mut self, bytes: &[u8], owner_of_view: Owner) -> Result<Ref, Stop> {
        self.heap.lend_bytes(bytes, owner_of_view)
    }

    /// Makes an instance of a class of the platform, its fields zero. No constructor runs.
    ///
    /// # Errors
    /// `SystemException` when there is no room.
    pub fn make_instance(&mut self, class: ClassId, owner: Owner) -> Result<Ref, Stop> {
        let header = self.instance_header(class, owner);
        self.heap.make(header)
    }

    /// [`Machine::make_instance`] whose fields are in transient memory.
    ///
    /// # Errors
    /// As there.
    pub fn make_transient_instance(
        &mut self,
        class: ClassId,
        owner: Owner,
        memory: Memory,
    ) -> Result<Ref, Stop> {
        let header = Header { memory, ..self.instance_header(class, owner) };
        self.heap.make(header)
    }

    fn instance_header(&self, class: ClassId, owner: Owner) -> Header {
        Header {
            kind: Kind::Instance,
            class: platform_class(class),
            len: self.packages.platform.class(class).map_or(0, |info| info.words),
            memory: Memory::Persistent,
            owner,
            standing: Standing::Ordinary,
        }
    }

    // ---- classes, for natives ----

    /// A class of the platform, as objects name it.
    #[must_use]
    pub fn class(class: ClassId) -> Class {
        platform_class(class)
    }

    /// The index of the first hidden word that a class of the platform adds to its superclass's.
    #[must_use]
    pub fn hidden(&self, class: ClassId) -> u16 {
        self.packages.platform.words_of_superclass(class)
    }

    /// Whether an object is an instance of a class or interface of the platform.
    #[must_use]
    pub fn is_instance(&self, object: Ref, class: ClassId) -> bool {
        let header = self.heap.header(object);
        header.is_some_and(|header| self.packages.is_instance(header, platform_class(class)))
    }

    /// The nearest class of the platform that an object's class is or extends; `Object` for arrays and null.
    #[must_use]
    pub fn platform_class(&self, object: Ref) -> ClassId {
        match self.heap.header(object) {
            Some(header) if header.kind == Kind::Instance => self.packages.platform_ancestor(header.class),
            Some(_) | None => known::OBJECT,
        }
    }

    // ---- exceptions ----

    /// What an object is that a call ended with ([`Stop::Thrown`]).
    #[must_use]
    pub fn thrown(&mut self, object: Ref) -> Thrown {
        let class = self.platform_class(object);
        let reason = self.reason_word(class).and_then(|word| self.jcre().word(object, word).ok());
        Thrown { class, reason: reason.unwrap_or(0) }
    }

    /// The hidden word that holds a class's reason code: the first of `CardException`'s and
    /// `CardRuntimeException`'s, which their layouts must have.
    #[must_use]
    pub fn reason_word(&self, class: ClassId) -> Option<u16> {
        [known::CARD_EXCEPTION, known::CARD_RUNTIME_EXCEPTION]
            .into_iter()
            .find(|root| class.is_a(*root))
            .map(|root| self.hidden(root))
    }

    /// The object that stands for an exception of the platform, its reason set.
    ///
    /// # Errors
    /// [`Fault::Unlinked`] for what is no exception of the platform.
    pub fn exception(&mut self, exception: Exception) -> Result<Ref, Fault> {
        let known = self.exceptions.iter().find(|(class, _)| *class == exception.class);
        let object = known.map(|(_, object)| *object).ok_or(Fault::Unlinked)?;
        if let Some(word) = self.reason_word(exception.class) {
            self.jcre().set_word(object, word, exception.reason).map_err(|_| Fault::NoObject(object))?;
        }
        Ok(object)
    }

    // ---- running ----

    /// Sets how many instructions may run before [`Fault::BudgetExhausted`]. Calls and backward branches count.
    pub fn set_budget(&mut self, instructions: u64) {
        self.budget = instructions;
    }

    /// Takes from the budget what a native's work is worth, in instructions. The code that called it is stopped when
    /// nothing is left.
    pub fn charge(&mut self, instructions: u64) {
        self.budget = self.budget.saturating_sub(instructions);
    }

    /// Where the last fault happened.
    #[must_use]
    pub fn fault_location(&self) -> Option<CodeLocation> {
        self.fault_at
    }

    /// Calls an applet's `install(byte[], short, byte)` in the name of `owner`, which the runtime environment chose.
    ///
    /// # Errors
    /// As [`Machine::call_virtual`].
    pub fn call_install<P: Platform>(
        &mut self,
        platform: &mut P,
        slot: u8,
        install: MethodIndex,
        owner: Owner,
        args: &[i16],
    ) -> Result<Value, Stop> {
        self.call(platform, Callee { slot, method: install, owner }, args)
    }

    /// Calls a method that the platform declares on an object, in the context of its owner: bytecode that overrides
    /// or implements it, or the native. `args` are the words after the receiver.
    ///
    /// # Errors
    /// [`Stop::Thrown`] with what was thrown and not caught, or the fault that ended it. Transactions are left as
    /// they are.
    pub fn call_virtual<P: Platform>(
        &mut self,
        platform: &mut P,
        member: MemberId,
        receiver: Ref,
        args: &[i16],
    ) -> Result<Value, Stop> {
        let header = self.heap.header(receiver).ok_or(Stop::throw(known::NULL_POINTER))?;
        let owner = header.owner;
        self.call_virtual_as(platform, owner, member, receiver, args)
    }

    /// As [`Machine::call_virtual`], in the name of `owner`: for natives that call back into the context that called
    /// them, which is no switch of context (JCRE 6.2.8.4).
    ///
    /// # Errors
    /// As [`Machine::call_virtual`].
    pub fn call_virtual_as<P: Platform>(
        &mut self,
        platform: &mut P,
        owner: Owner,
        member: MemberId,
        receiver: Ref,
        args: &[i16],
    ) -> Result<Value, Stop> {
        let row = member.get().ok_or(Fault::Unlinked)?;
        let header = *self.heap.header(receiver).ok_or(Stop::throw(known::NULL_POINTER))?;
        let class = Packages::dispatch_class(&header);
        let found = match row.kind {
            MemberKind::VirtualMethod => self.packages.virtual_method(class, row.token),
            MemberKind::InterfaceMethod => {
                self.packages.interface_method(class, platform_class(row.class), row.token)
            }
            MemberKind::Constant | MemberKind::StaticField | MemberKind::StaticMethod => None,
        };
        let args = Args::of_call(receiver, args);
        match found.ok_or(Fault::Unlinked)? {
            Found::Native(member) => platform.native(self, member, args),
            Found::Method(slot, method) => self.call(platform, Callee { slot, method, owner }, args.words()),
        }
    }
}
