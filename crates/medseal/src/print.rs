//! What a person reads: colour on terminals only.

use std::io::Write;

const RED: &str = "\x1b[1;31m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// One line on standard error that says what went wrong.
pub(crate) fn error(words: &str) {
    anstream::eprintln!("{RED}error:{PLAIN} {words}");
}

/// A heading on standard error.
pub(crate) fn heading(words: &str) {
    anstream::eprintln!("{BOLD}{words}{PLAIN}");
}

/// One line on standard error that tells of progress.
pub(crate) fn note(words: &str) {
    anstream::eprintln!("{words}");
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
