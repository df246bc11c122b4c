//! The rows of the table: each measures ours and, in the same minutes, what stands beside it.

mod crypto;
mod figure;
mod fleet;
mod jvm;
mod loops;
mod reader;
mod start;
mod state;

pub(crate) use figure::table;
pub(crate) use reader::{INSIDE, inside as inside_reader};

use card_bench::BenchError;
use figure::Figure;
use std::path::PathBuf;
use std::time::Duration;

/// How long each kind of work is measured.
const TIME: Duration = Duration::from_secs(2);

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The card.
    #[error(transparent)]
    Bench(#[from] BenchError),
    /// A file or a process.
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    /// A program said something else than expected.
    #[error("{program}: {said}")]
    Program { program: String, said: String },
}

impl From<card_link::LinkError> for Error {
    fn from(error: card_link::LinkError) -> Self {
        Error::Bench(error.into())
    }
}

impl Error {
    fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Error::Io { what, source }
    }
}

/// The words by which some rows are asked for, and what measures them.
type Part = (&'static [&'static str], fn() -> Result<Vec<Figure>, Error>);

/// Measures the rows whose name has the word.
pub(crate) fn all(only: &str) -> Result<Vec<Figure>, Error> {
    let parts: [Part; 5] = [
        (&["start"], start::measure),
        (&["apdu", "loop", "sort", "calls", "copies"], loops::measure),
        (&["pcscd", "reader"], reader::measure),
        (&["transaction"], state::measure),
        (&["cards"], fleet::measure),
    ];
    let mut figures = Vec::new();
    for (words, part) in parts {
        if words.iter().any(|word| word.contains(only)) {
            eprintln!("measuring: {}", words.join(", "));
            figures.extend(part()?);
        }
    }
    figures.extend(crypto::measure(only)?);
    Ok(figures)
}

/// The product's release build, beside this program.
fn product() -> Result<PathBuf, Error> {
    let path = std::env::current_exe().map_err(Error::io("this program"))?.with_file_name("medseal");
    if path.exists() {
        return Ok(path);
    }
    Err(Error::Program {
        program: path.display().to_string(),
        said: "not built: cargo build --release -p medseal".into(),
    })
}

/// What a command prints; an error when it fails.
fn output(command: &mut std::process::Command) -> Result<String, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(Error::io(&program))?;
    if !output.status.success() {
        return Err(Error::Program { program, said: String::from_utf8_lossy(&output.stderr).into_owned() });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
