//! RabbitMQ with its AMQP 1.0 plugin, for the tests of the gateway and of the device agent.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(crate) const USER: &str = "gateway";
pub(crate) const PASSWORD: &str = "correct horse";

/// A broker in a folder of its own; ended when dropped.
pub(crate) struct Rabbit {
    child: Option<Child>,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) port: u16,
    /// Where it speaks TLS and asks for a certificate, if it does.
    pub(crate) tls_port: u16,
    names: u16,
    between: u16,
    with_tls: bool,
}

/// What a broker shows, and by whom its clients' certificates must be issued: files in PEM.
pub(crate) struct RabbitTls<'a> {
    pub(crate) certificate: &'a Path,
    pub(crate) key: &'a Path,
    pub(crate) clients: &'a Path,
}

impl Drop for Rabbit {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Rabbit {
    pub(crate) fn start(tls: Option<&RabbitTls<'_>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (port, tls_port, names) = (free_port(), free_port(), free_port());
        let file = |name: &str| folder.path().join(name);
        let mut settings =
            format!("listeners.tcp.1 = 127.0.0.1:{port}\ndefault_user = {USER}\ndefault_pass = {PASSWORD}\n");
        if let Some(RabbitTls { certificate, key, clients }) = tls {
            settings.push_str(&format!(
                "listeners.ssl.1 = 127.0.0.1:{tls_port}\nssl_options.cacertfile = {}\nssl_options.certfile = {}\n\
                 ssl_options.keyfile = {}\nssl_options.verify = verify_peer\nssl_options.fail_if_no_peer_cert = true\n\
                 ssl_options.versions.1 = tlsv1.3\n",
                clients.display(),
                certificate.display(),
                key.display()
            ));
        }
        std::fs::write(file("rabbitmq.conf"), settings).unwrap();
        std::fs::write(file("plugins"), "[rabbitmq_amqp1_0].").unwrap();
        std::fs::write(file("password"), format!("{PASSWORD}\n")).unwrap();
        let mut started = Self {
            child: None,
            folder,
            port,
            tls_port,
            names,
            between: free_port(),
            with_tls: tls.is_some(),
        };
        started.run();
        started
    }

    /// Runs it on what it has kept.
    pub(crate) fn run(&mut self) {
        let file = |name: &str| self.folder.path().join(name);
        let child = Command::new("/usr/lib/rabbitmq/bin/rabbitmq-server")
            .env("HOME", self.folder.path())
            .env("RABBITMQ_NODENAME", format!("medseal{}@localhost", self.port))
            .env("RABBITMQ_MNESIA_BASE", file("db"))
            .env("RABBITMQ_LOG_BASE", file("log"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", file("plugins"))
            .env("RABBITMQ_CONFIG_FILE", file("rabbitmq"))
            .env("RABBITMQ_PID_FILE", file("pid"))
            .env("RABBITMQ_DIST_PORT", self.between.to_string())
            .env("ERL_EPMD_PORT", self.names.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("needed: apt-get install rabbitmq-server"));
        // Where it speaks TLS it begins to after the rest.
        let last = if self.with_tls { self.tls_port } else { self.port };
        for _ in 0..1200 {
            if std::net::TcpStream::connect(("127.0.0.1", last)).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("RabbitMQ does not listen");
    }

    /// Stops it in order.
    pub(crate) fn stop(&mut self) {
        // What has ended already need not be.
        if let Ok(pid) = std::fs::read_to_string(self.folder.path().join("pid")) {
            let _ = Command::new("kill").arg(pid.trim()).status();
        }
        if let Some(mut child) = self.child.take() {
            let _ = child.wait();
        }
        let _ = Command::new("epmd")
            .args(["-port", &self.names.to_string(), "-kill"])
            .stdout(Stdio::null())
            .status();
    }

    /// A file with the password of [`USER`].
    pub(crate) fn password(&self) -> PathBuf {
        self.folder.path().join("password")
    }
}
