//! An evaluation as a person goes through it: folder, checks, plan, forms, judgements, ledger, verdict, reports, and files of
//! office programs.

use crate::support::{medseal, output, shown};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// What a command that says no said, with its exit code.
pub(crate) fn refused(words: &[&str]) -> (Option<i32>, String) {
    let output = medseal(words).output().expect("the program runs");
    assert!(!output.status.success(), "{words:?} went through");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// A folder with the sample product.
pub(crate) fn sample(folder: &tempfile::TempDir) -> String {
    let sample = shown(&folder.path().join("sample"));
    output(&["evaluate", "init", &sample, "--example"]);
    sample
}

pub(crate) fn replace(path: &Path, pairs: &[(&str, &str)]) {
    let mut text = std::fs::read_to_string(path).unwrap();
    for (old, new) in pairs {
        assert!(text.contains(old), "{} has no {old}", path.display());
        text = text.replace(old, new);
    }
    std::fs::write(path, text).unwrap();
}

#[test]
fn a_sample_is_whole_and_what_is_wrong_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let sample = sample(&folder);
    output(&["evaluate", "check", &sample, "--strict"]);
    let (code, said) = refused(&["evaluate", "init", &sample]);
    assert!(code == Some(2) || code == Some(3), "{said}");
    output(&["evaluate", "check", &sample, "--strict"]);

    let ics = Path::new(&sample).join("ics.toml");
    let mut text = std::fs::read_to_string(&ics).unwrap();
    text.push_str("\n[\"9.9-9\"]\nanswer = \"Y\"\n");
    std::fs::write(&ics, &text).unwrap();
    let (code, said) = refused(&["evaluate", "check", &sample]);
    let line = text.lines().position(|line| line.contains("9.9-9")).unwrap() + 1;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("ics.toml:{line}")), "{said}");

    let sarif = folder.path().join("check.sarif");
    let words = ["evaluate", "check", &sample, "--sarif", "--output", &shown(&sarif)];
    refused(&words);
    let sarif: Value = serde_json::from_slice(&std::fs::read(sarif).unwrap()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["startLine"], line);
}

/// Makes a key and signs one form that is filled in with a pass.
pub(crate) fn judged(sample: &str, folder: &Path) -> String {
    let key = shown(&folder.join("assessor.key"));
    output(&["evaluate", "ledger", "key", &key, "--name", "A. Assessor", "--folder", sample]);
    let forms = output(&["evaluate", "form", "5.1-3-1a", "--folder", sample, "--json"]);
    let forms: Vec<PathBuf> = serde_json::from_str(&forms).unwrap();
    let form = forms.first().expect("the sample has a row that the unit asks for");
    let (code, said) = refused(&["evaluate", "judge", &shown(form), "--folder", sample, "--key", &key]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("`verdict` is to be filled in"), "{said}");
    let filled = [
        ("verdict = \"\"", "verdict = \"pass\""),
        ("reason = \"\"", "reason = \"login by certificate or one-time link\""),
    ];
    replace(form, &filled);
    let judged = ["evaluate", "judge", &shown(form), "--folder", sample, "--key", &key, "--json"];
    let entries: Vec<u64> = serde_json::from_str(&output(&judged)).unwrap();
    assert_eq!(entries.len(), 1);
    let target = form.file_stem().unwrap().to_str().unwrap().replacen('_', "@", 1);
    target.replace('_', "/")
}

#[test]
fn a_judgement_counts_and_a_changed_ledger_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let sample = sample(&folder);
    let plan: Value = serde_json::from_str(&output(&["evaluate", "plan", &sample, "--json"])).unwrap();
    assert!(plan["groups"].as_array().is_some_and(|groups| !groups.is_empty()));
    let target = judged(&sample, folder.path());
    output(&["evaluate", "ledger", "verify", &sample]);
    let (code, said) = refused(&["evaluate", "verdict", &sample, "--why"]);
    assert_eq!(code, Some(1));
    let of_target: Vec<&str> = said.lines().filter(|line| line.contains(&target)).collect();
    assert!(of_target.iter().any(|line| line.contains("PASS") && line.contains("entries")), "{of_target:?}");
    assert!(said.contains("INCONCLUSIVE"), "{said}");

    let bundle = shown(&folder.path().join("evidence.bundle"));
    output(&["evaluate", "ledger", "export", &bundle, "--folder", &sample]);
    output(&["evaluate", "ledger", "verify", &bundle]);
    let entries = Path::new(&sample).join("ledger");
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(entries).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.retain(|path| path.extension().is_some_and(|extension| extension == "entry"));
    entries.sort();
    let last = entries.last().expect("the judgement is an entry");
    replace(last, &[("login by certificate or one-time link", "login by certificate or one-time lie ")]);
    let (code, said) = refused(&["evaluate", "ledger", "verify", &sample]);
    assert_eq!(code, Some(1));
    let number: u64 = last.file_stem().unwrap().to_str().unwrap().parse().unwrap();
    assert!(said.contains(&format!("entry {number}")), "{said}");
}

