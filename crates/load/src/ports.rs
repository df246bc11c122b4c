//! Addresses of this machine for programs that are started, stopped and started again.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use crate::limits;

/// An address of this machine that is free now, and that no connection gets as its own while its listener is away: below those that systems hand
/// out. Whoever asks again and again at one of these whether somebody listens would else at times be connected with itself.
///
/// # Errors
/// When none is free.
pub fn free_address() -> io::Result<SocketAddr> {
    /// How many ports this process has tried; processes beside each other begin at different ones.
    static TRIED: AtomicU32 = AtomicU32::new(0);
    let span = u32::from(limits::PORTS.end - limits::PORTS.start);
    for _ in limits::PORTS {
        let place = std::process::id().wrapping_mul(101).wrapping_add(TRIED.fetch_add(1, Relaxed));
        let port = limits::PORTS.start.saturating_add(u16::try_from(place % span).unwrap_or_default());
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return listener.local_addr();
        }
    }
    Err(io::Error::new(io::ErrorKind::AddrInUse, "no port of this machine is free"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_differ_are_free_and_below_those_that_systems_hand_out() {
        let given = [(); 8].map(|()| free_address().unwrap());
        for (place, address) in given.iter().enumerate() {
            assert!(limits::PORTS.contains(&address.port()), "{address}");
            assert!(!given[..place].contains(address), "{address}");
            assert!(TcpListener::bind(address).is_ok(), "{address}");
        }
    }
}
