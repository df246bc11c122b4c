//! INSTALL in its forms (11.5): what its fields are, and who does the work.

use alloc::vec::Vec;

use card_image::Aid;
use card_vm::Machine;

use super::{Plain, content, personal, tree};
use crate::apdu::Response;
use crate::limits::INSTALL_PARAMETERS_MAX;
use crate::natives::Os;
use crate::registry::{Privileges, life_cycle};
use crate::status::StatusWord;
use crate::tlv::{Reader, Tag, TlvError, find};

pub(super) fn wrong(_: TlvError) -> StatusWord {
    StatusWord::WRONG_DATA
}

pub(super) fn aid(bytes: &[u8]) -> Result<Aid, StatusWord> {
    Aid::new(bytes).map_err(|_| StatusWord::WRONG_DATA)
}

/// The answer to all of these: no confirmation follows.
pub(super) fn done() -> Response {
    Response::ok(Vec::from([0]))
}

/// The fields that most forms have; what they mean depends on the form.
pub(super) struct Fields<'a> {
    pub(super) first: &'a [u8],
    pub(super) second: &'a [u8],
    pub(super) third: &'a [u8],
    pub(super) privileges: &'a [u8],
    pub(super) parameters: &'a [u8],
}

impl<'a> Fields<'a> {
    fn parse(data: &'a [u8]) -> Result<Self, StatusWord> {
        let mut reader = Reader::new(data);
        let mut field = || reader.field().map_err(wrong);
        let (first, second, third, privileges) = (field()?, field()?, field()?, field()?);
        let parameters = long_field(&mut reader)?;
        no_token(&mut reader)?;
        Ok(Self { first, second, third, privileges, parameters })
    }

    /// The privileges, if the card can give them.
    pub(super) fn privileges(&self) -> Result<Privileges, StatusWord> {
        let privileges = Privileges::parse(self.privileges).ok_or(StatusWord::WRONG_DATA)?;
        if privileges.can_be_given() { Ok(privileges) } else { Err(StatusWord::WRONG_DATA) }
    }

    /// The application's own parameters, C9.
    pub(super) fn application_data(&self) -> Result<&'a [u8], StatusWord> {
        let data = find(self.parameters, Tag(0xC9)).map_err(wrong)?.unwrap_or_default();
        if data.len() > INSTALL_PARAMETERS_MAX { Err(StatusWord::WRONG_DATA) } else { Ok(data) }
    }
}

/// A field behind a BER length.
fn long_field<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], StatusWord> {
    let length = reader.length().map_err(wrong)?;
    reader.take(length).map_err(wrong)
}

/// The end of the data: an empty token. One that is there comes of delegated management, which nobody may do here.
fn no_token(reader: &mut Reader<'_>) -> Result<(), StatusWord> {
    // Some senders leave the length of a token that is not there away.
    if reader.is_empty() {
        return Ok(());
    }
    let token = long_field(reader)?;
    if !reader.is_empty() {
        return Err(StatusWord::WRONG_DATA);
    }
    if token.is_empty() { Ok(()) } else { Err(StatusWord::CONDITIONS_NOT_SATISFIED) }
}

/// INSTALL: P1 02 for load, 04 for install, 08 for make selectable, 0C both, 10 for extradition, 20 for personalization,
/// 40 for registry update. One step a command: P2 is 00.
pub(super) fn install(
    vm: &mut Machine,
    os: &mut Os<'_>,
    command: &Plain<'_>,
) -> Result<Response, StatusWord> {
    if command.p2 != 0 {
        return Err(StatusWord::WRONG_P1P2);
    }
    let actor = command.domain;
    match command.p1 {
        0x02 => {
            let mut reader = Reader::new(command.data);
            let package = aid(reader.field().map_err(wrong)?)?;
            let domain = reader.field().map_err(wrong)?;
            let hash = reader.field().map_err(wrong)?;
            // What the load may cost of memory; the card finds out itself.
            long_field(&mut reader)?;
            no_token(&mut reader)?;
            content::install_for_load(os.runtime, actor, package, domain, hash)
        }
        0x04 => make(vm, os, command, life_cycle::INSTALLED),
        0x0C => make(vm, os, command, life_cycle::SELECTABLE),
        0x08 => content::make_selectable(vm, os.runtime, actor, &Fields::parse(command.data)?),
        0x10 => tree::extradite(vm, os.runtime, actor, &Fields::parse(command.data)?),
        0x20 => personal::install(os.runtime, actor, &Fields::parse(command.data)?),
        0x40 => tree::update(vm, os.runtime, actor, &Fields::parse(command.data)?),
        _ => Err(StatusWord::WRONG_P1P2),
    }
}

/// INSTALL [for install] of a domain or of an applet.
fn make(vm: &mut Machine, os: &mut Os<'_>, command: &Plain<'_>, state: u8) -> Result<Response, StatusWord> {
    let fields = Fields::parse(command.data)?;
    if tree::is_domain_module(fields.first, fields.second) {
        tree::install_domain(vm, os.runtime, command.domain, &fields, state)
    } else {
        content::install_applet(vm, os, command.domain, &fields, state)
    }
}
