//! A security domain's secure channel, card side: for its own commands, and for applets that ask for it.
//!
//! There is one session at a time. It belongs to the application that opened it, on the channel it was opened on, and
//! ends with the first error, with the selection of another application there, and with a reset. Its keys are wiped when it ends.
//!
//! Each EXTERNAL AUTHENTICATE that fails is counted, and after a few in a row no session is begun until the next reset.

use alloc::vec::Vec;

use card_image::Aid;

use crate::apdu::{Command, Response};
use crate::channels::Selected;
use crate::domain::KeyStore;
use crate::limits::{AUTHENTICATION_FAILURES_MAX, SCP02_SESSIONS_MAX, SCP03_SESSIONS_MAX};
use crate::registry::DomainId;
use crate::scp::{Channel, ChannelError, Handshake, Level, Protocol, Session, StaticKeys};
use crate::status::StatusWord;
use crate::{scp02, scp03};

/// Whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) channel: u8,
    pub(crate) application: Selected,
}

/// What a session is opened with: the domain whose keys these are, and what its host is told.
pub(crate) struct Party {
    pub(crate) domain: DomainId,
    pub(crate) protocol: Protocol,
    /// The application that opens the session.
    pub(crate) invoker: Aid,
    pub(crate) diversification: [u8; 10],
}

/// A session that was opened, for the counter of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) domain: DomainId,
    pub(crate) version: u8,
    pub(crate) protocol: Protocol,
}

/// The one session.
#[derive(Default)]
pub(crate) struct Secure {
    state: State,
    /// EXTERNAL AUTHENTICATE that failed since the last reset or success.
    failures: u8,
}

#[derive(Default)]
enum State {
    #[default]
    Closed,
    /// After INITIALIZE UPDATE.
    Challenged(Holder, Opened, Session),
    /// After EXTERNAL AUTHENTICATE.
    Open(Holder, Channel),
    /// After a command whose protection was wrong: an applet still hears of it (Card Specification 2.3.1, 10.2.3).
    Aborted(Holder),
}

/// A command as an applet gets it back.
pub(crate) enum Unwrapped {
    /// Nothing protects it: it stays as it came.
    AsItCame,
    /// Its plain data.
    Plain(Vec<u8>),
}

impl Secure {
    /// INITIALIZE UPDATE (Card Specification E.5.1; Amendment D 1.1.2, 7.1.1): starts anew, whatever was before.
    pub(crate) fn initialize_update(
        &mut self,
        keys: &mut KeyStore,
        party: &Party,
        random: &mut dyn FnMut(&mut [u8]),
        holder: Holder,
        command: &Command<'_>,
    ) -> Result<Vec<u8>, StatusWord> {
        self.state = State::Closed;
        if self.failures >= AUTHENTICATION_FAILURES_MAX {
            return Err(StatusWord::AUTHENTICATION_BLOCKED);
        }
        let protocol = party.protocol;
        if command.data.len() != protocol.challenge() {
            return Err(StatusWord::WRONG_LENGTH);
        }
        if command.p2 != 0 {
            return Err(StatusWord::WRONG_P1P2);
        }
        let (version, set) = keys.set(command.p1).ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
        if set.kind() != protocol.key_kind() {
            return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
        }
        let (sequence, challenge) = card_challenge(keys, version, &set, party, random)?;
        let handshake = Handshake { host: command.data, card: &challenge, sequence };
        let session = Session::derive(protocol, &set, &handshake).map_err(broken)?;
        let mut answer = Vec::with_capacity(48);
        answer.extend_from_slice(&party.diversification);
        answer.extend_from_slice(&[version, protocol.number()]);
        let [_, high, middle, low] = sequence.to_be_bytes();
        match protocol {
            Protocol::Scp02(_) => answer.extend_from_slice(&[middle, low]),
            Protocol::Scp03(options) => answer.push(options.byte()),
        }
        answer.extend_from_slice(&challenge);
        answer.extend_from_slice(session.card_cryptogram());
        match protocol {
            Protocol::Scp03(options) if options.pseudo_random() => {
                answer.extend_from_slice(&[high, middle, low]);
            }
            Protocol::Scp02(_) | Protocol::Scp03(_) => {}
        }
        let opened = Opened { domain: party.domain, version, protocol };
        self.state = State::Challenged(holder, opened, session);
        Ok(answer)
    }

    /// EXTERNAL AUTHENTICATE (Card Specification E.5.2; Amendment D 1.1.2, 7.1.2).
    pub(crate) fn external_authenticate(
        &mut self,
        holder: Holder,
        command: &Command<'_>,
    ) -> Result<Opened, StatusWord> {
        let State::Challenged(owner, opened, session) = core::mem::take(&mut self.state) else {
            return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
        };
        if owner != holder {
            return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
        }
        let level = Level::parse(command.p1).filter(|level| opened.protocol.allows(*level));
        let level = level.filter(|_| command.p2 == 0).ok_or(StatusWord::WRONG_P1P2)?;
        let width = session.width();
        let (cryptogram, mac) = command.data.split_at_checked(width).ok_or(StatusWord::WRONG_LENGTH)?;
        if mac.len() != width {
            return Err(StatusWord::WRONG_LENGTH);
        }
        let host_is_right = session.host_is(cryptogram);
        let mut channel = session.into_channel(level);
        if !command.class().secure || channel.check_authenticate(command).is_err() || !host_is_right {
            self.failures = self.failures.saturating_add(1);
            return Err(StatusWord::AUTHENTICATION_FAILED);
        }
        self.failures = 0;
        self.state = State::Open(holder, channel);
        Ok(opened)
    }

