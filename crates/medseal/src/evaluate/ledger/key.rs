//! `medseal evaluate ledger key`: somebody's key, made in a file or read off a card, and its public half on the roster.

use crate::evaluate::author::{Card, signing};
use crate::evaluate::session::people;
use crate::exit::{Outcome, Problem, write, write_secret};
use crate::print;
use card_link::Target;
use clap::{Args, ValueEnum};
use evaluator::ledger::{FileKey, Person, PublicKey, Role, Signer, Store, signed};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Whose key.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
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
    /// The last day on which the key counts (a key is ended later by `until = "YYYY-MM-DD"` on the roster)
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<jiff::civil::Date>,
    /// The evaluation folder
    #[arg(long, default_value = ".")]
    folder: PathBuf,
}

const EXAMPLES: &str = "\
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

/// Makes or reads it.
pub(super) fn run(options: &Options) -> Outcome {
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
    people.add(Person { name: options.name.clone(), role, key: key.clone(), until: None });
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
