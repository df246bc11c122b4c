//! `medseal load`: many senders at once for each way into a gateway, how much is stored, and how long that takes.

mod behind;
mod prepare;
mod queue;
mod report;
mod senders;

use crate::exit::{Outcome, Problem, write};
use crate::print;
use crate::ward::duration;
use behind::Watch;
use clap::{Args, Subcommand};
use load::plan::Pace;
use load::report::Report;
use load::run::Done;
use load::target::Reach;
use load::{Counters, Lane, Ledger, Messages, Plan, Site, Target};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What to load.
#[derive(Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Command {
    /// Make a site to load: authorities, a gateway's configuration with every way in, and enrolled devices
    Prepare(prepare::Options),
    /// Sealed batches over MQTT with mutual TLS
    Mqtt(senders::Mqtt),
    /// Sealed batches by HTTPS requests with access tokens
    Https(senders::Https),
    /// Sealed batches on gRPC streams with access tokens
    Grpc(senders::Grpc),
    /// Sealed batches into a queue of an AMQP 1.0 broker, from which the site's gateway takes
    Amqp(queue::Amqp),
    /// HL7 v2 messages over MLLP
    Mllp(senders::Mllp),
}

const EXAMPLES: &str = "\
Examples:
  medseal load prepare site --devices 50
  medseal gateway run site/gateway.toml                          in another terminal
  medseal load mqtt 127.0.0.1:PORT --site site --connections 50 --readings 64
  medseal load amqp 127.0.0.1:5672 --plain --queue /queue/batches --user me --password FILE --site site
  medseal load mllp 127.0.0.1:PORT --connections 50 --for 30s --json
  medseal load mllp 127.0.0.1:PORT --rate 500 --for 1m           500 a second whatever is answered

Messages go to this machine only, unless you say with --site-i-run that the site is yours. A run always ends.
Exit codes: 0 all that was sent was stored; 1 something was refused, not answered or lost; 2 wrong arguments;
3 no connection, or the machine would not.";

/// How much, how fast, how long: the same for every way in.
#[derive(Args)]
pub(crate) struct Common {
    /// Where it listens
    #[arg(value_name = "HOST:PORT")]
    target: String,
    /// Connections at a time, each of a device or sender of its own
    #[arg(long, value_name = "N", default_value_t = 10)]
    connections: usize,
    /// Messages that a connection may have under way
    #[arg(long, value_name = "N", default_value_t = 1)]
    window: usize,
    /// So many messages a second by all together, due at fixed times (the open loop: a latency begins when a message
    /// was due). Without it a connection sends the next message when one is answered (the closed loop)
    #[arg(long, value_name = "PER SECOND")]
    rate: Option<f64>,
    /// How long, after the warm-up
    #[arg(long = "for", value_name = "TIME", value_parser = duration, default_value = "10s")]
    lasts: Duration,
    /// End after so many messages if that is before
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Send so long before anything is measured
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "0s")]
    warm_up: Duration,
    /// Make a lost connection again for so long, and send again what was not answered
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s")]
    patience: Duration,
    /// The target is another machine, of a site that I run
    #[arg(long)]
    site_i_run: bool,
    /// Write each message, how often it was sent and what was said of it to this file (JSON lines)
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the chosen command.
pub(crate) fn run(command: Command) -> Outcome {
    match command {
        Command::Prepare(options) => prepare::run(&options),
        Command::Mqtt(options) => options.run(),
        Command::Https(options) => options.run(),
        Command::Grpc(options) => options.run(),
        Command::Amqp(options) => options.run(),
        Command::Mllp(options) => options.run(),
    }
}

/// What a run waits for.
#[derive(Clone, Copy)]
enum Waits {
    /// The answers.
    ForAnswers,
    /// Also for what the gateway behind a broker makes of it.
    ForTheGateway,
}

fn input(error: impl std::fmt::Display) -> Problem {
    Problem::Input(error.to_string())
}

impl Common {
    fn target(&self) -> Outcome<Target> {
        let reach = if self.site_i_run { Reach::OwnSite } else { Reach::ThisMachine };
        Target::find(&self.target, reach).map_err(input)
    }

