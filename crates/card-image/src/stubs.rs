//! Class files against which `javac` compiles an applet: every class and member that the API table has in a
//! release, without code. Nobody needs a Java Card kit to build an applet.
//!
//! The JAR replaces the whole Java library, so that a class a card does not have is an error already for the
//! compiler:
//!
//! ```text
//! javac -source 8 -target 8 -g -Xlint:-options -proc:none -encoding UTF-8 -bootclasspath STUBS.jar -d CLASSES SOURCE...
//! ```
//!
//! Version 8 is the newest language that JDK 17 compiles against a foreign library; `-g` gives the converter the
//! lines and variables that its messages name. The compiler itself cannot work without a few classes that cards
//! lack, [`COMPILER_CLASSES`]; they are there, empty, and the converter refuses what uses them.
//!
//! The API table does not say which checked exceptions a method declares. All that do follow one rule: the
//! static `throwIt` of a checked exception's class throws that class. (Remote methods, which may throw
//! `RemoteException`, are declared by the applet itself.)

use crate::api::{self, ApiVersion, Class, ClassId, Member, MemberId, MemberKind};
use crate::classfile::{
    ClassFile, Code, Constant, ConstantPool, Field, InnerClass, Method, TooLarge, access,
};
use crate::jar::{self, Entry, JarError};

/// Class files of Java 8, the target that the stubs are compiled with.
const JAVA_8: (u16, u16) = (0, 52);

/// `aconst_null; athrow`: a body for methods that must have one and are never run.
const BODY: [u8; 2] = [0x01, 0xBF];

/// What a class of [`COMPILER_CLASSES`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompilerClass {
    /// A class that extends this one.
    Class(&'static str),
    /// An interface.
    Interface,
    /// An annotation, which leaves nothing in code.
    Annotation,
}

use CompilerClass::{Annotation, Interface};
const OBJECT: CompilerClass = CompilerClass::Class("java/lang/Object");

/// Classes that `javac` looks up: for literals and conditional expressions, for arrays' supertypes, for the
/// annotations every programmer uses. None exists on a card.
pub const COMPILER_CLASSES: &[(&str, CompilerClass)] = &[
    ("java/io/Serializable", Interface),
    ("java/lang/Boolean", OBJECT),
    ("java/lang/Byte", OBJECT),
    ("java/lang/Character", OBJECT),
    ("java/lang/Class", OBJECT),
    ("java/lang/Cloneable", Interface),
    ("java/lang/Comparable", Interface),
    ("java/lang/Deprecated", Annotation),
    ("java/lang/Double", OBJECT),
    ("java/lang/Enum", OBJECT),
    ("java/lang/Error", CompilerClass::Class("java/lang/Throwable")),
    ("java/lang/Float", OBJECT),
    ("java/lang/Integer", OBJECT),
    ("java/lang/Iterable", Interface),
    ("java/lang/Long", OBJECT),
    ("java/lang/Override", Annotation),
    ("java/lang/Short", OBJECT),
    ("java/lang/String", OBJECT),
    ("java/lang/SuppressWarnings", Annotation),
    ("java/lang/Void", OBJECT),
    ("java/lang/annotation/Annotation", Interface),
    ("java/util/Objects", OBJECT),
];

