//! What a package offers, told from its CAP file, compared with the export file that the converter made of the same
//! sources; and what the verifier makes of packages that use it.

#![cfg(feature = "tools")]

mod java;

use std::collections::BTreeSet;
use std::path::Path;

use card_image::api::{ApiVersion, MemberKind};
use card_image::cap::{CapFile, ClassEntry, MethodFlags};
use card_image::convert::Converted;
use card_image::export::{CapExportError, ExportFile, ExportSet, ExportedClass};
use card_image::verify::{Rule, verify};
use java::Package;
use proptest::prelude::*;

fn convert(name: &str, aid: &str, exports: &ExportSet) -> Converted {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/card_exports").join(name);
    Package { folder, name, aid, applets: &[] }.convert(exports)
}

fn platform() -> ExportSet {
    ExportSet::platform(ApiVersion::V3_0_5)
}

fn base() -> Converted {
    convert("base", "F0626173653031", &platform())
}

/// As a card would see it: written and read again.
fn reread(cap: &CapFile) -> CapFile {
    CapFile::from_load_file(&cap.to_load_file().unwrap()).unwrap()
}

/// What the one package of a compact file offers.
fn told(cap: &CapFile, exports: &ExportSet) -> ExportFile {
    let [file] = ExportFile::from_cap(cap, exports).unwrap().try_into().unwrap();
    file
}

/// What the verifier asks of a class: everything but names and constants. Names of the package's own classes become tokens.
fn interface(class: &ExportedClass, file: &ExportFile) -> BTreeSet<String> {
    let rename = |text: &str| {
        let mut text = text.to_owned();
        for other in &file.classes {
            text = text.replace(&other.name, &format!("#{}", other.token));
        }
        text
    };
    let mut lines = BTreeSet::new();
    lines.insert(format!("{} {:04x} inherits {}", class.token, class.flags.0, class.inheritable));
    lines.extend(class.superclasses.iter().map(|name| format!("extends {}", rename(name))));
    lines.extend(class.interfaces.iter().map(|name| format!("implements {}", rename(name))));
    for field in class.fields.iter().filter(|field| field.constant.is_none()) {
        lines.insert(format!("field {} {:04x} {}", field.token, field.flags.0, rename(&field.descriptor)));
    }
    for method in &class.methods {
        let constructor = method.name == "<init>";
        let descriptor = rename(&method.descriptor);
        lines.insert(format!("method {} {:04x} {constructor} {descriptor}", method.token, method.flags.0));
    }
    lines
}

#[test]
fn a_cap_file_tells_what_the_export_file_tells() {
    let base = base();
    let told = told(&reread(&base.cap), &platform());
    assert_eq!(told.package.info, base.export.package.info);
    assert_eq!(told.package.library, base.export.package.library);
    assert_eq!(told.classes.len(), base.export.classes.len());
    for (told_class, class) in told.classes.iter().zip(&base.export.classes) {
        assert_eq!(interface(told_class, &told), interface(class, &base.export), "{}", class.name);
    }
}

/// The set that a card has when the package is on it.
fn on_card(cap: &CapFile) -> ExportSet {
    let mut exports = platform();
    exports.add(told(&reread(cap), &exports));
    exports
}

#[test]
fn what_is_accepted_with_export_files_is_accepted_on_the_card() {
    let base = base();
    let mut exports = platform();
    exports.add(base.export.clone());
    let above = convert("above", "F061626F766531", &exports);
    for exports in [exports, on_card(&base.cap)] {
        let verified = verify(reread(&above.cap), &exports);
        assert!(verified.is_ok(), "{verified:?}");
    }
}

#[test]
fn a_subclass_must_keep_to_the_types_of_a_package_on_the_card() {
    let base = base();
    let mut exports = platform();
    exports.add(base.export.clone());
    let above = convert("above", "F061626F766531", &exports).cap;
    let exports = on_card(&base.cap);
    let mut tried = 0;
    let classes = &above.descriptor.as_ref().unwrap().packages[0].classes;
    for (class, described) in classes.iter().enumerate() {
        for (method, own) in described.methods.iter().enumerate() {
            if own.flags.is_init() || own.flags.is_static() {
                continue;
            }
            // any other type than the method's own
            let types: Vec<_> =
                above.descriptor.as_ref().unwrap().types_with_offsets().map(|(offset, _)| offset).collect();
            for other in types.into_iter().filter(|other| *other != own.signature) {
                let mut cap = above.clone();
                cap.descriptor.as_mut().unwrap().packages[0].classes[class].methods[method].signature = other;
                assert!(verify(cap, &exports).is_err(), "method {method} of class {class} with {other}");
                tried += 1;
            }
        }
    }
    assert!(tried > 10, "{tried}");
}

#[test]
fn what_has_a_type_that_is_not_exported_is_not_overridden() {
    let base = base();
    let mut hiding = told(&base.cap, &platform());
    let mut exports = platform();
    exports.add(base.export.clone());
    let above = convert("above", "F061626F766531", &exports).cap;
    for class in &mut hiding.classes {
        for method in class.methods.iter_mut().filter(|method| method.name != "<init>") {
            method.descriptor = String::from("(Lcard/none/hidden;)V");
        }
    }
    let mut exports = platform();
    exports.add(hiding);
    let findings = verify(above, &exports).unwrap_err();
    for rule in [Rule::OverrideType, Rule::InterfaceMap] {
        assert!(findings.iter().any(|finding| finding.rule == rule), "{rule:?}: {findings:?}");
    }
}

