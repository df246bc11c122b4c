//! The brokers that stand between devices and gateway: mosquitto and RabbitMQ, each with a folder, a port and a password of its own.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use load::link::Account;
use tokio::time::sleep;

use super::free_address;
use super::process::{Process, Program};
use crate::error::{TortureError, io};
use crate::limits;

/// The name under which gateway and devices sign in.
pub(crate) const USER: &str = "torture";
/// The queue that the gateway takes from.
pub(crate) const QUEUE: &str = "/queue/batches";

const MOSQUITTO: &str = "/usr/sbin/mosquitto";
const RABBIT: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

fn write(path: &Path, text: &str) -> Result<(), TortureError> {
    std::fs::write(path, text).map_err(io(path.display().to_string()))
}

/// mosquitto, which keeps on disk what it has when it is stopped.
pub(crate) struct Mosquitto {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
}

impl Mosquitto {
    /// Whether the program is here.
    pub(crate) fn is_here() -> bool {
        Path::new(MOSQUITTO).exists()
    }

    /// Starts one in `folder` on `address`, open to this machine only.
    pub(crate) async fn start(folder: &Path, address: SocketAddr) -> Result<Self, TortureError> {
        let at = folder.join("mosquitto");
        std::fs::create_dir_all(&at).map_err(io("mosquitto's folder"))?;
        let settings = format!(
            "listener {} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {}/\n\
             max_queued_messages 0\nmax_inflight_messages 64\nuser root\n\
             log_dest stderr\nlog_type error\nlog_type warning\nlog_type notice\nlog_type subscribe\n",
            address.port(),
            at.display()
        );
        write(&at.join("mosquitto.conf"), &settings)?;
        let program = Program {
            name: "mosquitto",
            words: vec![MOSQUITTO.into(), "-c".into(), at.join("mosquitto.conf").into()],
            environment: Vec::new(),
            listens: address,
        };
        Ok(Self { process: Process::start(program, folder).await?, address })
    }

    /// Waits until the gateway has subscribed: what is published before that goes to nobody.
    pub(crate) async fn subscribed(&mut self) -> Result<(), TortureError> {
        let by = Instant::now() + limits::STARTS;
        while Instant::now() < by {
            self.process.lives()?;
            let log = std::fs::read(self.process.log()).map_err(io("mosquitto's log"))?;
            if String::from_utf8_lossy(&log).lines().any(|line| line.contains("medseal/v1/+/batch")) {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Err(self.process.fault("nobody has subscribed"))
    }
}

/// RabbitMQ with its AMQP 1.0 plugin. It takes some ten seconds to start.
pub(crate) struct Rabbit {
    pub(crate) process: Process,
    /// How devices sign in; the gateway does as the same.
    pub(crate) account: Account,
    folder: PathBuf,
    names: u16,
}

impl Rabbit {
    /// Whether the program is here.
    pub(crate) fn is_here() -> bool {
        Path::new(RABBIT).exists()
    }

    /// The file with the password to it.
    pub(crate) fn password(folder: &Path) -> PathBuf {
        folder.join("rabbit-password")
    }

    /// Starts one in `folder` on `address` with the password of [`Rabbit::password`], which is made here.
    pub(crate) async fn start(
        folder: &Path,
        address: SocketAddr,
        password: &str,
    ) -> Result<Self, TortureError> {
        let at = folder.join("rabbit");
        std::fs::create_dir_all(&at).map_err(io("RabbitMQ's folder"))?;
        let (names, between) = (free_address()?.port(), free_address()?.port());
        let settings = format!(
            "listeners.tcp.1 = 127.0.0.1:{}\ndefault_user = {USER}\ndefault_pass = {password}\n",
            address.port()
        );
        write(&at.join("rabbitmq.conf"), &settings)?;
        write(&at.join("plugins"), "[rabbitmq_amqp1_0].")?;
        let file = |name: &str| at.join(name).into_os_string();
        let environment: Vec<(String, OsString)> = [
            ("HOME", at.clone().into_os_string()),
            ("RABBITMQ_NODENAME", format!("torture{}@localhost", address.port()).into()),
            ("RABBITMQ_MNESIA_BASE", file("db")),
            ("RABBITMQ_LOG_BASE", file("log")),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", file("plugins")),
            ("RABBITMQ_CONFIG_FILE", file("rabbitmq")),
            ("RABBITMQ_PID_FILE", file("pid")),
            ("RABBITMQ_DIST_PORT", between.to_string().into()),
            ("ERL_EPMD_PORT", names.to_string().into()),
            ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        let program = Program { name: "rabbitmq", words: vec![RABBIT.into()], environment, listens: address };
        let account = Account { user: USER.to_owned(), password: password.to_owned().into() };
        Ok(Self { process: Process::start(program, folder).await?, account, folder: at, names })
    }
}

impl Drop for Rabbit {
    /// The script starts Erlang as a process of its own, and that a daemon for its names: both end with us.
    fn drop(&mut self) {
        let pid = std::fs::read_to_string(self.folder.join("pid")).ok();
        if let Some(pid) = pid.and_then(|pid| rustix::process::Pid::from_raw(pid.trim().parse().ok()?)) {
            // It may have ended already.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let mut names = std::process::Command::new("epmd");
        names.args(["-port", &self.names.to_string(), "-kill"]);
        let _ = names.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).status();
    }
}
