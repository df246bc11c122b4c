//! IEEE 11073 SDC against a provider of another make (sdc11073 from PyPI), over mutual TLS.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use gateway::config::{Sdc, Tls};
use gateway::record::{Form, Proof, StoredBatch};
use gateway::store::Page;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio_rustls::TlsConnector;

use crate::adapters::{readings, until};
use crate::fixture::{Maker, RunningSite, Site};
use crate::mllp::rows;

/// A certificate for both ends of connections on this machine, and its key.
fn certificate(maker: &Maker, folder: &Path, name: &str) -> Tls {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()]).unwrap();
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = params.signed_by(&key, &maker.ca).unwrap();
    let file = |end: &str| folder.join(format!("{name}.{end}"));
    std::fs::write(file("pem"), certificate.pem()).unwrap();
    std::fs::write(file("key"), key.serialize_pem()).unwrap();
    Tls { certificate: file("pem"), key: file("key") }
}

/// The provider, in a process of its own that ends with the test.
struct Provider {
    _child: Child,
    orders: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
    url: String,
}

impl Provider {
    async fn start(pem: &Path) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = root.join("../../target/sdc-provider/bin/python");
        assert!(python.is_file(), "the SDC provider is not installed: `cargo xtask test` does it");
        let mut child = Command::new(python)
            .arg(root.join("tests/sdc_provider/provider.py"))
            .arg(pem)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = said.next_line().await.unwrap().expect("the provider started");
        Self { _child: child, orders, said, url }
    }

    async fn does(&mut self, order: &str) {
        self.orders.write_all(format!("{order}\n").as_bytes()).await.unwrap();
        let done = self.said.next_line().await.unwrap();
        assert!(done.as_deref().is_some_and(|line| line.starts_with("done")), "{order}: {done:?}");
    }
}

/// Waits until a row says this, and gives it.
async fn says(site: &Site, wanted: &(u32, String)) -> StoredBatch {
    until(&format!("{wanted:?}"), async || {
        rows(site).await.into_iter().find(|row| readings(row).contains(wanted))
    })
    .await
}

fn config(pem: &Path, url: &str, client: Tls) -> Sdc {
    Sdc {
        ca: Some(pem.join("ca.pem")),
        plain: false,
        client: Some(client),
        ..Sdc::plain("or-2".parse().unwrap(), url, "127.0.0.1:0".parse().unwrap())
    }
}

#[tokio::test]
async fn a_providers_reports_are_followed_over_mutual_tls() {
    let (pem, house) = (tempfile::tempdir().unwrap(), Maker::new("Devices of the house"));
    std::fs::write(pem.path().join("ca.pem"), house.ca.pem()).unwrap();
    certificate(&house, pem.path(), "provider");
    let client = certificate(&house, pem.path(), "gateway");
    let mut provider = Provider::start(pem.path()).await;
    let source = config(pem.path(), &provider.url, client.clone());
    let site = RunningSite::with(|config| config.sources.sdc.push(source)).await;

    // Until the subscription is there, nobody hears what changes.
    let mut number = 50;
    until("the first report", async || {
        number += 1;
        provider.does(&format!("value saturation {number}")).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        rows(&site.site).await.pop()
    })
    .await;
    provider.does("value saturation 97").await;
    let row = says(&site.site, &(150_456, "97 %".into())).await;
    assert_eq!(row.device.as_str(), "or-2.SN-4711", "the serial number of its metadata");
    assert!(
        matches!(&row.proof, Proof::Unsealed { form: Form::Sdc, source, .. } if source.as_str() == "or-2")
    );
    provider.does("value pulse 71.50").await;
    says(&site.site, &(149_530, "71.5 /min".into())).await;
    provider.does("text note Sinus <rhythm> & more").await;
    says(&site.site, &(184_327, "Sinus <rhythm> & more".into())).await;
    provider.does("alert lead-off on").await;
    says(&site.site, &(196_882, "present Tec Lo pulse".into())).await;
    provider.does("alert lead-off off").await;
    says(&site.site, &(196_882, "ended Tec Lo pulse".into())).await;

    // A code of the maker's own, and no value: stored, and the account says so.
    let before = rows(&site.site).await.len();
    provider.does("value vendor 3").await;
    provider.does("invalid pulse").await;
    until("both", async || (rows(&site.site).await.len() == before + 2).then_some(())).await;

    // Something nobody was told of: noted, and what comes then is taken.
    provider.does("skip").await;
    provider.does("value saturation 88").await;
    says(&site.site, &(150_456, "88 %".into())).await;
    let refusals = site.site.services.store.read(|reader| reader.refusals(Page::default())).await.unwrap();
    assert!(
        refusals.iter().any(|refusal| refusal.detail.contains("something between them is missing")),
        "{refusals:?}"
    );

    // Longer than a subscription holds (4 s): it was renewed.
    tokio::time::sleep(Duration::from_secs(7)).await;
    provider.does("value saturation 89").await;
    says(&site.site, &(150_456, "89 %".into())).await;
    provider.does("restart").await;
    provider.does("value saturation 91").await;
    says(&site.site, &(150_456, "91 %".into())).await;

    strangers_are_not_heard(&site, &house, pem.path()).await;
    site.running.services.shutdown.cancel();
    site.running.stopped().await;
}

