//! An obvious model of the rules by which verdicts follow, and its agreement with the derivation on random
//! evaluations.
//!
//! The model is written from the text of the rules, not from the derivation: it reads the tables of cases and rules by
//! itself, knows only words and maps, and remembers nothing but the verdicts of cases. Its input is a plain list
//! of rows with their fields and of outcomes; the same list is turned into the types that the derivation takes.
//!
//! The ordinary run compares 2,000 evaluations. 100,000 of them, and that every case has had every verdict among them:
//! `MEDSEAL_RANDOM_EVALUATIONS=100000 cargo test -p evaluator --lib --config profile.dev.package.evaluator.opt-level=3 model`.

mod compare;
mod random;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

const PASS: &str = "PASS";
const FAIL: &str = "FAIL";
const OPEN: &str = "INCONCLUSIVE";

type Cells = BTreeMap<String, String>;

fn read(text: &str) -> Vec<Cells> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let record = |line: &str| {
        let cells = line.split('\t').map(|cell| if cell == "-" { "" } else { cell });
        header.iter().zip(cells).map(|(name, cell)| ((*name).to_owned(), cell.to_owned())).collect()
    };
    lines.map(record).collect()
}

/// The tables, read anew.
struct Tables {
    provisions: Vec<Cells>,
    cases: BTreeMap<String, Cells>,
    /// The cases of each provision.
    groups: BTreeMap<String, Vec<String>>,
    units: BTreeMap<String, Cells>,
    rules: BTreeMap<String, Cells>,
    escapes: BTreeMap<String, Cells>,
    features: Vec<Cells>,
    practice: BTreeMap<String, String>,
}

impl Tables {
    fn new() -> Self {
        let file = |name| crate::catalog::FILES.iter().find(|(known, _, _)| *known == name).unwrap().1;
        let by = |name, key: &str| read(file(name)).into_iter().map(|r| (r[key].clone(), r)).collect();
        let units =
            read(file("testunits.tsv")).into_iter().map(|r| (format!("{}{}", r["case"], r["unit"]), r));
        let practice = read(file("practice.tsv")).into_iter();
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for case in read(file("testcases.tsv")) {
            groups.entry(case["provision"].clone()).or_default().push(case["id"].clone());
        }
        Self {
            provisions: read(file("provisions.tsv")),
            cases: by("testcases.tsv", "id"),
            groups,
            units: units.collect(),
            rules: by("quantifiers.tsv", "unit"),
            escapes: by("escapes.tsv", "escape"),
            features: read(file("features.tsv")),
            practice: practice.map(|r| (r["provision"].clone(), r["condition"].clone())).collect(),
        }
    }
}

/// A row of a table: its ID and what its fields say, `none` included, references separated by spaces.
#[derive(Clone, Debug)]
struct PlainRow {
    table: u8,
    id: String,
    fields: BTreeMap<String, String>,
}

/// What was said at a target.
#[derive(Clone, Debug)]
struct Said {
    verdict: &'static str,
    people: usize,
    observations: u32,
    escape: Option<String>,
    current: bool,
}

/// An evaluation, in words.
#[derive(Clone, Debug, Default)]
struct World {
    answers: BTreeMap<String, &'static str>,
    features: BTreeMap<String, bool>,
    rows: Vec<PlainRow>,
    said: BTreeMap<String, Said>,
    recognised: BTreeSet<String>,
    document_errors: usize,
}

/// The rules, as the text has them.
struct Model<'a> {
    tables: &'a Tables,
    world: &'a World,
    /// Verdicts of cases that were asked for before.
    known: RefCell<BTreeMap<String, &'static str>>,
}

impl<'a> Model<'a> {
    fn new(tables: &'a Tables, world: &'a World) -> Self {
        Self { tables, world, known: RefCell::default() }
    }