/// Why no stubs could be made; the table as it is gives no cause.
#[derive(Debug, thiserror::Error)]
pub enum StubsError {
    /// A class does not fit a class file.
    #[error(transparent)]
    Class(#[from] TooLarge),
    /// The JAR cannot be written.
    #[error(transparent)]
    Jar(#[from] JarError),
}

/// The stubs of a release, as a JAR: the same bytes each time.
///
/// # Errors
/// The table has a class that class files cannot hold.
pub fn stubs(version: ApiVersion) -> Result<Vec<u8>, StubsError> {
    let mut entries = vec![Entry {
        name: "META-INF/MANIFEST.MF".into(),
        data: format!("Manifest-Version: 1.0\r\nSpecification-Title: Java Card API\r\nSpecification-Version: {version}\r\n\r\n")
            .into_bytes(),
    }];
    let mut classes: Vec<ClassFile> = class_files(version);
    classes.sort_by(|a, b| a.name.cmp(&b.name));
    for class in classes {
        entries.push(Entry { name: format!("{}.class", class.name), data: class.to_bytes()? });
    }
    Ok(jar::write(&entries)?)
}

/// The class files in the JAR of a release.
pub fn class_files(version: ApiVersion) -> Vec<ClassFile> {
    let known: Vec<&'static Class> =
        api::classes().filter_map(ClassId::get).filter(|class| class.since <= version).collect();
    let compiler = COMPILER_CLASSES.iter().map(|(name, kind)| compiler_class(name, *kind));
    known.iter().map(|class| class_file(class, &known, version)).chain(compiler).collect()
}

fn class_file(class: &Class, known: &[&'static Class], version: ApiVersion) -> ClassFile {
    let kept = access::PUBLIC | access::FINAL | access::INTERFACE | access::ABSTRACT;
    let extra = if class.is_interface() { 0 } else { access::SUPER };
    let members: Vec<&Member> = class
        .members()
        .filter(|id| !is_inherited(*id, class))
        .filter_map(MemberId::get)
        .filter(|member| member.since <= version)
        .collect();
    ClassFile {
        version: JAVA_8,
        pool: ConstantPool::new(),
        access: class.flags.0 & kept | extra,
        name: class.name.to_owned(),
        superclass: class.superclass.and_then(ClassId::get).map(|above| above.name.to_owned()),
        interfaces: class
            .interfaces
            .iter()
            .filter_map(|id| id.get())
            .map(|above| above.name.to_owned())
            .collect(),
        fields: members.iter().filter_map(|member| field(member)).collect(),
        methods: members.iter().filter_map(|member| method(member, class)).collect(),
        inner_classes: inner_classes(class, known),
        ..ClassFile::default()
    }
}

fn compiler_class(name: &str, kind: CompilerClass) -> ClassFile {
    let interface = access::PUBLIC | access::INTERFACE | access::ABSTRACT;
    let (flags, superclass, interfaces, methods) = match kind {
        CompilerClass::Class(above) => (access::PUBLIC | access::SUPER, above, vec![], class_methods(name)),
        Interface => (interface, "java/lang/Object", vec![], vec![]),
        Annotation => {
            let all = vec!["java/lang/annotation/Annotation".to_owned()];
            (interface | access::ANNOTATION, "java/lang/Object", all, annotation_elements(name))
        }
    };
    ClassFile {
        version: JAVA_8,
        pool: ConstantPool::new(),
        access: flags,
        name: name.to_owned(),
        superclass: Some(superclass.to_owned()),
        interfaces,
        methods,
        ..ClassFile::default()
    }
}

/// `outer.new Inner()` is compiled with a call to `Objects.requireNonNull`, which the converter understands.
fn class_methods(name: &str) -> Vec<Method> {
    let descriptor = "(Ljava/lang/Object;)Ljava/lang/Object;";
    let check = (name == "java/util/Objects").then(|| Method {
        access: access::PUBLIC | access::STATIC,
        name: "requireNonNull".into(),
        descriptor: descriptor.into(),
        code: Some(body(descriptor)),
        ..Method::default()
    });
    [constructor()].into_iter().chain(check).collect()
}

/// Only `SuppressWarnings` has an element that must be given.
fn annotation_elements(name: &str) -> Vec<Method> {
    if name != "java/lang/SuppressWarnings" {
        return Vec::new();
    }
    vec![Method {
        access: access::PUBLIC | access::ABSTRACT,
        name: "value".into(),
        descriptor: "()[Ljava/lang/String;".into(),
        ..Method::default()
    }]
}

/// Whether a row repeats, unchanged, a method of a class or interface above.
fn is_inherited(id: MemberId, class: &Class) -> bool {
    let Some(member) = id.get() else { return false };
    let same = |other: Option<MemberId>| {
        other.and_then(MemberId::get).is_some_and(|other| {
            (other.name, other.descriptor, other.flags) == (member.name, member.descriptor, member.flags)
        })
    };
    match member.kind {
        MemberKind::VirtualMethod => same(id.of_superclass()),
        MemberKind::InterfaceMethod => class
            .interfaces
            .iter()
            .filter_map(|id| id.get())
            .any(|above| same(api::find_member(above.name, member.name, member.descriptor))),
        MemberKind::Constant | MemberKind::StaticField | MemberKind::StaticMethod => false,
    }
}

fn field(member: &Member) -> Option<Field> {
    match member.kind {
        MemberKind::Constant | MemberKind::StaticField => Some(Field {
            access: member.flags.0 & FIELD_FLAGS,
            name: member.name.to_owned(),
            descriptor: member.descriptor.to_owned(),
            constant: member.constant.map(Constant::Int),
            other: Vec::new(),
        }),
        MemberKind::StaticMethod | MemberKind::VirtualMethod | MemberKind::InterfaceMethod => None,
    }
}

const FIELD_FLAGS: u16 = access::PUBLIC | access::PROTECTED | access::STATIC | access::FINAL;
const METHOD_FLAGS: u16 = FIELD_FLAGS | access::ABSTRACT;
const BRIDGE_FLAGS: u16 = access::BRIDGE | access::SYNTHETIC;

/// Whether a method is what the compiler made for callers of the superclass, beside an overriding one with a narrower result
/// (JLS 15.12.4.5): sources name only the other, which came later and has the higher token.
fn is_bridge(member: &Member, class: &Class) -> bool {
    let parameters = |descriptor: &'static str| descriptor.split_once(')').map(|(parameters, _)| parameters);
    let overriding = |other: &Member| {
        (other.kind, other.name, parameters(other.descriptor))
            == (MemberKind::VirtualMethod, member.name, parameters(member.descriptor))
            && other.descriptor != member.descriptor
            && other.token > member.token
    };
    member.kind == MemberKind::VirtualMethod && class.members().filter_map(MemberId::get).any(overriding)
}

fn method(member: &Member, class: &Class) -> Option<Method> {
    match member.kind {
        MemberKind::Constant | MemberKind::StaticField => None,
        MemberKind::StaticMethod | MemberKind::VirtualMethod | MemberKind::InterfaceMethod => Some(Method {
            access: member.flags.0 & METHOD_FLAGS | if is_bridge(member, class) { BRIDGE_FLAGS } else { 0 },
            name: member.name.to_owned(),
            descriptor: member.descriptor.to_owned(),
            code: (member.flags.0 & access::ABSTRACT == 0).then(|| body(member.descriptor)),
            exceptions: if throws_itself(member, class) { vec![class.name.to_owned()] } else { Vec::new() },
            other: Vec::new(),
        }),
    }
}

fn constructor() -> Method {
    Method {
        access: access::PUBLIC,
        name: "<init>".into(),
        descriptor: "()V".into(),
        code: Some(body("()V")),
        ..Method::default()
    }
}

/// A body that throws null; no parameter takes more local variables than its descriptor has characters.
fn body(descriptor: &str) -> Code {
    Code { max_stack: 1, max_locals: descriptor.len() as u16, bytes: BODY.to_vec(), ..Code::default() }
}

fn throws_itself(member: &Member, class: &Class) -> bool {
    let above = |name| api::class_by_name(name).is_some_and(|above| member.class.is_a(above));
    member.name == "throwIt"
        && above("java/lang/Exception")
        && !above("java/lang/RuntimeException")
        && class.superclass.is_some()
}

/// The attribute by which compilers know nested classes; on a nested class and on the one around it.
fn inner_classes(class: &Class, known: &[&'static Class]) -> Vec<InnerClass> {
    known
        .iter()
        .filter_map(|nested| nested.name.split_once('$').map(|(outer, name)| (nested, outer, name)))
        .filter(|(nested, outer, _)| nested.name == class.name || *outer == class.name)
        .map(|(nested, outer, name)| InnerClass {
            inner: nested.name.to_owned(),
            outer: Some(outer.to_owned()),
            name: Some(name.to_owned()),
            access: nested.flags.0 & METHOD_FLAGS | nested.flags.0 & access::INTERFACE | access::STATIC,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_gives_the_same_jar_each_time_and_readable_classes() {
        for version in ApiVersion::TARGETS {
            let bytes = stubs(version).unwrap();
            assert_eq!(bytes, stubs(version).unwrap());
            for entry in jar::read(&bytes).unwrap().iter().filter(|entry| entry.name.ends_with(".class")) {
                let class = ClassFile::parse(&entry.data).unwrap();
                assert_eq!(format!("{}.class", class.name), entry.name);
                assert_eq!(class.to_bytes().unwrap(), entry.data, "{}", entry.name);
            }
        }
    }

    #[test]
    fn a_release_has_what_the_table_says_and_no_more() {
        let has = |version, name: &str| class_files(version).iter().any(|class| class.name == name);
        assert!(has(ApiVersion::V3_0_5, "javacard/security/Signature$OneShot"));
        assert!(!has(ApiVersion::V3_0_5, "javacardx/security/cert/Certificate"));
        assert!(has(ApiVersion::V3_1, "javacardx/security/cert/Certificate"));
        assert!(has(ApiVersion::V3_0_5, "org/globalplatform/GPSystem"));
    }

    #[test]
    fn a_cut_or_changed_class_file_gives_an_error_or_a_class_and_never_a_panic() {
        let classes = class_files(ApiVersion::V3_0_5);
        let signature =
            classes.iter().find(|class| class.name == "javacard/security/Signature$OneShot").unwrap();
        let bytes = signature.to_bytes().unwrap();
        for end in 0..bytes.len() {
            assert!(ClassFile::parse(&bytes[..end]).is_err(), "cut at {end}");
        }
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7F, 0x80, 0xFF] {
                let mut changed = bytes.clone();
                changed[at] = value;
                if let Ok(class) = ClassFile::parse(&changed) {
                    let _ = class.to_bytes();
                }
            }
        }
    }
}
