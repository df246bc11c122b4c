//! The off-card verifier (JCVM 3.1: 2.3.1.3, chapters 6 and 7): whether a package can break what the card relies on.
//!
//! First the components are checked against each other, then each method's code is followed along all its ways
//! with the types of its operand stack and local variables. Values of several classes are kept apart as long as
//! there are few, so that what javac makes of interfaces needs no run-time check.
//!
//! [`verify`] is the only maker of [`VerifiedCap`]. Holding one proves that the package is type-safe on a card
//! whose imported packages are those of the [`ExportSet`] it was verified against, or later versions of them.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod finding;
mod limits;
mod report;

mod members;
mod world;

mod flow;
mod structure;

use alloc::vec::Vec;

pub use finding::{Finding, Rule};

use crate::cap::{CapFile, ComponentTag};
use crate::export::ExportSet;
use report::Report;
use world::World;

/// A CAP file that the verifier found to keep all rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCap {
    cap: CapFile,
}

impl VerifiedCap {
    /// What was verified.
    pub fn cap(&self) -> &CapFile {
        &self.cap
    }

    /// Gives the file back, without the proof.
    pub fn into_cap(self) -> CapFile {
        self.cap
    }
}

/// Verifies a CAP file against the packages that it can import.
///
/// # Errors
/// All findings of the structure; or, when there are none, the first finding of each method.
pub fn verify(cap: CapFile, exports: &ExportSet) -> Result<VerifiedCap, Vec<Finding>> {
    let findings = findings(&cap, exports);
    if findings.is_empty() { Ok(VerifiedCap { cap }) } else { Err(findings) }
}

fn findings(cap: &CapFile, exports: &ExportSet) -> Vec<Finding> {
    let mut report = Report::default();
    structure::check_files(cap, exports, &mut report);
    let Some(descriptor) = &cap.descriptor else {
        report.add(Rule::DescriptorMissing, ComponentTag::Descriptor, "a Descriptor component", "none");
        return report.into_findings();
    };
    // each step relies on what the one before has checked; what the Directory says is nobody's ground
    if report.has(Rule::ImportMissing) {
        return report.into_findings();
    }
    let before = report.count();
    let Some(own) = structure::pair_classes(cap, descriptor, &mut report) else {
        return report.into_findings();
    };
    let world = World::new(cap, descriptor, own, exports);
    structure::check_classes(&world, &mut report);
    if report.count() != before {
        return report.into_findings();
    }
    structure::check_members(&world, &mut report);
    structure::check_statics(&world, &mut report);
    structure::check_pool(&world, &mut report);
    structure::check_applets(&world, &mut report);
    structure::check_exports(&world, &mut report);
    let codes = structure::check_methods(&world, &mut report);
    if report.count() != before {
        return report.into_findings();
    }
    structure::check_reference_locations(&world, &codes, &mut report);
    for code in &codes {
        flow::check_code(&world, code, &mut report);
    }
    report.into_findings()
}
