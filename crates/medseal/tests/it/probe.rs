//! Procedures of `medseal evaluate probe` against our own gateway, with the laboratory's programs: nmap, testssl.sh, curl, openssl.
//!
//! The gateway runs in a network of its own, in which nothing else listens: a scan of all ports finds what is the product's and
//! what a test put beside it.

use crate::reader::{Process, inside, room, succeeded};
use crate::support::{medseal, output, prepared, shown};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

const MEDSEAL: &str = env!("CARGO_BIN_EXE_medseal");
const EVALUATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../evaluations/medseal");
const MISSING: &str = "needed: apt-get install nmap testssl.sh openssl curl iproute2, and to be root";

/// A gateway in a network of its own, and a copy of its evaluation that names its ports.
struct Laboratory {
    folder: tempfile::TempDir,
    ports: Vec<String>,
    // In the order of their ends: the room goes last.
    others: Vec<Process>,
    _gateway: Process,
    room: Process,
}

impl Laboratory {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ward = prepared(folder.path(), 1);
        // Of a site's ways in, those that the evaluation declares one by one.
        let config = std::fs::read_to_string(ward.gateway()).unwrap();
        let mut config: toml::Table = config.parse().unwrap();
        config.remove("sources").expect("the ward offers more ways in");
        config.remove("tokens").expect("for which it gives tokens");
        std::fs::write(ward.gateway(), config.to_string()).unwrap();
        let port = |way: &str| {
            let address: SocketAddr = config[way]["listen"].as_str().unwrap().parse().unwrap();
            address.port().to_string()
        };
        let ports = vec![port("mqtt"), port("https")];
        let room = room();
        let mut gateway = inside(&room, MEDSEAL);
        gateway.args(["gateway", "run", &ward.gateway()]).env("MEDSEAL_LOG", "off");
        let gateway = Process::of(gateway.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let laboratory = Self { folder, ports, others: Vec::new(), _gateway: gateway, room };
        for port in &laboratory.ports {
            laboratory.wait_for(port);
        }
        laboratory.copy(Path::new(EVALUATION), &laboratory.evaluation());
        let ports = [("127.0.0.1:8883", 0), ("127.0.0.1:8443", 1)];
        for (declared, index) in ports {
            laboratory.replace("dut.toml", declared, &format!("127.0.0.1:{}", laboratory.ports[index]));
        }
        let (key, evaluation) = (laboratory.key(), shown(&laboratory.evaluation()));
        let words = ["evaluate", "ledger", "key", &key, "--name", "O. Operator", "--role", "operator"];
        output(&[&words[..], &["--folder", &evaluation]].concat());
        laboratory
    }

    fn evaluation(&self) -> PathBuf {
        self.folder.path().join("evaluation")
    }

    fn key(&self) -> String {
        shown(&self.folder.path().join("operator.key"))
    }

