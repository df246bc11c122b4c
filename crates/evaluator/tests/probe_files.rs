//! Procedures that read what a laboratory has gathered, or run commands that it names: components, versions, updates.

use evaluator::catalog::{Catalog, Edition, State};
use evaluator::probe::{self, Consent, Ended, Laboratory, PROCEDURES, Record};
use evaluator::product::Evaluation;
use evaluator::template::{Fill, documents};
use std::path::Path;

/// Carries out one procedure on the sample product with this `probe.toml`; what went wrong as words.
fn probe(folder: &Path, settings: &str, id: &str, consent: Consent) -> Result<Record, String> {
    let catalog = Catalog::embedded().unwrap();
    let mut texts = documents(&catalog, Edition::V2_1_1, Fill::Example);
    texts.insert("probe.toml".into(), settings.into());
    let (evaluation, findings) = Evaluation::parse(&texts, &catalog);
    assert!(findings.is_empty(), "{findings:?}");
    let laboratory = Laboratory {
        catalog: &catalog,
        evaluation: &evaluation,
        folder,
        state: State::Initialised,
        consent,
        tell: &|_| {},
    };
    let procedure = PROCEDURES.iter().find(|procedure| procedure.id == id).unwrap();
    match probe::run(procedure, &laboratory) {
        Ended::Done(record) => Ok(*record),
        Ended::Failed(error) => Err(error.to_string()),
        Ended::NotAsked(what) => Err(what.to_owned()),
    }
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

const LOCK: &str = r#"
[[package]]
name = "product"
version = "0.1.0"

[[package]]
name = "holey"
version = "1.2.3"
source = "registry+https://example.org/index"
"#;
const LOOK_UP: &str = "[vulnerabilities]\nbom = \"Cargo.lock\"\ndatabase = \"osv\"\nmax-age-days = 30\n";

fn osv_record(id: &str, ecosystem: &str, fixed: &str, modified: jiff::Timestamp) -> String {
    format!(
        r#"{{"id":"{id}","modified":"{modified}","summary":"it leaks","affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"holey"}},
        "ranges":[{{"type":"SEMVER","events":[{{"introduced":"0"}},{{"fixed":"{fixed}"}}]}}]}}]}}"#
    )
}

#[test]
fn a_known_vulnerability_is_found_and_a_snapshot_that_says_nothing_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let now = jiff::Timestamp::now();
    let look = || probe(folder, LOOK_UP, "A12", Consent::OnlyAsk);
    write(folder, "Cargo.lock", LOCK);
    std::fs::create_dir(folder.join("osv")).unwrap();
    assert!(look().unwrap_err().contains("no record"), "empty");

    let old = now - jiff::SignedDuration::from_hours(24 * 31);
    write(folder, "osv/OLD-1.json", &osv_record("OLD-1", "crates.io", "1.2.4", old));
    assert!(look().unwrap_err().contains("more than 30 days ago"), "stale");

    write(folder, "osv/NEW-1.json", &osv_record("NEW-1", "crates.io", "1.2.3", now));
    let record = look().unwrap();
    assert!(record.output.contains("holey 1.2.3: VULNERABLE: OLD-1 it leaks"), "{}", record.output);
    assert!(!record.output.contains("VULNERABLE: NEW-1"), "mended in this version: {}", record.output);
    assert!(record.lacks.is_empty());

    write(folder, "osv/cut.json", "{\"id\":");
    assert!(look().unwrap_err().contains("cut or damaged"));
    std::fs::remove_file(folder.join("osv/cut.json")).unwrap();

    // Records about others only: nothing was looked up, and it says so.
    for name in ["OLD-1", "NEW-1"] {
        write(folder, &format!("osv/{name}.json"), &osv_record(name, "npm", "9.0.0", now));
    }
    let record = look().unwrap();
    assert!(record.lacks.iter().any(|lack| lack.contains("no record about crates.io")), "{:?}", record.lacks);
}

#[test]
fn a_version_on_the_device_is_held_against_the_report() {
    let folder = tempfile::tempdir().unwrap();
    for (tells, expected) in [("tlslib 3.1.4", "PASS"), ("tlslib 3.1.5", "FAIL"), ("busy", "INCONCLUSIVE")] {
        let settings = format!(
            "[[version]]\nrow = \"NetSecImpl-1\"\nname = \"tlslib\"\nversion = \"3.1.4\"\ncommand = [\"echo\", \"{tells}\"]\n"
        );
        let refused = probe(folder.path(), &settings, "A12", Consent::OnlyAsk).unwrap_err();
        assert!(refused.contains("--run-commands"), "{refused}");
        let record = probe(folder.path(), &settings, "A12", Consent::RunCommands).unwrap();
        let outcome = &record.outcomes[0];
        assert_eq!(
            format!("{} {}", outcome.target(), outcome.verdict()),
            format!("5.5-2-2a@NetSecImpl-1 {expected}")
        );
    }
}

