//! What the gateway logs and counts tells nothing of a patient: names, numbers, birth dates, measurements and secrets that can be recognised are sent by
//! every way, well formed and not, and neither log nor metrics may hold any of them.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clinical::ack::Code;
use gateway::config::{Feed, FeedKind, Fhir};
use gateway::http::session::Role;
use seal::{Code as Mdc, Flags, Reading};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::browser::Browser;
use crate::fixture::{RunningSite, now, value};
use crate::hl7_feed::{plain, receiver};
use crate::intake_client::with_sources;
use crate::mllp::{PCD01, exchange, frame, said, source};
use crate::mqtt_client::{Raw, connect, publish};

/// None of them occurs by chance: a name, a number, a birth date, a measurement, a secret.
const NEEDLES: [&str; 5] = ["Zyxwonka", "7316991", "19430217", "173.25731", "QuuxSecret"];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A FHIR server that can do nothing at the moment and says so at length.
async fn talkative_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let body = "{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"error\",\"code\":\"lock-error\",\"diagnostics\":\"Zyxwonka (7316991) is locked\"}]}";
    let reply = format!(
        "HTTP/1.1 503 Zyxwonka is locked\r\ncontent-type: application/fhir+json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 65536];
            while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {
                if stream.write_all(reply.as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    });
    format!("http://{address}/r4")
}

