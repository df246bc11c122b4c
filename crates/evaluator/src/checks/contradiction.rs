//! Statements that cannot both be true, from the catalog's list.

use super::Check;
use crate::catalog::{Edition, FieldTest, ProvisionId, Statement, TableNo};
use crate::finding::{Finding, Place, Rule};
use crate::product::{Questionnaire, Row, Value};

pub(super) fn check(check: &mut Check<'_>) {
    let catalog = check.catalog;
    for contradiction in &catalog.contradictions {
        let Some(right) = check.places(&contradiction.right).into_iter().next() else { continue };
        let rule = if contradiction.is_certain { Rule::Contradiction } else { Rule::ContradictionLikely };
        for left in check.places(&contradiction.left) {
            check.findings.push(
                Finding::new(rule, left, contradiction.id.as_str(), contradiction.message.as_str())
                    .help(contradiction.help.as_str())
                    .related(right.clone(), "what it contradicts"),
            );
        }
    }
}

impl Check<'_> {
    /// Where a statement is made; nowhere if it is not.
    fn places(&self, statement: &Statement) -> Vec<Place> {
        let dut = &self.evaluation.dut;
        match statement {
            Statement::Feature(key, wanted) => {
                let answer = dut.features.get(key).filter(|answer| answer.value == *wanted);
                answer.map(|answer| answer.at.clone()).into_iter().collect()
            }
            Statement::Ics(id, wanted) => self.answered(*id, wanted),
            Statement::Table(no, has_rows) => self.table(*no, *has_rows),
            Statement::Field(no, key, test) => self.field(*no, key, test),
            Statement::Answer(questionnaire, question, option) => {
                let known = Questionnaire::ALL.into_iter().find(|known| known.key() == questionnaire);
                let answers = known.and_then(|known| self.evaluation.questionnaires.get(&known));
                let answer = answers.and_then(|answers| answers.answers.get(question));
                answer
                    .filter(|answer| answer.value.option == *option)
                    .map(|answer| answer.at.clone())
                    .into_iter()
                    .collect()
            }
            Statement::Sbom(wanted) => {
                let available = dut.sbom.as_ref().and_then(|sbom| sbom.available.as_ref());
                let fits = available.filter(|available| available.value == *wanted);
                fits.map(|available| available.at.clone()).into_iter().collect()
            }
            Statement::Services(wanted) => match (dut.services.first(), wanted) {
                (Some(service), true) => vec![service.at.clone()],
                (None, false) => vec![dut.at.clone()],
                (Some(_), false) | (None, true) => Vec::new(),
            },
            Statement::ServiceData(wanted) => self.service_data(*wanted),
        }
    }

    /// In editions after V2.1.1 any of the provision's successors may be answered so.
    fn answered(&self, id: ProvisionId, wanted: &str) -> Vec<Place> {
        let ids = match self.evaluation.edition() {
            Edition::V2_1_1 => vec![id],
            Edition::V3_1_3 => self
                .catalog
                .provision(Edition::V2_1_1, id)
                .map(|provision| provision.successors.clone())
                .unwrap_or_default(),
        };
        let entries = ids.iter().filter_map(|id| self.evaluation.ics.entries.get(id));
        let answers = entries.filter_map(|entry| entry.answer.as_ref());
        answers.filter(|answer| answer.value.name() == wanted).map(|answer| answer.at.clone()).collect()
    }

    fn table(&self, no: TableNo, has_rows: bool) -> Vec<Place> {
        let Some(table) = self.evaluation.ixit.tables.get(&no) else { return Vec::new() };
        match (&table.none, has_rows) {
            (Some(none), false) if table.rows.is_empty() => vec![none.at.clone()],
            (_, true) => table.rows.first().map(|row| row.at.clone()).into_iter().collect(),
            (Some(_) | None, false) => Vec::new(),
        }
    }

    fn field(&self, no: TableNo, key: &str, test: &FieldTest) -> Vec<Place> {
        let rows: Vec<&Row> =
            self.evaluation.ixit.rows(no).iter().filter(|row| row.value(key).is_some()).collect();
        let with = |fits: &dyn Fn(&Row) -> bool| {
            rows.iter().filter(|row| fits(row)).map(|row| row.place(key).clone()).collect()
        };
        match test {
            FieldTest::Has(option) => with(&|row| row.has(key, option)),
            FieldTest::Lacks(option) => {
                with(&|row| !row.has(key, option) && !matches!(row.value(key), Some(Value::None { .. })))
            }
            FieldTest::Never(options) => {
                let is_never = !rows.is_empty()
                    && rows.len() == self.evaluation.ixit.rows(no).len()
                    && rows.iter().all(|row| !options.iter().any(|option| row.has(key, option)));
                let first = rows.first().filter(|_| is_never);
                first.map(|row| row.place(key).clone()).into_iter().collect()
            }
            FieldTest::Names(word) => with(&|row| {
                row.crypto(key).iter().any(|item| item.to_lowercase().starts_with(&word.to_lowercase()))
            }),
            FieldTest::Given => with(&|row| !matches!(row.value(key), Some(Value::None { .. }))),
            FieldTest::None => with(&|row| matches!(row.value(key), Some(Value::None { .. }))),
        }
    }

    fn service_data(&self, wanted: bool) -> Vec<Place> {
        let services = &self.evaluation.dut.services;
        let stores: Vec<_> =
            services.iter().filter_map(|service| service.stores_personal_data.as_ref()).collect();
        if wanted {
            return stores.iter().filter(|stores| stores.value).map(|stores| stores.at.clone()).collect();
        }
        let none_stores = stores.len() == services.len() && stores.iter().all(|stores| !stores.value);
        if none_stores { vec![self.evaluation.dut.at.clone()] } else { Vec::new() }
    }
}
