//! Running the program as a person would, for the tests.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A command of the program under test, without its log.
pub(crate) fn medseal(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_medseal"));
    command.args(words).env("MEDSEAL_LOG", "off");
    command
}

/// Runs to the end and gives standard output; a failure shows all that was said.
pub(crate) fn output(words: &[&str]) -> String {
    let output = medseal(words).output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?} ended with {}\n{said}\n{complained}", output.status);
    said
}

/// A service in a process of its own; killed when dropped.
pub(crate) struct Service {
    words: Vec<String>,
    child: Child,
}

impl Service {
    /// Starts `medseal WORDS`.
    pub(crate) fn start(words: &[&str]) -> Self {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        Self { child: spawn(&words), words }
    }

    /// SIGKILL, and up again.
    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        self.child = spawn(&self.words);
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process ends");
    }

    /// SIGTERM, and the end that follows; it must come by itself.
    pub(crate) fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
        let end = Instant::now() + Duration::from_secs(30);
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().expect("the process can be asked") {
                assert!(status.success(), "{:?} ended with {status}", self.words);
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{:?} did not stop", self.words);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn spawn(words: &[String]) -> Child {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    medseal(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
}

/// A ward's folder with everything made and nothing started, and the EHR's command line as the program printed it.
pub(crate) fn prepared(folder: &Path, devices: usize) -> Prepared {
    let root = folder.join("ward");
    let count = devices.to_string();
    let said = output(&["ward", "--prepare", "--data", &shown(&root), "--devices", &count]);
    let lines: Vec<Vec<String>> =
        said.lines().map(|line| line.split_whitespace().skip(1).map(str::to_owned).collect()).collect();
    let beds = (1..=devices).map(|bed| format!("bed-{bed:02}")).collect();
    Prepared { root: root.canonicalize().expect("the folder exists"), ehr: lines[0].clone(), beds }
}

/// See [`prepared`].
pub(crate) struct Prepared {
    pub(crate) root: PathBuf,
    pub(crate) ehr: Vec<String>,
    pub(crate) beds: Vec<String>,
}

impl Prepared {
    /// The gateway's configuration.
    pub(crate) fn gateway(&self) -> String {
        shown(&self.root.join("gateway.toml"))
    }

    /// A device's configuration.
    pub(crate) fn device(&self, bed: &str) -> String {
        shown(&self.root.join("devices").join(bed).join("device.toml"))
    }

    /// Makes the devices measure more often than once a second.
    pub(crate) fn hurry(&self, interval_ms: u32) {
        for bed in &self.beds {
            let path = self.device(bed);
            let text = std::fs::read_to_string(&path).expect("the configuration is there");
            let faster = text.replace("interval_ms = 1000", &format!("interval_ms = {interval_ms}"));
            assert_ne!(text, faster, "the interval is where it is expected");
            std::fs::write(&path, faster).expect("the configuration can be written");
        }
    }
}

pub(crate) fn shown(path: &Path) -> String {
    path.to_str().expect("a readable path").to_owned()
}
