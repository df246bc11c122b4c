//! Programs that a laboratory has: found, asked for their version, run with a time limit, and everything they said kept.

use super::limits::{ANSWER, COMMAND};
use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use thiserror::Error;

/// A program that procedures use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// What makes it tell its version.
    pub version: &'static str,
    /// What installs it on Debian and its kin.
    pub install: &'static str,
}

/// Fetches documents and headers.
pub const CURL: Program = Program { name: "curl", version: "--version", install: "apt-get install curl" };
/// Scans ports and tells which services answer.
pub const NMAP: Program = Program { name: "nmap", version: "--version", install: "apt-get install nmap" };
/// Tells what a TLS endpoint offers.
pub const TESTSSL: Program =
    Program { name: "testssl", version: "--version", install: "apt-get install testssl.sh" };
/// Speaks TLS.
pub const OPENSSL: Program =
    Program { name: "openssl", version: "version", install: "apt-get install openssl" };

/// Why a program could not be run.
#[derive(Debug, Error)]
pub enum ProgramError {
    /// It is not there.
    #[error("{name} is missing: {install}")]
    Missing {
        /// Its name.
        name: &'static str,
        /// What installs it.
        install: &'static str,
    },
    /// It did not end in time.
    #[error("{name} did not end within {seconds} s")]
    TimedOut {
        /// Its name.
        name: &'static str,
        /// How long it had.
        seconds: u64,
    },
    /// The system would not run it.
    #[error("{name}: {error}")]
    System {
        /// Its name.
        name: &'static str,
        /// What the system says.
        error: io::Error,
    },
}

/// What a program said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The command, argument by argument.
    pub command: Vec<String>,
    /// Its exit code, if it had one.
    pub code: Option<i32>,
    /// Standard output.
    pub out: Vec<u8>,
    /// Standard error.
    pub err: Vec<u8>,
}

impl Said {
    /// Standard output as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    /// All of it, as evidence is kept: the command, its exit code, what it said.
    #[must_use]
    pub fn record(&self) -> String {
        let code = self.code.map_or_else(|| "none".to_owned(), |code| code.to_string());
        format!(
            "$ {}\n[exit code {code}]\n[standard output]\n{}\n[standard error]\n{}\n",
            self.command.join(" "),
            self.text(),
            String::from_utf8_lossy(&self.err)
        )
    }
}

/// The most of a program's output that is read.
const OUTPUT: u64 = 16 << 20;

impl Program {
    /// Where it lies, if it does.
    #[must_use]
    pub fn path(self) -> Option<PathBuf> {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|folder| folder.join(self.name)).find(|file| file.is_file())
    }

    /// Its version, in the first line of its own words.
    ///
    /// # Errors
    /// [`ProgramError`], above all when it is missing.
    pub fn version(self) -> Result<String, ProgramError> {
        let said = self.run([self.version], ANSWER)?;
        Ok(said.text().lines().next().unwrap_or_default().to_owned())
    }

    /// Its version, in the first line of its own words that begins with a word, colours taken off; for programs that say more
    /// before it and take their time.
    ///
    /// # Errors
    /// [`ProgramError`], above all when it is missing.
    pub fn line_of_version(self, word: &str) -> Result<String, ProgramError> {
        let said = self.run([self.version], COMMAND)?;
        let lines = said.text();
        let mut lines = lines.lines().map(plain);
        Ok(lines.find(|line| line.starts_with(word)).unwrap_or_default())
    }

    /// Runs it without input, for so long at most.
    ///
    /// # Errors
    /// [`ProgramError`]; an exit code other than 0 is none.
    pub fn run<A: AsRef<OsStr>>(
        self,
        arguments: impl IntoIterator<Item = A>,
        limit: Duration,
    ) -> Result<Said, ProgramError> {
        let path = self.path().ok_or(ProgramError::Missing { name: self.name, install: self.install })?;
        let mut command = Command::new(path);
        command.args(arguments);
        ended(command, self.name, limit)
    }
}

/// Runs a command of somebody else's, program first, in a folder; no shell reads it.
///
/// # Errors
/// [`ProgramError`]; an exit code other than 0 is none.
pub(super) fn run_words(words: &[String], folder: &Path, limit: Duration) -> Result<Said, ProgramError> {
    let name = "a command of probe.toml";
    let Some((program, arguments)) = words.split_first() else {
        return Err(ProgramError::System { name, error: io::ErrorKind::InvalidInput.into() });
    };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    let mut said = ended(command, name, limit)?;
    if let Some(first) = said.command.first_mut() {
        first.clone_from(program);
    }
    Ok(said)
}

/// Runs a command to its end, without input.
fn ended(mut command: Command, name: &'static str, limit: Duration) -> Result<Said, ProgramError> {
    let system = |error| ProgramError::System { name, error };
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let words = std::iter::once(name.to_owned())
        .chain(command.get_args().map(|argument| argument.to_string_lossy().into_owned()))
        .collect();
    let mut child = command.spawn().map_err(system)?;
    let out = child.stdout.take().map(read_all);
    let err = child.stderr.take().map(read_all);
    let deadline = Instant::now() + limit;
    let code = loop {
        if let Some(status) = child.try_wait().map_err(system)? {
            break status.code();
        }
        if Instant::now() >= deadline {
            // It may have ended in this moment; either way it is gone after this.
            let _gone = child.kill();
            let _gone = child.wait();
            return Err(ProgramError::TimedOut { name, seconds: limit.as_secs() });
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let taken = |reader: Option<std::thread::JoinHandle<Vec<u8>>>| {
        reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
    };
    Ok(Said { command: words, code, out: taken(out), err: taken(err) })
}

/// A line without the sequences that colour it, and without spaces around it.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut parts = line.split("\u{1b}[");
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        text.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    text.trim().to_owned()
}

/// A folder for what a program writes; it goes when what is given goes.
pub(super) fn scratch() -> Result<TempDir, ProgramError> {
    let made = tempfile::Builder::new().prefix("medseal-probe-").tempdir();
    made.map_err(|error| ProgramError::System { name: "scratch folder", error })
}

fn read_all(pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe that breaks ends what is read; what there is of it is evidence all the same.
        let _broken = pipe.take(OUTPUT).read_to_end(&mut bytes);
        bytes
    })
}

#[cfg(test)]
mod tests {
    use super::{Program, ProgramError};
    use std::time::Duration;

    #[test]
    fn a_missing_program_is_named_with_what_installs_it() {
        let none = Program { name: "no-such-program-here", version: "-v", install: "apt-get install it" };
        let error = none.version().unwrap_err();
        assert_eq!(error.to_string(), "no-such-program-here is missing: apt-get install it");
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let sleep = Program { name: "sleep", version: "--version", install: "apt-get install coreutils" };
        let error = sleep.run(["60"], Duration::from_millis(50)).unwrap_err();
        assert!(matches!(error, ProgramError::TimedOut { .. }), "{error}");
    }
}
