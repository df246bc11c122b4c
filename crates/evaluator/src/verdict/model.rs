//! An obvious model of the rules by which verdicts follow, and its agreement with the derivation on random
//! evaluations.
//!
//! The model is written from the text of the rules, not from the derivation: it reads the tables of cases and rules by
//! itself, knows only words and maps, and goes through everything again for every question. Its input is a plain list
//! of rows with their fields and of outcomes; the same list is turned into the types that the derivation takes.
//!
//! The ordinary run compares 150 evaluations. 100,000 of them, and that every case has had every verdict among them:
//! `MEDSEAL_RANDOM_EVALUATIONS=100000 cargo test -p evaluator --lib --config profile.dev.package.evaluator.opt-level=3 model`.

use super::derive::{Inputs, conclude};
use super::outcome::{Outcome, Outcomes, Voice};
use super::{Target, Verdict};
use crate::catalog::{Catalog, Edition, ProvisionId, TableNo};
use crate::product::Evaluation;
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
    cases: Vec<Cells>,
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
        Self {
            provisions: read(file("provisions.tsv")),
            cases: read(file("testcases.tsv")),
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
}

impl Model<'_> {
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
        let cases: Vec<&'static str> = self
            .tables
            .cases
            .iter()
            .filter(|case| case["provision"] == provision)
            .map(|case| self.case(&case["id"]))
            .collect();
        if cases.contains(&FAIL) {
            FAIL
        } else if self.world.recognised.contains(provision) {
            PASS
        } else {
            every(&cases)
        }
    }

    /// PASS when all criteria hold.
    fn case(&self, case: &str) -> &'static str {
        let record = self.tables.cases.iter().find(|known| known["id"] == case).unwrap();
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
            for other in self.tables.units.keys().filter(|other| {
                other.strip_prefix(case).is_some_and(|letter| {
                    letter.len() == 1
                        && !letter.starts_with('-')
                        && (letters.is_empty() || letters.contains(letter))
                })
            }) {
                all.extend(self.unit(other, rest));
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

/// Random numbers that are the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    /// True in so many of a thousand cases.
    fn permille(&mut self, chance: usize) -> bool {
        self.below(1000) < chance
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// The fields that rules look at, by table, each with the words they compare it with; references to a table have its number.
struct Vocabulary {
    words: BTreeMap<(u8, String), BTreeSet<String>>,
    refers: BTreeMap<(u8, String), u8>,
    tables: BTreeSet<u8>,
}

impl Vocabulary {
    fn new(tables: &Tables) -> Self {
        let mut found = Self { words: BTreeMap::new(), refers: BTreeMap::new(), tables: BTreeSet::new() };
        for rule in tables.rules.values() {
            found.domain(&rule["over"]);
            if let Some((head, filters)) = rule["via"].split_once('|').or(Some((&rule["via"], "")))
                && let Some((table, field)) = head.trim().split_once(' ')
            {
                let over: u8 = rule["over"].split(' ').next().unwrap().parse().unwrap();
                found.domain(&format!("{table}|{filters}"));
                found.refers.insert((table.parse().unwrap(), field.to_owned()), over);
            }
        }
        // A field that is compared with nothing but `none` refers to rows or holds words.
        found.refers.insert((24, "Personal Data".into()), 21);
        found.refers.insert((6, "Update Mechanism".into()), 7);
        found
    }

    fn domain(&mut self, domain: &str) {
        let mut parts = domain.split(['|', ';']).map(str::trim).filter(|part| !part.is_empty());
        let Some(table) = parts.next() else { return };
        let table: u8 = table.parse().unwrap();
        self.tables.insert(table);
        for filter in parts {
            let (name, words) = filter.split_once('=').unwrap();
            let known = self.words.entry((table, name.trim_end_matches('!').to_owned())).or_default();
            known.extend(words.split(',').map(str::to_owned));
        }
    }
}

/// A random evaluation. The mood says how often things are as they should be, from now and then to always.
fn world(tables: &Tables, vocabulary: &Vocabulary, dice: &mut Dice) -> World {
    let mood = *dice.pick(&[500, 900, 990, 1000, 1000]);
    let mut world = World::default();
    for table in vocabulary.tables.iter().rev() {
        for number in 0..dice.below(4) {
            world.rows.push(PlainRow {
                table: *table,
                id: format!("R{table}-{number}"),
                fields: BTreeMap::new(),
            });
        }
    }
    let ids: Vec<(u8, String)> = world.rows.iter().map(|row| (row.table, row.id.clone())).collect();
    for row in &mut world.rows {
        for ((_, field), words) in vocabulary.words.iter().filter(|((table, _), _)| *table == row.table) {
            let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
            words.push("something-else");
            row.fields.insert(field.clone(), (*dice.pick(&words)).to_owned());
        }
        for ((_, field), to) in vocabulary.refers.iter().filter(|((table, _), _)| *table == row.table) {
            let chosen = ids.iter().filter(|(table, _)| table == to).filter(|_| dice.permille(600));
            let chosen: Vec<&str> = chosen.map(|(_, id)| id.as_str()).collect();
            row.fields.insert(field.clone(), chosen.join(" "));
        }
    }
    for feature in &tables.features {
        if dice.permille(995.max(mood)) {
            world.features.insert(feature["key"].clone(), dice.permille(700));
        }
    }
    for provision in &tables.provisions {
        let is_right = dice.permille(mood);
        let id = provision["id"].clone();
        let answer = if is_right {
            let model = Model { tables, world: &world };
            let may_be_left = model.not_applicable(provision, provision["status"] == "M") == PASS;
            if may_be_left { Some(*dice.pick(&["Y", "N/A"])) } else { Some("Y") }
        } else {
            *dice.pick(&[None, Some("N"), Some("N/A"), Some("Y"), Some("Y")])
        };
        // A recommendation may be left undone, so that few enough groups are claimed for all of them to pass.
        let answer =
            answer.map(|answer| if provision["status"] == "R" && dice.permille(300) { "N" } else { answer });
        if let Some(answer) = answer {
            world.answers.insert(id.clone(), answer);
        }
        if dice.permille(if mood == 1000 { 500 } else { 60 }) {
            world.recognised.insert(id);
        }
    }
    world.document_errors = usize::from(dice.permille((1000 - mood) / 10));
    world.said = said(tables, &world, mood, dice);
    world
}

/// What is said at each target that any rule asks for.
fn said(tables: &Tables, world: &World, mood: usize, dice: &mut Dice) -> BTreeMap<String, Said> {
    let escapes: Vec<&String> = tables.escapes.keys().collect();
    let mut found = BTreeMap::new();
    for target in targets(tables, world) {
        if !dice.permille(mood.max(800)) {
            continue;
        }
        let verdict = if dice.permille(mood) { PASS } else { dice.pick(&[PASS, FAIL, OPEN]) };
        let unit: String = target.chars().take_while(|c| !"@/".contains(*c)).collect();
        let its: Vec<&str> = tables.rules[&unit]["escapes"].split_whitespace().collect();
        let escape = if dice.permille(20) {
            Some((*dice.pick(&escapes)).clone())
        } else if !its.is_empty() && dice.permille(150) {
            Some((*dice.pick(&its)).to_owned())
        } else {
            None
        };
        let said = Said {
            verdict,
            people: if dice.permille(mood) { 2 } else { dice.below(3) },
            observations: u32::try_from(dice.below(3)).unwrap(),
            escape,
            current: dice.permille(mood.max(950)),
        };
        found.insert(target, said);
    }
    found
}

fn targets(tables: &Tables, world: &World) -> BTreeSet<String> {
    let model = Model { tables, world };
    let mut found = BTreeSet::new();
    for (unit, rule) in &tables.rules {
        let states: Vec<String> = match rule["states"].as_str() {
            "" => vec![String::new()],
            states => states.split(' ').map(|state| format!("/{state}")).collect(),
        };
        let case = rule["inherits"].split(' ').next().unwrap_or_default();
        for subject in model.subjects(rule) {
            for state in &states {
                found.insert(format!("{unit}{subject}{state}"));
                if !case.is_empty() && !subject.is_empty() {
                    let record = tables.cases.iter().find(|known| known["id"] == case).unwrap();
                    let letters = record["units"].chars();
                    found.extend(letters.map(|letter| format!("{case}{letter}{subject}{state}")));
                }
            }
        }
    }
    found
}

/// The same evaluation in the derivation's own types.
struct Translator<'a> {
    catalog: &'a Catalog,
    blank: Evaluation,
}

impl<'a> Translator<'a> {
    fn new(catalog: &'a Catalog) -> Self {
        let (blank, _) = Evaluation::parse(&BTreeMap::new(), catalog);
        assert_eq!(blank.edition(), Edition::V2_1_1);
        Self { catalog, blank }
    }

    fn evaluation(&self, world: &World) -> Evaluation {
        use crate::finding::{Located, Place};
        use crate::product::{Answer, IcsEntry, Row, RowId, TableDoc};
        let at = Place::start("random");
        let mut evaluation = self.blank.clone();
        for (key, answer) in &world.features {
            let key = crate::catalog::FeatureKey::new(key);
            evaluation.dut.features.insert(key, Located::new(*answer, at.clone()));
        }
        for (id, answer) in &world.answers {
            let answer = Answer::ALL.into_iter().find(|known| known.name() == *answer).unwrap();
            let answer = Some(Located::new(answer, at.clone()));
            let entry = IcsEntry { at: at.clone(), answer, reason: None, condition: None, detail: None };
            evaluation.ics.entries.insert(id.parse().unwrap(), entry);
        }
        for table in &self.catalog.tables {
            let document = TableDoc { no: table.no, at: at.clone(), none: None, rows: Vec::new() };
            evaluation.ixit.tables.insert(table.no, document);
        }
        for plain in &world.rows {
            let no: TableNo = plain.table.to_string().parse().unwrap();
            let table = self.catalog.table(no).unwrap();
            let id = Some(Located::new(RowId::parse(&plain.id).unwrap(), at.clone()));
            let values = plain.fields.iter().map(|(name, text)| {
                let field = table.field(name).unwrap();
                (field.key.clone(), Located::new(value(&field.kind, text), at.clone()))
            });
            let row = Row { at: at.clone(), id, values: values.collect() };
            evaluation.ixit.tables.get_mut(&no).unwrap().rows.push(row);
        }
        evaluation
    }

    fn outcomes(world: &World, today: jiff::civil::Date) -> Outcomes {
        let mut outcomes = Outcomes::default();
        for (target, said) in &world.said {
            let people = ["Ada", "Bea"].iter().take(said.people).map(ToString::to_string).collect();
            let voice = match said.people {
                0 => Voice::Tool { name: "tool".into(), observations: said.observations },
                _ => Voice::People(people),
            };
            let outcome = Outcome {
                verdict: verdict(said.verdict),
                voice,
                escape: said.escape.clone(),
                is_current: said.current,
                entries: Vec::new(),
                note: String::new(),
            };
            let target: Target = target.parse().unwrap();
            outcomes.by_target.insert(target, outcome);
        }
        for group in &world.recognised {
            let group: ProvisionId = group.parse().unwrap();
            outcomes.recognised.insert(group, (1, today));
        }
        outcomes
    }
}

fn value(kind: &crate::catalog::FieldKind, text: &str) -> crate::product::Value {
    use crate::catalog::FieldKind;
    use crate::product::{Phrase, RowId, Value};
    if text.is_empty() {
        return Value::None { reason: "none".into() };
    }
    match kind {
        FieldKind::Choice(_) => Value::Choice(Phrase::parse(text)),
        FieldKind::Set(_) => Value::Set(vec![Phrase::parse(text)]),
        FieldKind::Refs => Value::Refs(text.split(' ').map(|id| RowId::parse(id).unwrap()).collect()),
        FieldKind::Crypto => Value::Crypto(vec![text.into()]),
        FieldKind::Id | FieldKind::Text | FieldKind::Period => Value::Text(text.into()),
    }
}

fn verdict(name: &str) -> Verdict {
    [Verdict::Pass, Verdict::Fail, Verdict::Inconclusive]
        .into_iter()
        .find(|verdict| verdict.name() == name)
        .unwrap()
}

#[test]
fn verdicts_are_those_of_the_model_on_random_evaluations() {
    let count: u64 = std::env::var("MEDSEAL_RANDOM_EVALUATIONS").map_or(150, |text| text.parse().unwrap());
    let catalog = Catalog::embedded().unwrap();
    let tables = Tables::new();
    let vocabulary = Vocabulary::new(&tables);
    let translator = Translator::new(&catalog);
    let today = jiff::civil::date(2026, 3, 1);
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    let mut cases: BTreeMap<(String, &str), u64> = BTreeMap::new();
    for seed in 0..count {
        let world = world(&tables, &vocabulary, &mut Dice(seed));
        let model = Model { tables: &tables, world: &world };
        let evaluation = translator.evaluation(&world);
        let outcomes = Translator::outcomes(&world, today);
        let document_errors = world.document_errors;
        let inputs = Inputs {
            catalog: &catalog,
            evaluation: &evaluation,
            outcomes: &outcomes,
            document_errors,
            today,
        };
        let conclusion = conclude(inputs);
        for group in &conclusion.groups {
            for case in &group.cases {
                let id = case.case.to_string();
                let expected = model.case(&id);
                assert_eq!(case.verdict.name(), expected, "seed {seed}, case {id}: {world:?}");
                *cases.entry((id, expected)).or_default() += 1;
            }
            if let Some(verdict) = group.verdict {
                let expected = model.group(&group.provision.to_string());
                assert_eq!(verdict.name(), expected, "seed {seed}, group {}", group.provision);
            }
        }
        let expected = model.overall();
        assert_eq!(conclusion.verdict.name(), expected, "seed {seed}");
        *seen.entry(expected).or_default() += 1;
    }
    println!("{count} evaluations: {seen:?}");
    assert_eq!(seen.len(), 3, "each verdict must occur: {seen:?}");
    if count < 2_000 {
        return;
    }
    let never: Vec<_> = catalog
        .cases
        .iter()
        .flat_map(|case| [PASS, FAIL, OPEN].map(|verdict| (case.id.to_string(), verdict)))
        .filter(|outcome| !cases.contains_key(outcome))
        .collect();
    assert!(never.is_empty(), "verdicts that no case ever had: {never:?}");
}
