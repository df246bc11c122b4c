//! Processes beside this one: a gateway, a peer. Each ends with its handle.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use load::Site;
use tokio_util::sync::CancellationToken;

use crate::Error;

/// How long a program may take until it listens.
const STARTING: Duration = Duration::from_secs(60);

/// The word that makes this program a gateway; its configuration follows.
pub(crate) const GATEWAY: &str = "--gateway";

/// A gateway until it is killed: what `medseal gateway run` does, without its log.
pub(crate) fn serve(config: &Path) -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    let Ok(config) = gateway::Config::read(config) else { return ExitCode::from(2) };
    runtime.block_on(async {
        match gateway::Gateway::start(config, CancellationToken::new()).await {
            Ok(running) => {
                running.stopped().await;
                ExitCode::SUCCESS
            }
            Err(_) => ExitCode::FAILURE,
        }
    })
}

/// A program that listens.
pub(crate) struct Process {
    child: Child,
    /// From its start until it listened.
    pub(crate) took: Duration,
}

impl Process {
    /// Starts a program and waits until it listens at `address`.
    pub(crate) fn listening(command: &mut Command, address: SocketAddr) -> Result<Self, Error> {
        let program = command.get_program().to_string_lossy().into_owned();
        let begun = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut started = Self { child: child.map_err(Error::io(&program))?, took: Duration::ZERO };
        while TcpStream::connect(address).is_err() {
            let ended = started.child.try_wait().map_err(Error::io(&program))?;
            if ended.is_some() || begun.elapsed() > STARTING {
                let said = format!("does not listen at {address}");
                return Err(Error::Program { program, said });
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        started.took = begun.elapsed();
        Ok(started)
    }

    /// A gateway on a site: this program once more, as [`serve`].
    pub(crate) fn gateway(site: &Site) -> Result<Self, Error> {
        let address = gateway::Config::read(&site.config())?.mqtt.listen;
        let own = std::env::current_exe().map_err(Error::io("this program"))?;
        Self::listening(Command::new(own).arg(GATEWAY).arg(site.config()), address)
    }

    /// Its memory that is in use now and was at most, in MiB (`VmRSS`, `VmHWM`).
    pub(crate) fn memory(&self) -> Result<(f64, f64), Error> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
        let kib = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().nth(1)).and_then(|kib| kib.parse::<f64>().ok())
        };
        match (kib("VmRSS"), kib("VmHWM")) {
            (Some(now), Some(most)) => Ok((now / 1024.0, most / 1024.0)),
            (_, _) => Err(Error::Program { program: path, said: "no VmRSS".into() }),
        }
    }

    /// Kills it at once (SIGKILL) and waits until it has gone.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// An address of this machine that is free now.
pub(crate) fn free() -> Result<SocketAddr, Error> {
    load::free_address().map_err(Error::io("a free port"))
}

/// A folder for one row's data.
pub(crate) fn folder() -> Result<tempfile::TempDir, Error> {
    tempfile::tempdir().map_err(Error::io("a temporary folder"))
}