    /// The open channel, if it is the holder's.
    pub(crate) fn channel(&mut self, holder: Holder) -> Option<&mut Channel> {
        match &mut self.state {
            State::Open(owner, channel) if *owner == holder => Some(channel),
            State::Open(..) | State::Challenged(..) | State::Aborted(_) | State::Closed => None,
        }
    }

    /// The data of a command, checked and decrypted as the session's level says. The session ends when that fails, or when
    /// the protection that the level demands is not there.
    pub(crate) fn unwrap(&mut self, holder: Holder, command: &Command<'_>) -> Result<Vec<u8>, StatusWord> {
        let channel = self.channel(holder).ok_or(StatusWord::SECURITY_NOT_SATISFIED)?;
        channel.unwrap_command(command).map_err(|_| {
            self.state = State::Aborted(holder);
            StatusWord::SECURITY_NOT_SATISFIED
        })
    }

    /// The same for an applet, which decides itself whether a command without protection will do
    /// (`SecureChannel.unwrap`).
    pub(crate) fn unwrap_for_applet(
        &mut self,
        holder: Holder,
        command: &Command<'_>,
    ) -> Result<Unwrapped, StatusWord> {
        if self.is_aborted(holder) {
            return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
        }
        let Some(channel) = self.channel(holder) else { return Ok(Unwrapped::AsItCame) };
        if !command.class().secure || !channel.level().command_mac() {
            channel.note_unprotected(command);
            return Ok(Unwrapped::AsItCame);
        }
        self.unwrap(holder, command).map(Unwrapped::Plain)
    }

    /// An answer as the session's level says; as it is without a session.
    pub(crate) fn wrap(&mut self, holder: Holder, response: Response) -> Response {
        match self.channel(holder) {
            Some(channel) => {
                channel.wrap_response(&response).unwrap_or(Response::status(StatusWord::UNKNOWN))
            }
            None => response,
        }
    }

    /// Whether the holder's session ended with wrong protection and nothing has begun since.
    pub(crate) fn is_aborted(&self, holder: Holder) -> bool {
        matches!(&self.state, State::Aborted(owner) if *owner == holder)
    }

    /// The level of the holder's session, with the bit that says it is authenticated; 0 without one.
    pub(crate) fn level(&mut self, holder: Holder) -> u8 {
        self.channel(holder).map_or(0, |channel| 0x80 | channel.level().byte())
    }

    /// Ends whatever session belongs to an application on a channel.
    pub(crate) fn close(&mut self, channel: u8) {
        match &self.state {
            State::Challenged(owner, ..) | State::Open(owner, _) | State::Aborted(owner)
                if owner.channel == channel =>
            {
                self.state = State::Closed;
            }
            State::Challenged(..) | State::Open(..) | State::Aborted(_) | State::Closed => {}
        }
    }
}

fn broken(_: ChannelError) -> StatusWord {
    StatusWord::UNKNOWN
}

/// The card's challenge, random or from the counter, and the number that the session's keys and its host know it by. SCP03
/// counts each challenge, so that none comes twice; SCP02 counts a session when it is open (E.1.2).
fn card_challenge(
    keys: &mut KeyStore,
    version: u8,
    set: &StaticKeys,
    party: &Party,
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<(u32, Vec<u8>), StatusWord> {
    let invoker = party.invoker.as_bytes();
    let exhausted = StatusWord::CONDITIONS_NOT_SATISFIED;
    match party.protocol {
        Protocol::Scp02(options) => {
            let sequence = keys.sequence(version);
            if sequence >= SCP02_SESSIONS_MAX {
                return Err(exhausted);
            }
            let mut challenge = [0; scp02::CARD_CHALLENGE];
            if options.pseudo_random() {
                let [.., high, low] = sequence.to_be_bytes();
                challenge = scp02::card_challenge(set, [high, low], invoker).map_err(broken)?;
            } else {
                random(&mut challenge);
            }
            Ok((sequence, challenge.to_vec()))
        }
        Protocol::Scp03(options) if options.pseudo_random() => {
            let sequence = keys.next_sequence(version, SCP03_SESSIONS_MAX).ok_or(exhausted)?;
            let [_, counted @ ..] = sequence.to_be_bytes();
            let challenge = scp03::card_challenge(set, options.width(), counted, invoker).map_err(broken)?;
            Ok((sequence, challenge.to_vec()))
        }
        Protocol::Scp03(options) => {
            let mut challenge = Vec::from([0; 16]);
            challenge.truncate(options.width());
            random(&mut challenge);
            Ok((keys.sequence(version), challenge))
        }
    }
}
