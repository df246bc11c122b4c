//! Reads the lines of a case file, sends the calls, compares the answers.

use std::collections::BTreeMap;

use card_link::{Element, InProcess};

use crate::{select, send};

/// The applet's numbers of exceptions.
const EXCEPTIONS: [(&str, u8); 20] = [
    ("NullPointerException", 0x01),
    ("ArrayIndexOutOfBoundsException", 0x02),
    ("IndexOutOfBoundsException", 0x03),
    ("ArithmeticException", 0x04),
    ("SecurityException", 0x06),
    ("NegativeArraySizeException", 0x07),
    ("BufferOverflowException", 0x08),
    ("BufferUnderflowException", 0x09),
    ("ReadOnlyBufferException", 0x0A),
    ("TLVException", 0x10),
    ("UtilException", 0x11),
    ("StringException", 0x12),
    ("DateTimeException", 0x13),
    ("BioException", 0x14),
    ("Bio1toNException", 0x15),
    ("ExternalException", 0x16),
    ("ServiceException", 0x17),
    ("SystemException", 0x18),
    ("ISOException", 0x19),
    ("another", 0x7F),
];

/// What a line's words are.
enum Word {
    Short(i16),
    Array(Option<Vec<u8>>),
}

/// Runs a file's lines and adds what differs.
pub(crate) fn run(card: &mut InProcess, file: &str, text: &str, wrong: &mut Vec<String>) {
    let mut family = 0;
    let mut methods = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let place = format!("{file}:{}", number + 1);
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            ["family", code] => family = u8::from_str_radix(code, 16).unwrap(),
            ["method", code, name, ..] => {
                let known = methods.insert((*name).to_owned(), u8::from_str_radix(code, 16).unwrap());
                assert!(known.is_none(), "{place}: two methods {name}");
            }
            ["reset"] => {
                card.reset().unwrap();
                select(card);
            }
            ["apdu", command, "=", answer] => {
                let got = send(card, command);
                if got != *answer {
                    wrong.push(format!("{place}: {line}\n    {got} {:?}", card.diagnosis()));
                }
            }
            [name, ..] => {
                let (call, answer) = line.split_once(" = ").unwrap_or_else(|| panic!("{place}: no answer"));
                let method = *methods.get(*name).unwrap_or_else(|| panic!("{place}: no method {name}"));
                let expected = expected(answer, &place);
                let command =
                    command(family, method, call.split_once(' ').map_or("", |(_, rest)| rest), &expected);
                let got = send(card, &hex::encode(command));
                if got != format!("{}9000", hex::encode_upper(&expected)) {
                    wrong.push(format!("{place}: {line}\n    {got} {:?}", card.diagnosis()));
                }
            }
        }
    }
}

fn command(family: u8, method: u8, arguments: &str, expected: &[u8]) -> Vec<u8> {
    let words = words(arguments);
    let shorts: Vec<i16> = words
        .iter()
        .filter_map(|word| if let Word::Short(short) = word { Some(*short) } else { None })
        .collect();
    let mut data = vec![u8::try_from(shorts.len()).unwrap()];
    shorts.iter().for_each(|short| data.extend_from_slice(&short.to_be_bytes()));
    for word in &words {
        match word {
            Word::Short(_) => {}
            Word::Array(None) => data.push(0xFF),
            Word::Array(Some(bytes)) => {
                data.push(u8::try_from(bytes.len()).unwrap());
                data.extend_from_slice(bytes);
            }
        }
    }
    let more = if expected.first() == Some(&0xEE) { 0 } else { expected.len() - 2 };
    let header = [0x80, family, method, u8::try_from(more).unwrap(), u8::try_from(data.len()).unwrap()];
    [&header[..], &data, &[0]].concat()
}

fn words(mut text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    while let Some(start) = text.find(|character: char| !character.is_whitespace()) {
        text = &text[start..];
        if let Some(rest) = text.strip_prefix('"') {
            let (inside, after) = rest.split_once('"').unwrap();
            words.push(Word::Array(Some(inside.replace("\\n", "\n").into_bytes())));
            text = after;
            continue;
        }
        let (word, after) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        words.push(match word.strip_prefix("h:") {
            Some(digits) => Word::Array(Some(hex::decode(digits).unwrap())),
            None if word == "null" => Word::Array(None),
            None => Word::Short(word.parse().unwrap_or_else(|_| panic!("{word} is no short"))),
        });
        text = after;
    }
    words
}

/// The bytes of an answer: hexadecimal digits and text, or an exception.
fn expected(answer: &str, place: &str) -> Vec<u8> {
    if let Some(exception) = answer.trim().strip_prefix('!') {
        let mut words = exception.split_whitespace();
        let name = words.next().unwrap();
        let (_, code) = EXCEPTIONS
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap_or_else(|| panic!("{place}: no exception {name}"));
        let reason: i16 = words.next().map_or(0, |reason| reason.parse().unwrap());
        return [&[0xEE, *code][..], &reason.to_be_bytes()].concat();
    }
    let mut bytes = Vec::new();
    for (index, part) in answer.split('"').enumerate() {
        if index % 2 == 1 {
            bytes.extend_from_slice(part.replace("\\n", "\n").as_bytes());
        } else {
            bytes.extend(
                hex::decode(part.split_whitespace().collect::<String>())
                    .unwrap_or_else(|_| panic!("{place}")),
            );
        }
    }
    bytes
}
