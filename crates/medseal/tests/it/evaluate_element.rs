//! An assessor who signs with a PIV card: read onto the roster, PIN from a file or typed, refused where it must be, and
//! nothing half written whenever the card is taken away.

use crate::evaluate::{refused, replace, sample};
use crate::support::{medseal, output, shown};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A card of somebody's: its file, and the file with its PIN.
struct Holder {
    card: String,
    pin: String,
}

fn holder(folder: &Path, name: &str) -> Holder {
    let (card, secrets) = (shown(&folder.join(name).with_extension("card")), shown(&folder.join(name)));
    output(&["card", "new", &card]);
    output(&["card", "piv", &card, "--name", name, "--out", &secrets]);
    Holder { card, pin: shown(&folder.join(name).join("pin")) }
}

/// The sample with Ada on its roster, who signs with a card.
fn with_card(folder: &tempfile::TempDir) -> (String, Holder) {
    let (sample, ada) = (sample(folder), holder(folder.path(), "ada"));
    let words = ["evaluate", "ledger", "key", "--element", &ada.card, "--pin-file", &ada.pin];
    let said = output(&[&words[..], &["--name", "Ada", "--folder", &sample]].concat());
    assert!(said.starts_with("es256:04"), "{said}");
    (sample, ada)
}

/// Forms for one unit, filled in with a pass.
fn forms(sample: &str, unit: &str) -> Vec<String> {
    let said = output(&["evaluate", "form", unit, "--folder", sample, "--json"]);
    let forms: Vec<PathBuf> = serde_json::from_str(&said).unwrap();
    for form in &forms {
        replace(form, &[("verdict = \"\"", "verdict = \"pass\""), ("reason = \"\"", "reason = \"as seen\"")]);
    }
    forms.iter().map(|form| shown(form)).collect()
}

/// All files of the ledger with their contents, so that two moments can be compared.
fn files(sample: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(Path::new(sample).join("ledger")).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn a_card_signs_judgements_and_the_ledger_shows_whose_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (sample, ada) = with_card(&folder);
    let forms = forms(&sample, "5.1-3-1a");
    let mut words =
        vec!["evaluate", "judge", "--folder", &sample, "--key", &ada.card, "--pin-file", &ada.pin];
    words.extend(forms.iter().map(String::as_str));
    output(&words);
    output(&["evaluate", "ledger", "verify", &sample]);
    let entry = std::fs::read_to_string(Path::new(&sample).join("ledger/00000001.entry")).unwrap();
    let roster = std::fs::read_to_string(Path::new(&sample).join("ledger/roster.toml")).unwrap();
    let (_, key) = roster.split_once("key = \"").unwrap();
    let (key, _) = key.split_once('"').unwrap();
    assert!(key.starts_with("es256:") && entry.lines().nth(1).unwrap().starts_with(key), "{entry}");
    let (code, said) = refused(&["evaluate", "verdict", &sample, "--why"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("PASS, by Ada [entries 1]"), "{said}");
}

#[test]
fn every_card_that_cannot_sign_says_why_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (sample, ada) = with_card(&folder);
    let bea = holder(folder.path(), "bea");
    let bare = shown(&folder.path().join("bare.card"));
    output(&["card", "new", &bare]);
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        shown(&path)
    };
    let (wrong, short) = (file("wrong", "00000000\n"), file("short", "123\n"));
    let (nonsense, long) = (file("nonsense", "not a key"), file("long", &"not a card ".repeat(100)));
    let nowhere = shown(&folder.path().join("nowhere"));
    let form = forms(&sample, "5.1-3-1a").remove(0);
    let before = files(&sample);
    for (key, pin, code, words) in [
        (&ada.card, &wrong, 1, "the PIN is wrong; 2 more may be tried"),
        (&ada.card, &short, 2, "a PIN of a PIV card has 6 to 8 digits; nothing was tried"),
        (&ada.card, &wrong, 1, "the PIN is wrong; 1 more may be tried"),
        (&ada.card, &nowhere, 3, "nowhere"),
        (&bea.card, &bea.pin, 1, "is nobody's on ledger/roster.toml"),
        (&bare, &ada.pin, 1, "it is no PIV card"),
        (&nowhere, &ada.pin, 3, "nowhere"),
        (&nonsense, &ada.pin, 2, "a secret key has 32 bytes in hexadecimal, this one has 9 characters"),
        (&long, &ada.pin, 2, "the file is no card image"),
        (&"pcsc:No such reader".to_owned(), &ada.pin, 3, ""),
        (&"tcp:127.0.0.1:1".to_owned(), &ada.pin, 3, "127.0.0.1:1"),
        (&ada.card, &wrong, 1, "the PIN is blocked; the PUK unblocks it"),
        (&ada.card, &ada.pin, 1, "the PIN is blocked; the PUK unblocks it"),
    ] {
        let given = ["evaluate", "judge", &form, "--folder", &sample, "--key", key, "--pin-file", pin];
        let (found, said) = refused(&given);
        assert_eq!(found, Some(code), "{key}: {said}");
        assert!(said.contains(words), "{key}: {said}");
        assert!(files(&sample) == before, "{key}: something was written");
        assert!(!Path::new(&sample).join("evidence").exists(), "{key}: evidence was kept");
    }
    // Nor does a blocked card, or one that somebody has already, come onto the roster.
    let words = ["evaluate", "ledger", "key", "--folder", &sample, "--element"];
    for (card, pin, name, expected) in [
        (&ada.card, &ada.pin, "Eve", "blocked"),
        (&bea.card, &bea.pin, "Ada", "Ada is on the roster already"),
        (&bea.card, &wrong, "Bea", "the PIN is wrong"),
        (&bare, &bea.pin, "Bea", "no PIV card"),
    ] {
        let (_, said) = refused(&[&words[..], &[card, "--pin-file", pin, "--name", name]].concat());
        assert!(said.contains(expected), "{said}");
        assert!(files(&sample) == before, "{name}: something was written");
    }
}

