//! Bursts of connections: as many a second as the machine gives, up to the number aimed at, while devices go on delivering.
//!
//! Each is ended with RST at once, as by somebody who scans, and leaves no port of ours waiting. They are made by threads that wait for nothing else, since a burst
//! is to be limited by whoever accepts and not by whoever connects.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::{Aim, Tally};
use crate::limits;
use crate::random::Random;

/// How long a connection may take. One that the system dropped for want of room is tried again only after a second.
const PATIENCE: Duration = Duration::from_millis(900);

pub(super) async fn run(aim: &Aim, seed: u64) -> Tally {
    let ports = aim.ports.all();
    let Some((_, at, _)) = Random::of(seed).choose(&ports).copied() else { return Tally::default() };
    let before = aim.stored();
    let Ok((connected, took)) = tokio::task::spawn_blocking(move || burst(at)).await else {
        return Tally::default();
    };
    let millis = usize::try_from(took.as_millis()).unwrap_or(usize::MAX).max(1);
    Tally {
        connected,
        connects_per_second: connected.saturating_mul(1000) / millis,
        bursts: 1,
        stored_in_bursts: aim.stored().saturating_sub(before),
        ..Tally::default()
    }
}

/// Makes the connections; gives how many were made, and in what time.
fn burst(at: SocketAddr) -> (usize, Duration) {
    let begun = Instant::now();
    let each = limits::CONNECTS / limits::CONNECT_THREADS;
    let pause = Duration::from_secs(1) * u32::try_from(limits::CONNECT_THREADS).unwrap_or(1)
        / u32::try_from(limits::CONNECTS_PER_SECOND).unwrap_or(1);
    let worker = move || {
        let (mut made, mut due) = (0, begun);
        for _ in 0..each {
            if begun.elapsed() > limits::FAULT {
                break;
            }
            let now = Instant::now();
            // In small groups: no clock wakes anybody every few microseconds.
            if due > now + Duration::from_millis(1) {
                std::thread::sleep(due - now);
            }
            due += pause;
            made += usize::from(connect(at));
        }
        made
    };
    let connected = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..limits::CONNECT_THREADS).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_default()).sum()
    });
    (connected, begun.elapsed())
}

fn connect(at: SocketAddr) -> bool {
    let Ok(stream) = TcpStream::connect_timeout(&at, PATIENCE) else { return false };
    // Without it the end is a plain one.
    let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    true
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_burst_is_bounded_in_number_and_time() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        std::thread::spawn(move || while listener.accept().is_ok() {});
        let (connected, took) = burst(at);
        assert!((1..=limits::CONNECTS).contains(&connected), "{connected}");
        assert!(took < limits::FAULT + PATIENCE * 2, "{took:?}");
    }
}
