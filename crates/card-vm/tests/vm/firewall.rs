//! Two applets that meddle with each other's objects, and what the reference implementation answered: the rows of its
//! answers that concern the machine. The server is the package in slot 1, the client the one in slot 2.

use crate::support::{Card, class};
use card_vm::heap::{Kind, Memory, Standing};
use card_vm::{AppletId, Context, Owner, Ref, Stop, Value};

/// The server: what it shares, and, as its "applets", the ways into it.
const SERVER: &str = "
package F000000001
static kept ref
interface Shared shareable
class Server extends javacard/framework/Applet shareable
implements Shared answer fill previous raise own inside again make
field number word
field cleared ref
special <init> 1 0
aload_0
invokespecial javacard/framework/Applet.<init>()V
return
virtual answer 1 0            # 0: works, in the server's context
bspush 42
putfield_s_this Server.number
getfield_s_this Server.number
sreturn
virtual fill 2 0              # 1: reads an array it is handed
aload_1
sconst_0
baload
sreturn
virtual previous 1 0          # 2
invokestatic javacard/framework/JCSystem.getPreviousContextAID()Ljavacard/framework/AID;
pop
sconst_0
sreturn
virtual raise 1 0             # 3: throws through the runtime environment
bspush 55
invokestatic javacard/framework/ISOException.throwIt(S)V
sconst_0
sreturn
virtual own 1 0               # 4: throws an object of its own
new javacard/framework/CardRuntimeException
dup
bspush 66
invokespecial javacard/framework/CardRuntimeException.<init>(S)V
athrow
virtual inside 1 0            # 5: its own null pointer
aconst_null
arraylength
sreturn
virtual again 1 0             # 6: uses its CLEAR_ON_DESELECT array
getfield_a_this Server.cleared
sconst_0
baload
sreturn
virtual make 1 0              # 7: makes one
sconst_5
sconst_2
invokestatic javacard/framework/JCSystem.makeTransientByteArray(SB)[B
pop
sconst_0
sreturn
class Ways
special server 0 1
new Server
dup
invokespecial Server.<init>
astore_0
aload_0
sconst_5
sconst_2
invokestatic javacard/framework/JCSystem.makeTransientByteArray(SB)[B
putfield_a Server.cleared
aload_0
areturn
special array 0 0
sconst_5
newarray 11
areturn
applet F00000000101 Ways.server
applet F00000000102 Ways.array
export Shared
export Server
";

/// The client: `main` gets the server's object (local 0) or array (local 1).
fn client(code: &str) -> String {
    let code: String = code.split(" / ").map(|line| format!("{}\n", line.trim())).collect();
    format!(
        "package F000000002
         import F000000001
         static kept ref
         class Main
         field kept ref
         special main 2 4
         {code}
         applet F00000000201 Main.main"
    )
}

struct Scene {
    card: Card,
    server: Ref,
    array: Ref,
}

fn object(value: Result<Value, Stop>) -> Ref {
    match value {
        Ok(Value::Ref(object)) => object,
        other => panic!("{other:?}"),
    }
}

/// A card with both packages, the server's objects made while the server was selected; then the client is selected.
fn scene(code: &str) -> Scene {
    let mut card = Card::with(&[SERVER]);
    let server = object(card.run(1, 0, &[]));
    let array = object(card.run(1, 1, &[]));
    card.load(&client(code));
    card.vm.heap().select(Context(2));
    Scene { card, server, array }
}

fn outcome(code: &str) -> String {
    let Scene { mut card, server, array } = scene(code);
    card.outcome(2, 0, &[server.to_word(), array.to_word()])
}

#[test]
fn a_client_calls_a_method_of_the_server_s_shareable_interface() {
    assert_eq!(outcome("aload_0 / checkcast 0 %0.0 / invokeinterface 1 %0.0 0 / sreturn"), "short 42");
}

#[test]
fn a_client_can_not_reach_an_array_of_the_server() {
    assert_eq!(outcome("aload_1 / sconst_0 / baload / sreturn"), "SecurityException");
    assert_eq!(outcome("aload_1 / arraylength / sreturn"), "SecurityException");
    assert_eq!(outcome("aload_1 / sconst_0 / sconst_1 / bastore / return"), "SecurityException");
    assert_eq!(outcome("aload_1 / checkcast 11 / areturn"), "SecurityException");
    // the firewall comes before the index
    assert_eq!(outcome("aload_1 / sconst_m1 / baload / sreturn"), "SecurityException");
}

#[test]
fn the_server_can_not_read_an_array_of_the_client() {
    let code = "aload_0 / sconst_5 / newarray 11 / invokeinterface 2 %0.0 1 / sreturn";
    assert_eq!(outcome(code), "SecurityException");
}

#[test]
fn the_server_reads_a_global_array_it_was_passed() {
    let Scene { mut card, server, .. } = scene("aload_0 / aload_1 / invokeinterface 2 %0.0 1 / sreturn");
    let buffer = card.vm.make_array(Kind::Bytes, 8, Owner::JCRE).unwrap();
    card.vm.heap().set_standing(buffer, Standing::GlobalArray).unwrap();
    card.vm.jcre().store_byte(buffer, 0, 9).unwrap();
    assert_eq!(card.outcome(2, 0, &[server.to_word(), buffer.to_word()]), "short 9");
}

#[test]
fn a_client_can_not_cast_the_server_s_object_to_its_class() {
    assert_eq!(outcome("aload_0 / checkcast 0 %0.1 / areturn"), "SecurityException");
    assert_eq!(outcome("aload_0 / checkcast 0 javacard/framework/Applet / areturn"), "SecurityException");
    assert_eq!(outcome("aload_0 / instanceof 0 javacard/framework/Applet / sreturn"), "SecurityException");
    assert_eq!(outcome("aload_0 / instanceof 0 %0.0 / sreturn"), "short 1");
}

#[test]
fn a_client_can_not_reach_a_field_or_a_virtual_method_of_the_server_s_object() {
    assert_eq!(outcome("aload_0 / invokevirtual %0.1.8 / sreturn"), "SecurityException");
    let equals = "aload_0 / aload_0 / invokevirtual java/lang/Object.equals(Ljava/lang/Object;)Z / sreturn";
    assert_eq!(outcome(equals), "SecurityException");
    assert_eq!(outcome("aload_0 / getfield_a Main.kept / areturn"), "SecurityException");
    assert_eq!(outcome("aload_0 / aconst_null / putfield_a Main.kept / return"), "SecurityException");
}

#[test]
fn a_client_may_store_the_server_s_reference_in_its_own_field() {
    let code = "new Main / astore_2 / aload_2 / aload_0 / putfield_a Main.kept / aload_0 / putstatic_a kept / return";
    assert_eq!(outcome(code), "void");
}

#[test]
fn the_previous_context_is_the_caller_s() {
    let Scene { mut card, server, .. } = scene("aload_0 / invokeinterface 1 %0.0 2 / sreturn");
    assert_eq!(card.outcome(2, 0, &[server.to_word(), 0]), "short 0");
    let client = Owner { context: Context(2), applet: AppletId(2) };
    assert_eq!(card.platform.previous, Some(client));
    let code =
        "invokestatic javacard/framework/JCSystem.getPreviousContextAID()Ljavacard/framework/AID; / areturn";
    let mut scene = scene(code);
    assert_eq!(scene.card.outcome(2, 0, &[0, 0]), "null");
    assert_eq!(scene.card.platform.previous, Some(Owner::JCRE));
}

/// A call of the server's method `token` whose exception of a class the client catches, and runs `then` with it.
fn caught(token: u8, class: &str, then: &str) -> String {
    outcome(&format!(
        "a: / aload_0 / invokeinterface 1 %0.0 {token} / b: / sreturn / h: / {then} / sreturn / catch a b h {class}"
    ))
}

const REASON: &str = "invokevirtual javacard/framework/CardRuntimeException.getReason()S";

#[test]
fn a_client_catches_what_the_server_throws_through_the_runtime_environment_and_reads_its_reason() {
    assert_eq!(caught(3, "javacard/framework/ISOException", REASON), "short 55");
}

#[test]
fn a_client_catches_an_exception_the_server_owns_but_can_not_read_its_reason() {
    assert_eq!(caught(4, "javacard/framework/CardRuntimeException", "pop / bspush 7"), "short 7");
    assert_eq!(caught(4, "javacard/framework/CardRuntimeException", REASON), "SecurityException");
}

#[test]
fn a_client_catches_the_server_s_null_pointer_exception() {
    assert_eq!(caught(5, "java/lang/NullPointerException", "pop / bspush 8"), "short 8");
}

#[test]
fn a_server_that_is_not_selected_can_not_use_or_make_clear_on_deselect_arrays() {
    assert_eq!(outcome("aload_0 / invokeinterface 1 %0.0 6 / sreturn"), "SecurityException");
    assert_eq!(outcome("aload_0 / invokeinterface 1 %0.0 7 / sreturn"), "SystemException 3");
    let Scene { mut card, server, .. } = scene("aload_0 / invokeinterface 1 %0.0 6 / sreturn");
    card.vm.heap().select(Context(1));
    assert_eq!(card.outcome(2, 0, &[server.to_word(), 0]), "short 0");
}

#[test]
fn the_platform_s_natives_check_what_they_are_passed_against_their_caller() {
    let code = "aload_1 / sconst_0 / sconst_5 / newarray 11 / sconst_0 / sconst_2 / \
                invokestatic javacard/framework/Util.arrayCopy([BS[BSS)S / sreturn";
    assert_eq!(outcome(code), "SecurityException");
}

#[test]
fn the_context_is_restored_when_an_exception_leaves_the_server() {
    let code = "a: / aload_0 / invokeinterface 1 %0.0 3 / b: / sreturn / h: / pop / \
                sconst_1 / newarray 11 / sconst_0 / baload / sreturn / catch a b h";
    assert_eq!(outcome(code), "short 0");
    let again = "a: / aload_0 / invokeinterface 1 %0.0 3 / b: / sreturn / h: / pop / \
                 aload_1 / arraylength / sreturn / catch a b h";
    assert_eq!(outcome(again), "SecurityException");
}

#[test]
fn references_to_temporary_entry_points_and_global_arrays_are_never_stored() {
    for standing in [Standing::TemporaryEntryPoint, Standing::GlobalArray, Standing::PermanentEntryPoint] {
        let expected = if standing == Standing::PermanentEntryPoint { "void" } else { "SecurityException" };
        for code in [
            "aload_1 / putstatic_a kept / return",
            "new Main / aload_1 / putfield_a Main.kept / return",
            "sconst_1 / anewarray java/lang/Object / sconst_0 / aload_1 / aastore / return",
        ] {
            let mut card = scene(code).card;
            let buffer = card.vm.make_array(Kind::Bytes, 8, Owner::JCRE).unwrap();
            card.vm.heap().set_standing(buffer, standing).unwrap();
            assert_eq!(card.outcome(2, 0, &[0, buffer.to_word()]), expected, "{code} {standing:?}");
        }
    }
}

#[test]
fn transient_contents_are_cleared_when_they_should_be() {
    let mut card = Card::with(&[SERVER]);
    let owner = crate::support::APPLET_1;
    let none = card_vm::heap::Class::NONE;
    let mut made = Vec::new();
    for memory in [Memory::Persistent, Memory::ClearOnReset, Memory::ClearOnDeselect] {
        let array = card.vm.make_array_in(memory, Kind::Bytes, none, 1, owner).unwrap();
        card.vm.jcre().store_byte(array, 0, 1).unwrap();
        made.push(array);
    }
    let values = |card: &mut Card| -> Vec<i8> {
        made.iter().map(|array| card.vm.jcre().load_byte(*array, 0).unwrap()).collect()
    };
    card.vm.heap().clear_on_deselect(Context(2));
    assert_eq!(values(&mut card), [1, 1, 1]);
    card.vm.heap().clear_on_deselect(Context(1));
    assert_eq!(values(&mut card), [1, 1, 0]);
    card.vm.heap().clear_on_reset();
    assert_eq!(values(&mut card), [1, 0, 0]);
}

#[test]
fn an_object_is_of_its_platform_class_and_of_those_above() {
    let Scene { card, server, array } = scene("return");
    assert!(card.vm.is_instance(server, class("javacard/framework/Applet")));
    assert!(!card.vm.is_instance(array, class("javacard/framework/Applet")));
    assert_eq!(card.vm.platform_class(server), class("javacard/framework/Applet"));
    assert_eq!(card.vm.platform_class(array), class("java/lang/Object"));
}
