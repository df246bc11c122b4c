//! `medseal load amqp`: batches through a broker that stands before the gateway.

use super::senders::Devices;
use super::{Common, Waits, input};
use crate::exit::{Outcome, read};
use clap::Args;
use load::Way;
use load::link::{Account, Queue};
use std::path::PathBuf;

/// Batches through a queue.
#[derive(Args)]
#[command(after_help = HELP)]
pub(crate) struct Amqp {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    devices: Devices,
    /// The queue's address as the broker names it
    #[arg(long, value_name = "NAME")]
    queue: String,
    /// Sign in as this user (SASL PLAIN)
    #[arg(long, value_name = "NAME", requires = "password")]
    user: Option<String>,
    /// The file with the password
    #[arg(long, value_name = "FILE", requires = "user")]
    password: Option<PathBuf>,
    /// The CA of the broker's certificate (PEM): speak TLS, and show each device's certificate
    #[arg(long, value_name = "FILE", required_unless_present = "plain")]
    tls_ca: Option<PathBuf>,
    /// Speak without TLS
    #[arg(long, conflicts_with = "tls_ca")]
    plain: bool,
    /// Wait until the site's gateway, which must run on this machine and take from the queue, has decided on all that the
    /// broker accepted, and tell what it stored. Nothing else should be sent to it meanwhile
    #[arg(long)]
    until_stored: bool,
}

const HELP: &str = "\
Stored means here that the broker has accepted a message: it answers for itself, and what the gateway behind it makes
of a message its sender does not hear. --until-stored asks the gateway.";

impl Amqp {
    pub(super) fn run(&self) -> Outcome {
        let queue = Queue { name: self.queue.clone(), account: self.account()? };
        let way = match &self.tls_ca {
            Some(ca) => Way::AmqpTls(queue, load::link::roots(ca).map_err(input)?),
            None => Way::Amqp(queue),
        };
        let waits = if self.until_stored { Waits::ForTheGateway } else { Waits::ForAnswers };
        self.common.send_as_devices(&self.devices, way, waits)
    }

    fn account(&self) -> Outcome<Option<Account>> {
        let Some((user, file)) = self.user.as_ref().zip(self.password.as_deref()) else { return Ok(None) };
        let text = String::from_utf8(read(file)?).map_err(input)?;
        let password = text.trim_end_matches(['\r', '\n']).to_owned().into();
        Ok(Some(Account { user: user.clone(), password }))
    }
}
