//! Pauses between attempts to connect: doubled each time, and drawn at random from the upper half, so that a
//! ward of devices does not come back all at once.

use std::time::Duration;

use crate::limits;

/// The pauses of one connection.
#[derive(Debug, Clone, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause after one more failure.
    pub fn next_pause(&mut self) -> Duration {
        let mut random = [0; 4];
        // Without randomness the pauses are only less spread.
        getrandom::fill(&mut random).unwrap_or_default();
        self.pause(f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX))
    }

    /// Begins with the shortest pause again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    fn pause(&mut self, random: f64) -> Duration {
        let (shortest, longest) = limits::BACKOFF;
        let whole = shortest.saturating_mul(2u32.saturating_pow(self.failures)).min(longest);
        self.failures = self.failures.saturating_add(1);
        whole.mul_f64(0.5 + random / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_again() {
        let (shortest, longest) = limits::BACKOFF;
        let mut backoff = Backoff::default();
        assert_eq!(backoff.pause(1.0), shortest);
        assert_eq!(backoff.pause(1.0), shortest * 2);
        assert_eq!(backoff.pause(0.0), shortest * 2);
        for _ in 0..100 {
            backoff.pause(0.5);
        }
        assert_eq!(backoff.pause(1.0), longest);
        backoff.reset();
        assert!((shortest / 2..=shortest).contains(&backoff.next_pause()));
    }
}
