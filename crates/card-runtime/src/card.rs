//! A card: the way of a command from its bytes to the answer.
//!
//! ```text
//! bytes ─► Command ─► channel ─► MANAGE CHANNEL, SELECT          here
//!                        │
//!                        ├─► the issuer's security domain        crate::domain
//!                        └─► process() of the selected applet    crate::calls
//! answer ◄─ journal kept ◄─ objects deleted ◄─ transaction ended ◄─┘
//! ```
//!
//! The answer leaves only after the journal took what the command changed.

use alloc::sync::Arc;
use alloc::vec::Vec;

use card_image::Aid;
use card_vm::heap::{Atomicity, Class, Depth, Heap, JournalError, Kind, Memory, Standing};
use card_vm::package::PlatformPackage;
use card_vm::{Context, Machine, Owner, Ref, Stop};

use crate::apdu::{Command, Response};
use crate::calls::{self, Company};
use crate::channels::Selected;
use crate::domain::{self, Identity, KeySet, KeySets, Verification};
use crate::env::Env;
use crate::exchange::Exchange;
use crate::library::{self, PackageError};
use crate::limits::{APDU_BUFFER, COMMAND_BUDGET};
use crate::natives::{Os, names, persist};
use crate::registry::{AppletEntry, CardState, Registry, Roots, life_cycle};
use crate::runtime::Runtime;
use crate::scp03::StaticKeys;
use crate::status::StatusWord;

/// The AID of the issuer's security domain that most cards use.
const ISSUER_DOMAIN: [u8; 8] = [0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00, 0x00];
/// Bytes of the install data array: three fields of up to 255 bytes behind their lengths.
const INSTALL_DATA: i16 = 3 * 256;
/// The answer to reset: direct convention, T=1, sixteen-byte blocks of checks; historical bytes "MEDSEAL"
/// (ISO/IEC 7816-3, 8.2). TS T0 TD1 TD2 historical TCK.
const ATR: [u8; 12] = [0x3B, 0x87, 0x80, 0x01, b'M', b'E', b'D', b'S', b'E', b'A', b'L', 0x40];

/// What is common to all cards of a process: the platform's classes in the machine's form.
#[derive(Clone, Debug)]
pub struct Foundation(Arc<PlatformPackage>);

impl Foundation {
    /// Made once; cards share it.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(PlatformPackage::new(&crate::natives::Declared)))
    }
}

impl Default for Foundation {
    fn default() -> Self {
        Self::new()
    }
}

/// What a new card is to be.
#[derive(Clone)]
pub struct CardOptions {
    domain: Option<Aid>,
    key_version: u8,
    keys: StaticKeys,
    verification: Verification,
}

impl CardOptions {
    /// A card whose issuer's domain has these keys. There is no other way to make one: no card has keys that others know.
    #[must_use]
    pub fn new(key_version: u8, keys: StaticKeys) -> Self {
        Self { domain: None, key_version, keys, verification: Verification::Required }
    }

    /// Another AID of the issuer's domain than A000000151000000.
    #[must_use]
    pub fn domain(self, aid: Aid) -> Self {
        Self { domain: Some(aid), ..self }
    }

    /// Whether the card verifies load files.
    #[must_use]
    pub fn verification(self, verification: Verification) -> Self {
        Self { verification, ..self }
    }
}

