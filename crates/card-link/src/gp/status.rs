//! What is on the card and what state it is in: GET STATUS, SET STATUS (clauses 11.4, 11.10).

use card_image::Aid;
use card_runtime::apdu::Response;
use card_runtime::status::StatusWord;
use card_runtime::tlv::{Reader, Tag};

use super::error::GpError;
use super::session::Session;
use crate::element::Element;

/// What an entry of the card's registry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The issuer's security domain.
    IssuerDomain,
    /// Another security domain.
    Domain,
    /// An applet instance.
    Application,
    /// A package.
    Package,
}

/// One line of the card's registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Its AID.
    pub aid: Aid,
    /// Its life cycle state (11.1.1): 07 is "selectable" of an application, "loaded" is 01 of a package.
    pub life_cycle: u8,
    /// Privileges, three bytes; empty for a package.
    pub privileges: Vec<u8>,
    /// The package that an instance comes from.
    pub package: Option<Aid>,
    /// A package's version, major and minor.
    pub version: Option<(u8, u8)>,
    /// The AIDs of a package's applet classes.
    pub modules: Vec<Aid>,
    /// The security domain that it is associated with.
    pub domain: Option<Aid>,
    /// Whether it is selected by default on some channel.
    pub implicit: bool,
}

impl Entry {
    /// The life cycle state in the specification's words, the lock first.
    #[must_use]
    pub fn state(&self) -> String {
        let name = match (self.kind, self.life_cycle) {
            (Kind::IssuerDomain, 0x01) => "OP_READY",
            (Kind::IssuerDomain, 0x07) => "INITIALIZED",
            (Kind::IssuerDomain, 0x0F) => "SECURED",
            (Kind::IssuerDomain, 0x7F) => "CARD_LOCKED",
            (Kind::IssuerDomain, 0xFF) => "TERMINATED",
            (Kind::Package, 0x01) => "LOADED",
            (Kind::Domain | Kind::Application, state) if state & 0x80 != 0 => "LOCKED",
            (Kind::Domain | Kind::Application, 0x03) => "INSTALLED",
            (Kind::Domain | Kind::Application, 0x07) => "SELECTABLE",
            (Kind::Domain, 0x0F) => "PERSONALIZED",
            (Kind::IssuerDomain | Kind::Domain | Kind::Application | Kind::Package, other) => {
                return format!("{other:02X}");
            }
        };
        name.to_owned()
    }
}

/// The card's life cycle (5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardState {
    /// Made, with its keys.
    OpReady = 0x01,
    /// On its way to a cardholder.
    Initialized = 0x07,
    /// In a cardholder's hands.
    Secured = 0x0F,
    /// Nothing but the issuer's domain can be selected.
    Locked = 0x7F,
    /// For good.
    Terminated = 0xFF,
}

/// Whether an application can be selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// It cannot.
    Locked,
    /// It is in the state that it was in before it was locked.
    Unlocked,
}

impl<E: Element + ?Sized> Session<'_, E> {
    /// Everything that the domain sees of the registry: the issuer's domain, then applications and domains, then packages.
    ///
    /// # Errors
    /// [`GpError`] when the card refuses or its answer is badly coded.
    pub fn list(&mut self) -> Result<Vec<Entry>, GpError> {
        let mut entries = Vec::new();
        for (kind, p1) in [(Kind::IssuerDomain, 0x80), (Kind::Application, 0x40), (Kind::Package, 0x10)] {
            let data = self.status(p1)?;
            let mut reader = Reader::new(&data);
            while !reader.is_empty() {
                let (tag, value) = reader.object()?;
                if tag != Tag(0xE3) {
                    return Err(GpError::Malformed("GET STATUS"));
                }
                entries.push(entry(kind, value)?);
            }
        }
        Ok(entries)
    }

    /// All parts of one kind's list.
    fn status(&mut self, p1: u8) -> Result<Vec<u8>, GpError> {
        const COMMAND: &str = "GET STATUS";
        let mut all = Vec::new();
        let mut p2 = 0x02;
        loop {
            let answer = self.command(COMMAND, [0xF2, p1, p2], &[0x4F, 0x00]);
            let Response { data, status } = match answer {
                // Nothing of this kind is there.
                Err(GpError::Refused { status: StatusWord::REFERENCED_DATA_NOT_FOUND, .. }) => {
                    return Ok(all);
                }
                other => other?,
            };
            all.extend_from_slice(&data);
            if status != StatusWord::MORE_DATA {
                return Ok(all);
            }
            p2 = 0x03;
        }
    }

    /// Moves the card's life cycle.
    ///
    /// # Errors
    /// [`GpError::Refused`] when that state does not follow the one it is in.
    pub fn set_card_state(&mut self, state: CardState) -> Result<(), GpError> {
        self.command("SET STATUS", [0xF0, 0x80, state as u8], &[]).map(|_| ())
    }

    /// Locks or unlocks an application or a domain.
    ///
    /// # Errors
    /// [`GpError::Refused`].
    pub fn set_lock(&mut self, what: &Aid, lock: Lock) -> Result<(), GpError> {
        let state = match lock {
            Lock::Locked => 0x80,
            Lock::Unlocked => 0x07,
        };
        self.command("SET STATUS", [0xF0, 0x40, state], what.as_bytes()).map(|_| ())
    }
}

fn entry(kind: Kind, value: &[u8]) -> Result<Entry, GpError> {
    let malformed = || GpError::Malformed("GET STATUS");
    let (mut aid, mut life_cycle, mut privileges) = (None, None, Vec::new());
    let (mut package, mut version, mut modules) = (None, None, Vec::new());
    let (mut domain, mut implicit) = (None, false);
    let mut reader = Reader::new(value);
    while !reader.is_empty() {
        match reader.object()? {
            (Tag(0x4F), value) => aid = Some(Aid::new(value)?),
            (Tag(0x9F70), value) => life_cycle = value.first().copied(),
            (Tag(0xC5), value) => privileges = value.to_vec(),
            (Tag(0xC4), value) => package = Some(Aid::new(value)?),
            (Tag(0xCE), &[major, minor]) => version = Some((major, minor)),
            (Tag(0x84), value) => modules.push(Aid::new(value)?),
            (Tag(0xCC), value) => domain = Some(Aid::new(value)?),
            (Tag(0xCF), _) => implicit = true,
            // Others may come with later versions of the specification.
            (Tag(_), _) => {}
        }
    }
    let is_domain = privileges.first().is_some_and(|first| first & 0x80 != 0);
    let kind = match kind {
        Kind::Application if is_domain => Kind::Domain,
        Kind::IssuerDomain | Kind::Domain | Kind::Application | Kind::Package => kind,
    };
    Ok(Entry {
        kind,
        aid: aid.ok_or_else(malformed)?,
        life_cycle: life_cycle.ok_or_else(malformed)?,
        privileges,
        package,
        version,
        modules,
        domain,
        implicit,
    })
}
