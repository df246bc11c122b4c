//! The firewall's rules as a table: each family of bytecodes, each kind of object, whether code in an applet's context
//! may (JCRE 6.2.8.1 to 6.2.8.10). `+`: it may, whatever else then happens; `S`: a `SecurityException`.

use crate::support::{Card, class};
use card_vm::heap::{Class, Kind, Memory, Standing, ViewAccess};
use card_vm::{AppletId, Context, Owner, Ref, Value};

/// A class that another context shares, and one that it does not.
const SERVER: &str = "
package F000000001
interface Shared shareable
class Server shareable
implements Shared answer
field number word
virtual answer 1 0
sconst_1
sreturn
class Ways
special server 0 0
new Server
areturn
applet F00000000101 Ways.server
export Shared
export Server
";

fn client(code: &str) -> String {
    let code: String = code.split(" / ").map(|line| format!("{}\n", line.trim())).collect();
    format!(
        "package F000000002\nimport F000000001\nstatic kept ref\nclass Main\nfield kept ref\nfield word word\n\
         special main 1 2\n{code}\napplet F00000000201 Main.main"
    )
}

const OTHER: Owner = Owner { context: Context(1), applet: AppletId(1) };
const OWN: Owner = Owner { context: Context(2), applet: AppletId(2) };

/// What an object is, in the order of a table's columns.
#[derive(Clone, Copy, Debug)]
enum Object {
    Instance(Owner, Standing),
    Shareable,
    Array(Owner, Standing),
    /// A CLEAR_ON_DESELECT array of the running context, the selected one being this.
    Selected(Context),
    View,
}

const INSTANCES: [Object; 6] = [
    Object::Instance(OWN, Standing::Ordinary),
    Object::Instance(OTHER, Standing::Ordinary),
    Object::Shareable,
    Object::Instance(Owner::JCRE, Standing::Ordinary),
    Object::Instance(Owner::JCRE, Standing::PermanentEntryPoint),
    Object::Instance(Owner::JCRE, Standing::TemporaryEntryPoint),
];

const ARRAYS: [Object; 7] = [
    Object::Array(OWN, Standing::Ordinary),
    Object::Array(OTHER, Standing::Ordinary),
    Object::Array(Owner::JCRE, Standing::Ordinary),
    Object::Array(Owner::JCRE, Standing::GlobalArray),
    Object::Selected(Context(2)),
    Object::Selected(Context(1)),
    Object::View,
];

fn make(card: &mut Card, object: Object, kind: Kind) -> Ref {
    let array = |card: &mut Card, memory, owner| {
        card.vm.make_array_in(memory, kind, Card::object_class(kind), 4, owner).unwrap()
    };
    match object {
        Object::Instance(owner, standing) => {
            let class = class("javacard/framework/CardRuntimeException");
            let made = card.vm.make_instance(class, owner).unwrap();
            card.vm.heap().set_standing(made, standing).unwrap();
            made
        }
        Object::Shareable => match card.run(1, 0, &[]) {
            Ok(Value::Ref(made)) => made,
            other => panic!("{other:?}"),
        },
        Object::Array(owner, standing) => {
            let made = array(card, Memory::Persistent, owner);
            card.vm.heap().set_standing(made, standing).unwrap();
            made
        }
        Object::Selected(selected) => {
            card.vm.heap().select(OWN.context);
            let made = array(card, Memory::ClearOnDeselect, OWN);
            card.vm.heap().select(selected);
            made
        }
        Object::View => {
            let below = array(card, Memory::Persistent, OTHER);
            card.vm.make_array_view(below, 0, 4, ViewAccess::READ_WRITE, OWN).unwrap()
        }
    }
}