/// Why a card does not answer, or does not come up. A card with one of these is to be opened again from its journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// The journal's sink failed: what the last command changed is not kept, so the card says nothing.
    #[error("the card's journal could not be kept; the card is silent until it is opened again")]
    JournalLost,
    /// The journal is not one.
    #[error("the card's journal is damaged: {0}")]
    Journal(#[from] JournalError),
    /// Something that every card has is missing or malformed.
    #[error("the card's {0} is missing or malformed")]
    Malformed(&'static str),
    /// A package did not come back.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The runtime's own objects did not fit, which the limits rule out.
    #[error("the card's own objects do not fit its memory")]
    NoRoom,
}

/// A powered-up card.
pub struct Card<E: Env> {
    vm: Machine,
    runtime: Runtime,
    env: E,
}

impl<E: Env> Card<E> {
    /// Makes a new card. Its state goes to the journal with the first command; a host that wants it at once takes
    /// [`Card::snapshot`].
    ///
    /// # Errors
    /// [`CardError::NoRoom`]; [`CardError::Malformed`].
    pub fn create(foundation: &Foundation, mut env: E, options: CardOptions) -> Result<Self, CardError> {
        let no_room = |_: Stop| CardError::NoRoom;
        let mut vm = Machine::new(Arc::clone(&foundation.0)).map_err(no_room)?;
        let roots = make_roots(&mut vm).map_err(no_room)?;
        let aid = match options.domain {
            Some(aid) => aid,
            None => Aid::new(&ISSUER_DOMAIN).map_err(|_| CardError::Malformed("domain"))?,
        };
        let mut unique = [0; 18];
        env.random(&mut unique);
        let (serial, diversification) = unique.split_at(8);
        let identity = Identity {
            aid,
            verification: options.verification,
            serial: serial.try_into().map_err(|_| CardError::Malformed("serial number"))?,
        };
        let diversification =
            diversification.try_into().map_err(|_| CardError::Malformed("serial number"))?;
        let keys = KeySets::new(diversification, KeySet::new(options.key_version, options.keys));
        let mut runtime = Runtime::new(foundation.0.clone(), Registry::new(roots), keys, identity);
        vm.heap().set_blob(domain::IDENTITY, Some(runtime.identity.encode().into())).map_err(no_room)?;
        domain::keep_registry(&mut vm, &mut runtime).map_err(no_room)?;
        domain::keep_keys(&mut vm, &mut runtime).map_err(no_room)?;
        Ok(Self { vm, runtime, env })
    }

    /// Powers a card up from all that its journal took, from a snapshot on. A torn end is left out.
    ///
    /// # Errors
    /// When the bytes are no card's.
    pub fn restore(foundation: &Foundation, env: E, journal: &[u8]) -> Result<Self, CardError> {
        let (heap, _whole) = Heap::restore(journal)?;
        let blob = |key, name| heap.blob(key).ok_or(CardError::Malformed(name));
        let (identity, registry, keys) = (
            blob(domain::IDENTITY, "identity")?,
            blob(domain::REGISTRY, "registry")?,
            blob(domain::KEYS, "key set")?,
        );
        let identity = Identity::decode(&identity).map_err(|_| CardError::Malformed("identity"))?;
        let registry = Registry::decode(&registry).map_err(|_| CardError::Malformed("registry"))?;
        let keys = KeySets::decode(&keys).map_err(|_| CardError::Malformed("key set"))?;
        let vm = Machine::restore(Arc::clone(&foundation.0), heap);
        let mut card =
            Self { vm, runtime: Runtime::new(foundation.0.clone(), registry, keys, identity), env };
        let mut os = Os { env: &mut card.env, runtime: &mut card.runtime };
        library::restore(&mut card.vm, &mut os)?;
        card.vm.heap().clear_on_reset();
        Ok(card)
    }

    /// The whole state, to start a journal anew with.
    pub fn snapshot(&mut self) -> Vec<u8> {
        self.vm.heap().snapshot()
    }

    /// What the host lent the card.
    pub fn env(&mut self) -> &mut E {
        &mut self.env
    }

    /// The answer to reset.
    #[must_use]
    pub fn atr(&self) -> &'static [u8] {
        &ATR
    }

    /// A warm reset: transient memory is cleared, nothing stays selected, secure channels are closed.
    ///
    /// # Errors
    /// [`CardError::JournalLost`].
    pub fn reset(&mut self) -> Result<(), CardError> {
        if self.runtime.journal_lost {
            return Err(CardError::JournalLost);
        }
        self.vm.heap().clear_on_reset();
        self.vm.heap().select(Context::JCRE);
        self.runtime.reset();
        Ok(())
    }

    /// Takes one command and gives the answer, the status word at its end.
    ///
    /// # Errors
    /// [`CardError::JournalLost`]; whatever a command asks for wrongly is a status word.
    pub fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, CardError> {
        if self.runtime.journal_lost {
            return Err(CardError::JournalLost);
        }
        let mut os = Os { env: &mut self.env, runtime: &mut self.runtime };
        self.vm.set_budget(COMMAND_BUDGET);
        let response = match Command::parse(command) {
            Ok(command) => dispatch(&mut self.vm, &mut os, &command),
            Err(_) => StatusWord::WRONG_LENGTH.into(),
        };
        finish(&mut self.vm, &mut os)?;
        Ok(response.into_bytes())
    }
}

/// The runtime's own objects (JCRE 6.2.1, 6.2.2).
fn make_roots(vm: &mut Machine) -> Result<Roots, Stop> {
    let array = |vm: &mut Machine, length| -> Result<Ref, Stop> {
        let array = vm.make_array_in(Memory::ClearOnReset, Kind::Bytes, Class::NONE, length, Owner::JCRE)?;
        vm.heap().set_standing(array, Standing::GlobalArray)?;
        Ok(array)
    };
    let apdu = vm.make_instance(names::APDU, Owner::JCRE)?;
    vm.heap().set_standing(apdu, Standing::TemporaryEntryPoint)?;
    let secure_channel = vm.make_instance(names::SECURE_CHANNEL, Owner::JCRE)?;
    vm.heap().set_standing(secure_channel, Standing::PermanentEntryPoint)?;
    Ok(Roots {
        apdu,
        apdu_buffer: array(vm, APDU_BUFFER.cast_signed())?,
        install_data: array(vm, INSTALL_DATA)?,
        secure_channel,
    })
}

