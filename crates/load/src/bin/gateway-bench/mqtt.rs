//! Sealed batches over mutual-TLS MQTT: verified and on disk before each PUBACK; beside them a mosquitto, which does neither.

use std::path::Path;
use std::process::Command;

use load::link::Version;
use load::{Lane, Messages, Site, Target, Way};

use crate::figure::{Figure, Unit};
use crate::load_rows::closed;
use crate::process::{Process, folder, free};
use crate::{Error, machine};

const DEVICES: usize = 50;
/// Batches that a device has under way.
const WINDOW: usize = 32;
/// Of what is left for verifying when the load generator has taken its part.
const SHARE: f64 = 0.6;
const READINGS_WANTED: f64 = 250_000.0;

pub(crate) async fn measure(seconds: u64) -> Result<Vec<Figure>, Error> {
    let mut figures = Vec::new();
    for readings in [1, 64] {
        let data = folder()?;
        let site = Site::prepare(&data.path().join("site"), DEVICES, "").await?;
        let verifies = machine::verifies(readings)?;
        let ours = {
            let _running = Process::gateway(&site)?;
            let target = Target::local(gateway::Config::read(&site.config())?.mqtt.listen)?;
            closed(lanes(&site, &target, readings, seconds)?, WINDOW, seconds).await?
        };
        let mut peer = None;
        if readings == 1 {
            match mosquitto(&data.path().join("site")) {
                Ok((_running, target)) => {
                    let lanes = lanes(&site, &target, readings, seconds)?;
                    peer = Some(closed(lanes, WINDOW, seconds).await?.report.stored_per_second);
                }
                Err(error) => eprintln!("no mosquitto beside it: {error}"),
            }
        }
        // What all cores verify, less the cores that the generator took.
        let left = verifies * (1.0 - ours.own_cores / machine::cores()).max(0.0);
        let rate = ours.report.stored_per_second;
        let what = format!("sealed batches of {readings} over mutual-TLS MQTT, {DEVICES} devices");
        let cause = "verification is most of it; the rest is TLS, the store's indices and what the generator takes of the same cores";
        let mut figure = Figure::new(what, Unit::PerSecond, rate)
            .target(left * SHARE, cause)
            .limit("verifying alone, beside the generator", left);
        if let Some(peer) = peer {
            figure = figure.peer("mosquitto, which neither verifies nor syncs,", peer);
        }
        figures.push(figure);
        if readings > 1 {
            let rate = ours.report.readings_per_second;
            let what = format!("readings in these, {readings} a batch");
            figures.push(Figure::new(what, Unit::PerSecond, rate).target(READINGS_WANTED, cause));
        }
    }
    Ok(figures)
}

/// The devices, each with enough batches sealed beforehand for a good rate; beyond them it seals as it goes.
fn lanes(site: &Site, target: &Target, readings: u32, seconds: u64) -> Result<Vec<Lane>, Error> {
    let ahead = usize::try_from(seconds + 3).unwrap_or(usize::MAX).saturating_mul(20_000 / DEVICES);
    let ahead = ahead.min(load::limits::SEALED_AHEAD);
    let fleet = site.fleet()?;
    let lane = |device| {
        let mut lane = site.lane(Way::Mqtt(Version::V5), target, device, readings)?;
        if let Messages::Sealed(sealed) = &mut lane.messages {
            sealed.seal_ahead(ahead)?;
        }
        Ok(lane)
    };
    fleet.first(DEVICES)?.iter().map(lane).collect()
}

/// A mosquitto with the site's certificate that lets the same devices in.
fn mosquitto(site: &Path) -> Result<(Process, Target), Error> {
    let address = free()?;
    let settings = format!(
        "listener {} 127.0.0.1\nallow_anonymous true\ncafile {}\ncertfile {}\nkeyfile {}\nrequire_certificate true\n\
         tls_version tlsv1.3\nmax_inflight_messages 0\nset_tcp_nodelay true\nuser root\n",
        address.port(),
        site.join("maker/ca.pem").display(),
        site.join("site/gateway.pem").display(),
        site.join("site/gateway.key").display(),
    );
    let path = site.join("mosquitto.conf");
    std::fs::write(&path, settings).map_err(Error::io("mosquitto.conf"))?;
    let started = Process::listening(Command::new("/usr/sbin/mosquitto").arg("-c").arg(&path), address)?;
    Ok((started, Target::local(address)?))
}
