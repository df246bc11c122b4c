//! How long the certificates last that the gateway and its devices rely on, for whoever has to renew them in time.
//!
//! The files are read anew whenever somebody asks: what counts is what the next connection will use.

use std::path::Path;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use seal::Micros;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::time::ASN1Time;

use crate::config::{Config, Remote};
use crate::metrics::Ending;
use crate::registry::Snapshot;
use crate::tls::Identities;

/// What the gateway's own certificate is for, in words.
pub(crate) const OURS: &str = "this gateway";

/// What a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// In words: "this gateway", "clients of icu".
    pub(crate) what: String,
    /// The file, where it comes from one.
    pub(crate) file: Option<String>,
    pub(crate) state: Result<Lasts, String>,
}

/// From when until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lasts {
    pub(crate) subject: String,
    pub(crate) from: Micros,
    pub(crate) until: Micros,
}

impl Lasts {
    /// Of a certificate, DER; words when it is none.
    pub(crate) fn of(der: &[u8]) -> Result<Self, String> {
        let (_, certificate) =
            X509Certificate::from_der(der).map_err(|error| format!("no certificate: {error}"))?;
        let micros = |seconds: i64| Micros(seconds.saturating_mul(1_000_000));
        let (validity, subject) = (certificate.validity(), certificate.subject());
        let name = subject.iter_common_name().next().and_then(|name| name.as_str().ok());
        Ok(Self {
            subject: name.map_or_else(|| subject.to_string(), str::to_owned),
            from: micros(validity.not_before.timestamp()),
            until: micros(validity.not_after.timestamp()),
        })
    }

    /// Of the first of a chain, narrowed to when all of them are valid: with one that is over the chain leads nowhere.
    pub(crate) fn of_chain(chain: &[CertificateDer<'_>]) -> Result<Self, String> {
        let (first, others) = chain.split_first().ok_or("no certificate in it")?;
        others.iter().try_fold(Self::of(first)?, |all, one| {
            let one = Self::of(one)?;
            Ok(Self { subject: all.subject, from: all.from.max(one.from), until: all.until.min(one.until) })
        })
    }

    pub(crate) fn holds_at(&self, time: Micros) -> bool {
        (self.from..=self.until).contains(&time)
    }
}

impl std::fmt::Display for Lasts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, valid {}", self.subject, span(self.from, self.until))
    }
}

/// From when until when, for people; to the second, as certificates have it.
pub(crate) fn span(from: Micros, until: Micros) -> String {
    let shown = |time: Micros| {
        let seconds = time.0.div_euclid(1_000_000);
        ASN1Time::from_timestamp(seconds).map_or_else(|_| format!("{seconds} s"), |time| time.to_string())
    };
    format!("from {} to {}", shown(from), shown(until))
}

/// Those in the files of the configuration, one line each.
pub(crate) fn of_files(config: &Config) -> Vec<Certificate> {
    let mut all = read(OURS, &config.tls.certificate);
    for source in &config.sources.mllp {
        if let Some(clients) = &source.clients {
            all.extend(read(&format!("CA of the clients of {}", source.name), clients));
        }
    }
    let brokers = config.sources.mqtt_broker.iter().map(|one| &one.at);
    for at in brokers.chain(config.sources.amqp.iter().map(|one| &one.at)) {
        all.extend(of_broker(at));
    }
    for feed in &config.feeds {
        let ca = feed.ca.as_ref().map(|ca| read(&format!("CA of the destination {}", feed.name), ca));
        let client = feed.client.as_ref();
        let client =
            client.map(|tls| read(&format!("shown to the destination {}", feed.name), &tls.certificate));
        all.extend(ca.into_iter().chain(client).flatten());
    }
    all
}

/// When they end: what listeners show at this moment, and what lies in the other files, each once with its earliest end.
pub(crate) fn endings(config: &Config, identities: &Identities) -> Vec<Ending> {
    let ending = |what: &str, file: String, until| Ending { what: what.into(), file, until };
    let shown = identities
        .all()
        .into_iter()
        .map(|shown| ending(OURS, shown.files().certificate.display().to_string(), shown.lasts().until));
    let others = of_files(config)
        .into_iter()
        .filter(|one| one.what != OURS)
        .filter_map(|one| Some(ending(&one.what, one.file?, one.state.ok()?.until)));
    let mut all: Vec<Ending> = Vec::new();
    for one in shown.chain(others) {
        match all.iter_mut().find(|known| (&known.what, &known.file) == (&one.what, &one.file)) {
            Some(known) => known.until = known.until.min(one.until),
            None => all.push(one),
        }
    }
    all
}

