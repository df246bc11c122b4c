//! The converter on what the real compiler makes.
//!
//! Each folder of `tests/convert` is one package: its sources, and beside them `expected.txt`, a listing of the
//! CAP file or the findings. `MEDSEAL_REGENERATE=1 cargo nextest run -p card-image convert` writes the expectations
//! anew; adding a case is adding a folder. Comments in the first source set what differs from the default:
//! `// api: 3.1`, `// int: never`, `// applets: A B`, `// uses: other_case`.

#![cfg(feature = "tools")]

mod listing;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use card_image::Aid;
use card_image::api::ApiVersion;
use card_image::cap::{CapFile, Version};
use card_image::convert::{AppletRequest, ConvertRequest, Converted, Diagnostic, IntSupport, convert};
use card_image::export::{ExportFile, ExportSet};
use card_image::jar::Entry;
use card_image::stubs::stubs;

const INSTALL_HINT: &str = "javac of JDK 17 is needed: apt-get install openjdk-17-jdk-headless";

struct Case {
    name: String,
    folder: PathBuf,
    options: BTreeMap<String, String>,
}

impl Case {
    fn read(folder: PathBuf) -> Self {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let mut options = BTreeMap::new();
        for source in sources(&folder) {
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

    fn convert(&self, classes: &[Entry], all: &[Case]) -> Result<Converted, Vec<Diagnostic>> {
        let api: ApiVersion = self.option("api").unwrap_or("3.0.5").parse().unwrap();
        let mut exports = ExportSet::platform(api);
        for used in self.option("uses").iter().flat_map(|names| names.split(' ')) {
            let library = all.iter().find(|case| case.name == used).unwrap();
            let export = library.convert(classes, all).unwrap().export;
            let bytes = export.encode().unwrap();
            exports.add(ExportFile::parse(&bytes).unwrap());
        }
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
            exports: &exports,
            int: if self.option("int") == Some("never") {
                IntSupport::Never
            } else {
                IntSupport::WhenDeclared
            },
        })
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut sources: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "java"));
    sources.sort();
    sources
}

/// Compiles all cases at once, against the stubs of the newest release, and gives the class files.
fn compile(sources: &[PathBuf]) -> Vec<Entry> {
    let folder = tempfile::tempdir().unwrap();
    let jar = folder.path().join("stubs.jar");
    fs::write(&jar, stubs(ApiVersion::V3_2).unwrap()).unwrap();
    let classes = folder.path().join("classes");
    let output = Command::new("javac")
        .args(["-source", "8", "-target", "8", "-g", "-Xlint:-options", "-proc:none", "-encoding", "UTF-8"])
        .arg("-bootclasspath")
        .arg(&jar)
        .arg("-d")
        .arg(&classes)
        .args(sources)
        .output()
        .unwrap_or_else(|error| panic!("{INSTALL_HINT} ({error})"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut entries = Vec::new();
    let mut pending = vec![classes];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                entries.push(Entry { name: path.display().to_string(), data: fs::read(&path).unwrap() });
            }
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/convert");
    let mut folders: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders.into_iter().map(Case::read).collect()
}

#[test]
fn every_case_converts_as_expected() {
    let cases = cases();
    let all: Vec<PathBuf> = cases.iter().flat_map(|case| sources(&case.folder)).collect();
    let classes = compile(&all);
    let mut different = Vec::new();
    for case in &cases {
        let actual = match case.convert(&classes, &cases) {
            Ok(converted) => {
                check_round_trip(&case.name, &converted.cap);
                listing::of(&converted)
            }
            Err(findings) => findings.iter().map(|finding| format!("{finding}\n")).collect(),
        };
        let again = case.convert(&classes, &cases).map_or_else(
            |findings| findings.iter().map(|finding| format!("{finding}\n")).collect(),
            |converted| listing::of(&converted),
        );
        assert_eq!(actual, again, "{}: not the same twice", case.name);
        let file = case.folder.join("expected.txt");
        if std::env::var_os("MEDSEAL_REGENERATE").is_some() {
            fs::write(&file, &actual).unwrap();
        } else if fs::read_to_string(&file).unwrap_or_default() != actual {
            different.push(format!("{}:\n{actual}", case.name));
        }
    }
    assert!(different.is_empty(), "not as expected:\n{}", different.join("\n"));
}

fn check_round_trip(name: &str, cap: &CapFile) {
    let bytes = cap.to_load_file().unwrap();
    let read = CapFile::from_load_file(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(read.to_load_file().unwrap(), bytes, "{name}");
}
