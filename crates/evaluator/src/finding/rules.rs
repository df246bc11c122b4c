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
    ScopeBasis "scope-basis" Error Wording
        "A medical device is evaluated as if it were in the standard's scope."
        "Write `basis = \"voluntary\"` or `\"by-analogy\"`: the standard excludes devices primarily intended for healthcare."
    ScopeStatement "scope-statement" Error Document
        "The scope statement of a medical device does not say that the evaluation is voluntary or by analogy."
        "Say in `scope-statement` that the standard excludes devices primarily intended for healthcare and that the evaluation is voluntary or by analogy."
    ScopeEmpty "scope-empty" Error Document
        "Nothing is said to belong to the evaluation."
        "List the parts in `included`."
    ScopeReason "scope-reason" Warning Document
        "A part is excluded without a reason."
        "Write the reason after a colon."
    SamplesSacrificial "samples-sacrificial" Error Wording
        "More units may be destroyed than there are."
        "Correct one of the numbers."
    SamplesNone "samples-none" Warning Process
        "No unit may be altered, so that tests which alter one stay inconclusive."
        "Give the laboratory a unit that it may destroy."
    SamplesOne "samples-one" Warning Process
        "Values that must differ between units cannot be compared with one unit."
        "Give the laboratory two units or more."
    SbomLocation "sbom-location" Error Document
        "There is a bill of materials, but not said where."
        "Add `location`."
    SbomDenied "sbom-denied" Error Wording
        "There is no bill of materials, but its format or location is given."
        "Set `available = true`, or remove the rest."
    EndpointRow "endpoint-row" Error Wording
        "An endpoint names no row of table 13, 15 or 28."
        "Name the row that declares what is reached there."
    EndpointAddress "endpoint-address" Error Wording
        "An endpoint's address has no scheme or no host."
        "Write an address such as `https://192.0.2.7/` or `tls://192.0.2.7:443`."
    EndpointStatus "endpoint-status" Error Wording
        "A declared HTTP status is none."
        "Write a number from 100 to 599."
    IcsMissing "ics-missing" Error Document
        "The conformance statement says nothing of a provision."
        "Add a line with Y, N or N/A."
    MandatoryNo "ics-mandatory-no" Error Engineering
        "A mandatory provision that applies is answered N: the evaluation fails."
        "Meet the provision. Only where its condition does not hold may the answer be N/A."
    NaUnconditional "ics-na-unconditional" Error Engineering
        "A mandatory provision without a condition is answered N/A."
        "Answer Y when it is met; it cannot be not applicable."
    NaPractice "ics-na-practice" Warning Document
        "N/A rests on a laboratory's practice; the standard itself names no such condition."
        "Agree it with the laboratory, and keep the agreement as evidence."
    NaCondition "ics-na-condition" Error Document
        "N/A does not say which condition is not met."
        "Add `condition` with its number or letter."
    ConditionForeign "ics-condition" Error Wording
        "The named condition is none of the provision's."
        "Name a condition of this provision; the comment above its line lists them."
    NaContradicted "ics-na-contradicted" Error Wording
        "N/A names a condition that holds by the declared features."
        "Answer the provision, or correct the feature in dut.toml."
    ClaimNotApplicable "ics-claim-not-applicable" Warning Wording
        "A provision is answered although its condition does not hold."
        "Answer N/A with the condition, or correct the feature in dut.toml."
    ReasonMissing "ics-reason" Error Document
        "A recommendation answered N or N/A has no reason; provision 4-1 (5.0-1) asks for one."
        "Add `reason`."
    NaReason "ics-na-reason" Warning Document
        "A mandatory provision answered N/A has no reason."
        "Add `reason`: what in the product keeps the condition from holding."
    ReasonThin "ics-reason-thin" Warning Document
        "A reason says too little to be judged."
        "Say what in the product or its risk makes the provision not met or not applicable."
    ConditionOnYes "ics-condition-on-claim" Warning Wording
        "A condition is named for a provision that is not answered N/A."
        "Remove `condition`, or answer N/A."
    ClaimWithoutTable "ics-claim-undeclared" Error Document
        "A provision is claimed, but none of the tables that its tests use says anything."
        "Fill in the tables, or correct the answer."
    TableEmpty "ixit-empty" Error Document
        "A table has neither rows nor a reason for having none."
        "Add `[[row]]`, or `none = \"REASON\"`."
    TableNoneAndRows "ixit-none-and-rows" Error Wording
        "A table has rows and says that it has none."
        "Remove one of them."
    DuplicateId "ixit-duplicate-id" Error Wording
        "Two rows have the same ID."
        "Give each row an ID of its own; references must lead to one row."
    IdPrefix "ixit-id-prefix" Note Wording
        "An ID does not begin with its table's name."
        "Begin it with the table's name, so that readers of references know where to look."
    RefUnknown "ixit-ref-unknown" Error Wording
        "A field refers to a row that does not exist."
        "Correct the ID, or add the row."
    RefTable "ixit-ref-table" Error Wording
        "A field refers to a row of a table that it cannot refer to."
        "Refer to a row of a table that the field's guidance names."
    RefTwice "ixit-ref-twice" Warning Wording
        "A field refers to the same row twice."
        "Remove one of the references."
    ListEmpty "ixit-list-empty" Error Document
        "A list is empty."
        "Fill it in, or write `none: REASON` where the field allows it."
    Unreferenced "ixit-unreferenced" Warning Wording
        "An update mechanism updates no component."
        "Refer to it from table 6, or remove it."
    PeriodUnclear "ixit-period" Warning Document
        "A length of time is asked for, but none is named."
        "Name a number with a unit, such as 30 days, or a date."
    TextThin "ixit-thin" Warning Document
        "A description says too little to be judged."
        "Describe it so that somebody who does not know the product can judge it."
    RowCopied "ixit-copied" Warning Wording
        "Two rows of a table have the same description."
        "Say in each how it differs, or join them."
    Unsigned "ixit-unsigned" Warning Document
        "A confirmation does not say who gave it and when."
        "Write `confirmed: NAME OR ROLE, DATE`."
    CryptoWeak "crypto-weak" Error Engineering
        "A protocol or algorithm is broken, or protects nothing."
        "Replace it. Where evidence shows that it does not matter there, say so after a colon."
    CryptoWeakJustified "crypto-weak-justified" Warning Document
        "A weak protocol or algorithm is declared with a justification, which an assessor must judge."
        "Keep the evidence in `evidence/` and name it."
    CryptoLegacy "crypto-legacy" Warning Engineering
        "A protocol or algorithm is on its way out."
        "Plan its replacement."
    CryptoVague "crypto-vague" Warning Document
        "A protocol or algorithm is named without version, length or mode."
        "Name what decides its strength."
    CryptoUnknown "crypto-unknown" Warning Document
        "A protocol or algorithm is not in the catalog."
        "Spell it as its standard does; for one that the catalog lacks, add it in `catalog/crypto.tsv`."
    CryptoUndeclared "crypto-undeclared" Error Document
        "Guarantees that need cryptography are declared, but no cryptography."
        "List protocols and algorithms, or take the guarantees back."
    CriticalUnprotected "protect-critical" Error Engineering
        "A critical parameter is stored without integrity and confidentiality."
        "Protect both, and say how."
    PublicUnprotected "protect-public" Error Engineering
        "A public parameter is stored without integrity."
        "Protect its integrity, and say how."
    CarriedInClear "protect-carried" Error Engineering
        "A mechanism carries critical parameters or sensitive data without confidentiality."
        "Encrypt it, or carry them by another mechanism."
    UpdateUnprotected "protect-update" Error Engineering
        "An update mechanism does not guarantee authenticity and integrity."
        "Check signatures of updates, and say where."
    LoginUnprotected "protect-login" Error Engineering
        "A log-in does not guarantee authenticity and integrity."
        "Protect the log-in, and say how."
    BootUnprotected "protect-boot" Error Engineering
        "Secure boot does not guarantee integrity and authenticity."
        "Verify signatures at start, and say how."
    SharedParameter "param-shared" Error Engineering
        "A critical parameter is the same in all units."
        "Make it per unit, or by the user."
    HardCodedParameter "param-hard-coded" Error Engineering
        "A critical parameter is hard-coded in the source."
        "Provision it at manufacture or set-up."
    SharedPassword "auth-shared-password" Error Engineering
        "A log-in uses a password that all units share."
        "Make the password per unit, or let the user choose it before first use."
    PasswordGeneration "auth-generation" Error Document
        "A password is set per unit, but not said how it is made."
        "Describe the generator: alphabet, length, source of randomness."
    BruteForce "auth-brute-force" Error Engineering
        "A log-in by password has no measure against guessing."
        "Build one in, and say which."
    NoFactor "auth-none" Error Engineering
        "A log-in that is enabled asks for nothing."
        "Ask for a factor, or disable it."
    ServiceOpen "service-open" Error Engineering
        "A service allows security-relevant settings over a network without a log-in."
        "Demand a log-in."
    ServiceUnjustified "service-unjustified" Warning Document
        "A service is enabled without a justification."
        "Say why it is needed, or disable it."
    DebugOpen "interface-debug" Error Engineering
        "A debug interface is enabled."
        "Disable it in software; if it is needed at times, keep it off until then."
    InterfaceUnprotected "interface-unprotected" Warning Document
        "A physical interface that is enabled says nothing of protection."
        "Say what protects it, or why it needs to be reachable."
    UpdateNever "update-never" Warning Engineering
        "A mechanism over a network never looks for updates."
        "Let the device look after set-up and at intervals."
    Contradiction "contradiction" Error Wording
        "Two statements cannot both be true."
        "Correct one of them."
    ContradictionLikely "contradiction-likely" Warning Wording
        "Two statements are seldom both true."
        "Correct one of them, or say why both hold."
    ChildWithoutParent "mds2-parent" Error Wording
        "A question below one that is denied is answered with yes."
        "Answer no or n/a, or correct the question above."
    NoteMissing "answers-note" Warning Document
        "An answer refers to a note that is not there."
        "Write the words after a colon."
    EvidenceMissing "answers-evidence" Warning Document
        "An activity is done, but no document shows it."
        "Name the document after a colon."
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
