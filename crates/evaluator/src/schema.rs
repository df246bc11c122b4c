//! JSON Schemas (draft 7) of the documents, made from the catalog: editors complete and check by them.
//!
//! They are published in `standards/evaluation/schema/EDITION/`, and `init` puts the edition's into the folder. A schema
//! knows form only; what fits together is checked by [`crate::checks`].

use crate::catalog::{
    Catalog, Edition, EntryKind, Field, FieldKind, IxitTable, Obligation, Provision, Shape,
};
use crate::product::{Answer, Questionnaire};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Path in the evaluation folder and text of each schema.
#[must_use]
pub fn files(catalog: &Catalog, edition: Edition) -> BTreeMap<String, String> {
    let mut schemas: Vec<(String, Value)> = Vec::new();
    for name in ["evaluation", "dut", "probe"] {
        schemas.push((name.to_owned(), document(catalog, edition, name)));
    }
    schemas.push(("ics".to_owned(), ics(catalog, edition)));
    for table in &catalog.tables {
        let name = table.path().replace("ixit/", "ixit-").replace(".toml", "");
        schemas.push((name, ixit(table, edition)));
    }
    for questionnaire in Questionnaire::ALL {
        schemas.push((questionnaire.key().to_owned(), answers(catalog, questionnaire)));
    }
    let text = |schema: &Value| format!("{schema:#}\n");
    schemas.iter().map(|(name, schema)| (format!("schema/{name}.json"), text(schema))).collect()
}

/// The line by which editors find a document's schema in the evaluation folder; it is the document's first.
#[must_use]
pub fn line(path: &str) -> String {
    let up = if path.contains('/') { "../" } else { "./" };
    let name = path.strip_suffix(".toml").unwrap_or(path).replace('/', "-");
    format!("#:schema {up}schema/{name}.json\n")
}

/// A table with these keys and no others.
fn object(title: &str, properties: Map<String, Value>, required: Vec<String>) -> Value {
    json!({
        "type": "object",
        "title": title,
        "additionalProperties": false,
        "properties": properties,
        "required": required,
    })
}

fn root(mut schema: Value) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    }
    schema
}

/// A word of several, and more words after a colon. Editors complete the bare words.
fn choice<'a>(options: impl Iterator<Item = &'a str>) -> Value {
    let options: Vec<&str> = options.collect();
    let escaped: Vec<String> = options.iter().map(|option| option.replace('.', "\\.")).collect();
    json!({
        "anyOf": [
            { "enum": options },
            { "type": "string", "pattern": format!("^({}): ?\\S", escaped.join("|")) },
        ]
    })
}

/// Words, but no placeholder.
fn words() -> Value {
    json!({ "type": "string", "minLength": 1, "not": { "const": "?" } })
}

fn described(mut schema: Value, description: &str) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        fields.insert("description".to_owned(), json!(description));
    }
    schema
}

/// A table of a document while its keys are gathered.
#[derive(Default)]
struct Section<'a> {
    name: &'a str,
    is_repeated: bool,
    properties: Map<String, Value>,
    required: Vec<String>,
}

fn document(catalog: &Catalog, edition: Edition, document: &str) -> Value {
    let mut top = Map::new();
    let mut required: Vec<String> = Vec::new();
    let mut sections: Vec<Section<'_>> = Vec::new();
    for entry in catalog.entries.iter().filter(|entry| entry.document == document) {
        let schema = match &entry.kind {
            EntryKind::Text if entry.key == "edition" => json!({ "enum": Edition::ALL.map(Edition::name) }),
            EntryKind::Text => words(),
            EntryKind::Flag => json!({ "type": "boolean" }),
            EntryKind::Count => json!({ "type": "integer", "minimum": 0 }),
            EntryKind::List => json!({ "type": "array", "items": words() }),
            EntryKind::Choice(options) => choice(options.iter().map(String::as_str)),
        };
        let schema = described(schema, &entry.guidance);
        if entry.section.is_empty() {
            required.push(entry.key.clone());
            top.insert(entry.key.clone(), schema);
            continue;
        }
        if sections.last().is_none_or(|section| section.name != entry.section) {
            let is_repeated = entry.is_repeated;
            sections.push(Section { name: &entry.section, is_repeated, ..Section::default() });
        }
        if let Some(section) = sections.last_mut() {
            section.properties.insert(entry.key.clone(), schema);
            if entry.is_required {
                section.required.push(entry.key.clone());
            }
        }
    }
    for Section { name, is_repeated, properties, required: needed } in sections {
        let section = object(name, properties, needed);
        if is_repeated {
            top.insert(name.to_owned(), json!({ "type": "array", "items": section }));
        } else {
            if document != "probe" {
                required.push(name.to_owned());
            }
            top.insert(name.to_owned(), section);
        }
    }
    if document == "dut" {
        required.push("features".to_owned());
        top.insert("features".to_owned(), features(catalog, edition));
    }
    root(object(document, top, required))
}

fn features(catalog: &Catalog, edition: Edition) -> Value {
    let flag = |question: &str| described(json!({ "type": "boolean" }), question);
    let properties =
        catalog.features.iter().map(|feature| (feature.key.to_string(), flag(&feature.question))).collect();
    let asked = catalog.features.iter().filter(|feature| feature.is_asked(edition));
    object("features", properties, asked.map(|feature| feature.key.to_string()).collect())
}

