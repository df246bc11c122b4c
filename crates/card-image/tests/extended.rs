//! Several packages in one file of the extended form: converted, written, read, verified, and used by another file.

#![cfg(feature = "tools")]

#[path = "java/compile.rs"]
mod compile;

use std::path::Path;

use card_image::api::ApiVersion;
use card_image::cap::{CapFile, DebugInfo, JarLabels, MethodBlock, PackageInfo, StaticResource, Version};
use card_image::convert::{
    AppletRequest, ConvertRequest, Converted, ConvertedExtended, DebugInformation, Diagnostic,
    ExtendedRequest, Extras, IntSupport, PackageRequest, Problem, Visibility, convert, convert_extended,
};
use card_image::export::{ExportFile, ExportSet};
use card_image::jar::{Entry, read as read_jar};
use card_image::verify::verify;
use compile::compile;

fn info(aid: &str) -> PackageInfo {
    PackageInfo { version: Version { major: 1, minor: 2 }, aid: aid.parse().unwrap() }
}

fn classes() -> Vec<Entry> {
    compile(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/extended"), ApiVersion::V3_1)
}

fn request<'a>(
    classes: &'a [Entry],
    applets: &'a [AppletRequest],
    exports: &'a ExportSet,
) -> ExtendedRequest<'a> {
    // in an order that the file does not keep: the private package comes last
    static PACKAGES: std::sync::OnceLock<[PackageRequest<'static>; 3]> = std::sync::OnceLock::new();
    let packages = PACKAGES.get_or_init(|| {
        let public = |aid| Visibility::Public(info(aid));
        [
            PackageRequest { name: "inner", visibility: Visibility::Private },
            PackageRequest { name: "lib", visibility: public("F0657874656E02") },
            PackageRequest { name: "app", visibility: public("F0657874656E03") },
        ]
    });
    let int = IntSupport::Never;
    ExtendedRequest { classes, file: info("F0657874656E"), packages, applets, exports, int }
}

fn store() -> [AppletRequest; 1] {
    [AppletRequest { aid: "F0657874656E01".parse().unwrap(), class: "app.Store".into() }]
}

fn text(findings: &[Diagnostic]) -> String {
    findings.iter().map(|finding| format!("{finding}\n")).collect()
}

fn extended(extras: Extras<'_>) -> ConvertedExtended {
    let (classes, exports) = (classes(), ExportSet::platform(ApiVersion::V3_1));
    convert_extended(&request(&classes, &store(), &exports), extras)
        .unwrap_or_else(|findings| panic!("{}", text(&findings)))
}

fn accepted(cap: CapFile, exports: &ExportSet) {
    verify(cap, exports).unwrap_or_else(|findings| {
        panic!("{}", findings.iter().map(|finding| format!("{finding}\n")).collect::<String>())
    });
}

fn reread(cap: &CapFile) -> CapFile {
    CapFile::from_load_file(&cap.to_load_file().unwrap()).unwrap()
}

#[test]
fn three_packages_become_one_file_that_reads_back_and_is_accepted() {
    let resources = [StaticResource { id: 3, bytes: b"abc".to_vec() }];
    let made = extended(Extras { resources: &resources, debug: DebugInformation::Included });
    let names: Vec<&str> = made.cap.header.public.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(names, ["lib", "app"]);
    assert_eq!(made.cap.descriptor.as_ref().unwrap().packages.len(), 3);
    let labels =
        JarLabels { package: "extended".into(), applets: vec!["app.Store".into()], ..JarLabels::default() };
    let labels = JarLabels { packages: ["lib", "app", "inner"].map(String::from).to_vec(), ..labels };
    let jar = made.cap.to_jar(&labels).unwrap();
    let manifest = String::from_utf8(read_jar(&jar).unwrap()[0].data.clone()).unwrap();
    for line in [
        "Java-Card-CAP-AID: 0xF0:0x65:0x78:0x74:0x65:0x6E",
        "Java-Card-Package-1-Version: 1.2",
        "Java-Card-Package-3-AID: private",
        "Java-Card-Package-2-Java-Card-Applet-1-Name: app.Store",
    ] {
        assert!(manifest.lines().any(|own| own == line), "{line}: {manifest}");
    }
    let mut read = CapFile::from_jar(&jar).unwrap();
    assert_eq!(read.read_directory.take(), Some(made.cap.directory().unwrap()));
    assert_eq!(read, made.cap);
    let platform = ExportSet::platform(ApiVersion::V3_1);
    accepted(reread(&made.cap), &platform);
    accepted(CapFile::from_jar(&jar).unwrap(), &platform);
}

fn client(exports: &ExportSet) -> Converted {
    let applet = AppletRequest { aid: "F0636C69656E7401".parse().unwrap(), class: "Client".into() };
    convert(&ConvertRequest {
        classes: &classes(),
        package: "client",
        aid: "F0636C69656E74".parse().unwrap(),
        version: Version { major: 1, minor: 0 },
        applets: &[applet],
        exports,
        int: IntSupport::Never,
    })
    .unwrap_or_else(|findings| panic!("{}", text(&findings)))
}

#[test]
fn another_file_uses_the_public_packages_by_export_file_and_by_what_the_card_tells() {
    let made = extended(Extras::default());
    let mut exports = ExportSet::platform(ApiVersion::V3_1);
    assert_eq!(made.exports.len(), 2);
    for export in &made.exports {
        exports.add(ExportFile::parse(&export.encode().unwrap()).unwrap());
    }
    let client = client(&exports).cap;
    accepted(reread(&client), &exports);
    let mut on_card = ExportSet::platform(ApiVersion::V3_1);
    for told in ExportFile::from_cap(&reread(&made.cap), &on_card).unwrap() {
        on_card.add(told);
    }
    accepted(reread(&client), &on_card);
}

