//! Code that no verifier has seen: it may fault, but neither panic nor reach another context's objects.

use std::sync::{Arc, OnceLock};

use card_image::cap::CapFile;
use card_vm::heap::Kind;
use card_vm::package::{Linker, PlatformPackage};
use card_vm::{AppletId, Context, Machine, Owner, Ref, Stop};
use proptest::prelude::*;

use crate::opcodes::package;
use crate::support::{TestPlatform, assembler};

fn owner(context: u8) -> Owner {
    Owner { context: Context(context), applet: AppletId(context) }
}

/// The platform's facts and a package to be damaged, made once.
fn prepared() -> &'static (Arc<PlatformPackage>, CapFile) {
    static PREPARED: OnceLock<(Arc<PlatformPackage>, CapFile)> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let code = "new Derived / dup / invokespecial Derived.<init> / astore_0 / aload_0 / sconst_1 / sconst_2 / \
                    invokevirtual Base.plus / bspush 9 / newarray 12 / astore_1 / aload_1 / sconst_3 / sspush 300 / \
                    sastore / aload_1 / arraylength / invokestatic Main.down / aload_0 / checkcast 0 Able / \
                    invokeinterface 1 Able 0 / a: / sconst_0 / sdiv / b: / stableswitch e 1 e d / d: / sconst_1 / \
                    sreturn / e: / sconst_2 / sreturn / h: / putstatic_a sr / getstatic_a sr / athrow / catch a b h";
        let facts = Arc::new(PlatformPackage::new(&TestPlatform::default()));
        (facts, assembler::assemble(&package(code)))
    })
}

/// Links and runs a file; the objects of context 2 must stay as they are.
fn run(cap: &CapFile) -> Option<Stop> {
    let (facts, _) = prepared();
    let package = Arc::new(Linker::new(facts, &[]).link_unverified(cap).ok()?);
    let mut vm = Machine::new(Arc::clone(facts)).unwrap();
    let victims: Vec<Ref> = (0..8).map(|_| vm.make_array(Kind::Shorts, 16, owner(2)).unwrap()).collect();
    vm.load(1, Arc::clone(&package)).unwrap();
    vm.set_budget(20_000);
    let install = package.applets().first()?.install;
    let stopped = vm.call_install(&mut TestPlatform::default(), 1, install, owner(1), &[]).err();
    for victim in victims {
        assert_eq!(vm.heap().header(victim).unwrap().owner, owner(2));
        assert!((0..16).all(|index| vm.jcre().load_short(victim, index) == Ok(0)));
    }
    // the machine is as usable as before
    vm.heap().settle();
    vm.delete_unreachable(&[]).unwrap();
    stopped
}

#[test]
fn the_undamaged_file_runs_to_the_exception_it_throws() {
    assert!(matches!(run(&prepared().1), Some(Stop::Thrown(_))));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_code_neither_panics_nor_reaches_other_contexts(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let mut cap = prepared().1.clone();
        for (at, byte) in changes {
            let at = at.index(cap.method.blocks[0].code.len());
            cap.method.blocks[0].code[at] = byte;
        }
        run(&cap);
    }

    #[test]
    fn bytes_that_are_no_compiler_s_code_neither_panic_nor_reach_other_contexts(
        pushes in proptest::collection::vec(0u8..0x38, 4..12),
        bytes in proptest::collection::vec(prop_oneof![0u8..0xB9, 0u8..8], 1..60),
    ) {
        let mut cap = prepared().1.clone();
        let install = cap.applet.as_ref().unwrap().applets[0].install;
        let block = &mut cap.method.blocks[0];
        // the code of the last method, behind its long header
        block.code.truncate(usize::from(install.offset) - block.code_start() + 4);
        // something to work with: constants, locals and objects
        block.code.extend(pushes.iter().flat_map(|push| [*push, 1, 2]));
        block.code.extend(bytes);
        block.code.push(0x7A);
        run(&cap);
    }

    #[test]
    fn damaged_load_files_neither_panic_nor_reach_other_contexts(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = prepared().1.to_load_file().unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(cap) = CapFile::from_load_file(&bytes) {
            run(&cap);
        }
    }
}
