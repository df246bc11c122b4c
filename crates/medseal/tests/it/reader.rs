//! A reader that real clients see: pcscd with vsmartcard's virtual reader, in network and mount namespaces of its own, so
//! that tests can run side by side although pcscd's socket and the reader's port are fixed.
//!
//! Namespaces need root. What is missing is said with the command that installs it; `cargo xtask test` does that itself.

use crate::support::medseal;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Debian's own Python, which has pyscard; another one may come first in the search path.
pub(crate) const PYTHON: &str = "/usr/bin/python3";
/// The first slot's name.
pub(crate) const READER: &str = "Virtual PCD 00 00";

const PATIENCE: Duration = Duration::from_secs(20);
const MISSING: &str =
    "needed: apt-get install pcscd vsmartcard-vpcd opensc python3-pyscard iproute2, and to be root";

/// A running pcscd whose first slot holds a card, which `medseal card serve` lends. All of it ends when dropped.
pub(crate) struct VirtualReader {
    cards: Vec<String>,
    // In the order of their ends: the room goes last.
    serving: Process,
    pcscd: Process,
    room: Process,
}

impl VirtualReader {
    /// Puts the card in this file into the reader and waits until clients see it.
    pub(crate) fn start(card: &str) -> Self {
        Self::start_all(&[card])
    }

    /// Puts one card into each slot; the driver has two.
    pub(crate) fn start_all(cards: &[&str]) -> Self {
        let room = room();
        let cards: Vec<String> = cards.iter().map(|&card| card.to_owned()).collect();
        let pcscd = pcscd(&room);
        let serving = serving(&room, &cards);
        let reader = Self { cards, serving, pcscd, room };
        reader.wait_for_card();
        reader
    }

    /// A command that runs where the reader is.
    pub(crate) fn command(&self, program: &str) -> Command {
        inside(&self.room, program)
    }

    /// A command of ours that runs where the reader is.
    #[cfg(feature = "pcsc")]
    pub(crate) fn medseal(&self, words: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_medseal"));
        command.args(words).env("MEDSEAL_LOG", "off");
        command
    }

    /// Runs a client to its end and gives its standard output; a failure shows all that it said.
    pub(crate) fn run(&self, program: &str, words: &[&str]) -> String {
        let output = self.command(program).args(words).output().expect(MISSING);
        succeeded(program, words, &output)
    }

    /// Kills pcscd and starts it again; the card comes back by itself.
    pub(crate) fn restart_pcscd(&mut self) {
        self.pcscd.kill();
        self.pcscd = pcscd(&self.room);
        self.wait_for_card();
    }

    /// SIGKILL for the process that is the card, and a new one with the same file.
    pub(crate) fn kill_card(&mut self) {
        self.serving.kill();
        self.serving = serving(&self.room, &self.cards);
        self.wait_for_card();
    }

    /// SIGKILL for the process that is the card.
    pub(crate) fn kill_card_for_good(&mut self) {
        self.serving.kill();
    }

    /// Waits until a client sees a card in the first slot.
    fn wait_for_card(&self) {
        let end = Instant::now() + PATIENCE;
        let seen = || self.command("opensc-tool").args(["--reader", "0", "--atr"]).output().expect(MISSING);
        let mut last = seen();
        while !last.status.success() {
            assert!(Instant::now() < end, "no card in the reader: {}", String::from_utf8_lossy(&last.stderr));
            std::thread::sleep(Duration::from_millis(50));
            last = seen();
        }
    }
}

/// Standard output of a client that must have succeeded.
pub(crate) fn succeeded(program: &str, words: &[&str], output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} {words:?} ended with {}\n{said}\n{complained}",
        output.status
    );
    said
}

/// A process that does not outlive its owner.
pub(crate) struct Process(Child);

impl Process {
    /// Takes a process in charge.
    pub(crate) fn of(child: Child) -> Self {
        Self(child)
    }

    fn kill(&mut self) {
        // It may have ended already.
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A process that holds the namespaces: loopback up, and `/run` empty but for pcscd's folder.
pub(crate) fn room() -> Process {
    let script = "ip link set lo up && mount -t tmpfs none /run && mkdir /run/pcscd && echo ready && exec sleep infinity";
    let mut child = Command::new("unshare")
        .args(["--net", "--mount", "--", "sh", "-c", script])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("unshare runs");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("it says something");
    if line.trim() != "ready" {
        let mut complaint = String::new();
        let _read = child.stderr.take().map(|mut pipe| pipe.read_to_string(&mut complaint));
        panic!("no namespace: {complaint}\n{MISSING}");
    }
    Process(child)
}

/// A command inside the room, with the caller's folder as its own.
pub(crate) fn inside(room: &Process, program: &str) -> Command {
    let mut command = Command::new("nsenter");
    let here = std::env::current_dir().expect("a folder");
    command
        .args(["--target", &room.0.id().to_string(), "--net", "--mount", "--", "env", "--chdir"])
        .arg(here)
        .arg(program);
    command
}

fn pcscd(room: &Process) -> Process {
    let socket = PathBuf::from(format!("/proc/{}/root/run/pcscd/pcscd.comm", room.0.id()));
    // One that was killed leaves its socket behind.
    let _none = std::fs::remove_file(&socket);
    let _none = std::fs::remove_file(socket.with_file_name("pcscd.pid"));
    let child = inside(room, "pcscd")
        .arg("--foreground")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("nsenter runs");
    wait_for(&socket);
    Process(child)
}

fn wait_for(path: &Path) {
    let end = Instant::now() + PATIENCE;
    while !path.exists() {
        assert!(Instant::now() < end, "pcscd does not come up. {MISSING}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn serving(room: &Process, cards: &[String]) -> Process {
    let program = medseal(&[]).get_program().to_string_lossy().into_owned();
    let mut command = inside(room, &program);
    command.args(["card", "serve"]).args(cards).arg("--vpcd").env("MEDSEAL_LOG", "off");
    Process(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("nsenter runs"))
}
