//! What all long-running commands share: the runtime, the log, the signals that end them.

use crate::exit::{Outcome, Problem};
use std::io::IsTerminal;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// The runtime of a service: a thread for each core.
pub(crate) fn runtime() -> Outcome<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Problem::Machine(format!("the runtime: {error}")))
}

/// What a service by itself tells: its own doings, and warnings of the libraries below.
pub(crate) const DOINGS: &str = "warn,gateway=info,device=info,medseal=info";
/// What disturbs a person who watches the terminal for something else.
pub(crate) const FAILURES: &str = "error";

/// How a log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Log {
    /// Lines for people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// Logs to standard error what `MEDSEAL_LOG` asks for, or else `default`; in colour only on a terminal.
pub(crate) fn log(default: &str) {
    log_as(Log::Text, default);
}

/// The same in a form.
pub(crate) fn log_as(form: Log, default: &str) {
    let filter = EnvFilter::try_from_env("MEDSEAL_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // A log on a full disk is no reason to stop; telling of it on the same log would be a panic.
        .log_internal_errors(false);
    // A second service in one process keeps the first one's log.
    let _already = match form {
        Log::Text => subscriber.with_ansi(std::io::stderr().is_terminal()).try_init(),
        Log::Json => subscriber.json().flatten_event(true).with_current_span(false).try_init(),
    };
}

/// Waits for SIGINT or SIGTERM, or for the token, and cancels the token.
pub(crate) async fn until_stopped(shutdown: CancellationToken) {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return shutdown.cancelled().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = shutdown.cancelled() => {}
    }
    shutdown.cancel();
}

/// SIGHUP, by which the process ends no more from here on.
pub(crate) fn hangups() -> Outcome<Signal> {
    signal(SignalKind::hangup()).map_err(|error| Problem::Machine(format!("SIGHUP: {error}")))
}

/// Does `what` at every one for as long as the token is not cancelled.
pub(crate) async fn at_hangup(mut hangups: Signal, shutdown: CancellationToken, what: impl Fn()) {
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            came = hangups.recv() => match came {
                Some(()) => what(),
                None => return,
            },
        }
    }
}
