//! A card and a JVM do the same work: each loop ends with the same value on both.

use std::path::Path;
use std::process::Command;

use card_bench::{BASE, Kind, provisioned, result, select};

const LOOPS: [(Kind, &str); 5] = [
    (Kind::ShortLoop, "short-loop"),
    (Kind::IntLoop, "int-loop"),
    (Kind::BubbleSort, "bubble-sort"),
    (Kind::VirtualCalls, "virtual-calls"),
    (Kind::InterfaceCalls, "interface-calls"),
];

#[test]
fn each_loop_ends_with_the_same_value_on_a_jvm() {
    let classes = tempfile::tempdir().unwrap();
    let source = |path: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let sources = [source("applet/src/org/medseal/bench/Loops.java"), source("jvm/Main.java")];
    let hint = "a JDK 17 is needed: apt-get install openjdk-17-jdk-headless";
    let compiled = Command::new("javac").arg("-d").arg(classes.path()).args(sources).status().expect(hint);
    assert!(compiled.success());
    let mut java = Command::new("java");
    let output =
        java.arg("-cp").arg(classes.path()).args(["org.medseal.bench.Main", "1"]).output().expect(hint);
    let said = String::from_utf8(output.stdout).unwrap();

    let (mut card, _keys) = provisioned(&BASE).unwrap();
    select(&mut card, &BASE).unwrap();
    for (kind, name) in LOOPS {
        let line = said.lines().find(|line| line.starts_with(name)).unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let ours = result(&mut card, kind, words[1].parse().unwrap()).unwrap();
        assert_eq!(ours, Some(words[3].parse().unwrap()), "{name}");
    }
}
