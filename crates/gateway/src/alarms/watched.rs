//! What is known of one device: when it was heard, how regularly it sends, how far its clock is off, and how its matters stand.

use std::collections::HashMap;

use seal::Micros;

use super::change::{Change, Matter};
use super::rules::{ClockLimits, SilentSource};
use super::standing::{Standing, has_passed};
use crate::limits;
use crate::record::PatientId;

/// Who speaks for a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// The device, by its seal.
    Own,
    /// A source.
    Source,
}

#[derive(Debug)]
pub(super) struct Watched {
    pub(super) patient: Option<PatientId>,
    pub(super) heard: Micros,
    pub(super) voice: Voice,
    pub(super) rhythm: Rhythm,
    pub(super) clock: ClockWindow,
    /// By how much its clock is known to be behind, in microseconds; 0 while that is not known.
    pub(super) lag: i64,
    pub(super) matters: HashMap<Matter, Standing>,
}

impl Watched {
    pub(super) fn new(voice: Voice, heard: Micros) -> Self {
        let (rhythm, clock) = (Rhythm::default(), ClockWindow::new(heard));
        Self { patient: None, heard, voice, rhythm, clock, lag: 0, matters: HashMap::new() }
    }

    /// Clears the alarms about these matters.
    pub(super) fn end(&mut self, which: impl Fn(&Matter) -> bool, changes: &mut Vec<Change>) {
        for (_, standing) in self.matters.iter_mut().filter(|(matter, _)| which(matter)) {
            changes.extend(standing.clear());
        }
    }
}

/// How regularly a device has sent of late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rhythm {
    /// Messages in a row without a longer interval than the rules allow.
    run: u32,
    /// The longest interval of late, in microseconds; an older one counts less and less.
    longest: i64,
}

impl Rhythm {
    /// A message has come so long after the one before, in microseconds.
    pub(super) fn take(&mut self, gap: i64, rules: &SilentSource) {
        if gap > i64::from(rules.longest_interval_seconds) * 1_000_000 {
            *self = Self { run: 1, longest: 0 };
        } else {
            self.run = self.run.saturating_add(1);
            self.longest = gap.max(self.longest - self.longest / 16);
        }
    }

    /// The seconds of silence after which it is missed; `None` while it has not shown that it sends regularly.
    pub(super) fn patience(self, rules: &SilentSource) -> Option<u32> {
        let usual = self.longest.saturating_mul(i64::from(rules.intervals)) / 1_000_000;
        let patience = u32::try_from(usual).unwrap_or(u32::MAX).max(rules.after_seconds);
        (self.run >= rules.messages).then_some(patience)
    }
}

/// How far messages were from the gateway's clock within [`limits::CLOCK_WINDOW`].
#[derive(Clone, Copy, Debug)]
pub(super) struct ClockWindow {
    since: Micros,
    messages: u32,
    seen: Offsets,
}

/// Times of messages less the times at which they came, in microseconds.
///
/// The largest is of the message that came fastest: what others lie further behind, they spent on their way. Where all lie close together,
/// messages come as they are made and the clock is off; what a device spooled, or a broker kept, comes faster than it was made, so
/// that they lie far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offsets {
    freshest: i64,
    stalest: i64,
}

impl ClockWindow {
    fn new(since: Micros) -> Self {
        Self { since, messages: 0, seen: Offsets { freshest: i64::MIN, stalest: i64::MAX } }
    }

    /// Takes a message's own time less the time at which it came, in microseconds. Gives the window's result when it is full.
    pub(super) fn take(&mut self, offset: i64, now: Micros) -> Option<Offsets> {
        self.messages = self.messages.saturating_add(1);
        self.seen.freshest = self.seen.freshest.max(offset);
        self.seen.stalest = self.seen.stalest.min(offset);
        let is_full = self.messages >= limits::CLOCK_MESSAGES
            && has_passed(self.since, now, limits::CLOCK_WINDOW.as_secs() as u32);
        if !is_full {
            return None;
        }
        let seen = self.seen;
        *self = Self::new(now);
        Some(seen)
    }
}

impl Offsets {
    /// By how much the clock is behind, in microseconds, given what was known of it before; 0 where that is within the limits, or where
    /// late messages would explain it as well. Once known it is believed as long as the fastest message of each window agrees.
    pub(super) fn lag(self, before: i64, limits: &ClockLimits) -> i64 {
        let steady = limits::CLOCK_STEADY.as_micros() as i64;
        let behind = 0_i64.saturating_sub(self.freshest);
        let is_known = before > 0 && behind.abs_diff(before) <= steady.unsigned_abs();
        let is_steady = self.freshest.saturating_sub(self.stalest) <= steady;
        if (is_steady || is_known) && limits.is_behind(self.freshest) { behind } else { 0 }
    }
}

