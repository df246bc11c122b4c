//! What nmap found, from its XML output (`-oX`; nmap's own DTD, version 1.05 of the format).
//!
//! ```text
//! nmaprun/host/ports/port[@protocol @portid]/state[@state]
//!                                           /service[@name @product @version @tunnel]
//! nmaprun/runstats/finished[@exit], /hosts[@up]
//! ```
//!
//! Only `open` is open. `open|filtered`, which a UDP port without any answer gets, is not seen.

use super::limits;
use crate::ooxml::{Element, Event, XmlError, XmlReader};
use serde::Serialize;
use std::fmt;
use thiserror::Error;

/// Over what a port is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
        })
    }
}

/// Whether a port answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// It answers.
    Open,
    /// It says that nobody is there.
    Closed,
    /// Nothing, or nothing that decides.
    Unclear,
}

/// A port that nmap tells of one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Over what.
    pub transport: Transport,
    /// Its number.
    pub number: u16,
    /// Whether it answers.
    pub reading: Reading,
    /// What nmap takes the service for: name, product, version.
    pub service: String,
}

/// A scan of one host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nmap {
    /// The ports that were told one by one; of the others nmap tells only how many there were.
    pub ports: Vec<Port>,
    /// Whether the scan ran to its end.
    pub is_whole: bool,
    /// Hosts that were scanned.
    pub hosts: u32,
}

/// Why the XML is not nmap's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NmapError {
    /// More than is read.
    #[error("{0} bytes are more than the {limit} that are read", limit = limits::NMAP_XML)]
    TooLarge(usize),
    /// No XML.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// A port without what makes one.
    #[error("port {0} is none: protocol tcp or udp, portid 0 to 65535")]
    Port(String),
    /// More ports than there are.
    #[error("more than {limit} ports", limit = limits::PORTS)]
    TooManyPorts,
    /// Another kind of document.
    #[error("the document is no `nmaprun`")]
    NotNmap,
}

impl Nmap {
    /// Reads the XML.
    ///
    /// # Errors
    /// [`NmapError`], when it is not nmap's.
    pub fn parse(text: &str) -> Result<Self, NmapError> {
        if text.len() > limits::NMAP_XML {
            return Err(NmapError::TooLarge(text.len()));
        }
        // nmap names its document type without declaring anything in it. Any other declaration is refused by the reader.
        let text = text.replacen("<!DOCTYPE nmaprun>", "", 1);
        let mut reader = XmlReader::new(&text);
        let mut scan = Self::default();
        let mut is_nmap = false;
        let mut port: Option<Port> = None;
        loop {
            match reader.next()? {
                Event::Open(element) => match element.name.as_str() {
                    "nmaprun" => is_nmap = true,
                    "port" => port = Some(begun(&element)?),
                    "state" => {
                        if let Some(port) = &mut port {
                            port.reading = reading(&element);
                        }
                    }
                    "service" => {
                        if let Some(port) = &mut port {
                            port.service = service(&element);
                        }
                    }
                    "finished" => scan.is_whole = element.attribute("exit") == Some("success"),
                    "hosts" => {
                        let up = element.attribute("up").and_then(|count| count.parse().ok());
                        scan.hosts = up.unwrap_or_default();
                    }
                    _ => {}
                },
                Event::Close(name) if name == "port" => {
                    scan.ports.extend(port.take());
                    if scan.ports.len() > limits::PORTS {
                        return Err(NmapError::TooManyPorts);
                    }
                }
                Event::Close(_) | Event::Text(_) => {}
                Event::End if is_nmap => return Ok(scan),
                Event::End => return Err(NmapError::NotNmap),
            }
        }
    }

    /// What was read of a port; closed where a whole scan of all ports does not tell of it.
    #[must_use]
    pub fn port(&self, transport: Transport, number: u16) -> Option<&Port> {
        self.ports.iter().find(|port| port.transport == transport && port.number == number)
    }