    fn overall(&self) -> &'static str {
        let mut all = Vec::new();
        for provision in &self.tables.provisions {
            let id = provision["id"].as_str();
            all.push(self.statement(provision));
            if self.world.answers.get(id) == Some(&"Y") {
                all.push(self.group(id));
            }
        }
        if self.world.document_errors > 0 {
            all.push(OPEN);
        }
        every(&all)
    }

    /// Whether the statement about a provision is valid.
    fn statement(&self, provision: &Cells) -> &'static str {
        let mandatory = provision["status"] == "M";
        match self.world.answers.get(&provision["id"]).copied() {
            None => OPEN,
            Some("Y") => PASS,
            Some("N") => {
                if mandatory {
                    FAIL
                } else {
                    PASS
                }
            }
            Some(_) => self.not_applicable(provision, mandatory),
        }
    }

    fn not_applicable(&self, provision: &Cells, mandatory: bool) -> &'static str {
        let conditions: Vec<&str> = provision["conditions"].split_whitespace().collect();
        let held: Vec<Option<bool>> =
            conditions.iter().map(|condition| self.condition("v2.1.1", condition)).collect();
        if held.contains(&Some(false)) {
            return PASS;
        }
        if held.contains(&None) {
            return OPEN;
        }
        match self.tables.practice.get(&provision["id"]) {
            Some(condition) => match self.condition("practice", condition) {
                Some(false) => PASS,
                Some(true) => FAIL,
                None => OPEN,
            },
            None if !mandatory && conditions.is_empty() => PASS,
            None => FAIL,
        }
    }

    /// A condition holds when any feature that decides it is declared that way.
    fn condition(&self, column: &str, number: &str) -> Option<bool> {
        let mut unknown = false;
        for feature in &self.tables.features {
            for word in feature[column].split_whitespace() {
                let (key, wanted) = word.strip_prefix('!').map_or((word, true), |key| (key, false));
                if key == number {
                    match self.world.features.get(&feature["key"]) {
                        Some(answer) if *answer == wanted => return Some(true),
                        Some(_) => {}
                        None => unknown = true,
                    }
                }
            }
        }
        if unknown { None } else { Some(false) }
    }

    /// PASS when all cases pass or recognised evidence covers the group, FAIL when one fails.
    fn group(&self, provision: &str) -> &'static str {
        let cases = self.tables.groups.get(provision).into_iter().flatten();
        let cases: Vec<&'static str> = cases.map(|case| self.case(case)).collect();
        if cases.contains(&FAIL) {
            FAIL
        } else if self.world.recognised.contains(provision) {
            PASS
        } else {
            every(&cases)
        }
    }

    fn case(&self, case: &str) -> &'static str {
        let known = self.known.borrow().get(case).copied();
        known.unwrap_or_else(|| {
            let verdict = self.case_anew(case);
            self.known.borrow_mut().insert(case.to_owned(), verdict);
            verdict
        })
    }

    /// PASS when all criteria hold.
    fn case_anew(&self, case: &str) -> &'static str {
        let record = &self.tables.cases[case];
        let units: Vec<String> = record["units"].chars().map(|letter| format!("{case}{letter}")).collect();
        let mut criteria: Vec<&str> = Vec::new();
        for unit in &units {
            criteria.push(&self.tables.rules[unit]["criterion"]);
        }
        criteria.dedup();
        let verdicts: Vec<&'static str> = criteria
            .iter()
            .map(|criterion| {
                let its = units.iter().filter(|unit| self.tables.rules[*unit]["criterion"] == *criterion);
                self.criterion(&its.cloned().collect::<Vec<_>>())
            })
            .collect();
        every(&verdicts)
    }

    fn criterion(&self, units: &[String]) -> &'static str {
        let rule = &self.tables.rules[&units[0]];
        let states: Vec<String> = match rule["states"].as_str() {
            "" => vec![String::new()],
            states => states.split(' ').map(|state| format!("/{state}")).collect(),
        };
        // One entry for each row and state that counts: the row, who refers to it, the verdict.
        let mut counted: Vec<(String, &'static str)> = Vec::new();
        for subject in self.subjects(rule) {
            for state in &states {
                let verdicts: Vec<&'static str> =
                    units.iter().filter_map(|unit| self.unit(unit, &format!("{subject}{state}"))).collect();
                if !verdicts.is_empty() {
                    counted.push((subject.trim_start_matches('@').to_owned(), every(&verdicts)));
                }
            }
        }
        if rule["quantifier"] == "one-per-referrer" {
            let mut each = Vec::new();
            for referrer in self.referrers(rule) {
                let its: Vec<&'static str> = counted
                    .iter()
                    .filter(|(row, _)| self.refers(rule, &referrer).contains(row))
                    .map(|(_, verdict)| *verdict)
                    .collect();
                if !its.is_empty() {
                    each.push(one(&its));
                }
            }
            return if each.is_empty() { empty(rule) } else { every(&each) };
        }
        let verdicts: Vec<&'static str> = counted.iter().map(|(_, verdict)| *verdict).collect();
        match (verdicts.is_empty(), rule["quantifier"].as_str()) {
            (true, _) => empty(rule),
            (false, "one") => one(&verdicts),
            (false, _) => every(&verdicts),
        }
    }

    /// What a unit is carried out on: nothing after its name for the product, `@ID` for a row.
    fn subjects(&self, rule: &Cells) -> Vec<String> {
        if rule["over"].is_empty() {
            return vec![String::new()];
        }
        let mut rows: Vec<&PlainRow> = self.rows(&rule["over"]);
        if !rule["via"].is_empty() {
            let referrers = self.referrers(rule);
            rows.retain(|row| referrers.iter().any(|from| self.refers(rule, from).contains(&row.id)));
        }
        rows.iter().map(|row| format!("@{}", row.id)).collect()
    }

    fn rows(&self, domain: &str) -> Vec<&PlainRow> {
        let mut parts = domain.split(['|', ';']).map(str::trim);
        let table: u8 = parts.next().unwrap().parse().unwrap();
        let filters: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        let passes = |row: &&PlainRow| {
            row.table == table
                && filters.iter().all(|filter| {
                    let (name, words) = filter.split_once('=').unwrap();
                    let (name, wanted) = name.strip_suffix('!').map_or((name, true), |name| (name, false));
                    let value = &row.fields[name];
                    words.split(',').any(|word| word == value) == wanted
                })
        };
        self.world.rows.iter().filter(passes).collect()
    }

    fn referrers(&self, rule: &Cells) -> Vec<String> {
        let (head, filters) = rule["via"].split_once('|').unwrap_or((&rule["via"], ""));
        let table = head.split(' ').next().unwrap();
        self.rows(&format!("{table}|{filters}")).iter().map(|row| row.id.clone()).collect()
    }

    fn refers(&self, rule: &Cells, from: &str) -> Vec<String> {
        let head = rule["via"].split('|').next().unwrap().trim();
        let field = head.split_once(' ').unwrap().1;
        let row = self.world.rows.iter().find(|row| row.id == from).unwrap();
        row.fields[field].split_whitespace().map(str::to_owned).collect()
    }

    /// What counts of a unit at a subject and state; nothing where an exception leaves it out.
    fn unit(&self, unit: &str, rest: &str) -> Option<&'static str> {
        let rule = &self.tables.rules[unit];
        for escape in rule["escapes"].split_whitespace() {
            let escape = &self.tables.escapes[escape];
            let absent =
                !escape["feature"].is_empty() && self.world.features.get(&escape["feature"]) == Some(&false);
            if absent && escape["by"] == "documents" {
                return if escape["effect"] == "satisfies" { Some(PASS) } else { None };
            }
        }
        let said = self.world.said.get(&format!("{unit}{rest}"));
        if !rule["inherits"].is_empty() && said.is_none_or(|said| said.escape.is_none()) {
            return Some(self.inherited(unit, rest, said));
        }
        said.map_or(Some(OPEN), |said| self.worth(unit, said))
    }

    fn inherited(&self, unit: &str, rest: &str, said: Option<&Said>) -> &'static str {
        let rule = &self.tables.rules[unit];
        let (case, letters) = rule["inherits"].split_once(' ').unwrap_or((&rule["inherits"], ""));
        let mut all = Vec::new();
        if rest.is_empty() {
            all.push(self.case(case));
        } else {
            let record = &self.tables.cases[case];
            for letter in record["units"].chars().filter(|one| letters.is_empty() || letters.contains(*one)) {
                all.extend(self.unit(&format!("{case}{letter}"), rest));
            }
        }
        if !rule["plus"].is_empty() {
            all.extend(said.map_or(Some(OPEN), |said| self.worth(unit, said)));
        }
        every(&all)
    }

    /// What an outcome is worth.
    fn worth(&self, unit: &str, said: &Said) -> Option<&'static str> {
        let rule = &self.tables.rules[unit];
        let by_tool = said.people == 0;
        if !said.current || (!by_tool && said.people < rule["readers"].parse().unwrap()) {
            return Some(OPEN);
        }
        if let Some(name) = &said.escape {
            let allowed = rule["escapes"].split_whitespace().any(|known| known == name);
            let Some(escape) = self.tables.escapes.get(name).filter(|_| allowed) else { return Some(OPEN) };
            if (by_tool && escape["by"] == "assessor") || !escape["feature"].is_empty() {
                return Some(OPEN);
            }
            return match escape["effect"].as_str() {
                "satisfies" => Some(PASS),
                "excludes" => None,
                _ => Some(said.verdict),
            };
        }
        let verb = self.tables.units[unit]["verb"].as_str();
        if by_tool {
            // A tool decides units that check, and nothing else; what it did not see it cannot pass.
            return match verb {
                "check" => Some(said.verdict),
                "functional-check" if said.verdict == PASS && said.observations == 0 => Some(OPEN),
                "functional-check" => Some(said.verdict),
                _ => Some(OPEN),
            };
        }
        // Something to be done has no verdict of its own: it was done or it was not.
        if rule["decides"] == "performed" && said.verdict != PASS { Some(OPEN) } else { Some(said.verdict) }
    }
}

fn every(verdicts: &[&'static str]) -> &'static str {
    if verdicts.contains(&FAIL) {
        FAIL
    } else if verdicts.contains(&OPEN) || verdicts.is_empty() {
        OPEN
    } else {
        PASS
    }
}

fn one(verdicts: &[&'static str]) -> &'static str {
    if verdicts.contains(&PASS) {
        PASS
    } else if verdicts.contains(&OPEN) {
        OPEN
    } else {
        FAIL
    }
}

fn empty(rule: &Cells) -> &'static str {
    if rule["empty"] == "holds" { PASS } else { OPEN }
}
