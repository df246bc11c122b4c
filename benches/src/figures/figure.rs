//! One row, and the table in Markdown.

use serde::Serialize;
use std::fmt::Write;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unit {
    /// More is better.
    PerSecond,
    /// Less is better.
    Milliseconds,
    /// Less is better.
    Seconds,
    /// Less is better.
    Mebibytes,
}

/// Somebody's figure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) who: String,
    pub(crate) value: f64,
}

/// One row of the table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) unit: Unit,
    /// Ours, or why there is none.
    pub(crate) ours: Result<f64, String>,
    pub(crate) target: Option<f64>,
    /// What others do on this machine in the same run.
    pub(crate) peers: Vec<Measured>,
    /// What no card on this machine could be better than.
    pub(crate) limit: Option<Measured>,
    /// Where the time goes, for the row that misses its target.
    pub(crate) cause: &'static str,
}

impl Figure {
    /// A row of which nothing but our figure is known.
    pub(crate) fn new(what: impl Into<String>, unit: Unit, ours: f64) -> Self {
        let what = what.into();
        Self { what, unit, ours: Ok(ours), target: None, peers: Vec::new(), limit: None, cause: "" }
    }

    /// A row that could not be measured here.
    pub(crate) fn missing(what: impl Into<String>, unit: Unit, why: String) -> Self {
        Self { ours: Err(why), ..Self::new(what, unit, 0.0) }
    }

    pub(crate) fn target(self, target: f64, cause: &'static str) -> Self {
        Self { target: Some(target), cause, ..self }
    }

    pub(crate) fn peer(mut self, who: impl Into<String>, value: f64) -> Self {
        self.peers.push(Measured { who: who.into(), value });
        self
    }

    pub(crate) fn limit(self, who: impl Into<String>, value: f64) -> Self {
        Self { limit: Some(Measured { who: who.into(), value }), ..self }
    }

    /// How much of what is possible was reached, 1 being all.
    fn share(&self) -> Option<f64> {
        let (ours, limit) = (*self.ours.as_ref().ok()?, self.limit.as_ref()?.value);
        Some(if self.unit == Unit::PerSecond { ours / limit } else { limit / ours })
    }

    fn is_met(&self) -> Option<bool> {
        let (ours, target) = (*self.ours.as_ref().ok()?, self.target?);
        Some(if self.unit == Unit::PerSecond { ours >= target } else { ours <= target })
    }
}

/// All rows in Markdown.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut out = String::from(
        "| what | ours | target | peers in the same run | share of the limit |\n|---|---|---|---|---|\n",
    );
    for figure in figures {
        let ours = match &figure.ours {
            Ok(value) => format!("**{}**", shown(*value, figure.unit)),
            Err(why) => format!("not measured: {why}"),
        };
        let target = match (figure.target, figure.is_met()) {
            (None, _) => String::new(),
            (Some(target), Some(true)) => format!("{}, met", shown(target, figure.unit)),
            (Some(target), Some(false)) => format!("{}, missed", shown(target, figure.unit)),
            (Some(target), None) => shown(target, figure.unit),
        };
        let peers: Vec<String> = figure
            .peers
            .iter()
            .map(|peer| format!("{} {}", peer.who, shown(peer.value, figure.unit)))
            .collect();
        let share = match (figure.share(), &figure.limit) {
            (Some(share), Some(limit)) => {
                format!("{share:.2} of {} ({})", shown(limit.value, figure.unit), limit.who)
            }
            (_, _) => String::new(),
        };
        let _infallible =
            writeln!(out, "| {} | {ours} | {target} | {} | {share} |", figure.what, peers.join("; "));
    }
    for figure in figures.iter().filter(|figure| figure.is_met() == Some(false)) {
        let _infallible = write!(out, "\n{}: {}\n", figure.what, figure.cause);
    }
    out
}

/// Three digits that mean something, with commas between thousands.
fn shown(value: f64, unit: Unit) -> String {
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else if value >= 1.0 {
        2
    } else {
        4
    };
    let number = grouped(&format!("{value:.digits$}"));
    match unit {
        Unit::PerSecond => format!("{number}/s"),
        Unit::Milliseconds => format!("{number} ms"),
        Unit::Seconds => format!("{number} s"),
        Unit::Mebibytes => format!("{number} MiB"),
    }
}

fn grouped(number: &str) -> String {
    let whole = number.split('.').next().unwrap_or_default();
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + number.strip_prefix(whole).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_it_reached_and_what_it_missed() {
        let figures = [
            Figure::new("fast", Unit::PerSecond, 1_234_567.0)
                .target(1e6, "")
                .peer("other", 99.5)
                .limit("the clock", 2_469_134.0),
            Figure::new("slow", Unit::Milliseconds, 50.0).target(40.0, "it waits").limit("the JIT", 5.0),
            Figure::missing("absent", Unit::Seconds, "no such program".into()),
        ];
        assert_eq!(
            table(&figures),
            "| what | ours | target | peers in the same run | share of the limit |\n|---|---|---|---|---|\n\
             | fast | **1,234,567/s** | 1,000,000/s, met | other 99.5/s | 0.50 of 2,469,134/s (the clock) |\n\
             | slow | **50.0 ms** | 40.0 ms, missed |  | 0.10 of 5.00 ms (the JIT) |\n\
             | absent | not measured: no such program |  |  |  |\n\
             \nslow: it waits\n"
        );
    }
}
