//! What other packages and the card itself enter: exported classes and applets (JCVM 6.6, 6.13).

use alloc::collections::BTreeSet;
use alloc::format;

use crate::cap::{ArrayType, ComponentTag, FieldPlace, MethodOffset, StaticFieldRef};
use crate::verify::finding::Rule;
use crate::verify::report::Report;
use crate::verify::world::{APPLET, ClassKey, Kind, OwnClass, Reference, Signature, World, text};

/// Checks the Applet component.
pub(in crate::verify) fn check_applets(world: &World<'_>, report: &mut Report) {
    let Some(component) = &world.cap.applet else { return };
    let package = world.cap.header.package.aid;
    let mut aids = BTreeSet::new();
    for applet in &component.applets {
        if applet.aid.rid() != package.rid() || !aids.insert(applet.aid) {
            report.add(
                Rule::AppletAid,
                ComponentTag::Applet,
                format!("a new AID with the RID of {package}"),
                text(applet.aid),
            );
        }
        if !is_install(world, applet.install) {
            report.add(
                Rule::InstallMethod,
                ComponentTag::Applet,
                "public static install(byte[], short, byte) of a subclass of Applet",
                text(applet.install),
            );
        }
    }
}

fn is_install(world: &World<'_>, offset: MethodOffset) -> bool {
    let expected = Signature {
        parameters: [Kind::Reference(Reference::Array(ArrayType::Byte)), Kind::Short, Kind::Byte].to_vec(),
        returns: Kind::Void,
    };
    let Some(applet) = world.named(APPLET) else { return false };
    world.own.iter().enumerate().any(|(index, class)| {
        let mut methods = class.descriptor.methods.iter();
        methods.any(|method| {
            method.offset == offset
                && method.flags.is_static()
                && method.flags.is_public()
                && world.signature_of(method).as_ref() == Some(&expected)
        }) && world.is_a(ClassKey::Own(index as u16), applet)
    })
}

/// Checks the Export component.
pub(in crate::verify) fn check_exports(world: &World<'_>, report: &mut Report) {
    let Some(component) = &world.cap.export else { return };
    let tag = ComponentTag::Export;
    let packages = component.packages.iter().enumerate();
    let exported = packages.flat_map(|(package, exported)| {
        exported.classes.iter().enumerate().map(move |(token, class)| (package, token, class))
    });
    for (package, token, export) in exported {
        let Some(class) = world.own_key(export.class).and_then(|key| world.own_class(key)) else {
            report.add(Rule::ExportItem, tag, "a class", text(export.class));
            continue;
        };
        let (described, flags) = (class.descriptor.token.map(usize::from), class.descriptor.flags);
        if described != Some(token) || !flags.is_public() || class.package != package {
            report.add(
                Rule::ExportItem,
                tag,
                format!("a public class with token {token}"),
                text(export.class),
            );
        }
        let is_interface = flags.is_interface();
        if has_applets(world, package) && !(is_interface && class.entry.is_shareable()) {
            report.add(
                Rule::ExportItem,
                tag,
                "a shareable interface in a package with applets",
                text(export.class),
            );
        }
        for (token, field) in export.static_fields.iter().enumerate() {
            let place = FieldPlace::Static(StaticFieldRef::Internal(*field));
            let mut fields = class.descriptor.fields.iter();
            let exported = fields.any(|own| {
                own.place == place
                    && own.token.map(usize::from) == Some(token)
                    && (own.flags.is_public() || own.flags.is_protected())
            });
            if !exported {
                report.add(
                    Rule::ExportItem,
                    tag,
                    format!("a visible static field with token {token}"),
                    text(field),
                );
            }
        }
        for (token, method) in export.static_methods.iter().enumerate() {
            if !exports_method(class, token, *method) {
                let expected = format!("a visible static method or constructor with token {token}");
                report.add(Rule::ExportItem, tag, expected, text(method));
            }
        }
    }
}

/// Whether an applet is installed by a class of a package.
fn has_applets(world: &World<'_>, package: usize) -> bool {
    let applets = world.cap.applet.iter().flat_map(|component| &component.applets);
    let of_package = || world.own.iter().filter(|class| class.package == package);
    applets.into_iter().any(|applet| {
        let mut methods = of_package().flat_map(|class| &class.descriptor.methods);
        methods.any(|method| method.offset == applet.install && method.flags.is_static())
    })
}

fn exports_method(class: &OwnClass<'_>, token: usize, offset: MethodOffset) -> bool {
    class.descriptor.methods.iter().any(|method| {
        method.offset == offset
            && method.token.map(usize::from) == Some(token)
            && (method.flags.is_static() || method.flags.is_init())
            && (method.flags.is_public() || method.flags.is_protected())
            && !class.descriptor.flags.is_interface()
    })
}
