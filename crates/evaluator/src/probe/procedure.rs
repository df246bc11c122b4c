//! Procedures that ask a live product, each for one endpoint or document that the declaration names.
//!
//! | procedure | asks | decides | prepares |
//! |---|---|---|---|
//! | `A01` | each declared interface's ports, by connecting | 5.6-1-2a | 5.6-1-2b |
//! | `A02` | each TLS endpoint, with every version | | 5.5-1-2a |
//! | `A07` | each HTTP endpoint without credentials | | 5.5-4-2a |
//! | `A09` | each published document, as anybody could | 5.2-1-2a, 5.2-1-2b, 5.3-13-2a, 5.3-13-2b, 5.8-3-1a | 5.2-1-1a, 5.3-13-1a |
//! | `A10` | each HTTP endpoint's headers | | 5.6-2-2a |
//!
//! What was declared and what was found are both in the evidence. A port that is declared open and is not seen is
//! inconclusive, for it may sleep; one that is declared closed and answers is a fail.

use super::program::{CURL, OPENSSL, Program, ProgramError, Said};
use crate::catalog::{Catalog, TableNo, UnitId};
use crate::product::{Evaluation, Row, RowId};
use crate::verdict::{CheckUnit, Subject, ToolOutcome, Verdict};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Longest wait for one answer.
const WAIT: Duration = Duration::from_secs(20);
/// Longest wait for one port.
const CONNECT: Duration = Duration::from_secs(3);

/// What a procedure did and found.
#[derive(Clone, Debug)]
pub struct Record {
    /// The procedure of the catalog.
    pub procedure: &'static str,
    /// The tool.
    pub tool: String,
    /// Its version, in its own words.
    pub version: String,
    /// The commands, one after the other.
    pub command: Vec<String>,
    /// The declarations it read, by name and text.
    pub inputs: Vec<(String, String)>,
    /// When it began.
    pub started: jiff::Timestamp,
    /// When it ended.
    pub ended: jiff::Timestamp,
    /// What came out, for the evidence.
    pub output: String,
    /// What it decides.
    pub outcomes: Vec<ToolOutcome>,
    /// Units that a person can judge with this evidence.
    pub prepares: Vec<UnitId>,
}

/// A procedure that could not be carried out.
#[derive(Debug)]
pub struct Gap {
    /// The procedure.
    pub procedure: &'static str,
    /// Why.
    pub why: String,
}

/// Carries out all procedures for what the declaration names.
#[must_use]
pub fn run_all(catalog: &Catalog, evaluation: &Evaluation) -> (Vec<Record>, Vec<Gap>) {
    let mut gaps = Vec::new();
    let records = [
        ("A01", interfaces(catalog, evaluation)),
        ("A02", tls(evaluation)),
        ("A07", anonymous(evaluation)),
        ("A09", published(catalog, evaluation)),
        ("A10", headers(evaluation)),
    ];
    let mut done = Vec::new();
    for (procedure, result) in records {
        match result {
            Ok(Some(record)) => done.push(record),
            Ok(None) => {
                let why = "the declaration names nothing to ask (endpoints of dut.toml, table 2)".into();
                gaps.push(Gap { procedure, why });
            }
            Err(error) => gaps.push(Gap { procedure, why: error.to_string() }),
        }
    }
    (done, gaps)
}

impl Record {
    fn new(procedure: &'static str, tool: &str, version: String) -> Self {
        Self {
            procedure,
            tool: tool.into(),
            version,
            command: Vec::new(),
            inputs: Vec::new(),
            started: jiff::Timestamp::now(),
            ended: jiff::Timestamp::now(),
            output: String::new(),
            outcomes: Vec::new(),
            prepares: Vec::new(),
        }
    }

    fn of(procedure: &'static str, program: Program) -> Result<Self, ProgramError> {
        Ok(Self::new(procedure, program.name, program.version()?))
    }

    fn took(&mut self, said: &Said) {
        self.ended = jiff::Timestamp::now();
        self.command.push(said.command.join(" "));
        self.output.push_str(&said.record());
    }

