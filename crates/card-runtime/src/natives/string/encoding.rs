//! Character encodings other than UTF-8 (`StringUtil.convertTo`, `convertFrom`).
//!
//! | constant | here |
//! |---|---|
//! | `UTF_16` | written with the mark FEFF, highest byte first; read as its mark says, without one highest byte first |
//! | `UTF_16_LE`, `UTF_16_BE` | without a mark |
//! | `UCS_2` | highest byte first, characters up to U+FFFF |
//! | `GSM_7` | 3GPP TS 23.038, 6.2.1 and 6.2.1.1: default alphabet and its extension, one septet a byte, not packed |
//! | `ISO_8859_1` | characters up to U+00FF |

use alloc::string::String;
use alloc::vec::Vec;

use super::Misuse;

/// An encoding that strings are converted to and from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16,
    Utf16LittleEndian,
    Utf16BigEndian,
    Ucs2,
    Gsm7,
    Latin1,
}

/// Escapes to the extension of the GSM alphabet.
const ESCAPE: u8 = 0x1B;

/// The GSM default alphabet by septet; the escape's place holds a character that stands nowhere else.
const GSM: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1B}', 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// The extension: septets behind the escape.
const GSM_EXTENSION: [(u8, char); 10] = [
    (0x0A, '\u{0C}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2F, '\\'),
    (0x3C, '['),
    (0x3D, '~'),
    (0x3E, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

impl Encoding {
    /// The encoding of a constant of `StringUtil`.
    pub(super) fn of(code: i16) -> Result<Self, Misuse> {
        Ok(match code {
            1 => Self::Utf8,
            2 => Self::Utf16,
            3 => Self::Utf16LittleEndian,
            4 => Self::Utf16BigEndian,
            5 => Self::Ucs2,
            6 => Self::Gsm7,
            7 => Self::Latin1,
            _ => return Err(Misuse::UnsupportedEncoding),
        })
    }

    /// A UTF-8 string in this encoding.
    pub(super) fn encode(self, bytes: &[u8]) -> Result<Vec<u8>, Misuse> {
        let text = core::str::from_utf8(bytes).map_err(|_| Misuse::InvalidByteSequence)?;
        let in_range = |limit: char| {
            if text.chars().all(|character| character <= limit) {
                Ok(())
            } else {
                Err(Misuse::InvalidByteSequence)
            }
        };
        Ok(match self {
            Self::Utf8 => text.into(),
            Self::Utf16 => {
                core::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
            }
            Self::Utf16LittleEndian => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16BigEndian => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Ucs2 => {
                in_range('\u{FFFF}')?;
                text.encode_utf16().flat_map(u16::to_be_bytes).collect()
            }
            Self::Gsm7 => {
                let mut septets = Vec::with_capacity(text.len());
                text.chars().try_for_each(|character| push_gsm(character, &mut septets))?;
                septets
            }
            Self::Latin1 => {
                in_range('\u{FF}')?;
                text.chars().map(|character| character as u8).collect()
            }
        })
    }

    /// A string in this encoding as UTF-8.
    pub(super) fn decode(self, bytes: &[u8]) -> Result<String, Misuse> {
        match self {
            Self::Utf8 => {
                core::str::from_utf8(bytes).map(String::from).map_err(|_| Misuse::InvalidByteSequence)
            }
            Self::Utf16 => match (bytes.strip_prefix(&[0xFE, 0xFF]), bytes.strip_prefix(&[0xFF, 0xFE])) {
                (_, Some(rest)) => utf16(rest, u16::from_le_bytes),
                (Some(rest), None) => utf16(rest, u16::from_be_bytes),
                (None, None) => utf16(bytes, u16::from_be_bytes),
            },
            Self::Utf16LittleEndian => utf16(bytes, u16::from_le_bytes),
            Self::Utf16BigEndian => utf16(bytes, u16::from_be_bytes),
            Self::Ucs2 => {
                let text = utf16(bytes, u16::from_be_bytes)?;
                let paired = text.chars().any(|character| character > '\u{FFFF}');
                if paired { Err(Misuse::InvalidByteSequence) } else { Ok(text) }
            }
            Self::Gsm7 => gsm(bytes),
            Self::Latin1 => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Misuse> {
    let (units, rest) = bytes.as_chunks();
    if !rest.is_empty() {
        return Err(Misuse::InvalidByteSequence);
    }
    let characters = char::decode_utf16(units.iter().map(|bytes| unit(*bytes)));
    characters.collect::<Result<String, _>>().map_err(|_| Misuse::InvalidByteSequence)
}

fn push_gsm(character: char, to: &mut Vec<u8>) -> Result<(), Misuse> {
    let escape = char::from(ESCAPE);
    let plain = GSM.iter().position(|known| *known == character && character != escape);
    if let Some(septet) = plain.and_then(|septet| u8::try_from(septet).ok()) {
        to.push(septet);
        return Ok(());
    }
    let extended = GSM_EXTENSION.iter().find(|(_, known)| *known == character);
    let (septet, _) = extended.ok_or(Misuse::InvalidByteSequence)?;
    to.extend_from_slice(&[ESCAPE, *septet]);
    Ok(())
}

fn gsm(bytes: &[u8]) -> Result<String, Misuse> {
    let mut text = String::with_capacity(bytes.len());
    let mut septets = bytes.iter();
    while let Some(septet) = septets.next() {
        let character = if *septet == ESCAPE {
            let extended = septets.next();
            GSM_EXTENSION.iter().find(|(known, _)| Some(known) == extended).map(|(_, character)| *character)
        } else {
            GSM.get(usize::from(*septet)).copied()
        };
        text.push(character.ok_or(Misuse::InvalidByteSequence)?);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Encoding; 7] = [
        Encoding::Utf8,
        Encoding::Utf16,
        Encoding::Utf16LittleEndian,
        Encoding::Utf16BigEndian,
        Encoding::Ucs2,
        Encoding::Gsm7,
        Encoding::Latin1,
    ];

    #[test]
    fn what_is_encoded_is_read_again() {
        let gsm: String = GSM.into_iter().filter(|character| *character != '\u{1B}').collect();
        let extension: String = GSM_EXTENSION.into_iter().map(|(_, character)| character).collect();
        for text in ["", "hello", "Zürich", "10 €", "\u{1F493}", gsm.as_str(), extension.as_str()] {
            for encoding in ALL {
                if let Ok(bytes) = encoding.encode(text.as_bytes()) {
                    assert_eq!(encoding.decode(&bytes).as_deref(), Ok(text), "{encoding:?}");
                }
            }
        }
        assert_eq!(Encoding::Gsm7.encode(gsm.as_bytes()).unwrap().len(), 127);
        assert_eq!(Encoding::Gsm7.encode(extension.as_bytes()).unwrap().len(), 20);
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused() {
        let mut state = 7_u32;
        for _ in 0..5_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let bytes = state.to_be_bytes();
            for encoding in ALL {
                let Ok(text) = encoding.decode(&bytes) else { continue };
                assert!(encoding.encode(text.as_bytes()).is_ok(), "{encoding:?} {bytes:02x?}");
            }
        }
    }
}
