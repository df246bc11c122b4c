//! Which faults, in which order, when: made of a seed alone.
//!
//! Every fault that can be had here has its turn once a round, each round in another order, so that a long run meets every pair of neighbours
//! and the shortest one meets every fault once.

use std::time::Duration;

use serde::Serialize;

use crate::random::Random;

macro_rules! faults {
    // turns `Name "word" "what happens";` into the enum, the list of all, its words and descriptions
    ($($name:ident $word:literal $what:literal;)*) => {
        /// A fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Fault {
            $(#[doc = $what] $name,)*
        }

        impl Fault {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its word in reports and options.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// What happens.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self { $(Self::$name => $what),* }
            }
        }
    };
}

faults! {
    GatewayKilled "gateway-killed" "The gateway is killed (SIGKILL) and started again.";
    GatewayStopped "gateway-stopped" "The gateway is stopped (SIGTERM) and started again.";
    GatewayFrozen "gateway-frozen" "The gateway's process stands still for a while, as on a machine that stalls.";
    NetworkCut "network-cut" "All connections of one way are reset.";
    NetworkHalfOpen "network-half-open" "The connections of one way stay open and carry nothing in one direction, then end.";
    NetworkSlow "network-slow" "Every portion of bytes on one way is late.";
    BrokerRestarted "broker-restarted" "mosquitto is stopped and started again.";
    QueueRestarted "queue-restarted" "RabbitMQ is stopped and started again.";
    EhrKilled "ehr-killed" "The HL7 receiver is killed (SIGKILL) and started again.";
    RecordAway "record-away" "The FHIR server refuses connections for a while.";
    RecordLosesAnswers "record-loses-answers" "The FHIR server carries transactions out and fails to say so.";
    Duplicates "duplicates" "A device sends again what was acknowledged.";
    Reordered "reordered" "A device sends its next batch but one before the next.";
    ClockStepped "clock-stepped" "A device's clock jumps back, ahead, and farther ahead than is taken.";
    CertificateExpired "certificate-expired" "A device's certificate ends while it delivers.";
    ServerCertificate "server-certificate" "The gateway's own certificate ends while it delivers, and is renewed.";
    Flood "flood" "A device sends refused messages as fast as it can.";
    Connects "connects" "A burst of connections to one port.";
    Slowloris "slowloris" "Connections to every port that say a byte now and then.";
    Malformed "malformed" "Malformed input on every port, with and without TLS, and through the brokers.";
    DiskFull "disk-full" "The gateway's disk is full for a while (a file system of its own).";
    DiskSlow "disk-slow" "Every sync of the gateway is held back for a while (strace).";
    WritesFail "writes-fail" "Every write of the gateway beyond a file's first page fails (RLIMIT_FSIZE).";
    DatabaseHeld "database-held" "Another process holds the database for longer than the gateway waits.";
}

/// One fault of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// When, since the load began.
    #[serde(skip)]
    pub at: Duration,
    /// Which.
    pub fault: Fault,
    /// What its details are drawn from.
    pub seed: u64,
}

/// The faults of a run that lasts so long, chosen from `had`.
#[must_use]
pub fn schedule(seed: u64, lasts: Duration, had: &[Fault]) -> Vec<Planned> {
    let mut random = Random::of(seed);
    let Some(turns) = u32::try_from(had.len()).ok().filter(|turns| *turns > 0) else { return Vec::new() };
    // A short run hurries, so that each has its turn.
    let pause = (lasts / (turns + 1)).min(Duration::from_secs(3));
    // The division leaves some nanoseconds, which are no turn.
    let (mut planned, mut at, lasts) = (Vec::new(), pause, lasts.saturating_sub(pause / 2));
    while at < lasts {
        let mut round = had.to_vec();
        random.shuffle(&mut round);
        for fault in round {
            if at >= lasts {
                break;
            }
            planned.push(Planned { at, fault, seed: random.next() });
            at += pause;
        }
    }
    planned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_one_schedule_and_every_fault_has_its_turn() {
        let lasts = Duration::from_secs(30);
        let one = schedule(7, lasts, Fault::ALL);
        assert_eq!(one, schedule(7, lasts, Fault::ALL));
        assert_ne!(one, schedule(8, lasts, Fault::ALL));
        for fault in Fault::ALL {
            assert_eq!(one.iter().filter(|planned| planned.fault == *fault).count(), 1, "{fault:?}");
        }
        assert!(one.is_sorted_by_key(|planned| planned.at));
        let long = schedule(7, Duration::from_secs(600), Fault::ALL);
        assert!(long.len() > 150, "{}", long.len());
        assert_eq!(schedule(7, lasts, &[]), []);
    }

    #[test]
    fn words_are_told_apart() {
        let words: std::collections::BTreeSet<_> = Fault::ALL.iter().map(|fault| fault.word()).collect();
        assert_eq!(words.len(), Fault::ALL.len());
        for fault in Fault::ALL {
            assert_eq!(serde_json::to_value(fault).unwrap(), fault.word());
        }
    }
}
