//! The security domain's secure channel, card side: SCP03 for the domain's own commands and for applets that ask for it.
//!
//! There is one session at a time. It belongs to the application that opened it, on the channel it was opened on, and
//! ends with the first error, with the selection of another application there, and with a reset.

use alloc::vec::Vec;

use crate::apdu::{Command, Response};
use crate::channels::Selected;
use crate::domain::KeySets;
use crate::limits::AUTHENTICATION_FAILURES_MAX;
use crate::scp03::{Channel, Level, PARAMETER_I, PROTOCOL, SHORT, Session};
use crate::status::StatusWord;

/// Whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) channel: u8,
    pub(crate) application: Selected,
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
    Challenged(Holder, Session),
    /// After EXTERNAL AUTHENTICATE.
    Open(Holder, Channel),
}

impl Secure {
    /// INITIALIZE UPDATE (Amendment D 1.1.2, 7.1.1): starts anew, whatever was before.
    pub(crate) fn initialize_update(
        &mut self,
        keys: &mut KeySets,
        domain: &[u8],
        holder: Holder,
        command: &Command<'_>,
    ) -> Result<Vec<u8>, StatusWord> {
        self.state = State::Closed;
        if self.failures >= AUTHENTICATION_FAILURES_MAX {
            return Err(StatusWord::AUTHENTICATION_BLOCKED);
        }
        let host: [u8; SHORT] = command.data.try_into().map_err(|_| StatusWord::WRONG_LENGTH)?;
        if command.p2 != 0 {
            return Err(StatusWord::WRONG_P1P2);
        }
        let set = keys.find(command.p1).ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
        let sequence = set.next_sequence().ok_or(StatusWord::CONDITIONS_NOT_SATISFIED)?;
        let (version, static_keys) = (set.version, set.keys.clone());
        let card = static_keys.card_challenge(sequence, domain).map_err(|_| StatusWord::UNKNOWN)?;
        let session = Session::derive(&static_keys, &host, &card).map_err(|_| StatusWord::UNKNOWN)?;
        let mut answer = Vec::with_capacity(32);
        answer.extend_from_slice(&keys.diversification);
        answer.extend_from_slice(&[version, PROTOCOL, PARAMETER_I]);
        answer.extend_from_slice(&card);
        answer.extend_from_slice(&session.card_cryptogram);
        answer.extend_from_slice(&sequence);
        self.state = State::Challenged(holder, session);
        Ok(answer)
    }

    /// EXTERNAL AUTHENTICATE (Amendment D 1.1.2, 7.1.2).
    pub(crate) fn external_authenticate(
        &mut self,
        holder: Holder,
        command: &Command<'_>,
    ) -> Result<(), StatusWord> {
        let State::Challenged(owner, session) = core::mem::take(&mut self.state) else {
            return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
        };
        if owner != holder {
            return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
        }
        let level = Level::parse(command.p1).filter(|_| command.p2 == 0);
        let level = level.ok_or(StatusWord::WRONG_P1P2)?;
        let (cryptogram, mac) = command.data.split_at_checked(SHORT).ok_or(StatusWord::WRONG_LENGTH)?;
        if mac.len() != SHORT {
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
        Ok(())
    }

    /// The open channel, if it is the holder's.
    pub(crate) fn channel(&mut self, holder: Holder) -> Option<&mut Channel> {
        match &mut self.state {
            State::Open(owner, channel) if *owner == holder => Some(channel),
            State::Open(..) | State::Challenged(..) | State::Closed => None,
        }
    }

    /// The data of a command, checked and decrypted as the session's level says. The session ends when that fails.
    pub(crate) fn unwrap(&mut self, holder: Holder, command: &Command<'_>) -> Result<Vec<u8>, StatusWord> {
        let channel = self.channel(holder).ok_or(StatusWord::SECURITY_NOT_SATISFIED)?;
        channel.unwrap_command(command).map_err(|_| {
            self.state = State::Closed;
            StatusWord::SECURITY_NOT_SATISFIED
        })
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

    /// The level of the holder's session, with the bit that says it is authenticated; 0 without one.
    pub(crate) fn level(&mut self, holder: Holder) -> u8 {
        self.channel(holder).map_or(0, |channel| 0x80 | channel.level().byte())
    }

    /// Ends whatever session belongs to an application on a channel.
    pub(crate) fn close(&mut self, channel: u8) {
        match &self.state {
            State::Challenged(owner, _) | State::Open(owner, _) if owner.channel == channel => {
                self.state = State::Closed;
            }
            State::Challenged(..) | State::Open(..) | State::Closed => {}
        }
    }
}