    fn prepares(mut self, units: &[&str]) -> Self {
        self.prepares = units.iter().filter_map(|unit| unit.parse().ok()).collect();
        self
    }

    fn decide(
        &mut self,
        catalog: &Catalog,
        unit: &str,
        subject: Subject,
        verdict: Verdict,
        seen: u32,
        note: &str,
    ) {
        let rule = unit.parse().ok().and_then(|id| catalog.rule(id));
        if let Some(unit) = rule.and_then(CheckUnit::of) {
            self.outcomes.push(ToolOutcome::new(unit, subject, verdict, seen, note));
        }
    }
}

/// An endpoint that a test can reach.
struct Reachable<'e> {
    row: &'e str,
    address: &'e str,
    status: Option<u32>,
}

fn endpoints(evaluation: &Evaluation) -> Vec<Reachable<'_>> {
    let endpoints = evaluation.dut.endpoints.iter();
    endpoints
        .filter_map(|endpoint| {
            Some(Reachable {
                row: endpoint.row.as_ref().map_or("", |row| row.value.as_str()),
                address: endpoint.address.as_ref()?.value.as_str(),
                status: endpoint.anonymous_status.as_ref().map(|status| status.value),
            })
        })
        .collect()
}

/// Host and port of an address such as `https://192.0.2.7/` or `tls://192.0.2.7:8443`.
fn host_and_port(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().filter(|authority| !authority.is_empty())?;
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if has_port {
        return Some(authority.to_owned());
    }
    let port = match scheme {
        "http" => 80,
        "https" | "tls" | "wss" => 443,
        "mqtts" => 8883,
        "mqtt" => 1883,
        "ssh" => 22,
        _ => return None,
    };
    Some(format!("{authority}:{port}"))
}

fn is_http(address: &str) -> bool {
    address.starts_with("http://") || address.starts_with("https://")
}

/// `A01`: whether what is declared open can be connected to, and what is declared closed cannot.
fn interfaces(catalog: &Catalog, evaluation: &Evaluation) -> Result<Option<Record>, ProgramError> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let mut record = Record::new("A01", "medseal connect", version).prepares(&["5.6-1-2b"]);
    for endpoint in endpoints(evaluation) {
        let Some(id) = RowId::parse(endpoint.row) else { continue };
        let Some((TableNo::INTF, row)) = evaluation.ixit.find(&id) else { continue };
        let Some(target) = host_and_port(endpoint.address) else { continue };
        let answered = connects(&target);
        record.ended = jiff::Timestamp::now();
        record.command.push(format!("connect {target}"));
        record.inputs.push((id.to_string(), format!("{row:?}")));
        let (verdict, note) = state(row, answered.is_ok());
        let said = answered.err().map_or_else(|| "connected".to_owned(), |error| error.to_string());
        record.output.push_str(&format!("{id} {target}: {said}; {note}\n"));
        record.decide(catalog, "5.6-1-2a", Subject::Row(id), verdict, 1, &note);
    }
    Ok((!record.command.is_empty()).then_some(record))
}

