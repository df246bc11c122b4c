//! The hospital's side of a ward: its authority, the servers' certificates, the gateway's configuration.

use super::folder::Folder;
use crate::exit::{Outcome, Problem, write, write_secret};
use crate::pki::{ServerFiles, SiteCa, pem};
use device::maker::{MakerCa, MakerError};
use gateway::config::Tls;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

/// Both authorities, the servers' certificates and addresses.
pub(super) struct Site {
    pub(super) maker: MakerCa,
    pub(super) ca: SiteCa,
    pub(super) addresses: Addresses,
    ehr: ServerFiles,
    pub(super) config: PathBuf,
}

/// Where the site's servers listen.
#[derive(Clone, Copy)]
pub(super) struct Addresses {
    pub(super) mqtt: SocketAddr,
    pub(super) https: SocketAddr,
    /// Sealed batches by HTTPS, and the token endpoint.
    pub(super) batches: SocketAddr,
    /// Sealed batches by gRPC.
    pub(super) grpc: SocketAddr,
    pub(super) ehr: SocketAddr,
}

impl Addresses {
    /// Ports that are free now, where none is given.
    pub(super) fn choose(mqtt: SocketAddr, https: SocketAddr) -> Outcome<Self> {
        let ehr = SocketAddr::from(([127, 0, 0, 1], 0));
        let beside = SocketAddr::new(mqtt.ip(), 0);
        // All are held until the last is chosen, so that they differ.
        let held = [mqtt, https, beside, beside, ehr].map(|wanted| {
            let listener = TcpListener::bind(wanted);
            let address = listener.as_ref().map_or(Ok(wanted), TcpListener::local_addr);
            listener.and(address).map_err(|error| Problem::Machine(format!("{wanted}: {error}")))
        });
        let [mqtt, https, batches, grpc, ehr] = held;
        Ok(Self { mqtt: mqtt?, https: https?, batches: batches?, grpc: grpc?, ehr: ehr? })
    }

    /// The token endpoint as devices name it.
    pub(super) fn token_url(&self) -> String {
        format!("https://{}/token", self.batches)
    }
}

impl Site {
    /// Makes all keys and certificates anew and writes the gateway's configuration.
    pub(super) fn create(folder: &Folder, addresses: Addresses) -> Outcome<Self> {
        let failed = |error: MakerError| Problem::Machine(error.to_string());
        let maker = MakerCa::generate("Ward demonstration maker CA").map_err(failed)?;
        write(&folder.maker().join("ca.pem"), pem("CERTIFICATE", maker.certificate()).as_bytes())?;
        let key = pem("PRIVATE KEY", &maker.expose_secret_key());
        write_secret(&folder.maker().join("ca.key"), key.as_bytes())?;
        let ca = SiteCa::create("Ward demonstration site CA", &folder.site()).map_err(Problem::machine)?;
        let names = ["localhost", "127.0.0.1", "::1"];
        let server = |name| ca.certify_server(&names, &folder.site(), name).map_err(Problem::machine);
        let (gateway, ehr) = (server("gateway")?, server("ehr")?);
        let config = folder.root().join("gateway.toml");
        write(&config, configuration(folder, &gateway, addresses).as_bytes())?;
        Ok(Self { maker, ca, addresses, ehr, config })
    }

    /// What the EHR's listener shows.
    pub(super) fn ehr_tls(&self) -> Tls {
        Tls { certificate: self.ehr.certificate.clone(), key: self.ehr.key.clone() }
    }
}

/// The gateway's configuration file. Its messages are for training (MSH-11 T): no real patient is in them.
fn configuration(folder: &Folder, gateway: &ServerFiles, addresses: Addresses) -> String {
    format!(
        "data = {data:?}\nfacility = \"medseal ward\"\nmakers = [{maker:?}]\n\n\
         [tls]\ncertificate = {certificate:?}\nkey = {key:?}\n\n\
         [mqtt]\nlisten = \"{mqtt}\"\n\n[https]\nlisten = \"{https}\"\n\n\
         [tokens]\nurl = \"{tokens}\"\n\n\
         [[sources.https]]\nlisten = \"{batches}\"\n\n[[sources.grpc]]\nlisten = \"{grpc}\"\n\n\
         [[feeds]]\nname = \"ehr\"\naddress = \"{ehr}\"\nca = {ca:?}\npurpose = \"training\"\nin_flight = 8\n",
        data = folder.gateway(),
        maker = folder.maker().join("ca.pem"),
        certificate = gateway.certificate,
        key = gateway.key,
        mqtt = addresses.mqtt,
        https = addresses.https,
        tokens = addresses.token_url(),
        batches = addresses.batches,
        grpc = addresses.grpc,
        ehr = addresses.ehr,
        ca = folder.site().join("ca.pem"),
    )
}
