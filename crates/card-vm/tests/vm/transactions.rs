//! Transactions as applets see them: the rows of the reference implementation's answers that concern the machine.

use crate::support::Card;
use card_vm::heap::Depth;

const BEGIN: &str = "invokestatic javacard/framework/JCSystem.beginTransaction()V";
const COMMIT: &str = "invokestatic javacard/framework/JCSystem.commitTransaction()V";
const ABORT: &str = "invokestatic javacard/framework/JCSystem.abortTransaction()V";
const NON_ATOMIC: &str = "invokestatic javacard/framework/Util.arrayCopyNonAtomic([BS[BSS)S";

/// A card whose applet 0 keeps a `byte[16]`, a transient one and a field; applet 1 runs `code` with these objects in
/// local variables 0 (the object), 1 (the array) and 2 (the transient array).
fn card(code: &str) -> (Card, [i16; 3]) {
    let code: String = code.split(" / ").map(|line| format!("{}\n", line.trim())).collect();
    let source = format!(
        "package F000000001
         class Main
         field array ref
         field number word
         special array 1 0
         sload_0
         newarray 11
         areturn
         special transient 1 0
         sload_0
         sconst_1
         invokestatic javacard/framework/JCSystem.makeTransientByteArray(SB)[B
         areturn
         special object 0 0
         new Main
         areturn
         special main 3 3
         {code}
         applet F00000000101 Main.array
         applet F00000000102 Main.transient
         applet F00000000103 Main.object
         applet F00000000104 Main.main"
    );
    let mut card = Card::with(&[&source]);
    let mut made = [0; 3];
    for (to, (applet, args)) in made.iter_mut().zip([(2, &[][..]), (0, &[9000][..]), (1, &[16][..])]) {
        match card.run(1, applet, args) {
            Ok(card_vm::Value::Ref(object)) => *to = object.to_word(),
            other => panic!("{other:?}"),
        }
    }
    (card, made)
}

fn outcome(code: &str) -> String {
    let (mut card, made) = card(code);
    card.outcome(1, 3, &made)
}

#[test]
fn aborting_restores_persistent_contents_but_no_transient_or_non_atomic_ones() {
    let code = format!(
        "{BEGIN} / aload_1 / sconst_0 / sconst_5 / bastore / aload_0 / sconst_5 / putfield_s Main.number / \
         aload_2 / sconst_0 / sconst_3 / bastore / aload_2 / sconst_0 / aload_1 / sconst_1 / sconst_1 / {NON_ATOMIC} / \
         pop / {ABORT} / aload_1 / sconst_0 / baload / aload_0 / getfield_s Main.number / sadd / bspush 100 / smul / \
         aload_1 / sconst_1 / baload / bspush 10 / smul / sadd / aload_2 / sconst_0 / baload / sadd / sreturn"
    );
    assert_eq!(outcome(&code), "short 33");
}

#[test]
fn committing_keeps_everything() {
    let code = format!(
        "{BEGIN} / aload_1 / sconst_0 / sconst_5 / bastore / aload_0 / sconst_4 / putfield_s Main.number / {COMMIT} / \
         aload_1 / sconst_0 / baload / aload_0 / getfield_s Main.number / sadd / sreturn"
    );
    assert_eq!(outcome(&code), "short 9");
}

#[test]
fn a_transaction_within_a_transaction_is_refused() {
    assert_eq!(outcome(&format!("{BEGIN} / {BEGIN} / return")), "TransactionException 1");
    assert_eq!(outcome(&format!("{COMMIT} / return")), "TransactionException 2");
    assert_eq!(outcome(&format!("{ABORT} / return")), "TransactionException 2");
}

#[test]
fn more_changes_than_fit_are_refused() {
    let code = format!(
        "{BEGIN} / loop: / aload_1 / sload_3 / sconst_1 / bastore / sinc 3 2 / sload_3 / sspush 8999 / \
         if_scmplt loop / return"
    );
    assert_eq!(outcome(&code), "TransactionException 3");
    // the same place again costs nothing
    let again = format!(
        "{BEGIN} / loop: / aload_1 / sconst_0 / sconst_1 / bastore / sinc 3 2 / sload_3 / sspush 8999 / \
         if_scmplt loop / {COMMIT} / return"
    );
    assert_eq!(outcome(&again), "void");
}

#[test]
fn an_object_made_in_a_transaction_that_is_undone_is_null_afterwards() {
    let code = format!(
        "{BEGIN} / new Main / astore_3 / aload_0 / aload_3 / putfield_a Main.array / {ABORT} / \
         aload_0 / getfield_a Main.array / ifnonnull bad / aload_3 / ifnonnull bad / sconst_1 / sreturn / \
         bad: / sconst_0 / sreturn"
    );
    assert_eq!(outcome(&code), "short 1");
    let used = format!(
        "{BEGIN} / new Main / astore_3 / {ABORT} / sconst_5 / newarray 11 / pop / aload_3 / getfield_s Main.number / sreturn"
    );
    assert_eq!(outcome(&used), "NullPointerException");
}

#[test]
fn installing_is_undone_as_a_whole_although_the_applet_committed_within() {
    let code = format!(
        "{BEGIN} / aload_1 / sconst_0 / sconst_5 / bastore / {COMMIT} / \
         aload_1 / sconst_1 / sconst_5 / bastore / {BEGIN} / new Main / pop / {COMMIT} / return"
    );
    let (mut card, made) = card(&code);
    let before = card.vm.heap().objects().count();
    card.vm.heap().begin(Depth::Runtime).unwrap();
    assert_eq!(card.outcome(1, 3, &made), "void");
    assert_eq!(card.vm.heap().objects().count(), before + 1);
    card.vm.heap().abort(Depth::Runtime).unwrap();
    assert_eq!(card.vm.heap().objects().count(), before);
    let array = card_vm::Ref::from_word(made[1]);
    assert_eq!(card.vm.jcre().bytes(array, 0, 2).unwrap(), [0, 0]);
}