#[test]
fn a_class_of_a_private_package_is_seen_by_nobody_else() {
    let made = extended(Extras::default());
    for export in &made.exports {
        let text = format!("{export:?}");
        assert!(!text.contains("inner/"), "{text}");
    }
    let shared = &made.exports[1].classes;
    assert_eq!(shared.iter().map(|class| class.name.as_str()).collect::<Vec<_>>(), ["app/Shared"]);
}

#[test]
fn the_extended_form_and_resources_need_release_3_1() {
    let (classes, exports) = (classes(), ExportSet::platform(ApiVersion::V3_0_5));
    let resources = [StaticResource { id: 3, bytes: Vec::new() }];
    let extras = Extras { resources: &resources, debug: DebugInformation::LeftOut };
    let findings = convert_extended(&request(&classes, &store(), &exports), extras).unwrap_err();
    assert!(findings.iter().all(|finding| matches!(finding.problem, Problem::Release(_))), "{findings:?}");
    assert_eq!(findings.len(), 2);
}

/// More code than one block holds: the same class many times over.
#[test]
fn methods_that_do_not_fit_one_block_go_into_the_next() {
    let body: String = (0..900).map(|line| format!("x = (short) (x * 31 + {});\n", line % 100)).collect();
    let methods: String =
        (0..12).map(|number| format!("static short m{number}(short x) {{ {body} return x; }}\n")).collect();
    let folder = tempfile::tempdir().unwrap();
    let source = format!("package big; public class Big {{ {methods} }}");
    std::fs::write(folder.path().join("Big.java"), source).unwrap();
    let classes = compile(folder.path(), ApiVersion::V3_1);
    let exports = ExportSet::platform(ApiVersion::V3_1);
    let packages = [PackageRequest { name: "big", visibility: Visibility::Private }];
    let request = ExtendedRequest {
        classes: &classes,
        file: info("F0626967000000"),
        packages: &packages,
        applets: &[],
        exports: &exports,
        int: IntSupport::Never,
    };
    let made = convert_extended(&request, Extras::default())
        .unwrap_or_else(|findings| panic!("{}", text(&findings)));
    let sizes: Vec<usize> = made.cap.method.blocks.iter().map(MethodBlock::size).collect();
    assert!(sizes.len() > 1 && sizes.iter().all(|size| *size <= 65_535), "{sizes:?}");
    accepted(reread(&made.cap), &exports);
}

#[test]
fn debug_information_tells_lines_and_variables_and_changes_no_code() {
    let plain = extended(Extras::default());
    let made = extended(Extras { resources: &[], debug: DebugInformation::Included });
    assert_eq!(made.cap.method, plain.cap.method);
    let info = DebugInfo::parse(made.cap.debug.as_ref().unwrap(), made.cap.header.format).unwrap();
    assert_eq!(info.encode(made.cap.header.format).unwrap(), *made.cap.debug.as_ref().unwrap());
    let names: Vec<&str> = info.packages.iter().map(|package| info.text(package.name).unwrap()).collect();
    assert_eq!(names, ["lib", "app", "inner"]);
    let classes = info.packages.iter().flat_map(|package| &package.classes);
    let worker = classes.into_iter().find(|class| info.text(class.name) == Some("inner/Worker")).unwrap();
    assert_eq!(info.text(worker.source_file), Some("Worker.java"));
    let step = worker.methods.iter().find(|method| info.text(method.name) == Some("step")).unwrap();
    let lines: Vec<u16> = step.lines.iter().map(|line| line.line).collect();
    let source = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/extended/inner/Worker.java"),
    )
    .unwrap();
    let line_of = |text: &str| source.lines().position(|line| line.contains(text)).unwrap() as u16 + 1;
    for text in ["return change(by)", "last = full.by", "return -1", "kept++"] {
        assert!(lines.contains(&line_of(text)), "{text}: {lines:?}");
    }
    assert_eq!(step.lines.last().unwrap().end + 1, step.body_size);
    let variables: Vec<(&str, u8)> =
        step.variables.iter().map(|variable| (info.text(variable.name).unwrap(), variable.index)).collect();
    assert!(variables.contains(&("this", 0)) && variables.contains(&("by", 1)), "{variables:?}");
    assert!(variables.iter().any(|(name, _)| *name == "full"), "{variables:?}");
}

#[test]
fn changed_debug_information_is_read_back_as_it_is_or_refused() {
    let made = extended(Extras { resources: &[], debug: DebugInformation::Included });
    let (format, bytes) = (made.cap.header.format, made.cap.debug.unwrap());
    let (mut read, mut refused) = (0, 0);
    for at in 0..bytes.len() {
        for change in [0x01, 0x80, 0xFF] {
            let mut changed = bytes.clone();
            changed[at] ^= change;
            match DebugInfo::parse(&changed, format) {
                Ok(info) => {
                    assert_eq!(info.encode(format).unwrap(), changed);
                    read += 1;
                }
                Err(_) => refused += 1,
            }
        }
        assert!(DebugInfo::parse(&bytes[..at], format).is_err(), "cut at {at}");
    }
    assert!(read > 100 && refused > 100, "{read} read, {refused} refused");
}
