//! Bursts of connections: as many a second as the machine gives, up to the number aimed at.

use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout};

use super::{Aim, Tally};
use crate::limits;
use crate::random::Random;

/// Connections begun together; a burst is so many of them behind one another.
const TOGETHER: usize = 100;

pub(super) async fn run(aim: &Aim, seed: u64) -> Tally {
    let ports = aim.ports.all();
    let Some((_, at, _)) = Random::of(seed).choose(&ports).copied() else { return Tally::default() };
    let begun = Instant::now();
    let step = Duration::from_secs(1) * u32::try_from(TOGETHER).unwrap_or(1)
        / u32::try_from(limits::CONNECTS_PER_SECOND).unwrap_or(1);
    let mut due = tokio::time::Instant::now();
    let mut connected = 0;
    for _ in 0..limits::CONNECTS / TOGETHER {
        let mut group = JoinSet::new();
        for _ in 0..TOGETHER {
            // It is dropped at once: what counts is that it was made.
            group.spawn(
                async move { matches!(timeout(limits::FAULT, TcpStream::connect(at)).await, Ok(Ok(_))) },
            );
        }
        while let Some(made) = group.join_next().await {
            connected += usize::from(made.unwrap_or(false));
        }
        due += step;
        sleep_until(due).await;
        if begun.elapsed() > limits::FAULT * 2 {
            break;
        }
    }
    let millis = usize::try_from(begun.elapsed().as_millis()).unwrap_or(usize::MAX).max(1);
    Tally { connected, connects_per_second: connected.saturating_mul(1000) / millis, ..Tally::default() }
}
