//! What the tests share: an assembler, and a platform with the few natives that they need.

pub(crate) mod assembler;
pub(crate) mod generate;
pub(crate) mod model;

use std::sync::{Arc, OnceLock};

use card_image::api::{self, ClassId, MemberId};
use card_vm::heap::{Atomicity, Depth, Kind, Memory};
use card_vm::package::{LinkError, Linker, MethodIndex, Package, PlatformPackage};
use card_vm::{AppletId, Args, Context, Fault, Layout, Machine, Owner, Platform, Ref, Stop, Value};

/// A platform whose natives are those of this file; all others exist but do nothing that a test could use.
#[derive(Default)]
pub(crate) struct TestPlatform {
    /// What `JCSystem.getAppletShareableInterfaceObject` gives.
    pub(crate) shared: Ref,
    /// The previous context as a native saw it.
    pub(crate) previous: Option<Owner>,
}

pub(crate) fn class(name: &str) -> ClassId {
    api::class_by_name(name).unwrap_or_else(|| panic!("{name}"))
}

impl Platform for TestPlatform {
    fn implements(&self, member: MemberId) -> bool {
        // RSA stands for what a platform does not have
        !member.get().unwrap().class.get().unwrap().name.contains("RSA")
    }

    fn layout(&self, class: ClassId) -> Layout {
        match class.get().unwrap().name {
            "javacard/framework/CardException" | "javacard/framework/CardRuntimeException" => {
                Layout { references: 0, words: 1 }
            }
            "javacard/framework/OwnerPIN" => Layout { references: 1, words: 2 },
            _ => Layout::default(),
        }
    }

    fn native(&mut self, vm: &mut Machine, member: MemberId, args: Args) -> Result<Value, Stop> {
        let row = member.get().unwrap();
        let class_name = row.class.get().unwrap().name;
        let this = args.reference(0);
        match (class_name.rsplit('/').next().unwrap(), row.name) {
            (_, "<init>") if row.descriptor == "()V" => Ok(Value::Void),
            (_, "<init>") => self.set_reason(vm, this, args.short(1)),
            (_, "setReason") => self.set_reason(vm, this, args.short(1)),
            (_, "getReason") => Ok(Value::Short(vm.thrown(this).reason)),
            (_, "throwIt") => Err(Stop::throw_reason(row.class, args.short(0))),
            (_, "equals") => Ok((this == args.reference(1)).into()),
            ("JCSystem", "beginTransaction") => Ok(vm.heap().begin(Depth::Applet).map(|()| Value::Void)?),
            ("JCSystem", "commitTransaction") => Ok(vm.heap().commit(Depth::Applet).map(|()| Value::Void)?),
            ("JCSystem", "abortTransaction") => Ok(vm.heap().abort(Depth::Applet).map(|()| Value::Void)?),
            ("JCSystem", "makeTransientByteArray") => {
                let memory = if args.short(1) == 1 { Memory::ClearOnReset } else { Memory::ClearOnDeselect };
                let none = card_vm::heap::Class::NONE;
                let owner = vm.active();
                Ok(vm.make_array_in(memory, Kind::Bytes, none, args.short(0), owner)?.into())
            }
            ("JCSystem", "getAppletShareableInterfaceObject") => Ok(self.shared.into()),
            ("JCSystem", "getAID") => Ok(Value::Ref(Ref::NULL)),
            ("JCSystem", "getPreviousContextAID") => {
                self.previous = Some(vm.previous());
                Ok(Value::Ref(Ref::NULL))
            }
            ("Util", "arrayCopy" | "arrayCopyNonAtomic") => {
                let how =
                    if row.name == "arrayCopy" { Atomicity::Transactional } else { Atomicity::NonAtomic };
                let (from, to) = ((args.reference(0), args.short(1)), (args.reference(2), args.short(3)));
                vm.caller().copy(from, to, args.short(4), how)?;
                Ok(Value::Short(args.short(3).wrapping_add(args.short(4))))
            }
            _ => Err(Fault::Native.into()),
        }
    }
}

