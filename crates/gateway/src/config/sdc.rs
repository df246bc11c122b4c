//! `[[sources.sdc]]`: a provider of IEEE 11073 SDC whose reports are followed.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::Tls;
use crate::connect::Trust;
use crate::record::SourceName;

/// A provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sdc {
    /// Its name: what vouches for what it delivers, in the record, in audit and on the dashboard.
    pub name: SourceName,
    /// The transport address of the device, as WS-Discovery would tell it: `https://HOST:PORT/PATH`, or `http://` with `plain`.
    pub url: String,
    /// The CA (PEM) of the certificates of devices: of the server's, and of those with which it delivers reports.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// Speak without TLS, on purpose.
    #[serde(default)]
    pub plain: bool,
    /// The name in the device's certificate; without it, the host of the address.
    #[serde(default)]
    pub server_name: Option<String>,
    /// The certificate and key that the gateway shows, to the device and to whoever delivers reports.
    #[serde(default)]
    pub client: Option<Tls>,
    /// Where reports are received; port 0 takes any free one.
    pub listen: SocketAddr,
    /// How the device reaches that: `HOST:PORT`. Without it, the address that is listened on.
    #[serde(default)]
    pub notify: Option<String>,
    /// The device, where its metadata do not say which it is.
    #[serde(default)]
    pub device: Option<String>,
}

impl Sdc {
    /// A provider without TLS, on the same machine.
    pub fn plain(name: SourceName, url: &str, listen: SocketAddr) -> Self {
        Self {
            name,
            url: url.into(),
            ca: None,
            plain: true,
            server_name: None,
            client: None,
            listen,
            notify: None,
            device: None,
        }
    }

    /// How the device is known to be the right one.
    pub fn trust(&self) -> Trust<'_> {
        Trust {
            ca: self.ca.as_deref(),
            plain: self.plain,
            server_name: self.server_name.as_deref(),
            client: self.client.as_ref(),
        }
    }
}
