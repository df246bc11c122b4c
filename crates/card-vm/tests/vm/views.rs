//! Views of arrays: what is seen through them, who sees it, and when they end.

use crate::support::Card;
use card_vm::heap::{Atomicity, Class, Depth, Kind, Memory, ViewAccess};
use card_vm::{AppletId, Context, Owner, Ref};

const LENDER: Owner = Owner { context: Context(2), applet: AppletId(2) };
const BORROWER: Owner = Owner { context: Context(1), applet: AppletId(1) };

/// A package whose one method gets the view in local 0.
fn package(code: &str) -> String {
    let code: String = code.split(" / ").map(|line| format!("{}\n", line.trim())).collect();
    format!(
        "package F000000001\nstatic kept ref\nclass Main\nfield kept ref\nspecial main 1 2\n{code}\
         applet F00000000101 Main.main"
    )
}

/// Eight elements 10 to 17 in this memory, of which the view shows those from the third on.
fn lent(card: &mut Card, memory: Memory, access: ViewAccess) -> (Ref, Ref) {
    let array = card.vm.make_array_in(memory, Kind::Bytes, Class::NONE, 8, LENDER).unwrap();
    for index in 0..8 {
        card.vm.jcre().store_byte(array, index, 10 + index as i8).unwrap();
    }
    let view = card.vm.make_array_view(array, 2, 4, access, BORROWER).unwrap();
    (array, view)
}

fn outcome(code: &str, memory: Memory, access: ViewAccess) -> String {
    let mut card = Card::with(&[&package(code)]);
    card.vm.heap().select(LENDER.context);
    let (_, view) = lent(&mut card, memory, access);
    card.vm.heap().select(BORROWER.context);
    card.outcome(1, 0, &[view.to_word()])
}

const LOAD: &str = "aload_0 / sconst_3 / baload / sreturn";
const STORE: &str = "aload_0 / sconst_0 / sconst_5 / bastore / return";

#[test]
fn a_view_lets_its_owner_do_what_its_attributes_say() {
    let both = ViewAccess::READ_WRITE;
    let cases = [
        (LOAD, ViewAccess::READ, "short 15"),
        (LOAD, ViewAccess::WRITE, "SecurityException"),
        (LOAD, ViewAccess::NONE, "SecurityException"),
        (STORE, ViewAccess::WRITE, "void"),
        (STORE, ViewAccess::READ, "SecurityException"),
        ("aload_0 / arraylength / sreturn", ViewAccess::NONE, "short 4"),
        ("aload_0 / checkcast 11 / pop / return", ViewAccess::NONE, "void"),
        ("aload_0 / instanceof 12 / sreturn", both, "short 0"),
        ("aload_0 / sconst_4 / baload / sreturn", both, "ArrayIndexOutOfBoundsException"),
        ("aload_0 / sconst_m1 / baload / sreturn", both, "ArrayIndexOutOfBoundsException"),
        ("aload_0 / putstatic_a kept / return", both, "SecurityException"),
        ("new Main / aload_0 / putfield_a Main.kept / return", both, "SecurityException"),
        (
            "sconst_1 / anewarray java/lang/Object / sconst_0 / aload_0 / aastore / return",
            both,
            "SecurityException",
        ),
    ];
    for (code, access, expected) in cases {
        assert_eq!(outcome(code, Memory::Persistent, access), expected, "{code} {access:?}");
    }
}

#[test]
fn a_view_of_a_clear_on_deselect_array_is_closed_while_its_owner_is_not_selected() {
    assert_eq!(outcome(LOAD, Memory::ClearOnDeselect, ViewAccess::READ), "SecurityException");
    assert_eq!(outcome(LOAD, Memory::ClearOnReset, ViewAccess::READ), "short 15");
}

#[test]
fn only_the_context_it_was_lent_to_may_use_a_view() {
    let mut card = Card::with(&[&package(LOAD), &package(LOAD).replace("F0000000", "F1000000")]);
    let (_, view) = lent(&mut card, Memory::Persistent, ViewAccess::READ_WRITE);
    assert_eq!(card.outcome(2, 0, &[view.to_word()]), "SecurityException");
}

