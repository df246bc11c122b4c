//! Our own certificates, renewed while the gateway runs and devices are connected.

use std::sync::Arc;

use gateway::audit::{Action, Outcome};
use gateway::connect::{Target, Trust};
use gateway::desk::Method;
use gateway::store::Page;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::fixture::{Maker, RunningSite};
use crate::hl7_feed::until;
use crate::intake_client;
use crate::mllp::source;
use crate::mqtt_client::{Raw, publish};

async fn site() -> RunningSite {
    RunningSite::with(|config| {
        intake_client::with_sources(config);
        config.sources.mllp.push(source(|source| source.plain = false));
        config.https = Some(gateway::config::Https { listen: "127.0.0.1:0".parse().unwrap() });
    })
    .await
}

/// What is shown at every port.
async fn shown(site: &RunningSite) -> Vec<CertificateDer<'static>> {
    let at = &site.running.addresses;
    let ports = [at.mqtt, at.https_sources[0], at.grpc_sources[0], at.mllp[0], at.https.unwrap()];
    let visitor = site.site.maker.device("visitor");
    let mut all = Vec::new();
    for port in ports {
        let stream = intake_client::tls(port, &site.site.maker, Some(&visitor)).await.unwrap();
        all.push(stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned());
    }
    all
}

/// The first certificate of the configuration's file.
fn on_file(site: &RunningSite) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(&site.site.services.config.tls.certificate).unwrap()
}

/// How often a renewal was audited as done, and how often as refused.
async fn audited(site: &RunningSite) -> (usize, usize) {
    let rows = site.site.services.store.read(|reader| reader.audit(Page::default())).await.unwrap();
    let count = |outcome: Outcome| {
        rows.iter()
            .filter(|row| row.action == Action::RenewCertificate.as_str() && row.outcome == outcome.as_str())
            .count()
    };
    (count(Outcome::Done), count(Outcome::Refused))
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_at_every_port_and_connections_stay() {
    let site = site().await;
    let mut device = site.site.device("monitor-1").await;
    let mut before = Raw::connected(site.running.addresses.mqtt, &site.site.maker, &device, 5).await;
    let first = on_file(&site);
    assert!(shown(&site).await.iter().all(|one| *one == first));

    site.site.maker.server(site.site.folder.path());
    let second = on_file(&site);
    assert_ne!(first, second);
    // Nobody asks for it: the file's change is enough.
    let renewed = || site.site.services.metrics.snapshot().certificates_renewed;
    until("the files are looked at", async || renewed() == 1).await;
    assert!(shown(&site).await.iter().all(|one| *one == second));
    assert_eq!(audited(&site).await, (1, 0));

    let topic = format!("medseal/v1/{}/batch", device.id);
    before.send(&publish(5, 1, &topic, 1, &device.next(1))).await;
    let puback = before.receive().await.unwrap();
    assert_eq!((puback.kind, &puback.body[..2]), (0x40, &[0, 1][..]), "who came before is still heard");
}

#[tokio::test]
async fn what_cannot_be_used_is_told_once_and_shuts_no_door() {
    let site = site().await;
    let (first, files) = (on_file(&site), site.site.services.config.tls.clone());
    let desk = gateway::Desk::open(gateway::Config::clone(&site.site.services.config)).await.unwrap();
    let ends = async || {
        let (_, page) = desk.ask(Method::GET, "/api/metrics", String::new()).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        let name = "medseal_certificate_ends_timestamp_seconds{what=\"this gateway\"";
        let line = page.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{page}"));
        line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()
    };
    let last = ends().await;

    let mut params = CertificateParams::new(vec!["localhost".into()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let key = KeyPair::generate().unwrap();
    let over = params.signed_by(&key, &site.site.maker.ca).unwrap();
    std::fs::write(&files.key, key.serialize_pem()).unwrap();
    std::fs::write(&files.certificate, over.pem()).unwrap();
    for _ in 0..3 {
        site.site.services.renewal.look_now();
        until("it is audited", async || audited(&site).await.1 > 0).await;
    }
    assert_eq!(audited(&site).await.0, 0);
    assert!(audited(&site).await.1 <= 2, "at most half a pair, and what is over");
    assert!(shown(&site).await.iter().all(|one| *one == first));
    assert_eq!(ends().await, last, "what is shown counts, not what lies there");

    site.site.maker.server(site.site.folder.path());
    site.site.services.renewal.look_now();
    until("the next is taken", async || audited(&site).await.0 == 1).await;
    assert!(ends().await > last - 1.0);
}

/// A broker or record that asks for a certificate, and tells which it was shown.
async fn peer(
    maker: &Maker,
    files: &gateway::config::Tls,
) -> (std::net::SocketAddr, tokio::sync::mpsc::Receiver<Vec<u8>>) {
    let mut roots = RootCertStore::empty();
    roots.add(maker.ca.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![CertificateDer::from_pem_file(&files.certificate).unwrap()],
            PrivateKeyDer::from_pem_file(&files.key).unwrap(),
        )
        .unwrap();
    let (listener, acceptor) =
        (TcpListener::bind("127.0.0.1:0").await.unwrap(), TlsAcceptor::from(Arc::new(config)));
    let address = listener.local_addr().unwrap();
    let (tell, told) = tokio::sync::mpsc::channel(4);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let stream = acceptor.accept(stream).await.unwrap();
            tell.send(stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()).await.unwrap();
        }
    });
    (address, told)
}

#[tokio::test]
async fn what_is_shown_to_a_broker_or_record_is_read_again_whenever_we_connect() {
    let (folder, maker) = (tempfile::tempdir().unwrap(), Maker::new("site"));
    let (address, mut told) = peer(&maker, &maker.server(folder.path())).await;
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, maker.ca.pem()).unwrap();
    let own = gateway::config::Tls {
        certificate: folder.path().join("own.pem"),
        key: folder.path().join("own.key"),
    };
    let issue = |name: &str| {
        let device = maker.device(name);
        std::fs::write(&own.key, &device.tls_key).unwrap();
        std::fs::write(&own.certificate, &device.tls_certificate).unwrap();
        device.tls_certificate_der
    };
    let first = issue("gateway");
    let trust = Trust { ca: Some(&ca), plain: false, server_name: Some("localhost"), client: Some(&own) };
    let target = Target::of(&address.to_string(), &trust).unwrap();
    let _first = target.connect().await.unwrap();
    assert_eq!(told.recv().await.unwrap(), first);
    let second = issue("gateway");
    let _second = target.connect().await.unwrap();
    assert_eq!(told.recv().await.unwrap(), second);
    std::fs::write(&own.key, "half").unwrap();
    let _third = target.connect().await.unwrap();
    assert_eq!(told.recv().await.unwrap(), second, "what cannot be used is not shown");
}
