//! One record of a CSV file (RFC 4180), each field with its place.

use std::borrow::Cow;

use crate::{Problem, Refusal, limits};

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field<'a> {
    /// Offset of its first byte, a quotation mark included.
    pub(super) at: usize,
    /// What it says, without quotation marks around it.
    pub(super) text: Cow<'a, str>,
}

/// Whether bytes end inside of quotation marks: the record goes on in the next line.
pub(super) fn is_open(line: &[u8]) -> bool {
    line.iter().filter(|byte| **byte == b'"').count() % 2 == 1
}

/// The fields of one record, without its line end; `base` is its offset.
pub(super) fn fields(record: &str, delimiter: u8, base: usize) -> Result<Vec<Field<'_>>, Refusal> {
    let (bytes, delimiter) = (record.as_bytes(), char::from(delimiter));
    let (mut fields, mut at) = (Vec::new(), 0);
    loop {
        let rest = record.get(at..).unwrap_or_default();
        let (text, length) = match rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted).ok_or_else(|| {
                Refusal::at(base + at, Problem::Syntax("a quotation mark that is not closed".into()))
            })?,
            None => {
                let end = rest.find(delimiter).unwrap_or(rest.len());
                (Cow::Borrowed(rest.get(..end).unwrap_or_default()), end)
            }
        };
        fields.push(Field { at: base + at, text });
        at += length;
        match bytes.get(at).map(|byte| char::from(*byte)) {
            None => return Ok(fields),
            Some(next) if next == delimiter => at += 1,
            Some(_) => {
                let problem = Problem::Syntax("something follows a closing quotation mark".into());
                return Err(Refusal::at(base + at, problem));
            }
        }
        if fields.len() >= limits::COLUMNS {
            return Err(Refusal::at(base + at, Problem::Limit { what: "columns", most: limits::COLUMNS }));
        }
    }
}

/// The text behind an opening quotation mark, and the length of all with both marks.
fn unquoted(rest: &str) -> Option<(Cow<'_, str>, usize)> {
    let mut text = String::new();
    let mut from = 0;
    loop {
        let end = from + rest.get(from..)?.find('"')?;
        if rest.as_bytes().get(end + 1) != Some(&b'"') {
            let last = rest.get(from..end)?;
            let text = if text.is_empty() { Cow::Borrowed(last) } else { Cow::Owned(text + last) };
            return Some((text, end + 2));
        }
        text.push_str(rest.get(from..=end)?);
        from = end + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(record: &str, delimiter: u8) -> Result<Vec<(usize, String)>, Refusal> {
        Ok(fields(record, delimiter, 0)?
            .into_iter()
            .map(|field| (field.at, field.text.into_owned()))
            .collect())
    }

    #[test]
    fn fields_and_their_places() {
        let own = |list: &[(usize, &str)]| {
            list.iter().map(|(at, text)| (*at, (*text).to_owned())).collect::<Vec<_>>()
        };
        assert_eq!(texts("a;b;;d", b';'), Ok(own(&[(0, "a"), (2, "b"), (4, ""), (5, "d")])));
        assert_eq!(texts("", b','), Ok(own(&[(0, "")])));
        assert_eq!(
            texts("1,\"a,b\",\"say \"\"x\"\"\"", b','),
            Ok(own(&[(0, "1"), (2, "a,b"), (8, "say \"x\"")]))
        );
        assert_eq!(texts("\"\",", b','), Ok(own(&[(0, ""), (3, "")])));
        assert_eq!(texts("\"two\nlines\"\tü", b'\t'), Ok(own(&[(0, "two\nlines"), (12, "ü")])));
        assert_eq!(texts("a,\"b", b',').unwrap_err().at, 2);
        assert_eq!(texts("\"b\"c,", b',').unwrap_err().at, 3);
        assert!(is_open(b"a,\"b\n") && !is_open(b"a,\"b\"\"\"\n"));
    }
}