    /// The open ports.
    pub fn open(&self) -> impl Iterator<Item = &Port> {
        self.ports.iter().filter(|port| port.reading == Reading::Open)
    }
}

fn begun(element: &Element) -> Result<Port, NmapError> {
    let transport = match element.attribute("protocol") {
        Some("tcp") => Some(Transport::Tcp),
        Some("udp") => Some(Transport::Udp),
        _ => None,
    };
    let number = element.attribute("portid").and_then(|number| number.parse().ok());
    let (Some(transport), Some(number)) = (transport, number) else {
        let shown = element.attribute("portid").unwrap_or_default();
        return Err(NmapError::Port(shown.chars().take(20).collect()));
    };
    Ok(Port { transport, number, reading: Reading::Unclear, service: String::new() })
}

fn reading(element: &Element) -> Reading {
    match element.attribute("state") {
        Some("open") => Reading::Open,
        Some("closed") => Reading::Closed,
        _ => Reading::Unclear,
    }
}

fn service(element: &Element) -> String {
    let tunnel = element.attribute("tunnel").map(|tunnel| format!("over {tunnel}"));
    let words = ["name", "product", "version"].map(|key| element.attribute(key).map(str::to_owned));
    let words: Vec<String> = words.into_iter().chain([tunnel]).flatten().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Nmap, NmapError, Reading, Transport};

    /// As nmap 7.93 writes it, shortened.
    const SCAN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="file:///usr/bin/../share/nmap/nmap.xsl" type="text/xsl"?>
<!-- Nmap 7.93 scan initiated as: nmap -Pn -n -p- -oX - 192.0.2.7 -->
<nmaprun scanner="nmap" version="7.93" xmloutputversion="1.05">
<host><status state="up" reason="user-set" reason_ttl="0"/><address addr="192.0.2.7" addrtype="ipv4"/>
<ports><extraports state="closed" count="65532"/>
<port protocol="tcp" portid="443"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="http" product="nginx" version="1.22" tunnel="ssl" method="probed" conf="10"><cpe>cpe:/a:x</cpe></service></port>
<port protocol="tcp" portid="22"><state state="closed" reason="reset" reason_ttl="64"/></port>
<port protocol="udp" portid="5353"><state state="open|filtered" reason="no-response" reason_ttl="0"/></port>
</ports></host>
<runstats><finished time="1" exit="success"/><hosts up="1" down="0" total="1"/></runstats>
</nmaprun>"#;

    #[test]
    fn only_what_answers_is_open() {
        let scan = Nmap::parse(SCAN).unwrap();
        assert!(scan.is_whole);
        assert_eq!(scan.hosts, 1);
        let open: Vec<_> = scan.open().map(|port| (port.number, port.service.as_str())).collect();
        assert_eq!(open, [(443, "http nginx 1.22 over ssl")]);
        assert_eq!(scan.port(Transport::Tcp, 22).unwrap().reading, Reading::Closed);
        assert_eq!(scan.port(Transport::Udp, 5353).unwrap().reading, Reading::Unclear);
    }

    #[test]
    fn a_scan_that_broke_off_is_not_whole_and_other_documents_are_none() {
        let broken = SCAN.replace("exit=\"success\"", "exit=\"error\"");
        assert!(!Nmap::parse(&broken).unwrap().is_whole);
        assert!(matches!(Nmap::parse(&SCAN[..SCAN.len() - 12]), Err(NmapError::Xml(_))));
        assert_eq!(Nmap::parse("<html></html>"), Err(NmapError::NotNmap));
        let entity = SCAN.replace("<!DOCTYPE nmaprun>", "<!DOCTYPE nmaprun [<!ENTITY a \"b\">]>");
        assert!(matches!(Nmap::parse(&entity), Err(NmapError::Xml(_))));
        let port = SCAN.replace("portid=\"443\"", "portid=\"65536\"");
        assert_eq!(Nmap::parse(&port), Err(NmapError::Port("65536".into())));
    }
}