    fn plan(&self) -> Outcome<Plan> {
        let window = self.window;
        let pace = match self.rate {
            Some(per_second) => Pace::Rate { per_second, window },
            None => Pace::Answered { window },
        };
        let plan = Plan::new(pace).and_then(|plan| plan.lasting(self.lasts, self.warm_up)).map_err(input)?;
        let plan = match self.count {
            Some(count) => plan.counting(count).map_err(input)?,
            None => plan,
        };
        let plan = plan.patient(self.patience);
        Ok(if self.ledger.is_some() { plan.with_ledger() } else { plan })
    }

    /// Sends over these lanes, shows what comes of it, and gives the lanes back. `behind` is the configuration of a gateway behind a broker
    /// that is waited for.
    fn send(&self, lanes: Vec<Lane>, behind: Option<&Path>) -> Outcome<(Report, Vec<Lane>)> {
        let (plan, counters) = (self.plan()?, Arc::<Counters>::default());
        crate::service::log(crate::service::FAILURES);
        let whole = self.lasts + self.warm_up;
        let done = crate::service::runtime()?.block_on(async {
            let watch = match behind {
                Some(config) => Some(Watch::begin(config).await?),
                None => None,
            };
            let stop = CancellationToken::new();
            let bar = report::Bar::over(whole, counters.clone(), self.json);
            let interrupted = tokio::spawn(crate::service::until_stopped(stop.clone()));
            let done = load::run(plan, lanes, counters, stop).await.map_err(Problem::machine);
            interrupted.abort();
            bar.end();
            let mut done = done?;
            if let Some(watch) = watch {
                done.report.behind = Some(watch.until(done.report.stored).await?);
            }
            Ok::<_, Problem>(done)
        });
        let Done { report, ledger, lanes } = done?;
        if let (Some(path), Some(ledger)) = (&self.ledger, ledger) {
            write_ledger(path, &ledger)?;
        }
        if self.json {
            print::json(&report);
        } else {
            report::show(&report);
        }
        Ok((report, lanes))
    }

    fn send_as_devices(&self, devices: &senders::Devices, way: load::Way, waits: Waits) -> Outcome {
        let most = load::limits::SEALED_AHEAD;
        let &senders::Devices { ref site, readings, sealed_ahead: ahead } = devices;
        if ahead > most {
            return Err(Problem::Input(format!("--sealed-ahead: at most {most}")));
        }
        let site = Site::open(site).map_err(input)?;
        let _hold = site.hold().map_err(Problem::machine)?;
        let (mut fleet, target) = (site.fleet().map_err(input)?, self.target()?);
        let devices = fleet.first(self.connections).map_err(input)?;
        let lanes = devices.iter().map(|device| {
            let mut lane = site.lane(way.clone(), &target, device, readings).map_err(Problem::machine)?;
            match &mut lane.messages {
                Messages::Sealed(sealed) => sealed.seal_ahead(ahead).map_err(Problem::machine)?,
                Messages::Hl7(_) => {}
            }
            Ok(lane)
        });
        let config = match waits {
            Waits::ForAnswers => None,
            Waits::ForTheGateway => Some(site.config()),
        };
        let (report, lanes) = self.send(lanes.collect::<Outcome<_>>()?, config.as_deref())?;
        fleet.remember(lanes.into_iter().filter_map(|lane| match lane.messages {
            Messages::Sealed(sealed) => Some(*sealed),
            Messages::Hl7(_) => None,
        }));
        fleet.write(&site.fleet_path()).map_err(Problem::machine)?;
        verdict(&report)
    }
}

fn write_ledger(path: &Path, ledger: &Ledger) -> Outcome {
    let mut text = Vec::new();
    for entry in ledger.entries() {
        serde_json::to_writer(&mut text, entry).map_err(Problem::machine)?;
        text.push(b'\n');
    }
    write(path, &text)
}

/// The exit code.
fn verdict(report: &Report) -> Outcome {
    if report.is_clean() {
        return Ok(());
    }
    let refused: u64 = report.refused.values().sum();
    let behind = report.behind.map_or_else(String::new, |behind| {
        format!("; of these the gateway stored {} and refused {}", behind.stored, behind.refused)
    });
    Err(Problem::No(format!(
        "{} stored, {refused} refused, {} answered that nothing can be stored, {} connections given up{behind}",
        report.stored, report.unavailable, report.connections_given_up
    )))
}
