//! From a request's form to a token on disk.

use std::net::IpAddr;
use std::sync::atomic::Ordering::Relaxed;

use seal::token::{Expected, TokenAlgorithm, UnverifiedToken};
use seal::{DeviceId, Reason, sha256};

use super::access::{AccessToken, Client, Grant, Scope};
use super::refusal::{Grantee, Refusal};
use super::{Tokens, seconds};
use crate::audit::{Action, Entry};
use crate::limits;
use crate::listen::caller;
use crate::metrics::Metrics;
use crate::registry::Snapshot;
use crate::tokens::ClientAssertion;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Whose failures are counted together: a device that has proven itself by TLS is not barred by its neighbours.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Asker {
    Device(DeviceId),
    Address(IpAddr),
}

impl Asker {
    fn actor(&self) -> String {
        match self {
            Self::Device(device) => format!("device:{device}"),
            Self::Address(address) => format!("address:{address}"),
        }
    }
}

/// A request to the endpoint, with what is known of its connection.
pub(super) struct Asked<'a> {
    pub(super) form: Form,
    pub(super) peer: IpAddr,
    pub(super) certificate: Option<&'a [u8]>,
    pub(super) registry: &'a Snapshot,
}

/// The parameters that mean something here, each at most once (RFC 6749 section 3.2).
#[derive(Debug, Default)]
pub(super) struct Form {
    grant_type: Option<String>,
    scope: Option<String>,
    assertion: Option<String>,
    client_assertion_type: Option<String>,
    client_assertion: Option<String>,
}

impl Form {
    /// Sorts the pairs of a form; unknown parameters are not looked at, as the RFC asks.
    pub(super) fn of(pairs: Vec<(String, String)>) -> Result<Self, Refusal> {
        let mut form = Self::default();
        for (name, value) in pairs {
            let place = match name.as_str() {
                "grant_type" => &mut form.grant_type,
                "scope" => &mut form.scope,
                "assertion" => &mut form.assertion,
                "client_assertion_type" => &mut form.client_assertion_type,
                "client_assertion" => &mut form.client_assertion,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(Refusal::Request("a parameter stands twice"));
            }
        }
        Ok(form)
    }

    /// The one scope asked for; none when the parameter is absent.
    fn scopes(&self) -> Result<Vec<Scope>, Refusal> {
        let words = self.scope.as_deref().unwrap_or_default().split_ascii_whitespace();
        words.map(|word| Scope::of(word).ok_or(Refusal::Scope)).collect()
    }
}

/// A token and what is to be said of it.
pub(super) struct Given {
    pub(super) token: AccessToken,
    pub(super) scope: Scope,
    pub(super) life: u64,
}

/// Who has proven what.
struct Proven {
    client: Client,
    scope: Scope,
    certificate: Option<[u8; 32]>,
    jti: String,
    exp: i64,
    grantee: Grantee,
}

impl Tokens {
    /// Gives a token or says why not; either is audited and counted.
    pub(super) async fn give(&self, asked: Asked<'_>, metrics: &Metrics) -> Result<Given, Refusal> {
        let asker = match asked.certificate.and_then(|der| caller(der, asked.registry).ok()) {
            Some(caller) => Asker::Device(caller.device),
            None => Asker::Address(asked.peer),
        };
        if !self.attempts.may(&asker) {
            return Err(Refusal::TooMany);
        }
        let given = match self.prove(&asked) {
            Ok(proven) => self.issue(proven).await,
            Err(refusal) => Err(refusal),
        };
        match &given {
            Ok(_) => metrics.tokens_given.fetch_add(1, Relaxed),
            Err(_) => metrics.tokens_refused.fetch_add(1, Relaxed),
        };
        if let Err(refusal) = &given
            && refusal.is_clients()
        {
            let entry = Entry::refused(asker.actor(), Action::GiveToken, "token");
            let entry = entry.with_detail(format!("{}: {refusal}", refusal.code()));
            tracing::warn!(actor = entry.actor, detail = entry.detail, "no token was given");
            self.attempts.failed(asker);
            self.store.write(move |writer| writer.audit(entry)).await?;
        }
        given
    }

    fn prove(&self, asked: &Asked<'_>) -> Result<Proven, Refusal> {
        match asked.form.grant_type.as_deref() {
            Some(JWT_BEARER) => self.prove_device(asked),
            Some("client_credentials") => self.prove_system(asked),
            Some(_) => Err(Refusal::GrantType),
            None => Err(Refusal::Request("no grant_type")),
        }
    }

