//! `[retention]`: how long is kept what nobody's record is made of.
//!
//! Measurements, who was with which device, and what was delivered are never removed.

use std::time::Duration;

use serde::Deserialize;

/// A day.
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// How long refused messages and the audit log stay in the database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Days after which a refused message is removed.
    pub refused_days: u32,
    /// How much refused messages may take, in MiB; beyond that the oldest are removed earlier.
    pub refused_mib: u32,
    /// Days after which rows of the audit log are moved into files in the data folder. Without it they stay until `medseal audit archive` is asked for.
    pub audit_days: Option<u32>,
}

impl Default for Retention {
    fn default() -> Self {
        Self { refused_days: 365, refused_mib: 1024, audit_days: None }
    }
}

impl Retention {
    /// How long a refused message stays.
    pub(crate) fn refused(&self) -> Duration {
        DAY * self.refused_days
    }

    /// How many bytes refused messages may take.
    pub(crate) fn refused_bytes(&self) -> u64 {
        u64::from(self.refused_mib) * 1024 * 1024
    }

    /// How long a row of the audit log stays in the database.
    pub(crate) fn audit(&self) -> Option<Duration> {
        self.audit_days.map(|days| DAY * days)
    }
}
