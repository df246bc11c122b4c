//! Running other programs, and saying so.

use std::fmt;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a step did not succeed, in words for the person who called it.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Failed(error.to_string())
    }
}

pub(crate) type Outcome<T = ()> = Result<T, Failed>;

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf()
}

/// Announces a step, in bold where a person reads.
pub(crate) fn step(words: &str) {
    if std::io::stderr().is_terminal() {
        eprintln!("\x1b[1m▸ {words}\x1b[0m");
    } else {
        eprintln!("▸ {words}");
    }
}

/// A command at the workspace's root; `words[0]` is the program.
pub(crate) fn command(words: &[&str]) -> Command {
    let mut command = Command::new(words.first().copied().unwrap_or("true"));
    command.args(words.iter().skip(1)).current_dir(root());
    command
}

/// Runs a command to its end; its output goes where ours goes.
pub(crate) fn run(words: &[&str]) -> Outcome {
    run_command(&mut command(words))
}

/// As [`run`], for a command with a folder or environment of its own.
pub(crate) fn run_command(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|error| Failed(format!("{}: {error}", shown(command))))?;
    if status.success() { Ok(()) } else { Err(Failed(format!("`{}` ended with {status}", shown(command)))) }
}

/// What a command prints on standard output; an error when it fails.
pub(crate) fn output(words: &[&str]) -> Outcome<String> {
    let mut command = command(words);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failed(format!("{}: {error}", words.join(" "))))?;
    if !output.status.success() {
        return Err(Failed(format!("`{}` ended with {}", words.join(" "), output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program answers at all.
pub(crate) fn answers(words: &[&str]) -> bool {
    command(words).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}
