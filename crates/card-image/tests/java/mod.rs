//! From Java sources to a CAP file, by the real compiler and our converter.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use card_image::Aid;
use card_image::api::ApiVersion;
use card_image::cap::Version;
use card_image::convert::{AppletRequest, ConvertRequest, Converted, IntSupport, convert};
use card_image::export::ExportSet;
use card_image::jar::Entry;
use card_image::stubs::stubs;

/// A package's sources and what becomes of them.
pub(crate) struct Package<'a> {
    /// The folder with the sources, at any depth.
    pub(crate) folder: PathBuf,
    /// The name of the package.
    pub(crate) name: &'a str,
    /// Its AID.
    pub(crate) aid: &'a str,
    /// The classes of its applets; their AIDs are the package's and a number.
    pub(crate) applets: &'a [&'a str],
}

impl Package<'_> {
    /// Compiles and converts.
    pub(crate) fn convert(&self, exports: &ExportSet) -> Converted {
        let classes = compile(&self.folder, exports.api());
        let aid: Aid = self.aid.parse().unwrap();
        let applets: Vec<AppletRequest> = (1u8..)
            .zip(self.applets)
            .map(|(number, class)| AppletRequest {
                aid: Aid::new(&[aid.as_bytes(), &[number]].concat()).unwrap(),
                class: (*class).to_owned(),
            })
            .collect();
        let request = ConvertRequest {
            classes: &classes,
            package: self.name,
            aid,
            version: Version { major: 1, minor: 0 },
            applets: &applets,
            exports,
            int: IntSupport::WhenDeclared,
        };
        convert(&request).unwrap_or_else(|findings| {
            let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
            panic!("{}: {}", self.name, findings.join("\n"))
        })
    }
}

fn compile(sources: &Path, api: ApiVersion) -> Vec<Entry> {
    let folder = tempfile::tempdir().unwrap();
    let jar = folder.path().join("stubs.jar");
    fs::write(&jar, stubs(api).unwrap()).unwrap();
    let classes = folder.path().join("classes");
    fs::create_dir(&classes).unwrap();
    let output = Command::new("javac")
        .args(["-source", "8", "-target", "8", "-g", "-Xlint:-options", "-proc:none", "-encoding", "UTF-8"])
        .arg("-bootclasspath")
        .arg(&jar)
        .arg("-d")
        .arg(&classes)
        .args(files(sources, "java"))
        .output()
        .expect("javac of JDK 17 is needed: apt-get install openjdk-17-jdk-headless");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |path: &PathBuf| Entry { name: path.display().to_string(), data: fs::read(path).unwrap() };
    files(&classes, "class").iter().map(read).collect()
}

/// All files below a folder with this extension, in the order of their paths.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}
