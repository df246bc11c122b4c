//! COMPATIBILITY.md's table of constants is what `medseal card sweep` says of a new card.
//!
//! `MEDSEAL_REGENERATE=1 cargo nextest run -p medseal compatibility` writes the part of the document between its two marks anew.
//! What a sweep cannot know stands in `standards/javacard/remarks.tsv` (why a constant is not supported, what a supported one
//! does and does not) and in `testdata/vectors.tsv` (published vectors, run through an applet and counted by the tests of `card-link`).

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use crate::support::{output, shown};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const BEGIN: &str = "<!-- constants: made by a test of crates/medseal, do not edit -->\n";
const END: &str = "<!-- end of constants -->\n";

/// What is said of the constants whose class and name fit; a name may have one `*`.
struct Remark {
    class: String,
    name: String,
    /// Families of vectors.
    vectors: Vec<String>,
    words: String,
}

/// Vectors of one family, run through an applet.
struct Vectors {
    what: String,
    run: usize,
    outside: usize,
    source: String,
}

fn rows(path: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn remarks() -> Vec<Remark> {
    let remark = |row: Vec<String>| {
        let [class, name, vectors, words] = <[String; 4]>::try_from(row).expect("four columns");
        let vectors = vectors.split_whitespace().map(str::to_owned).collect();
        Remark { class, name, vectors, words }
    };
    rows("standards/javacard/remarks.tsv").into_iter().map(remark).collect()
}

fn vectors() -> BTreeMap<String, Vectors> {
    let vectors = |row: Vec<String>| {
        let [family, what, run, outside, source] = <[String; 5]>::try_from(row).expect("five columns");
        let count = |text: String| text.parse().expect("a number");
        (family, Vectors { what, run: count(run), outside: count(outside), source })
    };
    rows("testdata/vectors.tsv").into_iter().map(vectors).collect()
}

impl Remark {
    fn fits(&self, class: &str, name: &str) -> bool {
        let named = match self.name.split_once('*') {
            Some((start, end)) => name.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)),
            None => name == self.name,
        };
        class.ends_with(&self.class) && named
    }
}

/// Several words as a list that stays short.
fn listed(words: &Value) -> String {
    let words: Vec<&str> = words.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match words.as_slice() {
        [] => String::new(),
        few if few.len() <= 4 => format!("with {}", few.join(", ")),
        many => format!("with {} others", many.len()),
    }
}

fn bits(row: &Value) -> String {
    let bits: Vec<String> = row["bits"].as_array().into_iter().flatten().map(ToString::to_string).collect();
    bits.join(" ")
}

/// The table, and what is wrong with it.
fn table(sweep: &Value) -> (String, Vec<String>) {
    let (remarks, vectors) = (remarks(), vectors());
    let mut wrong = Vec::new();
    let mut out =
        String::from("| vectors | run and passed | cannot be asked | source |\n|---|---|---|---|\n");
    for Vectors { what, run, outside, source } in vectors.values() {
        writeln!(out, "| {what} | {run} | {outside} | {source} |").unwrap();
    }
    let mut class = "";
    for row in sweep["constants"].as_array().unwrap() {
        let [row_class, name, state] = ["class", "name", "state"].map(|key| row[key].as_str().unwrap());
        if row_class != class {
            class = row_class;
            let shown = class.replace('/', ".");
            write!(
                out,
                "\n| `{shown}` | value | state | key bits | vectors | |\n|---|---|---|---|---|---|\n"
            )
            .unwrap();
        }
        let remark = remarks.iter().find(|remark| remark.fits(class, name));
        let count: usize = (remark.iter().flat_map(|remark| &remark.vectors))
            .map(|family| vectors.get(family).unwrap_or_else(|| panic!("no vectors {family}")).run)
            .sum();
        let count = if count == 0 { String::new() } else { count.to_string() };
        let said = remark.map_or("", |remark| remark.words.as_str());
        if state != "supported" && said.is_empty() {
            wrong.push(format!("{class} {name} is {state}, and remarks.tsv does not say why"));
        }
        for operation in row["operations"].as_array().into_iter().flatten() {
            if let Some(problem) = operation["problem"].as_str() {
                wrong.push(format!("{class} {name}: {} fails with {problem}", operation["what"]));
            }
        }
        let words = [said.to_owned(), listed(&row["with"])];
        let words: Vec<String> = words.into_iter().filter(|words| !words.is_empty()).collect();
        let (name, value) = (format!("`{name}`"), row["value"].to_string());
        let (bits, words) = (bits(row), words.join("; "));
        let cells: [&str; 6] = [&name, &value, state, &bits, &count, &words];
        let line = cells.map(|cell| if cell.is_empty() { "|".to_owned() } else { format!("| {cell} ") });
        writeln!(out, "{}|", line.concat()).unwrap();
    }
    (out, wrong)
}

#[test]
fn the_table_of_constants_is_what_a_new_card_says() {
    let folder = tempfile::tempdir().unwrap();
    let card = shown(&folder.path().join("new.card"));
    output(&["card", "new", &card]);
    let sweep: Value =
        serde_json::from_str(&output(&["card", "sweep", &card, "--json", "--time", "0"])).unwrap();
    assert_eq!(sweep["card"]["applet"], "3.2");
    let listed = output(&["card", "list", &card]);
    assert_eq!(listed.lines().count(), 1, "the applet is taken off again: {listed}");
    let (table, wrong) = table(&sweep);
    let path = Path::new(ROOT).join("COMPATIBILITY.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once(BEGIN).expect("the mark where the table begins");
    let (kept, after) = rest.split_once(END).expect("the mark where the table ends");
    if std::env::var_os("MEDSEAL_REGENERATE").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else if kept != table {
        let different = table.lines().filter(|line| !kept.contains(line)).collect::<Vec<_>>();
        panic!("COMPATIBILITY.md is not what the sweep says:\n{}", different.join("\n"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_remark_is_of_some_constant() {
    let remarks = remarks();
    let mut unused: Vec<String> = Vec::new();
    for remark in &remarks {
        let constants =
            card_image::api::classes().filter_map(card_image::api::ClassId::get).flat_map(|class| {
                class
                    .members()
                    .filter_map(card_image::api::MemberId::get)
                    .map(move |member| (class.name, member.name))
            });
        if !constants.into_iter().any(|(class, name)| remark.fits(class, name)) {
            unused.push(format!("{} {}", remark.class, remark.name));
        }
    }
    assert!(unused.is_empty(), "{unused:?}");
}
