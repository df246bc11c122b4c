//! Putting the parts together, and taking them apart in order.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::alarms::{Rules, RulesError};
use crate::audit::{Action, Entry};
use crate::config::Config;
use crate::desk;
use crate::events::LiveFeed;
use crate::http::{self, Http, Sessions};
use crate::limits;
use crate::listen::{self, Flood};
use crate::metrics::Metrics;
use crate::pipeline::Pipeline;
use crate::presence::Presence;
use crate::registry::{Administration, EnrolError, Registry};
use crate::renewal::{self, Renewal};
use crate::retention;
use crate::roster::Roster;
use crate::sinks::{self, FeedError};
use crate::sources;
use crate::store::{Job, Store, StoreError};
use crate::tls::{self, Identities, TlsError};
use crate::tokens::{Tokens, TokensError};

/// Why the gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store cannot be opened or written; another process may work on its folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The alarm limits cannot be used.
    #[error(transparent)]
    Alarms(#[from] RulesError),
    /// A maker's certificate cannot be used.
    #[error(transparent)]
    Maker(#[from] EnrolError),
    /// The server's certificate or key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A feed's configuration cannot be used.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The token service's configuration cannot be used.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// A broker's configuration cannot be used.
    #[error("broker: {0}")]
    Broker(#[from] sources::remote::RemoteError),
    /// A source takes access tokens, and nobody gives any.
    #[error("sources.{0}: it asks for access tokens, but there is no [tokens]")]
    NoTokens(&'static str),
    /// A source's configuration cannot be used.
    #[error(transparent)]
    Mllp(#[from] sources::mllp::MllpError),
    /// A source of a device adapter cannot be started.
    #[error(transparent)]
    Device(#[from] sources::device::DeviceSourceError),
    /// A thread cannot be started or an address cannot be listened on.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why not.
        source: std::io::Error,
    },
}

/// What every source, sink and server of the gateway works with. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Services {
    /// The configuration.
    pub config: Arc<Config>,
    /// What is kept.
    pub store: Store,
    /// Who may deliver.
    pub registry: Registry,
    /// What happens.
    pub live: LiveFeed,
    /// Who is connected.
    pub presence: Presence,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Where messages go in.
    pub pipeline: Pipeline,
    /// When alarms are raised.
    pub rules: Arc<Rules>,
    /// What keeps refused connections from filling the disk.
    pub(crate) flood: Arc<Flood>,
    /// What each way in is doing.
    pub(crate) roster: Roster,
    /// What listeners show to prove who they are.
    pub(crate) identities: Identities,
    /// Whoever wants a renewed certificate taken up at once says so here.
    pub renewal: Renewal,
    /// Who is signed in, and who makes sign-in links.
    pub sessions: Arc<Sessions>,
    /// Who gives access tokens, where configured.
    pub tokens: Option<Arc<Tokens>>,
    /// Cancelled when the gateway is to stop: listeners close and tasks end by themselves.
    pub shutdown: CancellationToken,
    /// All tasks; the stop waits for them.
    pub tasks: TaskTracker,
}

/// Where the gateway listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// MQTT over TLS.
    pub mqtt: SocketAddr,
    /// Sealed batches by HTTPS requests, in the order of the configuration.
    pub https_sources: Vec<SocketAddr>,
    /// Sealed batches on gRPC streams, in the order of the configuration.
    pub grpc_sources: Vec<SocketAddr>,
    /// HL7 v2 over MLLP, in the order of the configuration.
    pub mllp: Vec<SocketAddr>,
    /// Devices over TCP, in the order of the configuration; behind them where SDC providers deliver their reports, and then where files are posted.
    pub streams: Vec<SocketAddr>,
    /// HTTPS, where configured.
    pub https: Option<SocketAddr>,
}

/// The gateway, before it runs.
#[derive(Debug)]
pub struct Gateway;

/// A running gateway. Cancelling the token it was started with stops it; [`Running::stopped`] waits until everything
/// acknowledged is on disk and closed.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addresses: Addresses,
    /// Its parts, for whoever wires something to it.
    pub services: Services,
}

impl Gateway {
    /// Opens the store and starts all listeners and feeds of the configuration.
    ///
    /// # Errors
    /// When any of them cannot start; nothing stays running then.
    pub async fn start(config: Config, shutdown: CancellationToken) -> Result<Running, StartError> {
        let services = Services::open(config, shutdown)?;
        services.store.write(|writer| writer.audit(Entry::done("system", Action::Start, "gateway"))).await?;
        services.add_makers().await?;
        // The dashboard first, so that it hears of every device that connects.
        let shared = Http::open(&services).await?;
        desk::serve(&services, shared.clone())?;
        let https = match &services.config.https {
            Some(https) => Some(http::serve(https.listen, shared, &services).await?),
            None => None,
        };
        services.tasks.spawn(watch_the_committer(services.clone()));
        services.tasks.spawn(look_for_silence(services.clone()));
        services.tasks.spawn(renewal::watch(services.clone()));
        services.tasks.spawn(retention::run(services.clone()));
        let (listener, mqtt) = listening(services.config.mqtt.listen)?;
        sources::mqtt::start(listener, &services)?;
        let mut names = BTreeSet::new();
        if let Some(twice) = services.config.destinations().find(|name| !names.insert(*name)) {
            return Err(FeedError::Twice(twice.to_owned()).into());
        }
        sinks::begin(&services, &services.config.feeds).await?;
        for feed in &services.config.feeds {
            sinks::start(&services, feed)?;
        }
        let mut https_sources = Vec::new();
        for source in &services.config.sources.https {
            let tokens = services.tokens.as_ref().ok_or(StartError::NoTokens("https"))?;
            let (listener, address) = listening(source.listen)?;
            sources::https::start(listener, source, tokens, &services)?;
            https_sources.push(address);
        }
        let mut grpc_sources = Vec::new();
        for source in &services.config.sources.grpc {
            let tokens = services.tokens.as_ref().ok_or(StartError::NoTokens("grpc"))?;
            let (listener, address) = listening(source.listen)?;
            sources::grpc::start(listener, source, tokens, &services)?;
            grpc_sources.push(address);
        }
        for broker in &services.config.sources.mqtt_broker {
            sources::mqtt_broker::start(broker, &services)?;
        }
        for queue in &services.config.sources.amqp {
            let tokens = services.tokens.as_ref().ok_or(StartError::NoTokens("amqp"))?;
            sources::amqp::start(queue, tokens, &services)?;
        }
        let mut mllp = Vec::new();
        for source in &services.config.sources.mllp {
            let (listener, address) = listening(source.listen)?;
            sources::mllp::start(listener, source, &services)?;
            mllp.push(address);
        }
        let streams = sources::start_devices(&services).await?;
        let addresses = Addresses { mqtt, https_sources, grpc_sources, mllp, streams, https };
        Ok(Running { addresses, services })
    }
}

impl Services {
    /// The parts without any listener: what tests and tools need that hand messages straight to the pipeline. They have the folder for themselves until the
    /// store is closed.
    ///
    /// # Errors
    /// When another process works on the folder, the store cannot be opened or a thread cannot be started.
    pub fn open(config: Config, shutdown: CancellationToken) -> Result<Self, StartError> {
        let (live, metrics, registry) = (LiveFeed::default(), Arc::<Metrics>::default(), Registry::default());
        let rules = Arc::new(Rules::load(config.alarms.as_deref())?);
        let store =
            Store::open(&config.data, live.clone(), metrics.clone(), registry.clone(), rules.clone())?;
        let pipeline = Pipeline::start(&store, &registry, &config.clock)
            .map_err(|source| StartError::Io { what: "a verifying thread".into(), source })?;
        let tokens = config.tokens.as_ref().map(|tokens| Tokens::open(tokens, &store)).transpose()?;
        let (config, tasks, sessions) = (Arc::new(config), TaskTracker::new(), Arc::default());
        let presence = Presence::new(live.clone());
        Ok(Self {
            config,
            store,
            registry,
            live,
            presence,
            metrics,
            pipeline,
            rules,
            flood: Arc::default(),
            roster: Roster::default(),
            identities: Identities::default(),
            renewal: Renewal::default(),
            sessions,
            tokens,
            shutdown,
            tasks,
        })
    }

    /// Changes the registry in the name of `actor`: `system` or `user:NAME`.
    pub fn administration(&self, actor: impl Into<String>) -> Administration {
        Administration::new(&self.store, actor)
    }

    /// Accepts the makers that the configuration names.
    ///
    /// # Errors
    /// When a certificate cannot be read or is none of a CA.
    pub async fn add_makers(&self) -> Result<(), StartError> {
        for path in &self.config.makers {
            let certificate = tls::certificate(path)?;
            self.administration("system").add_maker(&certificate).await?;
        }
        Ok(())
    }
}

/// Stops everything when the committer has ended by a fault: a gateway that can store nothing must not look as if it could.
async fn watch_the_committer(services: Services) {
    tokio::select! {
        () = services.shutdown.cancelled() => {}
        () = services.store.ended() => {
            tracing::error!("the committer has ended: the gateway stops");
            services.shutdown.cancel();
        }
    }
}

/// Has the committer look for silent devices, again and again.
async fn look_for_silence(services: Services) {
    let mut ticks = tokio::time::interval(limits::ALARM_TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = services.shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if services.store.send(Job::Tick).await.is_err() {
            return;
        }
    }
}

/// Listens on an address; gives the one actually taken too.
fn listening(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let io = |source| StartError::Io { what: format!("listening on {address}"), source };
    let listener = listen::bind(address).map_err(io)?;
    let taken = listener.local_addr().map_err(io)?;
    Ok((listener, taken))
}

impl Running {
    /// Waits for the shutdown token, then for the tasks to end (at most [`limits::DRAIN`]), then closes the store.
    pub async fn stopped(self) {
        self.services.shutdown.cancelled().await;
        self.services.tasks.close();
        if tokio::time::timeout(limits::DRAIN, self.services.tasks.wait()).await.is_err() {
            tracing::warn!(
                tasks = self.services.tasks.len(),
                "tasks still run after the time given for the stop"
            );
        }
        self.services.store.close().await;
    }
}
