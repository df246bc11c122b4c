//! What each way in needs to know beside how much and how fast.

use super::{Common, Waits, input, verdict};
use crate::exit::{Outcome, read};
use clap::{Args, ValueEnum};
use load::link::Version;
use load::message::Hl7Messages;
use load::{Endpoint, Lane, Messages, Way};
use std::path::PathBuf;

/// The devices of a site, and what they send.
#[derive(Args)]
pub(super) struct Devices {
    /// The folder of `medseal load prepare`, with the devices' keys
    #[arg(long, value_name = "DIR")]
    pub(super) site: PathBuf,
    /// Readings in each batch
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(super) readings: u32,
    /// Batches that each device seals before the first is sent, so that sealing takes nothing from the run
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) sealed_ahead: usize,
}

/// Batches over MQTT.
#[derive(Args)]
pub(crate) struct Mqtt {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    devices: Devices,
    /// The protocol's version; with 3.1.1 a refusal is not told with the acknowledgement and is not counted
    #[arg(long, value_enum, default_value_t = MqttVersion::V5)]
    protocol: MqttVersion,
}

/// MQTT's versions.
#[derive(Clone, Copy, ValueEnum)]
enum MqttVersion {
    #[value(name = "5")]
    V5,
    #[value(name = "3.1.1")]
    V311,
}

/// Batches by HTTPS.
#[derive(Args)]
pub(crate) struct Https {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    devices: Devices,
}

/// HL7 v2 messages.
#[derive(Args)]
pub(crate) struct Mllp {
    #[command(flatten)]
    common: Common,
    /// Send messages like this one, with control ids and times of their own (default: ten measurements of a monitor)
    #[arg(long, value_name = "FILE")]
    message: Option<PathBuf>,
    /// The CA of the receiver's certificate (PEM): speak TLS
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// Our own certificate (PEM), for a receiver that asks for one
    #[arg(long, value_name = "FILE", requires_all = ["tls_ca", "tls_key"])]
    tls_certificate: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
}

/// Batches on gRPC streams.
#[derive(Args)]
pub(crate) struct Grpc {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    devices: Devices,
}

impl Devices {
    fn send(&self, common: &Common, way: Way) -> Outcome {
        common.send_as_devices(self, way, Waits::ForAnswers)
    }
}

impl Mqtt {
    pub(super) fn run(&self) -> Outcome {
        let version = match self.protocol {
            MqttVersion::V5 => Version::V5,
            MqttVersion::V311 => Version::V311,
        };
        self.devices.send(&self.common, Way::Mqtt(version))
    }
}

impl Https {
    pub(super) fn run(&self) -> Outcome {
        self.devices.send(&self.common, Way::Https)
    }
}

impl Grpc {
    pub(super) fn run(&self) -> Outcome {
        self.devices.send(&self.common, Way::Grpc)
    }
}

impl Mllp {
    pub(super) fn run(&self) -> Outcome {
        let target = self.common.target()?;
        let template = self.message.as_deref().map(read).transpose()?;
        let own = self.tls_certificate.as_deref().zip(self.tls_key.as_deref());
        let tls =
            self.tls_ca.as_deref().map(|ca| load::link::client_tls(ca, own)).transpose().map_err(input)?;
        // Control ids of this run that no run before had: the same message again would be a duplicate.
        let run = jiff::Timestamp::now().as_microsecond();
        let lanes = (0..self.common.connections).map(|number| {
            let name = format!("{run:x}-{number}");
            let messages = match &template {
                Some(template) => Hl7Messages::like(template, name),
                None => Hl7Messages::bedside(name),
            };
            let endpoint = Endpoint::Mllp { target: target.clone(), tls: tls.clone() };
            Ok(Lane { endpoint, messages: Messages::Hl7(messages.map_err(input)?) })
        });
        let (report, _) = self.common.send(lanes.collect::<Outcome<_>>()?, None)?;
        verdict(&report)
    }
}
