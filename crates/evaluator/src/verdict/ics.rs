//! Whether the conformance statement is valid.

use crate::catalog::{Applicability, Catalog, Obligation, Provision, ProvisionId};
use crate::product::{Answer, Evaluation};
use serde::Serialize;
use thiserror::Error;

/// What makes a conformance statement invalid.
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum IcsFault {
    /// A mandatory provision is marked as not met.
    #[error("{provision} is mandatory and is marked N")]
    MandatoryNo {
        /// Which.
        provision: ProvisionId,
    },
    /// A provision is marked as not applicable, but it applies.
    #[error("{provision} is marked N/A, but it applies")]
    WrongNotApplicable {
        /// Which.
        provision: ProvisionId,
    },
}

/// What the statement amounts to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IcsState {
    /// What makes it invalid.
    pub faults: Vec<IcsFault>,
    /// Provisions of which it is not known whether they are rightly answered: no answer, or an N/A whose condition
    /// nobody declared.
    pub open: Vec<ProvisionId>,
}

/// Holds each answer against the provision's obligation and conditions.
#[must_use]
pub fn ics_state(catalog: &Catalog, evaluation: &Evaluation) -> IcsState {
    let mut state = IcsState::default();
    for provision in catalog.provisions(evaluation.edition()) {
        let id = provision.id;
        let is_mandatory = provision.obligation == Obligation::Mandatory;
        match evaluation.ics.answer(id) {
            None => state.open.push(id),
            Some(Answer::Yes) => {}
            Some(Answer::No) if is_mandatory => state.faults.push(IcsFault::MandatoryNo { provision: id }),
            Some(Answer::No) => {}
            Some(Answer::NotApplicable) => match does_not_apply(provision, evaluation) {
                Some(true) => {}
                Some(false) => state.faults.push(IcsFault::WrongNotApplicable { provision: id }),
                None => state.open.push(id),
            },
        }
    }
    state
}

/// Whether a provision does not apply; `None` where nobody declared what that depends on. A recommendation without any
/// condition may be left out for the reason that it gives.
fn does_not_apply(provision: &Provision, evaluation: &Evaluation) -> Option<bool> {
    let declared = |key: &crate::catalog::FeatureKey| evaluation.dut.feature(key);
    let by_practice =
        provision.practice.as_ref().map(|condition| condition.holds(declared).map(|holds| !holds));
    match provision.applicability(declared) {
        Applicability::NotMet(_) => Some(true),
        Applicability::Undeclared(_) => None,
        Applicability::Applies => match by_practice {
            Some(answer) => answer,
            None => Some(provision.obligation == Obligation::Recommended && provision.conditions.is_empty()),
        },
    }
}
