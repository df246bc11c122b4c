//! What stands behind the test cases of an edition for which the catalog has none of its own.

use crate::catalog::{Catalog, Edition, ProvisionId};
use crate::verdict::derive::cases_of;
use serde::Serialize;
use std::fmt;

/// That an edition's cases were made for another edition, and which provisions they reach.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mapping {
    /// The edition that is evaluated.
    pub edition: Edition,
    /// The test specification that the cases come from.
    pub cases_of: String,
    /// How many provisions the edition has.
    pub provisions: usize,
    /// Those that no case reaches.
    pub without: Vec<ProvisionId>,
}

impl Mapping {
    /// Of an edition; none where the cases were made for it.
    #[must_use]
    pub fn of(catalog: &Catalog, edition: Edition) -> Option<Self> {
        match edition {
            Edition::V2_1_1 => None,
            Edition::V3_1_3 => {
                let provisions = catalog.provisions(edition);
                let unreached = |id: &ProvisionId| cases_of(catalog, *id, edition).is_empty();
                Some(Self {
                    edition,
                    cases_of: format!("TS 103 701 {}", Edition::V2_1_1.test_specification()),
                    provisions: provisions.len(),
                    without: provisions.iter().map(|provision| provision.id).filter(unreached).collect(),
                })
            }
        }
    }
}

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { edition, cases_of, provisions, without } = self;
        write!(
            f,
            "No published test specification's cases stand behind an evaluation by {edition}: the catalog has none for it. Cases and units are \
             those of {cases_of} (for V2.1.1), mapped by medseal through the provisions' counterparts; {} of {provisions} provisions \
             are reached so, and what {edition} has added to them is not tested.",
            provisions - without.len(),
        )?;
        if !without.is_empty() {
            let names: Vec<String> = without.iter().map(ToString::to_string).collect();
            write!(
                f,
                " Without any case, and INCONCLUSIVE unless recognised evidence covers them: {}.",
                names.join(", ")
            )?;
        }
        Ok(())
    }
}
