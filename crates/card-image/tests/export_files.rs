//! Export files: written and read back, cut and changed.

use card_image::api::{ApiVersion, MemberKind};
use card_image::export::{
    ExportFile, ExportFormat, ExportSet, ExportedClass, ExportedField, ExportedMethod, ExportedPackage,
    PackageView,
};
use proptest::prelude::*;

/// The export file that would tell what a package of the platform offers.
fn file_of(package: PackageView<'_>, format: ExportFormat) -> ExportFile {
    let classes = package.classes().map(|class| {
        let (fields, methods): (Vec<_>, Vec<_>) = class
            .members()
            .partition(|member| matches!(member.kind, MemberKind::Constant | MemberKind::StaticField));
        let names = |names: Vec<&str>| names.into_iter().map(String::from).collect();
        ExportedClass {
            token: class.token(),
            flags: class.flags(),
            name: class.name().into(),
            superclasses: names(class.superclasses()),
            interfaces: names(class.interfaces()),
            fields: fields
                .into_iter()
                .map(|field| ExportedField {
                    token: field.token,
                    flags: field.flags,
                    name: field.name.into(),
                    descriptor: field.descriptor.into(),
                    constant: field.constant,
                })
                .collect(),
            methods: methods
                .into_iter()
                .map(|method| ExportedMethod {
                    token: method.token,
                    flags: method.flags,
                    name: method.name.into(),
                    descriptor: method.descriptor.into(),
                })
                .collect(),
            inheritable: class.virtual_tokens(),
        }
    });
    ExportFile {
        format,
        package: ExportedPackage {
            name: package.name().into(),
            info: package.info().unwrap(),
            library: true,
        },
        referenced: Vec::new(),
        classes: classes.collect(),
    }
}

#[test]
fn each_package_of_the_platform_survives_writing_and_reading_in_each_format() {
    for api in ApiVersion::TARGETS {
        for package in ExportSet::platform(api).packages() {
            for format in [ExportFormat::V2_1, ExportFormat::V2_2, ExportFormat::V2_3] {
                let file = file_of(package, format);
                let bytes = file.encode().unwrap();
                assert_eq!(ExportFile::parse(&bytes).unwrap(), file, "{} in {api}", package.name());
            }
        }
    }
}

#[test]
fn a_set_with_the_same_file_answers_as_the_platform_does() {
    let platform = ExportSet::platform(ApiVersion::V3_0_5);
    let framework = platform.package_by_name("javacard/framework").unwrap();
    let mut file = file_of(framework, ExportFormat::V2_1);
    file.package.name = "copy/framework".into();
    file.package.info.aid = "F0000000620101".parse().unwrap();
    let mut set = platform.clone();
    set.add(file);
    let copy = set.package(&"F0000000620101".parse().unwrap()).unwrap();
    for class in framework.classes() {
        let twin = copy.class(class.token()).unwrap();
        assert_eq!(twin.name(), class.name());
        assert_eq!(twin.superclasses(), class.superclasses());
        assert_eq!(twin.virtual_tokens(), class.virtual_tokens());
        for member in class.members().filter(|member| member.kind != MemberKind::Constant) {
            assert_eq!(twin.member(member.kind, member.token), Some(member));
        }
    }
}

#[test]
fn a_release_offers_only_what_it_has() {
    let old = ExportSet::platform(ApiVersion::V3_0_5);
    let new = ExportSet::platform(ApiVersion::V3_2);
    assert!(old.package_by_name("javacardx/security/cert").is_none());
    assert!(new.package_by_name("javacardx/security/cert").is_some());
    assert_eq!(old.package_by_name("javacard/framework").unwrap().version().unwrap().to_string(), "1.6");
    assert_eq!(new.package_by_name("javacard/framework").unwrap().version().unwrap().to_string(), "1.9");
}

#[test]
fn a_file_cut_anywhere_is_refused_with_its_place() {
    let set = ExportSet::platform(ApiVersion::V3_2);
    let file = file_of(set.package_by_name("javacardx/framework/nio").unwrap(), ExportFormat::V2_3);
    let bytes = file.encode().unwrap();
    for end in 0..bytes.len() {
        let error = ExportFile::parse(&bytes[..end]).unwrap_err();
        assert!(error.offset <= end, "{error}");
    }
}

proptest! {
    #[test]
    fn changed_bytes_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let set = ExportSet::platform(ApiVersion::V3_2);
        let file = file_of(set.package_by_name("javacard/framework").unwrap(), ExportFormat::V2_3);
        let mut bytes = file.encode().unwrap();
        for (index, value) in changes {
            let at = index.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(read) = ExportFile::parse(&bytes) {
            let written = read.encode().unwrap();
            prop_assert_eq!(ExportFile::parse(&written).unwrap(), read);
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let mut framed = vec![0x00, 0xFA, 0xCA, 0xDE, 3, 2];
        framed.extend(&bytes);
        let _ = ExportFile::parse(&framed);
        let _ = ExportFile::parse(&bytes);
    }
}
