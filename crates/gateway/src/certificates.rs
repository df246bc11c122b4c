//! How long the certificates last that the gateway and its devices rely on, for whoever has to renew them in time.
//!
//! The files are read anew whenever somebody asks: what counts is what the next connection will use.

use std::path::Path;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use seal::Micros;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::config::{Config, Remote};
use crate::registry::Snapshot;

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
}

/// Those in the files of the configuration, one line each.
pub(crate) fn of_files(config: &Config) -> Vec<Certificate> {
    let mut all = read("this gateway", &config.tls.certificate);
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
}
