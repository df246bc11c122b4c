//! What a device says of alarms that it raises itself.

use clinical::alarm::Priority;
use seal::{Code, Decimal, Micros, Unit};

/// What a record says of its device's alarms.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alerts {
    /// In the order in which they stand there.
    pub told: Vec<Alert>,
    /// Whether these are all that the device can tell of: what is not among them is over.
    pub are_all: bool,
}

impl Alerts {
    /// The names of the conditions that hold.
    pub fn holding(&self) -> impl Iterator<Item = &str> {
        let holds = |alert: &&Alert| matches!(&alert.said, Said::Condition(condition) if condition.holds);
        self.told.iter().filter(holds).map(|alert| alert.name.as_str())
    }
}

/// One thing that a device says of one of its alarms.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// By which the device names the condition, in all that it says of it.
    pub name: String,
    /// What it says.
    pub said: Said,
}

/// What a device says of an alarm.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// How its condition is.
    Condition(Box<Condition>),
    /// Somebody has said at the device that they know.
    Acknowledged,
}

/// How the condition of an alarm is.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Whether it is there.
    pub holds: bool,
    /// How urgent the device takes it.
    pub priority: Priority,
    /// What happened (MDC), or the measured quantity, of which no more is said than that it is too high or too low.
    pub code: Option<Code>,
    /// Words for it.
    pub text: String,
    /// When the device found it so.
    pub time: Micros,
    /// The value that it is about, where the device told it, and its unit, where that is known.
    pub value: Option<(Decimal, Option<Unit>)>,
    /// The lowest value without an alarm.
    pub low: Option<Decimal>,
    /// The highest value without an alarm.
    pub high: Option<Decimal>,
}
