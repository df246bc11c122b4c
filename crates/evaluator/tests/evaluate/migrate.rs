//! From V2.1.1 to V3.1.3.

use crate::sample::sample;
use evaluator::catalog::{Catalog, Edition};
use evaluator::product::Evaluation;

#[test]
fn a_migrated_evaluation_is_one_by_the_new_edition_with_what_is_new_left_open() {
    let catalog = Catalog::embedded().unwrap();
    let migrated = evaluator::migrate::migrate(&catalog, &sample(&catalog)).unwrap();
    let (evaluation, findings) = Evaluation::parse(&migrated.texts, &catalog);
    assert_eq!(evaluation.edition(), Edition::V3_1_3);
    for finding in &findings {
        assert_eq!(
            finding.rule,
            evaluator::finding::Rule::OpenPlaceholder,
            "{}: {}",
            finding.at,
            finding.message
        );
    }
    for provision in catalog.provisions(Edition::V3_1_3) {
        let is_answered = evaluation.ics.answer(provision.id).is_some();
        let is_listed = migrated.anew.iter().any(|anew| anew.what == provision.id.to_string());
        assert!(is_answered || is_listed, "{}", provision.id);
    }
    let split = migrated.anew.iter().find(|anew| anew.what == "5.3-4A").unwrap();
    assert!(split.why.contains("5.3-4 was split"), "{}", split.why);
    let again = evaluator::migrate::migrate(&catalog, &migrated.texts).unwrap_err();
    assert!(again.to_string().contains("V3.1.3"), "{again}");
}

#[test]
fn comments_order_and_spacing_stay_as_their_writer_left_them() {
    let catalog = Catalog::embedded().unwrap();
    let mut texts = sample(&catalog);
    let mut edit = |path: &str, from: &str, to: &str| {
        let text = texts.get_mut(path).unwrap();
        assert!(text.contains(from), "{path}: {from}");
        *text = text.replacen(from, to, 1);
    };
    edit("evaluation.toml", "edition = \"V2.1.1\"", "edition   = \"V2.1.1\" # as agreed with the laboratory");
    edit("ics.toml", "\"5.1-3\" =", "# Ask Bea about this one.\n\"5.1-3\" =");
    edit("ics.toml", "\"5.2-1\" = { answer = \"Y\" }", "\"5.2-1\" = {answer=\"Y\"} # since 2024");
    edit(
        "ixit/10-sec-param.toml",
        "[[row]]\nid = \"SecParam-2\"",
        "# From the first audit:\n[[row]]\nid =   \"SecParam-2\"",
    );
    edit(
        "ixit/10-sec-param.toml",
        "provisioning-mechanism = \"manufacture\"",
        "provisioning-mechanism = \"manufacture\" # line 2",
    );
    // The maker put two provisions into another order.
    let ics = texts["ics.toml"].clone();
    let line = ics.lines().find(|line| line.starts_with("\"5.6-2\"")).unwrap();
    let other = ics.lines().find(|line| line.starts_with("\"5.6-1\"")).unwrap();
    let swapped = ics.replacen(line, "\u{1}", 1).replacen(other, line, 1).replacen('\u{1}', other, 1);
    texts.insert("ics.toml".into(), swapped);

    let migrated = evaluator::migrate::migrate(&catalog, &texts).unwrap().texts;
    assert!(migrated["evaluation.toml"].contains("edition   = \"V3.1.3\" # as agreed with the laboratory\n"));
    let ics = &migrated["ics.toml"];
    assert!(ics.contains("# Ask Bea about this one.\n\"5.1-3\" = { answer = \"Y\" }\n"), "{ics}");
    assert!(ics.contains("\"5.2-1\" = {answer=\"Y\"} # since 2024\n"));
    let place = |id: &str| ics.find(&format!("\n\"{id}\" = ")).unwrap_or_else(|| panic!("{id}: {ics}"));
    assert!(place("5.6-2") < place("5.6-1") && place("5.6-1") < place("5.6-3"));
    let ordered = ["5.1-1", "5.1-3", "5.2-1", "5.3-1", "5.6-2", "5.13-1A", "6-1"];
    assert!(ordered.is_sorted_by_key(|id| place(id)));
    let parameters = &migrated["ixit/10-sec-param.toml"];
    assert!(parameters.contains("# From the first audit:\n[[row]]\nid =   \"SecParam-2\"\n"), "{parameters}");
    assert!(parameters.contains("provisioning-mechanism = \"manufacture\" # line 2\n"));
    assert!(parameters.contains("\nsecure-communication-mechanisms = [\"ComMech-2\"]\n"));

    // What the new edition does not touch is the same to the byte, and each document still names its schema, which is there.
    let schemas = evaluator::schema::files(&catalog, Edition::V3_1_3);
    let is_same = |path: &str| migrated[path] == texts[path];
    assert!(
        ["mds2.toml", "jsp.toml", "fhir.toml", "ixit/05-vuln-mon.toml", "ixit/08-upd-proc.toml"]
            .into_iter()
            .all(is_same)
    );
    for (path, text) in &migrated {
        let schema =
            text.lines().next().unwrap().strip_prefix("#:schema ").unwrap_or_else(|| panic!("{path}"));
        let schema = schema.trim_start_matches("../").trim_start_matches("./");
        assert!(schemas.iter().any(|(known, _)| known == schema), "{path}: {schema}");
        let kept = texts[path]
            .lines()
            .filter(|line| line.starts_with('#'))
            .filter(|line| text.contains(line))
            .count();
        let all = texts[path].lines().filter(|line| line.starts_with('#')).count();
        assert!(path == "ics.toml" || kept + 20 >= all, "{path}: {kept} of {all} comments");
    }
    // The guidance of the statement is the new edition's.
    let template = evaluator::template::documents(&catalog, Edition::V3_1_3, evaluator::template::Fill::Open);
    for line in template["ics.toml"].lines().filter(|line| line.starts_with('#')) {
        assert!(ics.lines().any(|known| known == line), "{line}");
    }
}
