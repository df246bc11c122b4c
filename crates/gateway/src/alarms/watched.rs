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
    pub(super) matters: HashMap<Matter, Standing>,
}

impl Watched {
    pub(super) fn new(voice: Voice, heard: Micros) -> Self {
        let (rhythm, clock) = (Rhythm::default(), ClockWindow::new(heard));
        Self { patient: None, heard, voice, rhythm, clock, matters: HashMap::new() }
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

/// How far the message that came fastest within [`limits::CLOCK_WINDOW`] was from the gateway's clock: what others lie further behind, they
/// spent on their way.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClockWindow {
    since: Micros,
    messages: u32,
    freshest: i64,
}

impl ClockWindow {
    fn new(since: Micros) -> Self {
        Self { since, messages: 0, freshest: i64::MIN }
    }

    /// Takes a message's own time less the time at which it came, in microseconds. Gives the window's result when it is full.
    pub(super) fn take(&mut self, offset: i64, now: Micros) -> Option<i64> {
        self.messages = self.messages.saturating_add(1);
        self.freshest = self.freshest.max(offset);
        let is_full = self.messages >= limits::CLOCK_MESSAGES
            && has_passed(self.since, now, limits::CLOCK_WINDOW.as_secs() as u32);
        if !is_full {
            return None;
        }
        let freshest = self.freshest;
        *self = Self::new(now);
        Some(freshest)
    }
}

impl ClockLimits {
    /// What is wrong with a clock that far off, in words; nothing when it is within.
    pub(super) fn fault(&self, offset: i64) -> Option<String> {
        let seconds = offset / 1_000_000;
        if seconds > i64::from(self.ahead_seconds) {
            return Some(format!("its times are {seconds} s ahead of the gateway's clock"));
        }
        let behind = -seconds;
        (behind > i64::from(self.behind_seconds)).then(|| {
            format!("its times are {behind} s behind the gateway's clock; readings that old raise no alarms")
        })
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

    #[test]
    fn a_clock_is_judged_by_the_message_that_came_fastest() {
        let limits = Rules::load(None).unwrap().clock;
        let judged = |offsets: &[i64]| {
            let mut window = ClockWindow::new(Micros(0));
            let full = (1..)
                .zip(offsets)
                .filter_map(|(n, offset)| window.take(offset * SECOND, Micros(n * 15 * SECOND)));
            full.map(|offset| limits.fault(offset)).collect::<Vec<_>>()
        };
        assert_eq!(judged(&[0, 0, 0]), [], "too few to judge");
        assert_eq!(judged(&[-2, -3, -2, -2, -2]), [None]);
        assert_eq!(judged(&[-300, -200, -100, -2, -2]), [None], "it has caught up with its spool");
        assert_eq!(judged(&[31, 30, 30, 30, 30]).len(), 1);
        assert!(judged(&[31, 30, 30, 30, 30])[0].as_ref().unwrap().contains("31 s ahead"));
        assert!(judged(&[-61, -65, -70, -62, -99])[0].as_ref().unwrap().contains("61 s behind"));
    }
}
