//! The export file of the package (JCVM 5): what others need to be converted against it.

use super::virtuals::Code;
use super::world::{FieldPlace, Found, OBJECT, OwnClass, Role, World};
use crate::api::MemberKind;
use crate::cap::CapFormat;
use crate::classfile::{Constant, access};
use crate::export::{
    AccessFlags, ExportFile, ExportFormat, ExportedClass, ExportedField, ExportedMethod, ExportedPackage,
};

/// The token of what has none.
const NO_TOKEN: u8 = 0xFF;

/// What a package offers; `None` for a private one.
pub(super) fn export_file(world: &World<'_>, package: usize, format: CapFormat) -> Option<ExportFile> {
    let own = world.packages.get(package)?;
    let of_package = world.classes.iter().filter(|class| class.package == package);
    let mut classes: Vec<ExportedClass> =
        of_package.filter_map(|class| Some(exported_class(world, class, class.token?))).collect();
    classes.sort_by_key(|class| class.token);
    Some(ExportFile {
        format: if format >= CapFormat::V2_3 { ExportFormat::V2_3 } else { ExportFormat::V2_1 },
        package: ExportedPackage { name: own.name.clone(), info: own.public?, library: own.is_library },
        referenced: Vec::new(),
        classes,
    })
}

fn exported_class(world: &World<'_>, class: &OwnClass, token: u8) -> ExportedClass {
    let kept = access::PUBLIC | access::FINAL | access::INTERFACE | access::ABSTRACT;
    let mut flags = AccessFlags(class.file.access & kept);
    if class.shareable && class.is_interface() {
        flags = flags | AccessFlags::SHAREABLE;
    }
    let public = |name: &String| {
        let seen = |class: &OwnClass| {
            class.file.access & access::PUBLIC != 0 && world.packages[class.package].public.is_some()
        };
        world.own(name).is_none_or(seen)
    };
    let mut interfaces = Vec::new();
    let mut superclasses = superclasses(world, class);
    for above in superclasses.iter().filter_map(|name| world.own(name)).chain([class]) {
        for interface in world.all_interfaces(&above.file) {
            if !interfaces.contains(&interface) {
                interfaces.push(interface);
            }
        }
    }
    superclasses.retain(public);
    interfaces.retain(public);
    let methods = if class.is_interface() { interface_methods(class) } else { class_methods(world, class) };
    let inheritable = class.virtuals.public().count() as u8;
    ExportedClass {
        token,
        flags,
        name: class.file.name.clone(),
        superclasses,
        interfaces,
        fields: fields(class),
        methods,
        inheritable,
    }
}

/// From `java.lang.Object` down to the direct superclass.
fn superclasses(world: &World<'_>, class: &OwnClass) -> Vec<String> {
    let mut names = Vec::new();
    let mut next = class.file.superclass.clone();
    while let Some(name) = next {
        next = match world.class(&name) {
            Ok(Found::Own(index)) => world.classes[index].file.superclass.clone(),
            Ok(Found::Foreign(_, above)) => {
                names.push(name);
                names.extend(above.superclasses().into_iter().rev().map(str::to_owned));
                break;
            }
            Err(_) => None,
        };
        names.push(name);
    }
    if class.is_interface() {
        return vec![OBJECT.to_owned()];
    }
    names.reverse();
    names
}

fn fields(class: &OwnClass) -> Vec<ExportedField> {
    let visible = access::PUBLIC | access::PROTECTED;
    let mut exported = Vec::new();
    for (field, own) in class.file.fields.iter().zip(&class.fields) {
        if field.access & visible == 0 {
            continue;
        }
        let (token, constant) = match (own.place, &field.constant) {
            (FieldPlace::Constant, Some(Constant::Int(value))) => (NO_TOKEN, Some(*value)),
            (FieldPlace::Static(Some(token)) | FieldPlace::Instance(token), _) => (token, None),
            (FieldPlace::Constant | FieldPlace::Static(None), _) => continue,
        };
        exported.push(ExportedField {
            token,
            flags: AccessFlags(field.access & (visible | access::STATIC | access::FINAL)),
            name: field.name.clone(),
            descriptor: field.descriptor.clone(),
            constant,
        });
    }
    exported
}

fn interface_methods(class: &OwnClass) -> Vec<ExportedMethod> {
    let method = |(token, (name, descriptor)): (usize, &(String, String))| ExportedMethod {
        token: token as u8,
        flags: AccessFlags::PUBLIC | AccessFlags::ABSTRACT,
        name: name.clone(),
        descriptor: descriptor.clone(),
    };
    class.interface_methods.iter().enumerate().map(method).collect()
}

/// Static methods and constructors first, then virtual methods, inherited ones included, each by token.
fn class_methods(world: &World<'_>, class: &OwnClass) -> Vec<ExportedMethod> {
    let mut exported = Vec::new();
    for (method, own) in class.file.methods.iter().zip(&class.methods) {
        if let (Role::Static | Role::Constructor, Some(token)) = (own.role, own.token) {
            exported.push(ExportedMethod {
                token,
                flags: method_flags(method.access),
                name: method.name.clone(),
                descriptor: method.descriptor.clone(),
            });
        }
    }
    for (token, (name, descriptor, code)) in class.virtuals.public().enumerate() {
        if name.is_empty() {
            continue;
        }
        let flags = match code {
            Code::Own(class, method) => method_flags(world.classes[class].file.methods[method].access),
            Code::Missing(_) => AccessFlags::PUBLIC | AccessFlags::ABSTRACT,
            Code::Inherited => inherited_flags(world, class, token as u8),
        };
        exported.push(ExportedMethod {
            token: token as u8,
            flags,
            name: name.to_owned(),
            descriptor: descriptor.to_owned(),
        });
    }
    exported
}

fn inherited_flags(world: &World<'_>, class: &OwnClass, token: u8) -> AccessFlags {
    superclasses(world, class)
        .iter()
        .rev()
        .find_map(|name| match world.class(name) {
            Ok(Found::Foreign(_, above)) => above.member(MemberKind::VirtualMethod, token),
            Ok(Found::Own(_)) | Err(_) => None,
        })
        .map_or(AccessFlags::PUBLIC, |member| member.flags)
}

fn method_flags(flags: u16) -> AccessFlags {
    let kept = access::PUBLIC | access::PROTECTED | access::STATIC | access::FINAL | access::ABSTRACT;
    AccessFlags(flags & kept)
}