#[test]
fn every_report_is_written_and_no_statement_without_a_pass() {
    let folder = tempfile::tempdir().unwrap();
    let sample = sample(&folder);
    judged(&sample, folder.path());
    for (form, begins) in [("html", &b"<!"[..]), ("pdf", b"%PDF-"), ("docx", b"PK\x03\x04")] {
        for kind in ["evaluation", "gap", "plan", "mds2", "jsp", "fhir"] {
            let words =
                ["evaluate", "report", kind, &sample, "--format", form, "--date", "2026-11-22", "--json"];
            let told: Value = serde_json::from_str(&output(&words)).unwrap();
            let bytes = std::fs::read(told["file"].as_str().unwrap()).unwrap();
            assert!(bytes.starts_with(begins), "{kind} as {form}");
            output(&words);
            assert!(
                std::fs::read(told["file"].as_str().unwrap()).unwrap() == bytes,
                "{kind} as {form}, again"
            );
        }
    }
    for kind in ["oscal", "cyclonedx"] {
        let told: Value =
            serde_json::from_str(&output(&["evaluate", "report", kind, &sample, "--json"])).unwrap();
        let report: Value =
            serde_json::from_slice(&std::fs::read(told["file"].as_str().unwrap()).unwrap()).unwrap();
        assert!(report.is_object());
    }
    let statement = folder.path().join("statement.pdf");
    let words =
        ["evaluate", "report", "statement", &sample, "--format", "pdf", "--output", &shown(&statement)];
    let (code, said) = refused(&words);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("INCONCLUSIVE"), "{said}");
    assert!(!statement.exists());
}

#[test]
fn a_declaration_goes_into_office_files_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let sample = sample(&folder);
    for kind in ["xlsx", "docx"] {
        let file = folder.path().join("sample").with_extension(kind);
        output(&["evaluate", "export", &sample, &shown(&file)]);
        let again = shown(&folder.path().join(kind));
        output(&["evaluate", "import", &shown(&file), &again]);
        output(&["evaluate", "check", &again, "--strict"]);
        let ics = std::fs::read_to_string(Path::new(&again).join("ics.toml")).unwrap();
        let schema = ics.lines().next().and_then(|line| line.strip_prefix("#:schema ")).expect("its schema");
        assert!(Path::new(&again).join(schema).is_file(), "{schema}");
        let second = folder.path().join("second").with_extension(kind);
        output(&["evaluate", "export", &again, &shown(&second)]);
        assert!(std::fs::read(&file).unwrap() == std::fs::read(&second).unwrap(), "{kind}");
    }
    let nonsense = folder.path().join("nonsense.xlsx");
    std::fs::write(&nonsense, b"PK\x03\x04 not really").unwrap();
    let (code, said) =
        refused(&["evaluate", "import", &shown(&nonsense), &shown(&folder.path().join("none"))]);
    assert_eq!(code, Some(2), "{said}");
    assert!(!folder.path().join("none").join("ics.toml").exists());
}

#[test]
fn every_command_on_the_later_edition_says_on_whose_cases_it_rests() {
    let folder = tempfile::tempdir().unwrap();
    let sample = shown(&folder.path().join("sample"));
    let said = |words: &[&str]| {
        let output = medseal(words).output().expect("the program runs");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for words in [
        &["evaluate", "init", &sample, "--example", "--edition", "V3.1.3"][..],
        &["evaluate", "check", &sample],
        &["evaluate", "gap", &sample],
        &["evaluate", "plan", &sample],
        &["evaluate", "verdict", &sample],
        &["evaluate", "form", "5.1-3-1a", "--folder", &sample],
        &["evaluate", "report", "plan", &sample],
        &["evaluate", "export", &sample, &shown(&folder.path().join("sample.xlsx"))],
    ] {
        let told = said(words);
        assert!(told.contains("No published test specification's cases stand behind"), "{words:?}: {told}");
        assert!(told.contains("TS 103 701 V1.1.1"), "{words:?}: {told}");
    }
    let plan: Value = serde_json::from_str(&output(&["evaluate", "plan", &sample, "--json"])).unwrap();
    assert!(plan["mapping"]["without"].as_array().is_some_and(|without| !without.is_empty()));
}

#[test]
fn findings_are_told_to_code_hosts_by_the_way_from_where_the_program_ran() {
    let folder = tempfile::tempdir().unwrap();
    sample(&folder);
    let ics = folder.path().join("sample/ics.toml");
    replace(&ics, &[("answer = \"Y\"", "answer = \"?\"")]);
    let mut command = medseal(&["evaluate", "check", "sample", "--sarif"]);
    let told = command.current_dir(folder.path()).output().unwrap();
    let sarif: Value = serde_json::from_slice(&told.stdout).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "sample/ics.toml");
    let line = place["region"]["startLine"].as_u64().unwrap();
    let text = std::fs::read_to_string(&ics).unwrap();
    assert!(text.lines().nth(line as usize - 1).unwrap().contains("\"?\""));
}
