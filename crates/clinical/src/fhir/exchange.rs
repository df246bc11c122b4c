//! Bundle and OperationOutcome: answers to searches, and to what cannot be answered.

use serde::Serialize;

use super::Resource;

/// Bundle of the type searchset.
#[derive(Debug, Clone, Serialize)]
pub struct Bundle {
    /// `searchset`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// How many resources match in all, where that is known without counting them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<usize>,
    /// This page and the next.
    pub link: Vec<Link>,
    /// The matches of this page.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entry: Vec<Entry>,
}

/// Where a page of the answer is.
#[derive(Debug, Clone, Serialize)]
pub struct Link {
    /// `self` or `next`.
    pub relation: &'static str,
    /// Its address.
    pub url: String,
}

/// One match.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Its absolute address.
    pub full_url: String,
    /// The resource.
    pub resource: Resource,
    /// Why it is there.
    pub search: Search,
}

/// Why an entry is in the answer.
#[derive(Debug, Clone, Serialize)]
pub struct Search {
    /// `match`.
    pub mode: &'static str,
}

impl Bundle {
    /// An answer: `resources` with their relative addresses (`Patient/7`), on a server at `base`.
    pub fn searchset(
        base: &str,
        own: String,
        next: Option<String>,
        resources: impl IntoIterator<Item = (String, Resource)>,
    ) -> Self {
        let entry: Vec<Entry> = resources
            .into_iter()
            .map(|(address, resource)| Entry {
                full_url: format!("{base}/{address}"),
                resource,
                search: Search { mode: "match" },
            })
            .collect();
        let next = next.map(|url| Link { relation: "next", url });
        let link = std::iter::once(Link { relation: "self", url: own }).chain(next).collect();
        Self { kind: "searchset", total: None, link, entry }
    }

    /// The same, with how many match in all.
    #[must_use]
    pub fn with_total(self, total: usize) -> Self {
        Self { total: Some(total), ..self }
    }
}

/// What kind of thing went wrong (code system `issue-type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssueType {
    /// The request cannot be understood.
    Invalid,
    /// Nobody is signed in.
    Login,
    /// Not allowed.
    Forbidden,
    /// No such resource.
    NotFound,
    /// Not offered here.
    NotSupported,
    /// Too much is asked for.
    TooCostly,
    /// Try again later.
    Throttled,
    /// It took too long.
    Timeout,
    /// It cannot be done at the moment.
    Transient,
    /// A fault of the server.
    Exception,
}

/// One thing that went wrong.
#[derive(Debug, Clone, Serialize)]
pub struct Issue {
    /// `error`.
    pub severity: &'static str,
    /// Its kind.
    pub code: IssueType,
    /// In words.
    pub diagnostics: String,
}

/// OperationOutcome.
#[derive(Debug, Clone, Serialize)]
pub struct OperationOutcome {
    /// What went wrong.
    pub issue: Vec<Issue>,
}

impl OperationOutcome {
    /// One error.
    #[must_use]
    pub fn error(code: IssueType, diagnostics: impl Into<String>) -> Self {
        Self { issue: vec![Issue { severity: "error", code, diagnostics: diagnostics.into() }] }
    }
}
