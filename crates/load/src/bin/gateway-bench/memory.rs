//! What the gateway holds in memory with 2,000 devices connected over mutual TLS, each of which sends now and then.

use std::time::Duration;

use load::link::Version;
use load::plan::Pace;
use load::{Plan, Site, Target, Way};

use crate::Error;
use crate::figure::{Figure, Unit};
use crate::load_rows::run;
use crate::process::{Process, folder};

const DEVICES: usize = 2_000;
/// Each device sends a batch of seven readings every five seconds.
const READINGS: u32 = 7;
const PER_SECOND: f64 = 400.0;
const LASTS: Duration = Duration::from_secs(20);
const WANTED_MIB: f64 = 400.0;

pub(crate) async fn measure() -> Result<Vec<Figure>, Error> {
    let data = folder()?;
    let site = Site::prepare(&data.path().join("site"), DEVICES, "").await?;
    let running = Process::gateway(&site)?;
    let (before, _) = running.memory()?;
    let target = Target::local(gateway::Config::read(&site.config())?.mqtt.listen)?;
    let fleet = site.fleet()?;
    let lanes = fleet
        .first(DEVICES)?
        .iter()
        .map(|device| Ok(site.lane(Way::Mqtt(Version::V5), &target, device, READINGS)?));
    let lanes = lanes.collect::<Result<_, Error>>()?;
    let plan =
        Plan::new(Pace::Rate { per_second: PER_SECOND, window: 16 })?.lasting(LASTS, Duration::ZERO)?;
    let ran = run(plan, lanes).await?;
    let (_, most) = running.memory()?;
    let latency = ran.report.latency_ms.map_or(0.0, |latency| latency.p99);
    let cause = "a connection costs its TLS state, its buffers and its task";
    Ok(vec![
        Figure::new(format!("memory at {DEVICES} connected devices, at most"), Unit::Mebibytes, most)
            .target(WANTED_MIB, cause)
            .peer("before the first connected", before),
        Figure::new(
            format!("latency of their batches, {PER_SECOND:.0} a second, p99"),
            Unit::Milliseconds,
            latency,
        ),
    ])
}