#[test]
fn one_card_is_one_person() {
    let folder = tempfile::tempdir().unwrap();
    let (sample, ada) = with_card(&folder);
    let words = ["evaluate", "ledger", "key", "--element", &ada.card, "--pin-file", &ada.pin];
    let (code, said) = refused(&[&words[..], &["--name", "Eve", "--folder", &sample]].concat());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("is Ada's already"), "{said}");
}

/// A card lent over TCP for the time of a test.
struct Served {
    child: std::process::Child,
    address: String,
}

impl Served {
    fn start(card: &str) -> Self {
        let serve = ["card", "serve", card, "--tcp", "127.0.0.1:0"];
        let mut child = medseal(&serve).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = child.stdout.take().unwrap();
        let mut line = Vec::new();
        let mut byte = [0];
        while said.read_exact(&mut byte).is_ok() && byte != *b"\n" {
            line.push(byte[0]);
        }
        let address = String::from_utf8(line).unwrap().trim().trim_start_matches("tcp:").to_owned();
        Self { child, address }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Passes one client's commands on to a card and takes the card away after so many; gives how many there were.
fn passing(listener: &TcpListener, card: &str, commands: usize) -> usize {
    let (mut client, _) = listener.accept().unwrap();
    let mut card = TcpStream::connect(card).unwrap();
    let mut seen = 0;
    let pass = |from: &mut TcpStream, to: &mut TcpStream| -> bool {
        let mut header = [0; 5];
        if from.read_exact(&mut header).is_err() {
            return false;
        }
        let mut bytes = vec![0; u32::from_be_bytes(header[1..].try_into().unwrap()) as usize];
        from.read_exact(&mut bytes).is_ok()
            && to.write_all(&header).and_then(|()| to.write_all(&bytes)).is_ok()
    };
    pass(&mut card, &mut client);
    while seen < commands && pass(&mut client, &mut card) {
        seen += 1;
        if seen < commands && !pass(&mut card, &mut client) {
            break;
        }
    }
    // Whoever has gone needs no goodbye.
    let _gone = client.shutdown(Shutdown::Both);
    seen
}

#[test]
fn a_card_taken_away_after_any_command_leaves_the_ledger_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (sample, ada) = with_card(&folder);
    let form = forms(&sample, "5.1-3-1a").remove(0);
    let served = Served::start(&ada.card);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("tcp:{}", listener.local_addr().unwrap());
    let words = ["evaluate", "judge", &form, "--folder", &sample, "--key", &target, "--pin-file", &ada.pin];
    let run = |commands: usize| {
        std::thread::scope(|scope| {
            let passing = scope.spawn(|| passing(&listener, &served.address, commands));
            let ended = medseal(&words).output().unwrap();
            (passing.join().unwrap(), ended)
        })
    };
    let before = files(&sample);
    let mut whole = None;
    for commands in 1..40 {
        let (seen, ended) = run(commands);
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        if ended.status.success() {
            whole = Some((commands, seen));
            break;
        }
        assert_eq!((seen, ended.status.code()), (commands, Some(3)), "{said}");
        let after: Vec<_> = files(&sample).into_iter().filter(|(path, _)| !path.ends_with(".lock")).collect();
        assert!(after == before, "after {commands} commands: {said}");
        output(&["evaluate", "ledger", "verify", &sample]);
    }
    // SELECT, the certificate in pieces, the PIN, and twice a PIN and a signature.
    let (commands, seen) = whole.expect("with all commands it succeeds");
    assert!(seen < commands && seen >= 7, "{seen} of {commands}");
    output(&["evaluate", "ledger", "verify", &sample]);
    assert_eq!(std::fs::read_dir(Path::new(&sample).join("evidence")).unwrap().count(), 1);
}

/// Runs in a terminal of its own, types a line, and gives the exit code and what the terminal showed.
fn typed(words: &[&str], line: &str) -> (Option<i32>, String) {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let command = format!("{} {}", env!("CARGO_BIN_EXE_medseal"), quoted.join(" "));
    let mut child = Command::new("script")
        .args(["--quiet", "--return", "--flush", "--echo", "never", "--command", &command, "/dev/null"])
        .env("SHELL", "/bin/sh")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script runs (Debian: apt-get install bsdutils)");
    let mut shown = Vec::new();
    let mut said = child.stdout.take().unwrap();
    let mut byte = [0];
    // The question first: what is typed before it would be thrown away.
    while !shown.ends_with(b": ") && said.read_exact(&mut byte).is_ok() {
        shown.push(byte[0]);
    }
    child.stdin.take().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    said.read_to_end(&mut shown).unwrap();
    (child.wait().unwrap().code(), String::from_utf8_lossy(&shown).into_owned())
}

#[test]
fn a_pin_is_typed_where_nobody_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let (sample, ada) = with_card(&folder);
    let form = forms(&sample, "5.1-3-1a").remove(0);
    let words = ["evaluate", "judge", &form, "--folder", &sample, "--key", &ada.card];
    let pin = std::fs::read_to_string(&ada.pin).unwrap();
    let (code, said) = typed(&words, "00000000");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the PIN is wrong; 2 more may be tried") && !said.contains("00000000"), "{said}");
    let (code, said) = typed(&words, pin.trim());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("PIN of ") && said.contains("entry 1") && !said.contains(pin.trim()), "{said}");

    // Where there is no terminal it says so.
    let mut lonely = Command::new("setsid");
    let ended = lonely.arg("--wait").arg(env!("CARGO_BIN_EXE_medseal")).args(words).output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("--pin-file"));
}