fn check(table: &[(&str, &str, &str)], objects: &[Object], kind: Kind) {
    let mut wrong = Vec::new();
    for (family, code, expected) in table {
        let expected: Vec<&str> = expected.split(' ').collect();
        assert_eq!(expected.len(), objects.len(), "{family}");
        for (object, expected) in objects.iter().zip(expected) {
            let mut card = Card::with(&[SERVER, &client(code)]);
            card.vm.heap().select(OWN.context);
            let made = make(&mut card, *object, kind);
            let outcome = card.outcome(2, 0, &[made.to_word()]);
            if (outcome == "SecurityException") != (expected == "S") {
                wrong.push(format!("{family} on {object:?}: expected {expected}, got {outcome}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn instances() {
    // own, another's, another's shareable, the runtime's, permanent entry point, temporary entry point
    let table = [
        ("getfield", "aload_0 / getfield_s Main.kept / sreturn", "+ S S S S S"),
        ("getfield_this", "getfield_s_this Main.kept / sreturn", "+ S S S S S"),
        ("putfield", "aload_0 / sconst_1 / putfield_s Main.kept / return", "+ S S S S S"),
        ("putfield_this", "sconst_1 / putfield_b_this Main.kept / return", "+ S S S S S"),
        ("putfield_a", "aload_0 / aconst_null / putfield_a Main.kept / return", "+ S S S S S"),
        (
            "invokevirtual",
            "aload_0 / aconst_null / invokevirtual java/lang/Object.equals(Ljava/lang/Object;)Z / sreturn",
            "+ S S S + +",
        ),
        ("invokevirtual of bytecode", "aload_0 / invokevirtual %0.1.1 / sreturn", "+ S S S + +"),
        ("invokeinterface", "aload_0 / invokeinterface 1 javacard/security/Key 0 / return", "+ S S S + +"),
        ("invokeinterface, shareable", "aload_0 / invokeinterface 1 %0.0 0 / sreturn", "+ S + S S S"),
        ("athrow", "aload_0 / athrow", "+ S S S + +"),
        ("checkcast", "aload_0 / checkcast 0 java/lang/Throwable / areturn", "+ S S S + +"),
        ("instanceof", "aload_0 / instanceof 0 java/lang/Throwable / sreturn", "+ S S S + +"),
        ("checkcast, interface", "aload_0 / checkcast 0 javacard/security/Key / areturn", "+ S S S + +"),
        ("instanceof, interface", "aload_0 / instanceof 0 javacard/security/Key / sreturn", "+ S S S + +"),
        ("checkcast, shareable", "aload_0 / checkcast 0 %0.0 / areturn", "+ S + S S S"),
        ("instanceof, shareable", "aload_0 / instanceof 0 %0.0 / sreturn", "+ S + S S S"),
        ("stored by putstatic", "aload_0 / putstatic_a kept / return", "+ + + + + S"),
        ("stored by putfield", "new Main / aload_0 / putfield_a Main.kept / return", "+ + + + + S"),
        (
            "stored by aastore",
            "sconst_1 / anewarray java/lang/Object / sconst_0 / aload_0 / aastore / return",
            "+ + + + + S",
        ),
        ("compared", "aload_0 / ifnull l / aload_0 / aload_0 / if_acmpne l / l: / return", "+ + + + + +"),
    ];
    check(&table, &INSTANCES, Kind::Instance);
}

/// What all arrays have in common.
const ANY_ARRAY: [(&str, &str, &str); 6] = [
    ("arraylength", "aload_0 / arraylength / sreturn", "+ S S + + S +"),
    ("checkcast", "aload_0 / checkcast 12 / areturn", "+ S S + + S +"),
    ("instanceof", "aload_0 / instanceof 0 java/lang/Object / sreturn", "+ S S + + S +"),
    ("stored by putstatic", "aload_0 / putstatic_a kept / return", "+ + + S + + S"),
    ("stored by putfield", "new Main / aload_0 / putfield_a Main.kept / return", "+ + + S + + S"),
    (
        "stored by aastore",
        "sconst_1 / anewarray java/lang/Object / sconst_0 / aload_0 / aastore / return",
        "+ + + S + + S",
    ),
];

#[test]
fn arrays() {
    // own, another's, the runtime's, global, own of the selected, own of one not selected, a view lent to this context
    let access = "+ S S + + S +";
    let kinds = [
        (Kind::Bytes, "baload / sreturn", "sconst_1 / bastore / return"),
        (Kind::Booleans, "baload / sreturn", "sconst_1 / bastore / return"),
        (Kind::Shorts, "saload / sreturn", "sconst_1 / sastore / return"),
        (Kind::Ints, "iaload / ireturn", "iconst_1 / iastore / return"),
        (Kind::References, "aaload / areturn", "aconst_null / aastore / return"),
    ];
    for (kind, load, store) in kinds {
        let load = [format!("aload_0 / sconst_0 / {load}"), format!("aload_0 / sspush 999 / {load}")];
        let store = [format!("aload_0 / sconst_0 / {store}"), format!("aload_0 / sspush 999 / {store}")];
        let codes = load.iter().chain(&store);
        let rows = codes.map(|code| ("an element", code.as_str(), access)).chain(ANY_ARRAY);
        check(&rows.collect::<Vec<_>>(), &ARRAYS, kind);
    }
}

#[test]
fn what_code_makes_belongs_to_the_context_that_runs_it() {
    // a method of a library class, `new` and `newarray` in it, called by another context
    let mut card =
        Card::with(&[SERVER, &client("new Main / areturn"), &client("sconst_1 / newarray 11 / areturn")]);
    for slot in [2, 3] {
        let Ok(Value::Ref(made)) = card.run(slot, 0, &[0]) else { panic!("nothing was made") };
        assert_eq!(card.vm.heap().header(made).unwrap().owner.context, Context(slot));
    }
}

impl Card {
    /// The element class that an array of this kind has.
    fn object_class(kind: Kind) -> Class {
        if kind == Kind::References {
            card_vm::Machine::class(class("java/lang/Object"))
        } else {
            Class::NONE
        }
    }
}