impl ClockLimits {
    /// What is wrong with a clock that was seen like this, in words; nothing when it is within. `lag` is what became of it.
    pub(super) fn fault(&self, seen: Offsets, lag: i64) -> Option<String> {
        let seconds = seen.freshest / 1_000_000;
        if seconds > i64::from(self.ahead_seconds) {
            return Some(format!("its times are {seconds} s ahead of the gateway's clock"));
        }
        let weighed = match lag {
            0 => "readings that old raise no alarms",
            _ => "readings are weighed by when they come",
        };
        self.is_behind(seen.freshest)
            .then(|| format!("its times are {} s behind the gateway's clock; {weighed}", -seconds))
    }

    fn is_behind(&self, offset: i64) -> bool {
        -(offset / 1_000_000) > i64::from(self.behind_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alarms::Rules;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn a_device_is_missed_only_after_it_has_sent_regularly() {
        let rules = Rules::load(None).unwrap().silent_source;
        let after = |gaps: &[i64]| {
            let mut rhythm = Rhythm::default();
            gaps.iter().for_each(|gap| rhythm.take(gap * SECOND, &rules));
            rhythm.patience(&rules)
        };
        assert_eq!(after(&[0, 10, 10, 10]), None);
        assert_eq!(after(&[0, 10, 10, 10, 10]), Some(180));
        assert_eq!(after(&[0, 120, 120, 120, 120]), Some(360));
        assert_eq!(after(&[0, 10, 10, 10, 10, 3_600]), None, "a thermometer that is used now and then");
        assert_eq!(after(&[3_600; 20]), None);
    }

    /// What is said of a clock after each full window of messages with these offsets, 15 s apart, and its lag in seconds.
    fn judged(offsets: &[i64]) -> Vec<(Option<String>, i64)> {
        let limits = Rules::load(None).unwrap().clock;
        let (mut window, mut lag) = (ClockWindow::new(Micros(0)), 0);
        let full = (1..)
            .zip(offsets)
            .filter_map(|(n, offset)| window.take(offset * SECOND, Micros(n * 15 * SECOND)));
        full.map(|seen| {
            lag = seen.lag(lag, &limits);
            (limits.fault(seen, lag), lag / SECOND)
        })
        .collect()
    }

    #[test]
    fn a_clock_is_judged_by_the_message_that_came_fastest() {
        assert_eq!(judged(&[0, 0, 0]), [], "too few to judge");
        assert_eq!(judged(&[-2, -3, -2, -2, -2]), [(None, 0)]);
        assert_eq!(judged(&[-300, -200, -100, -2, -2]), [(None, 0)], "it has caught up with its spool");
        assert_eq!(judged(&[31, 30, 30, 30, 30]).len(), 1);
        assert!(judged(&[31, 30, 30, 30, 30])[0].0.as_ref().unwrap().contains("31 s ahead"));
        let (fault, lag) = judged(&[-61, -65, -70, -62, -99]).remove(0);
        assert!(
            fault.unwrap().ends_with("61 s behind the gateway's clock; readings that old raise no alarms")
        );
        assert_eq!(lag, 0, "they lie so far apart that they may have been on their way");
    }

    #[test]
    fn a_clock_that_is_steadily_behind_is_known_until_its_messages_say_otherwise() {
        let lags = |offsets: &[i64]| judged(offsets).into_iter().map(|(_, lag)| lag).collect::<Vec<_>>();
        assert_eq!(lags(&[-180, -181, -180, -182, -180]), [180]);
        let (fault, _) = judged(&[-180; 5]).remove(0);
        assert!(
            fault
                .unwrap()
                .ends_with("180 s behind the gateway's clock; readings are weighed by when they come")
        );
        // One message of the second minute is late; in the third the clock is put right.
        let three = [[-180; 5], [-180, -240, -180, -180, -181], [-1; 5]].concat();
        assert_eq!(lags(&three), [180, 180, 0]);
        // The device comes back and sends what it spooled.
        assert_eq!(lags(&[[-180; 5], [-900, -700, -500, -400, -300]].concat()), [180, 0]);
        assert_eq!(lags(&[-50; 5]), [0], "within the limits nothing is put right");
    }
}
