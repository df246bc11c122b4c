//! A card: the way of a command from its bytes to the answer.
//!
//! ```text
//! bytes ─► T=0 or not ─► Command ─► channel ─► MANAGE CHANNEL    crate::dispatch
//!          crate::transport            │   └──► SELECT            crate::selection
//!                                      ├─► the security domain    crate::domain
//!                                      └─► process() of the selected applet, crate::calls
//! answer ◄─ T=0 or not ◄─ journal kept ◄─ objects deleted ◄─ transaction ended ◄─┘
//! ```
//!
//! The answer leaves only after the journal took what the command changed. A command whose applet changes nothing costs no
//! allocation: its data stay where the host has them, the answer is written where the host wants it.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use card_image::Aid;
use card_vm::heap::{Class, Depth, Heap, JournalError, Kind, Memory, Standing};
use card_vm::package::PlatformPackage;
use card_vm::{Context, Machine, Owner, Ref, Stop};

use crate::apdu::Command;
use crate::channels::Selected;
use crate::cvm::GlobalPin;
use crate::dispatch::dispatch;
use crate::domain::{self, DomainState, Identity, KeyStore, Verification};
use crate::env::Env;
use crate::exchange::Chaining;
use crate::library::{self, PackageError};
use crate::limits::{APDU_BUFFER, COMMAND_BUDGET};
use crate::natives::{Os, names, persist, release_all};
use crate::policy::Policy;
use crate::protocol::Protocol;
use crate::registry::{DomainId, Registry, Roots};
use crate::runtime::Runtime;
use crate::scp::{self, StaticKeys};
use crate::status::StatusWord;
use crate::transport::{Characters, Lengths, Step};

/// The AID of the issuer's security domain that most cards use.
const ISSUER_DOMAIN: [u8; 8] = [0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00, 0x00];
/// Bytes of the install data array: three fields of up to 255 bytes behind their lengths.
const INSTALL_DATA: i16 = 3 * 256;
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
    channel: scp::Protocol,
    verification: Verification,
    policy: Policy,
}

impl CardOptions {
    /// A card whose issuer's domain has these keys. There is no other way to make one: no card has keys that others know.
    #[must_use]
    pub fn new(key_version: u8, keys: StaticKeys) -> Self {
        let channel = scp::Protocol::default_of(keys.kind());
        Self {
            domain: None,
            key_version,
            keys,
            channel,
            verification: Verification::Required,
            policy: Policy::default(),
        }
    }

    /// Another secure channel protocol than SCP03 with i=70 for AES keys and SCP02 with i=15 for triple DES.
    #[must_use]
    pub fn secure_channel(self, channel: scp::Protocol) -> Self {
        Self { channel, ..self }
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

    /// Which algorithms the card offers to applets; all by default.
    #[must_use]
    pub fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
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
    /// What T=0 holds back.
    characters: Characters,
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
        let malformed = |_| CardError::Malformed("serial number");
        let identity = Identity {
            verification: options.verification,
            serial: serial.try_into().map_err(malformed)?,
            diversification: diversification.try_into().map_err(malformed)?,
        };
        if options.channel.key_kind() != options.keys.kind() {
            return Err(CardError::Malformed("secure channel protocol"));
        }
        let keys = KeyStore::with_set(options.key_version, &options.keys);
        let domains = [(DomainId::ISSUER, DomainState::new(keys))].into();
        let registry = Registry::new(roots, aid, options.channel);
        let pin = GlobalPin::default();
        let mut runtime = Runtime::new(foundation.0.clone(), registry, domains, pin, identity);
        runtime.started_us = env.now_us();
        vm.heap().set_blob(domain::IDENTITY, Some(runtime.identity.encode().into())).map_err(no_room)?;
        vm.heap().set_blob(domain::POLICY, Some(options.policy.encode().into())).map_err(no_room)?;
        runtime.policy = options.policy;
        domain::keep_registry(&mut vm, &mut runtime).map_err(no_room)?;
        domain::keep_domain(&mut vm, &runtime, DomainId::ISSUER).map_err(no_room)?;
        Ok(Self { vm, runtime, characters: Characters::default(), env })
    }

    /// Powers a card up from all that its journal took, from a snapshot on. A torn end is left out.
    ///
    /// # Errors
    /// When the bytes are no card's.
    pub fn restore(foundation: &Foundation, mut env: E, journal: &[u8]) -> Result<Self, CardError> {
        let (heap, _whole) = Heap::restore(journal)?;
        let blob = |key, name| heap.blob(key).ok_or(CardError::Malformed(name));
        let (identity, registry) = (blob(domain::IDENTITY, "identity")?, blob(domain::REGISTRY, "registry")?);
        let identity = Identity::decode(&identity).map_err(|_| CardError::Malformed("identity"))?;
        let registry = Registry::decode(&registry).map_err(|_| CardError::Malformed("registry"))?;
        let mut domains = BTreeMap::new();
        for entry in &registry.domains {
            let state = blob(domain::domain_state(entry.id), "key set")?;
            let state = DomainState::decode(&state).map_err(|_| CardError::Malformed("key set"))?;
            domains.insert(entry.id, state);
        }
        let pin = match heap.blob(domain::GLOBAL_PIN) {
            Some(pin) => GlobalPin::decode(&pin).map_err(|_| CardError::Malformed("global PIN"))?,
            None => GlobalPin::default(),
        };
        let policy = match heap.blob(domain::POLICY) {
            Some(policy) => Policy::decode(&policy).map_err(|_| CardError::Malformed("policy"))?,
            None => Policy::default(),
        };
        let vm = Machine::restore(Arc::clone(&foundation.0), heap);
        let mut runtime = Runtime::new(foundation.0.clone(), registry, domains, pin, identity);
        runtime.policy = policy;
        runtime.started_us = env.now_us();
        let mut card = Self { vm, runtime, characters: Characters::default(), env };
        let mut os = Os { env: &mut card.env, runtime: &mut card.runtime, data: &[] };
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
        self.runtime.protocol.atr()
    }

