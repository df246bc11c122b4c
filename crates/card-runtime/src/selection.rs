//! Which application a SELECT means, and what selecting and deselecting it does (JCRE 4.6; ISO/IEC 7816-4, 11.2.2).

use alloc::vec::Vec;

use card_vm::{Context, Machine};

use crate::apdu::{Command, Response};
use crate::calls::{self, Company};
use crate::channels::Selected;
use crate::dispatch::{give, process};
use crate::domain;
use crate::natives::{Os, forget_cleared_keys};
use crate::registry::{AppletEntry, CardState, DomainId, Privilege, Privileges};
use crate::runtime::Runtime;
use crate::status::StatusWord;

/// SELECT by name (JCRE 4.6; ISO/IEC 7816-4, 11.2.2): P2 00 the first or only occurrence, 02 the next. On a closed
/// channel it opens that channel (JCRE 4.5.3).
pub(crate) fn select(vm: &mut Machine, os: &mut Os<'_>, command: &Command<'_>) -> StatusWord {
    if command.p2 & 0xF1 != 0 {
        return StatusWord::FUNCTION_NOT_SUPPORTED;
    }
    let channel = os.runtime.channel;
    let open = os.runtime.channels.selected(channel);
    match find(os.runtime, command) {
        Some(Selected::Domain(id)) => {
            leave(vm, os, channel);
            os.runtime.channels.select(channel, Selected::Domain(id));
            match os.runtime.registry.domain(id) {
                Some(entry) => {
                    // Of domains a locked card has none but the issuer's, or the final application.
                    let status = match os.runtime.registry.state {
                        CardState::Locked => StatusWord::CARD_LOCKED,
                        CardState::OpReady
                        | CardState::Initialized
                        | CardState::Secured
                        | CardState::Terminated => StatusWord::OK,
                    };
                    let response = Response { data: domain::select_answer(entry), status };
                    give(os, &response)
                }
                None => StatusWord::NOT_FOUND,
            }
        }
        Some(Selected::Applet(id)) => match os.runtime.applet(id).copied() {
            Some(applet) => enter(vm, os, channel, &applet, command),
            None => StatusWord::NOT_FOUND,
        },
        Some(Selected::Nothing) | None => match open {
            // A name that nobody has goes to the applet that is selected (JCRE 4.6.2).
            Some(Selected::Applet(id)) => match os.runtime.applet(id).copied() {
                Some(applet) => process(vm, os, &applet, command),
                None => StatusWord::NOT_FOUND,
            },
            Some(Selected::Domain(_) | Selected::Nothing) => StatusWord::NOT_FOUND,
            None => StatusWord::CHANNEL_NOT_SUPPORTED,
        },
    }
}

