//! What is on the card: GET STATUS (clause 11.4).

use card_image::Aid;
use card_runtime::apdu::Response;
use card_runtime::status::StatusWord;
use card_runtime::tlv::{Reader, Tag};

use super::session::{GpError, Session};
use crate::element::Element;

/// What an entry of the card's registry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The issuer's security domain.
    IssuerDomain,
    /// An applet instance or a further security domain.
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
}

impl<E: Element + ?Sized> Session<'_, E> {
    /// Everything the registry holds: the issuer's domain, then applications, then packages.
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
}

fn entry(kind: Kind, value: &[u8]) -> Result<Entry, GpError> {
    let malformed = || GpError::Malformed("GET STATUS");
    let (mut aid, mut life_cycle, mut privileges) = (None, None, Vec::new());
    let (mut package, mut version, mut modules) = (None, None, Vec::new());
    let mut reader = Reader::new(value);
    while !reader.is_empty() {
        match reader.object()? {
            (Tag(0x4F), value) => aid = Some(Aid::new(value)?),
            (Tag(0x9F70), value) => life_cycle = value.first().copied(),
            (Tag(0xC5), value) => privileges = value.to_vec(),
            (Tag(0xC4), value) => package = Some(Aid::new(value)?),
            (Tag(0xCE), &[major, minor]) => version = Some((major, minor)),
            (Tag(0x84), value) => modules.push(Aid::new(value)?),
            // Others may come with later versions of the specification.
            (Tag(_), _) => {}
        }
    }
    Ok(Entry {
        kind,
        aid: aid.ok_or_else(malformed)?,
        life_cycle: life_cycle.ok_or_else(malformed)?,
        privileges,
        package,
        version,
        modules,
    })
}
