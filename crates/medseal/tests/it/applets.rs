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
fn the_sweep_applets_in_the_tree_are_what_their_source_gives() {
    compare("applets/sweep");
    compare("applets/sweep/classic");
}

#[test]
fn the_benchmark_applet_in_the_tree_is_what_its_source_gives() {
    compare("benches/applet");
}

#[test]
fn the_benchmark_applet_of_cryptography_in_the_tree_is_what_its_source_gives() {
    compare("benches/crypto");
}

/// Builds as `applet.toml` says and compares with the CAP file in the same folder.
fn compare(folder: &str) {
    let root = Path::new(ROOT).join(folder);
    let settings = std::fs::read_to_string(root.join("applet.toml")).unwrap();
    let any = |name: &str| {
        let value = settings.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_prefix('='))?;
        Some(value.trim().trim_matches('"').to_owned())
    };
    let setting = |name: &str| any(name).unwrap();
    let (package, aid, applet) = (setting("package"), setting("aid"), setting("applet"));
    let work = tempfile::tempdir().unwrap();
    let mut given = sources(&root.join("src"));
    if let Some(shared) = any("shared") {
        // Shared sources name no package; they get this one's.
        for source in sources(&root.join(shared)) {
            let copy = work.path().join(source.file_name().unwrap());
            let text = std::fs::read_to_string(source).unwrap();
            std::fs::write(&copy, format!("package {package};{text}")).unwrap();
            given.push(copy);
        }
    }
    let cap = built(work.path(), &given, &setting("api"), &package, &aid, &applet);
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
    let cap = built(folder.path(), &[source], "3.0.5", "hello", "F000000001", "F00000000101=hello.Hello");
    let card = shown(&folder.path().join("my.card"));
    output(&["card", "new", &card]);
    output(&["card", "load", &card, &cap]);
    output(&["card", "install", &card]);
    let said = output(&["card", "apdu", &card, "00A4040006F00000000101", "8000000000", "8001000000"]);
    assert_eq!(said, "9000\n48656C6C6F 9000\n6D00\n");
}

/// Stubs, javac, conversion, verification: the way of every applet, and the CAP file it ends with.
fn built(folder: &Path, sources: &[PathBuf], api: &str, package: &str, aid: &str, applet: &str) -> String {
    let at = |name: &str| shown(&folder.join(name));
    let (classes, out) = (compiled(folder, sources, api), at("out"));
    let mut words = vec!["applet", "convert", "--api", api, "--classes", &classes];
    words.extend(["--package", package, "--aid", aid]);
    words.extend(["--version", "1.0", "--applet", applet, "--out", &out]);
    output(&words);
    let name = package.rsplit('.').next().unwrap();
    let cap = at(&format!("out/{name}.cap"));
    output(&["applet", "verify", &cap]);
    cap
}

/// Stubs and javac: the folder with the class files.
fn compiled(folder: &Path, sources: &[PathBuf], api: &str) -> String {
    let (stubs, classes) = (shown(&folder.join("api.jar")), shown(&folder.join("classes")));
    output(&["applet", "stubs", "--api", api, &stubs]);
    let mut javac = Command::new("javac");
    javac.args(["-source", "8", "-target", "8", "-g", "-Xlint:-options", "-bootclasspath", &stubs]);
    let compiled = javac.args(["-d", &classes]).args(sources).status();
    assert!(compiled.expect("javac runs (Debian: apt-get install openjdk-17-jdk-headless)").success());
    classes
}

#[test]
fn a_file_of_several_packages_is_made_shown_and_run() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| shown(&folder.path().join(name));
    let root = Path::new(ROOT).join("crates/card-image/tests/extended");
    let classes = compiled(folder.path(), &sources(&root), "3.1");
    std::fs::write(at("seven"), b"seven").unwrap();
    let resource = format!("7={}", at("seven"));
    let mut words = vec!["applet", "convert", "--classes", &classes, "--api", "3.1", "--debug", "--extended"];
    words.extend(["--package", "org.example.suite", "--aid", "F0657874656E", "--version", "1.0"]);
    words.extend(["--public", "lib=F0657874656E02", "--public", "app=F0657874656E03", "--private", "inner"]);
    let out = at("out");
    words.extend(["--applet", "F0657874656E01=app.Store", "--resource", &resource, "--out", &out]);
    output(&words);
    let cap = at("out/suite.cap");
    output(&["applet", "verify", &cap]);
    let text = output(&["applet", "dump", &cap]);
    for part in [
        "CAP 2.3 extended",
        "package F0657874656E02 1.0 lib",
        "resource 7 of 5 bytes",
        "class inner.Worker",
        "method inner.Worker.step",
        "; line 20",
        "javacard.framework.Util.setShort",
        "catch lib.Full",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json: serde_json::Value = serde_json::from_str(&output(&["applet", "dump", "--json", &cap])).unwrap();
    assert_eq!(json["packages"].as_array().unwrap().len(), 2);
    assert!(json["classes"].as_array().unwrap().iter().any(|class| class["name"] == "lib.Box"));
    assert!(Path::new(&at("out/lib.exp")).exists() && Path::new(&at("out/app.exp")).exists());
    let card = at("my.card");
    output(&["card", "new", &card]);
    output(&["card", "load", &card, &cap]);
    output(&["card", "install", &card, "--package", "F0657874656E", "--applet", "F0657874656E01"]);
    let said = output(&["card", "apdu", &card, "00A4040007F0657874656E01", "8010050000", "8016070000"]);
    assert_eq!(said, "9000\n000F 9000\n0005736576656E 9000\n");
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