/// A device that takes an update when this shell condition on `$1` holds, and keeps it as its version.
fn device(folder: &Path, takes: &str) -> String {
    std::fs::write(folder.join("genuine"), [b"HEAD".as_slice(), &[0x5a; 400], b"SIGN"].concat()).unwrap();
    std::fs::write(folder.join("older"), "an older version").unwrap();
    write(folder, "installed", "1.0");
    let take = format!("if {takes}; then sha256sum < \"$1\" > installed; else exit 1; fi");
    write(folder, "take.sh", &take);
    "[[update]]\nrow = \"UpdMech-1\"\nfile = \"genuine\"\nrefused = [\"older\"]\noffer = [\"sh\", \"take.sh\", \"{file}\"]\nversion = [\"cat\", \"installed\"]\n".into()
}

#[test]
fn altered_updates_are_offered_and_what_is_taken_is_named() {
    for (takes, expected) in [
        // Compares the whole file with the one it knows.
        ("cmp -s \"$1\" genuine", &[][..]),
        // Looks at the beginning and the length only.
        (
            "test \"$(head -c 4 \"$1\")\" = HEAD && test $(wc -c < \"$1\") -eq 408",
            &["one bit turned over at byte 407", "last 64 bytes blanked"][..],
        ),
        // Takes older versions.
        ("cmp -s \"$1\" genuine || cmp -s \"$1\" older", &["older as it is"][..]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let settings = device(folder.path(), takes);
        let record = probe(folder.path(), &settings, "A08", Consent::RunCommands).unwrap();
        assert_eq!(record.against.is_empty(), expected.is_empty(), "{takes}: {:?}", record.against);
        for name in expected {
            let is_named = record.against.iter().any(|against| against.note.starts_with(name));
            assert!(is_named, "{takes}: {name}: {:?}", record.against);
        }
        assert!(record.lacks.is_empty() && record.outcomes.is_empty());
    }
}

#[test]
fn a_device_that_refuses_the_genuine_update_too_has_shown_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = device(folder.path(), "false");
    let record = probe(folder.path(), &settings, "A08", Consent::RunCommands).unwrap();
    assert!(record.lacks[0].contains("did not take the genuine update"), "{:?}", record.lacks);
    let refused = probe(folder.path(), &settings, "A08", Consent::OnlyAsk).unwrap_err();
    assert!(refused.contains("--run-commands"), "{refused}");
}

/// A capture of one frame over Ethernet that nothing takes apart.
fn capture(payload: &[u8]) -> Vec<u8> {
    let head = [0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&head[..], &[0; 8], &length, &length, payload].concat()
}

#[test]
fn a_canary_in_a_capture_speaks_against_the_units_and_none_is_no_indication() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "[[capture]]\nfile = \"use.pcap\"\ncanaries = [\"Zebediah Quillfeather\"]\n";
    let search = |payload: &[u8]| {
        std::fs::write(folder.path().join("use.pcap"), capture(payload)).unwrap();
        probe(folder.path(), settings, "A03", Consent::OnlyAsk)
    };
    let seen = search(b"name=Zebediah Quillfeather;").unwrap();
    let units: Vec<String> = seen.against.iter().map(|against| against.unit.to_string()).collect();
    assert_eq!(units, ["5.5-6-2a", "5.8-1-2a", "5.8-2-2a"]);
    assert!(seen.against[0].note.contains("frames 1 (as it is)"), "{}", seen.against[0].note);
    let unseen = search(b"name=somebody else").unwrap();
    assert!(unseen.against.is_empty() && unseen.outcomes.is_empty());
    assert!(unseen.output.contains("no indication of `Zebediah Quillfeather`"));
    std::fs::write(folder.path().join("use.pcap"), &capture(b"x")[..24]).unwrap();
    assert!(
        probe(folder.path(), settings, "A03", Consent::OnlyAsk).unwrap_err().contains("nothing was recorded")
    );
    let short = settings.replace("Zebediah Quillfeather", "Zeb");
    assert!(probe(folder.path(), &short, "A03", Consent::OnlyAsk).unwrap_err().contains("by chance"));
}

#[test]
fn shared_credentials_speak_against_the_units_and_never_stand_in_the_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "[[credentials]]\nrow = \"AuthMech-1\"\nfile = \"units.tsv\"\n";
    let compare = |rows: &str| {
        write(folder.path(), "units.tsv", &format!("unit\tserial\tcredential\n{rows}"));
        probe(folder.path(), settings, "A04", Consent::OnlyAsk).unwrap()
    };
    let shared = compare("A\t1\tXk4mP9qWvT\nB\t2\tXk4mP9qWvT\n");
    assert!(shared.against.iter().any(|against| against.note == "A and B have the same credential"));
    assert!(!shared.output.contains("Xk4mP9qWvT"));
    let one = compare("A\t1\tXk4mP9qWvT\n");
    assert!(one.against.is_empty() && one.lacks[0].contains("two are needed"), "{:?}", one.lacks);
    let own = compare("A\t1\tXk4mP9qWvT\nB\t2\thT7zR2nJbL\n");
    assert!(own.against.is_empty() && own.output.contains("no indication"), "{}", own.output);
}
