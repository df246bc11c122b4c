//! Each provision: not answered, denied, waived, with a wrong condition, without a reason.

use super::Mutation;
use super::edit::{Texts, quote, remove, set};
use evaluator::catalog::{Applicability, Catalog, Edition, Obligation};
use evaluator::finding::Rule;

const FILE: &str = "ics.toml";

pub(crate) fn mutations(catalog: &Catalog, sample: &Texts) -> Vec<Mutation> {
    let mut all = Vec::new();
    for provision in catalog.provisions(Edition::V2_1_1) {
        let id = provision.id.to_string();
        let key = quote(&id);
        let case = |what: &str, texts: Texts, rule: Rule| {
            Mutation::new(format!("{id} {what}"), texts, rule, FILE).about(id.as_str())
        };
        let with = |entry: &str| set(sample, FILE, &key, 0, entry);
        all.push(case("missing", remove(sample, FILE, &key, 0), Rule::IcsMissing));
        let declared = |key: &_| catalog.feature(key).map(|feature| feature.example);
        let applies = provision.applicability(declared) == Applicability::Applies;
        match (provision.obligation, applies) {
            (Obligation::Mandatory, true) => {
                all.push(case("denied", with("{ answer = \"N\" }"), Rule::MandatoryNo));
            }
            (Obligation::Recommended, _) => {
                all.push(case("denied", with("{ answer = \"N\" }"), Rule::ReasonMissing));
                let thin = with("{ answer = \"N\", reason = \"too hard\" }");
                all.push(case("thin reason", thin, Rule::ReasonThin));
            }
            (Obligation::Mandatory, false) => {}
        }
        if !applies {
            all.push(case("claimed", with("{ answer = \"Y\" }"), Rule::ClaimNotApplicable));
        }
        let reason = "reason = \"The product is built without that.\"";
        let foreign = with(&format!("{{ answer = \"N/A\", condition = \"99\", {reason} }}"));
        all.push(case("foreign condition", foreign, Rule::ConditionForeign));
        let bare = with(&format!("{{ answer = \"N/A\", {reason} }}"));
        match (provision.conditions.first(), provision.practice.as_ref(), provision.obligation) {
            (None, None, Obligation::Mandatory) => all.push(case("waived", bare, Rule::NaUnconditional)),
            (None, None, Obligation::Recommended) => {}
            (Some(condition), _, _) => {
                all.push(case("waived without condition", bare, Rule::NaCondition));
                let useless = with(&format!("{{ answer = \"Y\", condition = \"{}\" }}", condition.key));
                all.push(case("condition on a claim", useless, Rule::ConditionOnYes));
                if condition.holds(declared) == Some(true) {
                    let held =
                        with(&format!("{{ answer = \"N/A\", condition = \"{}\", {reason} }}", condition.key));
                    all.push(case("condition that holds", held, Rule::NaContradicted));
                }
                if provision.obligation == Obligation::Mandatory {
                    let silent = with(&format!("{{ answer = \"N/A\", condition = \"{}\" }}", condition.key));
                    all.push(case("waived without reason", silent, Rule::NaReason));
                }
            }
            (None, Some(condition), _) => {
                let waived =
                    with(&format!("{{ answer = \"N/A\", condition = \"{}\", {reason} }}", condition.key));
                all.push(case("waived by practice", waived, Rule::NaPractice));
            }
        }
    }
    all
}
