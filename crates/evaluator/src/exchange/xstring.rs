//! Characters that XML cannot hold, as office files write them: `_x0007_` (ECMA-376 part 1, 22.9.2.19). A text that
//! already looks like that has its first underscore written so.

use std::borrow::Cow;

/// The text as it stands in a part.
pub(super) fn encode(text: &str) -> Cow<'_, str> {
    let needs = |c: char| (c < ' ' && c != '\n' && c != '\t') || matches!(c, '\u{fffe}' | '\u{ffff}');
    if !text.contains(needs) && !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        if needs(c) || (c == '_' && escape_at(text.get(at..).unwrap_or_default()).is_some()) {
            out.push_str(&format!("_x{:04X}_", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// The text that a part means.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match escape_at(from).and_then(char::from_u32) {
            Some(c) => {
                out.push(c);
                rest = from.get(7..).unwrap_or_default();
            }
            None => {
                out.push('_');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The number of `_xHHHH_` at the start of a text.
fn escape_at(text: &str) -> Option<u32> {
    let digits =
        text.strip_prefix("_x")?.get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    text.as_bytes().get(6).filter(|&&end| end == b'_')?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_go_both_ways() {
        for (text, written) in [
            ("plain_text", "plain_text"),
            ("a\u{7}b", "a_x0007_b"),
            ("line\r\n", "line_x000D_\n"),
            ("_x0041_", "_x005F_x0041_"),
            ("_x004", "_x004"),
            ("_x_x0041_", "_x_x005F_x0041_"),
        ] {
            assert_eq!(encode(text), written);
            assert_eq!(decode(written), text);
        }
        assert_eq!(decode("_xD800_ _x00e9_"), "_xD800_ é");
    }
}
