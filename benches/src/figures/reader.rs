//! Commands through pcscd and vsmartcard's virtual reader, beside a card that answers without looking.
//!
//! pcscd's socket and the reader's port are fixed, so all of it runs in mount and network namespaces of its own, which
//! takes root: this program starts itself there.

use super::figure::{Figure, Unit};
use super::{Error, TIME, output};
use card_bench::{BASE, Kind, install, measure as measure_work, select};
use card_link::{CardFile, CardKeys, Durability, Element, LinkError, Target, vpcd};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// The word this program is started with inside.
pub(crate) const INSIDE: &str = "--inside-reader";

const WHAT: &str = "empty APDUs through pcscd and its virtual reader";
const SCRIPT: &str =
    "ip link set lo up && mount -t tmpfs none /run && mkdir /run/pcscd && exec \"$0\" \"$@\"";
const ROUNDS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn measure() -> Result<Vec<Figure>, Error> {
    Ok(vec![match both() {
        Ok((ours, floor)) => Figure::new(WHAT, Unit::PerSecond, ours)
            .target(floor * 0.9, "what pcscd, its driver and two sockets take")
            .limit("a card that only says 9000", floor),
        Err(error) => Figure::missing(WHAT, Unit::PerSecond, error.to_string().trim().replace('\n', " ")),
    }])
}

/// Ours and the floor in turns, the best of each, since both depend on what else the machine does.
fn both() -> Result<(f64, f64), Error> {
    let (mut ours, mut floor) = (0.0_f64, 0.0_f64);
    for _ in 0..ROUNDS {
        ours = ours.max(outside("ours")?);
        floor = floor.max(outside("floor")?);
    }
    Ok((ours, floor))
}

/// Runs one half in the namespaces and reads the rate that it prints.
fn outside(which: &str) -> Result<f64, Error> {
    let this = std::env::current_exe().map_err(Error::io("this program"))?;
    let mut command = Command::new("unshare");
    command.args(["--net", "--mount", "--", "sh", "-c", SCRIPT]).arg(this).args([INSIDE, which]);
    let said = output(&mut command)?;
    said.trim().parse().map_err(|_| Error::Program { program: "unshare".into(), said })
}

/// What is done inside: pcscd, a card in its reader, and a client that counts.
pub(crate) fn inside(words: &[PathBuf]) -> ExitCode {
    let floor = words.first().is_some_and(|word| word.as_os_str() == "floor");
    match rate(floor) {
        Ok(rate) => {
            println!("{rate}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn rate(floor: bool) -> Result<f64, Error> {
    let _pcscd = Ended(
        Command::new("pcscd")
            .arg("--foreground")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::io("pcscd"))?,
    );
    wait_until(|| Path::new("/run/pcscd/pcscd.comm").exists())?;
    let folder = tempfile::tempdir().map_err(Error::io("a temporary folder"))?;
    let path = folder.path().join("reader.card");
    let address = format!("127.0.0.1:{}", vpcd::PORT);
    // The threads end with the process.
    if floor {
        std::thread::spawn(move || vpcd::serve(&address, Floor, |_| {}));
    } else {
        let keys = CardKeys::random().map_err(|_| LinkError::Malformed(0))?;
        let mut card = CardFile::create_with(&path, keys.card_options(), Durability::Process)?;
        install(&mut card, &keys, &BASE)?;
        std::thread::spawn(move || vpcd::serve(&address, card, |_| {}));
    }
    let mut card = None;
    wait_until(|| {
        card = Target::Reader("Virtual PCD 00 00".into()).open().ok();
        card.is_some()
    })?;
    let Some(mut card) = card else { return Err(LinkError::Malformed(0).into()) };
    select(&mut card, &BASE)?;
    let rows = measure_work(&mut card, &[Kind::EmptyApdu], TIME)?;
    Ok(rows.first().map_or(0.0, |row| row.per_second))
}

fn wait_until(mut there: impl FnMut() -> bool) -> Result<(), Error> {
    let end = Instant::now() + PATIENCE;
    while !there() {
        if Instant::now() > end {
            return Err(Error::Program {
                program: "pcscd".into(),
                said: "no card in the virtual reader".into(),
            });
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// A card that says 9000 to everything.
struct Floor;

impl Element for Floor {
    fn transmit(&mut self, _command: &[u8]) -> Result<Vec<u8>, LinkError> {
        Ok(vec![0x90, 0x00])
    }

    fn atr(&self) -> Vec<u8> {
        vec![0x3B, 0x80, 0x80, 0x01, 0x01]
    }

    fn reset(&mut self) -> Result<(), LinkError> {
        Ok(())
    }
}

/// A process that does not outlive its owner.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}
