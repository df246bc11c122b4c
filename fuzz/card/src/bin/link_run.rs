//! The machine: whatever can be read as a load file is linked unverified and run for a while; other bytes are run as the
//! code of a method. It may be refused, fault or throw, but not panic, nor touch an object of another context.
#![no_main]

#[path = "../../../../crates/card-vm/tests/vm/support/assembler.rs"]
mod assembler;

use std::sync::{Arc, OnceLock};

use card_image::api::{ClassId, MemberId};
use card_image::cap::CapFile;
use card_vm::heap::Kind;
use card_vm::package::{Linker, PlatformPackage};
use card_vm::{AppletId, Args, Context, Layout, Machine, Owner, Platform, Ref, Stop, Value};
use libfuzzer_sys::fuzz_target;

/// Enough for any way through a method, and an endless loop ends soon.
const BUDGET: u64 = 4_000;

struct Nothing;

impl Platform for Nothing {
    fn implements(&self, _: MemberId) -> bool {
        true
    }

    fn layout(&self, class: ClassId) -> Layout {
        Layout { references: (class.0 % 3) as u8, words: 1 }
    }

    fn native(&mut self, vm: &mut Machine, member: MemberId, args: Args) -> Result<Value, Stop> {
        let length = vm.caller().length(args.reference(0))?;
        match member.0 % 3 {
            0 => Ok(Value::Void),
            1 => Ok(Value::Short(length as i16)),
            _ => Ok(Value::Ref(args.reference(1))),
        }
    }
}

static FACTS: OnceLock<Arc<PlatformPackage>> = OnceLock::new();

/// Something of everything that an instruction can name, in the order of the constant pool, and a method whose code is
/// to be replaced.
const PACKAGE: &str = "
    package F000000001
    static reference ref
    static word short
    static number int
    interface Able
    class Base
    field reference ref
    field word word
    field number int
    implements Able same
    special <init> 1 0
    aload_0
    invokespecial java/lang/Object.<init>()V
    return
    virtual same 1 0
    getfield_s_this Base.word
    sreturn
    special main 3 10
    getfield_a_this Base.reference
    getfield_i_this Base.number
    getstatic_a reference
    getstatic_s word
    getstatic_i number
    new Base
    invokespecial Base.<init>
    invokevirtual Base.same
    invokeinterface 1 Able 0
    invokestatic javacard/framework/ISOException.throwIt(S)V
    return
    applet F00000000101 Base.main";

/// The package with these bytes as the code of its last method.
fn with_code(bytes: &[u8]) -> CapFile {
    static ASSEMBLED: OnceLock<CapFile> = OnceLock::new();
    let mut cap = ASSEMBLED.get_or_init(|| assembler::assemble(PACKAGE)).clone();
    let install = cap.applet.as_ref().expect("it has an applet").applets[0].install;
    let block = &mut cap.method.blocks[0];
    block.code.truncate(usize::from(install.offset) - block.code_start() + 4);
    block.code.extend_from_slice(bytes);
    cap
}

fuzz_target!(|bytes: &[u8]| {
    let cap = CapFile::from_load_file(bytes).unwrap_or_else(|_| with_code(bytes));
    let facts = FACTS.get_or_init(|| Arc::new(PlatformPackage::new(&Nothing)));
    let Ok(package) = Linker::new(facts, &[]).link_unverified(&cap) else { return };
    let package = Arc::new(package);
    let mut vm = Machine::new(Arc::clone(facts)).expect("a new card has room");
    let owner = |context| Owner { context: Context(context), applet: AppletId(context) };
    let victim = vm.make_array(Kind::Bytes, 64, owner(2)).expect("a new card has room");
    let mine = vm.make_array(Kind::Bytes, 64, owner(1)).expect("a new card has room");
    if vm.load(1, Arc::clone(&package)).is_err() {
        return;
    }
    for applet in package.applets() {
        vm.set_budget(BUDGET);
        let args = [mine.to_word(), 0, 64];
        let _ = vm.call_install(&mut Nothing, 1, applet.install, owner(1), &args);
    }
    let untouched = vm.jcre().bytes(victim, 0, 64).expect("the victim lives");
    assert!(untouched.iter().all(|byte| *byte == 0));
    let _ = vm.delete_unreachable(&[victim, Ref::NULL]);
});
