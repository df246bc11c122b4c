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
pub(crate) struct Channels([Option<Selected>; CHANNELS]);

impl Channels {
    /// As after a reset: the basic channel with the default application, the issuer's security domain.
    pub(crate) fn new() -> Self {
        let mut channels = [None; CHANNELS];
        if let Some(basic) = channels.first_mut() {
            *basic = Some(Selected::Domain(DomainId::ISSUER));
        }
        Self(channels)
    }

    /// What is selected on a channel; `None` when it is not open.
    pub(crate) fn selected(&self, channel: u8) -> Option<Selected> {
        self.0.get(usize::from(channel)).copied().flatten()
    }

    /// Selects, opening the channel if it was closed.
    pub(crate) fn select(&mut self, channel: u8, selected: Selected) {
        if let Some(slot) = self.0.get_mut(usize::from(channel)) {
            *slot = Some(selected);
        }
    }

    /// Closes a channel other than the basic one.
    pub(crate) fn close(&mut self, channel: u8) {
        if let Some(slot) = self.0.get_mut(usize::from(channel)).filter(|_| channel != 0) {
            *slot = None;
        }
    }

    /// A closed channel.
    pub(crate) fn free(&self) -> Option<u8> {
        self.0.iter().position(Option::is_none).and_then(|index| u8::try_from(index).ok())
    }

    /// Whether an applet is selected on any channel.
    pub(crate) fn is_selected(&self, applet: AppletId) -> bool {
        self.0.contains(&Some(Selected::Applet(applet)))
    }

    /// Whether a security domain is selected on any channel.
    pub(crate) fn is_domain_selected(&self, domain: DomainId) -> bool {
        self.0.contains(&Some(Selected::Domain(domain)))
    }

    /// Whether an applet of a package is selected on a channel other than `except`.
    pub(crate) fn is_context_active(&self, context: Context, registry: &Registry, except: u8) -> bool {
        self.0.iter().enumerate().any(|(channel, selected)| {
            let Some(Selected::Applet(id)) = selected else { return false };
            channel != usize::from(except)
                && registry.applets.iter().any(|applet| applet.id == *id && applet.slot == context)
        })
    }
}