#[test]
fn a_view_shows_the_array_and_ends_with_the_command() {
    let mut card = Card::with(&[&package(STORE)]);
    let (array, view) = lent(&mut card, Memory::Persistent, ViewAccess::READ_WRITE);
    assert_eq!(card.vm.heap().view_access(view), Some(ViewAccess::READ_WRITE));
    assert_eq!(card.vm.jcre().bytes(view, 1, 3).unwrap(), [13, 14, 15]);
    assert_eq!(card.outcome(1, 0, &[view.to_word()]), "void");
    assert_eq!(card.vm.jcre().bytes(array, 0, 8).unwrap(), [10, 11, 5, 13, 14, 15, 16, 17]);
    assert_eq!(card.vm.heap().header(view), None);
    assert_eq!(card.vm.heap().view_access(view), None);
    // no journal has heard of it
    let journal = card.vm.heap().snapshot();
    let (restored, _) = card_vm::heap::Heap::restore(&journal).unwrap();
    assert!(restored.header(view).is_none() && restored.header(array).is_some());
}

#[test]
fn natives_see_through_views_as_code_does() {
    let mut card = Card::with(&[]);
    let (array, view) = lent(&mut card, Memory::Persistent, ViewAccess::READ);
    let mut door = card.vm.jcre();
    assert!(door.write(view, 0, &[1], Atomicity::Transactional).is_err());
    assert!(door.copy((array, 0), (view, 0), 2, Atomicity::Transactional).is_err());
    door.copy((view, 1), (array, 0), 3, Atomicity::Transactional).unwrap();
    assert_eq!(card.vm.jcre().bytes(array, 0, 3).unwrap(), [13, 14, 15]);
    assert!(card.vm.jcre().bytes(view, 2, 3).is_err());
}

#[test]
fn a_write_through_a_view_belongs_to_the_transaction() {
    let mut card = Card::with(&[]);
    let (array, view) = lent(&mut card, Memory::Persistent, ViewAccess::READ_WRITE);
    card.vm.heap().begin(Depth::Applet).unwrap();
    card.vm.jcre().store_byte(view, 0, 99).unwrap();
    assert_eq!(card.vm.jcre().load_byte(array, 2), Ok(99));
    card.vm.heap().abort(Depth::Applet).unwrap();
    assert_eq!(card.vm.jcre().load_byte(array, 2), Ok(12));
}

#[test]
fn a_view_of_a_view_allows_no_more_than_that_does() {
    let mut card = Card::with(&[]);
    let (array, view) = lent(&mut card, Memory::Persistent, ViewAccess::READ);
    assert!(card.vm.make_array_view(view, 0, 1, ViewAccess::READ_WRITE, BORROWER).is_err());
    let second = card.vm.make_array_view(view, 1, 2, ViewAccess::READ, BORROWER).unwrap();
    assert_eq!(card.vm.jcre().bytes(second, 0, 2).unwrap(), [13, 14]);
    for (offset, length) in [(-1, 1), (0, -1), (3, 2), (i16::MAX, i16::MAX)] {
        let refused = card.vm.make_array_view(view, offset, length, ViewAccess::READ, BORROWER);
        assert!(refused.is_err(), "{offset} {length}");
    }
    let _ = array;
}

#[test]
fn an_array_whose_making_was_undone_is_not_seen_through_its_view() {
    let mut card = Card::with(&[]);
    card.vm.heap().begin(Depth::Applet).unwrap();
    let (_, view) = lent(&mut card, Memory::Persistent, ViewAccess::READ_WRITE);
    card.vm.heap().abort(Depth::Applet).unwrap();
    assert!(card.vm.jcre().load_byte(view, 0).is_err());
    assert!(card.vm.jcre().bytes(view, 0, 1).is_err());
}
