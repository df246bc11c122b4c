//! IEEE 11073 SDC against a provider of another make (sdc11073 from PyPI), over mutual TLS.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use gateway::config::{Feed, FeedKind, Hl7, Sdc, Tls};
use gateway::record::{Alarm, AlarmKind, AlarmStepId, Form, Priority, Proof, StoredBatch};
use gateway::store::Page;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use seal::Micros;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio_rustls::TlsConnector;

use crate::adapters::{readings, until};
use crate::fixture::{Maker, RunningSite, Site};
use crate::mllp::rows;
use crate::pcd04_feed::Manager;

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

    /// Gives what it says of the order behind `done` and the order's name.
    async fn does(&mut self, order: &str) -> String {
        self.orders.write_all(format!("{order}\n").as_bytes()).await.unwrap();
        let done = self.said.next_line().await.unwrap().unwrap_or_default();
        let mut words = done.splitn(3, ' ');
        assert_eq!(words.next(), Some("done"), "{order}: {done:?}");
        words.nth(1).unwrap_or_default().to_owned()
    }

    /// Gives an order, once, and waits until the book's last steps are these.
    async fn raises(&mut self, order: &str, site: &Site, steps: &[&str]) -> Alarm {
        self.does(order).await;
        let events = until(order, async || {
            let all =
                site.services.store.read(|reader| reader.alarm_steps(AlarmStepId(0), 100)).await.unwrap();
            let last = all.len().checked_sub(steps.len()).map(|from| all[from..].to_vec())?;
            last.iter().map(|event| event.step.as_str()).eq(steps.iter().copied()).then_some(last)
        })
        .await;
        events.last().unwrap().alarm.clone()
    }

    /// Gives an order until a row like this is there: a provider keeps nothing, so what changes between two subscriptions nobody hears of.
    async fn until(&mut self, order: &str, site: &Site, is_it: impl Fn(&StoredBatch) -> bool) -> StoredBatch {
        until(order, async || {
            self.does(order).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            rows(site).await.into_iter().find(&is_it)
        })
        .await
    }

    /// As [`Self::until`], for a row with this reading.
    async fn says(&mut self, order: &str, site: &Site, code: u32, value: &str) -> StoredBatch {
        let wanted = (code, value.to_owned());
        self.until(order, site, |row| readings(row).contains(&wanted)).await
    }
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

    let there = &site.site;
    let row = provider.says("value saturation 97", there, 150_456, "97 %").await;
    assert_eq!(row.device.as_str(), "or-2.SN-4711", "the serial number of its metadata");
    assert!(
        matches!(&row.proof, Proof::Unsealed { form: Form::Sdc, source, .. } if source.as_str() == "or-2")
    );
    provider.says("value pulse 71.50", there, 149_530, "71.5 /min").await;
    provider.says("text note Sinus <rhythm> & more", there, 184_327, "Sinus <rhythm> & more").await;
    // A code of the maker's own: stored, and the account says that it could not be mapped.
    provider.until("value vendor 3", there, |row| readings(row).is_empty()).await;

    // Something nobody was told of: noted, and what comes then is taken.
    until("a gap", async || {
        provider.does("skip").await;
        provider.does("value saturation 88").await;
        let refusals = there.services.store.read(|reader| reader.refusals(Page::default())).await.unwrap();
        refusals
            .iter()
            .any(|refusal| refusal.detail.contains("something between them is missing"))
            .then_some(())
    })
    .await;
    provider.says("value saturation 88", there, 150_456, "88 %").await;
    until("a renewal", async || (provider.does("renewals").await != "0").then_some(())).await;
    provider.says("value saturation 89", there, 150_456, "89 %").await;
    // Another sequence: the MDIB is fetched again.
    provider.does("restart").await;
    provider.says("value saturation 91", there, 150_456, "91 %").await;

    strangers_are_not_heard(&site, &house, pem.path()).await;
    site.running.services.shutdown.cancel();
    site.running.stopped().await;
}

