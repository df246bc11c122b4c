//! Where findings are gathered.

use alloc::string::String;
use alloc::vec::Vec;

use super::finding::{Finding, Rule};
use super::limits::MAX_FINDINGS;
use crate::cap::{ComponentTag, MethodOffset};

/// The findings so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// A finding in a component.
    pub(super) fn add(
        &mut self,
        rule: Rule,
        component: ComponentTag,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        let (expected, found) = (expected.into(), found.into());
        self.push(Finding { rule, component, method: None, bytecode: None, expected, found });
    }

    /// A finding in a method, at an instruction or in general.
    pub(super) fn add_in_method(
        &mut self,
        rule: Rule,
        method: MethodOffset,
        bytecode: Option<u16>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) {
        let (expected, found) = (expected.into(), found.into());
        let component = ComponentTag::Method;
        self.push(Finding { rule, component, method: Some(method), bytecode, expected, found });
    }

    fn push(&mut self, finding: Finding) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        }
    }

    /// A finding unless two values are the same.
    pub(super) fn same<T: PartialEq + core::fmt::Display>(
        &mut self,
        rule: Rule,
        component: ComponentTag,
        what: &str,
        expected: T,
        found: T,
    ) {
        if expected != found {
            self.add(rule, component, alloc::format!("{what} {expected}"), alloc::format!("{found}"));
        }
    }

    /// How many findings there are.
    pub(super) fn count(&self) -> usize {
        self.findings.len()
    }

    /// Whether a rule was found broken.
    pub(super) fn has(&self, rule: Rule) -> bool {
        self.findings.iter().any(|finding| finding.rule == rule)
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}
