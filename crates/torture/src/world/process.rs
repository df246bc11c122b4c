//! A program under test or beside it, as a process that is killed, frozen and started again.

use std::ffi::OsString;
use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Instant;

use rustix::process::{Pid, Resource, Rlimit, Signal};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Duration, sleep, timeout};

use crate::error::{TortureError, io};
use crate::limits;

/// What a process is started with, each time.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// Its name in messages and of its log.
    pub(crate) name: &'static str,
    /// The program and its arguments.
    pub(crate) words: Vec<OsString>,
    /// What it finds in its environment besides ours.
    pub(crate) environment: Vec<(String, OsString)>,
    /// Where it listens once it is ready.
    pub(crate) listens: SocketAddr,
}

/// It, running.
#[derive(Debug)]
pub(crate) struct Process {
    program: Program,
    log: PathBuf,
    child: Child,
}

impl Process {
    /// Starts it and waits until it listens. What it says goes to `NAME.log` in `folder`, behind what was there.
    pub(crate) async fn start(program: Program, folder: &Path) -> Result<Self, TortureError> {
        let log = folder.join(format!("{}.log", program.name));
        let child = spawn(&program, &log)?;
        let mut process = Self { program, log, child };
        process.listening().await?;
        Ok(process)
    }

    /// Its log.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// An error that names it.
    pub(crate) fn fault(&self, what: impl Into<String>) -> TortureError {
        TortureError::Process { program: self.program.name.into(), what: what.into(), log: self.log.clone() }
    }

    /// Sees that it has not ended by itself.
    pub(crate) fn lives(&mut self) -> Result<(), TortureError> {
        match self.child.try_wait().map_err(io(self.program.name))? {
            None => Ok(()),
            Some(status) => Err(self.fault(format!("ended by itself with {status}"))),
        }
    }

    /// Waits until it takes connections.
    pub(crate) async fn listening(&mut self) -> Result<(), TortureError> {
        let by = Instant::now() + limits::STARTS;
        while Instant::now() < by {
            self.lives()?;
            let connected = timeout(Duration::from_secs(2), TcpStream::connect(self.program.listens)).await;
            if matches!(connected, Ok(Ok(_))) {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
        Err(self.fault(format!("does not listen at {}", self.program.listens)))
    }

    /// SIGKILL.
    pub(crate) async fn kill(&mut self) -> Result<(), TortureError> {
        self.child.kill().await.map_err(io(self.program.name))
    }

    /// Starts it again after its end.
    pub(crate) async fn again(&mut self) -> Result<(), TortureError> {
        self.child = spawn(&self.program, &self.log)?;
        self.listening().await
    }

    /// SIGTERM, and its end.
    pub(crate) async fn stop(&mut self) -> Result<ExitStatus, TortureError> {
        self.signal(Signal::TERM)?;
        match timeout(limits::ENDS, self.child.wait()).await {
            Ok(ended) => ended.map_err(io(self.program.name)),
            Err(_) => Err(self.fault(format!("did not end within {} s of SIGTERM", limits::ENDS.as_secs()))),
        }
    }

    /// Any other signal.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), TortureError> {
        rustix::process::kill_process(self.pid()?, signal)
            .map_err(|error| io(self.program.name)(error.into()))
    }

    /// From now on no write beyond this offset of any file succeeds; without one, as before.
    pub(crate) fn limit_writes(&self, bytes: Option<u64>) -> Result<(), TortureError> {
        let limit = Rlimit { current: bytes, maximum: None };
        let set = rustix::process::prlimit(Some(self.pid()?), Resource::Fsize, limit);
        set.map(drop).map_err(|error| io("prlimit")(error.into()))
    }

    /// The most memory it ever had, in KiB, and its open files now; nothing when the system does not say.
    pub(crate) fn held(&self) -> Option<(u64, usize)> {
        let pid = self.child.id()?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let files = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count();
        Some((peak.trim().trim_end_matches(" kB").parse().ok()?, files))
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> Result<Pid, TortureError> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        id.and_then(Pid::from_raw).ok_or_else(|| self.fault("has ended"))
    }
}

fn spawn(program: &Program, log: &Path) -> Result<Child, TortureError> {
    let mut words = program.words.iter();
    let first = words.next().cloned().unwrap_or_default();
    let file = || File::options().create(true).append(true).open(log).map_err(io(log.display().to_string()));
    Command::new(&first)
        .args(words)
        .envs(program.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(file()?)
        .stderr(file()?)
        .kill_on_drop(true)
        .spawn()
        .map_err(io(first.display().to_string()))
}
