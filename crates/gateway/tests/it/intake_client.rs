//! A site with a token endpoint and all listeners for sealed batches, and clients for them: a plain HTTP/1.1 speaker that
//! says what a test likes, and Python programs that share no code with us (`tests/intake_client`).

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use gateway::Config;
use gateway::config::{Listener, Tokens};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use seal::token::{Assertion, sign};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::fixture::{Maker, RunningSite, TestDevice, now};

/// The token endpoint's name in these tests; clients reach it at whatever port it has.
pub(crate) const TOKEN_URL: &str = "https://gateway.test/token";
pub(crate) const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

pub(crate) fn local() -> Listener {
    Listener::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
}

/// Adds the token endpoint and the HTTPS source to a configuration.
pub(crate) fn with_sources(config: &mut Config) {
    config.tokens = Some(Tokens::at(TOKEN_URL));
    config.sources.https = vec![local()];
    config.sources.grpc = vec![local()];
}

/// How a device connects, or somebody without a certificate.
pub(crate) fn client_config(maker: &Maker, device: Option<&TestDevice>, alpn: &[&[u8]]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(maker.ca.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match device {
        Some(device) => builder
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(device.tls_certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(device.tls_key.as_bytes()).unwrap(),
            )
            .unwrap(),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    Arc::new(config)
}

pub(crate) async fn tls(
    address: SocketAddr,
    maker: &Maker,
    device: Option<&TestDevice>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let connector = TlsConnector::from(client_config(maker, device, &[]));
    let stream = TcpStream::connect(address).await?;
    connector.connect(ServerName::try_from("localhost").unwrap(), stream).await
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// One request on a connection of its own.
pub(crate) async fn ask(
    stream: &mut TlsStream<TcpStream>,
    request: (&str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    try_ask(stream, request, headers, body).await.expect("no head")
}

/// The same of somebody who may be turned away without an answer.
pub(crate) async fn try_ask(
    stream: &mut TlsStream<TcpStream>,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Reply> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    stream.write_all(head.as_bytes()).await.ok()?;
    // The other side may answer, and close, before it has read all.
    if stream.write_all(body).await.is_ok() {
        stream.flush().await.ok();
    }
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(40), stream.read_to_end(&mut answer)).await;
    read.expect("no answer").ok();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Some(Reply { status, head: head.to_ascii_lowercase(), body: answer[end + 4..].to_vec() })
}

fn form(pairs: &[(&str, &str)]) -> String {
    let escape =
        |text: &str| text.replace('%', "%25").replace(':', "%3A").replace('*', "%2A").replace('/', "%2F");
    pairs.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect::<Vec<_>>().join("&")
}

impl TestDevice {
    /// An assertion that the token endpoint accepts, before `change`.
    pub(crate) fn assertion(&mut self, change: impl FnOnce(&mut Assertion)) -> String {
        let seconds = now().0 / 1_000_000;
        let mut assertion = Assertion {
            iss: self.id.clone(),
            sub: self.id.clone(),
            aud: TOKEN_URL.into(),
            exp: seconds + 300,
            iat: seconds,
            jti: format!("{}-{}", self.id, now().0),
        };
        change(&mut assertion);
        sign(&assertion, &mut self.token_key).unwrap()
    }
}

impl RunningSite {
    pub(crate) fn https_source(&self) -> SocketAddr {
        self.running.addresses.https_sources[0]
    }

    pub(crate) async fn post(
        &self,
        device: Option<&TestDevice>,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let mut stream = tls(self.https_source(), &self.site.maker, device).await.unwrap();
        ask(&mut stream, ("POST", path), headers, body).await
    }

    pub(crate) async fn ask_token(&self, device: Option<&TestDevice>, pairs: &[(&str, &str)]) -> Reply {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.post(device, "/token", &headers, form(pairs).as_bytes()).await
    }

    /// An access token for this device and scope.
    pub(crate) async fn token(&self, device: &mut TestDevice, scope: &str) -> String {
        let assertion = device.assertion(|_| {});
        let pairs = [("grant_type", JWT_BEARER), ("assertion", &assertion), ("scope", scope)];
        let reply = self.ask_token(Some(device), &pairs).await;
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        reply.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// The device's keys and certificates and its maker's CA as files for other programs.
    pub(crate) fn files(&self, device: &TestDevice) -> PathBuf {
        let folder = self.site.folder.path().join(format!("files-{}", device.id));
        std::fs::create_dir_all(&folder).unwrap();
        for (name, content) in [
            ("ca.pem", self.site.maker.ca.pem()),
            ("tls.pem", device.tls_certificate.clone()),
            ("tls.key", device.tls_key.clone()),
            ("token.key", device.token_key.pair.serialize_pem()),
        ] {
            std::fs::write(folder.join(name), content).unwrap();
        }
        folder
    }
}

/// Runs one of the Python programs and gives what it printed.
pub(crate) async fn python(script: &str, arguments: &[&str]) -> Value {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let python = here.join("../../target/intake-client/bin/python");
    assert!(python.is_file(), "{}: run `cargo xtask test`, which installs it", python.display());
    let mut command = tokio::process::Command::new(python);
    command.arg(here.join("tests/intake_client").join(script)).args(arguments);
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output =
        tokio::time::timeout(Duration::from_secs(60), command.output()).await.expect("it hangs").unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Holds the database so that nothing can be written meanwhile.
pub(crate) fn lock_while(path: &Path, meanwhile: impl FnOnce()) {
    let lock = rusqlite::Connection::open(path).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    meanwhile();
    lock.execute_batch("ROLLBACK").unwrap();
}