    fn prove_device(&self, asked: &Asked<'_>) -> Result<Proven, Refusal> {
        let certificate = asked.certificate.ok_or(Refusal::NoCertificate)?;
        let caller = caller(certificate, asked.registry).map_err(|_| Refusal::Certificate)?;
        caller.verdict.map_err(Refusal::Device)?;
        let device = caller.device;
        let assertion = asked.form.assertion.as_deref().ok_or(Refusal::Request("no assertion"))?;
        let assertion = UnverifiedToken::parse(assertion)?;
        if *assertion.claimed_device() != device {
            return Err(Refusal::Device(Reason::WrongDevice));
        }
        let expected = Expected {
            audience: &self.config.url,
            now: seconds(),
            leeway: limits::TOKEN_LEEWAY_S,
            lifetime: limits::ASSERTION_LIFE_S,
        };
        let assertion = match assertion.algorithm() {
            TokenAlgorithm::Es256 => {
                let key = asked.registry.token_keys.get(&device).ok_or(Refusal::NoKey)?;
                assertion.verify_es256(key, &expected)?
            }
            TokenAlgorithm::Hs256 => {
                let secret = self.clients.secrets.get(&device).ok_or(Refusal::NoKey)?;
                assertion.verify_hs256(&device, secret, &expected)?
            }
        };
        let (scope, certificate) = match asked.form.scopes()?[..] {
            [] | [Scope::WriteBatches] => (Scope::WriteBatches, Some(sha256(certificate))),
            [Scope::RelayBatches] => (Scope::RelayBatches, None),
            _ => return Err(Refusal::Scope),
        };
        let (client, grantee) = (Client::Device(device), Grantee::Device);
        Ok(Proven { client, scope, certificate, jti: assertion.jti, exp: assertion.exp, grantee })
    }

    fn prove_system(&self, asked: &Asked<'_>) -> Result<Proven, Refusal> {
        if asked.form.client_assertion_type.as_deref() != Some(CLIENT_ASSERTION) {
            return Err(Refusal::Request("no client_assertion_type, or one that is not jwt-bearer"));
        }
        let assertion = asked.form.client_assertion.as_deref();
        let assertion = ClientAssertion::parse(assertion.ok_or(Refusal::Request("no client_assertion"))?)?;
        let id = assertion.claimed_client().to_owned();
        let system = self.clients.systems.get(&id).ok_or(Refusal::NoClient)?;
        let used = assertion.verify(&system.keys, &self.config.url, seconds())?;
        let wanted = asked.form.scopes()?;
        let scope = wanted.into_iter().find(|scope| system.scopes.contains(scope)).ok_or(Refusal::Scope)?;
        let certificate = asked.certificate.map(sha256);
        let (client, grantee) = (Client::System(id), Grantee::System);
        Ok(Proven { client, scope, certificate, jti: used.jti, exp: used.exp, grantee })
    }

    /// Uses the assertion up and writes the token down, in one transaction.
    async fn issue(&self, proven: Proven) -> Result<Given, Refusal> {
        let Proven { client, scope, certificate, jti, exp, grantee } = proven;
        let token = AccessToken::fresh().map_err(|_| Refusal::Random)?;
        let life = self.config.life(scope).as_secs();
        let now = seconds();
        let until = now.saturating_add_unsigned(life);
        let grant = Grant { client: client.clone(), scope, certificate, until };
        let (hash, row, jti) = (token.hash(), grant.clone(), sha256(jti.as_bytes()));
        let entry = Entry::done(client.to_string(), Action::GiveToken, "token");
        let entry = entry.with_detail(format!("{scope} for {life} s"));
        let write = self.store.write(move |writer| {
            let kept = exp.saturating_add(limits::TOKEN_LEEWAY_S);
            if !writer.use_assertion(&client, &jti, kept, now)? {
                return Ok(None);
            }
            let forgotten = writer.add_access_token(&hash, &row, now)?;
            writer.audit(entry)?;
            Ok(Some(forgotten))
        });
        let forgotten = write.await?.ok_or(Refusal::Used(grantee))?;
        self.remember(hash, grant, &forgotten);
        Ok(Given { token, scope, life })
    }
}
