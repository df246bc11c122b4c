//! `medseal card serve`: lends cards to others: to a virtual reader of pcscd, over TCP, or in the blocks of T=1'.

use super::open::{Opened, link, open};
use crate::exit::{Outcome, Problem};
use crate::{print, service};
use card_link::{LinkError, Target, t1, tcp, vpcd};
use clap::Args;
use std::io::ErrorKind;
use std::net::{IpAddr, TcpListener, ToSocketAddrs};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Which cards, and by which way.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The cards, each by any way that commands take
    #[arg(required = true, value_name = "CARD")]
    cards: Vec<Target>,
    /// Put the cards into the slots of vsmartcard's virtual reader; the second card takes the next port [default way]
    #[arg(long, value_name = "HOST:PORT", num_args = 0..=1, default_missing_value = DEFAULT_VPCD, group = "way")]
    vpcd: Option<String>,
    /// Serve over TCP, one client at a time; port 0 takes a free one; the second card takes the next port
    #[arg(long, value_name = "HOST:PORT", group = "way")]
    tcp: Option<String>,
    /// Speak T=1' (the blocks of secure elements on I2C and SPI buses) over a Unix socket, made here
    #[arg(long, value_name = "SOCKET", group = "way")]
    t1: Option<PathBuf>,
    /// Serve TCP on other than loopback addresses: whoever reaches the port can use the card
    #[arg(long, requires = "tcp")]
    open_to_network: bool,
}

const DEFAULT_VPCD: &str = "127.0.0.1:35963";

const EXAMPLES: &str = "\
Examples:
  medseal card serve my.card                        into the virtual reader of pcscd on this machine
  medseal card serve one.card two.card --vpcd       two cards, two slots (ports 35963 and 35964)
  medseal card serve my.card --tcp 127.0.0.1:0      prints tcp:127.0.0.1:PORT, which other commands take as CARD
  medseal card serve my.card --t1 card.socket       prints t1:card.socket, likewise

For the first, install pcscd and vsmartcard-vpcd. Ends with SIGINT or SIGTERM; what was answered is in the card's file.";

/// The work of one card's thread.
type Job = Box<dyn FnOnce() -> Result<(), LinkError> + Send>;

/// By which way all cards are served.
enum Way {
    Vpcd(Address),
    Tcp(Address),
    Blocks(PathBuf),
}

/// An address, of which the card with number n takes port + n.
struct Address {
    host: String,
    port: u16,
}

impl Address {
    fn parse(text: &str) -> Outcome<Self> {
        let wrong = || Problem::Input(format!("'{text}' is no HOST:PORT"));
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        Ok(Self { host: host.to_owned(), port: port.parse().map_err(|_| wrong())? })
    }

    /// The address for one of the cards. Port 0 stays 0: each takes a free one.
    fn of(&self, number: usize) -> Outcome<String> {
        let port = match self.port {
            0 => Some(0),
            port => u16::try_from(number).ok().and_then(|number| port.checked_add(number)),
        };
        let port = port.ok_or_else(|| Problem::Input(format!("no ports for {} cards", number + 1)))?;
        Ok(format!("{}:{port}", self.host))
    }
}

/// Serves until a signal comes, or until the last card has failed.
pub(crate) fn run(options: &Options) -> Outcome {
    let way = way(options)?;
    let runtime = service::runtime()?;
    let mut serving = JoinSet::new();
    for (number, target) in options.cards.iter().enumerate() {
        let job = job(&way, number, target, open(target)?)?;
        let name = target.to_string();
        serving.spawn_blocking_on(
            move || {
                if let Err(error) = job() {
                    print::error(&format!("{name}: {}", link(&error)));
                }
            },
            runtime.handle(),
        );
    }
    let outcome = runtime.block_on(async {
        tokio::select! {
            () = service::until_stopped(CancellationToken::new()) => Ok(()),
            () = async { while serving.join_next().await.is_some() {} } => {
                Err(Problem::Machine("no card is left to serve".to_owned()))
            }
        }
    });
    // The threads wait for their clients; what a card has answered is kept already.
    runtime.shutdown_background();
    outcome
}

fn way(options: &Options) -> Outcome<Way> {
    if let Some(path) = &options.t1 {
        return match options.cards.len() {
            1 => Ok(Way::Blocks(path.clone())),
            _ => Err(Problem::Input("--t1 serves one card".to_owned())),
        };
    }
    match (&options.vpcd, &options.tcp) {
        (_, Some(address)) => {
            let address = Address::parse(address)?;
            if !options.open_to_network {
                loopback_only(&address.of(0)?)?;
            }
            Ok(Way::Tcp(address))
        }
        (address, None) => Ok(Way::Vpcd(Address::parse(address.as_deref().unwrap_or(DEFAULT_VPCD))?)),
    }
}

/// Prepares one card's work; what can fail at once fails here.
fn job(way: &Way, number: usize, target: &Target, card: Opened) -> Outcome<Job> {
    let name = target.to_string();
    match way {
        Way::Vpcd(address) => {
            let address = address.of(number)?;
            let at = address.clone();
            let tell = move |event| match event {
                vpcd::Event::Inserted => print::note(&format!("{name}: in the reader at {at}")),
                vpcd::Event::Removed => print::note(&format!("{name}: the reader at {at} went away")),
            };
            print::note(&format!("{target}: for the virtual reader at {address}"));
            Ok(Box::new(move || vpcd::serve(&address, card, tell)))
        }
        Way::Tcp(address) => {
            let address = address.of(number)?;
            let listener = TcpListener::bind(&address)
                .map_err(|error| Problem::Machine(format!("{address}: {error}")))?;
            let bound = listener.local_addr().map_err(Problem::machine)?;
            print::result(&format!("tcp:{bound}"));
            Ok(Box::new(move || tcp::serve(&listener, card)))
        }
        Way::Blocks(path) => {
            let listener =
                socket(path).map_err(|error| Problem::Machine(format!("{}: {error}", path.display())))?;
            print::result(&format!("t1:{}", path.display()));
            Ok(Box::new(move || t1::serve(&listener, card)))
        }
    }
}

/// A new socket. One that a process left behind, and nobody listens to, is replaced.
fn socket(path: &Path) -> std::io::Result<UnixListener> {
    match UnixListener::bind(path) {
        Err(error) if error.kind() == ErrorKind::AddrInUse && UnixStream::connect(path).is_err() => {
            std::fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        other => other,
    }
}

/// Refuses an address that others than this machine can reach.
fn loopback_only(address: &str) -> Outcome {
    let mut addresses =
        address.to_socket_addrs().map_err(|error| Problem::Machine(format!("{address}: {error}")))?;
    let open: Option<IpAddr> =
        addresses.find(|address| !address.ip().is_loopback()).map(|address| address.ip());
    match open {
        None => Ok(()),
        Some(ip) => Err(Problem::Input(format!(
            "{ip} can be reached by other machines, and whoever reaches a card can use it; --open-to-network if that is meant"
        ))),
    }
}
