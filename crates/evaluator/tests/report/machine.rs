//! What machines read, held against the official schemas by an implementation that is not ours.

use crate::case::Case;
use crate::filled;
use evaluator::catalog::{Catalog, Edition};
use evaluator::checks::sarif::sarif;
use evaluator::report;
use evaluator::schema;
use evaluator::template::{self, Fill};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Holds each document against its schema; what does not fit is the error.
fn held(folder: &Path, pairs: &[(PathBuf, PathBuf)]) -> Result<(), String> {
    let python = root().join("target/office-client/bin/python");
    assert!(
        python.is_file(),
        "the office client is not installed: run `python3 -m venv target/office-client && \
         target/office-client/bin/pip install -r crates/evaluator/tests/office_client/requirements.txt`"
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/office_client/schemas.py");
    let pairs = pairs.iter().flat_map(|(schema, document)| [schema, document]);
    let output = Command::new(python).arg(script).arg(folder).args(pairs).output().unwrap();
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

fn official(schema: &str, documents: &[Value]) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let schemas = root().join("testdata/schema");
    let mut pairs = Vec::new();
    for (at, document) in documents.iter().enumerate() {
        let path = folder.path().join(format!("{at}.json"));
        std::fs::write(&path, document.to_string()).unwrap();
        pairs.push((schemas.join(schema), path));
    }
    held(&schemas, &pairs)
}

/// Evaluations of both editions, with and without a ledger.
fn cases() -> Vec<Case> {
    vec![
        filled::passed().reported(),
        filled::failed().reported(),
        Case::sample(Edition::V3_1_3, Fill::Example),
        Case::medseal(),
    ]
}

#[test]
fn oscal_results_fit_the_schema_of_nist_and_name_what_is_there() {
    let schema = "oscal_assessment-results_schema.json";
    let cases = cases();
    let results: Vec<Value> = cases.iter().map(|case| report::oscal(case.source())).collect();
    assert_eq!(official(schema, &results), Ok(()));
    // The schema is able to refuse.
    let mut wrong = results[0].clone();
    wrong["assessment-results"]["results"][0]["findings"][0]["target"]["status"]["state"] = "perhaps".into();
    assert!(official(schema, &[wrong]).unwrap_err().contains("status.state"));
    let text = std::fs::read_to_string(root().join("testdata/schema").join(schema)).unwrap();
    assert!(text.contains(&format!("oscal/{}/", report::OSCAL_VERSION)), "another version of the model");
    for results in results {
        let result = &results["assessment-results"]["results"][0];
        let uuids = |list: &Value| -> Vec<String> {
            let list = list.as_array().into_iter().flatten();
            list.map(|it| it["uuid"].as_str().unwrap().to_owned()).collect()
        };
        let observations = uuids(&result["observations"]);
        let resources = uuids(&results["assessment-results"]["back-matter"]["resources"]);
        for finding in result["findings"].as_array().unwrap() {
            for related in finding["related-observations"].as_array().into_iter().flatten() {
                assert!(observations.contains(&related["observation-uuid"].as_str().unwrap().to_owned()));
            }
        }
        for observation in result["observations"].as_array().unwrap() {
            for seen in observation["relevant-evidence"].as_array().unwrap() {
                let name = seen["href"].as_str().unwrap().strip_prefix('#').unwrap();
                assert!(resources.iter().any(|known| known == name), "{name}");
            }
        }
    }
}

#[test]
fn attestations_fit_the_schema_of_cyclonedx_and_name_what_is_there() {
    let schema = "bom-1.6.schema.json";
    let cases = cases();
    let attestations: Vec<Value> = cases.iter().map(|case| report::cyclonedx(case.source())).collect();
    assert_eq!(official(schema, &attestations), Ok(()));
    let mut wrong = attestations[0].clone();
    wrong["declarations"]["attestations"][0]["map"][0]["conformance"]["score"] = 2.into();
    assert!(official(schema, &[wrong]).unwrap_err().contains("score"));
    for attestations in attestations {
        let declared = &attestations["declarations"];
        let names = |list: &Value| -> Vec<Value> {
            list.as_array().unwrap().iter().map(|it| it["bom-ref"].clone()).collect()
        };
        let (claims, evidence) = (names(&declared["claims"]), names(&declared["evidence"]));
        for map in declared["attestations"][0]["map"].as_array().unwrap() {
            assert!(map["claims"].as_array().unwrap().iter().all(|claim| claims.contains(claim)));
        }
        for claim in declared["claims"].as_array().unwrap() {
            for kind in ["evidence", "counterEvidence"] {
                let named = claim[kind].as_array().into_iter().flatten();
                named.for_each(|name| assert!(evidence.contains(name), "{name}"));
            }
            let failed = claim["reasoning"].as_str().unwrap().starts_with("FAIL");
            assert!(!(failed && claim.get("evidence").is_some()), "{claim}");
        }
    }
}

#[test]
fn findings_fit_the_schema_of_sarif() {
    let open = Case::sample(Edition::V2_1_1, Fill::Open);
    let medseal = Case::medseal();
    let logs: Vec<Value> = [&open, &medseal]
        .iter()
        .flat_map(|case| {
            [Path::new("evaluations/a b"), Path::new("/srv/evaluations"), Path::new(".")]
                .map(|folder| sarif(&case.findings, folder))
        })
        .collect();
    assert_eq!(official("sarif-2.1.0.json", &logs), Ok(()));
    let mut wrong = logs[0].clone();
    wrong["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0.into();
    assert!(official("sarif-2.1.0.json", &[wrong]).unwrap_err().contains("startLine"));
    let place = |log: &Value| {
        let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        (location["uri"].as_str().unwrap().to_owned(), location["uriBaseId"].as_str().map(str::to_owned))
    };
    let (relative, base) = place(&logs[0]);
    assert!(relative.starts_with("evaluations/a%20b/"), "{relative}");
    assert_eq!(base.as_deref(), Some("%SRCROOT%"));
    let (absolute, base) = place(&logs[1]);
    assert!(absolute.starts_with("file:///srv/evaluations/") && base.is_none(), "{absolute}");
}

/// Holds each document against the schema that its first line names.
fn documents_fit(texts: &BTreeMap<String, String>, edition: Edition) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::embedded().unwrap();
    for (path, text) in texts.iter().chain(&schema::files(&catalog, edition)) {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let pair = |(path, text): (&String, &String)| {
        let line = text.lines().next().unwrap_or_default();
        let named = line.strip_prefix("#:schema ").unwrap_or_else(|| panic!("{path}: {line}"));
        // Documents of this repository name the published schemas, which a test compares with those of the folder.
        let name = named.rsplit('/').next().unwrap();
        (folder.path().join("schema").join(name), folder.path().join(path))
    };
    held(&folder.path().join("schema"), &texts.iter().map(pair).collect::<Vec<_>>())
}

#[test]
fn the_sample_fits_the_published_schemas_and_open_values_do_not() {
    let catalog = Catalog::embedded().unwrap();
    for edition in Edition::ALL {
        let texts = template::documents(&catalog, edition, Fill::Example);
        assert_eq!(documents_fit(&texts, edition), Ok(()));
    }
    let mut texts = template::documents(&catalog, Edition::V2_1_1, Fill::Open);
    texts.retain(|path, _| path == "dut.toml" || path == "ixit/07-upd-mech.toml");
    let wrong = documents_fit(&texts, Edition::V2_1_1).unwrap_err();
    assert!(wrong.contains("dut.toml") && wrong.contains("07-upd-mech.toml"), "{wrong}");
}

#[test]
fn medseals_own_documents_fit_the_published_schemas() {
    let case = Case::medseal();
    assert_eq!(documents_fit(&case.texts, case.evaluation.edition()), Ok(()));
}
