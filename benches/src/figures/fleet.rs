//! Ten thousand cards in one process, each with an applet, keys and state of its own.

use super::Error;
use super::figure::{Figure, Unit};
use card_bench::{BASE, provisioned, select};
use card_link::InProcess;
use std::time::Instant;

const CARDS: usize = 10_000;

pub(super) fn measure() -> Result<Vec<Figure>, Error> {
    let mut images = Vec::with_capacity(CARDS);
    for _ in 0..CARDS {
        let (mut card, _keys) = provisioned(&BASE)?;
        images.push(card.image());
    }
    let before = resident();
    let start = Instant::now();
    let mut cards = Vec::with_capacity(CARDS);
    for image in &images {
        cards.push(InProcess::restore(image)?);
    }
    let seconds = start.elapsed().as_secs_f64();
    // All of them work.
    cards.iter_mut().try_for_each(|card| select(card, &BASE))?;
    let mebibytes = (resident() - before) / 1024.0;
    let cause = "each card's heap, and what of its packages is not shared";
    Ok(vec![
        Figure::new("10,000 cards powered up in one process", Unit::Seconds, seconds).target(2.0, cause),
        Figure::new("memory of those 10,000 cards, their applets selected", Unit::Mebibytes, mebibytes)
            .target(1024.0, cause),
    ])
}

/// Kibibytes of this process in memory.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