/// Ends what a command began: whatever transaction is still open is undone, objects are deleted if asked for, and the
/// journal takes the rest.
fn finish(vm: &mut Machine, os: &mut Os<'_>) -> Result<(), CardError> {
    for depth in [Depth::Applet, Depth::Runtime] {
        if vm.heap().in_transaction(depth) {
            let _ = vm.heap().abort(depth);
        }
    }
    os.runtime.exchange = None;
    if core::mem::take(&mut os.runtime.deletion_requested) {
        let held = os.runtime.held();
        let _ = vm.delete_unreachable(&held);
    }
    vm.heap().settle();
    persist(vm, os).map_err(|_| CardError::JournalLost)
}

fn dispatch(vm: &mut Machine, os: &mut Os<'_>, command: &Command<'_>) -> Response {
    let class = command.class();
    if !class.valid {
        return StatusWord::CLA_NOT_SUPPORTED.into();
    }
    if os.runtime.registry.state == CardState::Terminated {
        return StatusWord::CONDITIONS_NOT_SATISFIED.into();
    }
    os.runtime.channel = class.channel;
    if class.interindustry && command.ins == 0x70 && !class.secure {
        return manage_channel(vm, os, command);
    }
    if class.interindustry && command.ins == 0xA4 && command.p1 == 0x04 && !class.secure {
        return select(vm, os, command);
    }
    match os.runtime.channels.selected(class.channel) {
        None => StatusWord::CHANNEL_NOT_SUPPORTED.into(),
        Some(Selected::Nothing) => StatusWord::CONDITIONS_NOT_SATISFIED.into(),
        Some(Selected::Domain) => {
            vm.heap().select(Context::JCRE);
            if class.chained {
                return StatusWord::CHAINING_NOT_SUPPORTED.into();
            }
            domain::process(vm, os, command)
        }
        Some(Selected::Applet(id)) => match os.runtime.applet(id).copied() {
            Some(applet) => process(vm, os, &applet, command),
            None => StatusWord::CONDITIONS_NOT_SATISFIED.into(),
        },
    }
}

/// Lets an applet answer.
fn process(vm: &mut Machine, os: &mut Os<'_>, applet: &AppletEntry, command: &Command<'_>) -> Response {
    if command.extended && !applet.traits.extended_length {
        return StatusWord::WRONG_LENGTH.into();
    }
    vm.heap().select(applet.slot);
    let buffer = os.runtime.roots.apdu_buffer;
    let header = Exchange::header(command);
    let mut door = vm.jcre();
    let filled = door
        .fill(buffer, 0, APDU_BUFFER.cast_signed(), 0, Atomicity::NonAtomic)
        .and_then(|()| door.write(buffer, 0, &header, Atomicity::NonAtomic));
    if filled.is_err() {
        return StatusWord::UNKNOWN.into();
    }
    os.runtime.exchange = Some(Exchange::new(command));
    let status = calls::process(vm, os, applet);
    let data = os.runtime.exchange.take().map(|exchange| exchange.answer).unwrap_or_default();
    Response { data, status }
}

/// SELECT by name (JCRE 4.6; ISO/IEC 7816-4, 11.2.2): P2 00 the first or only occurrence, 02 the next.
fn select(vm: &mut Machine, os: &mut Os<'_>, command: &Command<'_>) -> Response {
    if command.p2 & 0xF1 != 0 {
        return StatusWord::FUNCTION_NOT_SUPPORTED.into();
    }
    let channel = os.runtime.channel;
    let open = os.runtime.channels.selected(channel);
    match find(os.runtime, command) {
        Some(Selected::Domain) => {
            leave(vm, os, channel);
            os.runtime.channels.select(channel, Selected::Domain);
            Response::ok(domain::select_answer(&os.runtime.identity))
        }
        Some(Selected::Applet(id)) => match os.runtime.applet(id).copied() {
            Some(applet) => enter(vm, os, channel, &applet, command),
            None => StatusWord::NOT_FOUND.into(),
        },
        Some(Selected::Nothing) | None => match open {
            // A name that nobody has goes to the applet that is selected (JCRE 4.6.2).
            Some(Selected::Applet(id)) => match os.runtime.applet(id).copied() {
                Some(applet) => process(vm, os, &applet, command),
                None => StatusWord::NOT_FOUND.into(),
            },
            Some(Selected::Domain | Selected::Nothing) => StatusWord::NOT_FOUND.into(),
            None => StatusWord::CHANNEL_NOT_SUPPORTED.into(),
        },
    }
}

