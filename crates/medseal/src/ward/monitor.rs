//! One bedside monitor: its element provisioned, its configuration written.

use super::folder::Folder;
use super::options::Way;
use super::patients;
use super::site::{Addresses, Site};
use crate::exit::{Outcome, Problem, write};
use device::agent::Agent;
use device::config::Config;
use device::element::SharedElement;
use device::transport::Transport;
use gateway::record::NewPatient;
use gateway::registry::{Administration, NewDevice};
use seal::DeviceId;
use std::path::PathBuf;
use std::time::Duration;

/// The time that one batch covers.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

/// A provisioned monitor.
pub(super) struct Monitor {
    pub(super) device: DeviceId,
    pub(super) bed: String,
    pub(super) patient: NewPatient,
    certificates: NewDevice,
    token_key: [u8; 65],
    element: SharedElement,
    config: PathBuf,
}

impl Monitor {
    /// Makes the element of the monitor at bed `index`, loads the applet, has it make its keys, has the maker certify
    /// them, and writes the configuration that `medseal device run` takes.
    pub(super) fn provision(index: usize, folder: &Folder, site: &Site, way: Way) -> Outcome<Self> {
        let bed = format!("bed-{:02}", index + 1);
        Self::named(bed, index, folder, site, way)
    }

    /// As [`Monitor::provision`], with a name of its own.
    pub(super) fn named(bed: String, index: usize, folder: &Folder, site: &Site, way: Way) -> Outcome<Self> {
        let device: DeviceId = bed.parse().map_err(|error| Problem::Machine(format!("{bed}: {error}")))?;
        let home = folder.device(&bed);
        let made = super::element::provision(&device, &home, &site.maker)?;
        let config = home.join("device.toml");
        let way = way.of(index);
        write(&config, configuration(&device, index, folder, &site.addresses, way).as_bytes())?;
        let super::element::Made { element, certificates, token_key } = made;
        Ok(Self { device, bed, patient: patients::patient(index), certificates, token_key, element, config })
    }

    /// Enrols it with its certificates and the key that signs its assertions.
    pub(super) async fn enrol(&self, administration: &Administration) -> Outcome {
        administration.enrol(self.certificates.clone()).await.map_err(|error| self.failed(&error))?;
        let set = administration.set_token_key(&self.device, &self.token_key).await;
        set.map_err(|error| self.failed(&error))
    }

    /// The agent, ready to run.
    pub(super) fn agent(&self) -> Outcome<Agent> {
        let setup = self.configured()?.setup(self.element.clone()).map_err(|error| self.failed(&error))?;
        Agent::open(setup).map_err(|error| self.failed(&error))
    }

    /// The element, a source and the way to the gateway, for whoever does with them what an agent does not.
    pub(super) fn parts(&self) -> Outcome<(SharedElement, Box<dyn device::source::Source>, Transport)> {
        let setup = self.configured()?.setup(self.element.clone()).map_err(|error| self.failed(&error))?;
        Ok((self.element.clone(), setup.source, setup.transport))
    }

    /// Where its configuration lies.
    pub(super) fn config(&self) -> &std::path::Path {
        &self.config
    }

    fn configured(&self) -> Outcome<Config> {
        Config::read(&self.config).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> Problem {
        Problem::Machine(format!("{}: {error}", self.device))
    }
}

/// The configuration file. The second monitor's patient runs short of oxygen, so that an alarm is seen; every fourth
/// monitor that speaks MQTT speaks 3.1.1, the others 5.
fn configuration(device: &DeviceId, index: usize, folder: &Folder, at: &Addresses, way: Way) -> String {
    let home = folder.device(device.as_str());
    let course = if index == 1 { "desaturation" } else { "steady" };
    let tokens = || format!("tokens = \"{}\"", at.token_url());
    let (gateway, terms) = match way {
        Way::Mqtt | Way::Mixed if index % 4 == 3 => (at.mqtt, "mqtt = \"3.1.1\"".to_owned()),
        Way::Mqtt | Way::Mixed => (at.mqtt, "mqtt = \"5\"".to_owned()),
        Way::Https => (at.batches, format!("transport = \"https\"\n{}", tokens())),
        Way::Grpc => (at.grpc, format!("transport = \"grpc\"\n{}", tokens())),
    };
    format!(
        "device = \"{device}\"\ndata = {spool:?}\ninterval_ms = {interval}\n\n\
         [gateway]\naddress = \"{gateway}\"\nca = {ca:?}\n{terms}\n\n\
         [element]\ncard = {card:?}\n\n\
         [source]\nkind = \"bedside-monitor\"\nbed = {index}\ncourse = \"{course}\"\n",
        spool = home.join("spool"),
        interval = INTERVAL.as_millis(),
        ca = folder.site().join("ca.pem"),
        card = super::element::card(&home),
    )
}
