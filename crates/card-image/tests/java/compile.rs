//! The real compiler.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use card_image::api::ApiVersion;
use card_image::jar::Entry;
use card_image::stubs::stubs;

/// Compiles all sources below a folder against the stubs of a release, and gives the class files.
pub(crate) fn compile(sources: &Path, api: ApiVersion) -> Vec<Entry> {
    let folder = tempfile::tempdir().unwrap();
    let jar = folder.path().join("stubs.jar");
    fs::write(&jar, stubs(api).unwrap()).unwrap();
    let classes = folder.path().join("classes");
    fs::create_dir(&classes).unwrap();
    let output = Command::new("javac")
        .args(["-source", "8", "-target", "8", "-g", "-Xlint:-options", "-proc:none", "-encoding", "UTF-8"])
        .arg("-bootclasspath")
        .arg(&jar)
        // what it uses of packages beside it
        .args(["-implicit:none", "-sourcepath"])
        .arg(sources.parent().unwrap())
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
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
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
