//! The most that procedures read of what they did not make themselves.

use std::time::Duration;

/// Bytes of nmap's XML: 65,535 open ports of one host with their services are 20 MB at most.
pub(crate) const NMAP_XML: usize = 32 << 20;
/// Ports of one host and transport.
pub(crate) const PORTS: usize = 65_536;
/// Bytes of testssl.sh's JSON; 100 kB are usual.
pub(crate) const TESTSSL_JSON: usize = 8 << 20;
/// Longest wait for one answer.
pub(crate) const ANSWER: Duration = Duration::from_secs(20);
/// Longest wait for one port.
pub(crate) const CONNECT: Duration = Duration::from_secs(3);
/// Longest scan of one host.
pub(crate) const SCAN: Duration = Duration::from_secs(30 * 60);
/// Longest look at one TLS endpoint.
pub(crate) const TLS: Duration = Duration::from_secs(15 * 60);
/// Components of a bill of materials.
pub(crate) const COMPONENTS: usize = 200_000;
/// Bytes of a bill of materials.
pub(crate) const BOM: u64 = 64 << 20;
/// Records of a snapshot of vulnerabilities; all of OSV has half a million.
pub(crate) const OSV_RECORDS: usize = 2_000_000;
/// Bytes of one record.
pub(crate) const OSV_RECORD: u64 = 16 << 20;
/// How deep a snapshot's folders nest.
pub(crate) const OSV_DEPTH: usize = 3;
/// Longest that a command of `probe.toml` may take.
pub(crate) const COMMAND: Duration = Duration::from_secs(5 * 60);
/// Bytes of an update.
pub(crate) const UPDATE: u64 = 1 << 30;
/// Bytes of a table of credentials, and of a list of words.
pub(crate) const CREDENTIALS: u64 = 16 << 20;
/// Bytes of a capture.
pub(crate) const CAPTURE: u64 = 512 << 20;
/// Bytes that one compressed body in a capture is unpacked to.
pub(crate) const UNPACKED: u64 = 4 << 20;
/// Compressed bodies of a capture that are unpacked.
pub(crate) const BODIES: usize = 20_000;
/// Shortest canary: what is shorter turns up by chance.
pub(crate) const CANARY: usize = 8;
