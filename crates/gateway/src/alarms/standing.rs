//! How one matter stands: since when its condition holds or is gone, and which alarm stands for it. A small machine that is told values and
//! the time, and says when an alarm is to be raised or cleared.

use seal::Micros;

use super::change::{Change, NewAlarm};
use crate::record::AlarmId;

/// How long a condition must hold, and be gone, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delays {
    pub(super) raise: u32,
    pub(super) clear: u32,
    /// After this a value that no other followed counts as lasting.
    pub(super) single: u32,
}

impl Delays {
    /// At once.
    pub(super) const NONE: Self = Self { raise: 0, clear: 0, single: 0 };
}

/// One matter of a device or a patient.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// What is other than the alarm says, and since when.
    turned: Option<Turned>,
    /// The last alarm about it.
    pub(super) alarm: Option<AlarmId>,
    pub(super) raised: bool,
    /// When its condition was told of last, by the gateway's clock.
    pub(super) told: Option<Micros>,
}

#[derive(Debug)]
struct Turned {
    /// By the readings' own time.
    since: Micros,
    /// When the gateway heard it last.
    heard: Micros,
    /// What is to be raised; `None`: the alarm is to be cleared.
    alarm: Option<NewAlarm>,
    wait: u32,
    single: u32,
}

impl Standing {
    /// A value has come: its condition, if it is one, at its own time and by the gateway's clock.
    pub(super) fn weigh(
        &mut self,
        condition: Option<NewAlarm>,
        delays: Delays,
        time: Micros,
        now: Micros,
    ) -> Option<Change> {
        if condition.is_some() == self.raised {
            self.turned = None;
            return None;
        }
        let wait = if self.raised { delays.clear } else { delays.raise };
        let since = self.turned.as_ref().map_or(time, |turned| turned.since);
        self.turned = Some(Turned { since, heard: now, alarm: condition, wait, single: delays.single });
        if has_passed(since, time, wait) { self.turn() } else { None }
    }

    /// Time has passed, and no value has come.
    pub(super) fn wait(&mut self, now: Micros) -> Option<Change> {
        let turned = self.turned.as_ref()?;
        if has_passed(turned.heard, now, turned.wait.max(turned.single)) { self.turn() } else { None }
    }

    fn turn(&mut self) -> Option<Change> {
        match self.turned.take()?.alarm {
            Some(alarm) => self.raise(alarm),
            None => self.clear(),
        }
    }

    /// Raises it at once, unless it is.
    pub(super) fn raise(&mut self, alarm: NewAlarm) -> Option<Change> {
        self.turned = None;
        if std::mem::replace(&mut self.raised, true) {
            return None;
        }
        Some(Change::Raise { alarm, again: self.alarm })
    }

    /// Clears it at once, if it is raised.
    pub(super) fn clear(&mut self) -> Option<Change> {
        self.turned = None;
        if !std::mem::take(&mut self.raised) {
            return None;
        }
        self.alarm.map(Change::Clear)
    }
}

/// Whether so many seconds lie between.
pub(super) fn has_passed(from: Micros, to: Micros, seconds: u32) -> bool {
    to.0.saturating_sub(from.0) >= i64::from(seconds) * 1_000_000
}
