//! `medseal evaluate ledger`: keys, checks, bundles and time stamps of the evidence ledger.

use super::author::{Card, signing};
use super::session::people;
use crate::exit::{Outcome, Problem, read, write, write_secret};
use crate::print;
use card_link::Target;
use clap::{Args, Subcommand, ValueEnum};
use evaluator::ledger::{
    Bundle, Entry, FileKey, Person, PublicKey, Report, Role, Roster, Signer, Source, Store, check, signed,
    stamp,
};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What to do with the ledger.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make somebody's key, or read it off their card, and put its public half on the roster
    Key(KeyOptions),
    /// Check a ledger, in its folder or in a bundle, offline
    Verify(VerifyOptions),
    /// Write the ledger and its evidence into one file
    Export(ExportOptions),
    /// Ask for a time stamp of the last entry, or keep the answer (RFC 3161)
    Stamp(StampOptions),
}

/// Whose key.
#[derive(Args)]
#[command(after_help = KEY_EXAMPLES)]
pub(crate) struct KeyOptions {
    /// Where to put a new secret key; the file must not be there
    #[arg(required_unless_present = "element")]
    file: Option<PathBuf>,
    /// Take the key of slot 9C of this PIV card: its file, or tcp:HOST:PORT, t1:SOCKET, i2c:DEVICE@ADDRESS, spi:DEVICE, pcsc:READER
    #[arg(long, value_name = "CARD", conflicts_with = "file")]
    element: Option<Target>,
    /// The file with the card's PIN, which is asked for on the terminal otherwise
    #[arg(long, value_name = "FILE", requires = "element")]
    pin_file: Option<PathBuf>,
    /// The name as reports print it
    #[arg(long)]
    name: String,
    /// What they may do
    #[arg(long, value_enum, default_value = "assessor")]
    role: RoleName,
    /// The evaluation folder
    #[arg(long, default_value = ".")]
    folder: PathBuf,
}

const KEY_EXAMPLES: &str = "\
Examples:
  medseal evaluate ledger key ada.key --name 'Ada Assessor'
  medseal evaluate ledger key --element pcsc: --name 'Ada Assessor'          a PIV card in the only reader
  medseal card new bea.card && medseal card piv bea.card --name 'Bea Reader' --out bea
  medseal evaluate ledger key --element bea.card --pin-file bea/pin --name 'Bea Reader'

A card signs once here, to show that it has the key that its certificate names.";

/// What somebody may do.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum RoleName {
    /// Judge
    Assessor,
    /// Run tools
    Operator,
}

/// Which ledger.
#[derive(Args)]
pub(crate) struct VerifyOptions {
    /// The evaluation folder, or a bundle
    #[arg(default_value = ".")]
    from: PathBuf,
    /// For a bundle: the roster to trust, instead of the one in it
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    /// Print the faults as one JSON object
    #[arg(long)]
    json: bool,
}

/// Where to.
#[derive(Args)]
pub(crate) struct ExportOptions {
    /// The bundle to write
    file: PathBuf,
    /// The evaluation folder
    #[arg(long, default_value = ".")]
    folder: PathBuf,
}

/// Which half of it.
#[derive(Args)]
#[command(after_help = STAMP_EXAMPLES)]
pub(crate) struct StampOptions {
    /// Write the request for the last entry into this file
    #[arg(long, value_name = "FILE", required_unless_present = "response")]
    request: Option<PathBuf>,
    /// Keep the authority's response from this file
    #[arg(long, value_name = "FILE", conflicts_with = "request")]
    response: Option<PathBuf>,
    /// The evaluation folder
    #[arg(long, default_value = ".")]
    folder: PathBuf,
}

const STAMP_EXAMPLES: &str = "\
Examples:
  medseal evaluate ledger stamp --request last.tsq
  curl -H 'Content-Type: application/timestamp-query' --data-binary @last.tsq https://TSA/ -o last.tsr
  medseal evaluate ledger stamp --response last.tsr
  openssl ts -verify -in ledger/00000007.tsr -data ledger/00000007.entry -CAfile tsa-ca.pem";

/// Runs the chosen command.
pub(super) fn run(command: &Command) -> Outcome {
    match command {
        Command::Key(options) => new_key(options),
        Command::Verify(options) => verify(options),
        Command::Export(options) => export(options),
        Command::Stamp(options) => stamp(options),
    }
}

