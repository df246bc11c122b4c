//! A provider of SDC that has turned against its consumer, and strangers at the address where reports are delivered. The provider is one of bytes: it answers as a
//! captured one did (`testdata/adapters/sdc.xml`), or with what an attack puts in an answer's place.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use gateway::config::Sdc;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::devices::{came_of, now, sealed};
use super::{Line, compare};
use crate::adapters::{site, until};

const CAPTURE: &str = include_str!("../../../../../testdata/adapters/sdc.xml");
/// The captured provider's address, which stands in its metadata.
const CAPTURED: &str = "127.0.0.1:37973";
const GRANTED: &str = "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:w=\"http://schemas.xmlsoap.org/ws/2004/08/eventing\"><e:Body>\
    <w:KINDResponse><w:Expires>PT600S</w:Expires></w:KINDResponse></e:Body></e:Envelope>";

fn document(index: usize) -> String {
    let begins: Vec<usize> = CAPTURE.match_indices("<?xml").map(|(at, _)| at).collect();
    let end = begins.get(index + 1).copied().unwrap_or(CAPTURE.len());
    CAPTURE[begins[index]..end].to_owned()
}

/// A report of one saturation: a version, a handle, milliseconds since 1970, and the value.
fn report(version: u32, handle: &str, at: &str, value: &str) -> String {
    document(2)
        .replace("MdibVersion=\"1\"", &format!("MdibVersion=\"{version}\""))
        .replace("DescriptorHandle=\"saturation\"", &format!("DescriptorHandle=\"{handle}\""))
        .replace("1795345352816", at)
        .replace("Value=\"97\"", &format!("Value=\"{value}\""))
}

/// The head and the body of a request or an answer.
async fn message(stream: &mut (impl AsyncRead + Unpin)) -> Option<(String, Vec<u8>)> {
    let (mut bytes, mut portion) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length =
                head.split("content-length: ").nth(1)?.split("\r\n").next()?.parse::<usize>().ok()?;
            if bytes.len() >= end + 4 + length {
                return Some((head, bytes[end + 4..end + 4 + length].to_vec()));
            }
        }
        match stream.read(&mut portion).await {
            Ok(count @ 1..) => bytes.extend_from_slice(&portion[..count]),
            Ok(0) | Err(_) => return None,
        }
    }
}

/// What the provider is to answer once in the place of the truth: to requests whose action ends so.
type Lie = Arc<Mutex<Option<(&'static str, String)>>>;

struct Provider {
    address: SocketAddr,
    lie: Lie,
    /// Where reports are to be delivered, and how many subscriptions there have been.
    subscribed: watch::Receiver<(String, usize)>,
}

impl Provider {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, lie) = (listener.local_addr().unwrap(), Lie::default());
        let (told, subscribed) = watch::channel((String::new(), 0));
        let (told, lies) = (Arc::new(told), lie.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, address, lies.clone(), told.clone()));
            }
        });
        Self { address, lie, subscribed }
    }

    fn notify(&self) -> String {
        self.subscribed.borrow().0.clone()
    }
}

async fn answer(
    mut stream: TcpStream,
    address: SocketAddr,
    lie: Lie,
    told: Arc<watch::Sender<(String, usize)>>,
) {
    let Some((head, body)) = message(&mut stream).await else { return };
    let asked = head.split("action=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let said = lie.lock().unwrap().take_if(|(action, _)| asked.ends_with(*action));
    let truth = || match asked.rsplit('/').next() {
        Some("get") => document(0).replace(CAPTURED, &address.to_string()),
        Some("getmdib") => document(1),
        Some("subscribe") => {
            let body = String::from_utf8_lossy(&body);
            let notify =
                body.split("Address>").find(|part| part.starts_with("http://127.0.0.1:")).unwrap_or_default();
            let path = notify.split('/').nth(3).unwrap_or_default();
            let path = path.split('<').next().unwrap_or_default().to_owned();
            told.send_modify(|(last, count)| (*last, *count) = (format!("/{path}"), *count + 1));
            GRANTED.replace("KIND", "Subscribe")
        }
        _ => GRANTED.replace("KIND", "Renew"),
    };
    let body = said.map_or_else(truth, |(_, lie)| lie);
    let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    let _gone = stream.write_all(head.as_bytes()).await;
    let _gone = stream.write_all(body.as_bytes()).await;
}

/// Posts something to where reports are delivered; the status.
async fn delivered(at: SocketAddr, path: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        bytes.len()
    );
    let sending = async {
        let _cut = writer.write_all(head.as_bytes()).await;
        let _cut = writer.write_all(bytes).await;
    };
    let mut heard = Vec::new();
    let (_cut, ()) = tokio::join!(reader.read_to_end(&mut heard), sending);
    String::from_utf8_lossy(heard.get(9..12).unwrap_or(b"closed")).into_owned()
}

const AT: &str = "1795345352816";

