//! Each field of each table: missing, open, mistyped, empty, of no option, referring to nothing, none.

use super::Mutation;
use super::edit::{Texts, quote, remove, set, whole};
use evaluator::catalog::{Catalog, Edition, EntryKind, Field, FieldKind, IxitTable, Shape};
use evaluator::finding::Rule;

pub(crate) fn mutations(catalog: &Catalog, sample: &Texts) -> Vec<Mutation> {
    let mut all = Vec::new();
    for table in &catalog.tables {
        for field in table.fields(Edition::V2_1_1) {
            of_field(table, field, sample, &mut all);
        }
        let path = table.path();
        if table.shape == Shape::Rows {
            let name = format!("{path} without rows");
            all.push(Mutation::new(name, whole(sample, &path, "\n"), Rule::TableEmpty, &path));
        }
        let both = format!("none = \"There is nothing of this kind.\"\n{}", sample[&path]);
        if table.shape == Shape::Rows {
            all.push(Mutation::new(
                format!("{path} none and rows"),
                whole(sample, &path, both),
                Rule::TableNoneAndRows,
                &path,
            ));
        }
    }
    for entry in catalog.entries.iter().filter(|entry| entry.is_required) {
        let path = format!("{}.toml", entry.document);
        let nth = nth_of(catalog, entry);
        let case = |what: &str, texts: Texts, rule: Rule| {
            let name = format!("{path} [{}] {} {what}", entry.section, entry.key);
            Mutation::new(name, texts, rule, &path)
        };
        if entry.kind != EntryKind::List {
            all.push(case("missing", remove(sample, &path, &entry.key, nth), Rule::MissingKey));
            let open = set(sample, &path, &entry.key, nth, "\"?\"");
            all.push(case("open", open, Rule::OpenPlaceholder));
        }
        let mistyped = set(sample, &path, &entry.key, nth, "1.5");
        all.push(case("mistyped", mistyped, Rule::WrongType));
        if let EntryKind::Choice(_) = entry.kind {
            let chosen = set(sample, &path, &entry.key, nth, "\"perhaps\"");
            all.push(case("perhaps", chosen, Rule::BadChoice));
        }
    }
    all
}

/// The same key may stand in sections before.
fn nth_of(catalog: &Catalog, entry: &evaluator::catalog::DocumentEntry) -> usize {
    let same = |known: &&evaluator::catalog::DocumentEntry| {
        known.document == entry.document && known.key == entry.key
    };
    catalog.entries.iter().filter(same).take_while(|known| known.section != entry.section).count()
}

fn of_field(table: &IxitTable, field: &Field, sample: &Texts, all: &mut Vec<Mutation>) {
    let path = table.path();
    let key = field.key.as_str();
    let mut case = |what: &str, texts: Texts, rule: Rule| {
        all.push(Mutation::new(format!("{path} {key} {what}"), texts, rule, &path));
    };
    let with = |value: &str| set(sample, &path, key, 0, value);
    case("missing", remove(sample, &path, key, 0), Rule::MissingKey);
    case("open", with("\"?\""), Rule::OpenPlaceholder);
    case("mistyped", with("42"), Rule::WrongType);
    match &field.kind {
        FieldKind::Id => {
            case("no ID", with("\"two words\""), Rule::BadId);
            let first = format!("{}-1", table.name(Edition::V2_1_1));
            if sample[&path].matches("[[row]]").count() > 1 {
                case("twice", set(sample, &path, key, 1, &quote(&first)), Rule::DuplicateId);
            }
            case("of another name", with("\"Other-1\""), Rule::IdPrefix);
            return;
        }
        FieldKind::Text => case("empty", with("\"  \""), Rule::EmptyText),
        FieldKind::Period => {
            case("without a time", with("\"as soon as it can be done\""), Rule::PeriodUnclear);
        }
        FieldKind::Crypto => case("empty list", with("[]"), Rule::ListEmpty),
        FieldKind::Refs => {
            case("to nothing", with("[\"Nowhere-9\"]"), Rule::RefUnknown);
            case("no ID", with("[\"two words\"]"), Rule::BadId);
            case("empty list", with("[]"), Rule::ListEmpty);
            case("to another table", with("[\"ExtSens-1\"]"), Rule::RefTable);
        }
        FieldKind::Choice(_) => case("no option", with("\"perhaps\""), Rule::BadChoice),
        FieldKind::Set(_) => {
            case("no option", with("[\"perhaps\"]"), Rule::BadChoice);
            case("empty list", with("[]"), Rule::ListEmpty);
        }
    }
    let has_option = matches!(&field.kind, FieldKind::Choice(options) | FieldKind::Set(options) if options.contains(&"none".to_owned()));
    if field.may_be_none {
        case("none without reason", with("\"none\""), Rule::NoneWithoutReason);
    } else if !has_option {
        case("none", with("\"none: there is nothing\""), Rule::NoneNotAllowed);
    }
}
