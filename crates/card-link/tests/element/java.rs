//! What Java computes, a card computes: the same sources run in a Java virtual machine, and as an applet made by
//! the converter on a card.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::common::{compile, send};
use card_link::gp::Session;
use card_link::{Aid, CardKeys, Element, InProcess};

const PACKAGE: &str = "F053454D414E54";
const APPLET: &str = "F053454D414E5401";

/// Values around which 8, 16 and 32 bits differ, and shift distances.
const VALUES: [i16; 25] = [
    -32768, -32767, -30000, -257, -256, -129, -128, -127, -31, -2, -1, 0, 1, 2, 3, 7, 15, 16, 31, 127, 128,
    255, 256, 32766, 32767,
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/element/java")
}

/// All pairs of values, each with a byte of its own.
fn arguments() -> Vec<[u8; 5]> {
    let mut arguments = Vec::new();
    for a in VALUES {
        for b in VALUES {
            let c = a.wrapping_mul(7).wrapping_add(b.wrapping_mul(13)) as u8;
            let ([a0, a1], [b0, b1]) = (a.to_be_bytes(), b.to_be_bytes());
            arguments.push([a0, a1, b0, b1, c]);
        }
    }
    arguments
}

/// The answers of Java itself: a line of hexadecimal digits a case.
fn answers_of_java(arguments: &[[u8; 5]]) -> Vec<String> {
    let hint = "a JDK 17 is needed: apt-get install openjdk-17-jdk-headless";
    let folder = tempfile::tempdir().unwrap();
    let sources = [root().join("card/Cases.java"), root().join("jvm/Main.java")];
    let compiled = Command::new("javac").arg("-d").arg(folder.path()).args(sources).output().expect(hint);
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let mut java = Command::new("java")
        .arg("-cp")
        .arg(folder.path())
        .arg("semantics.Main")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect(hint);
    java.stdin.take().unwrap().write_all(&arguments.concat()).unwrap();
    let output = java.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn what_java_computes_a_card_computes() {
    let arguments = arguments();
    let expected = answers_of_java(&arguments);
    let cap = compile(&root().join("card"), "semantics", PACKAGE, &[(APPLET, "semantics.Runner")]);
    let keys = CardKeys::random().unwrap();
    let mut card = InProcess::create(keys.card_options()).unwrap();
    Session::open(&mut card, &keys).unwrap().load_cap(&cap).unwrap();
    let (package, applet): (Aid, Aid) = (PACKAGE.parse().unwrap(), APPLET.parse().unwrap());
    Session::open(&mut card, &keys).unwrap().install(&package, &applet, &applet, &[]).unwrap();
    assert_eq!(send(&mut card, &format!("00A4040008{APPLET}00")), "9000");

    let mut wrong = Vec::new();
    assert!(expected.len() > 50 && expected.iter().all(|line| line.len() == 4 * arguments.len()));
    for (number, line) in expected.iter().enumerate() {
        let wanted = hex::decode(line).unwrap();
        for (piece, wanted) in arguments.chunks(50).zip(wanted.chunks(100)) {
            let data = piece.concat();
            let command = [&[0x80, 0, number as u8, 0, data.len() as u8], &data[..], &[0]].concat();
            let answer = card.transmit(&command).unwrap();
            let (results, status) = answer.split_last_chunk::<2>().unwrap();
            assert_eq!(status, &[0x90, 0x00], "case {number}: {:?}", card.diagnosis());
            for (arguments, (result, wanted)) in piece.iter().zip(results.chunks(2).zip(wanted.chunks(2))) {
                if result != wanted {
                    wrong.push(format!(
                        "case {number} of {arguments:02x?}: {result:02x?}, Java {wanted:02x?}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}