fn messages() -> Vec<String> {
    let person = "PID|||MRN7316991^^^Hospital^MR||Zyxwonka^Quibbert^^^^^L||19430217|F";
    let measured = PCD01.replace("PID|||MRN100234^^^Hospital^MR||Doe^Jane^^^^^L||19600101|F", person);
    let measured = measured.replace("|1.3.1.1|97|", "|1.3.1.1|173.25731|");
    assert!(measured.contains(person) && measured.contains("173.25731"));
    let message = |kind: &str, control: u32, rest: &str| {
        format!("MSH|^~\\&|ADT|HOSP|GW|HOSP|20260101||{kind}|{control}|P|2.6\r{rest}\r")
    };
    let merge = format!("EVN||20260101\r{person}\rMRG|MRN17316991^^^Hospital^MR||||||Zyxwonka^Old");
    vec![
        measured.clone(),
        format!("{measured}NTE|1||Zyxwonka fell\rZZZ|Zyxwonka|7316991\r"),
        measured.replace("|NM|150456", "|Zyxwonka|150456"),
        measured.replace("173.25731", "173.25731 Zyxwonka"),
        measured.replace("20191206113452", "19430217Zyxwonka"),
        message("ADT^A01^ADT_A01", 1, &format!("EVN||20260101\r{person}\rPV1||I|ICU^1^7316991")),
        message("ADT^A08^ADT_A01", 2, &format!("EVN||19430217x\r{person}\rPV1||Zyxwonka")),
        message("ADT^A40^ADT_A39", 3, &merge),
        message("QRY^A19", 4, "QRD|20260101|R|I|Q1|||1^RD|MRN7316991^Zyxwonka|DEM|||"),
        message("SIU^S12", 5, person),
        message("Zyxwonka^7316991", 6, person),
        "MSH|^~\\&|Zyxwonka|7316991".to_owned(),
        "Zyxwonka 7316991 19430217".to_owned(),
        format!("MSH|^~\\&|A|B|C|D|Zyxwonka||ORU^R01|7316991|P|2.6||||||Zyxwonka\r{person}\r"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_log_nor_metrics_tell_of_a_patient() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new("info,gateway=trace"))
        .with_writer(log.clone())
        .init();
    let (record, _) = receiver(|_| Some(Code::ApplicationError)).await;
    let server = talkative_server().await;
    let site = RunningSite::with(|config| {
        with_sources(config);
        config.clock.behind_seconds = 100 * 365 * 24 * 3600;
        config.sources.mllp.push(source(|source| source.queries = true));
        config.feeds.push(plain(record));
        let fhir = Fhir {
            patient_system: "urn:mrn".into(),
            create_patients: true,
            waveforms: false,
            authorization: None,
        };
        config.feeds.push(Feed::to("fhir", &server, "x".into(), FeedKind::Fhir(fhir)).in_the_clear());
    })
    .await;
    let patient = site.site.patient("MRN7316991").await;
    let mut device = site.site.device("monitor-1").await;
    site.site.admin().associate(&device.id, patient, "1", seal::Micros(0)).await.unwrap();

    bedside(&site).await;
    sealed(&site, &mut device).await;
    people(&site).await;

    // Until both feeds have spoken.
    for _ in 0..200 {
        if text(&log).contains("feed interrupted") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let address = gateway::http::start("127.0.0.1:0".parse().unwrap(), &site.site.services).await.unwrap();
    let mut browser = Browser::new(address, site.site.maker.ca.der());
    let link = site.site.services.issue_link("https://localhost", "ada", Role::Operator).await.unwrap();
    browser.sign_in(link.expose_secret()).await;
    let metrics = String::from_utf8(browser.get("/api/metrics").await.body.to_vec()).unwrap();
    site.running.services.shutdown.cancel();
    site.running.stopped().await;

    let log = text(&log);
    for words in ["feed interrupted", "a device connected", "a connection was refused"] {
        assert!(log.contains(words), "{words} is not in the log:\n{log}");
    }
    assert!(metrics.contains("medseal_source_refused_total"), "{metrics}");
    for line in log.lines().chain(metrics.lines()) {
        let told = NEEDLES.iter().find(|needle| line.contains(**needle));
        assert!(told.is_none(), "{told:?}: {line}");
    }
    for line in log.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}

fn text(log: &Log) -> String {
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

async fn bedside(site: &RunningSite) {
    for message in messages() {
        exchange(site, &frame(message.as_bytes())).await;
    }
    let address = site.running.addresses.mllp[0];
    for bytes in [&b"Zyxwonka 7316991 without a frame\r"[..], b"\x0bMSH|^~\\&|Zyxwonka\x1c7316991"] {
        said(TcpStream::connect(address).await.unwrap(), bytes).await;
    }
}

async fn sealed(site: &RunningSite, device: &mut crate::fixture::TestDevice) {
    let time = now();
    let told =
        Reading::Text { code: Mdc(150456), dt_us: 0, text: "Zyxwonka 7316991".into(), flags: Flags::NONE };
    let mut batch = device.batch(time, 1);
    batch.readings.extend([value(149530, "{beats}/min", "173.25731"), told]);
    let bytes = device.seal(&batch);
    let mut raw = Raw::connected(site.running.addresses.mqtt, &site.site.maker, device, 5).await;
    raw.send(&publish(5, 1, "medseal/v1/monitor-1/batch", 1, &bytes)).await;
    raw.receive().await.unwrap();
    raw.send(&publish(5, 1, "medseal/v1/monitor-1/batch", 2, b"Zyxwonka 173.25731")).await;
    raw.receive().await.unwrap();
    raw.try_send(&publish(5, 1, "medseal/v1/Zyxwonka/7316991", 3, b"Zyxwonka")).await;
    raw.closed().await;
    for hello in [connect(5, "Zyxwonka"), connect(9, "Zyxwonka"), b"\x10\x08Zyxwonka".to_vec()] {
        let mut raw = Raw::tls(site.running.addresses.mqtt, &site.site.maker, device).await.unwrap();
        raw.try_send(&hello).await;
        raw.closed().await;
    }
    let bearer = ("authorization", "Bearer QuuxSecret");
    for (path, kind, body) in [
        ("/v1/batches", "application/json", &b"{\"batches\":[\"Zyxwonka 7316991\"]}"[..]),
        ("/v1/batches?name=Zyxwonka", "application/cbor", &bytes),
        ("/v1/Zyxwonka/7316991", "text/plain", b"173.25731"),
        ("/token", "application/x-www-form-urlencoded", b"assertion=QuuxSecret&scope=Zyxwonka&grant_type=QuuxSecret"),
        (
            "/token",
            "application/x-www-form-urlencoded",
            b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=QuuxSecret.Zyxwonka.7316991",
        ),
    ] {
        site.post(Some(device), path, &[bearer, ("content-type", kind)], body).await;
        site.post(None, path, &[bearer, ("content-type", kind)], body).await;
    }
    let token = site.token(device, "batches.write").await;
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/cbor")];
    site.post(Some(device), "/v1/batches", &headers, b"Zyxwonka 173.25731").await;
}

async fn people(site: &RunningSite) {
    let address = gateway::http::start("127.0.0.1:0".parse().unwrap(), &site.site.services).await.unwrap();
    let mut browser = Browser::new(address, site.site.maker.ca.der());
    browser.get("/sign-in?token=QuuxSecret").await;
    let link = site.site.services.issue_link("https://localhost", "ada", Role::Clinician).await.unwrap();
    browser.sign_in(link.expose_secret()).await;
    for path in [
        "/api/patients?name=Zyxwonka",
        "/api/people?q=Zyxwonka",
        "/api/patients/7316991",
        "/api/patients/Zyxwonka/trends",
        "/fhir/Patient?identifier=MRN7316991&birthdate=19430217",
        "/fhir/Patient?family=Zyxwonka&nonsense=7316991",
        "/fhir/Observation?patient=Zyxwonka&value-quantity=173.25731",
        "/Zyxwonka/7316991",
    ] {
        browser.get(path).await;
    }
}
