//! What the tests share: the identity applet as it ships, and a card that has it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use card_image::api::ApiVersion;
use card_image::cap::{CapFile, Version};
use card_image::convert::{AppletRequest, ConvertRequest, Converted, IntSupport, convert};
use card_image::export::ExportSet;
use card_image::jar::Entry;
use card_image::stubs::stubs;
use card_link::gp::Session;
use card_link::{Aid, CardKeys, Element};
use tempfile::TempDir;

pub(crate) const PACKAGE: &str = "F04D45445345414C";
pub(crate) const APPLET: &str = "F04D45445345414C01";
pub(crate) const PIN: &[u8] = b"271828";

/// The identity applet.
pub(crate) fn identity() -> &'static CapFile {
    static CAP: OnceLock<CapFile> = OnceLock::new();
    CAP.get_or_init(|| {
        CapFile::from_jar(include_bytes!("../../../../applets/identity/identity.cap")).unwrap()
    })
}

/// Compiles and converts the sources of one package.
pub(crate) fn compile(sources: &Path, package: &str, aid: &str, applets: &[(&str, &str)]) -> CapFile {
    build(sources, package, aid, applets, &[]).converted.cap
}

/// Compiles and converts the sources of one package for the newest release of the API.
pub(crate) fn compile_newest(sources: &Path, package: &str, aid: &str, applets: &[(&str, &str)]) -> CapFile {
    build_for(ApiVersion::V3_2, sources, package, aid, applets, &[]).converted.cap
}

/// A package and what others need to be built against it.
pub(crate) struct Built {
    pub(crate) converted: Converted,
    classes: TempDir,
}

/// Compiles and converts the sources of a package that uses others.
pub(crate) fn build(
    sources: &Path,
    package: &str,
    aid: &str,
    applets: &[(&str, &str)],
    uses: &[&Built],
) -> Built {
    build_for(ApiVersion::V3_0_5, sources, package, aid, applets, uses)
}

/// [`build`] for a release of the API.
pub(crate) fn build_for(
    api: ApiVersion,
    sources: &Path,
    package: &str,
    aid: &str,
    applets: &[(&str, &str)],
    uses: &[&Built],
) -> Built {
    let used: Vec<&Path> = uses.iter().map(|used| used.classes.path()).collect();
    let (made, classes) = class_files(sources, api, &used);
    let applets: Vec<AppletRequest> = applets
        .iter()
        .map(|(aid, class)| AppletRequest { aid: aid.parse().unwrap(), class: (*class).to_owned() })
        .collect();
    let mut exports = ExportSet::platform(api);
    uses.iter().for_each(|used| exports.add(used.converted.export.clone()));
    let request = ConvertRequest {
        classes: &classes,
        package,
        aid: aid.parse().unwrap(),
        version: Version { major: 1, minor: 0 },
        applets: &applets,
        exports: &exports,
        int: IntSupport::WhenDeclared,
    };
    match convert(&request) {
        Ok(converted) => Built { converted, classes: made },
        Err(findings) => panic!("{}", findings.iter().map(|f| format!("{f}\n")).collect::<String>()),
    }
}

/// Compiles sources against a release of the API and the class files of other packages.
pub(crate) fn class_files(sources: &Path, api: ApiVersion, uses: &[&Path]) -> (TempDir, Vec<Entry>) {
    let folder = tempfile::tempdir().unwrap();
    let jar = folder.path().join("stubs.jar");
    std::fs::write(&jar, stubs(api).unwrap()).unwrap();
    let made = tempfile::tempdir().unwrap();
    let output = Command::new("javac")
        .args(["-source", "8", "-target", "8", "-g", "-Xlint:-options", "-proc:none", "-encoding", "UTF-8"])
        .arg("-bootclasspath")
        .arg(&jar)
        .arg("-classpath")
        .arg(std::env::join_paths(uses).unwrap())
        .arg("-d")
        .arg(made.path())
        .args(files(sources, "java"))
        .output()
        .expect("javac of JDK 17 is needed: apt-get install openjdk-17-jdk-headless");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let classes: Vec<Entry> = files(made.path(), "class")
        .into_iter()
        .map(|path| Entry { data: std::fs::read(&path).unwrap(), name: path.display().to_string() })
        .collect();
    (made, classes)
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Loads and installs the identity applet.
pub(crate) fn provision(card: &mut impl Element, keys: &CardKeys) {
    let cap = identity();
    let loaded = Session::open(card, keys).unwrap().load_cap(cap);
    assert!(loaded.is_ok(), "{loaded:?}: {:?}", card.diagnosis());
    let (package, applet): (Aid, Aid) = (PACKAGE.parse().unwrap(), APPLET.parse().unwrap());
    let installed = Session::open(card, keys).unwrap().install(&package, &applet, &applet, PIN);
    assert!(installed.is_ok(), "{installed:?}: {:?}", card.diagnosis());
}

/// Sends a command in hexadecimal and gives data and status word in hexadecimal.
pub(crate) fn send(card: &mut impl Element, command: &str) -> String {
    let answer = card.transmit(&hex::decode(command.replace(' ', "")).unwrap()).unwrap();
    hex::encode_upper(answer)
}

/// Selects the identity applet and verifies the PIN.
pub(crate) fn unlock(card: &mut impl Element) {
    assert_eq!(send(card, &format!("00A4040009{APPLET}00")), "9000", "{:?}", card.diagnosis());
    let pin = hex::encode(PIN);
    assert_eq!(send(card, &format!("0020008006{pin}")), "9000", "{:?}", card.diagnosis());
}

/// Seals a hash and gives the seal.
pub(crate) fn seal(card: &mut impl Element, hash: &[u8; 32]) -> Vec<u8> {
    let answer = card.transmit(&[&[0x80, 0x20, 0, 0, 32][..], hash, &[0]].concat()).unwrap();
    let (seal, status) = answer.split_last_chunk::<2>().unwrap();
    assert_eq!(status, &[0x90, 0x00], "{:?}", card.diagnosis());
    seal.to_vec()
}
