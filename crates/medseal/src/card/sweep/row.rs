//! What is known of a constant after it was asked for.

use std::time::Duration;

use serde::Serialize;

use super::applet::Reply;
use super::constants::{BUILDER, CIPHER, Constant, of};
use super::keys::Family;

/// One constant.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    #[serde(flatten)]
    pub(crate) constant: Constant,
    /// What the factory answered; of several ways to ask, the best answer.
    pub(crate) reply: Reply,
    /// In words: `supported`, or the exception's reason.
    pub(crate) state: String,
    /// Lengths of keys that it works with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) bits: Vec<u16>,
    /// Other ways to ask for it that work, and other constants that it goes together with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) with: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) operations: Vec<Operation>,
}

/// One operation that was tried and, if it worked, measured.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Operation {
    pub(crate) what: &'static str,
    /// With which keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// Of how many bytes.
    pub(crate) bytes: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) microseconds: Option<f64>,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<String>,
}

impl Row {
    pub(crate) fn new(constant: Constant, reply: Reply) -> Self {
        let state = words(constant.class, reply);
        Self { constant, reply, state, bits: Vec::new(), with: Vec::new(), operations: Vec::new() }
    }

    pub(crate) fn is_supported(&self) -> bool {
        self.reply.is_done()
    }
}

impl Operation {
    pub(crate) fn new(
        class: &'static str,
        what: &'static str,
        key: Option<String>,
        bytes: u16,
        outcome: Result<Duration, Reply>,
    ) -> Self {
        let (microseconds, problem) = match outcome {
            Ok(time) => (Some((time.as_secs_f64() * 1e8).round() / 100.0), None),
            Err(reply) => (None, Some(words(class, reply))),
        };
        Self { what, key, bytes, microseconds, problem }
    }
}

/// A reply in the words of the API.
fn words(class: &str, reply: Reply) -> String {
    let crypto = "javacard/security/CryptoException";
    match reply {
        Reply::Done(_) => "supported".into(),
        Reply::Crypto(reason) => named(crypto, reason),
        Reply::System(reason) => {
            format!("SystemException {}", named("javacard/framework/SystemException", reason))
        }
        Reply::Reason(reason) => match class {
            "javacardx/biometry/BioBuilder" => named("javacardx/biometry/BioException", reason),
            "javacardx/biometry1toN/Bio1toNBuilder" => {
                named("javacardx/biometry1toN/Bio1toNException", reason)
            }
            "javacardx/security/cert/CertificateParser" => {
                named("javacardx/security/cert/CertificateException", reason)
            }
            _ => format!("reason {reason}"),
        },
        Reply::Exception => "exception".into(),
        Reply::Wrong => "wrong result".into(),
        Reply::NotAsked => "not asked".into(),
        Reply::Status(status) => format!("status {status:04X}"),
    }
}

fn named(class: &'static str, reason: u16) -> String {
    let known = of(class, "").into_iter().find(|constant| u16::try_from(constant.value) == Ok(reason));
    known.map_or_else(|| format!("reason {reason}"), |constant| constant.name.to_owned())
}

/// The better of two replies: done, else the last.
pub(crate) fn better(one: Reply, other: Reply) -> Reply {
    if one.is_done() { one } else { other }
}

/// A length exists where some type takes it.
pub(crate) fn length_rows(types: &[Row]) -> Vec<Row> {
    let row = |constant: Constant| {
        let family = Family::of(constant.name.trim_start_matches("LENGTH_"));
        let takes = |row: &&Row| {
            Family::of(row.constant.name) == family
                && row.bits.iter().any(|bits| u16::try_from(constant.value) == Ok(*bits))
        };
        let reply = match types.iter().find(takes) {
            Some(row) => row.reply,
            None => types
                .iter()
                .find(|row| Family::of(row.constant.name) == family)
                .map_or(Reply::NotAsked, |row| if row.is_supported() { Reply::Crypto(3) } else { row.reply }),
        };
        Row::new(constant, reply)
    };
    of(BUILDER, "LENGTH_").into_iter().map(row).collect()
}

/// A padding exists where some cipher goes with it.
pub(crate) fn padding_rows(padded: &[(Constant, Vec<Constant>)]) -> Vec<Row> {
    let row = |constant: Constant| {
        let takes = |(_, paddings): &&(Constant, Vec<Constant>)| {
            paddings.iter().any(|padding| padding.value == constant.value)
        };
        let with: Vec<String> =
            padded.iter().filter(takes).map(|(cipher, _)| cipher.name.to_owned()).collect();
        let reply = if with.is_empty() { Reply::Crypto(3) } else { Reply::Done(0) };
        Row { with, ..Row::new(constant, reply) }
    };
    of(CIPHER, "PAD_").into_iter().map(row).collect()
}