/// What a SELECT means: the whole AID, else the beginning of one. The issuer's domain comes last among equals, and
/// an empty name means it.
fn find(runtime: &Runtime, command: &Command<'_>) -> Option<Selected> {
    let name = command.data;
    let domain = runtime.identity.aid;
    if name.is_empty() || name == domain.as_bytes() {
        return Some(Selected::Domain);
    }
    let locked = runtime.registry.state == CardState::Locked;
    let selectable = |applet: &&AppletEntry| {
        !locked
            && applet.life_cycle & life_cycle::LOCKED == 0
            && applet.life_cycle & life_cycle::SELECTABLE == life_cycle::SELECTABLE
    };
    let mut matching = runtime
        .registry
        .applets
        .iter()
        .filter(selectable)
        .filter(|applet| applet.aid.as_bytes().starts_with(name))
        .map(|applet| (applet.aid, Selected::Applet(applet.id)))
        .collect::<Vec<_>>();
    if let Some((_, exact)) = matching.iter().find(|(aid, _)| aid.as_bytes() == name) {
        return Some(*exact);
    }
    if name.len() < crate::limits::AID_MIN {
        return None;
    }
    if domain.as_bytes().starts_with(name) {
        matching.push((domain, Selected::Domain));
    }
    let next = command.p2 & 0x03 == 0x02;
    let skip = match runtime.channels.selected(runtime.channel) {
        Some(now) if next => {
            matching.iter().position(|(_, selected)| *selected == now).map_or(0, |index| index + 1)
        }
        Some(_) | None => 0,
    };
    matching.get(skip).map(|(_, selected)| *selected)
}

/// Deselects what is selected on a channel and clears what must not outlive that (JCRE 4.6, 5.2).
fn leave(vm: &mut Machine, os: &mut Os<'_>, channel: u8) {
    os.runtime.secure.close(channel);
    os.runtime.load = None;
    let Some(Selected::Applet(id)) = os.runtime.channels.selected(channel) else { return };
    os.runtime.channels.select(channel, Selected::Nothing);
    let Some(applet) = os.runtime.applet(id).copied() else { return };
    vm.heap().select(applet.slot);
    let company = company(os.runtime, applet.slot, channel);
    calls::deselect(vm, os, &applet, company);
    if company == Company::Alone {
        vm.heap().clear_on_deselect(applet.slot);
    }
    vm.heap().select(Context::JCRE);
}

fn company(runtime: &Runtime, slot: Context, channel: u8) -> Company {
    if runtime.channels.is_context_active(slot, &runtime.registry, channel) {
        Company::OthersActive
    } else {
        Company::Alone
    }
}

/// Selects an applet: `select`, then `process` with the SELECT command itself.
fn enter(
    vm: &mut Machine,
    os: &mut Os<'_>,
    channel: u8,
    applet: &AppletEntry,
    command: &Command<'_>,
) -> Response {
    let company = company(os.runtime, applet.slot, channel);
    if company == Company::OthersActive && !applet.traits.multi_selectable {
        return StatusWord::CONDITIONS_NOT_SATISFIED.into();
    }
    leave(vm, os, channel);
    vm.heap().select(applet.slot);
    os.runtime.selecting = true;
    let response = if calls::select(vm, os, applet, company) {
        os.runtime.channels.select(channel, Selected::Applet(applet.id));
        process(vm, os, applet, command)
    } else {
        os.runtime.channels.select(channel, Selected::Nothing);
        StatusWord::APPLET_SELECT_FAILED.into()
    };
    os.runtime.selecting = false;
    response
}

/// MANAGE CHANNEL (ISO/IEC 7816-4, 11.1.2; JCRE 4.5): P1 00 opens, 80 closes; P2 00 lets the card choose the number.
fn manage_channel(vm: &mut Machine, os: &mut Os<'_>, command: &Command<'_>) -> Response {
    let channels = &os.runtime.channels;
    if channels.selected(os.runtime.channel).is_none() {
        return StatusWord::CHANNEL_NOT_SUPPORTED.into();
    }
    match (command.p1, command.p2) {
        (0x00, 0x00) => match channels.free() {
            Some(channel) => {
                os.runtime.channels.select(channel, Selected::Domain);
                Response::ok(Vec::from([channel]))
            }
            None => StatusWord::FUNCTION_NOT_SUPPORTED.into(),
        },
        (0x80, 0x00) => StatusWord::WRONG_P1P2.into(),
        (0x80, channel) if channels.selected(channel).is_some() => {
            leave(vm, os, channel);
            os.runtime.channels.close(channel);
            Response::ok(Vec::new())
        }
        (0x80, _) => StatusWord(0x6200).into(),
        _ => StatusWord::WRONG_P1P2.into(),
    }
}