/// What a SELECT means: the whole AID, else the beginning of one. The issuer's domain comes last among equals, and
/// an empty name means it. On a locked card only the issuer's domain and the final application are there (5.1.1.4).
fn find(runtime: &Runtime, command: &Command<'_>) -> Option<Selected> {
    let name = command.data;
    let registry = &runtime.registry;
    let (issuer, further) = registry.domains.split_first()?;
    let issuer_selected = Selected::Domain(DomainId::ISSUER);
    if name.is_empty() || name == issuer.aid.as_bytes() {
        return Some(issuer_selected);
    }
    let open = |privileges: Privileges| is_open(registry.state, privileges);
    let applets = registry
        .applets
        .iter()
        .filter(|applet| applet.is_selectable() && open(applet.privileges))
        .map(|applet| (applet.aid, Selected::Applet(applet.id)));
    let domains = further
        .iter()
        .filter(|domain| domain.is_selectable() && open(domain.privileges))
        .map(|domain| (domain.aid, Selected::Domain(domain.id)));
    let mut matching: Vec<_> =
        applets.chain(domains).filter(|(aid, _)| aid.as_bytes().starts_with(name)).collect();
    if let Some((_, exact)) = matching.iter().find(|(aid, _)| aid.as_bytes() == name) {
        return Some(*exact);
    }
    if name.len() < crate::limits::AID_MIN {
        return None;
    }
    if issuer.aid.as_bytes().starts_with(name) {
        matching.push((issuer.aid, issuer_selected));
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

/// Whether an application with these privileges can be selected at all in this state of the card.
fn is_open(state: CardState, privileges: Privileges) -> bool {
    state != CardState::Locked || privileges.has(Privilege::FinalApplication)
}

/// Selects the default application on a channel (6.4.1; JCRE 4.1): the applet with the Card Reset privilege, on a locked card
/// the final application; the issuer's domain when there is none or it does not agree.
pub(crate) fn select_default(vm: &mut Machine, os: &mut Os<'_>, channel: u8) {
    let registry = &os.runtime.registry;
    let privilege = match registry.state {
        CardState::Locked => Privilege::FinalApplication,
        CardState::OpReady | CardState::Initialized | CardState::Secured | CardState::Terminated => {
            Privilege::CardReset
        }
    };
    let applet = registry.holder(privilege).copied().filter(AppletEntry::is_selectable);
    let selected = applet.is_some_and(|applet| activate(vm, os, channel, &applet).is_ok());
    if !selected {
        os.runtime.channels.select(channel, Selected::Domain(DomainId::ISSUER));
    }
}

/// Deselects what is selected on a channel and clears what must not outlive that (JCRE 4.6, 5.2).
pub(crate) fn leave(vm: &mut Machine, os: &mut Os<'_>, channel: u8) {
    os.runtime.secure.close(channel);
    os.runtime.end_sequences();
    let Some(Selected::Applet(id)) = os.runtime.channels.selected(channel) else { return };
    let Some(applet) = os.runtime.applet(id).copied() else {
        return os.runtime.channels.select(channel, Selected::Nothing);
    };
    let company = company(os.runtime, &applet, channel);
    on_channel(vm, os, channel, |vm, os| {
        vm.heap().select(applet.slot);
        calls::deselect(vm, os, &applet, company);
    });
    os.runtime.channels.select(channel, Selected::Nothing);
    if company == Company::Alone {
        vm.heap().clear_on_deselect(applet.slot);
        forget_cleared_keys(vm, os);
    }
    vm.heap().select(Context::JCRE);
}

fn company(runtime: &Runtime, applet: &AppletEntry, channel: u8) -> Company {
    if runtime.channels.applets_besides(channel).any(|id| id == applet.id) {
        Company::ItselfActive
    } else if runtime.channels.is_context_active(applet.slot, &runtime.registry, channel) {
        Company::OthersActive
    } else {
        Company::Alone
    }
}

/// Does something in an applet that concerns a channel, which need not be the command's: to the applet it is the present
/// one, and what is barred is seen from there.
fn on_channel<T>(
    vm: &mut Machine,
    os: &mut Os<'_>,
    channel: u8,
    work: impl FnOnce(&mut Machine, &mut Os<'_>) -> T,
) -> T {
    let of_command = core::mem::replace(&mut os.runtime.channel, channel);
    vm.heap().bar(os.runtime.barred());
    let end = work(vm, os);
    os.runtime.channel = of_command;
    vm.heap().bar(os.runtime.barred());
    end
}

/// Selects an applet: `select`, then `process` with the SELECT command itself.
fn enter(
    vm: &mut Machine,
    os: &mut Os<'_>,
    channel: u8,
    applet: &AppletEntry,
    command: &Command<'_>,
) -> StatusWord {
    match activate(vm, os, channel, applet) {
        Ok(()) => {
            os.runtime.selecting = true;
            let status = process(vm, os, applet, command);
            os.runtime.selecting = false;
            status
        }
        Err(status) => status,
    }
}

/// Makes an applet the one that is selected on a channel, if it agrees (JCRE 4.6.2, 4.5.1). An applet whose context is
/// active on another channel must be multi-selectable (JCRE 4.2). One that a SELECT does not find is not entered by opening
/// a channel from its own either.
pub(crate) fn activate(
    vm: &mut Machine,
    os: &mut Os<'_>,
    channel: u8,
    applet: &AppletEntry,
) -> Result<(), StatusWord> {
    let registry = &os.runtime.registry;
    if !applet.is_selectable() || !is_open(registry.state, applet.privileges) {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    let company = company(os.runtime, applet, channel);
    if company != Company::Alone && !registry.is_multi_selectable(applet.slot) {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    os.runtime.reselecting = os.runtime.channels.selected(channel) == Some(Selected::Applet(applet.id));
    leave(vm, os, channel);
    let agreed = on_channel(vm, os, channel, |vm, os| {
        vm.heap().select(applet.slot);
        calls::select(vm, os, applet, company)
    });
    os.runtime.reselecting = false;
    let selected = if agreed { Selected::Applet(applet.id) } else { Selected::Nothing };
    os.runtime.channels.select(channel, selected);
    if agreed { Ok(()) } else { Err(StatusWord::APPLET_SELECT_FAILED) }
}