    fn copy(&self, from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let to = to.join(path.file_name().unwrap());
            if path.is_dir() {
                self.copy(&path, &to);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                std::fs::copy(&path, to).unwrap();
            }
        }
    }

    fn replace(&self, document: &str, old: &str, new: &str) {
        let path = self.evaluation().join(document);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{document} has no {old}");
        std::fs::write(path, text.replace(old, new)).unwrap();
    }

    fn wait_for(&self, port: &str) {
        let end = Instant::now() + Duration::from_secs(60);
        let connect = format!("exec 3<>/dev/tcp/127.0.0.1/{port}");
        loop {
            let mut command = inside(&self.room, "bash");
            let tried = command.args(["-c", &connect]).stderr(Stdio::null()).status().unwrap();
            if tried.success() {
                return;
            }
            assert!(Instant::now() < end, "nobody listens at {port}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// A server that nobody declared, with old TLS.
    fn weak_server(&mut self, port: &str) {
        let path = |name: &str| shown(&self.folder.path().join(name));
        let (certificate, key) = (path("weak.pem"), path("weak.key"));
        let request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=weak", "-days", "1"];
        let mut make = inside(&self.room, "openssl");
        let made = make.args(request).args(["-keyout", &key, "-out", &certificate]).output().expect(MISSING);
        succeeded("openssl", &request, &made);
        let mut serve = inside(&self.room, "openssl");
        let address = format!("127.0.0.1:{port}");
        serve.args(["s_server", "-accept", &address, "-cert", &certificate, "-key", &key, "-quiet"]);
        serve.args(["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"]);
        let child = serve.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        self.others.push(Process::of(child));
        self.wait_for(port);
    }

    /// Runs `medseal evaluate probe --json`, and gives what it said and its exit code.
    fn probe(&self, words: &[&str]) -> (Value, Option<i32>) {
        let mut command = inside(&self.room, MEDSEAL);
        command.args(["evaluate", "probe", &shown(&self.evaluation()), "--key", &self.key(), "--json"]);
        let ended = command.args(words).env("MEDSEAL_LOG", "off").output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let complained = String::from_utf8_lossy(&ended.stderr);
        let said = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}\n{complained}"));
        (said, ended.status.code())
    }

    /// The evidence of a procedure.
    fn evidence(&self, said: &Value, procedure: &str) -> String {
        let name = run(said, procedure)["output"].as_str().unwrap();
        let file = self.evaluation().join("evidence").join(name);
        std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }
}

fn run<'v>(said: &'v Value, procedure: &str) -> &'v Value {
    let runs = said["runs"].as_array().unwrap();
    runs.iter().find(|run| run["procedure"] == procedure).unwrap_or_else(|| panic!("{procedure}: {said}"))
}

