//! Where load goes. A [`Target`] can be made only by a check of where it leads, so that no slip of the pen loads another's system.

use std::net::{SocketAddr, ToSocketAddrs as _};

use rustls::pki_types::ServerName;

/// Whether load may leave this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Loopback addresses only.
    #[default]
    ThisMachine,
    /// Any address: whoever starts the load runs the site it goes to.
    OwnSite,
}

/// Why load does not go there.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Not a host and port, or the name means nothing here.
    #[error("{text:?} is not HOST:PORT: {why}")]
    Address {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// It is another machine, and nobody said that it is theirs.
    #[error("{0} is not this machine: load goes there only when you say that you run that site")]
    Elsewhere(SocketAddr),
}

/// An address that may be loaded, and the name that its certificate must bear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    address: SocketAddr,
    name: ServerName<'static>,
}

impl Target {
    /// Looks up `HOST:PORT` and checks that load may go there. The address found is the one connected to later.
    ///
    /// # Errors
    /// [`TargetError`].
    pub fn find(text: &str, reach: Reach) -> Result<Self, TargetError> {
        let wrong = |why: String| TargetError::Address { text: text.to_owned(), why };
        let host = text.rsplit_once(':').map(|(host, _)| host.trim_matches(['[', ']']));
        let host = host.filter(|host| !host.is_empty()).ok_or_else(|| wrong("no port".into()))?;
        let name = ServerName::try_from(host.to_owned()).map_err(|error| wrong(error.to_string()))?;
        let found = text.to_socket_addrs().map_err(|error| wrong(error.to_string()))?;
        let address = found.min_by_key(SocketAddr::is_ipv6).ok_or_else(|| wrong("no address".into()))?;
        Self::at(address, name, reach)
    }

    /// The same for an address whose certificate bears the name `localhost`.
    ///
    /// # Errors
    /// [`TargetError::Elsewhere`].
    pub fn local(address: SocketAddr) -> Result<Self, TargetError> {
        let name = ServerName::try_from("localhost")
            .map_err(|error| TargetError::Address { text: "localhost".into(), why: error.to_string() })?;
        Self::at(address, name, Reach::ThisMachine)
    }

    /// Another address, `HOST:PORT`, that may be loaded where this one may: on this machine when this one is, else anywhere.
    pub(crate) fn beside(&self, text: &str) -> Result<Self, TargetError> {
        let is_here = self.address.ip().to_canonical().is_loopback();
        Self::find(text, if is_here { Reach::ThisMachine } else { Reach::OwnSite })
    }

    fn at(address: SocketAddr, name: ServerName<'static>, reach: Reach) -> Result<Self, TargetError> {
        match reach {
            Reach::ThisMachine if !address.ip().to_canonical().is_loopback() => {
                Err(TargetError::Elsewhere(address))
            }
            Reach::ThisMachine | Reach::OwnSite => Ok(Self { address, name }),
        }
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The name in its certificate.
    #[must_use]
    pub fn name(&self) -> &ServerName<'static> {
        &self.name
    }
}

impl std::fmt::Display for Target {
    /// The name in its certificate, or the address when that has none, and the port.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.name {
            ServerName::DnsName(name) => write!(f, "{}:{}", name.as_ref(), self.address.port()),
            _ => self.address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn load_stays_on_this_machine_unless_the_site_is_ones_own() {
        for here in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1", "[::ffff:127.0.0.1]:1"] {
            assert!(Target::find(here, Reach::ThisMachine).is_ok(), "{here}");
        }
        for there in
            ["192.0.2.1:1", "10.0.0.1:1", "0.0.0.0:1", "[::]:1", "[2001:db8::1]:1", "[::ffff:192.0.2.1]:1"]
        {
            let refused = Target::find(there, Reach::ThisMachine);
            assert!(matches!(refused, Err(TargetError::Elsewhere(_))), "{there}: {refused:?}");
            assert!(Target::find(there, Reach::OwnSite).is_ok(), "{there}");
        }
        for wrong in ["", "127.0.0.1", ":1", "127.0.0.1:", "127.0.0.1:99999", "a b:1"] {
            let refused = Target::find(wrong, Reach::OwnSite);
            assert!(matches!(refused, Err(TargetError::Address { .. })), "{wrong}: {refused:?}");
        }
    }
}
