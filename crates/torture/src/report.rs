//! What came of a run, for people and programs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use serde::Serialize;

use crate::account::{Finding, Sums};
use crate::attack::Tally;
use crate::error::{TortureError, io};
use crate::fault::{Complaint, Torturer};
use crate::limits;
use crate::plan::{Fault, Planned};
use crate::run::{Options, counted};

/// A fault and how often it was applied.
#[derive(Clone, Debug, Serialize)]
pub struct Times {
    /// Which.
    pub fault: Fault,
    /// How often.
    pub times: usize,
}

/// A fault that could not be had.
#[derive(Clone, Debug, Serialize)]
pub struct LeftOut {
    /// Which.
    pub fault: Fault,
    /// Why not.
    pub why: String,
}

/// When which fault was applied.
#[derive(Clone, Debug, Serialize)]
pub struct Applied {
    /// In milliseconds since the load began.
    pub at_ms: u64,
    /// Which.
    pub fault: Fault,
}

/// What came of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What the order of faults was made of.
    pub seed: u64,
    /// How long the load lasted, in seconds.
    pub seconds: f64,
    /// The folder with all that was written, kept after a run with findings.
    pub folder: PathBuf,
    /// Each fault, and how often it was applied.
    pub times: Vec<Times>,
    /// In which order.
    pub applied: Vec<Applied>,
    /// Faults that this machine does not give.
    pub left_out: Vec<LeftOut>,
    /// How much was sent, stored and delivered.
    pub sums: Sums,
    /// What attacks came to.
    pub attacks: Tally,
    /// The most memory that the gateway's last process had, in KiB.
    pub peak_memory_kib: Option<u64>,
    /// What the account does not come out even in.
    pub findings: Vec<Finding>,
    /// What faults showed at once.
    pub complaints: Vec<Complaint>,
    /// What else is wrong.
    pub faults: Vec<String>,
    /// Connections of the load that were given up.
    pub load_faults: Vec<String>,
}

impl Report {
    pub(crate) fn new(
        options: &Options,
        folder: &Path,
        left_out: Vec<(Fault, String)>,
        applied: &[(Planned, Duration)],
        seconds: f64,
    ) -> Self {
        let millis = |at: &Duration| u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        Self {
            seed: options.seed,
            seconds,
            folder: folder.into(),
            times: counted(applied).into_iter().map(|(fault, times)| Times { fault, times }).collect(),
            applied: applied
                .iter()
                .map(|(one, at)| Applied { at_ms: millis(at), fault: one.fault })
                .collect(),
            left_out: left_out.into_iter().map(|(fault, why)| LeftOut { fault, why }).collect(),
            sums: Sums::default(),
            attacks: Tally::default(),
            peak_memory_kib: None,
            findings: Vec::new(),
            complaints: Vec::new(),
            faults: Vec::new(),
            load_faults: Vec::new(),
        }
    }

    /// Whether nothing is wrong with the gateway.
    #[must_use]
    pub fn is_even(&self) -> bool {
        self.findings.is_empty() && self.complaints.is_empty() && self.faults.is_empty()
    }

    /// Notes an end that was not clean, and panics that the log tells of.
    pub(crate) fn not_clean(&mut self, torturer: &Torturer, ended: ExitStatus) -> Result<(), TortureError> {
        if !ended.success() {
            self.faults.push(format!("at the end the gateway ended with {ended}"));
        }
        let log = torturer.world.gateway.log();
        let text = std::fs::read(log).map_err(io(log.display().to_string()))?;
        let text = String::from_utf8_lossy(&text);
        let panics = text.lines().filter(|line| line.contains("panicked at")).take(limits::TOLD);
        self.faults.extend(panics.map(|line| format!("the gateway's log: {line}")));
        Ok(())
    }

    /// The fault before a moment, given in microseconds.
    fn before(&self, us: u64) -> String {
        let last = self.applied.iter().rev().find(|one| one.at_ms.saturating_mul(1000) <= us);
        last.map_or("before the first fault".into(), |one| {
            format!(
                "after {} at {:.3} s",
                one.fault.word(),
                std::time::Duration::from_millis(one.at_ms).as_secs_f64()
            )
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sums { sent, acknowledged, stored, stored_unheard, to_deliver, delivered, delivered_again } =
            self.sums;
        writeln!(f, "seed {}, {:.1} s under load", self.seed, self.seconds)?;
        for one in &self.times {
            writeln!(f, "  {:>4}  {:<22} {}", one.times, one.fault.word(), one.fault.what())?;
        }
        for one in &self.left_out {
            writeln!(f, "  not covered: {}: {}", one.fault.word(), one.why)?;
        }
        writeln!(
            f,
            "{sent} messages sent, {acknowledged} acknowledged, {stored} stored ({stored_unheard} of them without an answer that arrived)"
        )?;
        writeln!(
            f,
            "{to_deliver} rows for each of two destinations, {delivered} arrivals, {delivered_again} of them copies"
        )?;
        let Tally { flooded, connected, connects_per_second, bursts, stored_in_bursts, .. } = &self.attacks;
        let Tally { dawdled, malformed, slow_syncs, .. } = &self.attacks;
        writeln!(
            f,
            "attacks: {flooded} messages of floods, {dawdled} dawdlers, {malformed} malformed inputs; {slow_syncs} syncs held back"
        )?;
        writeln!(
            f,
            "{connected} connects in {bursts} bursts (at most {connects_per_second}/s), {stored_in_bursts} messages of the load acknowledged meanwhile"
        )?;
        if let Some(peak) = self.peak_memory_kib {
            writeln!(f, "at most {} MiB in the gateway's last process", peak / 1024)?;
        }
        for given_up in self.load_faults.iter().take(limits::TOLD) {
            writeln!(f, "  a connection of the load was given up: {given_up}")?;
        }
        for finding in self.findings.iter().take(limits::TOLD) {
            let when = match finding {
                Finding::Lost { acknowledged_us, .. } => self.before(*acknowledged_us),
                Finding::Twice { .. }
                | Finding::Nobodys { .. }
                | Finding::Refused { .. }
                | Finding::Chain { .. }
                | Finding::Undelivered { .. }
                | Finding::Unknown { .. }
                | Finding::Order { .. }
                | Finding::Unmarked { .. } => String::new(),
            };
            writeln!(f, "WRONG: {finding} {when}")?;
        }
        if self.findings.len() > limits::TOLD {
            writeln!(f, "… and {} more", self.findings.len() - limits::TOLD)?;
        }
        for one in &self.complaints {
            writeln!(f, "WRONG: {} ms, {}: {}", one.at_ms, one.fault.word(), one.what)?;
        }
        for fault in &self.faults {
            writeln!(f, "WRONG: {fault}")?;
        }
        if self.is_even() {
            write!(f, "Nothing acknowledged is missing, nothing is twice, everything is in order.")
        } else {
            write!(f, "What there is to look at is in {}", self.folder.display())
        }
    }
}
