//! The CAP files in the tree are what their sources give, step by step with the commands a person would use.

use crate::support::{output, shown};
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");

#[test]
fn the_identity_applet_in_the_tree_is_what_its_source_gives() {
    compare("applets/identity");
}

#[test]
fn the_piv_applet_in_the_tree_is_what_its_source_gives() {
    compare("applets/piv");
}

#[test]
fn the_ndef_applet_in_the_tree_is_what_its_source_gives() {
    compare("applets/ndef");
}

#[test]
fn the_benchmark_applet_in_the_tree_is_what_its_source_gives() {
    compare("benches/applet");
}

/// Builds as `applet.toml` says and compares with the CAP file in the same folder.
fn compare(folder: &str) {
    let root = Path::new(ROOT).join(folder);
    let settings = std::fs::read_to_string(root.join("applet.toml")).unwrap();
    let setting = |name: &str| {
        let value = settings.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_prefix('='));
        value.unwrap().trim().trim_matches('"').to_owned()
    };
    let (package, aid, applet) = (setting("package"), setting("aid"), setting("applet"));
    let work = tempfile::tempdir().unwrap();
    let cap = built(work.path(), &sources(&root.join("src")), &package, &aid, &applet);
    let kept = root.join(Path::new(&cap).file_name().unwrap());
    assert!(
        std::fs::read(&cap).unwrap() == std::fs::read(&kept).unwrap(),
        "{} is not up to date: run `cargo xtask applets`",
        kept.display()
    );
}

/// The way that README.md shows, from the source to the answer.
#[test]
fn the_example_applet_greets() {
    let source = Path::new(ROOT).join("examples/hello/Hello.java");
    let folder = tempfile::tempdir().unwrap();
    let cap = built(folder.path(), &[source], "hello", "F000000001", "F00000000101=hello.Hello");
    let card = shown(&folder.path().join("my.card"));
    output(&["card", "new", &card]);
    output(&["card", "load", &card, &cap]);
    output(&["card", "install", &card, "--package", "F000000001", "--applet", "F00000000101"]);
    let said = output(&["card", "apdu", &card, "00A4040006F00000000101", "8000000000", "8001000000"]);
    assert_eq!(said, "9000\n48656C6C6F 9000\n6D00\n");
}

/// Stubs, javac, conversion, verification: the way of every applet, and the CAP file it ends with.
fn built(folder: &Path, sources: &[PathBuf], package: &str, aid: &str, applet: &str) -> String {
    let at = |name: &str| shown(&folder.join(name));
    let (stubs, classes, out) = (at("api.jar"), at("classes"), at("out"));
    output(&["applet", "stubs", "--api", "3.0.5", &stubs]);
    let mut javac = Command::new("javac");
    javac.args(["-source", "8", "-target", "8", "-g", "-Xlint:-options", "-bootclasspath", &stubs]);
    let compiled = javac.args(["-d", &classes]).args(sources).status();
    assert!(compiled.expect("javac runs (Debian: apt-get install openjdk-17-jdk-headless)").success());
    let mut words = vec!["applet", "convert", "--classes", &classes, "--package", package, "--aid", aid];
    words.extend(["--version", "1.0", "--applet", applet, "--out", &out]);
    output(&words);
    let name = package.rsplit('.').next().unwrap();
    let cap = at(&format!("out/{name}.cap"));
    output(&["applet", "verify", &cap]);
    cap
}

/// All Java sources below a folder, in the order of their names.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "java") {
            found.push(path);
        }
    }
    found.sort();
    found
}
