//! The Method and ReferenceLocation components: headers, handlers and bytecode.

use card_image::cap::{CapFile, Constant, PackageFlags, PoolIndex, StaticMethodRef};
use card_image::opcode::{Opcode, Operands, SwitchKind};

use super::find::{block, codes, instruction, method, moved, opcode, with_handlers};

pub(super) fn junk_behind_the_last_method(cap: &mut CapFile) {
    block(cap).code.push(0);
    cap.read_directory = None;
}

pub(super) fn methods_overlap(cap: &mut CapFile) {
    let method = method(cap, |method| method.bytecode_count > 4 && method.handler_count == 0);
    method.offset = moved(method.offset, 1);
}

/// The byte of a short header that has arguments and locals.
fn header(cap: &mut CapFile, fits: impl Fn(u8, u8) -> bool) -> usize {
    let code = codes(cap).into_iter().find(|code| {
        let bytes = &cap.method.blocks[0].code[code.header..];
        bytes[0] & 0x80 == 0 && fits(bytes[0], bytes[1])
    });
    code.unwrap().header
}

pub(super) fn more_arguments_than_declared(cap: &mut CapFile) {
    let at = header(cap, |_, _| true);
    block(cap).code[at + 1] += 0x10;
}

pub(super) fn abstract_with_code(cap: &mut CapFile) {
    let at = header(cap, |_, _| true);
    block(cap).code[at] |= 0x40;
}

pub(super) fn fewer_locals(cap: &mut CapFile) {
    let at = header(cap, |_, second| second & 0x0F > 0);
    block(cap).code[at + 1] -= 1;
}

pub(super) fn smaller_stack(cap: &mut CapFile) {
    let at = header(cap, |first, _| first & 0x0F > 1);
    block(cap).code[at] -= 1;
}

pub(super) fn handler_reaches_out(cap: &mut CapFile) {
    block(cap).handlers[0].length = 0x7FFF;
}

pub(super) fn handler_begins_in_an_operand(cap: &mut CapFile) {
    let handler = block(cap).handlers[0];
    let code_start = block(cap).code_start();
    let at = instruction(cap, |code, instruction| {
        let first = usize::from(handler.start) - code_start;
        first >= code.start
            && first <= code.start + usize::from(code.descriptor.bytecode_count)
            && instruction.pool_index().is_some()
    });
    block(cap).handlers[0].handler = (code_start + at + 1) as u16;
}

pub(super) fn handler_catches_no_throwable(cap: &mut CapFile) {
    let applet = |constant: &Constant| !matches!(constant, Constant::Class(_));
    let index = cap.constant_pool.entries.iter().rposition(applet).unwrap();
    let caught = block(cap).handlers.iter_mut().find(|handler| handler.catch_type.is_some());
    caught.unwrap().catch_type = Some(PoolIndex(index as u16));
}

pub(super) fn handler_catches_nothing_known(cap: &mut CapFile) {
    let caught = block(cap).handlers.iter_mut().find(|handler| handler.catch_type.is_some());
    caught.unwrap().catch_type = Some(PoolIndex(0x7777));
}

pub(super) fn stop_bit_hides_a_handler(cap: &mut CapFile) {
    let first = usize::from(with_handlers(cap, 2).first_handler);
    let (one, next) = (block(cap).handlers[first], block(cap).handlers[first + 1]);
    let handlers = &mut block(cap).handlers;
    handlers[first + 1].start = one.start.min(next.start);
    handlers[first + 1].length = one.length.max(next.length);
    handlers[first].stop = true;
}

pub(super) fn handlers_in_disorder(cap: &mut CapFile) {
    let first = usize::from(with_handlers(cap, 2).first_handler);
    block(cap).handlers.swap(first, first + 1);
}

pub(super) fn handlers_of_another_method(cap: &mut CapFile) {
    let with = with_handlers(cap, 1);
    let other = method(cap, |method| method.handler_count == 0 && method.bytecode_count > 0);
    (other.handler_count, other.first_handler) = (with.handler_count, with.first_handler);
}

fn short_branch(cap: &CapFile) -> usize {
    instruction(cap, |_, instruction| instruction.branches().next().is_some() && instruction.length == 2)
}

pub(super) fn jump_into_an_operand(cap: &mut CapFile) {
    let at = short_branch(cap);
    block(cap).code[at + 1] = 1;
}

pub(super) fn jump_out_of_the_method(cap: &mut CapFile) {
    let at = short_branch(cap);
    block(cap).code[at + 1] = 0x80;
}

