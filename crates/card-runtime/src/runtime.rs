//! The runtime's own state: what is on the card, and what is going on.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use card_image::Aid;
use card_vm::package::PlatformPackage;
use card_vm::{AppletId, Contexts, Ref};

use crate::channels::Channels;
use crate::crypto::Stream;
use crate::cvm::GlobalPin;
use crate::domain::{DomainState, Identity, LoadUnderWay, Personalizing};
use crate::exchange::{Chaining, Exchange};
use crate::natives::{OneShots, Outcome, Scratch, Sessions};
use crate::policy::Policy;
use crate::protocol::Protocol;
use crate::registry::{AppletEntry, DomainId, Registry, Roots};
use crate::secure::Secure;

/// An `install` in progress.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Installing {
    /// The AID that INSTALL gives the instance.
    pub(crate) aid: Aid,
    /// What registered; null before.
    pub(crate) object: Ref,
}

/// Everything about one card that is neither object nor code.
pub(crate) struct Runtime {
    /// What all cards share.
    pub(crate) platform: Arc<PlatformPackage>,

    // Persistent, each a blob.
    pub(crate) registry: Registry,
    /// Keys and data of each domain in the registry.
    pub(crate) domains: BTreeMap<DomainId, DomainState>,
    pub(crate) global_pin: GlobalPin,
    pub(crate) identity: Identity,
    /// Which algorithms applets get.
    pub(crate) policy: Policy,
    /// A copy of the registry's.
    pub(crate) roots: Roots,

    // Until the card is reset.
    /// How commands come; only a new power-up changes it.
    pub(crate) protocol: Protocol,
    pub(crate) channels: Channels,
    pub(crate) secure: Secure,
    pub(crate) load: Option<LoadUnderWay>,
    pub(crate) personalizing: Option<Personalizing>,
    /// Whether no command came since the reset: the default application is selected with the first.
    pub(crate) fresh: bool,
    pub(crate) sessions: Sessions,
    pub(crate) scratch: Scratch,
    pub(crate) one_shots: OneShots,
    /// The `Resources` object, once somebody asked for it.
    pub(crate) resources: Option<Ref>,
    /// Random numbers for keys and signatures.
    pub(crate) random: Stream,
    /// What the last sensitive method of the API returned.
    pub(crate) outcome: Outcome,

    // While a command is in work.
    /// The channel that it came on.
    pub(crate) channel: u8,
    pub(crate) exchange: Option<Exchange>,
    /// Whether the answer of the last command may be cut into pieces.
    pub(crate) chaining: Chaining,
    /// Whether `process` gets the SELECT that selected it.
    pub(crate) selecting: bool,
    /// Whether the applet being deselected or selected is the same one.
    pub(crate) reselecting: bool,
    pub(crate) installing: Option<Installing>,
    pub(crate) deletion_requested: bool,
    /// Entries that GET STATUS has listed of a list cut short.
    pub(crate) listed: usize,

    /// What [`Env::now_us`](crate::env::Env::now_us) said when the card was powered up or reset.
    pub(crate) started_us: u64,

    /// The answer to the command in work: data first, then the status word. The host's own space while a command runs.
    pub(crate) answer: Vec<u8>,
    /// Space for journal records, kept between commands.
    pub(crate) records: Vec<u8>,
    /// Set once the journal failed: the card then says nothing more.
    pub(crate) journal_lost: bool,
}

impl Runtime {
    pub(crate) fn new(
        platform: Arc<PlatformPackage>,
        registry: Registry,
        domains: BTreeMap<DomainId, DomainState>,
        global_pin: GlobalPin,
        identity: Identity,
    ) -> Self {
        Self {
            platform,
            roots: registry.roots,
            registry,
            domains,
            global_pin,
            identity,
            policy: Policy::default(),
            protocol: Protocol::default(),
            channels: Channels::new(),
            secure: Secure::default(),
            load: None,
            personalizing: None,
            fresh: true,
            sessions: Sessions::default(),
            scratch: Scratch::default(),
            one_shots: OneShots::default(),
            resources: None,
            random: Stream::default(),
            outcome: Outcome::Unassigned,
            channel: 0,
            exchange: None,
            chaining: Chaining::Allowed,
            selecting: false,
            reselecting: false,
            installing: None,
            deletion_requested: false,
            listed: 0,
            started_us: 0,
            answer: Vec::new(),
            records: Vec::new(),
            journal_lost: false,
        }
    }

    /// Forgets all that a reset forgets.
    pub(crate) fn reset(&mut self) {
        self.channels = Channels::new();
        self.secure = Secure::default();
        self.end_sequences();
        self.global_pin.reset();
        self.fresh = true;
        self.sessions.clear();
        self.random = Stream::default();
        self.outcome = Outcome::Unassigned;
        self.channel = 0;
        self.exchange = None;
        self.selecting = false;
        self.reselecting = false;
        self.installing = None;
        self.deletion_requested = false;
        self.listed = 0;
    }

    /// Ends a load and a personalization that other commands interrupt.
    pub(crate) fn end_sequences(&mut self) {
        self.load = None;
        self.personalizing = None;
    }

    /// The objects that the runtime environment holds on to.
    pub(crate) fn held(&self) -> Vec<Ref> {
        let Roots { apdu, apdu_buffer, install_data, secure_channel, global_pin } = self.roots;
        let applets = self.registry.applets.iter().flat_map(|applet| [applet.object, applet.aid_object]);
        let own = [apdu, apdu_buffer, install_data, secure_channel, global_pin];
        let lent = self.one_shots.objects().chain(self.resources);
        own.into_iter().chain(applets).chain(lent).collect()
    }

    /// An instance by its number.
    pub(crate) fn applet(&self, id: AppletId) -> Option<&AppletEntry> {
        self.registry.applets.iter().find(|applet| applet.id == id)
    }

    /// The `AID` object of an instance; null for the runtime environment and for an instance being installed.
    pub(crate) fn aid_object(&self, id: AppletId) -> Ref {
        self.applet(id).map_or(Ref::NULL, |applet| applet.aid_object)
    }

    /// Contexts that are active on another channel than the present command's and have an applet that is not
    /// multi-selectable: nothing of them can be selected here, and others may not enter them (JCRE 4.2, 6.2.8.6).
    pub(crate) fn barred(&self) -> Contexts {
        let mut barred = Contexts::NONE;
        if self.channels.is_only_basic_open() && self.channel == 0 {
            return barred;
        }
        for id in self.channels.applets_besides(self.channel) {
            let context = self.applet(id).map(|applet| applet.slot);
            if let Some(context) = context.filter(|context| !self.registry.is_multi_selectable(*context)) {
                barred.insert(context);
            }
        }
        barred
    }
}
