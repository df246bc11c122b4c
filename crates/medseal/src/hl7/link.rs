//! A connection to an MLLP receiver: TLS unless in the clear on purpose, one message under way, its answers.

use crate::exit::{Outcome, Problem};
use clinical::ack::{self, Answer};
use clinical::hl7::{Message, decode};
use clinical::mllp::{self, Commit, Content};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How the receiver is known, and how it knows us.
pub(super) struct Target {
    pub(super) address: String,
    pub(super) tls: Option<(TlsConnector, ServerName<'static>)>,
    pub(super) patience: Duration,
}

/// TLS that trusts the CA in `ca` alone; `own` is our certificate and key.
pub(super) fn tls(
    host: &str,
    ca: &Path,
    own: Option<(&Path, &Path)>,
) -> Outcome<(TlsConnector, ServerName<'static>)> {
    fn wrong(path: &Path) -> impl FnOnce(rustls::pki_types::pem::Error) -> Problem {
        let path = path.display().to_string();
        move |error| Problem::Input(format!("{path}: {error}"))
    }
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca).map_err(wrong(ca))? {
        roots
            .add(certificate.map_err(wrong(ca))?)
            .map_err(|error| Problem::Input(format!("{}: {error}", ca.display())))?;
    }
    let builder = ClientConfig::builder().with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = CertificateDer::pem_file_iter(certificate)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(wrong(certificate))?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(wrong(key))?;
            builder.with_client_auth_cert(chain, key).map_err(|error| Problem::Input(error.to_string()))?
        }
    };
    let name =
        ServerName::try_from(host.to_owned()).map_err(|error| Problem::Input(format!("{host}: {error}")))?;
    Ok((TlsConnector::from(Arc::new(config)), name))
}

/// What came back for a message.
#[derive(Default)]
pub(super) struct Reply {
    /// The commit block of release 2.
    pub(super) commit: Option<Commit>,
    /// The answers.
    pub(super) answers: Vec<Answer>,
}

impl Reply {
    /// Nothing that came back says no.
    pub(super) fn accepts(&self) -> bool {
        self.commit != Some(Commit::NotStored) && self.answers.iter().all(|answer| answer.code.accepts())
    }
}

/// How many answers a message asks for.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    /// Always.
    always: usize,
    /// Depending on what is made of it.
    perhaps: usize,
}

impl Asked {
    /// By MSH-15 and MSH-16; of what cannot be read, one.
    pub(super) fn by(message: &[u8]) -> Self {
        let one = Self { always: 1, perhaps: 0 };
        let Ok(text) = decode(message) else { return one };
        let Ok(message) = Message::parse(&text) else { return one };
        let Some(header) = message.segments().first() else { return one };
        let conditions = [header.field(15).raw(), header.field(16).raw()];
        if conditions.iter().all(|condition| condition.is_empty()) {
            return one;
        }
        let count = |words: &[&str]| conditions.iter().filter(|condition| words.contains(condition)).count();
        Self { always: count(&["AL"]), perhaps: count(&["ER", "SU"]) }
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection.
pub(super) struct Link {
    stream: Box<dyn Stream>,
    decoder: mllp::Decoder,
    patience: Duration,
}

/// How long an answer that need not come is waited for.
const GRACE: Duration = Duration::from_millis(500);

impl Link {
    pub(super) async fn open(target: &Target) -> Outcome<Self> {
        let failed = |error: std::io::Error| Problem::Machine(format!("{}: {error}", target.address));
        let opening = async {
            let stream = TcpStream::connect(&target.address).await.map_err(failed)?;
            stream.set_nodelay(true).map_err(failed)?;
            Ok(match &target.tls {
                None => Box::new(stream) as Box<dyn Stream>,
                Some((connector, name)) => {
                    Box::new(connector.connect(name.clone(), stream).await.map_err(failed)?)
                }
            })
        };
        let stream = tokio::time::timeout(target.patience, opening).await.map_err(|_| {
            Problem::Machine(format!(
                "{}: no connection within {} s",
                target.address,
                target.patience.as_secs()
            ))
        })??;
        Ok(Self { stream, decoder: mllp::Decoder::default(), patience: target.patience })
    }

    /// Sends a message and waits for what it asks for.
    pub(super) async fn exchange(&mut self, message: &[u8], asked: Asked) -> Outcome<Reply> {
        let mut frame = Vec::new();
        mllp::encode(message, &mut frame).map_err(|error| Problem::Input(error.to_string()))?;
        self.stream.write_all(&frame).await.map_err(Problem::machine)?;
        self.stream.flush().await.map_err(Problem::machine)?;
        let mut reply = Reply::default();
        while reply.answers.len() < asked.always + asked.perhaps {
            let needed = reply.answers.len() < asked.always;
            match tokio::time::timeout(if needed { self.patience } else { GRACE }, self.next(&mut reply))
                .await
            {
                Ok(outcome) => outcome?,
                Err(_) if needed => {
                    return Err(Problem::No(format!("no answer within {} s", self.patience.as_secs())));
                }
                Err(_) => break,
            }
        }
        Ok(reply)
    }

    /// Takes the next answer or commit block.
    async fn next(&mut self, reply: &mut Reply) -> Outcome {
        let mut portion = vec![0; 16 * 1024];
        loop {
            match self.decoder.next_frame().map_err(|error| Problem::No(format!("not MLLP: {error}")))? {
                Some(frame) => match Content::of(frame) {
                    Content::Commit(commit) => reply.commit = Some(commit),
                    Content::Message(message) => {
                        reply.answers.push(answer(message)?);
                        return Ok(());
                    }
                },
                None => match self.stream.read(&mut portion).await.map_err(Problem::machine)? {
                    0 => return Err(Problem::No("closed by the receiver before it answered".into())),
                    count => self.decoder.push(portion.get(..count).unwrap_or_default()),
                },
            }
        }
    }
}

fn answer(bytes: &[u8]) -> Outcome<Answer> {
    let no = |why: String| Problem::No(format!("not an answer: {why}"));
    let text = decode(bytes).map_err(|error| no(error.to_string()))?;
    let message = Message::parse(&text).map_err(|error| no(error.to_string()))?;
    ack::read(&message).map_err(|error| no(error.to_string()))
}
