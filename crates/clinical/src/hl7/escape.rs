//! Escape sequences (HL7 v2.6 chapter 2, section 2.7): `\F\ \S\ \T\ \R\ \E\` stand for the separators, `\Xdd..\` for bytes, `\.br\` for a
//! line break; highlighting (`\H\ \N\`) is dropped. A sequence not known stays as it is, so that nothing of it is lost.

use std::borrow::Cow;

use super::Separators;

/// Replaces the escape sequences of `raw`. Borrows when there are none, as nearly always.
#[must_use]
pub fn unescape(raw: &str, separators: Separators) -> Cow<'_, str> {
    let escape = char::from(separators.escape);
    if !raw.contains(escape) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once(escape) {
        out.push_str(before);
        let Some((name, next)) = after.split_once(escape) else {
            out.push(escape);
            rest = after;
            break;
        };
        if !expand(name, separators, &mut out) {
            out.push(escape);
            out.push_str(name);
            out.push(escape);
        }
        rest = next;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Writes what the sequence `name` stands for; false when it is not known.
fn expand(name: &str, separators: Separators, out: &mut String) -> bool {
    match name {
        "F" => out.push(char::from(separators.field)),
        "S" => out.push(char::from(separators.component)),
        "T" => out.push(char::from(separators.subcomponent)),
        "R" => out.push(char::from(separators.repetition)),
        "E" => out.push(char::from(separators.escape)),
        "H" | "N" => {}
        ".br" => out.push('\n'),
        _ => return name.strip_prefix('X').is_some_and(|hex| expand_bytes(hex, out)),
    }
    true
}

fn expand_bytes(hex: &str, out: &mut String) -> bool {
    let digits = hex.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> = digits
        .map(|pair| match pair {
            [high, low] => {
                let digit =
                    |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
                Some(digit(*high)? * 16 + digit(*low)?)
            }
            _ => None,
        })
        .collect();
    match bytes.map(String::from_utf8) {
        Some(Ok(text)) if !text.is_empty() => {
            out.push_str(&text);
            true
        }
        _ => false,
    }
}

/// Writes `text` so that no separator, segment end or MLLP block character of it is taken for structure.
pub fn escape_into(text: &str, out: &mut String) {
    let standard = Separators::STANDARD;
    for character in text.chars() {
        match u8::try_from(character) {
            Ok(byte) if byte == standard.field => out.push_str("\\F\\"),
            Ok(byte) if byte == standard.component => out.push_str("\\S\\"),
            Ok(byte) if byte == standard.subcomponent => out.push_str("\\T\\"),
            Ok(byte) if byte == standard.repetition => out.push_str("\\R\\"),
            Ok(byte) if byte == standard.escape => out.push_str("\\E\\"),
            Ok(b'\n') => out.push_str("\\.br\\"),
            Ok(byte) if byte.is_ascii_control() => {
                let digit =
                    |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0').to_ascii_uppercase();
                out.push_str("\\X");
                out.push(digit(byte >> 4));
                out.push(digit(byte & 15));
                out.push('\\');
            }
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sequences_are_replaced_or_kept() {
        for (raw, text) in [
            (r"a\F\b\S\c\T\d\R\e\E\f", r"a|b^c&d~e\f"),
            (r"\H\bold\N\", "bold"),
            (r"one\.br\two", "one\ntwo"),
            (r"\X41C3AB\", "Aë"),
            (r"\X4\ \XZZ\ \XFF\ \Q\", r"\X4\ \XZZ\ \XFF\ \Q\"),
            (r"\Q\F\", r"\Q\F\"),
            (r"C:\dir", r"C:\dir"),
            (r"ends\", r"ends\"),
        ] {
            assert_eq!(unescape(raw, Separators::STANDARD), text, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn what_was_escaped_comes_back(text in "\\PC{0,40}|[|^~&\\\\\r\n\u{0b}\u{1c}XF]{0,20}") {
            let mut raw = String::new();
            escape_into(&text, &mut raw);
            let structure = ['|', '^', '~', '&', '\r', '\n', '\u{0b}', '\u{1c}'];
            prop_assert!(!raw.contains(structure));
            prop_assert_eq!(unescape(&raw, Separators::STANDARD), text);
        }

        #[test]
        fn unescape_takes_anything(raw in "[\\\\FXE0-9.br ë]{0,30}") {
            let _ = unescape(&raw, Separators::STANDARD);
        }
    }
}
