//! Random evaluations, the same for the same seed.

use super::{FAIL, Model, OPEN, PASS, PlainRow, Said, Tables, World};
use std::collections::{BTreeMap, BTreeSet};

/// Random numbers that are the same each time (SplitMix64).
pub(super) struct Dice(pub(super) u64);

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
pub(super) struct Vocabulary {
    words: BTreeMap<(u8, String), BTreeSet<String>>,
    refers: BTreeMap<(u8, String), u8>,
    tables: BTreeSet<u8>,
}

impl Vocabulary {
    pub(super) fn new(tables: &Tables) -> Self {
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
pub(super) fn world(tables: &Tables, vocabulary: &Vocabulary, dice: &mut Dice) -> World {
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
            let model = Model::new(tables, &world);
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
    let model = Model::new(tables, world);
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
                    let record = &tables.cases[case];
                    let letters = record["units"].chars();
                    found.extend(letters.map(|letter| format!("{case}{letter}{subject}{state}")));
                }
            }
        }
    }
    found
}
