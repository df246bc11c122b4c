//! Devices with their keys in memory and in a file, each with the end of its chain, so that the next run goes on where this one ended.
//!
//! The file (`load/fleet.json` in a site's folder, mode 0600) is written when a run ends. A run that was killed leaves it behind the gateway's
//! record: the gateway refuses what its devices seal then (`repeated-counter`), and a fresh fleet is needed.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use device::maker::{MakerCa, MakerError};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};
use seal::{DeviceId, Purpose, Seal, SealedBatch, SoftwareSealer, SoftwareSealerError, Unit};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::limits;
use crate::message::{Key, Message, SealedMessages};
use crate::pki::{self, PkiError};

/// Why there is no fleet, or none like this.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// A key or certificate cannot be made.
    #[error(transparent)]
    Maker(#[from] MakerError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] PkiError),
    /// A key is none.
    #[error("{device}: {source}")]
    Key {
        /// The device.
        device: DeviceId,
        /// Why not.
        source: SoftwareSealerError,
    },
    /// TLS cannot be configured with a device's key or the site's CA.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    /// More devices are wanted than there are, or than there may be.
    #[error("{wanted} devices are wanted, there are {found}")]
    Devices {
        /// How many.
        wanted: usize,
        /// How many there are.
        found: usize,
    },
    /// What is built in is no unit.
    #[error(transparent)]
    Unit(#[from] seal::UnitError),
}

/// A device whose keys lie in memory. It survives nothing and hides nothing.
#[derive(Clone, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    #[serde(with = "secret")]
    seal_key: Zeroizing<Vec<u8>>,
    #[serde(with = "secret")]
    tls_key: Zeroizing<Vec<u8>>,
    #[serde(with = "secret")]
    token_key: Zeroizing<Vec<u8>>,
    #[serde(with = "text")]
    seal_certificate: Vec<u8>,
    #[serde(with = "text")]
    tls_certificate: Vec<u8>,
    /// The last seal it made; empty before the first.
    #[serde(with = "text", default)]
    last_seal: Vec<u8>,
    /// Sealed and never answered, as sealed bytes in base64.
    #[serde(default)]
    unanswered: Vec<String>,
}

impl Device {
    fn generate(maker: &MakerCa, id: DeviceId) -> Result<Self, FleetError> {
        let fresh = || KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(MakerError::from);
        let (seal, tls, token) = (fresh()?, fresh()?, fresh()?);
        let certify = |key: &KeyPair, purpose| {
            let point = key.public_key_raw().try_into().map_err(|_| MakerError::Point)?;
            maker.certify(&id, purpose, point)
        };
        Ok(Self {
            seal_certificate: certify(&seal, Purpose::Seal)?,
            tls_certificate: certify(&tls, Purpose::TlsClient)?,
            seal_key: Zeroizing::new(seal.serialize_der()),
            tls_key: Zeroizing::new(tls.serialize_der()),
            token_key: Zeroizing::new(token.serialize_der()),
            last_seal: Vec::new(),
            unanswered: Vec::new(),
            id,
        })
    }

    /// The certificate of its seal key, DER.
    #[must_use]
    pub fn seal_certificate(&self) -> &[u8] {
        &self.seal_certificate
    }

    /// The certificate of its TLS key, DER.
    #[must_use]
    pub fn tls_certificate(&self) -> &[u8] {
        &self.tls_certificate
    }

    /// The public key of its assertions, as the gateway is told of it.
    ///
    /// # Errors
    /// [`FleetError::Maker`] when the key is none.
    pub fn token_point(&self) -> Result<[u8; 65], FleetError> {
        let key = KeyPair::try_from(self.token_key.as_slice()).map_err(MakerError::from)?;
        Ok(key.public_key_raw().try_into().map_err(|_| MakerError::Point)?)
    }

    /// The key of its assertions, PKCS #8 DER.
    #[must_use]
    pub fn expose_token_key(&self) -> Zeroizing<Vec<u8>> {
        self.token_key.clone()
    }

    /// Its batches, each of so many readings.
    ///
    /// # Errors
    /// [`FleetError::Key`] when its key is none.
    pub fn messages(&self, readings: u32) -> Result<SealedMessages, FleetError> {
        let failed = |source| FleetError::Key { device: self.id.clone(), source };
        let mut sealer = SoftwareSealer::from_pkcs8(&self.seal_key).map_err(failed)?;
        if let Ok(last) = Seal::parse(&self.last_seal) {
            sealer.resume_after(last);
        }
        let unit: Unit = "{beats}/min".parse()?;
        let first = self.unanswered.iter().filter_map(|text| self.sealed(text)).collect();
        Ok(SealedMessages::new(self.id.clone(), sealer, readings, unit, first))
    }

    fn sealed(&self, text: &str) -> Option<Message> {
        let sealed = SealedBatch::parse(&STANDARD.decode(text).ok()?).ok()?;
        let key = Key::Sealed { device: self.id.clone(), counter: sealed.claims().counter.0 };
        Some(Message { key, readings: 0, bytes: Bytes::from(sealed.into_bytes()) })
    }

