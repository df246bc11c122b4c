//! CAP files as load files and JARs: written and read back, cut, changed and made up.

#![cfg(feature = "tools")]

mod fixture;

use card_image::cap::*;
use card_image::jar;
use fixture::Subject;
use proptest::prelude::*;

fn sample() -> CapFile {
    let cap = fixture::package(&Subject {
        flags: MethodFlags::PUBLIC | MethodFlags::STATIC,
        descriptor: "([B)S",
        max_stack: 2,
        max_locals: 1,
        code: "a: / aload_0 / sconst_0 / baload / sreturn / b: / astore_1 / sconst_0 / sreturn",
        handlers: vec!["a b b #22"],
        package_flags: PackageFlags::INT,
    });
    CapFile { read_directory: Some(cap.directory().unwrap()), ..cap }
}

/// The sample in a newer format, with all that it adds.
fn newer(format: CapFormat) -> CapFile {
    let mut cap = sample();
    cap.header.format = format;
    cap.header.name = Some("sample/package".into());
    cap.debug = Some(vec![1, 2, 3]);
    cap.class.signature_pool = vec![2, 0x45];
    cap.class.entries.push(ClassEntry::Interface(InterfaceInfo {
        shareable: false,
        superinterfaces: vec![ClassRef::Internal(ClassOffset(4))],
        remote_name: Some(b"Remote".to_vec()),
    }));
    for entry in &mut cap.class.entries {
        let ClassEntry::Class(class) = entry else { continue };
        class.remote = Some(RemoteInterfaces {
            methods: vec![RemoteMethod { hash: 0x1234, signature_offset: 2, token: 5 }],
            hash_modifier: vec![7],
            class_name: b"Sample".to_vec(),
            interfaces: vec![ClassRef::Internal(ClassOffset(4))],
        });
        if format >= CapFormat::V2_3 {
            let tokens = vec![9; class.public_tokens()];
            class.token_mapping = Some(TokenMapping { tokens, inheritable: 3 });
        }
    }
    if format >= CapFormat::V2_3 {
        let resource = StaticResource { id: 7, bytes: vec![0xAB; 300] };
        cap.static_resources = Some(StaticResources { resources: vec![resource] });
    }
    cap.read_directory = Some(cap.directory().unwrap());
    cap
}

/// Two packages, one of them private, and the methods in two blocks.
fn extended() -> CapFile {
    let mut cap = newer(CapFormat::Extended2_3);
    cap.header.flags = cap.header.flags | PackageFlags::EXTENDED;
    cap.header.name = None;
    let info = PackageInfo { version: Version { major: 3, minor: 1 }, aid: "F012345678AA".parse().unwrap() };
    cap.header.public = vec![PublicPackage { info, name: "sample/package".into() }];
    cap.method.blocks.push(MethodBlock { handlers: Vec::new(), code: vec![0x01, 0x10, 0x7A] });
    cap.reference_location.blocks.push(ReferencePlaces { byte_indices: vec![300], byte2_indices: vec![] });
    let place = MethodOffset { block: 1, offset: 1 };
    cap.constant_pool.entries.push(Constant::StaticMethod(StaticMethodRef::Internal(place)));
    for class in cap.export.iter_mut().flat_map(|export| &mut export.packages[0].classes) {
        class.static_methods.push(place);
    }
    let descriptor = cap.descriptor.get_or_insert_default();
    descriptor.packages.push(PackageDescriptor::default());
    cap.read_directory = Some(cap.directory().unwrap());
    cap
}

/// One file of each format.
fn formats() -> [CapFile; 4] {
    [sample(), newer(CapFormat::V2_2), newer(CapFormat::V2_3), extended()]
}

fn labels() -> JarLabels {
    JarLabels { package: "sample/package".into(), converter: "medseal test".into(), ..JarLabels::default() }
}

