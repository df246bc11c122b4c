//! `medseal hl7 listen`: an MLLP receiver that reads, checks, keeps and acknowledges.

use crate::exit::{Outcome, Problem};
use crate::print;
use clap::Args;
use gateway::config::Tls;
use gateway::ehr::{Counts, Listener, Options as Behaviour, Release, Take};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How to listen.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:2575")]
    listen: SocketAddr,
    /// The server's certificate (PEM): speak TLS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// The certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Speak without TLS on an address that others can reach
    #[arg(long, conflicts_with = "tls_certificate")]
    plain: bool,
    /// Append each message, and each refusal, to this file as one line of JSON before it is acknowledged
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Take every kind of message that the gateway reads (PCD-01, PCD-04, ADT, associations, queries), with the deviations of the field
    #[arg(long)]
    any: bool,
    /// Speak release 2 of MLLP: a commit block before each answer
    #[arg(long)]
    release_2: bool,
    /// Close a connection after so many silent seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    idle: u64,
}

const EXAMPLES: &str = "\
Examples:
  medseal hl7 listen                                      without TLS, on this machine only, port 2575
  medseal hl7 listen --output messages.jsonl              and keep what comes
  medseal hl7 listen --any --release-2                    whatever the gateway reads, with commit blocks
  medseal hl7 listen --listen 0.0.0.0:2575 --tls-certificate ehr.pem --tls-key ehr.key

Answers: AA accepted, AE the message is wrong (ERR says where), AR it cannot be read or is not for this receiver; CA, CE and CR,
and AA, AE and AR in a message of their own, as MSH-15 and MSH-16 ask.";

/// Listens until told to stop.
pub(super) fn run(options: &Options) -> Outcome {
    let behaviour = behaviour(options)?;
    crate::service::log(crate::service::DOINGS);
    crate::service::runtime()?.block_on(async {
        let failed = |error: std::io::Error| Problem::Machine(format!("{}: {error}", options.listen));
        let socket = TcpListener::bind(options.listen).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        let listener = Listener::new(behaviour).map_err(Problem::machine)?;
        let counts = listener.counts();
        print::note(&format!("MLLP at {address}"));
        let shutdown = CancellationToken::new();
        tokio::join!(listener.run(socket, shutdown.clone()), crate::service::until_stopped(shutdown));
        print::note(&told(&counts));
        Ok(())
    })
}

/// TLS when a certificate is given; without it only where nobody else can listen in, or on purpose.
fn behaviour(options: &Options) -> Outcome<Behaviour> {
    let tls = match (&options.tls_certificate, &options.tls_key) {
        (Some(certificate), Some(key)) => {
            let files = Tls { certificate: certificate.clone(), key: key.clone() };
            let config =
                gateway::http::server_config(&files).map_err(|error| Problem::Input(error.to_string()))?;
            Some(Arc::new(config))
        }
        _ if options.plain || options.listen.ip().is_loopback() => None,
        _ => {
            return Err(Problem::Input(format!(
                "{} can be reached by others: give --tls-certificate and --tls-key, or --plain to go without TLS",
                options.listen
            )));
        }
    };
    let (output, idle) = (options.output.clone(), Duration::from_secs(options.idle.max(1)));
    let take = if options.any { Take::Any } else { Take::Pcd01 };
    let release = if options.release_2 { Release::Two } else { Release::One };
    Ok(Behaviour { tls, output, idle, take, release, ..Behaviour::default() })
}

fn told(counts: &Counts) -> String {
    format!(
        "{} messages: {} accepted, {} refused; {} connections broken off; {} observations",
        counts.received.load(Relaxed),
        counts.accepted.load(Relaxed),
        counts.refused.load(Relaxed),
        counts.broken.load(Relaxed),
        counts.observations.load(Relaxed)
    )
}
