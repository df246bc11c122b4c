//! `medseal evaluate ledger stamp`: a time stamp of the last entry (RFC 3161), asked for over HTTP or by files.
//!
//! The request is kept beside the entry, so that the answer can be held against it, now and whenever the ledger is
//! checked; asking again sends the same one.

use crate::exit::{Outcome, Problem, read, write};
use crate::print;
use clap::Args;
use evaluator::ledger::authority::{self, AuthorityError};
use evaluator::ledger::stamp::{Query, TimeStamp};
use evaluator::ledger::{Entry, Source, Store};
use evaluator::probe::program::CURL;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// From whom, or which half of it.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Ask this time stamping authority, by curl, and keep its answer
    #[arg(long, value_name = "URL", required_unless_present_any = ["request", "response"])]
    tsa: Option<String>,
    /// Write the request for the last entry into this file
    #[arg(long, value_name = "FILE", conflicts_with = "tsa")]
    request: Option<PathBuf>,
    /// Keep the authority's response from this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["request", "tsa"])]
    response: Option<PathBuf>,
    /// Keep no answer whose signature does not lead to these certificates (PEM)
    #[arg(long, value_name = "FILE", conflicts_with = "request")]
    tsa_ca: Option<PathBuf>,
    /// The evaluation folder
    #[arg(long, default_value = ".")]
    folder: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  medseal evaluate ledger stamp --tsa https://TSA/ --tsa-ca tsa-ca.pem
  medseal evaluate ledger stamp --request last.tsq       for a machine that is on no network: carry it, and the answer back
  curl -H 'Content-Type: application/timestamp-query' --data-binary @last.tsq https://TSA/ -o last.tsr
  medseal evaluate ledger stamp --response last.tsr

`medseal evaluate ledger verify` holds each stamp against its entry.";

/// How long an authority may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks, or does its half of it.
pub(super) fn run(options: &Options) -> Outcome {
    let store = Store::of(&options.folder);
    let entry = last(&store, &options.folder)?;
    let number = entry.body().number;
    let query = query(&store, &entry)?;
    if let Some(path) = &options.request {
        write(path, &query.write())?;
        print::result(&format!("request for entry {number}: {}", path.display()));
        return Ok(());
    }
    let (response, from) = match (&options.response, &options.tsa) {
        (Some(path), _) => (read(path)?, path.display().to_string()),
        (None, Some(url)) => (asked(url, &store.query_path(number))?, url.clone()),
        (None, None) => return Err(Problem::Input("--tsa, --request or --response?".into())),
    };
    let no = |error: String| Problem::No(format!("{from}: {error}"));
    let stamp = TimeStamp::parse(&response).map_err(|error| no(error.to_string()))?;
    if stamp.imprint != entry.digest() {
        return Err(no(format!("the time stamp is about something else than entry {number}")));
    }
    if !stamp.answers(&query) {
        return Err(no("the time stamp does not answer the request that was made".into()));
    }
    let word = match &options.tsa_ca {
        Some(authority) => signature(&response, &entry, &stamp, authority, &from)?,
        None => "; its signature was not checked (--tsa-ca)",
    };
    store.keep_stamp(number, &response).map_err(Problem::machine)?;
    print::result(&format!("entry {number} stamped {}{word}", stamp.at));
    Ok(())
}

/// The request that was made for this entry, or a new one.
fn query(store: &Store, entry: &Entry) -> Outcome<Query> {
    let number = entry.body().number;
    if let Some(known) = store.query(number) {
        let path = store.query_path(number);
        return Query::parse(&known).map_err(|error| Problem::No(format!("{}: {error}", path.display())));
    }
    let mut nonce = [0; 8];
    getrandom::fill(&mut nonce).map_err(Problem::machine)?;
    let query = Query::new(entry.digest(), nonce);
    store.keep_query(number, &query.write()).map_err(Problem::machine)?;
    Ok(query)
}

fn signature(
    response: &[u8],
    entry: &Entry,
    stamp: &TimeStamp,
    authority: &Path,
    from: &str,
) -> Outcome<&'static str> {
    read(authority)?;
    let mut file = tempfile::NamedTempFile::new().map_err(Problem::machine)?;
    file.write_all(response).map_err(Problem::machine)?;
    match authority::verify(file.path(), entry.digest(), stamp, authority) {
        Ok(()) => Ok(", signed by the authority"),
        Err(AuthorityError::Untrue(why)) => {
            Err(Problem::No(format!("{from}: the time stamp is not the authority's: {why}")))
        }
        Err(AuthorityError::Program(error)) => Err(Problem::machine(error)),
    }
}

/// Asks by HTTP (RFC 3161, 3.4).
fn asked(url: &str, query: &Path) -> Outcome<Vec<u8>> {
    let query = format!("@{}", query.display());
    let words = [
        "--silent",
        "--show-error",
        "--fail",
        "--proto",
        "=http,https",
        "--max-time",
        "50",
        "--header",
        "Content-Type: application/timestamp-query",
        "--data-binary",
        &query,
        "--",
        url,
    ];
    let said = CURL.run(words, PATIENCE).map_err(Problem::machine)?;
    if said.code == Some(0) {
        return Ok(said.out);
    }
    let complaint = String::from_utf8_lossy(&said.err);
    Err(Problem::Machine(format!("{url}: {}", complaint.trim())))
}

fn last(store: &Store, folder: &Path) -> Outcome<Entry> {
    let number = store.numbers().last().copied();
    let bytes = number.and_then(|number| store.entry(number));
    let bytes = bytes.ok_or_else(|| Problem::Input(format!("{}: the ledger is empty", folder.display())))?;
    Entry::parse(&bytes).map_err(|error| Problem::No(error.to_string()))
}