fn new_key(options: &KeyOptions) -> Outcome {
    let store = Store::of(&options.folder);
    let mut people = people(&store)?;
    if people.people().any(|person| person.name == options.name) {
        return Err(Problem::Input(format!("{} is on the roster already", options.name)));
    }
    let key = match (&options.element, &options.file) {
        (Some(card), _) => of_card(card, options.pin_file.as_deref(), &options.name)?,
        (None, Some(file)) => in_file(file)?,
        (None, None) => return Err(Problem::Input("which key: FILE, or --element CARD?".into())),
    };
    if let Some(owner) = people.owner(&key) {
        return Err(Problem::Input(format!("the key {} is {}'s already", key.id(), owner.name)));
    }
    let role = match options.role {
        RoleName::Assessor => Role::Assessor,
        RoleName::Operator => Role::Operator,
    };
    people.add(Person { name: options.name.clone(), role, key: key.clone() });
    write(&store.roster_path(), people.write().as_bytes())?;
    print::result(&key.to_string());
    Ok(())
}

/// Makes a key in a file.
fn in_file(path: &Path) -> Outcome<PublicKey> {
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(secret.as_mut_slice()).map_err(Problem::machine)?;
    let text = Zeroizing::new(hex::encode(secret.as_slice()));
    write_secret(path, text.as_bytes())?;
    Ok(FileKey::from_secret(&secret).public_key())
}

/// Has a card sign something that is no entry, for a certificate alone does not show that its key is in the card.
fn of_card(card: &Target, pin_file: Option<&Path>, name: &str) -> Outcome<PublicKey> {
    let key = Card::open(card)?.unlocked(pin_file)?;
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(Problem::machine)?;
    let text = format!("the key of {name}, {}", hex::encode(nonce));
    let (key, _) = signed(text.as_bytes(), &key).map_err(|error| signing(&error))?;
    Ok(key)
}

fn verify(options: &VerifyOptions) -> Outcome {
    let (report, people) = if options.from.is_dir() {
        let store = Store::of(&options.from);
        let people = people(&store)?;
        (check(&store, &people), people)
    } else {
        bundle(options)?
    };
    let count = report.readable();
    if options.json {
        print::json(&serde_json::json!({ "entries": count, "faults": report.faults }));
    } else {
        report.faults.iter().for_each(|fault| print::result(&fault.to_string()));
        for person in people.people() {
            print::note(&format!("trusted: {}, key {}", person.name, person.key.id()));
        }
    }
    ended(report, count)
}

fn ended(report: Report, count: usize) -> Outcome {
    match report.whole() {
        Ok(ledger) => {
            print::note(&format!("{count} entries, whole; the last {}", ledger.digest()));
            Ok(())
        }
        Err(faults) => Err(Problem::No(format!("{} fault(s) in the ledger", faults.len()))),
    }
}

fn bundle(options: &VerifyOptions) -> Outcome<(Report, Roster)> {
    let wrong = |error: String| Problem::Input(format!("{}: {error}", options.from.display()));
    let text = String::from_utf8(read(&options.from)?).map_err(|_| wrong("not UTF-8".into()))?;
    let bundle = Bundle::parse(&text).map_err(|error| wrong(error.to_string()))?;
    let people = match &options.roster {
        Some(path) => {
            let text = String::from_utf8_lossy(&read(path)?).into_owned();
            Roster::read(&text).map_err(|error| Problem::Input(error.to_string()))?
        }
        None => {
            print::note(
                "The roster is the bundle's own: compare the keys with what you know, or give --roster.",
            );
            bundle.roster()
        }
    };
    Ok((check(&bundle, &people), people))
}

fn export(options: &ExportOptions) -> Outcome {
    let store = Store::of(&options.folder);
    let bundle = Bundle::of(&store, &people(&store)?);
    write(&options.file, bundle.write().as_bytes())
}

fn stamp(options: &StampOptions) -> Outcome {
    let store = Store::of(&options.folder);
    let entry = last(&store, &options.folder)?;
    let number = entry.body().number;
    if let Some(path) = &options.request {
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce).map_err(Problem::machine)?;
        write(path, &stamp::request(entry.digest(), nonce))?;
        print::result(&format!("request for entry {number}: {}", path.display()));
    }
    if let Some(path) = &options.response {
        let response = read(path)?;
        stamp::is_about(&response, entry.digest())
            .map_err(|error| Problem::No(format!("{}: {error}", path.display())))?;
        store.keep_stamp(number, &response).map_err(Problem::machine)?;
        print::result(&format!(
            "kept for entry {number}; its signature is for `openssl ts -verify` to check"
        ));
    }
    Ok(())
}

fn last(store: &Store, folder: &Path) -> Outcome<Entry> {
    let number = store.numbers().last().copied();
    let bytes = number.and_then(|number| store.entry(number));
    let bytes = bytes.ok_or_else(|| Problem::Input(format!("{}: the ledger is empty", folder.display())))?;
    Entry::parse(&bytes).map_err(|error| Problem::No(error.to_string()))
}
