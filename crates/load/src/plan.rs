//! How much, how fast and how long.

use std::time::Duration;

use crate::limits;

/// How fast messages go out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// The closed loop: each connection keeps so many messages under way, and sends the next when one is answered.
    Answered {
        /// How many, at least 1.
        window: usize,
    },
    /// The open loop: so many messages a second by all connections together, due at fixed times whatever is answered.
    Rate {
        /// Messages a second.
        per_second: f64,
        /// How many may be under way on a connection; what is due beyond waits, and its latency runs.
        window: usize,
    },
}

impl Pace {
    /// Messages that may be under way on a connection.
    #[must_use]
    pub fn window(&self) -> usize {
        match self {
            Self::Answered { window } | Self::Rate { window, .. } => *window,
        }
    }
}

/// One run. Made by [`Plan::new`], so its bounds hold.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) pace: Pace,
    pub(crate) lasts: Duration,
    pub(crate) count: Option<u64>,
    pub(crate) warm_up: Duration,
    pub(crate) patience: Duration,
    pub(crate) ledger: bool,
}

/// Why there is no such plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// Nothing would be sent, or too much at a time.
    #[error("a window of {window}: 1 to {most} messages may be under way on a connection", window = .0, most = limits::WINDOW)]
    Window(usize),
    /// No rate.
    #[error("a rate of {rate}: it lies between one message in 1,000 s and {most} a second", rate = .0, most = limits::RATE)]
    Rate(f64),
    /// It would not end.
    #[error("{wanted} s: a run lasts at most {most} s, its warm-up included", wanted = .0.as_secs(), most = limits::LONGEST.as_secs())]
    Lasts(Duration),
    /// Nothing to send.
    #[error("0 messages")]
    Count,
}

impl Plan {
    /// A run at this pace for the usual time.
    ///
    /// # Errors
    /// [`PlanError`] for a window or rate out of bounds.
    pub fn new(pace: Pace) -> Result<Self, PlanError> {
        if !(1..=limits::WINDOW).contains(&pace.window()) {
            return Err(PlanError::Window(pace.window()));
        }
        match pace {
            Pace::Rate { per_second, .. } if !(0.001..=limits::RATE).contains(&per_second) => {
                return Err(PlanError::Rate(per_second));
            }
            Pace::Rate { .. } | Pace::Answered { .. } => {}
        }
        Ok(Self {
            pace,
            lasts: limits::USUAL,
            count: None,
            warm_up: Duration::ZERO,
            patience: Duration::ZERO,
            ledger: false,
        })
    }

    /// It lasts so long after a warm-up whose messages are not measured.
    ///
    /// # Errors
    /// [`PlanError::Lasts`].
    pub fn lasting(self, lasts: Duration, warm_up: Duration) -> Result<Self, PlanError> {
        let whole = lasts.saturating_add(warm_up);
        if whole > limits::LONGEST || lasts.is_zero() {
            return Err(PlanError::Lasts(whole));
        }
        Ok(Self { lasts, warm_up, ..self })
    }

    /// It ends after so many messages, if its time does not end it before.
    ///
    /// # Errors
    /// [`PlanError::Count`].
    pub fn counting(self, count: u64) -> Result<Self, PlanError> {
        if count == 0 { Err(PlanError::Count) } else { Ok(Self { count: Some(count), ..self }) }
    }

    /// A lost connection is made again for so long; then it is given up, and so is one at once without this.
    #[must_use]
    pub fn patient(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// It keeps a ledger.
    #[must_use]
    pub fn with_ledger(self) -> Self {
        Self { ledger: true, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_ends() {
        let pace = Pace::Answered { window: 1 };
        let plan = Plan::new(pace).unwrap();
        assert!(plan.lasts > Duration::ZERO);
        let day = Duration::from_secs(24 * 3600);
        assert_eq!(plan.clone().lasting(day, Duration::ZERO).unwrap_err(), PlanError::Lasts(day));
        assert!(plan.clone().lasting(Duration::MAX, Duration::MAX).is_err());
        assert!(plan.clone().lasting(Duration::ZERO, Duration::ZERO).is_err());
        assert_eq!(plan.counting(0).unwrap_err(), PlanError::Count);
        assert!(Plan::new(Pace::Answered { window: 0 }).is_err());
        assert!(Plan::new(Pace::Answered { window: limits::WINDOW + 1 }).is_err());
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Plan::new(Pace::Rate { per_second: rate, window: 1 }).is_err(), "{rate}");
        }
    }
}