/// A report that anybody could write, at the port that the gateway listens on.
async fn strangers_are_not_heard(site: &RunningSite, house: &Maker, pem: &Path) {
    let before = rows(&site.site).await.len();
    let address = site.running.addresses.streams[0];
    let request = b"POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 4\r\n\r\n<a/>";
    let stranger = certificate(&Maker::new("Somebody else"), pem, "stranger");
    let known = certificate(house, pem, "other-device");
    for (files, answer) in [(&stranger, ""), (&known, "HTTP/1.1 404")] {
        let mut roots = RootCertStore::empty();
        roots.add(house.ca.der().clone()).unwrap();
        let chain = vec![CertificateDer::from_pem_file(&files.certificate).unwrap()];
        let key = PrivateKeyDer::from_pem_file(&files.key).unwrap();
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .unwrap();
        let tcp = TcpStream::connect(address).await.unwrap();
        let mut said = Vec::new();
        // With TLS 1.3 the client hears of its rejection when it reads.
        if let Ok(mut stream) = TlsConnector::from(std::sync::Arc::new(config))
            .connect("localhost".try_into().unwrap(), tcp)
            .await
        {
            let _refused = stream.write_all(request).await;
            let _refused = stream.read_to_end(&mut said).await;
        }
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(said.starts_with(answer) && said.is_empty() == answer.is_empty(), "{said}");
    }
    assert_eq!(rows(&site.site).await.len(), before);
}

#[tokio::test]
async fn sdc_needs_both_ends_proven_or_the_word_that_it_is_plain() {
    let start = async |change: &dyn Fn(&mut Sdc, PathBuf)| {
        let (folder, maker) = (tempfile::tempdir().unwrap(), Maker::new("Test maker"));
        let mut config = crate::fixture::config(folder.path(), &maker);
        std::fs::write(folder.path().join("ca.pem"), maker.ca.pem()).unwrap();
        let mut source =
            Sdc::plain("or-2".parse().unwrap(), "http://127.0.0.1:1/x", "127.0.0.1:0".parse().unwrap());
        change(&mut source, folder.path().join("ca.pem"));
        config.sources.sdc.push(source);
        let started = gateway::Gateway::start(config, tokio_util::sync::CancellationToken::new()).await;
        started.map(drop).unwrap_err().to_string()
    };
    let error = start(&|source, ca| {
        (source.plain, source.ca, source.url) = (false, Some(ca), "https://127.0.0.1:1/x".into());
    })
    .await;
    assert!(error.contains("SDC needs `ca` and `client`"), "{error}");
    let error = start(&|source, _| source.url = "https://127.0.0.1:1/x".into()).await;
    assert!(error.contains("is not HOST:PORT"), "{error}");
    let error = start(&|source, _| source.plain = false).await;
    assert!(error.contains("is not HOST:PORT"), "{error}");
}