/// What is delivered at the right address. The first is of version 1 as what was stored before it.
fn reports(sealed: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let before_root =
        |declared: &str| report(2, "saturation", AT, "97").replacen('\n', &format!("\n{declared}\n"), 1);
    let inside = |what: String| {
        report(2, "saturation", AT, "97").replacen("<msg:ReportPart>", &format!("<msg:ReportPart>{what}"), 1)
    };
    let bomb = "<!DOCTYPE b [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
    let texts = [
        ("the same report again", report(1, "saturation", AT, "97")),
        ("an entity bomb", before_root(bomb)),
        ("an entity that is a file", before_root("<!DOCTYPE b SYSTEM \"file:///etc/passwd\">")),
        ("elements in one another", inside(format!("{}{}", "<x>".repeat(50_000), "</x>".repeat(50_000)))),
        ("more elements than any report", inside("<x/>".repeat(adapters::limits::XML_ELEMENTS))),
        ("cut off", report(2, "saturation", AT, "97")[..900].to_owned()),
        ("no XML", "MSH|^~\\&|".to_owned()),
        ("a message of nobody", document(0).replace("Metadata", "Metacrisis")),
        ("a fault", "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Body><e:Fault/></e:Body></e:Envelope>".to_owned()),
        ("another sequence", report(2, "saturation", AT, "97").replace("SequenceId=\"urn:uuid:0", "SequenceId=\"urn:uuid:1")),
        ("a version that is no number", report(2, "saturation", AT, "97").replace("MdibVersion=\"2\"", "MdibVersion=\"-1\"")),
        ("a skipped version", report(9, "saturation", AT, "96")),
        ("a version behind the last one", report(3, "saturation", AT, "95")),
        ("a state of nothing", report(10, "nobody", AT, "97")),
        ("a value that is no number", report(11, "saturation", AT, "1e999999999")),
        ("a clock beyond all time", report(12, "saturation", "99999999999999999999", "97")),
        ("a clock three thousand years ahead", report(13, "saturation", "99999999999999", "97")),
    ];
    let bytes = [
        ("a sealed batch", sealed.to_vec()),
        ("no UTF-8", report(2, "saturation", AT, "97").into_bytes().into_iter().chain([0xFF]).collect()),
    ];
    texts.into_iter().map(|(attack, text)| (attack, text.into_bytes())).chain(bytes).collect()
}

/// The provider's own metadata, with the serial number of another.
fn named(provider: &Provider, serial: &str) -> String {
    document(0).replace(CAPTURED, &provider.address.to_string()).replace("SN-4711", serial)
}

/// Answers with which a conversation cannot begin. Each makes the pause before the next try longer, so they are few.
fn lies() -> Vec<(&'static str, &'static str, String)> {
    let descriptors = "<dom:AlertSignal Handle=\"x\"/>".repeat(adapters::limits::DESCRIPTORS + 1);
    let many = document(1).replacen("<dom:AlertSignal", &format!("{descriptors}<dom:AlertSignal"), 1);
    let bomb = document(1).replacen('\n', "\n<!DOCTYPE a [<!ENTITY a \"aaaa\">]>\n", 1);
    vec![
        ("an entity bomb for an MDIB", "getmdib", bomb),
        ("more descriptors than any device", "getmdib", many),
        ("services elsewhere", "get", document(0).replace(CAPTURED, "localhost:9")),
    ]
}

#[tokio::test]
async fn on_sdc() {
    let provider = Provider::start().await;
    let url = format!("http://{}/device", provider.address);
    let site = site(|config, _| {
        let (name, listen) = ("or-2".parse().unwrap(), "127.0.0.1:0".parse().unwrap());
        config.sources.sdc.push(Sdc::plain(name, &url, listen));
    })
    .await;
    let at = site.running.addresses.streams[0];
    let followed = async |times: usize| {
        until("a subscription", async || (provider.subscribed.borrow().1 >= times).then_some(())).await;
    };
    // A report may come before the MDIB was read: it is answered when it has been.
    let good = async |version, value: &str| {
        let report = report(version, "saturation", AT, value);
        let taken =
            async || (delivered(at, &provider.notify(), report.as_bytes()).await == "202").then_some(());
        until("a good report", taken).await;
    };
    followed(1).await;
    good(1, "97").await;
    let mut lines = Vec::new();
    for (attack, bytes) in reports(&sealed(&site).await) {
        let before = now(&site).await;
        let answer = delivered(at, &provider.notify(), &bytes).await;
        lines.push(Line { attack, answer, noted: came_of(&site, &before).await });
    }
    let before = now(&site).await;
    let long = vec![b' '; adapters::limits::XML + 1];
    for (attack, path, bytes) in [
        ("a report longer than any", provider.notify(), &long[..]),
        ("an address of nobody", "/0000".to_owned(), report(15, "saturation", AT, "1").as_bytes()),
        ("the address of another time", format!("{}0", provider.notify()), b"<a/>"),
    ] {
        let answer = delivered(at, &path, bytes).await;
        lines.push(Line { attack, answer, noted: "nothing".into() });
    }
    assert_eq!(now(&site).await.0, before.0, "what is noted as nothing");
    let mut times = provider.subscribed.borrow().1;
    for (attack, asked, lie) in lies() {
        let before = now(&site).await;
        *provider.lie.lock().unwrap() = Some((asked, lie));
        assert_eq!(
            delivered(at, &provider.notify(), document(9).as_bytes()).await,
            "202",
            "the end of a subscription"
        );
        times += usize::from(asked == "getmdib") + 1;
        followed(times).await;
        assert!(provider.lie.lock().unwrap().is_none(), "{attack}");
        lines.push(Line { attack, answer: "asked anew".into(), noted: came_of(&site, &before).await });
    }
    let before = now(&site).await;
    // Another device in the place of the first: what it measures is not the first one's, whatever it is called.
    *provider.lie.lock().unwrap() = Some(("get", named(&provider, "monitor-1")));
    assert_eq!(
        delivered(at, &provider.notify(), document(9).as_bytes()).await,
        "202",
        "the end of a subscription"
    );
    followed(times + 1).await;
    good(16, "93").await;
    let (attack, answer) = ("a sealed device's name in the metadata", "asked anew".to_owned());
    lines.push(Line { attack, answer, noted: came_of(&site, &before).await });
    compare("sdc", &lines);
}