#[test]
fn each_format_survives_a_jar() {
    for cap in formats() {
        let jar = cap.to_jar(&labels()).unwrap();
        assert_eq!(CapFile::from_jar(&jar).unwrap(), cap);
        assert_eq!(CapFile::from_jar(&jar).unwrap().to_jar(&labels()).unwrap(), jar);
    }
}

#[test]
fn a_load_file_holds_all_but_debug_information() {
    for cap in formats() {
        let read = CapFile::from_load_file(&cap.to_load_file().unwrap()).unwrap();
        assert_eq!(read, CapFile { debug: None, ..cap });
    }
}

#[test]
fn a_load_file_is_read_with_signature_block_and_without_any_block() {
    let file = sample().to_load_file().unwrap();
    let bare = match file[1] {
        0x81 => &file[3..],
        0x82 => &file[4..],
        _ => &file[2..],
    };
    assert_eq!(CapFile::from_load_file(bare).unwrap(), sample());
    let signed = [&[0xE2, 3, 0x4F, 1, 0][..], &file].concat();
    assert_eq!(CapFile::from_load_file(&signed).unwrap(), sample());
}

#[test]
fn a_load_file_cut_anywhere_is_refused() {
    for file in [newer(CapFormat::V2_3), extended()].map(|cap| cap.to_load_file().unwrap()) {
        for end in 0..file.len() {
            assert!(CapFile::from_load_file(&file[..end]).is_err(), "{end}");
        }
        let longer = [&file[..], &[0]].concat();
        assert_eq!(
            CapFile::from_load_file(&longer),
            Err(LoadFileError::TrailingBytes { offset: file.len(), left: 1 })
        );
    }
}