    /// How commands come.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.runtime.protocol
    }

    /// Cuts the power and powers the card up again with a protocol: everything a reset does.
    ///
    /// # Errors
    /// [`CardError::JournalLost`].
    pub fn power_up(&mut self, protocol: Protocol) -> Result<(), CardError> {
        self.reset()?;
        self.runtime.protocol = protocol;
        Ok(())
    }

    /// A warm reset: transient memory is cleared, nothing stays selected, secure channels are closed. The protocol stays.
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
        self.runtime.started_us = self.env.now_us();
        self.characters.reset();
        Ok(())
    }

    /// Takes one command and gives the answer, the status word at its end.
    ///
    /// # Errors
    /// [`CardError::JournalLost`]; whatever a command asks for wrongly is a status word.
    pub fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, CardError> {
        let mut answer = Vec::new();
        self.transmit_into(command, &mut answer)?;
        Ok(answer)
    }

    /// [`Card::transmit`] with the answer put into `answer`, whose contents are replaced and whose space is used again.
    ///
    /// # Errors
    /// [`CardError::JournalLost`]; `answer` is then empty.
    pub fn transmit_into(&mut self, command: &[u8], answer: &mut Vec<u8>) -> Result<(), CardError> {
        answer.clear();
        if self.runtime.journal_lost {
            return Err(CardError::JournalLost);
        }
        core::mem::swap(&mut self.runtime.answer, answer);
        let outcome = match self.runtime.protocol {
            Protocol::T0 => self.in_characters(command),
            Protocol::T1 | Protocol::ContactlessA | Protocol::ContactlessB => match Command::parse(command) {
                Ok(command) => self.run(&command).map(|_| ()),
                Err(_) => self.refuse(),
            },
        };
        core::mem::swap(&mut self.runtime.answer, answer);
        if outcome.is_err() {
            answer.clear();
        }
        outcome
    }

    /// A command as T=0 brings it.
    fn in_characters(&mut self, bytes: &[u8]) -> Result<(), CardError> {
        let mut answer = core::mem::take(&mut self.runtime.answer);
        let step = self.characters.take(bytes, |channel| lengths(&self.runtime, channel), &mut answer);
        self.runtime.answer = answer;
        let whole;
        let command = match step {
            Step::Answered => return Ok(()),
            Step::Run(command) => command,
            Step::RunEnvelope(bytes) => {
                whole = bytes;
                match Command::parse(&whole) {
                    Ok(command) => command,
                    Err(_) => return self.refuse(),
                }
            }
        };
        let chaining = self.run(&command)?;
        self.characters.present(&command, chaining, &mut self.runtime.answer);
        Ok(())
    }

    /// The answer to bytes that are no command.
    fn refuse(&mut self) -> Result<(), CardError> {
        self.runtime.answer.extend_from_slice(&StatusWord::WRONG_LENGTH.bytes());
        Ok(())
    }

    /// Answers a command and lets the journal take what it changed. Gives whether the answer may be cut.
    fn run(&mut self, command: &Command<'_>) -> Result<Chaining, CardError> {
        let mut os = Os { env: &mut self.env, runtime: &mut self.runtime, data: command.data };
        self.vm.set_budget(COMMAND_BUDGET);
        os.runtime.chaining = Chaining::Allowed;
        let status = dispatch(&mut self.vm, &mut os, command);
        finish(&mut self.vm, &mut os)?;
        os.runtime.answer.extend_from_slice(&status.bytes());
        Ok(os.runtime.chaining)
    }
}

/// Which lengths the applet on a channel takes.
fn lengths(runtime: &Runtime, channel: u8) -> Lengths {
    match runtime.channels.selected(channel) {
        Some(Selected::Applet(id))
            if runtime.applet(id).is_some_and(|applet| applet.traits.extended_length) =>
        {
            Lengths::Extended
        }
        Some(Selected::Applet(_) | Selected::Domain(_) | Selected::Nothing) | None => Lengths::Short,
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
    let global_pin = vm.make_instance(names::CVM, Owner::JCRE)?;
    vm.heap().set_standing(global_pin, Standing::PermanentEntryPoint)?;
    Ok(Roots {
        apdu,
        apdu_buffer: array(vm, APDU_BUFFER.cast_signed())?,
        install_data: array(vm, INSTALL_DATA)?,
        secure_channel,
        global_pin,
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
    release_all(os.runtime);
    if core::mem::take(&mut os.runtime.deletion_requested) {
        let held = os.runtime.held();
        let _ = vm.delete_unreachable(&held);
    }
    vm.heap().settle();
    persist(vm, os).map_err(|_| CardError::JournalLost)
}