#[test]
fn the_name_that_a_file_gives_itself_is_not_believed() {
    let mut cap = base().cap;
    cap.header.name = Some("javacard/framework".into());
    let mut exports = platform();
    exports.add(told(&cap, &exports));
    assert_eq!(
        exports.package_by_name("javacard/framework").unwrap().aid(),
        Some("A0000000620101".parse().unwrap())
    );
    assert!(exports.package_by_name("card/F0626173653031").is_some());
}

#[test]
fn a_class_without_the_method_of_its_interface_promises_it() {
    let base = base();
    let described = told(&base.cap, &platform());
    // without the Descriptor's help
    let mut bare = base.cap.clone();
    for class in bare.descriptor.as_mut().unwrap().classes_mut() {
        if !class.flags.is_interface() {
            class.methods.retain(|method| !method.flags.is_abstract());
        }
    }
    let bare = told(&bare, &platform());
    let index = described.classes.iter().position(|class| !class.interfaces.is_empty()).unwrap();
    let promised = |file: &ExportFile| {
        let methods = file.classes[index].methods.iter();
        let open = methods.filter(|method| method.flags.contains(card_image::export::AccessFlags::ABSTRACT));
        open.map(|method| (method.token, method.descriptor.clone())).collect::<Vec<_>>()
    };
    assert!(!promised(&bare).is_empty());
    assert!(promised(&bare).iter().all(|method| promised(&described).contains(method)));
}

/// The class between an interface and the class that implements it need not describe the method. The latter is bound
/// by the interface all the same.
#[test]
fn a_method_promised_by_a_class_that_does_not_describe_it_keeps_its_type() {
    let mut cap = base().cap;
    let descriptor = cap.descriptor.as_mut().unwrap();
    let types: Vec<_> = descriptor.types_with_offsets().map(|(offset, _)| offset).collect();
    let is_open = |class: &&mut card_image::cap::ClassDescriptor| {
        class.flags.is_abstract() && !class.flags.is_interface() && !class.interfaces.is_empty()
    };
    let shape = descriptor.classes_mut().find(is_open).unwrap();
    let public = |flags: MethodFlags| flags.is_abstract() && flags.is_public();
    let promised: Vec<u8> = shape
        .methods
        .iter()
        .filter(|method| public(method.flags))
        .filter_map(|method| method.token)
        .collect();
    shape.methods.retain(|method| !public(method.flags));
    let class = descriptor.classes().position(|class| class.token == Some(3)).unwrap(); // Square
    let (mut tried, square) = (0, descriptor.packages[0].classes[class].clone());
    let unchanged = verify(cap.clone(), &platform()).err().unwrap_or_default();
    assert!(unchanged.iter().all(|finding| finding.rule != Rule::InterfaceMap), "{unchanged:?}");
    for (method, own) in square.methods.iter().enumerate() {
        if own.flags.is_init() || !own.token.is_some_and(|token| promised.contains(&token)) {
            continue;
        }
        for other in types.iter().filter(|other| **other != own.signature) {
            let mut cap = cap.clone();
            cap.descriptor.as_mut().unwrap().packages[0].classes[class].methods[method].signature = *other;
            let findings = verify(cap, &platform()).unwrap_err();
            assert!(findings.iter().any(|finding| finding.rule == Rule::InterfaceMap), "{findings:?}");
            tried += 1;
        }
    }
    assert!(tried > 10, "{tried}");
}

#[test]
fn components_that_do_not_fit_together_are_errors() {
    let cap = base().cap;
    let refused = |cap: &CapFile| ExportFile::from_cap(cap, &platform()).unwrap_err();
    let mut without = cap.clone();
    without.descriptor = None;
    assert_eq!(refused(&without), CapExportError::NoDescriptor);
    let mut undescribed = cap.clone();
    undescribed.descriptor.as_mut().unwrap().packages[0].classes.clear();
    assert!(matches!(refused(&undescribed), CapExportError::Class(_)));
    let mut foreign = cap.clone();
    foreign.import.packages.clear();
    assert!(matches!(refused(&foreign), CapExportError::Imported(_)));
    let mut backwards = cap.clone();
    backwards.class.entries.retain(|entry| matches!(entry, ClassEntry::Class(_)));
    backwards.class.entries.reverse();
    refused(&backwards);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_damaged_file_is_an_error_or_an_interface_that_can_be_asked(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        static FILE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut file = FILE.get_or_init(|| base().cap.to_load_file().unwrap()).clone();
        for (place, byte) in changes {
            let place = place.index(file.len());
            file[place] = byte;
        }
        if let Ok(cap) = CapFile::from_load_file(&file)
            && let Ok(told) = ExportFile::from_cap(&cap, &platform())
            && let Some(told) = told.into_iter().next()
        {
            let aid = told.package.info.aid;
            let mut exports = platform();
            exports.add(told);
            for class in exports.package(&aid).into_iter().flat_map(|package| package.classes()) {
                class.member(MemberKind::VirtualMethod, class.virtual_tokens());
            }
        }
    }
}
