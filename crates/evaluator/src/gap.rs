//! What stands between a product and conformity: steps, ordered by obligation and effort.
//!
//! A step comes from a provision that is denied or not decided, or from findings. It says what it would need, where in the
//! documents it shows, and which units of the test specification have to be carried out once it is done. That nothing is
//! left here means that the documents are whole and claim all that is mandatory; whether the claims hold is for the tests.

use crate::catalog::{
    Applicability, CaseKind, Catalog, Edition, FeatureKey, Obligation, Provision, ProvisionId, TableNo,
    UnitId,
};
use crate::finding::{Effort, Finding, Level, Place, Rule};
use crate::product::{Answer, Evaluation};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Why a step is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// The evaluation fails, or cannot be carried out, with it.
    Blocking,
    /// An assessor is likely to ask.
    Doubtful,
    /// Conformity does not need it.
    Optional,
}

/// One step to conformity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Whether conformity needs it.
    pub weight: Weight,
    /// The strongest obligation that it serves; none where it concerns the documents as a whole.
    pub obligation: Option<Obligation>,
    /// What it is likely to need.
    pub effort: Effort,
    /// The provisions that it serves.
    pub provisions: Vec<ProvisionId>,
    /// What is the case.
    pub what: String,
    /// What to do.
    pub needs: String,
    /// How often it is found.
    pub count: usize,
    /// Where it shows first.
    pub at: Place,
    /// The rule, where it comes from findings.
    pub rule: Option<Rule>,
    /// Units to be carried out once it is done.
    pub units: Vec<UnitId>,
}

/// How the provisions of one obligation stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Provisions of the edition.
    pub all: usize,
    /// Whose conditions do not hold by the declared features.
    pub not_applicable: usize,
    /// Answered Y.
    pub claimed: usize,
    /// Answered N though they apply.
    pub denied: usize,
    /// Answered N/A though their conditions hold or are not decided.
    pub waived: usize,
    /// Not answered.
    pub open: usize,
}

/// The gap analysis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The edition.
    pub edition: Edition,
    /// Mandatory provisions.
    pub mandatory: Standing,
    /// Recommended provisions.
    pub recommended: Standing,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

impl Gap {
    /// Whether nothing in the documents stands against conformity.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.steps.iter().all(|step| step.weight != Weight::Blocking)
    }
}

/// Analyses an evaluation with what was found in it.
#[must_use]
pub fn gap(evaluation: &Evaluation, catalog: &Catalog, findings: &[Finding]) -> Gap {
    let look = Look { evaluation, catalog };
    let mut steps = look.provisions();
    steps.extend(look.findings(findings));
    steps.sort_by(|a, b| {
        // Without an obligation a step concerns all of the documents: it comes first.
        (a.weight, a.obligation, a.effort, &a.at).cmp(&(b.weight, b.obligation, b.effort, &b.at))
    });
    Gap {
        edition: evaluation.edition(),
        mandatory: look.standing(Obligation::Mandatory),
        recommended: look.standing(Obligation::Recommended),
        steps,
    }
}

struct Look<'a> {
    evaluation: &'a Evaluation,
    catalog: &'a Catalog,
}

