//! From the start of a process to its first answer.

use super::figure::{Figure, Unit};
use super::{Error, product};
use card_bench::{BASE, install};
use card_link::{CardFile, CardKeys, Durability};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const TRIES: usize = 100;
/// The applet is selected, and asked for nothing.
const COMMANDS: [&str; 2] = ["00A4040009F04D454442454E4301", "80000000"];

pub(super) fn measure() -> Result<Vec<Figure>, Error> {
    let medseal = product()?;
    let folder = tempfile::tempdir().map_err(Error::io("a temporary folder"))?;
    let card = folder.path().join("start.card");
    prepare(&card)?;
    let mut command = Command::new(&medseal);
    command.args(["card", "apdu"]).arg(&card).args(COMMANDS).env("MEDSEAL_LOG", "off");
    let ours = first_line(&mut command, TRIES)?;
    let nothing = first_line(Command::new("sh").args(["-c", "echo"]), TRIES)?;
    let figure = Figure::new("process start to the first answer of an applet", Unit::Milliseconds, ours)
        .target(5.0, "reading and linking the card's packages")
        .limit("a shell that says a line", nothing);
    Ok(vec![match first_line(Command::new("java").args(["--version"]), TRIES / 10) {
        Ok(java) => figure.peer("a JVM that says its version, with no card", java),
        Err(_) => figure,
    }])
}

fn prepare(path: &Path) -> Result<(), Error> {
    let keys = CardKeys::random()
        .map_err(|error| Error::Program { program: "randomness".into(), said: error.to_string() })?;
    let mut card = CardFile::create_with(path, keys.card_options(), Durability::Process)?;
    install(&mut card, &keys, &BASE)?;
    Ok(card.compact()?)
}

/// The median of the milliseconds until a line stands on standard output.
fn first_line(command: &mut Command, tries: usize) -> Result<f64, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut times = Vec::new();
    for _ in 0..tries {
        let start = Instant::now();
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(Error::io(&program))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).map_err(Error::io(&program))?;
        }
        times.push(start.elapsed().as_secs_f64() * 1e3);
        let ended = child.wait().map_err(Error::io(&program))?;
        // One that is done after its first line may find nobody listening to the second.
        if line.is_empty() {
            return Err(Error::Program { program, said: format!("said nothing and ended with {ended}") });
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}