#[test]
fn an_error_names_component_and_offset() {
    let file = sample().to_load_file().unwrap();
    let bare = &file[4..];
    // the constant pool's first entry is a class; tag 9 is none
    let (_, pool) = sample().encode_components().unwrap().remove(3);
    let at = bare.windows(pool.len()).position(|window| window == pool).unwrap();
    let mut broken = bare.to_vec();
    broken[at + 2] = 9;
    match CapFile::from_load_file(&broken) {
        Err(LoadFileError::Component(error)) => {
            assert_eq!((error.component, error.offset), (ComponentTag::ConstantPool, 2));
            assert_eq!(error.reason, CapErrorReason::Value { item: "cp_info.tag", value: 9 });
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_component_that_comes_twice_is_refused() {
    let file = sample().to_load_file().unwrap();
    let bare = &file[4..];
    let header = &bare[..3 + usize::from(bare[2])];
    let twice = [bare, header].concat();
    let expected = LoadFileError::Twice { offset: bare.len(), component: ComponentTag::Header };
    assert_eq!(CapFile::from_load_file(&twice), Err(expected));
}

#[test]
fn the_extended_form_is_refused_in_a_format_that_has_none() {
    let mut file = sample().to_load_file().unwrap();
    let magic = file.windows(4).position(|window| window == [0xDE, 0xCA, 0xFF, 0xED]).unwrap();
    file[magic + 6] |= PackageFlags::EXTENDED.0;
    let Err(LoadFileError::Component(error)) = CapFile::from_load_file(&file) else { panic!("accepted") };
    assert_eq!((error.offset, error.reason), (6, CapErrorReason::Extended));
}

#[test]
fn blocks_that_do_not_follow_one_another_are_refused() {
    let cap = extended();
    let all = cap.encode_components().unwrap();
    let (_, info) = all.iter().find(|(tag, _)| *tag == ComponentTag::Method).unwrap();
    for (at, change) in [(4, 1), (4, 0xFF), (8, 1), (8, 0xFF), (5, 1), (0, 1), (0, 0xFF)] {
        let mut changed = info.clone();
        changed[at] = changed[at].wrapping_add(change);
        let mut infos = Components::default();
        for (tag, info) in &all {
            infos.set(*tag, info);
        }
        infos.set(ComponentTag::Method, &changed);
        assert!(CapFile::parse_components(&infos).is_err(), "byte {at}");
    }
}

#[test]
fn names_of_files_in_a_jar_may_be_of_any_case_and_none_comes_twice() {
    let cap = extended();
    let mut entries = jar::read(&cap.to_jar(&labels()).unwrap()).unwrap();
    assert!(entries.iter().any(|entry| entry.name.ends_with("/Method.capx")));
    for entry in &mut entries[1..] {
        let (folder, file) = entry.name.rsplit_once('/').unwrap();
        entry.name = format!("{folder}/{}", file.to_uppercase());
    }
    assert_eq!(CapFile::from_jar(&jar::write(&entries).unwrap()).unwrap(), cap);
    let mut method = entries.iter().find(|entry| entry.name.ends_with("/METHOD.CAPX")).unwrap().clone();
    method.name = method.name.replace("METHOD.CAPX", "Method.cap");
    entries.push(method);
    let again = CapFile::from_jar(&jar::write(&entries).unwrap());
    assert!(matches!(again, Err(CapJarError::Twice(..))), "{again:?}");
}

#[test]
fn a_jar_without_a_package_or_with_two_is_refused() {
    let jar = sample().to_jar(&labels()).unwrap();
    let entries = jar::read(&jar).unwrap();
    let manifest = jar::write(&entries[..1]).unwrap();
    assert!(matches!(CapFile::from_jar(&manifest), Err(CapJarError::NoHeader)));
    let mut second = entries.clone();
    let header = entries.iter().find(|entry| entry.name.ends_with("Header.cap")).unwrap();
    second.push(jar::Entry { name: "other/javacard/Header.cap".into(), data: header.data.clone() });
    assert!(matches!(CapFile::from_jar(&jar::write(&second).unwrap()), Err(CapJarError::Several(..))));
    let mut short = entries.clone();
    short[2].data.pop();
    assert!(matches!(CapFile::from_jar(&jar::write(&short).unwrap()), Err(CapJarError::Frame { .. })));
}

#[test]
fn a_manifest_has_no_line_of_more_than_72_bytes() {
    let package = "a/package/with/a/name/that/is/much/longer/than/a/line/of/a/manifest/may/ever/be/sample";
    let jar = sample().to_jar(&JarLabels { package: package.into(), ..labels() }).unwrap();
    let entries = jar::read(&jar).unwrap();
    let text = String::from_utf8(entries[0].data.clone()).unwrap();
    assert!(text.split("\r\n").all(|line| line.len() <= 72), "{text}");
    let joined = text.replace("\r\n ", "");
    assert!(joined.contains(&format!("Java-Card-Package-Name: {}\r\n", package.replace('/', "."))));
    assert!(joined.contains("Java-Card-Package-AID: 0xF0:0x66:0x69:0x78:0x74\r\n"));
}

/// Whatever is read must be written and read again as the same.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(cap) = CapFile::from_load_file(bytes) {
        let mut again = CapFile::from_load_file(&cap.to_load_file().unwrap()).unwrap();
        again.read_directory.clone_from(&cap.read_directory);
        again.debug.clone_from(&cap.debug);
        prop_assert_eq!(again, cap);
    }
    Ok(())
}

proptest! {
    #[test]
    fn changed_bytes_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        for cap in [newer(CapFormat::V2_3), extended()] {
            let mut bytes = cap.to_load_file().unwrap();
            for (index, value) in &changes {
                let at = index.index(bytes.len());
                bytes[at] = *value;
            }
            check(&bytes)?;
        }
    }

    #[test]
    fn random_components_never_panic(tag in 1u8..14, info in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = sample().to_load_file().unwrap()[4..].to_vec();
        bytes.push(tag | 0x80);
        bytes.extend((info.len() as u16).to_be_bytes());
        bytes.extend(&info);
        check(&bytes)?;
        let mut framed = vec![tag];
        framed.extend((info.len() as u16).to_be_bytes());
        framed.extend(&info);
        check(&framed)?;
        let _ = CapFile::from_jar(&info);
    }
}