#[cfg(feature = "pcsc")]
#[test]
fn a_card_in_a_reader_signs_as_one_in_a_file_does() {
    use crate::reader::{VirtualReader, succeeded};
    let folder = tempfile::tempdir().unwrap();
    let (sample, ada) = (sample(&folder), holder(folder.path(), "ada"));
    let mut reader = VirtualReader::start(&ada.card);
    let run = |reader: &VirtualReader, words: &[&str]| reader.medseal(words).output().unwrap();
    let key = ["evaluate", "ledger", "key", "--element", "pcsc:", "--pin-file", &ada.pin];
    let key = [&key[..], &["--name", "Ada", "--folder", &sample]].concat();
    let said = succeeded("medseal", &key, &run(&reader, &key));
    assert!(said.starts_with("es256:04"), "{said}");
    let forms = forms(&sample, "5.1-3-1a");
    let judge = ["evaluate", "judge", &forms[0], "--folder", &sample, "--key", "pcsc:00 00"];
    let judge = [&judge[..], &["--pin-file", &ada.pin]].concat();
    succeeded("medseal", &judge, &run(&reader, &judge));
    output(&["evaluate", "ledger", "verify", &sample]);
    let before = files(&sample);
    reader.kill_card_for_good();
    let ended = run(&reader, &judge);
    assert_eq!(ended.status.code(), Some(3), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(files(&sample) == before);
}
