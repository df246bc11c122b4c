//! Who signs: somebody on the roster, with the key in a file or in a secure element.
//!
//! ```text
//! --key KEY ─┬─ a key file, 64 hexadecimal characters          Ed25519
//!            └─ a PIV card, in whatever way it is reached       ECDSA on P-256 by slot 9C, the PIN before each signature
//! ```
//!
//! Whose card it is stands in its certificate and is looked up on the roster before the PIN is asked for, and the PIN is
//! shown once before anything is done: nothing is probed, kept or written for a key that would not sign at the end.

use super::session::people;
use crate::card::open::{Opened, open};
use crate::card::piv::holder::{Holder, HolderError, Pin};
use crate::exit::{Outcome, Problem, read};
use crate::secret;
use card_link::Target;
use clap::Args;
use evaluator::ledger::{
    Digest, Entry, Event, FileKey, PublicKey, Scheme, SignError, Signature, Signer, Store, StoreError,
};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Bytes that a key's file may have. A card's file is longer.
const KEY_FILE: u64 = 128;

/// Whose signature.
#[derive(Args)]
pub(crate) struct KeyArguments {
    /// Who signs: a key file, or a PIV card: its file, or tcp:HOST:PORT, t1:SOCKET, i2c:DEVICE@ADDRESS, spi:DEVICE, pcsc:READER
    #[arg(long, value_name = "KEY")]
    key: Target,
    /// The file with the card's PIN, which is asked for on the terminal otherwise
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
}

impl KeyArguments {
    /// Takes the key in hand; its owner must be on the folder's roster.
    pub(super) fn author(&self, folder: &Path) -> Outcome<Author> {
        Author::open(folder, &self.key, self.pin_file.as_deref())
    }
}

/// Somebody on the roster who is ready to sign.
pub(super) struct Author {
    store: Store,
    name: String,
    key: Box<dyn Signer>,
}

impl Author {
    /// See [`KeyArguments::author`].
    pub(super) fn open(folder: &Path, key: &Target, pin_file: Option<&Path>) -> Outcome<Self> {
        let store = Store::of(folder);
        let people = people(&store)?;
        let owner = |public: &PublicKey| match people.owner(public) {
            Some(person) if person.may_sign_at(jiff::Timestamp::now()) => Ok(person.name.clone()),
            Some(person) => Err(Problem::No(format!("{}'s key has ended (ledger/roster.toml)", person.name))),
            None => Err(Problem::No(format!(
                "the key {} is nobody's on ledger/roster.toml; `medseal evaluate ledger key` adds one",
                public.id()
            ))),
        };
        if let Some(key) = key_file(key)? {
            let name = owner(&key.public_key())?;
            return Ok(Self { store, name, key: Box::new(key) });
        }
        let card = Card::open(key)?;
        let name = owner(&card.public)?;
        let key = Box::new(card.unlocked(pin_file)?);
        Ok(Self { store, name, key })
    }

    /// Appends an entry in their name.
    pub(super) fn append(&self, event: Event) -> Outcome<Entry> {
        self.store.append(&self.name, jiff::Timestamp::now(), event, self.key.as_ref()).map_err(|error| {
            match error {
                StoreError::Sign(error) => signing(&error),
                StoreError::Last { .. } | StoreError::Cut { .. } | StoreError::Full => {
                    Problem::No(error.to_string())
                }
                StoreError::File { .. } | StoreError::Taken(_) => Problem::machine(error),
            }
        })
    }
}

/// A key that would not sign, or that went away.
pub(super) fn signing(error: &SignError) -> Problem {
    match error {
        SignError::Refused(_) => Problem::No(error.to_string()),
        SignError::Unreachable(_) => Problem::machine(error),
    }
}

/// The key in a file, if that is what the file holds.
fn key_file(key: &Target) -> Outcome<Option<FileKey>> {
    let Some(path) = key.file() else { return Ok(None) };
    let problem = |error: String| format!("{}: {error}", path.display());
    let about = std::fs::metadata(path).map_err(|error| Problem::Machine(problem(error.to_string())))?;
    if !about.is_file() || about.len() > KEY_FILE {
        return Ok(None);
    }
    let bytes = Zeroizing::new(read(path)?);
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    FileKey::parse(text).map(Some).map_err(|error| Problem::Input(problem(error.to_string())))
}

/// A PIV card of which it is known whose it is.
pub(super) struct Card {
    target: Target,
    holder: Holder<Opened>,
    public: PublicKey,
}

impl Card {
    /// Powers it up and reads the key of slot 9C.
    pub(super) fn open(target: &Target) -> Outcome<Self> {
        let failed = |error| holder_problem(target, &error);
        let mut holder = Holder::select(open(target)?).map_err(failed)?;
        let point = holder.point().map_err(failed)?;
        let public = PublicKey::new(Scheme::Es256, point.to_vec())
            .map_err(|error| Problem::No(format!("{target}: {error}")))?;
        Ok(Self { target: target.clone(), holder, public })
    }

    /// Shows it the PIN.
    pub(super) fn unlocked(mut self, pin_file: Option<&Path>) -> Outcome<ElementKey> {
        let text = secret::from(pin_file, &format!("PIN of {}", self.target), "--pin-file")?;
        let pin = Pin::parse(&text).map_err(|error| Problem::Input(error.to_string()))?;
        self.holder.verify(&pin).map_err(|error| holder_problem(&self.target, &error))?;
        Ok(ElementKey { holder: RefCell::new(self.holder), pin, public: self.public })
    }
}

/// What went wrong with a card, as the machine's or as its own no.
fn holder_problem(target: &Target, error: &HolderError) -> Problem {
    match error {
        HolderError::Link(error) => crate::card::open::link(error),
        HolderError::PinForm => Problem::Input(error.to_string()),
        HolderError::NotPiv(_)
        | HolderError::NoCertificate
        | HolderError::Certificate(_)
        | HolderError::NotP256
        | HolderError::WrongPin(_)
        | HolderError::Blocked
        | HolderError::Refused { .. }
        | HolderError::Answer { .. } => Problem::No(format!("{target}: {error}")),
    }
}

/// The key of slot 9C of a card that has seen the PIN.
pub(super) struct ElementKey {
    holder: RefCell<Holder<Opened>>,
    pin: Pin,
    public: PublicKey,
}

impl Signer for ElementKey {
    fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        let signed = self.holder.borrow_mut().sign(&self.pin, &Digest::of(message).0);
        signed.map(Signature).map_err(|error| match error {
            HolderError::Link(error) => SignError::Unreachable(error.to_string()),
            HolderError::NotPiv(_)
            | HolderError::NoCertificate
            | HolderError::Certificate(_)
            | HolderError::NotP256
            | HolderError::PinForm
            | HolderError::WrongPin(_)
            | HolderError::Blocked
            | HolderError::Refused { .. }
            | HolderError::Answer { .. } => SignError::Refused(error.to_string()),
        })
    }
}
