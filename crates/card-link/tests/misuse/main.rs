//! Wrong use of the cryptographic API, over all its constants and states: what a call is answered with, by tables.
//!
//! Each file of `cases/` is lines of steps and what the last one answers; the steps before it must succeed:
//!
//! ```text
//! digest 4; final in 0 300 out 0 = ArrayIndexOutOfBounds
//! each 1 2 3                     the lines that follow are run with each of these in the place of $, until `end`
//! cipher $; cipherInit 0 2 = ILLEGAL_VALUE
//! end
//! ```
//!
//! Arguments are shorts, in hexadecimal behind `x`, or arrays: `in` (256 bytes that count up), `out` (256), `tiny` (4), `none`
//! (0), `null`; a place without a key is -1. An answer is a number, `ok` for any, an exception, or a reason of
//! `CryptoException`. The applet's number of each method stands in `METHODS`.

#[expect(dead_code, reason = "the identity applet and libraries are for other tests")]
#[path = "../element/common.rs"]
mod common;

use std::path::Path;

use card_link::gp::Session;
use card_link::{CardKeys, Element, InProcess};

use crate::common::{compile_newest, send};

const PACKAGE: &str = "F04D49535553";
const APPLET: &str = "F04D4953555301";

const METHODS: &[(&str, u8)] = &[
    ("key", 0x01),
    ("setKey", 0x02),
    ("clearKey", 0x03),
    ("pair", 0x04),
    ("generate", 0x05),
    ("pairOf", 0x06),
    ("namedKey", 0x07),
    ("isInitialized", 0x08),
    ("generateWithNull", 0x09),
    ("digest", 0x10),
    ("initializedDigest", 0x11),
    ("digestUpdate", 0x12),
    ("digestFinal", 0x13),
    ("digestReset", 0x14),
    ("digestLength", 0x15),
    ("intermediate", 0x16),
    ("setInitial", 0x17),
    ("signature", 0x20),
    ("signatureOf", 0x21),
    ("signInit", 0x22),
    ("signInitWith", 0x23),
    ("signUpdate", 0x24),
    ("sign", 0x25),
    ("verify", 0x26),
    ("signLength", 0x27),
    ("signHash", 0x28),
    ("beginVerify", 0x29),
    ("signSetInitial", 0x2A),
    ("cipher", 0x30),
    ("cipherOf", 0x31),
    ("cipherInit", 0x32),
    ("cipherInitWith", 0x33),
    ("cipherUpdate", 0x34),
    ("cipherFinal", 0x35),
    ("aeadInit", 0x40),
    ("updateAAD", 0x41),
    ("retrieveTag", 0x42),
    ("verifyTag", 0x43),
    ("agreement", 0x50),
    ("agreementInit", 0x51),
    ("generateSecret", 0x52),
    ("getW", 0x53),
    ("random", 0x54),
    ("nextBytes", 0x55),
    ("generateData", 0x56),
    ("setSeed", 0x57),
    ("checksum", 0x58),
    ("checksumInit", 0x59),
    ("checksumUpdate", 0x5A),
    ("checksumFinal", 0x5B),
    ("derivation", 0x60),
    ("derivationInit", 0x61),
    ("derivationInitNull", 0x62),
    ("derive", 0x63),
    ("deriveLast", 0x64),
    ("deriveKey", 0x65),
];

const ARRAYS: [(&str, i16); 5] = [("null", 0), ("in", 1), ("out", 2), ("tiny", 3), ("none", 4)];

/// The applet's numbers of exceptions, and the reason where a word says it.
const ANSWERS: [(&str, u8, i16); 12] = [
    ("ILLEGAL_VALUE", 1, 1),
    ("UNINITIALIZED_KEY", 1, 2),
    ("NO_SUCH_ALGORITHM", 1, 3),
    ("INVALID_INIT", 1, 4),
    ("ILLEGAL_USE", 1, 5),
    ("ArrayIndexOutOfBounds", 2, 0),
    ("NullPointer", 3, 0),
    ("ClassCast", 4, 0),
    ("NegativeArraySize", 5, 0),
    ("Security", 6, 0),
    ("System", 7, 1),
    ("another", 9, 0),
];

