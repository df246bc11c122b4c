//! Secrets that a person gives: from a file, or typed where nobody sees them. Never from an argument, which every
//! process of the machine could read.

use crate::exit::{Outcome, Problem};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// Bytes that a secret may have.
const LENGTH: usize = 256;

/// A secret from a file, or asked for on the terminal where there is no file.
pub(crate) fn from(file: Option<&Path>, question: &str, option: &str) -> Outcome<Zeroizing<String>> {
    match file {
        Some(path) => {
            let failed = |error: std::io::Error| Problem::Machine(format!("{}: {error}", path.display()));
            line(&File::open(path).map_err(failed)?).map_err(failed)
        }
        None => asked(question, option),
    }
}

/// Asks on the process's terminal, even where standard input is something else.
fn asked(question: &str, option: &str) -> Outcome<Zeroizing<String>> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
    let terminal = terminal.map_err(|_| {
        Problem::Input(format!("there is no terminal to ask for it ({question}): give {option} FILE"))
    })?;
    let silence = Silence::on(&terminal)?;
    write!(&terminal, "{question}: ").map_err(Problem::machine)?;
    let secret = line(&terminal).map_err(Problem::machine);
    drop(silence);
    writeln!(&terminal).map_err(Problem::machine)?;
    secret
}

/// The first line. A terminal gives no more than that at once.
fn line(mut file: &File) -> std::io::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new([0; LENGTH]);
    let mut length = 0;
    while let Some(free) = bytes.get_mut(length..).filter(|free| !free.is_empty()) {
        match file.read(free)? {
            0 => break,
            more => length += more,
        }
        if bytes.contains(&b'\n') {
            break;
        }
    }
    let text = String::from_utf8_lossy(bytes.get(..length).unwrap_or_default());
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// A terminal that shows nothing of what is typed until this is dropped.
struct Silence<'t> {
    terminal: &'t File,
    before: Termios,
}

impl<'t> Silence<'t> {
    fn on(terminal: &'t File) -> Outcome<Self> {
        let before = tcgetattr(terminal).map_err(Problem::machine)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &silent).map_err(Problem::machine)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        // A terminal that has gone away needs no echo.
        let _gone = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
