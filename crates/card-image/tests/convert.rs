//! The converter on what the real compiler makes.
//!
//! Each folder of `tests/convert` is one package: its sources, and beside them `expected.txt`, a listing of the
//! CAP file or the findings. `MEDSEAL_REGENERATE=1 cargo nextest run -p card-image convert` writes the expectations
//! anew; adding a case is adding a folder. Comments in the first source set what differs from the default:
//! `// api: 3.1`, `// int: never`, `// applets: A B`, `// uses: other_case`.

#![cfg(feature = "tools")]

#[path = "java/compile.rs"]
mod compile;
mod listing;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use card_image::Aid;
use card_image::api::ApiVersion;
use card_image::cap::{CapFile, Version};
use card_image::classfile::{ClassFile, access};
use card_image::convert::{AppletRequest, ConvertRequest, Converted, Diagnostic, IntSupport, convert};
use card_image::export::{ExportFile, ExportSet};
use card_image::jar::Entry;
use card_image::verify::verify;
use compile::{compile, files};

struct Case {
    name: String,
    folder: PathBuf,
    options: BTreeMap<String, String>,
}

impl Case {
    fn read(folder: PathBuf) -> Self {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let mut options = BTreeMap::new();
        for source in files(&folder, "java") {
            for line in fs::read_to_string(source).unwrap().lines() {
                if let Some((key, value)) = line.strip_prefix("// ").and_then(|line| line.split_once(": ")) {
                    options.insert(key.to_owned(), value.to_owned());
                }
            }
        }
        Self { name, folder, options }
    }

    fn option(&self, key: &str) -> Option<&str> {
        self.options.get(key).map(String::as_str)
    }

    fn aid(&self) -> Aid {
        let mut bytes = vec![0xF0];
        bytes.extend(self.name.bytes());
        bytes.resize(bytes.len().clamp(5, 14), 0);
        Aid::new(&bytes).unwrap()
    }

    /// What the case can import: the release it is for, and the libraries that it uses.
    fn exports(&self, classes: &[Entry], all: &[Case]) -> ExportSet {
        let api: ApiVersion = self.option("api").unwrap_or("3.0.5").parse().unwrap();
        let mut exports = ExportSet::platform(api);
        for used in self.option("uses").iter().flat_map(|names| names.split(' ')) {
            let library = all.iter().find(|case| case.name == used).unwrap();
            let converted = library.convert(classes, &library.exports(classes, all)).unwrap();
            exports.add(ExportFile::parse(&converted.export.encode().unwrap()).unwrap());
        }
        exports
    }

    fn convert(&self, classes: &[Entry], exports: &ExportSet) -> Result<Converted, Vec<Diagnostic>> {
        let aid = |number: usize| {
            let mut bytes = self.aid().as_bytes().to_vec();
            bytes.push(number as u8);
            Aid::new(&bytes).unwrap()
        };
        let applets: Vec<AppletRequest> = (self.option("applets").iter())
            .flat_map(|names| names.split(' '))
            .enumerate()
            .map(|(number, class)| AppletRequest { aid: aid(number + 1), class: class.to_owned() })
            .collect();
        convert(&ConvertRequest {
            classes,
            package: &self.name,
            aid: self.aid(),
            version: Version { major: 1, minor: 0 },
            applets: &applets,
            exports,
            int: if self.option("int") == Some("never") {
                IntSupport::Never
            } else {
                IntSupport::WhenDeclared
            },
        })
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/convert")
}

fn cases() -> Vec<Case> {
    let root = root();
    let mut folders: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders.into_iter().map(Case::read).collect()
}

#[test]
fn every_case_converts_as_expected() {
    let cases = cases();
    let classes = compile(&root(), ApiVersion::V3_2);
    let (mut different, mut refused) = (Vec::new(), Vec::new());
    for case in &cases {
        let exports = case.exports(&classes, &cases);
        let actual = match case.convert(&classes, &exports) {
            Ok(converted) => {
                check_round_trip(&case.name, &converted.cap);
                if let Err(findings) = verify(converted.cap.clone(), &exports) {
                    refused.push(format!("{}: {findings:#?}\n{}", case.name, listing::of(&converted)));
                }
                listing::of(&converted)
            }
            Err(findings) => lines(&findings),
        };
        let again = case.convert(&classes, &exports);
        let again = again.map_or_else(|findings| lines(&findings), |converted| listing::of(&converted));
        assert_eq!(actual, again, "{}: not the same twice", case.name);
        let file = case.folder.join("expected.txt");
        if std::env::var_os("MEDSEAL_REGENERATE").is_some() {
            fs::write(&file, &actual).unwrap();
        } else if fs::read_to_string(&file).unwrap_or_default() != actual {
            different.push(format!("{}:\n{actual}", case.name));
        }
    }
    assert!(refused.is_empty(), "refused by the verifier:\n{}", refused.join("\n"));
    assert!(different.is_empty(), "not as expected:\n{}", different.join("\n"));
}

#[test]
fn the_identity_applet_has_no_int_and_is_accepted() {
    let cap = CapFile::from_jar(include_bytes!("../../../applets/identity/identity.cap")).unwrap();
    assert!(!cap.header.flags.uses_int());
    check_round_trip("identity", &cap);
    verify(cap, &ExportSet::platform(ApiVersion::V3_0_5)).unwrap_or_else(|findings| panic!("{findings:#?}"));
}

/// javac refuses an enumeration against the card's API, but not against the desktop's.
#[test]
fn an_enumeration_is_refused_at_its_file() {
    let cases = cases();
    let mut classes = compile(&root(), ApiVersion::V3_2);
    let case = cases.iter().find(|case| case.name == "calls").unwrap();
    for entry in classes.iter_mut().filter(|entry| entry.name.ends_with("/Calls.class")) {
        let mut file = ClassFile::parse(&entry.data).unwrap();
        file.access |= access::ENUM;
        entry.data = file.to_bytes().unwrap();
    }
    let findings = case.convert(&classes, &case.exports(&classes, &cases)).unwrap_err();
    assert!(lines(&findings).contains("Calls.java: enumerations are not supported"), "{}", lines(&findings));
}

/// Class files with changed bytes are what a hostile or broken compiler would hand over.
#[test]
fn changed_class_files_give_findings_or_a_package_and_never_a_panic() {
    let cases = cases();
    let classes = compile(&root(), ApiVersion::V3_2);
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |limit: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % limit
    };
    for case in &cases {
        let exports = case.exports(&classes, &cases);
        let folder = format!("/{}/", case.name);
        let own: Vec<Entry> = classes.iter().filter(|entry| entry.name.contains(&folder)).cloned().collect();
        for round in 0..120 {
            let mut changed = own.clone();
            let entry = next(changed.len());
            let data = &mut changed[entry].data;
            for _ in 0..=round % 3 {
                let at = next(data.len());
                data[at] = if round % 2 == 0 { next(256) as u8 } else { data[at].wrapping_add(1) };
            }
            if let Ok(converted) = case.convert(&changed, &exports) {
                let _ = converted.cap.to_load_file();
            }
        }
    }
}

fn lines(findings: &[Diagnostic]) -> String {
    findings.iter().map(|finding| format!("{finding}\n")).collect()
}

fn check_round_trip(name: &str, cap: &CapFile) {
    let bytes = cap.to_load_file().unwrap();
    let read = CapFile::from_load_file(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(read.to_load_file().unwrap(), bytes, "{name}");
}
