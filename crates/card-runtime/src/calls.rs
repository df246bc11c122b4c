//! Calling into applets (JCRE 3.0.5, chapter 3), and what their ends mean.

use card_image::api::MemberId;
use card_vm::heap::Depth;
use card_vm::{Machine, Owner, Ref, Stop, Value};

use crate::natives::{Os, Outcome, names};
use crate::registry::AppletEntry;
use crate::status::StatusWord;

/// The member of this name; a misspelt one does not compile.
macro_rules! member {
    ($class:literal, $name:literal, $descriptor:literal) => {{
        const MEMBER: MemberId = match card_image::api::find_member($class, $name, $descriptor) {
            Some(member) => member,
            None => MemberId(u16::MAX),
        };
        const _: () = assert!(MEMBER.0 != u16::MAX, $name);
        MEMBER
    }};
}

pub(crate) use member;

const SELECT: MemberId = member!("javacard/framework/Applet", "select", "()Z");
const DESELECT: MemberId = member!("javacard/framework/Applet", "deselect", "()V");
const PROCESS: MemberId = member!("javacard/framework/Applet", "process", "(Ljavacard/framework/APDU;)V");
const SHAREABLE: MemberId = member!(
    "javacard/framework/Applet",
    "getShareableInterfaceObject",
    "(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;"
);
const MULTI_SELECT: MemberId = member!("javacard/framework/MultiSelectable", "select", "(Z)Z");
const MULTI_DESELECT: MemberId = member!("javacard/framework/MultiSelectable", "deselect", "(Z)V");
const PROCESS_DATA: MemberId = member!("org/globalplatform/Application", "processData", "([BSS)V");
const UNINSTALL: MemberId = member!("javacard/framework/AppletEvent", "uninstall", "()V");

/// What of an applet's package is selected on other channels (JCRE 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Company {
    /// Nothing.
    Alone,
    /// Only other instances.
    OthersActive,
    /// The instance itself.
    ItselfActive,
}

/// Entering an applet forgets what the last sensitive method returned (`SensitiveResult`).
fn enter(os: &mut Os<'_>) {
    os.runtime.outcome = Outcome::Unassigned;
}

/// Calls `select`, or the variant for applets that can be selected more than once. Whatever goes wrong means no.
pub(crate) fn select(vm: &mut Machine, os: &mut Os<'_>, applet: &AppletEntry, company: Company) -> bool {
    enter(os);
    let answer = match company {
        Company::Alone => vm.call_virtual(os, SELECT, applet.object, &[]),
        Company::OthersActive => vm.call_virtual(os, MULTI_SELECT, applet.object, &[0]),
        Company::ItselfActive => vm.call_virtual(os, MULTI_SELECT, applet.object, &[1]),
    };
    abort_open_transaction(vm);
    matches!(answer, Ok(Value::Short(yes)) if yes != 0)
}

/// Calls `deselect`; exceptions end here (JCRE 3.4).
pub(crate) fn deselect(vm: &mut Machine, os: &mut Os<'_>, applet: &AppletEntry, company: Company) {
    enter(os);
    let _ = match company {
        Company::Alone => vm.call_virtual(os, DESELECT, applet.object, &[]),
        Company::OthersActive => vm.call_virtual(os, MULTI_DESELECT, applet.object, &[0]),
        Company::ItselfActive => vm.call_virtual(os, MULTI_DESELECT, applet.object, &[1]),
    };
    abort_open_transaction(vm);
}

/// Calls `process`; what it throws becomes a status word (JCRE 3.3.4).
pub(crate) fn process(vm: &mut Machine, os: &mut Os<'_>, applet: &AppletEntry) -> StatusWord {
    enter(os);
    let apdu = os.runtime.roots.apdu;
    let end = vm.call_virtual(os, PROCESS, applet.object, &[apdu.to_word()]);
    abort_open_transaction(vm);
    match end {
        Ok(_) => StatusWord::OK,
        Err(stop) => status_of(vm, os, stop),
    }
}

/// Calls `getShareableInterfaceObject` of another applet in its context.
pub(crate) fn shareable(
    vm: &mut Machine,
    os: &mut Os<'_>,
    server: &AppletEntry,
    client: Ref,
    parameter: i16,
) -> Result<Ref, Stop> {
    enter(os);
    match vm.call_virtual(os, SHAREABLE, server.object, &[client.to_word(), parameter])? {
        Value::Ref(object) => Ok(object),
        Value::Void | Value::Short(_) | Value::Int(_) => Ok(Ref::NULL),
    }
}

/// Calls `uninstall` of an applet that wants to know of its end; exceptions end here.
pub(crate) fn uninstall(vm: &mut Machine, os: &mut Os<'_>, applet: &AppletEntry) {
    enter(os);
    if applet.traits.applet_event {
        let _ = vm.call_virtual(os, UNINSTALL, applet.object, &[]);
        abort_open_transaction(vm);
    }
}

/// Calls `processData` with `length` bytes of the APDU buffer, which hold a command (Card Specification 2.3.1, 7.3.3).
pub(crate) fn process_data(
    vm: &mut Machine,
    os: &mut Os<'_>,
    applet: &AppletEntry,
    length: i16,
) -> Result<(), StatusWord> {
    enter(os);
    let buffer = os.runtime.roots.apdu_buffer.to_word();
    let end = vm.call_virtual(os, PROCESS_DATA, applet.object, &[buffer, 0, length]);
    abort_open_transaction(vm);
    end.map(|_| ()).map_err(|stop| status_of(vm, os, stop))
}

/// Calls `install` with `length` bytes of the install data. The caller has opened the runtime's transaction.
pub(crate) fn install(
    vm: &mut Machine,
    os: &mut Os<'_>,
    owner: Owner,
    module: card_vm::package::MethodIndex,
    length: i16,
) -> Result<(), StatusWord> {
    enter(os);
    let data = os.runtime.roots.install_data.to_word();
    let end = vm.call_install(os, owner.context.0, module, owner, &[data, 0, length]);
    abort_open_transaction(vm);
    end.map(|_| ()).map_err(|stop| status_of(vm, os, stop))
}

/// A transaction that an applet left open is undone (JCRE 7.3).
fn abort_open_transaction(vm: &mut Machine) {
    if vm.heap().in_transaction(Depth::Applet) {
        let _ = vm.heap().abort(Depth::Applet);
    }
}

/// What an applet's end tells the sender: the reason of an `ISOException`, else 6F00. Faults are reported to the host too.
fn status_of(vm: &mut Machine, os: &mut Os<'_>, stop: Stop) -> StatusWord {
    let (class, reason) = match stop {
        Stop::Throw(exception) => (exception.class, exception.reason),
        Stop::Thrown(object) => {
            let thrown = vm.thrown(object);
            (thrown.class, thrown.reason)
        }
        Stop::Fault(fault) => {
            os.env.report(&fault);
            return StatusWord::UNKNOWN;
        }
    };
    if class == names::ISO_EXCEPTION {
        return StatusWord(reason.cast_unsigned());
    }
    let name = class.get().map_or("", |class| class.name);
    os.env.report(&format_args!("uncaught {name}, reason {reason}"));
    StatusWord::UNKNOWN
}
