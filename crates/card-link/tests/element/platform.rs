//! The platform's classes as an applet finds them: each line of `java/*/expected.txt` is a question and its answer.

use std::path::Path;

use crate::cards::card_with;
use crate::common::{compile, compile_newest, send};
use card_link::{Element, InProcess};

const PROBE: (&str, &str) = ("F04D454453454150", "F04D45445345415001");
const FRAMEWORK: (&str, &str) = ("F046524D57", "F046524D574B01");

fn sources(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/element/java").join(name)
}

/// Puts the questions of a file. A star stands for the beginning of an answer; "reset" is a power cut and a selection.
fn ask(card: &mut InProcess, applet: &str, questions: &str) {
    let select = format!("00A40400{:02X}{applet}00", applet.len() / 2);
    assert_eq!(send(card, &select), "9000");
    let mut wrong = Vec::new();
    for line in questions.lines().filter(|line| !line.starts_with('#')) {
        let (command, expected) = line.split_once('|').unwrap();
        let expected = expected.replace(' ', "");
        let answer = match command.trim() {
            "reset" => {
                card.reset().unwrap();
                send(card, &select)
            }
            command => send(card, command),
        };
        let right = match expected.strip_prefix('*') {
            Some(end) => answer.ends_with(end),
            None => answer == expected,
        };
        if !right {
            wrong.push(format!("{command}| {answer}, expected {expected}, {:?}", card.diagnosis()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_framework_answers_as_the_file_says() {
    let (package, applet) = FRAMEWORK;
    let cap = compile_newest(&sources("framework"), "framework", package, &[(applet, "framework.Framework")]);
    let (mut card, _) = card_with(&cap, package, &[applet]);
    ask(&mut card, applet, include_str!("java/framework/expected.txt"));
}

#[test]
fn the_platform_answers_as_the_file_says() {
    let (package, applet) = PROBE;
    let cap = compile(&sources("probe"), "probe", package, &[(applet, "probe.Probe")]);
    let (mut card, _) = card_with(&cap, package, &[applet]);
    ask(&mut card, applet, include_str!("java/probe/expected.txt"));

    // More data than the buffer holds comes in pieces.
    let data: Vec<u8> = (0..3000_u16).map(|number| number.to_be_bytes()[1]).collect();
    let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    let command = [&[0x80, 0x11, 0, 0, 0, 0x0B, 0xB8][..], &data, &[0, 0]].concat();
    let answer = card.transmit(&command).unwrap();
    assert_eq!(answer[..2], sum.to_be_bytes());
    assert_eq!(answer[2..], [0, 3, 0x90, 0]);
}
