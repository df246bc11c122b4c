//! The rules that documents are checked by: one entry each.
//!
//! `docs/evaluation-rules.md` is made from this table; a test compares them.

use serde::{Serialize, Serializer};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The evaluation cannot pass with it.
    Error,
    /// It is likely to be wrong, or an assessor will ask.
    Warning,
    /// Worth knowing.
    Note,
}

/// What putting it right is likely to need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// Correcting a document.
    Wording,
    /// Writing down what is the case.
    Document,
    /// A process of the maker, with people who carry it.
    Process,
    /// A change of the product.
    Engineering,
}

/// Turns a list of rules into the enum of them and the table of what each says.
macro_rules! rules {
    ($($variant:ident $id:literal $level:ident $effort:ident $what:literal $help:literal)*) => {
        /// A rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $what] $variant,)*
        }

        impl Rule {
            /// All of them, in the order of the documentation.
            pub const ALL: &[Rule] = &[$(Rule::$variant),*];

            /// Its name, which stays the same over versions.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Rule::$variant => $id,)* }
            }

            /// How grave a breach is.
            #[must_use]
            pub fn level(self) -> Level {
                match self { $(Rule::$variant => Level::$level,)* }
            }

            /// What putting a breach right is likely to need.
            #[must_use]
            pub fn effort(self) -> Effort {
                match self { $(Rule::$variant => Effort::$effort,)* }
            }

            /// What is wrong when it is broken.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self { $(Rule::$variant => $what,)* }
            }

            /// What to do.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $(Rule::$variant => $help,)* }
            }
        }
    };
}

rules! {
    Syntax "doc-syntax" Error Wording
        "A document is not TOML."
        "Correct the line; an editor that knows TOML shows where it breaks."
    DocumentMissing "doc-missing" Error Document
        "A document that the evaluation needs is not there."
        "Make it: `medseal evaluate init` in an empty folder writes all of them to copy from."
    DocumentUnknown "doc-unknown" Warning Wording
        "A TOML file in the folder is no document of an evaluation."
        "Rename it to the document it is meant to be, or remove it."
    DocumentSize "doc-size" Error Wording
        "A document is larger, or has more rows, than any evaluation needs."
        "Move evidence into `evidence/` and leave the declaration in the document."
    UnknownKey "doc-unknown-key" Error Wording
        "A document has a key that nothing reads."
        "Correct its spelling or remove it; the document's schema lists the keys."
    WrongType "doc-type" Error Wording
        "A value is of another type than its key asks for."
        "Write a value of the type that the schema gives."
    MissingKey "doc-missing-key" Error Document
        "A document lacks a key that every evaluation needs."
        "Add the key."
    OpenPlaceholder "doc-open" Error Document
        "A value is still to be filled in."
        "Replace the placeholder by what is the case, or by `none: REASON` where the field allows it."
    BadChoice "doc-choice" Error Wording
        "A value is none of those that can be chosen."
        "Choose one of the values that the schema lists; more words go after a colon."
    EmptyText "doc-empty" Error Document
        "A value is there but says nothing."
        "Say what is the case, or `none: REASON` where the field allows it."
    NoneNotAllowed "doc-none" Error Document
        "A field is `none` although it must say something."
        "Say what is the case."
    NoneWithoutReason "doc-none-reason" Error Document
        "A field is `none` without a reason."
        "Write `none: REASON`."
    BadId "doc-id" Error Wording
        "An ID has characters that an ID cannot have."
        "Use letters, digits, `-`, `_` and `.`, beginning with a letter, such as `UpdMech-1`."
    UnknownProvision "ics-unknown" Error Wording
        "The conformance statement names a provision that the edition does not have."
        "Correct the name, or remove the line; `medseal evaluate migrate` moves a statement to another edition."
    UnknownQuestion "answers-unknown" Error Wording
        "A questionnaire answers a question that it does not have."
        "Correct the name, or remove the line."
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