fn of_broker(at: &Remote) -> Vec<Certificate> {
    let ca = at.ca.as_ref().map(|ca| read(&format!("CA of the broker {}", at.address), ca));
    let client = at.client.as_ref();
    let client = client.map(|tls| read(&format!("shown to the broker {}", at.address), &tls.certificate));
    ca.into_iter().chain(client).flatten().collect()
}

/// All certificates of a file; one line that says so when there is none.
fn read(what: &str, path: &Path) -> Vec<Certificate> {
    let line = |state| Certificate { what: what.into(), file: Some(path.display().to_string()), state };
    let found = match CertificateDer::pem_file_iter(path) {
        Ok(found) => found,
        Err(error) => return vec![line(Err(error.to_string()))],
    };
    let lines: Vec<Certificate> = found
        .map(|one| line(one.map_err(|error| error.to_string()).and_then(|der| Lasts::of(&der))))
        .collect();
    if lines.is_empty() { vec![line(Err("no certificate in it".into()))] } else { lines }
}

/// Those of makers and of devices that may deliver, soonest to end first, at most `most` of them.
pub(crate) fn of_registry(registry: &Snapshot, most: usize) -> Vec<Certificate> {
    let line = |what: String, der: &[u8]| Certificate { what, file: None, state: Lasts::of(der) };
    let makers = registry.makers.iter().map(|maker| line("maker".into(), maker.der()));
    let devices = registry.devices.values().filter(|device| device.status.may_deliver());
    let devices =
        devices.filter_map(|device| Some((&device.id, device.identity()?))).flat_map(|(id, identity)| {
            [
                line(format!("seal of {id}"), &identity.seal_certificate),
                line(format!("connection of {id}"), &identity.tls_certificate),
            ]
        });
    let mut all: Vec<Certificate> = makers.chain(devices).collect();
    all.sort_by_key(|one| one.state.as_ref().map_or(Micros(0), |lasts| lasts.until));
    all.truncate(most);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        assert!(read("x", &file).iter().all(|one| one.state.is_err()), "there is none");
        std::fs::write(&file, "nothing").unwrap();
        assert!(read("x", &file).iter().all(|one| one.state.is_err()), "it is empty");
        let made = rcgen::generate_simple_self_signed(vec!["gateway.example".into()]).unwrap();
        std::fs::write(&file, [made.cert.pem(), made.cert.pem()].concat()).unwrap();
        let found = read("x", &file);
        assert_eq!(found.len(), 2);
        let lasts = found[0].state.as_ref().unwrap();
        assert!(lasts.from < lasts.until, "{lasts:?}");
        assert!(Lasts::of(b"nothing").is_err());
    }

    #[test]
    fn a_chain_lasts_as_long_as_all_of_it_does() {
        let made = |from: i32, until: i32| {
            let mut params = rcgen::CertificateParams::new(vec!["gateway.example".into()]).unwrap();
            params.not_before = rcgen::date_time_ymd(from, 1, 1);
            params.not_after = rcgen::date_time_ymd(until, 1, 1);
            params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().der().clone()
        };
        let (leaf, authority) = (made(2020, 2030), made(2022, 2025));
        let alone = Lasts::of_chain(std::slice::from_ref(&leaf)).unwrap();
        let all = Lasts::of_chain(&[leaf.clone(), authority.clone()]).unwrap();
        let other = Lasts::of(&authority).unwrap();
        assert_eq!((all.from, all.until), (other.from, other.until));
        assert!(alone.holds_at(all.from) && all.holds_at(all.until) && !all.holds_at(alone.until));
        assert!(
            all.to_string()
                .ends_with("valid from Jan  1 00:00:00 2022 +00:00 to Jan  1 00:00:00 2025 +00:00"),
            "{all}"
        );
        assert!(Lasts::of_chain(&[]).is_err() && Lasts::of_chain(&[leaf, vec![1].into()]).is_err());
    }
}
