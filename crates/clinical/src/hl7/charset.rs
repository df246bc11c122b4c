//! From bytes to text by MSH-18 (HL7 table 0211).
//!
//! `UNICODE UTF-8`, `ASCII` and nothing at all are read as UTF-8, of which ASCII is a part; `8859/1` is transcoded. Other sets are refused
//! rather than guessed: a wrong letter in a patient's name is worse than a message sent again.

use std::borrow::Cow;

use super::Hl7Error;
use super::places::Places;
use crate::limits::LONGEST_MESSAGE;

/// The text of a message. Borrows the bytes unless they must be transcoded.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Hl7Error> {
    if bytes.len() > LONGEST_MESSAGE {
        return Err(Hl7Error::TooLong { length: bytes.len() });
    }
    match header_field_18(bytes) {
        b"" | b"ASCII" | b"UNICODE UTF-8" | b"UTF-8" => utf8(bytes).map(Cow::Borrowed),
        b"8859/1" => Ok(bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into()),
        other => {
            let name = String::from_utf8_lossy(other.get(..32).unwrap_or(other)).into_owned();
            Err(Hl7Error::Charset { name })
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Hl7Error> {
    std::str::from_utf8(bytes)
        .map_err(|error| Hl7Error::NotText { offset: error.valid_up_to(), charset: "UTF-8" })
}

/// MSH-18 without its repetitions, read from bytes because the text is not known yet. Empty when there is none.
fn header_field_18(bytes: &[u8]) -> &[u8] {
    let end = memchr::memchr2(b'\r', b'\n', bytes).unwrap_or(bytes.len());
    let header = bytes.get(..end).unwrap_or_default();
    let Some(separator) = header.get(3) else { return &[] };
    let repetition = header.get(5).copied().unwrap_or(b'~');
    // MSH-1 is the separator itself, so the part after the n-th separator is MSH-(n+1).
    let mut cuts = Places::of(header, *separator).map(|place| place as usize).skip(16);
    let Some(start) = cuts.next() else { return &[] };
    let field = header.get(start + 1..cuts.next().unwrap_or(end)).unwrap_or_default();
    field.split(|byte| *byte == repetition).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(charset: &str, name: &[u8]) -> Vec<u8> {
        let mut bytes =
            format!("MSH|^~\\&|A||||||ORU^R01^ORU_R01|1|P|2.6||||||{charset}\rPID|||||").into_bytes();
        bytes.extend_from_slice(name);
        bytes
    }

    #[test]
    fn each_supported_set_gives_the_same_name() {
        for (charset, name) in [
            ("UNICODE UTF-8", "Zoë".as_bytes()),
            ("", "Zoë".as_bytes()),
            ("8859/1", b"Zo\xeb"),
            ("8859/1~X", b"Zo\xeb"),
        ] {
            assert!(decode(&message(charset, name)).unwrap().ends_with("|Zoë"), "{charset}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        let bytes = message("UNICODE UTF-8", b"Zo\xeb");
        let offset = bytes.len() - 1;
        assert_eq!(decode(&bytes), Err(Hl7Error::NotText { offset, charset: "UTF-8" }));
        assert_eq!(decode(&message("ISO IR87", b"x")), Err(Hl7Error::Charset { name: "ISO IR87".into() }));
    }
}
