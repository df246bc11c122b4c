//! Who is signed in: one-time links, sessions and bearer tokens.
//!
//! There are no passwords and no built-in accounts. Somebody who may already act on the gateway's machine issues a
//! link for a person ([`Sessions::issue_link`]); opening it and confirming makes a session. A program gets a
//! bearer token the same way ([`Sessions::issue_token`]).
//!
//! Each of the three is 256 random bits. Only their SHA-256 is kept, and they are looked up by it: the time a
//! lookup takes says something of the hash, which does not help to find the secret. All of it is in memory, so a
//! restart signs everybody out.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seal::sha256;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::limits;

/// What a person or program may do. One role for now; a right is asked by name, so that a second needs no search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Sees the ward and its patients, acknowledges alarms, exports records.
    Clinician,
    /// Runs the gateway: all of that, and puts right what destinations refused.
    Operator,
    /// A program with an access token of the token endpoint: reads patients' data.
    System,
}

/// Something that needs a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// See patients' measurements.
    ReadPatients,
    /// Acknowledge an alarm.
    AcknowledgeAlarms,
    /// Set limits of alarms, and choose by which a patient is watched.
    SetAlarms,
    /// Enter what they saw of a patient.
    EnterSeen,
    /// Say which device is with whom, and put right what was wrong.
    Associate,
    /// Read the audit log.
    ReadAudit,
    /// Read, edit, resend and drop what destinations refused.
    ManageFeeds,
    /// Move the old part of the audit log into a file.
    ArchiveAudit,
}

impl Role {
    /// Whether the role carries the right.
    pub fn may(self, right: Right) -> bool {
        match (self, right) {
            (
                Self::Clinician,
                Right::ReadPatients
                | Right::AcknowledgeAlarms
                | Right::SetAlarms
                | Right::EnterSeen
                | Right::Associate
                | Right::ReadAudit,
            )
            | (
                Self::Operator,
                Right::ReadPatients
                | Right::AcknowledgeAlarms
                | Right::SetAlarms
                | Right::EnterSeen
                | Right::Associate
                | Right::ReadAudit
                | Right::ManageFeeds
                | Right::ArchiveAudit,
            )
            | (Self::System, Right::ReadPatients) => true,
            (Self::Clinician, Right::ManageFeeds | Right::ArchiveAudit)
            | (
                Self::System,
                Right::AcknowledgeAlarms
                | Right::SetAlarms
                | Right::EnterSeen
                | Right::Associate
                | Right::ReadAudit
                | Right::ManageFeeds
                | Right::ArchiveAudit,
            ) => false,
        }
    }
}

/// Somebody who has been authenticated. Holding one proves that the request bore a live session or token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    name: String,
    role: Role,
    /// The session or token it came by.
    bearer: Key,
}

impl Principal {
    /// The name under which a person or program appears in the audit log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What they may do.
    pub fn role(&self) -> Role {
        self.role
    }

    /// A program that showed this access token.
    pub(crate) fn system(id: String, token: &str) -> Self {
        Self { name: id, role: Role::System, bearer: key(token) }
    }

    /// Whoever may use the gateway's own files: the user of the machine with this number.
    pub(crate) fn local(uid: u32) -> Self {
        // Nothing is signed in, so nothing can be found by this.
        Self { name: format!("uid-{uid}"), role: Role::Operator, bearer: [0; 32] }
    }

    /// As the audit log writes actors.
    pub fn actor(&self) -> String {
        match self.role {
            Role::Clinician | Role::Operator => format!("user:{}", self.name),
            Role::System => format!("system:{}", self.name),
        }
    }
}

/// A secret to be handed to one person or program, once.
pub struct Secret(Zeroizing<String>);

