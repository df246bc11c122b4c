//! Where things are in a file that is to be spoiled.

use card_image::cap::{
    CapFile, ClassDescriptor, ClassEntry, ClassInfo, Constant, Descriptor, MethodBlock, MethodDescriptor,
    MethodOffset,
};
use card_image::opcode::{Instruction, Opcode, instructions};

pub(super) fn descriptor(cap: &mut CapFile) -> &mut Descriptor {
    cap.descriptor.as_mut().unwrap()
}

/// A class that implements something and has virtual methods of its own.
pub(super) fn class(cap: &mut CapFile) -> &mut ClassInfo {
    let fits = |entry: &&mut ClassEntry| match entry {
        ClassEntry::Class(class) => !class.interfaces.is_empty() && !class.public_methods.is_empty(),
        ClassEntry::Interface(_) => false,
    };
    match cap.class.entries.iter_mut().find(fits) {
        Some(ClassEntry::Class(class)) => class,
        _ => panic!("no class implements anything"),
    }
}

/// The description of the first class for which `fits` holds.
pub(super) fn described(cap: &mut CapFile, fits: impl Fn(&ClassDescriptor) -> bool) -> &mut ClassDescriptor {
    descriptor(cap).classes_mut().find(|class| fits(class)).unwrap()
}

pub(super) fn method(cap: &mut CapFile, fits: impl Fn(&MethodDescriptor) -> bool) -> &mut MethodDescriptor {
    let mut classes = descriptor(cap).classes_mut().filter(|class| !class.flags.is_interface());
    classes.find_map(|class| class.methods.iter_mut().find(|method| fits(method))).unwrap()
}

/// The first constant for which `fits` holds.
pub(super) fn constant(cap: &mut CapFile, fits: impl Fn(&Constant) -> bool) -> &mut Constant {
    cap.constant_pool.entries.iter_mut().find(|constant| fits(constant)).unwrap()
}

pub(super) fn block(cap: &mut CapFile) -> &mut MethodBlock {
    &mut cap.method.blocks[0]
}

/// A method's code: where its header is, and where its first opcode is, in the block's code.
pub(super) struct Code {
    pub(super) descriptor: MethodDescriptor,
    pub(super) header: usize,
    pub(super) start: usize,
}

pub(super) fn codes(cap: &CapFile) -> Vec<Code> {
    let methods = cap.descriptor.as_ref().unwrap().classes().flat_map(|class| &class.methods);
    let coded = methods.filter(|method| method.bytecode_count > 0);
    let code = |method: &MethodDescriptor| {
        let header = usize::from(method.offset.offset) - cap.method.blocks[0].code_start();
        let size = cap.method.header(method.offset).unwrap().size();
        Code { descriptor: *method, header, start: header + size }
    };
    coded.map(code).collect()
}

/// The place in the block's code of the first instruction for which `fits` holds.
pub(super) fn instruction(cap: &CapFile, fits: impl Fn(&Code, &Instruction<'_>) -> bool) -> usize {
    for code in codes(cap) {
        let length = usize::from(code.descriptor.bytecode_count);
        let bytes = &cap.method.blocks[0].code[code.start..code.start + length];
        for instruction in instructions(bytes).map(Result::unwrap) {
            if fits(&code, &instruction) {
                return code.start + usize::from(instruction.offset);
            }
        }
    }
    panic!("no instruction fits")
}

/// The first instruction of an opcode.
pub(super) fn opcode(cap: &CapFile, wanted: Opcode) -> usize {
    instruction(cap, |_, instruction| instruction.opcode == wanted)
}

/// A method that has exception handlers, by the number of them.
pub(super) fn with_handlers(cap: &CapFile, count: u16) -> MethodDescriptor {
    codes(cap).iter().map(|code| code.descriptor).find(|method| method.handler_count >= count).unwrap()
}

pub(super) fn moved(place: MethodOffset, by: u16) -> MethodOffset {
    MethodOffset { offset: place.offset + by, ..place }
}
