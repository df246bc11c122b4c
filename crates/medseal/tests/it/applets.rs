//! The CAP files in the tree are what their sources give, step by step with the commands a person would use.

use crate::support::{output, shown};
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn the_identity_applet_in_the_tree_is_what_its_source_gives() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../applets/identity");
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| shown(&folder.path().join(name));
    output(&["applet", "stubs", "--api", "3.0.5", &at("api.jar")]);
    let mut javac = Command::new("javac");
    javac.args(["-source", "8", "-target", "8", "-g", "-Xlint:-options", "-bootclasspath", &at("api.jar")]);
    javac.args(["-d", &at("classes")]).args(sources(&root.join("src")));
    let compiled = javac.status().expect("javac runs (Debian: apt-get install openjdk-17-jdk-headless)");
    assert!(compiled.success());
    output(&[
        "applet",
        "convert",
        "--classes",
        &at("classes"),
        "--package",
        "org.medseal.identity",
        "--aid",
        "F04D45445345414C",
        "--version",
        "1.0",
        "--applet",
        "F04D45445345414C01=org.medseal.identity.IdentityApplet",
        "--out",
        &at("out"),
    ]);
    output(&["applet", "verify", &at("out/identity.cap")]);
    let built = std::fs::read(folder.path().join("out/identity.cap")).unwrap();
    let kept = std::fs::read(root.join("identity.cap")).unwrap();
    assert!(built == kept, "applets/identity/identity.cap is not up to date: run `cargo xtask applets`");
}

/// The way that README.md shows, from the source to the answer.
#[test]
fn the_example_applet_greets() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/hello/Hello.java");
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| shown(&folder.path().join(name));
    output(&["applet", "stubs", "--api", "3.0.5", &at("api.jar")]);
    let mut javac = Command::new("javac");
    javac.args(["-source", "8", "-target", "8", "-g", "-Xlint:-options", "-bootclasspath", &at("api.jar")]);
    let compiled = javac.args(["-d", &at("classes")]).arg(source).status();
    assert!(compiled.expect("javac runs (Debian: apt-get install openjdk-17-jdk-headless)").success());
    output(&[
        "applet",
        "convert",
        "--classes",
        &at("classes"),
        "--package",
        "hello",
        "--aid",
        "F000000001",
        "--version",
        "1.0",
        "--applet",
        "F00000000101=hello.Hello",
        "--out",
        &at("build"),
    ]);
    output(&["applet", "verify", &at("build/hello.cap")]);
    let card = at("my.card");
    output(&["card", "new", &card]);
    output(&["card", "load", &card, &at("build/hello.cap")]);
    output(&["card", "install", &card, "--package", "F000000001", "--applet", "F00000000101"]);
    let said = output(&["card", "apdu", &card, "00A4040006F00000000101", "8000000000", "8001000000"]);
    assert_eq!(said, "9000\n48656C6C6F 9000\n6D00\n");
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
