//! Each case and unit with how it is decided, as `docs/evaluation-units.md` has it.

use crate::catalog::{Catalog, Decider, Domain, Empty, Filter, Quantifier, Sense, UnitRule};
use crate::plan::Class;
use crate::probe::{BY_HAND, PROCEDURES, documents};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const HEAD: &str = "\
# How each case and unit is decided

Made from `standards/evaluation/` by the test `the_table_of_units_is_as_the_rules_have_it`, which also says how to write it
anew. The columns:

- **class**: A by a tool, S by a tool and a person, D by reading documents, M by hand;
- **who**: `tool` (a tool may decide: the procedure of `medseal evaluate probe` that does, or why a person with a form
  does), `documents` (this program decides from the declaration), `assessor` (a signed
  judgement, with the number of readers where it is not one), `done` (something to do; somebody signs that it was),
  `inherited` (another case's units are applied);
- **on**: what it is carried out on, and how many of those must pass;
- **a pass**: proves, or only says that nothing was found against it.

Wording is ours. How sure each fact is stands in the tables; quantifiers marked `judgement` there are our reading.
";

/// Writes it.
#[must_use]
pub fn document(catalog: &Catalog) -> String {
    let automatic: BTreeSet<_> = documents::units().collect();
    let mut text = HEAD.to_owned();
    for case in &catalog.cases {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n## {}\n", case.id);
        let _ = writeln!(text, "{}; {}\n", case.kind.name(), case.procedure);
        let _ = writeln!(text, "| unit | asks | class | who | on | a pass |\n|---|---|---|---|---|---|");
        for rule in catalog.rules_of(case.id) {
            let Some(unit) = catalog.unit(rule.unit) else { continue };
            let class = Class::of(catalog, unit).letter();
            let who = who(rule, automatic.contains(&rule.unit));
            let pass = match rule.sense {
                Sense::Prove => "proves",
                Sense::Refute => "no sign against it",
            };
            let _ = writeln!(
                text,
                "| {} | {} | {class} | {who} | {} | {pass} |",
                rule.unit.letter,
                unit.paraphrase,
                on(rule)
            );
        }
    }
    text
}

fn who(rule: &UnitRule, is_automatic: bool) -> String {
    let mut text = match rule.decides {
        Decider::Tool if is_automatic => "documents".to_owned(),
        Decider::Tool => format!("tool: {}", by(rule)),
        Decider::Assessor => "assessor".to_owned(),
        Decider::Inherited => "inherited".to_owned(),
        Decider::Performed => "done".to_owned(),
    };
    if rule.readers > 1 {
        let _ = write!(text, ", {} readers", rule.readers);
    }
    if let Some(inherits) = &rule.inherits {
        let letters: String = inherits.letters.iter().collect();
        let _ = write!(text, " from {}{letters}", inherits.case);
    }
    if let Some(plus) = &rule.plus {
        let _ = write!(text, ", and {plus} by an assessor");
    }
    let prepared = preparing(rule);
    if rule.decides != Decider::Tool && !prepared.is_empty() {
        let _ = write!(text, "; evidence by {}", prepared.join(", "));
    }
    text
}

/// The procedures that decide a unit, or why none does.
fn by(rule: &UnitRule) -> String {
    let unit = rule.unit.to_string();
    let deciding = PROCEDURES.iter().filter(|procedure| procedure.decides.contains(&unit.as_str()));
    let ids: Vec<&str> = deciding.map(|procedure| procedure.id).collect();
    match BY_HAND.iter().find(|(known, _)| *known == unit) {
        Some((_, why)) if ids.is_empty() => format!("by hand, for {why}"),
        Some(_) | None => ids.join(", "),
    }
}

/// The procedures that leave evidence for a unit.
fn preparing(rule: &UnitRule) -> Vec<&'static str> {
    let unit = rule.unit.to_string();
    let preparing = PROCEDURES.iter().filter(|procedure| procedure.prepares.contains(&unit.as_str()));
    preparing.map(|procedure| procedure.id).collect()
}

fn on(rule: &UnitRule) -> String {
    let mut text = match (&rule.over, rule.quantifier) {
        (None, _) => "the product".to_owned(),
        (Some(over), Quantifier::All) => format!("all of {}", rows(over)),
        (Some(over), Quantifier::One) => format!("one of {}", rows(over)),
        (Some(over), Quantifier::OnePerReferrer) => format!("one for each referrer of {}", rows(over)),
    };
    if let Some(via) = &rule.via {
        let _ = write!(text, ", named in `{}` of {}", via.field, rows(&via.from));
    }
    if !rule.states.is_empty() {
        let states: Vec<&str> = rule.states.iter().map(|state| state.name()).collect();
        let _ = write!(text, ", {}", states.join(" and "));
    }
    if rule.over.is_some() && rule.empty == Empty::Holds {
        text.push_str("; none: holds");
    }
    if !rule.escapes.is_empty() {
        let _ = write!(text, "; exception: {}", rule.escapes.join(", "));
    }
    text
}

fn rows(domain: &Domain) -> String {
    let filters: Vec<String> = domain.filters.iter().map(filter).collect();
    let of = format!("table {}", domain.table);
    if filters.is_empty() { of } else { format!("{of} where {}", filters.join(" and ")) }
}

fn filter(filter: &Filter) -> String {
    let options: Vec<&str> =
        filter.options.iter().map(|option| if option.is_empty() { "none" } else { option }).collect();
    format!("{} is {}{}", filter.field, if filter.is { "" } else { "not " }, options.join(" or "))
}
