//! The messages of `docs/batches.proto`. They are few, so they stand here by hand; a test compiles the file and talks with what comes out.

use seal::Reason;

use crate::pipeline::{Outcome, Rejection};

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Batch {
    #[prost(uint64, tag = "1")]
    pub(super) number: u64,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) sealed: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
enum Told {
    Unspecified = 0,
    Committed = 1,
    Duplicate = 2,
    Refused = 3,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Receipt {
    #[prost(uint64, tag = "1")]
    number: u64,
    #[prost(enumeration = "Told", tag = "2")]
    outcome: i32,
    #[prost(string, tag = "3")]
    reason: String,
    #[prost(string, tag = "4")]
    detail: String,
}

impl Receipt {
    /// What became of a batch; `None` when it was not stored and there is nothing to say but that.
    pub(super) fn of(number: u64, outcome: &Outcome) -> Option<Self> {
        let told = |outcome: Told| Self {
            number,
            outcome: outcome.into(),
            reason: String::new(),
            detail: String::new(),
        };
        match outcome {
            Outcome::Committed(_) => Some(told(Told::Committed)),
            Outcome::Duplicate => Some(told(Told::Duplicate)),
            Outcome::Refused(Rejection { reason, detail, .. }) => {
                let reason: &Reason = reason;
                Some(Self { reason: reason.as_str().into(), detail: detail.clone(), ..told(Told::Refused) })
            }
            Outcome::Unavailable => None,
        }
    }
}