fn connects(target: &str) -> std::io::Result<()> {
    let mut last = std::io::Error::from(std::io::ErrorKind::NotFound);
    for address in target.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// What a declared status and what was seen amount to.
fn state(row: &Row, is_open: bool) -> (Verdict, String) {
    let declared =
        ["enabled", "disabled", "intermittent"].into_iter().find(|option| row.has("status", option));
    let seen = if is_open { "it answers" } else { "it does not answer" };
    let verdict = match (declared, is_open) {
        (Some("enabled"), true) | (Some("disabled"), false) => Verdict::Pass,
        (Some("disabled"), true) => Verdict::Fail,
        (Some(_) | None, _) => Verdict::Inconclusive,
    };
    (verdict, format!("declared {}, {seen}", declared.unwrap_or("nothing")))
}

/// `A02`: which versions of TLS each endpoint speaks, and with which certificate.
fn tls(evaluation: &Evaluation) -> Result<Option<Record>, ProgramError> {
    let endpoints = endpoints(evaluation);
    let mut asked = endpoints.iter().filter(|endpoint| {
        ["https://", "tls://", "mqtts://", "wss://"].iter().any(|scheme| endpoint.address.starts_with(scheme))
    });
    let Some(first) = asked.next() else { return Ok(None) };
    let mut record = Record::of("A02", OPENSSL)?.prepares(&["5.5-1-2a", "5.1-3-2a"]);
    for endpoint in std::iter::once(first).chain(asked) {
        let Some(target) = host_and_port(endpoint.address) else { continue };
        let host = target.rsplit_once(':').map_or(target.as_str(), |(host, _)| host);
        for version in ["-tls1", "-tls1_1", "-tls1_2", "-tls1_3"] {
            let arguments = ["s_client", "-connect", &target, "-servername", host, version, "-brief"];
            match OPENSSL.run(arguments, WAIT) {
                Ok(said) => {
                    let speaks = said.code == Some(0) || record_says(&said, "Protocol version:");
                    record.took(&said);
                    record.output.push_str(&format!(
                        "=> {target} {version}: {}\n",
                        if speaks { "spoken" } else { "refused" }
                    ));
                }
                Err(error @ ProgramError::TimedOut { .. }) => {
                    record.output.push_str(&format!("=> {target} {version}: {error}\n"));
                }
                Err(error @ (ProgramError::Missing { .. } | ProgramError::System { .. })) => {
                    return Err(error);
                }
            }
        }
    }
    for row in evaluation.ixit.rows(TableNo::COM_MECH) {
        record.inputs.push((row.name().into(), row.crypto("cryptographic-details").join("; ")));
    }
    Ok(Some(record))
}

fn record_says(said: &Said, words: &str) -> bool {
    said.text().contains(words) || String::from_utf8_lossy(&said.err).contains(words)
}

/// `A07`: how each endpoint answers somebody without credentials, against the status that is declared.
fn anonymous(evaluation: &Evaluation) -> Result<Option<Record>, ProgramError> {
    let endpoints = endpoints(evaluation);
    let mut asked = endpoints.iter().filter(|endpoint| is_http(endpoint.address)).peekable();
    if asked.peek().is_none() {
        return Ok(None);
    }
    let mut record = Record::of("A07", CURL)?.prepares(&["5.5-4-2a", "5.5-5-2a"]);
    for endpoint in asked {
        let arguments =
            ["--silent", "--show-error", "--insecure", "--max-time", "15", "--output", "/dev/null"];
        let arguments = arguments.into_iter().chain(["--write-out", "%{http_code}", endpoint.address]);
        let said = CURL.run(arguments, WAIT)?;
        record.took(&said);
        let found = said.text().trim().parse::<u32>().ok().filter(|code| *code > 0);
        let words = match (endpoint.status, found) {
            (Some(declared), Some(found)) if declared == found => format!("{found}, as declared"),
            (Some(declared), Some(found)) => format!("{found}, DIFFERS from the declared {declared}"),
            (None, Some(found)) => format!("{found}, none is declared"),
            (_, None) => "no answer".to_owned(),
        };
        record.output.push_str(&format!("=> {} {}: {words}\n", endpoint.row, endpoint.address));
        let declared = endpoint.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        record.inputs.push((endpoint.row.into(), format!("anonymous-status {declared}")));
    }
    Ok(Some(record))
}

/// `A10`: what each endpoint tells anybody in its headers.
fn headers(evaluation: &Evaluation) -> Result<Option<Record>, ProgramError> {
    let endpoints = endpoints(evaluation);
    let mut asked = endpoints.iter().filter(|endpoint| is_http(endpoint.address)).peekable();
    if asked.peek().is_none() {
        return Ok(None);
    }
    let mut record = Record::of("A10", CURL)?.prepares(&["5.6-2-2a", "5.6-2-1a"]);
    for endpoint in asked {
        let arguments =
            ["--silent", "--show-error", "--insecure", "--max-time", "15", "--head", endpoint.address];
        let said = CURL.run(arguments, WAIT)?;
        let text = said.text().to_lowercase();
        record.took(&said);
        for header in [
            "strict-transport-security",
            "content-security-policy",
            "x-content-type-options",
            "x-frame-options",
        ] {
            let is_there = text.lines().any(|line| line.starts_with(header));
            record.output.push_str(&format!("=> {header}: {}\n", if is_there { "there" } else { "missing" }));
        }
        for header in ["server", "x-powered-by", "www-authenticate"] {
            for line in text.lines().filter(|line| line.starts_with(&format!("{header}:"))) {
                record.output.push_str(&format!("=> discloses {line}\n"));
            }
        }
    }
    for row in evaluation.ixit.rows(TableNo::INTF) {
        record.inputs.push((row.name().into(), row.text("disclosed-information").to_owned()));
    }
    Ok(Some(record))
}

/// The published documents: the field that says where, the unit about its being there, the one about free access, the
/// one about what it says.
const PUBLISHED: [(&str, &str, Option<&str>, Option<&str>); 3] = [
    ("publication-of-vulnerability-disclosure-policy", "5.2-1-2a", None, Some("5.2-1-2b")),
    ("publication-of-support-period", "5.3-13-2a", Some("5.3-13-2b"), None),
    ("documentation-of-sensors", "5.8-3-1a", None, None),
];

/// `A09`: whether what is published can be fetched by anybody, and whether a disclosure policy says what it must.
fn published(catalog: &Catalog, evaluation: &Evaluation) -> Result<Option<Record>, ProgramError> {
    let Some(row) = evaluation.ixit.rows(TableNo::USER_INFO).first() else { return Ok(None) };
    let asked: Vec<_> =
        PUBLISHED.iter().filter_map(|known| Some((known, address_in(row.text(known.0))?))).collect();
    if asked.is_empty() {
        return Ok(None);
    }
    let mut record = Record::of("A09", CURL)?.prepares(&["5.2-1-1a", "5.3-13-1a", "5.8-3-1b"]);
    for ((field, there, free, says), address) in asked {
        let mark = "\nmedseal-status ";
        let format = format!("{mark}%{{http_code}} %{{num_redirects}} %{{url_effective}}");
        let arguments = ["--silent", "--show-error", "--location", "--max-redirs", "5", "--max-time", "15"];
        let said = CURL.run(arguments.into_iter().chain(["--write-out", &format, address]), WAIT)?;
        record.took(&said);
        record.inputs.push(((*field).to_owned(), row.text(field).to_owned()));
        let text = said.text();
        let (page, tail) = text.rsplit_once(mark).unwrap_or((&text, ""));
        let mut words = tail.split(' ');
        let status: u32 = words.next().and_then(|code| code.parse().ok()).unwrap_or(0);
        let ended_at = words.nth(1).unwrap_or_default();
        let (verdict, note) = fetched(status, ended_at, page);
        record.output.push_str(&format!("=> {field}: {note}\n"));
        let seen = u32::from(status > 0);
        for unit in std::iter::once(*there).chain(*free) {
            record.decide(catalog, unit, Subject::Product, verdict, seen, &note);
        }
        if let Some(unit) = says {
            let (verdict, note) =
                if verdict == Verdict::Pass { policy(page) } else { (Verdict::Inconclusive, note) };
            record.decide(catalog, unit, Subject::Product, verdict, seen, &note);
        }
    }
    Ok(Some(record))
}

/// The first address in a text.
fn address_in(text: &str) -> Option<&str> {
    let start = ["https://", "http://"].iter().filter_map(|scheme| text.find(scheme)).min()?;
    let rest = text.get(start..)?;
    let end = rest.find(|c: char| c.is_whitespace() || "\"'<>),".contains(c)).unwrap_or(rest.len());
    rest.get(..end).map(|address| address.trim_end_matches('.'))
}

/// Whether a document was there for anybody. What the laboratory cannot reach is inconclusive, not a fail.
fn fetched(status: u32, ended_at: &str, page: &str) -> (Verdict, String) {
    let asks_for_login =
        ["/login", "/signin", "/sign-in", "/auth"].iter().any(|path| ended_at.contains(path))
            || page.contains("type=\"password\"");
    match status {
        200 if page.trim().is_empty() => (Verdict::Fail, "status 200, but nothing is there".into()),
        200 if asks_for_login => (Verdict::Fail, format!("{ended_at} asks for a log-in")),
        200 => (Verdict::Pass, format!("status 200, {} bytes, no log-in, at {ended_at}", page.len())),
        401 | 403 => (Verdict::Fail, format!("status {status}: not open to anybody")),
        404 | 410 => (Verdict::Fail, format!("status {status}: it is not there")),
        _ => (Verdict::Inconclusive, format!("status {status}: it could not be reached from here")),
    }
}

/// Whether a disclosure policy names a contact, a time to acknowledge and a time for news. Finding the words decides that
/// they are there; whether they suffice is another unit.
fn policy(page: &str) -> (Verdict, String) {
    let text = page.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let has_contact = has(&["contact:", "mailto:", "@", "contact us", "report a vulnerability"]);
    let has_time = ["day", "hour", "week"].iter().any(|unit| {
        text.match_indices(unit).any(|(at, _)| {
            let before = text.get(..at).unwrap_or_default().trim_end_matches([' ', '-', '\u{a0}']);
            before.chars().next_back().is_some_and(|c| c.is_ascii_digit())
                || before
                    .rsplit(' ')
                    .next()
                    .is_some_and(|word| NUMBERS.contains(&word) || word == "business" || word == "working")
        })
    });
    let acknowledges =
        has_time && has(&["acknowledg", "confirm receipt", "first response", "initial response"]);
    let tells_news =
        has_time && has(&["status", "progress", "update you", "inform you", "keep you informed"]);
    let missing: Vec<&str> = [
        (has_contact, "a contact"),
        (acknowledges, "a time to acknowledge"),
        (tells_news, "a time for news"),
    ]
    .into_iter()
    .filter_map(|(is_there, what)| (!is_there).then_some(what))
    .collect();
    if missing.is_empty() {
        (Verdict::Pass, "contact, time to acknowledge and time for news are there".into())
    } else {
        (Verdict::Fail, format!("not found: {}", missing.join(", ")))
    }
}

const NUMBERS: [&str; 10] =
    ["one", "two", "three", "four", "five", "six", "seven", "ten", "fourteen", "thirty"];

#[cfg(test)]
mod tests {
    use super::{address_in, fetched, host_and_port, policy};
    use crate::verdict::Verdict;

    #[test]
    fn addresses_give_host_and_port() {
        for (address, expected) in [
            ("https://192.0.2.7/a/b", Some("192.0.2.7:443")),
            ("tls://192.0.2.7:8443", Some("192.0.2.7:8443")),
            ("mqtts://[2001:db8::1]:8883", Some("[2001:db8::1]:8883")),
            ("http://localhost?x", Some("localhost:80")),
            ("gopher://x", None),
            ("no address", None),
        ] {
            assert_eq!(host_and_port(address).as_deref(), expected, "{address}");
        }
        assert_eq!(address_in("See https://maker.example/security."), Some("https://maker.example/security"));
        assert_eq!(address_in("in the manual"), None);
    }

    #[test]
    fn a_document_behind_a_log_in_fails_and_one_out_of_reach_is_inconclusive() {
        assert_eq!(fetched(200, "https://m.example/security", "text").0, Verdict::Pass);
        assert_eq!(fetched(200, "https://m.example/login?to=security", "text").0, Verdict::Fail);
        assert_eq!(fetched(403, "", "").0, Verdict::Fail);
        assert_eq!(fetched(404, "", "").0, Verdict::Fail);
        assert_eq!(fetched(0, "", "").0, Verdict::Inconclusive);
        assert_eq!(fetched(503, "", "").0, Verdict::Inconclusive);
    }

    #[test]
    fn a_disclosure_policy_needs_contact_and_both_times() {
        let full = "Contact: mailto:psirt@maker.example. We acknowledge within 3 days and give you a status every 14 days.";
        assert_eq!(policy(full).0, Verdict::Pass);
        assert_eq!(policy(&full.replace("3 days", "soon").replace("14 days", "so often")).0, Verdict::Fail);
        assert_eq!(policy("We acknowledge within 3 days and tell the status. No address.").0, Verdict::Fail);
    }
}
