//! The platform's classes as an applet finds them: each line of `java/probe/expected.txt` is a question and its answer.

use std::path::Path;

use crate::common::{compile, send};
use card_link::gp::Session;
use card_link::{CardKeys, Element, InProcess};

const PACKAGE: &str = "F04D454453454150";
const APPLET: &str = "F04D45445345415001";

#[test]
fn the_platform_answers_as_the_file_says() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/element/java/probe");
    let cap = compile(&sources, "probe", PACKAGE, &[(APPLET, "probe.Probe")]);
    let keys = CardKeys::random().unwrap();
    let mut card = InProcess::create(keys.card_options()).unwrap();
    let loaded = Session::open(&mut card, &keys).unwrap().load_cap(&cap);
    assert!(loaded.is_ok(), "{loaded:?}: {:?}", card.diagnosis());
    let (package, applet) = (PACKAGE.parse().unwrap(), APPLET.parse().unwrap());
    let installed = Session::open(&mut card, &keys).unwrap().install(&package, &applet, &applet, &[]);
    assert!(installed.is_ok(), "{installed:?}: {:?}", card.diagnosis());
    assert_eq!(send(&mut card, &format!("00A4040009{APPLET}00")), "9000");

    let mut wrong = Vec::new();
    for line in include_str!("java/probe/expected.txt").lines().filter(|line| !line.starts_with('#')) {
        let (command, expected) = line.split_once('|').unwrap();
        let answer = send(&mut card, command.trim());
        let expected = expected.trim();
        let right = match expected.strip_prefix('*') {
            Some(end) => answer.ends_with(end),
            None => answer == expected,
        };
        if !right {
            wrong.push(format!("{command}| {answer}, expected {expected}, {:?}", card.diagnosis()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // More data than the buffer holds comes in pieces.
    let data: Vec<u8> = (0..3000_u16).map(|number| number.to_be_bytes()[1]).collect();
    let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    let command = [&[0x80, 0x11, 0, 0, 0, 0x0B, 0xB8][..], &data, &[0, 0]].concat();
    let answer = card.transmit(&command).unwrap();
    assert_eq!(answer[..2], sum.to_be_bytes());
    assert_eq!(answer[2..], [0, 3, 0x90, 0]);
}