fn card() -> InProcess {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/misuse/java");
    let cap = compile_newest(&sources, "misuse", PACKAGE, &[(APPLET, "misuse.Misuse")]);
    let keys = CardKeys::random().unwrap();
    let mut card = InProcess::create(keys.card_options()).unwrap();
    let loaded = Session::open(&mut card, &keys).unwrap().load_cap(&cap);
    assert!(loaded.is_ok(), "{loaded:?}: {:?}", card.diagnosis());
    let (package, applet) = (PACKAGE.parse().unwrap(), APPLET.parse().unwrap());
    Session::open(&mut card, &keys).unwrap().install(&package, &applet, &applet, &[]).unwrap();
    assert_eq!(send(&mut card, &format!("00A4040007{APPLET}00")), "9000");
    card
}

/// One step as the applet takes it.
fn step(text: &str) -> Vec<u8> {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_else(|| panic!("an empty step"));
    let (_, method) =
        METHODS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no method {name}"));
    let mut arguments: Vec<i16> = words.map(argument).collect();
    assert!(arguments.len() <= 6, "{text}");
    arguments.resize(6, 0);
    let mut bytes = vec![*method];
    arguments.iter().for_each(|argument| bytes.extend(argument.to_be_bytes()));
    bytes
}

fn argument(word: &str) -> i16 {
    let array = ARRAYS.iter().find(|(name, _)| *name == word).map(|(_, number)| *number);
    let hexadecimal = || u16::from_str_radix(word.strip_prefix('x')?, 16).ok().map(u16::cast_signed);
    array
        .or_else(hexadecimal)
        .unwrap_or_else(|| word.parse().unwrap_or_else(|_| panic!("{word} is no argument")))
}

/// What the answer's four bytes mean.
fn words(answer: &[u8], steps: usize) -> String {
    let [kind, done, high, low] = answer else { return format!("{answer:02X?}") };
    let value = i16::from_be_bytes([*high, *low]);
    if *kind == 0 {
        return value.to_string();
    }
    let known = ANSWERS.iter().find(|(_, code, reason)| code == kind && (*code != 1 || *reason == value));
    let name = known.map_or("?", |(name, _, _)| name);
    if usize::from(*done) + 1 == steps { name.to_owned() } else { format!("{name} at step {}", done + 1) }
}

/// Runs a line; what differs is the result.
fn run(card: &mut InProcess, line: &str) -> Option<String> {
    let (steps, expected) = line.split_once(" = ").unwrap_or_else(|| panic!("no answer: {line}"));
    let steps: Vec<Vec<u8>> = steps.split(';').map(|text| step(text.trim())).collect();
    let data = steps.concat();
    let command = [&[0x80, 1, 0, 0, u8::try_from(data.len()).unwrap()][..], &data, &[0]].concat();
    let answer = hex::decode(send(card, &hex::encode(command))).unwrap();
    let (answer, status) = answer.split_at(answer.len() - 2);
    let got = if status == [0x90, 0] { words(answer, steps.len()) } else { format!("{status:02X?}") };
    let fits = if expected == "ok" { got.parse::<i16>().is_ok() } else { got == expected };
    (!fits).then(|| format!("{line}\n    {got} {:?}", card.diagnosis()))
}

/// The lines of a file with their numbers, those between `each` and `end` once for each value.
fn lines(text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut values: Vec<&str> = Vec::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("", _) => {}
            (first, _) if first.starts_with('#') => {}
            ("each", rest) => values = rest.split_whitespace().collect(),
            ("end", "") => values.clear(),
            _ if values.is_empty() => out.push((number, line.to_owned())),
            _ => out.extend(values.iter().map(|value| (number, line.replace('$', value)))),
        }
    }
    out
}

#[test]
fn wrong_use_is_answered_as_the_api_says() {
    let mut card = card();
    let mut wrong = Vec::new();
    let mut count = 0;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/misuse/cases");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for (number, line) in lines(&std::fs::read_to_string(&file).unwrap()) {
            count += 1;
            if let Some(difference) = run(&mut card, &line) {
                wrong.push(format!("{name}:{number}: {difference}"));
            }
        }
    }
    assert!(count > 500, "{count} cases");
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}
