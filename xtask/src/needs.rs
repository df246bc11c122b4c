//! What the steps need beyond a Rust toolchain, and how it is had on a Debian-like machine.

use crate::shell::{Failed, Outcome, answers, output, run, run_command, step};
use std::path::Path;

/// One thing a step needs: how to see that it is there, and the Debian packages that bring it.
pub(crate) struct Need {
    name: &'static str,
    probe: Probe,
    packages: &'static [&'static str],
}

enum Probe {
    Runs(&'static [&'static str]),
    File(&'static str),
}

/// A C compiler and what the cryptographic library's build asks for.
pub(crate) const COMPILER: Need =
    Need { name: "C compiler", probe: Probe::Runs(&["cc", "--version"]), packages: &["gcc", "libc6-dev"] };
/// Builds the dashboard.
pub(crate) const NODE: Need =
    Need { name: "Node.js", probe: Probe::Runs(&["node", "--version"]), packages: &["nodejs", "npm"] };
/// Its package manager, a package of its own on Debian.
pub(crate) const NPM: Need =
    Need { name: "npm", probe: Probe::Runs(&["npm", "--version"]), packages: &["npm"] };
/// Compiles the applets.
pub(crate) const JAVAC: Need = Need {
    name: "Java compiler",
    probe: Probe::Runs(&["javac", "-version"]),
    packages: &["openjdk-17-jdk-headless"],
};
/// An independent MQTT client for the gateway's tests.
pub(crate) const MOSQUITTO: Need = Need {
    name: "mosquitto clients",
    probe: Probe::File("/usr/bin/mosquitto_pub"),
    packages: &["mosquitto-clients"],
};
/// The broker that the gateway takes batches from in tests.
pub(crate) const MOSQUITTO_BROKER: Need =
    Need { name: "mosquitto", probe: Probe::File("/usr/sbin/mosquitto"), packages: &["mosquitto"] };
/// Makes the gateway's disk slow under torture.
pub(crate) const STRACE: Need =
    Need { name: "strace", probe: Probe::File("/usr/bin/strace"), packages: &["strace"] };
/// The AMQP 1.0 broker that the gateway takes batches from in tests.
pub(crate) const RABBITMQ: Need = Need {
    name: "RabbitMQ",
    probe: Probe::File("/usr/lib/rabbitmq/bin/rabbitmq-server"),
    packages: &["rabbitmq-server"],
};
/// An independent AMQP 1.0 client, in Debian's own Python.
pub(crate) const PROTON: Need = Need {
    name: "Qpid Proton",
    probe: Probe::Runs(&["/usr/bin/python3", "-c", "import proton"]),
    packages: &["python3", "python3-qpid-proton"],
};
/// Checks the form of what is counted.
pub(crate) const PROMTOOL: Need =
    Need { name: "promtool", probe: Probe::Runs(&["promtool", "--version"]), packages: &["prometheus"] };
/// The browser of the dashboard's tests.
pub(crate) const CHROMIUM: Need =
    Need { name: "Chromium", probe: Probe::File("/usr/bin/chromium"), packages: &["chromium"] };
/// The peer in the measurements, and a second opinion in tests.
pub(crate) const OPENSSL: Need =
    Need { name: "OpenSSL", probe: Probe::Runs(&["openssl", "version"]), packages: &["openssl"] };
/// The Python of the independent HL7 client.
pub(crate) const PYTHON: Need = Need {
    name: "Python",
    probe: Probe::Runs(&["python3", "--version"]),
    packages: &["python3", "python3-venv"],
};

/// PC/SC's C library, for builds with the feature `pcsc`.
pub(crate) const PCSC_LIBRARY: Need = Need {
    name: "PC/SC library",
    probe: Probe::Runs(&["pkg-config", "--exists", "libpcsclite"]),
    packages: &["libpcsclite-dev", "pkg-config"],
};
/// The reader daemon of the tests with real clients.
pub(crate) const PCSCD: Need =
    Need { name: "pcscd", probe: Probe::File("/usr/sbin/pcscd"), packages: &["pcscd"] };
/// Its virtual reader, into which our cards go.
pub(crate) const VIRTUAL_READER: Need = Need {
    name: "virtual card reader",
    probe: Probe::File("/usr/lib/pcsc/drivers/serial/libifdvpcd.so"),
    packages: &["vsmartcard-vpcd"],
};
/// A client that knows nothing of us.
pub(crate) const OPENSC: Need =
    Need { name: "OpenSC", probe: Probe::File("/usr/bin/opensc-tool"), packages: &["opensc"] };
/// Another, in Debian's own Python.
pub(crate) const PYSCARD: Need = Need {
    name: "pyscard",
    probe: Probe::Runs(&["/usr/bin/python3", "-c", "import smartcard"]),
    packages: &["python3", "python3-pyscard"],
};
/// Brings the loopback device of a test's own network up.
pub(crate) const IP: Need =
    Need { name: "iproute2", probe: Probe::Runs(&["ip", "-V"]), packages: &["iproute2"] };
/// Scans our gateway as a laboratory would.
pub(crate) const NMAP: Need =
    Need { name: "nmap", probe: Probe::Runs(&["nmap", "--version"]), packages: &["nmap"] };
/// Tells what its TLS offers.
pub(crate) const TESTSSL: Need =
    Need { name: "testssl.sh", probe: Probe::File("/usr/bin/testssl"), packages: &["testssl.sh"] };
/// Fetches what is published.
pub(crate) const CURL: Need =
    Need { name: "curl", probe: Probe::Runs(&["curl", "--version"]), packages: &["curl"] };

impl Need {
    fn is_met(&self) -> bool {
        match self.probe {
            Probe::Runs(words) => answers(words),
            Probe::File(path) => Path::new(path).exists(),
        }
    }
}

/// Sees that all needs are met, installing with apt as root, or saying exactly what to install.
pub(crate) fn meet(needs: &[&Need]) -> Outcome {
    let missing: Vec<&&Need> = needs.iter().filter(|need| !need.is_met()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut packages: Vec<&str> = missing.iter().flat_map(|need| need.packages.iter().copied()).collect();
    packages.sort_unstable();
    packages.dedup();
    let names = missing.iter().map(|need| need.name).collect::<Vec<_>>().join(", ");
    let line = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    if !answers(&["apt-get", "--version"]) {
        return Err(Failed(format!(
            "missing: {names}. This is no Debian-like machine: install what gives `{line}` there."
        )));
    }
    if output(&["id", "-u"])?.trim() != "0" {
        return Err(Failed(format!("missing: {names}. Install with:\n\n    sudo {line}\n")));
    }
    step(&format!("installing {names}"));
    run(&["apt-get", "update", "-q"])?;
    let mut words = vec!["apt-get", "install", "-y", "-q", "--no-install-recommends"];
    words.extend(packages);
    run_command(crate::shell::command(&words).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// The test runner, a cargo command of its own.
pub(crate) fn nextest() -> Outcome {
    if answers(&["cargo", "nextest", "--version"]) {
        return Ok(());
    }
    step("installing cargo-nextest, the test runner");
    run(&["cargo", "install", "--locked", "cargo-nextest"])
}
