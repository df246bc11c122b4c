//! How a command ends: the exit code and the words that go with it.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The answer is no: refused, not verified, something lost. Exit code 1.
    No(String),
    /// Wrong arguments or a file with an error in it. Exit code 2, as for an unknown option.
    Input(String),
    /// The machine would not: a file, a port, a device. Exit code 3.
    Machine(String),
}

/// What a command returns.
pub(crate) type Outcome<T = ()> = Result<T, Problem>;

impl Problem {
    /// The machine would not, in the error's own words.
    pub(crate) fn machine(error: impl fmt::Display) -> Self {
        Problem::Machine(error.to_string())
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Problem::No(_) => 1,
            Problem::Input(_) => 2,
            Problem::Machine(_) => 3,
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Problem::No(words) | Problem::Input(words) | Problem::Machine(words)) = self;
        f.write_str(words)
    }
}

/// Reads a whole file, naming it in the problem when that fails.
pub(crate) fn read(path: &Path) -> Outcome<Vec<u8>> {
    std::fs::read(path).map_err(|error| Problem::Machine(format!("{}: {error}", path.display())))
}

/// Writes a whole file beside its final name and moves it there, so that no reader sees half of it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Outcome {
    let failed = |error: std::io::Error| Problem::Machine(format!("{}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".part");
    std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, path)).map_err(failed)
}

/// As [`write`], readable by the owner alone.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> Outcome {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |error: std::io::Error| Problem::Machine(format!("{}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
}
