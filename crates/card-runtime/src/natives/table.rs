//! All natives and all hidden fields, by number.
//!
//! Both arrays are made by the compiler from the families' rows, so looking one up is indexing, and a row that names no
//! class or member of the platform does not compile.

use card_image::api::{ClassId, MemberId, find_class, find_member};
use card_vm::{Args, Layout, Stop, Value};

use super::call::Call;
use super::{
    agreement, aid, apdu, applet, array_logic, arrays, biometry, cert, checksum, cipher, cvm, derivation,
    digest, event, external, global_platform, jcint, jcsystem, key_pair, keys, math, monotonic_counter, nio,
    object, one_shot, pin, random, resources, sensitive_result, service, signature, string, time, tlv, util,
};

/// A native method.
pub(super) type Native = fn(&mut Call<'_, '_>, &Args) -> Result<Value, Stop>;

/// One line of a family's table: a method that several classes have.
pub(super) struct Row {
    classes: &'static [&'static str],
    name: &'static str,
    descriptor: &'static str,
    native: Native,
}

/// Makes a row.
pub(super) const fn row(
    classes: &'static [&'static str],
    name: &'static str,
    descriptor: &'static str,
    native: Native,
) -> Row {
    Row { classes, name, descriptor, native }
}

/// What a class hides in its instances.
pub(super) struct Fields {
    class: &'static str,
    layout: Layout,
}

/// Makes such a line.
pub(super) const fn fields(class: &'static str, layout: Layout) -> Fields {
    Fields { class, layout }
}

const FAMILIES: &[&[Row]] = &[
    object::ROWS,
    util::ROWS,
    aid::ROWS,
    applet::ROWS,
    apdu::ROWS,
    jcsystem::ROWS,
    arrays::ROWS,
    pin::ROWS,
    keys::ROWS[0],
    keys::ROWS[1],
    keys::ROWS[2],
    keys::ROWS[3],
    keys::ROWS[4],
    keys::ROWS[5],
    keys::ROWS[6],
    key_pair::ROWS,
    digest::ROWS,
    one_shot::ROWS,
    signature::ROWS,
    cipher::ROWS,
    cipher::aead::ROWS,
    random::ROWS,
    checksum::ROWS,
    derivation::ROWS,
    cert::ROWS,
    cert::kept::ROWS,
    monotonic_counter::ROWS,
    sensitive_result::ROWS,
    resources::ROWS,
    agreement::ROWS,
    global_platform::ROWS,
    cvm::ROWS,
    array_logic::ROWS,
    jcint::ROWS,
    math::ROWS,
    math::big_number::ROWS,
    string::ROWS,
    tlv::tag::ROWS,
    tlv::object::ROWS,
    tlv::primitive::ROWS,
    tlv::constructed::ROWS,
    tlv::arrays::ROWS,
    nio::ROWS,
    nio::order::ROWS,
    nio::access::ROWS,
    time::ROWS,
    event::ROWS,
    biometry::reference::ROWS,
    biometry::template::ROWS,
    biometry::matcher::ROWS,
    external::ROWS,
    service::basic::ROWS,
    service::dispatcher::ROWS,
    service::remote::ROWS,
];

const HIDDEN: &[&[Fields]] = &[
    object::FIELDS,
    aid::FIELDS,
    pin::FIELDS,
    keys::FIELDS,
    key_pair::FIELDS,
    digest::FIELDS,
    signature::FIELDS,
    cipher::FIELDS,
    random::FIELDS,
    checksum::FIELDS,
    derivation::FIELDS,
    cert::FIELDS,
    monotonic_counter::FIELDS,
    agreement::FIELDS,
    math::big_number::FIELDS,
    tlv::tag::FIELDS,
    tlv::object::FIELDS,
    nio::FIELDS,
    nio::order::FIELDS,
    time::FIELDS,
    event::FIELDS,
    biometry::reference::FIELDS,
    biometry::template::FIELDS,
    biometry::matcher::FIELDS,
    external::FIELDS,
    service::dispatcher::FIELDS,
];

/// More than the platform's members and classes.
const MEMBERS: usize = 2_048;
const CLASSES: usize = 256;

static NATIVES: [Option<Native>; MEMBERS] = natives();
static LAYOUTS: [Layout; CLASSES] = layouts();
static SENSITIVE: [bool; MEMBERS] = sensitive();

#[expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "runs in the compiler, where a panic is an error message"
)]
const fn natives() -> [Option<Native>; MEMBERS] {
    let mut table: [Option<Native>; MEMBERS] = [None; MEMBERS];
    let mut family = 0;
    while family < FAMILIES.len() {
        let rows = FAMILIES[family];
        let mut at = 0;
        while at < rows.len() {
            let row = &rows[at];
            let mut class = 0;
            while class < row.classes.len() {
                match find_member(row.classes[class], row.name, row.descriptor) {
                    Some(member) => table[member.0 as usize] = Some(row.native),
                    None => panic!("a row names no member of the platform"),
                }
                class += 1;
            }
            at += 1;
        }
        family += 1;
    }
    table
}

