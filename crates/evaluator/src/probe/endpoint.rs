//! Where the declaration says that the product can be reached.

use super::contract::ProbeError;
use super::nmap::Transport;
use crate::product::{Evaluation, RowId};

/// An endpoint that a test can reach.
#[derive(Clone, Debug)]
pub(super) struct Reachable<'e> {
    /// The row that declares it.
    pub(super) row: &'e str,
    /// Its address, with a scheme.
    pub(super) address: &'e str,
    /// The row of table 11 that declares how it communicates.
    pub(super) mechanism: Option<&'e str>,
    /// The status that somebody without credentials gets.
    pub(super) status: Option<u32>,
}

impl Reachable<'_> {
    /// Its row's ID.
    pub(super) fn id(&self) -> Option<RowId> {
        RowId::parse(self.row)
    }

    /// Host and port.
    pub(super) fn place(&self) -> Option<Place> {
        Place::of(self.address)
    }

    /// Whether it is asked over HTTP.
    pub(super) fn is_http(&self) -> bool {
        self.address.starts_with("http://") || self.address.starts_with("https://")
    }

    /// Whether TLS comes first.
    pub(super) fn is_tls(&self) -> bool {
        ["https://", "tls://", "mqtts://", "wss://"].iter().any(|scheme| self.address.starts_with(scheme))
    }
}

/// All endpoints with an address.
pub(super) fn endpoints(evaluation: &Evaluation) -> Vec<Reachable<'_>> {
    let endpoints = evaluation.dut.endpoints.iter();
    endpoints
        .filter_map(|endpoint| {
            Some(Reachable {
                row: endpoint.row.as_ref().map_or("", |row| row.value.as_str()),
                address: endpoint.address.as_ref()?.value.as_str(),
                mechanism: endpoint.mechanism.as_ref().map(|row| row.value.as_str()),
                status: endpoint.anonymous_status.as_ref().map(|status| status.value),
            })
        })
        .collect()
}

/// Those that are asked over HTTP, of which there must be one.
pub(super) fn http_endpoints(evaluation: &Evaluation) -> Result<Vec<Reachable<'_>>, ProbeError> {
    let mut asked = endpoints(evaluation);
    asked.retain(Reachable::is_http);
    if asked.is_empty() {
        return Err(ProbeError::NotDeclared("dut.toml names no endpoint with HTTP"));
    }
    Ok(asked)
}

/// A port of a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Name or address; an IPv6 address without brackets.
    pub(super) host: String,
    /// The port.
    pub(super) port: u16,
    /// Over what.
    pub(super) transport: Transport,
}

impl Place {
    /// Of an address such as `https://192.0.2.7/` or `tls://[2001:db8::1]:8443`.
    pub(super) fn of(address: &str) -> Option<Self> {
        let (scheme, rest) = address.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (authority, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        // A host that begins with a dash would be an option to the programs it is given to.
        let is_host = host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == ':')
            && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:%".contains(c));
        if !is_host {
            return None;
        }
        let (usual, transport) = match scheme {
            "http" | "ws" => (Some(80), Transport::Tcp),
            "https" | "wss" => (Some(443), Transport::Tcp),
            "mqtts" => (Some(8883), Transport::Tcp),
            "mqtt" => (Some(1883), Transport::Tcp),
            "ssh" => (Some(22), Transport::Tcp),
            "tls" => (Some(443), Transport::Tcp),
            "tcp" | "mllp" => (None, Transport::Tcp),
            "coap" => (Some(5683), Transport::Udp),
            "coaps" => (Some(5684), Transport::Udp),
            "udp" => (None, Transport::Udp),
            _ => return None,
        };
        Some(Self { host: host.to_owned(), port: port.or(usual)?, transport })
    }

    /// As programs take it: an IPv6 address in brackets.
    pub(super) fn with_port(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn addresses_give_host_and_port() {
        for (address, expected) in [
            ("https://192.0.2.7/a/b", Some("192.0.2.7:443")),
            ("tls://192.0.2.7:8443", Some("192.0.2.7:8443")),
            ("mqtts://[2001:db8::1]:8883", Some("[2001:db8::1]:8883")),
            ("https://[2001:db8::1]/", Some("[2001:db8::1]:443")),
            ("http://localhost?x", Some("localhost:80")),
            ("coap://sensor.local", Some("sensor.local:5683")),
            ("tcp://192.0.2.7", None),
            ("tcp://192.0.2.7:99999", None),
            ("https://-oX/", None),
            ("https://a b/", None),
            ("gopher://x", None),
            ("no address", None),
        ] {
            assert_eq!(Place::of(address).map(|place| place.with_port()).as_deref(), expected, "{address}");
        }
    }
}
