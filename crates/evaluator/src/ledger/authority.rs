//! Whether a time stamping authority has really signed a stamp: `openssl ts -verify` says so.
//!
//! The authority's certificates are judged as of the stamp's own time: a stamp does not lose its worth when the key that
//! made it retires, and gains none by a certificate that came later.

use super::digest::Digest;
use super::stamp::TimeStamp;
use crate::probe::program::{OPENSSL, ProgramError};
use std::path::Path;
use std::time::Duration;
use thiserror::Error;

/// How long one check may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why a stamp's signature is not known to be true.
#[derive(Debug, Error)]
pub enum AuthorityError {
    /// It is not, in OpenSSL's words.
    #[error("{0}")]
    Untrue(String),
    /// It could not be found out.
    #[error(transparent)]
    Program(#[from] ProgramError),
}

/// Checks the signature of the response in a file, over an entry's hash, against the certificates in another (PEM).
///
/// # Errors
/// [`AuthorityError`].
pub fn verify(
    response: &Path,
    entry: Digest,
    stamp: &TimeStamp,
    authority: &Path,
) -> Result<(), AuthorityError> {
    let (digest, seconds) = (entry.to_string(), stamp.at.as_second().to_string());
    let words: [&std::ffi::OsStr; 10] = [
        "ts".as_ref(),
        "-verify".as_ref(),
        "-digest".as_ref(),
        digest.as_ref(),
        "-in".as_ref(),
        response.as_ref(),
        "-CAfile".as_ref(),
        authority.as_ref(),
        "-attime".as_ref(),
        seconds.as_ref(),
    ];
    let said = OPENSSL.run(words, PATIENCE)?;
    if said.code == Some(0) && said.text().contains("Verification: OK") {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&said.err).into_owned();
    let line = complaint.lines().find(|line| line.contains("error")).unwrap_or("openssl does not verify it");
    Err(AuthorityError::Untrue(reason(line)))
}

/// The words of OpenSSL's line `thread:error:code:library:function:reason:file:line:more`.
fn reason(line: &str) -> String {
    let fields: Vec<&str> = line.split(':').collect();
    match (fields.get(5), fields.get(8)) {
        (Some(reason), Some(more)) if !more.is_empty() => format!("{reason}: {more}"),
        (Some(reason), _) => (*reason).to_owned(),
        (None, _) => line.to_owned(),
    }
}