impl TestPlatform {
    fn set_reason(&self, vm: &mut Machine, this: Ref, reason: i16) -> Result<Value, Stop> {
        let class = vm.platform_class(this);
        if let Some(word) = vm.reason_word(class) {
            vm.jcre().set_word(this, word, reason)?;
        }
        Ok(Value::Void)
    }
}

/// The platform's facts, made once.
pub(crate) fn facts() -> Arc<PlatformPackage> {
    static FACTS: OnceLock<Arc<PlatformPackage>> = OnceLock::new();
    Arc::clone(FACTS.get_or_init(|| Arc::new(PlatformPackage::new(&TestPlatform::default()))))
}

/// A machine with packages, each in the slot after the one before.
pub(crate) struct Card {
    pub(crate) platform: TestPlatform,
    pub(crate) vm: Machine,
    pub(crate) facts: Arc<PlatformPackage>,
    pub(crate) packages: Vec<Arc<Package>>,
}

pub(crate) const APPLET_1: Owner = Owner { context: Context(1), applet: AppletId(1) };

impl Card {
    /// Assembles and loads packages, the first into slot 1.
    pub(crate) fn with(sources: &[&str]) -> Card {
        let platform = TestPlatform::default();
        let facts = facts();
        let vm = Machine::new(Arc::clone(&facts)).unwrap();
        let mut card = Card { platform, vm, facts, packages: Vec::new() };
        for source in sources {
            card.load(source);
        }
        card.vm.heap().select(Context(1));
        card.vm.set_budget(5_000_000);
        card
    }

    pub(crate) fn load(&mut self, source: &str) {
        self.try_load(source).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Assembles a package and loads it into the next slot.
    pub(crate) fn try_load(&mut self, source: &str) -> Result<(), LinkError> {
        let cap = assembler::assemble(source);
        let linker = Linker::new(&self.facts, &self.packages);
        let package = Arc::new(linker.link_unverified(&cap)?);
        let slot = self.packages.len() as u8 + 1;
        self.packages.push(Arc::clone(&package));
        self.vm.load(slot, package).unwrap();
        Ok(())
    }

    /// Calls the `install` of a slot's applet number `index`, in the name of that slot's context.
    pub(crate) fn run(&mut self, slot: u8, index: usize, args: &[i16]) -> Result<Value, Stop> {
        let method: MethodIndex = self.packages[usize::from(slot) - 1].applets()[index].install;
        let owner = Owner { context: Context(slot), applet: AppletId(slot) };
        self.vm.call_install(&mut self.platform, slot, method, owner, args)
    }

    /// As [`Card::run`], in words: `void`, `short 1`, `int 1`, `ref 1`, or the exception with its reason, or the fault.
    pub(crate) fn outcome(&mut self, slot: u8, index: usize, args: &[i16]) -> String {
        match self.run(slot, index, args) {
            Ok(Value::Void) => "void".into(),
            Ok(Value::Short(value)) => format!("short {value}"),
            Ok(Value::Int(value)) => format!("int {value}"),
            Ok(Value::Ref(Ref(0))) => "null".into(),
            Ok(Value::Ref(_)) => "object".into(),
            Err(Stop::Thrown(object)) => {
                let thrown = self.vm.thrown(object);
                let name = thrown.class.get().unwrap().name.rsplit('/').next().unwrap();
                if self.vm.reason_word(thrown.class).is_some() {
                    format!("{name} {}", thrown.reason)
                } else {
                    name.into()
                }
            }
            Err(Stop::Fault(fault)) => {
                let name = format!("{fault:?}");
                format!("fault {}", name.split(['(', ' ']).next().unwrap())
            }
            Err(Stop::Throw(exception)) => panic!("{exception:?} left the machine as it is"),
        }
    }
}