impl Secret {
    fn fresh() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut())?;
        Ok(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes))))
    }

    /// The text itself: 43 characters of the URL-safe alphabet.
    pub fn expose_secret(&self) -> &str {
        &self.0
    }

    fn key(&self) -> Key {
        key(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

type Key = [u8; 32];

fn key(secret: &str) -> Key {
    sha256(secret.as_bytes())
}

/// Why no link, session or token can be made.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The system gives no randomness.
    #[error("no randomness: {0}")]
    Random(getrandom::Error),
    /// So many are open that another one would be a fault.
    #[error("{0} are open already")]
    TooMany(usize),
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    role: Role,
    until: Instant,
}

/// Everything that is open. Shared by the listener and whoever issues links.
#[derive(Debug, Default)]
pub struct Sessions {
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    links: HashMap<Key, Entry>,
    sessions: HashMap<Key, Entry>,
    tokens: HashMap<Key, Entry>,
}

impl Sessions {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a link that signs `name` in once, within [`limits::LINK_LIFE`]; `base` is the dashboard's address
    /// without a slash at the end.
    ///
    /// # Errors
    /// Without randomness, and when too many links are open.
    pub fn issue_link(&self, base: &str, name: &str, role: Role) -> Result<Secret, SessionError> {
        let secret = Secret::fresh().map_err(SessionError::Random)?;
        insert(&mut self.open().links, secret.key(), name, role, limits::LINK_LIFE)?;
        Ok(Secret(Zeroizing::new(format!("{base}/sign-in?t={}", secret.expose_secret()))))
    }

    /// Makes a bearer token for a program.
    ///
    /// # Errors
    /// Without randomness, and when too many tokens are open.
    pub fn issue_token(&self, name: &str, role: Role, life: Duration) -> Result<Secret, SessionError> {
        let secret = Secret::fresh().map_err(SessionError::Random)?;
        insert(&mut self.open().tokens, secret.key(), name, role, life)?;
        Ok(secret)
    }

    /// Uses a link up. `None` when there is no such link (any more); otherwise the session's secret.
    ///
    /// # Errors
    /// Without randomness, and when too many sessions are open.
    pub(crate) fn redeem(&self, link: &str) -> Result<Option<(Principal, Secret)>, SessionError> {
        let secret = Secret::fresh().map_err(SessionError::Random)?;
        let mut open = self.open();
        let Some(entry) = open.links.remove(&key(link)).filter(|entry| entry.until > Instant::now()) else {
            return Ok(None);
        };
        insert(&mut open.sessions, secret.key(), &entry.name, entry.role, limits::SESSION_LIFE)?;
        Ok(Some((Principal { name: entry.name, role: entry.role, bearer: secret.key() }, secret)))
    }

    /// Who bears this session's secret.
    pub(crate) fn session(&self, secret: &str) -> Option<Principal> {
        live(&mut self.open().sessions, secret)
    }

    /// Who bears this token.
    pub(crate) fn token(&self, secret: &str) -> Option<Principal> {
        live(&mut self.open().tokens, secret)
    }

    /// Whether the session or token that this principal came by is still open.
    pub(crate) fn still_open(&self, who: &Principal) -> bool {
        let open = self.open();
        let entry = open.sessions.get(&who.bearer).or_else(|| open.tokens.get(&who.bearer));
        entry.is_some_and(|entry| entry.until > Instant::now())
    }

    /// Ends a session.
    pub(crate) fn sign_out(&self, secret: &str) {
        self.open().sessions.remove(&key(secret));
    }
}

fn insert(
    map: &mut HashMap<Key, Entry>,
    key: Key,
    name: &str,
    role: Role,
    life: Duration,
) -> Result<(), SessionError> {
    let now = Instant::now();
    if map.len() >= limits::OPEN_SESSIONS {
        map.retain(|_, entry| entry.until > now);
    }
    if map.len() >= limits::OPEN_SESSIONS {
        return Err(SessionError::TooMany(map.len()));
    }
    map.insert(key, Entry { name: name.to_owned(), role, until: now + life });
    Ok(())
}

fn live(map: &mut HashMap<Key, Entry>, secret: &str) -> Option<Principal> {
    let bearer = key(secret);
    let entry = map.get(&bearer)?;
    if entry.until > Instant::now() {
        return Some(Principal { name: entry.name.clone(), role: entry.role, bearer });
    }
    map.remove(&bearer);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token_of(link: &Secret) -> String {
        link.expose_secret().strip_prefix("https://ward.example/sign-in?t=").unwrap().to_owned()
    }

    #[test]
    fn a_link_works_once() {
        let sessions = Sessions::default();
        let link = token_of(&sessions.issue_link("https://ward.example", "ada", Role::Clinician).unwrap());
        let (who, secret) = sessions.redeem(&link).unwrap().unwrap();
        assert_eq!((who.name(), who.role()), ("ada", Role::Clinician));
        assert!(sessions.redeem(&link).unwrap().is_none());
        assert_eq!(sessions.session(secret.expose_secret()).as_ref(), Some(&who));
        assert!(sessions.still_open(&who));
        assert_eq!(sessions.token(secret.expose_secret()), None);
        sessions.sign_out(secret.expose_secret());
        assert_eq!(sessions.session(secret.expose_secret()), None);
        assert!(!sessions.still_open(&who));
    }

    #[test]
    fn what_is_over_is_over() {
        let sessions = Sessions::default();
        let token = sessions.issue_token("probe", Role::Clinician, Duration::ZERO).unwrap();
        assert_eq!(sessions.token(token.expose_secret()), None);
        let link = token_of(&sessions.issue_link("https://ward.example", "ada", Role::Clinician).unwrap());
        for entry in sessions.open().links.values_mut() {
            entry.until = Instant::now();
        }
        assert!(sessions.redeem(&link).unwrap().is_none());
    }

    #[test]
    fn secrets_are_long_distinct_and_not_printed() {
        let sessions = Sessions::default();
        let one = sessions.issue_token("a", Role::Clinician, Duration::from_secs(1)).unwrap();
        let two = sessions.issue_token("a", Role::Clinician, Duration::from_secs(1)).unwrap();
        assert_eq!(one.expose_secret().len(), 43);
        assert_ne!(one.expose_secret(), two.expose_secret());
        assert!(!format!("{one:?} {sessions:?}").contains(one.expose_secret()));
    }

    #[test]
    fn open_links_are_bounded_and_make_room_when_they_end() {
        let sessions = Sessions::default();
        for _ in 0..limits::OPEN_SESSIONS {
            sessions.issue_link("", "ada", Role::Clinician).unwrap();
        }
        assert!(matches!(sessions.issue_link("", "ada", Role::Clinician), Err(SessionError::TooMany(_))));
        for entry in sessions.open().links.values_mut() {
            entry.until = Instant::now();
        }
        sessions.issue_link("", "ada", Role::Clinician).unwrap();
    }
}
