//! Logical channels: which application is selected on which (ISO/IEC 7816-4, 5.4; JCRE 3.0.5, chapter 4).

use card_vm::{AppletId, Context};

use crate::limits::CHANNELS;
use crate::registry::{DomainId, Registry};

/// What is selected on an open channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selected {
    /// A security domain.
    Domain(DomainId),
    /// An applet.
    Applet(AppletId),
    /// Nothing: the applet refused, or is no more.
    Nothing,
}

/// All channels; the basic one is always open.
#[derive(Debug)]
pub(crate) struct Channels {
    selected: [Option<Selected>; CHANNELS],
    /// How many are open besides the basic one.
    further: u8,
}

impl Channels {
    /// As after a reset: the basic channel with the default application, the issuer's security domain.
    pub(crate) fn new() -> Self {
        let mut channels = [None; CHANNELS];
        if let Some(basic) = channels.first_mut() {
            *basic = Some(Selected::Domain(DomainId::ISSUER));
        }
        Self { selected: channels, further: 0 }
    }

    /// What is selected on a channel; `None` when it is not open.
    pub(crate) fn selected(&self, channel: u8) -> Option<Selected> {
        self.selected.get(usize::from(channel)).copied().flatten()
    }

    /// Selects, opening the channel if it was closed.
    pub(crate) fn select(&mut self, channel: u8, selected: Selected) {
        if let Some(slot) = self.selected.get_mut(usize::from(channel)) {
            let opened = slot.replace(selected).is_none();
            self.further += u8::from(opened);
        }
    }

    /// Closes a channel other than the basic one.
    pub(crate) fn close(&mut self, channel: u8) {
        if let Some(slot) = self.selected.get_mut(usize::from(channel)).filter(|_| channel != 0) {
            let closed = slot.take().is_some();
            self.further -= u8::from(closed);
        }
    }

    /// Whether no channel is open besides the basic one.
    pub(crate) fn is_only_basic_open(&self) -> bool {
        self.further == 0
    }

    /// The applets that are selected on channels other than `except`.
    pub(crate) fn applets_besides(&self, except: u8) -> impl Iterator<Item = AppletId> + '_ {
        let others =
            self.selected.iter().enumerate().filter(move |(channel, _)| *channel != usize::from(except));
        others.filter_map(|(_, selected)| match selected {
            Some(Selected::Applet(id)) => Some(*id),
            Some(Selected::Domain(_) | Selected::Nothing) | None => None,
        })
    }

    /// A closed channel.
    pub(crate) fn free(&self) -> Option<u8> {
        self.selected.iter().position(Option::is_none).and_then(|index| u8::try_from(index).ok())
    }

    /// Whether an applet is selected on any channel.
    pub(crate) fn is_selected(&self, applet: AppletId) -> bool {
        self.selected.contains(&Some(Selected::Applet(applet)))
    }

    /// Whether a security domain is selected on any channel.
    pub(crate) fn is_domain_selected(&self, domain: DomainId) -> bool {
        self.selected.contains(&Some(Selected::Domain(domain)))
    }

    /// Whether an applet of a package is selected on a channel other than `except`.
    pub(crate) fn is_context_active(&self, context: Context, registry: &Registry, except: u8) -> bool {
        self.applets_besides(except)
            .any(|id| registry.applets.iter().any(|applet| applet.id == id && applet.slot == context))
    }
}