    /// How it connects: TLS 1.3 with its certificate, trusting `roots`.
    ///
    /// # Errors
    /// [`FleetError::Tls`].
    pub fn tls(&self, roots: &Arc<RootCertStore>, alpn: &[&[u8]]) -> Result<Arc<ClientConfig>, FleetError> {
        let chain = vec![CertificateDer::from(self.tls_certificate.clone())];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.tls_key.to_vec()));
        let builder = client(roots)?;
        let mut config = builder.with_client_auth_cert(chain, key)?;
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        // A device's connection is authenticated anew each time, as its element does it.
        config.resumption = rustls::client::Resumption::disabled();
        Ok(Arc::new(config))
    }
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A client of TLS 1.3 that trusts `roots`, before it is said what it shows.
pub(crate) fn client(
    roots: &Arc<RootCertStore>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&rustls::version::TLS13])?;
    Ok(builder.with_root_certificates(roots.clone()))
}

/// The devices of a site that load is made with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Fleet {
    devices: Vec<Device>,
}

impl Fleet {
    /// The fleet in this file; an empty one when there is none.
    ///
    /// # Errors
    /// [`FleetError::File`].
    pub fn read(path: &Path) -> Result<Self, FleetError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(PkiError::File { path: path.into(), source }.into()),
        };
        let form = |error: serde_json::Error| PkiError::Form { path: path.into(), what: error.to_string() };
        Ok(serde_json::from_str(&text).map_err(form)?)
    }

    /// Writes it, for its owner alone.
    ///
    /// # Errors
    /// [`FleetError::File`].
    pub fn write(&self, path: &Path) -> Result<(), FleetError> {
        let form = |error: serde_json::Error| PkiError::Form { path: path.into(), what: error.to_string() };
        let text = Zeroizing::new(serde_json::to_vec(self).map_err(form)?);
        Ok(pki::write_secret(path, &text)?)
    }

    /// Makes devices until there are so many; gives the new ones.
    ///
    /// # Errors
    /// [`FleetError`].
    pub fn grow(&mut self, maker: &MakerCa, count: usize) -> Result<&[Device], FleetError> {
        let before = self.devices.len();
        if count > limits::DEVICES {
            return Err(FleetError::Devices { wanted: count, found: before });
        }
        for number in before..count {
            // Of letters, digits and a hyphen, hence an id.
            let id = format!("load-{:05}", number + 1).parse();
            let id = id.map_err(|_| FleetError::Devices { wanted: count, found: number })?;
            self.devices.push(Device::generate(maker, id)?);
        }
        Ok(self.devices.get(before..).unwrap_or_default())
    }

    /// The first so many devices.
    ///
    /// # Errors
    /// [`FleetError::Devices`] when there are fewer.
    pub fn first(&self, count: usize) -> Result<&[Device], FleetError> {
        let found = self.devices.len();
        self.devices.get(..count).ok_or(FleetError::Devices { wanted: count, found })
    }

    /// All of them.
    #[must_use]
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// Takes down where each chain ended and what of it was not answered.
    pub fn remember(&mut self, used: impl IntoIterator<Item = SealedMessages>) {
        let places: HashMap<DeviceId, usize> =
            self.devices.iter().enumerate().map(|(place, device)| (device.id.clone(), place)).collect();
        for messages in used {
            let (id, last, unanswered): (_, Option<Seal>, VecDeque<Message>) = messages.into_parts();
            let place = places.get(&id).copied();
            if let Some(device) = place.and_then(|place| self.devices.get_mut(place)) {
                device.last_seal = last.map(|seal| seal.to_bytes()).unwrap_or_default();
                device.unanswered =
                    unanswered.iter().map(|message| STANDARD.encode(&message.bytes)).collect();
            }
        }
    }
}

/// Bytes as base64.
mod text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// The same for keys.
mod secret {
    use serde::{Deserializer, Serializer};
    use zeroize::Zeroizing;

    pub(super) fn serialize<S: Serializer>(bytes: &Zeroizing<Vec<u8>>, to: S) -> Result<S::Ok, S::Error> {
        super::text::serialize(bytes, to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Zeroizing<Vec<u8>>, D::Error> {
        super::text::deserialize(from).map(Zeroizing::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Messages;

    #[test]
    fn a_chain_goes_on_after_it_was_written_down() {
        let maker = MakerCa::generate("Test maker").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fleet.json");
        let mut fleet = Fleet::read(&path).unwrap();
        assert_eq!(fleet.grow(&maker, 2).unwrap().len(), 2);
        let mut messages = Messages::Sealed(Box::new(fleet.devices()[0].messages(3).unwrap()));
        let (one, two) = (messages.make().unwrap(), messages.make().unwrap());
        messages.keep([two.clone()]);
        let Messages::Sealed(used) = messages else { unreachable!() };
        fleet.remember([*used]);
        fleet.write(&path).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);

        let fleet = Fleet::read(&path).unwrap();
        let mut messages = Messages::Sealed(Box::new(fleet.first(2).unwrap()[0].messages(3).unwrap()));
        let key = |counter| Key::Sealed { device: "load-00001".parse().unwrap(), counter };
        let again = messages.make().unwrap();
        assert_eq!((one.key, &again.key, &again.bytes), (key(1), &key(2), &two.bytes));
        let three = messages.make().unwrap();
        assert_eq!(three.key, key(3));
        let hash = |message: &Message| SealedBatch::parse(&message.bytes).unwrap().seal().hash();
        let previous = SealedBatch::parse(&three.bytes).unwrap().claims().previous;
        assert_eq!(previous, hash(&two), "the chain is whole");
        assert!(matches!(fleet.first(3), Err(FleetError::Devices { wanted: 3, found: 2 })));
    }
}
