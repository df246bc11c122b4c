//! `medseal gateway run`: the service in the foreground, after its configuration was checked.

use crate::exit::{Outcome, Problem};
use crate::print;
use crate::service::Log;
use clap::Args;
use gateway::Gateway;
use gateway::http::session::Role;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

/// What to run, and how it logs.
#[derive(Args)]
#[command(after_help = AFTER)]
pub(crate) struct Options {
    /// The configuration (TOML)
    config: PathBuf,
    /// How the log on standard error looks
    #[arg(long, value_enum, default_value_t = Log::Text)]
    log: Log,
}

const AFTER: &str = "\
Examples:
  medseal gateway run gateway.toml
  medseal gateway run gateway.toml --log json 2> gateway.log     one JSON object a line

It prints where it listens and where its feeds go, then a link to sign in with once. MEDSEAL_LOG chooses what is logged
(warn, gateway=debug, ...); nothing about a patient and no measurement is ever in it.

A renewed certificate is taken up within seconds of its files being written, or at once with SIGHUP; connections stay.";

/// Runs until SIGINT or SIGTERM.
pub(super) fn run(options: &Options) -> Outcome {
    let config = super::check::usable(&options.config)?;
    crate::service::log_as(options.log, crate::service::DOINGS);
    crate::service::runtime()?.block_on(async {
        let (shutdown, hangups) = (CancellationToken::new(), crate::service::hangups()?);
        let running = Gateway::start(config, shutdown.clone()).await.map_err(Problem::machine)?;
        for way in running.ways() {
            print::note(&way.to_string());
        }
        if let Some(https) = running.addresses.https {
            let base = format!("https://{https}");
            let link = running.services.issue_link(&base, "operator", Role::Operator).await;
            let link = link.map_err(Problem::machine)?;
            print::note(&format!("sign in once, within fifteen minutes: {}", link.expose_secret()));
        }
        let renewal = running.services.renewal.clone();
        tokio::spawn(crate::service::at_hangup(hangups, shutdown.clone(), move || renewal.look_now()));
        crate::service::until_stopped(shutdown).await;
        let is_broken = running.services.store.has_ended();
        running.stopped().await;
        if is_broken {
            return Err(Problem::Machine(
                "the writer of the database ended by a fault; the log says which".into(),
            ));
        }
        Ok(())
    })
}