fn ics(catalog: &Catalog, edition: Edition) -> Value {
    let provisions = catalog.provisions(edition);
    let properties =
        provisions.iter().map(|provision| (provision.id.to_string(), entry(provision))).collect();
    let required = provisions.iter().map(|provision| provision.id.to_string()).collect();
    let mut top = Map::new();
    top.insert("provisions".to_owned(), object("provisions", properties, required));
    root(object("ics", top, vec!["provisions".to_owned()]))
}

fn entry(provision: &Provision) -> Value {
    let text = |about: &str| described(words(), about);
    let conditions: Vec<&str> =
        provision.conditions.iter().chain(&provision.practice).map(|known| known.key.as_str()).collect();
    let meanings: Vec<String> = provision
        .conditions
        .iter()
        .chain(&provision.practice)
        .map(|known| format!("{}: {}", known.key, known.meaning))
        .collect();
    let mut properties = Map::new();
    properties.insert("answer".to_owned(), json!({ "enum": Answer::ALL.map(Answer::name) }));
    properties.insert("reason".to_owned(), text("Why it is not met or does not apply."));
    let condition = described(
        json!({ "enum": conditions }),
        &format!("The condition that does not hold. {}", meanings.join("; ")),
    );
    if !conditions.is_empty() {
        properties.insert("condition".to_owned(), condition);
    }
    properties.insert("detail".to_owned(), text("Anything else: rows that show how it is met, evidence."));
    let obligation = match provision.obligation {
        Obligation::Mandatory => "Mandatory",
        Obligation::Recommended => "Recommended",
    };
    let schema = object(&provision.id.to_string(), properties, vec!["answer".to_owned()]);
    described(schema, &format!("{obligation}. {}", provision.paraphrase))
}

fn ixit(table: &IxitTable, edition: Edition) -> Value {
    let fields: Vec<&Field> = table.fields(edition).collect();
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.key.clone(), field_schema(field))).collect();
    let required: Vec<String> = fields.iter().map(|field| field.key.clone()).collect();
    let sheet = table.sheet(edition);
    let none = described(words(), "Why the table has nothing to say.");
    let schema = match table.shape {
        Shape::Rows => {
            let mut top = Map::new();
            top.insert("none".to_owned(), none);
            let rows =
                json!({ "type": "array", "minItems": 1, "items": object(&sheet, properties, required) });
            top.insert("row".to_owned(), rows);
            let mut schema = object(&sheet, top, Vec::new());
            if let Some(keys) = schema.as_object_mut() {
                keys.remove("required");
                keys.insert("oneOf".to_owned(), json!([{ "required": ["row"] }, { "required": ["none"] }]));
            }
            schema
        }
        Shape::Single => {
            let mut all = properties;
            all.insert("none".to_owned(), none);
            let mut schema = object(&sheet, all, Vec::new());
            if let Some(keys) = schema.as_object_mut() {
                keys.remove("required");
                keys.insert("oneOf".to_owned(), json!([{ "required": required }, { "required": ["none"] }]));
            }
            schema
        }
    };
    root(described(schema, &format!("{}. {}", table.title, table.guidance)))
}

fn field_schema(field: &Field) -> Value {
    let list = |items: Value| json!({ "type": "array", "minItems": 1, "items": items });
    let schema = match &field.kind {
        FieldKind::Id => json!({ "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9._-]*$" }),
        FieldKind::Text | FieldKind::Period => words(),
        FieldKind::Choice(options) => choice(options.iter().map(String::as_str)),
        FieldKind::Set(options) => list(choice(options.iter().map(String::as_str))),
        FieldKind::Crypto | FieldKind::Refs => list(words()),
    };
    let is_text = matches!(field.kind, FieldKind::Text | FieldKind::Period);
    let schema = if field.may_be_none && !is_text {
        json!({ "anyOf": [schema, { "type": "string", "pattern": "^none: ?\\S" }] })
    } else {
        schema
    };
    described(schema, &field.guidance)
}

fn answers(catalog: &Catalog, questionnaire: Questionnaire) -> Value {
    let topics: Vec<(&str, &str)> = match questionnaire {
        Questionnaire::Mds2 => {
            catalog.mds2.iter().map(|known| (known.id.as_str(), known.topic.as_str())).collect()
        }
        Questionnaire::Jsp => {
            catalog.jsp.iter().map(|known| (known.id.as_str(), known.topic.as_str())).collect()
        }
        Questionnaire::Fhir => {
            catalog.fhir.iter().map(|known| (known.id.as_str(), known.topic.as_str())).collect()
        }
    };
    let answer = || choice(questionnaire.options().iter().copied());
    let properties =
        topics.iter().map(|(id, topic)| ((*id).to_owned(), described(answer(), topic))).collect();
    let required = topics.iter().map(|(id, _)| (*id).to_owned()).collect();
    let mut top = Map::new();
    top.insert("answers".to_owned(), object("answers", properties, required));
    root(object(questionnaire.key(), top, vec!["answers".to_owned()]))
}
