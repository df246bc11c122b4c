//! What a person reads: colour on terminals only.

use std::io::Write;

const RED: &str = "\x1b[1;31m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// One line on standard error that says what went wrong.
pub(crate) fn error(words: &str) {
    say(&format!("{RED}error:{PLAIN} {words}"));
}

/// A heading on standard error.
pub(crate) fn heading(words: &str) {
    say(&format!("{BOLD}{words}{PLAIN}"));
}

/// One line on standard error that tells of progress.
pub(crate) fn note(words: &str) {
    say(words);
}

/// A line on standard error; that it cannot be written, on a full disk say, is no error of what it tells of.
fn say(words: &str) {
    let _full = writeln!(anstream::stderr(), "{words}");
}

/// A result on standard output; a reader who has gone away is no error.
pub(crate) fn result(words: &str) {
    let _closed = writeln!(anstream::stdout(), "{words}");
}

/// A result as JSON on standard output, one object.
pub(crate) fn json(value: &impl serde::Serialize) {
    match serde_json::to_string(value) {
        Ok(text) => result(&text),
        Err(error) => self::error(&error.to_string()),
    }
}
