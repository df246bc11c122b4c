//! Clients that share no code with the listener: packets written by hand, and `mosquitto_pub`.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::fixture::{Maker, TestDevice};

/// A TLS connection over which a test says what it likes.
pub(crate) struct Raw {
    stream: TlsStream<TcpStream>,
}

/// A packet that came: its first byte and its body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) kind: u8,
    pub(crate) body: Vec<u8>,
}

impl Raw {
    pub(crate) async fn tls(
        address: SocketAddr,
        maker: &Maker,
        device: &TestDevice,
    ) -> std::io::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(maker.ca.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(
                vec![CertificateDer::from_pem_slice(device.tls_certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(device.tls_key.as_bytes()).unwrap(),
            )
            .unwrap();
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        Ok(Self { stream: TlsConnector::from(Arc::new(config)).connect(name, stream).await? })
    }

    pub(crate) async fn connected(
        address: SocketAddr,
        maker: &Maker,
        device: &TestDevice,
        version: u8,
    ) -> Self {
        let mut raw = Self::tls(address, maker, device).await.unwrap();
        raw.send(&connect(version, device.id.as_str())).await;
        let connack = raw.receive().await.unwrap();
        assert_eq!((connack.kind, &connack.body[..2]), (0x20, &[0, 0][..]), "{connack:?}");
        raw
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Sends what the other side may no longer want to read.
    pub(crate) async fn try_send(&mut self, bytes: &[u8]) {
        if self.stream.write_all(bytes).await.is_ok() {
            self.stream.flush().await.ok();
        }
    }

    /// The next packet; `None` when the connection is closed. Panics when neither happens in time.
    pub(crate) async fn receive(&mut self) -> Option<Packet> {
        tokio::time::timeout(Duration::from_secs(10), self.read_packet()).await.expect("no answer")
    }

    async fn read_packet(&mut self) -> Option<Packet> {
        let kind = self.stream.read_u8().await.ok()?;
        let mut length = 0;
        for shift in 0..4 {
            let byte = self.stream.read_u8().await.ok()?;
            length |= usize::from(byte & 0x7f) << (7 * shift);
            if byte & 0x80 == 0 {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.ok()?;
        Some(Packet { kind, body })
    }

    /// Reads on until the connection is closed.
    pub(crate) async fn closed(&mut self) -> Vec<Packet> {
        let mut packets = Vec::new();
        while let Some(packet) = self.receive().await {
            packets.push(packet);
        }
        packets
    }
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes(), text.as_bytes()].concat()
}

pub(crate) fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut rest = body.len();
    loop {
        let more = if rest >= 128 { 0x80 } else { 0 };
        bytes.push((rest % 128) as u8 | more);
        rest /= 128;
        if rest == 0 {
            break;
        }
    }
    bytes.extend_from_slice(body);
    bytes
}

/// CONNECT with a clean session and 60 s keep-alive.
pub(crate) fn connect(version: u8, client_id: &str) -> Vec<u8> {
    let mut body = text("MQTT");
    body.extend([version, 2, 0, 60]);
    if version == 5 {
        body.push(0);
    }
    body.extend(text(client_id));
    packet(0x10, &body)
}

pub(crate) fn publish(version: u8, qos: u8, topic: &str, packet_id: u16, payload: &[u8]) -> Vec<u8> {
    let mut body = text(topic);
    if qos > 0 {
        body.extend(packet_id.to_be_bytes());
    }
    if version == 5 {
        body.push(0);
    }
    body.extend_from_slice(payload);
    packet(0x30 | qos << 1, &body)
}

pub(crate) fn subscribe(version: u8, packet_id: u16, filter: &str) -> Vec<u8> {
    let mut body = packet_id.to_be_bytes().to_vec();
    if version == 5 {
        body.push(0);
    }
    body.extend(text(filter));
    body.push(0);
    packet(0x82, &body)
}

/// Publishes a file with `mosquitto_pub` over TLS with the device's certificate.
pub(crate) async fn mosquitto_pub(
    folder: &Path,
    address: SocketAddr,
    maker: &Maker,
    device: &TestDevice,
    version: &str,
    payload: &[u8],
) -> Output {
    let file = |name: &str, content: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let mut command = tokio::process::Command::new("mosquitto_pub");
    command
        .args(["-h", "localhost", "-p", &address.port().to_string(), "-V", version, "-q", "1", "-d"])
        .args(["-i", device.id.as_str(), "-t", &format!("medseal/v1/{}/batch", device.id)])
        .arg("--cafile")
        .arg(file("ca.pem", maker.ca.pem().as_bytes()))
        .arg("--cert")
        .arg(file("device.pem", device.tls_certificate.as_bytes()))
        .arg("--key")
        .arg(file("device.key", device.tls_key.as_bytes()))
        .arg("-f")
        .arg(file("batch", payload))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_secs(20), command.output()).await;
    match output.expect("mosquitto_pub hangs") {
        Ok(output) => output,
        Err(error) => {
            panic!("mosquitto_pub does not start ({error}): install the apt package mosquitto-clients")
        }
    }
}
