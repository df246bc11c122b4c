//! Changing TOML as a person would: by lines.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Documents by path; those that a change leaves alone are shared.
pub(crate) type Texts = BTreeMap<String, Arc<str>>;

/// Where the lines of the nth value of a key are: first and one past the last.
fn lines_of(text: &str, key: &str, nth: usize) -> Option<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let begins = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(" = "));
    let first = lines.iter().enumerate().filter(|(_, line)| begins(line)).nth(nth)?.0;
    let mut last = first;
    if lines[first].ends_with('[') {
        while lines[last] != "]" {
            last += 1;
        }
    }
    Some((first, last + 1))
}

fn with_lines(text: &str, range: (usize, usize), new: &[String]) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let before = lines[..range.0].iter().map(ToString::to_string);
    let after = lines[range.1..].iter().map(ToString::to_string);
    before.chain(new.iter().cloned()).chain(after).map(|line| line + "\n").collect()
}

/// Sets the nth value of a key, whose place must be there.
pub(crate) fn set(texts: &Texts, file: &str, key: &str, nth: usize, value: &str) -> Texts {
    try_set(texts, file, key, nth, value).unwrap_or_else(|| panic!("{file} has no {key} number {nth}"))
}

/// Sets the nth value of a key, if it is there.
pub(crate) fn try_set(texts: &Texts, file: &str, key: &str, nth: usize, value: &str) -> Option<Texts> {
    let range = lines_of(&texts[file], key, nth)?;
    let text = with_lines(&texts[file], range, &[format!("{key} = {value}")]);
    Some(whole(texts, file, text))
}

/// Removes the nth value of a key.
pub(crate) fn remove(texts: &Texts, file: &str, key: &str, nth: usize) -> Texts {
    let range = lines_of(&texts[file], key, nth).unwrap();
    whole(texts, file, with_lines(&texts[file], range, &[]))
}

/// Replaces a document.
pub(crate) fn whole(texts: &Texts, file: &str, text: impl Into<String>) -> Texts {
    let mut changed = texts.clone();
    changed.insert(file.to_owned(), text.into().into());
    changed
}

/// Adds lines at the end of a document.
pub(crate) fn append(texts: &Texts, file: &str, lines: &str) -> Texts {
    whole(texts, file, format!("{}{lines}\n", texts[file]))
}

/// Removes a document.
pub(crate) fn without(texts: &Texts, file: &str) -> Texts {
    let mut changed = texts.clone();
    changed.remove(file).unwrap();
    changed
}

/// A text in quotes.
pub(crate) fn quote(text: &str) -> String {
    format!("{text:?}")
}