impl Look<'_> {
    fn applies(&self, provision: &Provision) -> Applicability {
        provision.applicability(|key: &FeatureKey| self.evaluation.dut.feature(key))
    }

    fn standing(&self, obligation: Obligation) -> Standing {
        let mut standing = Standing::default();
        let provisions = self.catalog.provisions(self.evaluation.edition());
        for provision in provisions.iter().filter(|provision| provision.obligation == obligation) {
            standing.all += 1;
            let is_off = matches!(self.applies(provision), Applicability::NotMet(_));
            match self.evaluation.ics.answer(provision.id) {
                _ if is_off => standing.not_applicable += 1,
                Some(Answer::Yes) => standing.claimed += 1,
                Some(Answer::No) => standing.denied += 1,
                Some(Answer::NotApplicable) => standing.waived += 1,
                None => standing.open += 1,
            }
        }
        standing
    }

    /// Provisions that apply and are denied or not decided.
    fn provisions(&self) -> Vec<Step> {
        let provisions = self.catalog.provisions(self.evaluation.edition()).iter();
        provisions.filter_map(|provision| self.of_provision(provision)).collect()
    }

    fn of_provision(&self, provision: &Provision) -> Option<Step> {
        if matches!(self.applies(provision), Applicability::NotMet(_)) {
            return None;
        }
        let entry = self.evaluation.ics.entries.get(&provision.id);
        let answer = entry.and_then(|entry| entry.answer.as_ref());
        let (weight, effort, what, needs) = match (answer.map(|answer| answer.value), provision.obligation) {
            (Some(Answer::Yes | Answer::NotApplicable), _) => return None,
            (Some(Answer::No), obligation) => {
                let effort = self.effort(provision);
                let weight = match obligation {
                    Obligation::Mandatory => Weight::Blocking,
                    Obligation::Recommended => Weight::Optional,
                };
                (weight, effort, format!("Not met: {}", provision.paraphrase), self.needs(provision, effort))
            }
            (None, _) => (
                Weight::Blocking,
                Effort::Document,
                format!("Not decided: {}", provision.paraphrase),
                "Find out whether the product meets it, and answer Y, N or N/A in ics.toml.".to_owned(),
            ),
        };
        let at = answer.map_or_else(|| self.evaluation.ics.at.clone(), |answer| answer.at.clone());
        Some(Step {
            weight,
            obligation: Some(provision.obligation),
            effort,
            provisions: vec![provision.id],
            what,
            needs,
            count: 1,
            at,
            rule: None,
            units: self.units(provision),
        })
    }

    /// What meeting a provision is likely to need, by what its tests look at.
    fn effort(&self, provision: &Provision) -> Effort {
        let cases: Vec<_> = self.groups(provision).flat_map(|id| self.catalog.group(id)).collect();
        let looks_at = |no| cases.iter().any(|case| case.tables.contains(&no));
        let only_documents = cases.iter().all(|case| case.tables.iter().all(|no| *no == TableNo::USER_INFO));
        if only_documents && !cases.is_empty() {
            Effort::Document
        } else if looks_at(TableNo::CONF) {
            Effort::Process
        } else {
            Effort::Engineering
        }
    }

    fn needs(&self, provision: &Provision, effort: Effort) -> String {
        let cases: Vec<_> = self.groups(provision).flat_map(|id| self.catalog.group(id)).collect();
        let tables: BTreeSet<TableNo> = cases.iter().flat_map(|case| case.tables.iter().copied()).collect();
        let names: Vec<String> = tables
            .iter()
            .filter_map(|no| self.catalog.table(*no))
            .map(|table| table.sheet(self.evaluation.edition()))
            .collect();
        let is_tested = cases.iter().any(|case| case.kind != CaseKind::Conceptual);
        let first = match effort {
            Effort::Wording | Effort::Document => "Write and publish the document",
            Effort::Process => "Set the process up, with somebody who answers for it",
            Effort::Engineering => "Change the product",
        };
        let declared =
            if names.is_empty() { String::new() } else { format!("; declare it in {}", names.join(", ")) };
        let tested = if is_tested { "; have it tested on the product" } else { "" };
        format!("{first}{declared}{tested}; answer Y.")
    }

    /// The provisions of V2.1.1 whose groups of tests look at a provision.
    fn groups(&self, provision: &Provision) -> impl Iterator<Item = ProvisionId> {
        let id = provision.id;
        let is_it = move |known: &&Provision| known.id == id || known.successors.contains(&id);
        self.catalog.provisions(Edition::V2_1_1).iter().filter(is_it).map(|known| known.id)
    }

    fn units(&self, provision: &Provision) -> Vec<UnitId> {
        match provision.edition {
            Edition::V2_1_1 => {
                self.catalog.group(provision.id).flat_map(|case| case.units.iter().copied()).collect()
            }
            // The test specification of the later edition is not in the catalog.
            Edition::V3_1_3 => Vec::new(),
        }
    }

    /// Findings, those of one rule in one document together; what a provision's step says is not said again.
    fn findings(&self, findings: &[Finding]) -> Vec<Step> {
        let mut groups: BTreeMap<(Rule, &str, &str), Vec<&Finding>> = BTreeMap::new();
        for finding in findings.iter().filter(|finding| !self.is_a_step(finding)) {
            let apart = match finding.rule {
                Rule::OpenPlaceholder => "",
                _ => finding.message.as_str(),
            };
            groups.entry((finding.rule, &finding.at.file, apart)).or_default().push(finding);
        }
        groups.into_values().filter_map(|group| self.of_findings(&group)).collect()
    }

    /// Whether a finding says what a provision's own step says.
    fn is_a_step(&self, finding: &Finding) -> bool {
        let is_answer = finding.rule == Rule::OpenPlaceholder && finding.subject == "answer";
        let says_so = matches!(finding.rule, Rule::MandatoryNo | Rule::IcsMissing);
        says_so || (is_answer && *finding.at.file == *self.evaluation.ics.at.file)
    }

    fn of_findings(&self, group: &[&Finding]) -> Option<Step> {
        let first = group.first()?;
        let provisions = self.served(first);
        let edition = self.evaluation.edition();
        let known: Vec<&Provision> =
            provisions.iter().filter_map(|id| self.catalog.provision(edition, *id)).collect();
        let mut units: Vec<UnitId> = known.iter().flat_map(|provision| self.units(provision)).collect();
        units.sort();
        let what = match first.rule {
            Rule::OpenPlaceholder => format!("{} value(s) of {} are open", group.len(), first.at.file),
            _ => first.message.clone(),
        };
        Some(Step {
            weight: match first.level() {
                Level::Error => Weight::Blocking,
                Level::Warning => Weight::Doubtful,
                Level::Note => Weight::Optional,
            },
            obligation: known.iter().map(|provision| provision.obligation).min(),
            effort: first.rule.effort(),
            provisions,
            what,
            needs: match first.rule {
                Rule::OpenPlaceholder => first.rule.help().to_owned(),
                _ => first.help.clone(),
            },
            count: group.len(),
            at: first.at.clone(),
            rule: Some(first.rule),
            units,
        })
    }

    /// The applicable provisions that a finding concerns: its subject, or those whose tests use its table.
    fn served(&self, finding: &Finding) -> Vec<ProvisionId> {
        let edition = self.evaluation.edition();
        if let Ok(id) = finding.subject.parse::<ProvisionId>() {
            return vec![id];
        }
        let table = self.catalog.tables.iter().find(|table| table.path() == *finding.at.file);
        let Some(table) = table else { return Vec::new() };
        let groups: BTreeSet<ProvisionId> = table.cases.iter().map(|case| case.provision).collect();
        let served: BTreeSet<ProvisionId> = match edition {
            Edition::V2_1_1 => groups,
            Edition::V3_1_3 => groups
                .iter()
                .filter_map(|id| self.catalog.provision(Edition::V2_1_1, *id))
                .flat_map(|provision| provision.successors.iter().copied())
                .collect(),
        };
        let applies = |id: &ProvisionId| {
            let provision = self.catalog.provision(edition, *id);
            provision.is_some_and(|known| !matches!(self.applies(known), Applicability::NotMet(_)))
        };
        served.into_iter().filter(applies).collect()
    }
}