fn lines(run: &Value, key: &str) -> Vec<String> {
    run[key].as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

#[test]
fn our_own_gateway_is_as_declared() {
    let laboratory = Laboratory::new();
    let (said, code) = laboratory.probe(&["--only", "A01,A02,A07,A10"]);
    assert_eq!(code, Some(0), "{MISSING}: {said}");
    let interfaces = run(&said, "A01");
    let outcomes = lines(interfaces, "outcomes");
    assert_eq!(outcomes.len(), 2, "{outcomes:?}");
    for row in ["5.6-1-2a@Intf-1 PASS", "5.6-1-2a@Intf-2 PASS"] {
        assert!(outcomes.iter().any(|outcome| outcome.starts_with(row)), "{outcomes:?}");
    }
    for procedure in ["A01", "A02"] {
        let against = lines(run(&said, procedure), "against");
        assert!(against.is_empty(), "{against:?}");
    }
    let tls = laboratory.evidence(&said, "A02");
    assert!(
        tls.contains("$ testssl ") && tls.contains("no indication that what is offered differs"),
        "{tls}"
    );
    let access = laboratory.evidence(&said, "A07");
    assert!(access.contains("401, as declared") && !access.contains("DIFFERS"), "{access}");
    let disclosed = laboratory.evidence(&said, "A10");
    assert!(!disclosed.contains("=> discloses server"), "{disclosed}");
    // What the tools found is in the verdicts, and the ledger holds.
    let evaluation = shown(&laboratory.evaluation());
    output(&["evaluate", "ledger", "verify", &evaluation]);
    let why = medseal(&["evaluate", "verdict", &evaluation, "--why"]).output().unwrap();
    let why = String::from_utf8_lossy(&why.stdout).into_owned();
    let line = why.lines().find(|line| line.contains("5.6-1-2a@Intf-1")).unwrap_or_else(|| panic!("{why}"));
    assert!(line.contains("PASS"), "{line}");
}

#[test]
fn a_declaration_that_differs_from_the_gateway_is_found_out() {
    let mut laboratory = Laboratory::new();
    laboratory.weak_server("4499");
    let (said, code) = laboratory.probe(&["--only", "A01"]);
    assert_eq!(code, Some(0), "{said}");
    let interfaces = run(&said, "A01");
    let against = lines(interfaces, "against");
    assert!(against.len() == 1 && against[0].contains("4499/tcp"), "an undeclared port: {against:?}");
    for outcome in lines(interfaces, "outcomes") {
        assert!(outcome.contains(" FAIL: ") && outcome.contains("undeclared: 4499/tcp"), "{outcome}");
    }

    // Now the port is declared, as one that is closed, and to speak TLS 1.3 only.
    laboratory.replace("ixit/15-intf.toml", "id = \"Intf-2\"", "id = \"Intf-3\"\ndescription = \"Service port\"\ntype = \"network\"\nstatus = \"disabled\"\ndisclosed-information = \"none: closed\"\ndebug-interface = \"no\"\nprotection = \"none: closed\"\n\n[[row]]\nid = \"Intf-2\"");
    laboratory.replace("dut.toml", "[features]", "[[endpoint]]\nrow = \"Intf-3\"\naddress = \"tls://127.0.0.1:4499\"\nreach = \"remote\"\nmechanism = \"ComMech-1\"\n\n[features]");
    let (said, _) = laboratory.probe(&["--only", "A01,A02"]);
    let outcomes = lines(run(&said, "A01"), "outcomes");
    let expected = [("Intf-1", "PASS"), ("Intf-2", "PASS"), ("Intf-3", "FAIL")];
    for (row, verdict) in expected {
        let begins = format!("5.6-1-2a@{row} {verdict}: ");
        assert!(outcomes.iter().any(|outcome| outcome.starts_with(&begins)), "{begins}: {outcomes:?}");
    }
    let against = lines(run(&said, "A02"), "against");
    let differs =
        |words: &str| against.iter().any(|line| line.contains("127.0.0.1:4499") && line.contains(words));
    assert!(differs("TLS 1.2 is offered and not declared"), "{against:?}");
    assert!(differs("the certificate is signed with"), "{against:?}");
    assert!(against.iter().all(|line| line.contains(":4499")), "the gateway is as declared: {against:?}");
}

#[test]
fn programs_that_are_missing_are_named_and_nothing_passes_without_them() {
    let folder = tempfile::tempdir().unwrap();
    let evaluation = shown(&folder.path().join("sample"));
    output(&["evaluate", "init", &evaluation, "--example"]);
    let key = shown(&folder.path().join("operator.key"));
    output(&["evaluate", "ledger", "key", &key, "--name", "O. Operator", "--folder", &evaluation]);
    let dut = folder.path().join("sample/dut.toml");
    let text = std::fs::read_to_string(&dut).unwrap();
    std::fs::write(&dut, text.replace("192.0.2.7", "127.0.0.1:1")).unwrap();
    let mut command = medseal(&["evaluate", "probe", &evaluation, "--key", &key, "--json"]);
    let ended = command.env("PATH", "/nonexistent").output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said: Value = serde_json::from_slice(&ended.stdout).unwrap();
    let gaps = lines(&said, "not_carried_out").join("\n");
    for line in [
        "A01: nmap is missing: apt-get install nmap",
        "A02: openssl is missing: apt-get install openssl",
        "A07: curl is missing: apt-get install curl",
    ] {
        assert!(gaps.contains(line), "{line}: {gaps}");
    }
    let runs = said["runs"].as_array().unwrap();
    let outcomes: Vec<String> = runs.iter().flat_map(|run| lines(run, "outcomes")).collect();
    assert!(outcomes.iter().all(|outcome| !outcome.contains(" PASS: ")), "{outcomes:?}");
}

#[test]
fn procedures_are_listed_and_a_wrong_name_is_named() {
    let listed = output(&["evaluate", "probe", "--list"]);
    assert!(listed.contains("A01  interfaces") && listed.contains("decides   5.6-1-2a"), "{listed}");
    let ended = medseal(&["evaluate", "probe", "--key", "none.key", "--only", "A99"]).output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("there is no procedure A99"));
}