/// What a provider says of its alarms is in the book, and an alarm manager hears of it.
#[tokio::test]
async fn a_providers_alarms_are_raised_acknowledged_and_ended_as_it_says() {
    let mut manager = Manager::start().await;
    let mut provider = Provider::start(Path::new("plain")).await;
    let source = Sdc::plain("or-2".parse().unwrap(), &provider.url, "127.0.0.1:0".parse().unwrap());
    let feed =
        Feed::to("manager", &manager.address, "".into(), FeedKind::Pcd04(Hl7::default())).in_the_clear();
    // One that began before anybody followed.
    provider.does("alert lead-off on").await;
    let site = RunningSite::with(|config| {
        config.sources.sdc.push(source);
        config.feeds.push(feed);
    })
    .await;
    let there = &site.site;
    let lead = provider.raises("value saturation 97", there, &["raised"]).await;
    assert_eq!((lead.kind, lead.priority, lead.code), (AlarmKind::Device, Priority::Low, Some(196_882)));
    assert_eq!((lead.device.as_str(), lead.text.as_str()), ("or-2.SN-4711", "MDC_EVT_LEADS_OFF"));
    let told = manager.hears().await;
    let said = ["phase", "event", "priority", "kind"].map(|key| told[key].as_str().unwrap());
    assert_eq!(said, ["start", "196882", "PL", "ST"]);

    // The device is with somebody from now on. What is low by its limits is not by ours, so that no alarm but its own is raised.
    let patient = there.patient("MRN-1").await;
    let device = "or-2.SN-4711".parse().unwrap();
    there.admin().associate(&device, patient, "12", Micros(0)).await.unwrap();
    provider.says("value saturation 93", there, 150_456, "93 %").await;
    let low = provider.raises("alert low-saturation on", there, &["raised", "raised"]).await;
    assert_eq!((low.priority, low.code, low.patient), (Priority::High, Some(150_456), Some(patient)));
    assert_eq!(low.text, "SpO2 too low: 93 % (limits 95-)");
    let measured = low.measured.clone().unwrap();
    assert_eq!(
        (measured.value.as_str(), measured.unit.as_str(), measured.low, measured.high),
        ("93", "%", Some(95.0), None)
    );
    let told = manager.hears().await;
    let facets = [
        "phase",
        "state",
        "inactivation",
        "priority",
        "kind",
        "event",
        "source",
        "value",
        "limits",
        "patient",
    ];
    let said = facets.map(|key| told[key].as_str().unwrap().to_owned()).join(" ");
    assert_eq!(said, "start active enabled PH SP 196670 150456 93 >95 MRN-1");

    let seen = provider.raises("signal lamp Ack", there, &["raised", "acknowledged"]).await;
    assert_eq!((seen.id, seen.acknowledged_by.as_deref()), (low.id, Some("or-2.SN-4711")));
    assert_eq!(manager.hears().await["inactivation"], json!("alert-acknowledged"));
    // Another value of the same alarm is nothing new; its end is.
    provider.says("value saturation 94", there, 150_456, "94 %").await;
    provider.does("alert low-saturation on").await;
    let over = provider.raises("alert low-saturation off", there, &["acknowledged", "ended"]).await;
    assert_eq!((over.id, over.text.as_str()), (low.id, "SpO2 too low: 93 % (limits 95-)"));
    assert_eq!(manager.hears().await["phase"], json!("end"));
    // The next time is another alarm; one that nobody has seen stays, and is opened again.
    let next = provider.raises("alert low-saturation on", there, &["ended", "raised"]).await;
    assert_ne!(next.id, low.id);
    let latched = provider.raises("alert low-saturation off", there, &["raised", "latched"]).await;
    assert_eq!((latched.id, latched.is_active()), (next.id, true));
    assert_eq!(provider.raises("alert low-saturation on", there, &["latched", "reopened"]).await.id, next.id);

    // What ended while nobody was told is known from the next MDIB on.
    provider.does("signal lamp On").await;
    provider.does("quiet alert lead-off off").await;
    provider.does("restart").await;
    let gone = provider.raises("value saturation 93", there, &["reopened", "latched"]).await;
    assert_eq!((gone.id, gone.cleared.is_some()), (lead.id, true));
    assert!(
        rows(there).await.iter().flat_map(readings).all(|(code, _)| code != 196_670),
        "an alarm is no reading"
    );
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
