//! The event of a peer that is turned away or cut off, and what keeps a flood of them from filling disk and log.

use std::collections::HashMap;
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use seal::DeviceId;

use crate::audit::{Action, Entry};
use crate::limits;
use crate::roster::Post;
use crate::start::Services;

/// A peer was turned away or cut off.
pub(crate) struct Refused<'a> {
    /// Where it came to.
    pub(crate) post: &'a Post,
    /// Who.
    pub(crate) peer: SocketAddr,
    /// The device whose certificate it showed, if any.
    pub(crate) device: Option<&'a DeviceId>,
    /// Why.
    pub(crate) fault: &'a (dyn Display + Sync),
}

impl Refused<'_> {
    /// Logs, counts and audits it.
    pub(crate) async fn emit(self, services: &Services) {
        let Self { post, peer, device, fault } = self;
        let source = post.kind.as_str();
        post.turned_away(peer, device, fault.to_string());
        services.metrics.connections_refused.fetch_add(1, Relaxed);
        let Some(unwritten) = services.flood.admit(peer.ip()) else { return };
        let device = device.map(DeviceId::as_str).unwrap_or_default();
        tracing::warn!(source, %peer, device, %fault, unwritten, "a connection was refused");
        let actor =
            if device.is_empty() { format!("address:{}", peer.ip()) } else { format!("device:{device}") };
        let more = if unwritten == 0 { String::new() } else { format!("; {unwritten} more before") };
        let entry = Entry::refused(actor, Action::Connect, source);
        audit(services, entry.with_detail(format!("{fault} (from {peer}){more}"))).await;
    }
}

/// Writes an audit row; one that cannot be written is logged, since what it tells of has happened.
pub(crate) async fn audit(services: &Services, entry: Entry) {
    if let Err(error) = services.store.write(|writer| writer.audit(entry)).await {
        tracing::error!(%error, "an audit row could not be written");
    }
}

/// So many refusals a minute from one address are written singly, over all listeners; the others are counted in the next
/// row that is.
#[derive(Debug, Default)]
pub(crate) struct Flood(Mutex<HashMap<IpAddr, Window>>);

#[derive(Debug)]
struct Window {
    since: Instant,
    written: u32,
    unwritten: u64,
}

impl Flood {
    /// `None` when this refusal is not to be written; otherwise how many were not since the last that was.
    fn admit(&self, address: IpAddr) -> Option<u64> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let fresh = |window: &Window| now.duration_since(window.since) < limits::FLOOD_WINDOW;
        if windows.len() >= limits::FLOOD_ADDRESSES {
            windows.retain(|_, window| fresh(window));
        }
        let window = windows.entry(address).or_insert(Window { since: now, written: 0, unwritten: 0 });
        if !fresh(window) {
            (window.since, window.written) = (now, 0);
        }
        if window.written >= limits::FLOOD_ROWS {
            window.unwritten += 1;
            return None;
        }
        window.written += 1;
        Some(std::mem::take(&mut window.unwritten))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_not_written() {
        let flood = Flood::default();
        let address = IpAddr::from([10, 0, 0, 1]);
        let written = (0..limits::FLOOD_ROWS * 10).filter(|_| flood.admit(address).is_some()).count();
        assert_eq!(written, limits::FLOOD_ROWS as usize);
        assert_eq!(flood.admit(IpAddr::from([10, 0, 0, 2])), Some(0), "another address is not affected");
    }
}