#[expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "runs in the compiler, where a panic is an error message"
)]
const fn layouts() -> [Layout; CLASSES] {
    let mut table = [Layout { references: 0, words: 0 }; CLASSES];
    let mut family = 0;
    while family < HIDDEN.len() {
        let lines = HIDDEN[family];
        let mut at = 0;
        while at < lines.len() {
            match find_class(lines[at].class) {
                Some(class) => table[class.0 as usize] = lines[at].layout,
                None => panic!("a line names no class of the platform"),
            }
            at += 1;
        }
        family += 1;
    }
    table
}

#[expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "runs in the compiler, where a panic is an error message"
)]
const fn sensitive() -> [bool; MEMBERS] {
    let mut table = [false; MEMBERS];
    let mut at = 0;
    while at < sensitive_result::METHODS.len() {
        let sensitive_result::Sensitive(classes, name, descriptor) = &sensitive_result::METHODS[at];
        let mut class = 0;
        while class < classes.len() {
            match find_member(classes[class], name, descriptor) {
                Some(member) => table[member.0 as usize] = true,
                None => panic!("a line names no member of the platform"),
            }
            class += 1;
        }
        at += 1;
    }
    table
}

/// Whether what a member returns can be asserted afterwards.
pub(super) fn is_sensitive(member: MemberId) -> bool {
    SENSITIVE.get(usize::from(member.0)).copied().unwrap_or(false)
}

/// The native of a member.
pub(super) fn native(member: MemberId) -> Option<Native> {
    let native = NATIVES.get(usize::from(member.0)).copied().flatten();
    native.or_else(|| {
        // Every class lists `equals`; only a few say what it is.
        let row = member.get()?;
        (row.name == "equals" && row.descriptor == "(Ljava/lang/Object;)Z")
            .then_some(object::equals as Native)
    })
}

/// The hidden fields that a class adds.
pub(super) fn layout(class: ClassId) -> Layout {
    LAYOUTS.get(usize::from(class.0)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use card_image::api::{MemberKind, find_class, packages};

    use super::*;

    /// Interfaces that applets implement, and whose methods the platform only calls.
    const OF_APPLETS: [&str; 24] = [
        "javacard/security/AlgorithmParameterSpec",
        "javacard/security/PrimalityTestParamSpec",
        "javacard/security/SM2KeyAgreementParameterSpec",
        "javacardx/security/cert/CertificateParser$KeyHandler",
        "javacardx/security/cert/X509Certificate$ExtensionHandler",
        "javacardx/security/cert/X509Certificate$FieldHandler",
        "javacardx/security/derivation/KDFAnsiX963Spec",
        "javacardx/security/derivation/KDFCounterModeSpec",
        "javacardx/security/derivation/KDFDoublePipelineIterationModeSpec",
        "javacardx/security/derivation/KDFFeedbackModeSpec",
        "javacardx/security/derivation/KDFHmacSpec",
        "javacardx/security/derivation/KDFIcaoMrtdSpec",
        "javacardx/security/derivation/KDFIeee1363Spec",
        "javacard/framework/service/Service",
        "javacard/framework/service/SecurityService",
        "javacard/framework/service/RemoteService",
        "javacardx/security/derivation/TLSKDFExpandLabelSpec",
        "javacardx/security/derivation/TLSPseudoRandomFunctionSpec",
        "javacardx/biometry/BioTemplate",
        "javacardx/biometry/SharedBioTemplate",
        "javacardx/biometry1toN/BioMatcher",
        "javacardx/biometry1toN/BioTemplateData",
        "javacardx/biometry1toN/SharedBioMatcher",
        "javacardx/biometry1toN/SharedBioTemplateData",
    ];

    /// Packages that are here whole.
    const WHOLE: [&str; 21] = [
        "java/io",
        "java/rmi",
        "javacard/framework",
        "javacard/framework/service",
        "javacard/security",
        "javacardx/apdu/util",
        "javacardx/biometry",
        "javacardx/biometry1toN",
        "javacardx/external",
        "javacardx/framework/event",
        "javacardx/framework/math",
        "javacardx/framework/nio",
        "javacardx/framework/string",
        "javacardx/framework/time",
        "javacardx/framework/tlv",
        "javacardx/framework/util",
        "javacardx/framework/util/intx",
        "javacardx/security",
        "javacardx/security/cert",
        "javacardx/security/derivation",
        "javacardx/security/util",
    ];

    /// Whether calling a member leads to a native, its class's own or an ancestor's.
    fn is_there(member: MemberId) -> bool {
        let mut candidate = Some(member);
        while let Some(member) = candidate {
            if native(member).is_some() {
                return true;
            }
            candidate = member.of_superclass();
        }
        false
    }

    #[test]
    fn every_member_of_the_whole_packages_has_a_native() {
        let of_applets = OF_APPLETS.map(|name| find_class(name).unwrap());
        let whole = packages().filter(|id| WHOLE.contains(&id.get().unwrap().name));
        let classes = whole.flat_map(|id| id.get().unwrap().classes()).filter(|id| !of_applets.contains(id));
        let mut members = 0;
        for member in classes.flat_map(|id| id.get().unwrap().members()) {
            let row = member.get().unwrap();
            // Subclasses of the applet's own call the constructors of abstract classes too; constants are put in place.
            if row.kind != MemberKind::Constant {
                members += 1;
                let class = row.class.get().unwrap().name;
                assert!(is_there(member), "{class}.{}{}", row.name, row.descriptor);
            }
        }
        assert!(members > 300, "{members}");
    }
}