pub(super) fn runs_off_the_end(cap: &mut CapFile) {
    let at = instruction(cap, |code, instruction| {
        instruction.opcode == Opcode::Return && instruction.offset + 1 == code.descriptor.bytecode_count
    });
    block(cap).code[at] = Opcode::Nop.byte();
}

pub(super) fn private_instruction(cap: &mut CapFile) {
    let at = opcode(cap, Opcode::Return);
    block(cap).code[at] = Opcode::Impdep1.byte();
}

pub(super) fn unknown_instruction(cap: &mut CapFile) {
    let at = opcode(cap, Opcode::Return);
    block(cap).code[at] = 0xC0;
}

/// The call of the superclass's constructor becomes three instructions that do nothing to `this`.
pub(super) fn constructor_not_called(cap: &mut CapFile) {
    let at = instruction(cap, |code, instruction| {
        code.descriptor.flags.is_init() && instruction.opcode == Opcode::Invokespecial
    });
    let replaced = [Opcode::Pop, Opcode::Nop, Opcode::Nop].map(Opcode::byte);
    block(cap).code[at..at + 3].copy_from_slice(&replaced);
    let start = at + block(cap).code_start();
    let places = &mut cap.reference_location.blocks[0].byte2_indices;
    places.retain(|place| usize::from(*place) != start + 1);
}

pub(super) fn number_used_as_reference(cap: &mut CapFile) {
    let at = opcode(cap, Opcode::Sreturn);
    block(cap).code[at] = Opcode::Areturn.byte();
}

pub(super) fn field_read_as_reference(cap: &mut CapFile) {
    let at = opcode(cap, Opcode::GetfieldSThis);
    block(cap).code[at] = Opcode::GetfieldAThis.byte();
}

pub(super) fn bytes_read_as_shorts(cap: &mut CapFile) {
    let at = opcode(cap, Opcode::Baload);
    block(cap).code[at] = Opcode::Saload.byte();
}

pub(super) fn static_call_of_a_virtual_method(cap: &mut CapFile) {
    let at = opcode(cap, Opcode::Invokevirtual);
    block(cap).code[at] = Opcode::Invokestatic.byte();
}

pub(super) fn fewer_interface_words(cap: &mut CapFile) {
    let at = opcode(cap, Opcode::Invokeinterface);
    block(cap).code[at + 1] -= 1;
}

pub(super) fn array_of_no_type(cap: &mut CapFile) {
    let at = opcode(cap, Opcode::Newarray);
    block(cap).code[at + 1] = 9;
}

pub(super) fn switch_out_of_order(cap: &mut CapFile) {
    let at = instruction(cap, |_, instruction| {
        matches!(instruction.operands, Operands::Switch(switch)
            if switch.kind() == SwitchKind::Lookup && switch.entries().count() > 1)
    });
    // opcode, default, count; the first key
    block(cap).code[at + 5] = 0x7F;
}

pub(super) fn int_without_the_flag(cap: &mut CapFile) {
    cap.header.flags.0 &= !PackageFlags::INT.0;
}

pub(super) fn stack_emptied(cap: &mut CapFile) {
    let at =
        instruction(cap, |_, instruction| instruction.offset == 0 && instruction.opcode == Opcode::Aload0);
    block(cap).code[at] = Opcode::Pop.byte();
}

/// `sload_1` and a store become `ret 1`: the argument as an address to go on at.
pub(super) fn return_address_from_a_number(cap: &mut CapFile) {
    let at = instruction(cap, |code, instruction| {
        instruction.offset == 0 && instruction.length == 1 && code.descriptor.bytecode_count > 4
    });
    block(cap).code[at..at + 2].copy_from_slice(&[Opcode::Ret.byte(), 1]);
}

pub(super) fn reference_places_missing(cap: &mut CapFile) {
    cap.reference_location.blocks[0].byte2_indices.pop();
    cap.read_directory = None;
}

pub(super) fn reference_place_in_an_opcode(cap: &mut CapFile) {
    let own = |constant: &&Constant| matches!(constant, Constant::StaticMethod(StaticMethodRef::Internal(_)));
    assert!(cap.constant_pool.entries.iter().any(|constant| own(&constant)));
    let places = &mut cap.reference_location.blocks[0].byte2_indices;
    let last = *places.last().unwrap();
    places.push(last + 2);
    cap.read_directory = None;
}
