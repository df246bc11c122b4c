//! `A01`: which ports are open, held against what is declared, in both directions.
//!
//! Each host that an endpoint names is scanned: all TCP ports and, where the system lets it, the usual UDP ports and those
//! declared. A host's interface is as declared when every port is:
//!
//! | declared | seen | |
//! |---|---|---|
//! | enabled | open | as declared |
//! | enabled | not open, and not a moment later | inconclusive: it may sleep |
//! | disabled | open | fail |
//! | disabled | closed | as declared |
//! | intermittent | either | inconclusive: a person sees when it is needed |
//! | nothing | open | fail, and evidence for the units that look for what is not listed |
//!
//! Without nmap only the declared ports are tried, which can fail an interface and never pass one. In the factory-default
//! state nothing is decided, for the declared status is that of the initialised state.

use super::super::contract::{Laboratory, ProbeError, Procedure};
use super::super::endpoint::{Place, Reachable, endpoints};
use super::super::limits::{CONNECT, SCAN};
use super::super::nmap::{Nmap, Reading, Transport};
use super::super::program::{NMAP, ProgramError};
use super::super::record::Record;
use crate::catalog::{State, TableNo};
use crate::product::{Evaluation, Row, RowId};
use crate::verdict::{Subject, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

pub(super) const PROCEDURE: Procedure = Procedure {
    id: "A01",
    title: "interfaces found against declared, both ways",
    programs: &[NMAP],
    reads: "endpoints of dut.toml; status in tables 13, 15 and 28",
    decides: &["5.6-1-2a"],
    prepares: &["5.6-1-2b", "5.1-1-2a", "5.1-5-2a", "5.3-10-1c", "5.5-5-2b", "5.13-1-2c"],
    run,
};

/// Before a port that should be open and is not is tried once more.
const LATER: Duration = Duration::from_secs(3);

fn run(laboratory: &Laboratory<'_>) -> Result<Record, ProbeError> {
    let endpoints = endpoints(laboratory.evaluation);
    let places: BTreeMap<Place, &Reachable<'_>> =
        endpoints.iter().filter_map(|endpoint| Some((endpoint.place()?, endpoint))).collect();
    if places.is_empty() {
        return Err(ProbeError::NotDeclared("dut.toml names no endpoint with host and port"));
    }
    let mut record = match Record::of(&PROCEDURE, NMAP) {
        Ok(record) => record,
        Err(missing @ ProgramError::Missing { .. }) => {
            let mut record = Record::own(&PROCEDURE);
            record.lacks.push(format!("{missing}; without it undeclared ports cannot be excluded"));
            record
        }
        Err(error) => return Err(error.into()),
    };
    let is_scanned = record.tool == NMAP.name;
    let hosts: BTreeSet<&str> = places.keys().map(|place| place.host.as_str()).collect();
    for host in hosts {
        let of_host: Vec<&Place> = places.keys().filter(|place| place.host == host).collect();
        (laboratory.tell)(&format!("A01: looking for the interfaces of {host}"));
        let seen =
            if is_scanned { scan(&mut record, host, &of_host)? } else { connects(&mut record, &of_host) };
        judge(laboratory, &mut record, host, &endpoints, &seen);
    }
    Ok(record)
}

/// What was seen of a host.
#[derive(Default)]
struct Seen {
    /// Whether each TCP port was looked at.
    is_whole: bool,
    /// Open ports, with what they were taken for.
    open: BTreeMap<(Transport, u16), String>,
    /// Ports that say that nobody is there.
    closed: BTreeSet<(Transport, u16)>,
}

impl Seen {
    fn take(&mut self, scan: &Nmap) {
        for port in &scan.ports {
            let key = (port.transport, port.number);
            match port.reading {
                Reading::Open => {
                    self.open.insert(key, port.service.clone());
                }
                Reading::Closed => {
                    self.closed.insert(key);
                }
                Reading::Unclear => {}
            }
        }
    }

    fn is_open(&self, place: &Place) -> bool {
        self.open.contains_key(&(place.transport, place.port))
    }
}

/// Scans a host with nmap: TCP, UDP, and once more what should be open and is not.
fn scan(record: &mut Record, host: &str, declared: &[&Place]) -> Result<Seen, ProbeError> {
    let mut seen = Seen::default();
    let tcp = nmap(record, host, &["-p-", "-sV", "--version-light"])?;
    seen.is_whole = tcp.is_whole && tcp.hosts > 0;
    seen.take(&tcp);
    let ports = |transport: Transport, seen: &Seen| -> Vec<String> {
        let places = declared.iter().filter(|place| place.transport == transport && !seen.is_open(place));
        places.map(|place| place.port.to_string()).collect()
    };
    let missing = ports(Transport::Tcp, &seen);
    if !missing.is_empty() {
        std::thread::sleep(LATER);
        seen.take(&nmap(record, host, &["-p", &missing.join(",")])?);
    }
    match nmap(record, host, &["-sU", "-F", "--max-retries", "1"]) {
        Ok(udp) => {
            seen.take(&udp);
            let missing = ports(Transport::Udp, &seen);
            if !missing.is_empty() {
                seen.take(&nmap(record, host, &["-sU", "-p", &missing.join(",")])?);
            }
        }
        Err(ProbeError::Output { why, .. }) => {
            record.found(&format!("{host}: UDP was not scanned: {why}"));
            record.lacks.push(format!("UDP ports of {host} were not scanned: {why}"));
        }
        Err(error) => return Err(error),
    }
    Ok(seen)
}

fn nmap(record: &mut Record, host: &str, what: &[&str]) -> Result<Nmap, ProbeError> {
    let mut words = vec!["-Pn", "-n", "-T4"];
    if host.contains(':') {
        words.push("-6");
    }
    words.extend_from_slice(what);
    words.extend(["-oX", "-", host]);
    let said = NMAP.run(words, SCAN)?;
    record.took(&said);
    if said.code != Some(0) {
        let words = [said.err.as_slice(), said.out.as_slice()].concat();
        let words = String::from_utf8_lossy(&words).trim().replace('\n', "; ");
        return Err(ProbeError::Output { program: NMAP.name, why: words.chars().take(300).collect() });
    }
    Nmap::parse(&said.text())
        .map_err(|error| ProbeError::Output { program: NMAP.name, why: error.to_string() })
}

/// Without nmap: tries the declared TCP ports.
fn connects(record: &mut Record, declared: &[&Place]) -> Seen {
    let mut seen = Seen::default();
    for place in declared.iter().filter(|place| place.transport == Transport::Tcp) {
        let target = place.with_port();
        let answered = connect(&target).or_else(|_| {
            std::thread::sleep(LATER / 10);
            connect(&target)
        });
        record.did(format!("connect {target}"));
        let key = (place.transport, place.port);
        match answered {
            Ok(()) => {
                seen.open.insert(key, String::new());
                record.found(&format!("{target}: connected"));
            }
            Err(error) => {
                if error.kind() == std::io::ErrorKind::ConnectionRefused {
                    seen.closed.insert(key);
                }
                record.found(&format!("{target}: {error}"));
            }
        }
    }
    seen
}

fn connect(target: &str) -> std::io::Result<()> {
    let mut last = std::io::Error::from(std::io::ErrorKind::NotFound);
    for address in target.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The rows that declare something of a host, each with its ports there.
fn rows<'e>(
    evaluation: &'e Evaluation,
    host: &str,
    endpoints: &[Reachable<'_>],
) -> BTreeMap<RowId, (TableNo, &'e Row, Vec<Place>)> {
    let mut rows: BTreeMap<RowId, (TableNo, &Row, Vec<Place>)> = BTreeMap::new();
    for endpoint in endpoints {
        let Some(place) = endpoint.place().filter(|place| place.host == host) else { continue };
        let Some(id) = endpoint.id() else { continue };
        let Some((table, row)) = evaluation.ixit.find(&id) else { continue };
        rows.entry(id).or_insert((table, row, Vec::new())).2.push(place);
    }
    rows
}

/// Holds what was seen of a host against its rows.
fn judge(
    laboratory: &Laboratory<'_>,
    record: &mut Record,
    host: &str,
    endpoints: &[Reachable<'_>],
    seen: &Seen,
) {
    let rows = rows(laboratory.evaluation, host, endpoints);
    let declared: BTreeSet<(Transport, u16)> = endpoints
        .iter()
        .filter_map(Reachable::place)
        .filter(|place| place.host == host)
        .map(|place| (place.transport, place.port))
        .collect();
    let undeclared: Vec<String> = seen
        .open
        .iter()
        .filter(|(port, _)| !declared.contains(port))
        .map(|((transport, port), service)| format!("{port}/{transport} ({service})"))
        .collect();
    for port in &undeclared {
        let note = format!("{host}: {port} is open and nothing declares it");
        record.against("5.6-1-2b", Subject::Product, &note);
    }
    let is_decided = laboratory.state == State::Initialised;
    for (id, (table, row, places)) in rows {
        record.read(id.to_string(), format!("{row:?}"));
        let (verdict, note) = state(row, &places, seen, &undeclared);
        if table == TableNo::INTF && is_decided {
            let ports = u32::try_from(places.len() + undeclared.len()).unwrap_or(u32::MAX);
            record.decide(laboratory.catalog, "5.6-1-2a", Subject::Row(id), verdict, ports, &note);
        } else {
            record.found(&format!("{id}: {note}"));
            if is_decided && verdict == Verdict::Fail && undeclared.is_empty() {
                record.against("5.6-1-2b", Subject::Product, &format!("{id}: {note}"));
            }
        }
    }
}

/// What a row declares and what was seen of its ports and its host amount to.
fn state(row: &Row, places: &[Place], seen: &Seen, undeclared: &[String]) -> (Verdict, String) {
    let statuses = ["enabled", "disabled", "intermittent"];
    let declared = statuses.into_iter().find(|option| row.has("status", option));
    let mut verdict = Verdict::Pass;
    let mut words = Vec::new();
    let worse = |now: Verdict, next: Verdict| match (now, next) {
        (Verdict::Fail, _) | (_, Verdict::Fail) => Verdict::Fail,
        (Verdict::Inconclusive, _) | (_, Verdict::Inconclusive) => Verdict::Inconclusive,
        (Verdict::Pass, Verdict::Pass) => Verdict::Pass,
    };
    for place in places {
        let is_closed = seen.closed.contains(&(place.transport, place.port));
        let is_absent = place.transport == Transport::Tcp && seen.is_whole;
        let (found, told) = match (seen.is_open(place), is_closed || is_absent) {
            (true, _) => ("open", Some(true)),
            (false, true) => ("closed", Some(false)),
            (false, false) => ("not seen", None),
        };
        let of_place = match (declared, told) {
            (Some("enabled"), Some(true)) | (Some("disabled"), Some(false)) => Verdict::Pass,
            (Some("disabled"), Some(true)) => Verdict::Fail,
            (Some(_) | None, _) => Verdict::Inconclusive,
        };
        verdict = worse(verdict, of_place);
        let status = declared.unwrap_or("nothing");
        words.push(format!("{}/{} declared {status}, {found}", place.port, place.transport));
    }
    if !undeclared.is_empty() {
        verdict = Verdict::Fail;
        words.push(format!("open on its host and undeclared: {}", undeclared.join(", ")));
    } else if !seen.is_whole {
        verdict = worse(verdict, Verdict::Inconclusive);
        words.push("other ports of the host were not looked at".into());
    }
    (verdict, words.join("; "))
}

#[cfg(test)]
mod tests {
    use super::{Place, Seen, Transport, state};
    use crate::catalog::{Catalog, Edition};
    use crate::product::{Evaluation, Phrase, Value};
    use crate::template::{Fill, documents};
    use crate::verdict::Verdict;

    #[test]
    fn an_interface_is_as_declared_only_when_all_ports_of_its_host_were_seen() {
        let catalog = Catalog::embedded().unwrap();
        let texts = documents(&catalog, Edition::V2_1_1, Fill::Example);
        let (evaluation, _) = Evaluation::parse(&texts, &catalog);
        let mut row = evaluation.ixit.rows("15".parse().unwrap())[0].clone();
        let places = [Place::of("https://192.0.2.7/").unwrap()];
        for (declared, is_open, is_whole, undeclared, verdict) in [
            ("enabled", true, true, 0, Verdict::Pass),
            ("enabled", true, false, 0, Verdict::Inconclusive),
            ("enabled", true, true, 1, Verdict::Fail),
            ("enabled", false, true, 0, Verdict::Inconclusive),
            ("disabled", true, true, 0, Verdict::Fail),
            ("disabled", true, false, 0, Verdict::Fail),
            ("disabled", false, true, 0, Verdict::Pass),
            ("disabled", false, false, 0, Verdict::Inconclusive),
            ("intermittent", true, true, 0, Verdict::Inconclusive),
            ("intermittent", false, true, 0, Verdict::Inconclusive),
        ] {
            row.values.get_mut("status").unwrap().value = Value::Choice(Phrase::parse(declared));
            let mut seen = Seen { is_whole, ..Seen::default() };
            if is_open {
                seen.open.insert((Transport::Tcp, 443), "http".into());
            }
            let others = vec!["8080/tcp (http)".to_owned(); undeclared];
            let (found, note) = state(&row, &places, &seen, &others);
            assert_eq!(found, verdict, "{declared}, open {is_open}, whole {is_whole}, {undeclared}: {note}");
        }
    }
}
