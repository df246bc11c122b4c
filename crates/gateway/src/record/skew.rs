//! How far a device's clock is from the gateway's, as its messages show it.

use serde::Serialize;

/// The offsets of a device's messages: their own time less the time at which they came, in microseconds. What a message spent on its way,
/// and in the device's spool, is in them: so `most`, of the one that came fastest, comes nearest to the clocks' own difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Skew {
    /// How many messages there were.
    pub count: u64,
    /// The mean, in which each message counts a sixteenth and all before it the rest.
    pub mean: i64,
    /// The smallest.
    pub least: i64,
    /// The largest.
    pub most: i64,
}

impl Skew {
    const WEIGHT: i64 = 16;

    /// Takes a message's offset in.
    pub fn take(&mut self, offset: i64) {
        if self.count == 0 {
            (self.mean, self.least, self.most) = (offset, offset, offset);
        }
        self.count = self.count.saturating_add(1);
        self.mean = self.mean.saturating_add(offset.saturating_sub(self.mean) / Self::WEIGHT);
        self.least = self.least.min(offset);
        self.most = self.most.max(offset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_follows_slowly_and_the_ends_stay() {
        let mut skew = Skew::default();
        skew.take(-1_000_000);
        assert_eq!(skew, Skew { count: 1, mean: -1_000_000, least: -1_000_000, most: -1_000_000 });
        for _ in 0..200 {
            skew.take(5_000_000);
        }
        assert!((4_999_900..=5_000_000).contains(&skew.mean), "{skew:?}");
        assert_eq!((skew.count, skew.least, skew.most), (201, -1_000_000, 5_000_000));
        skew.take(i64::MIN);
        skew.take(i64::MAX);
        assert_eq!((skew.least, skew.most), (i64::MIN, i64::MAX));
    }
}
