//! The kinds of work, and how long a card takes for each.

use std::time::{Duration, Instant};

use card_link::{Element, Response};
use serde::Serialize;

use crate::applet::BenchError;

/// A measurement's time is cut into so many slices, of which the fastest counts: in the others, somebody else worked as well.
pub(crate) const SLICES: u32 = 10;

/// A kind of work, the order of `ALL` being that of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A command that does nothing.
    EmptyApdu,
    /// Rounds of about twenty bytecodes with `short`.
    ShortLoop,
    /// The same with `int`.
    IntLoop,
    /// Bubble sorts of 128 bytes.
    BubbleSort,
    /// Calls of a virtual method.
    VirtualCalls,
    /// Calls of a method of an interface.
    InterfaceCalls,
    /// ECDSA P-256 signatures with SHA-256.
    EcdsaSign,
    /// AES-128-CBC of 256 bytes.
    AesCbc,
    /// Transactions of 64 bytes, many in one command.
    Transactions,
    /// The same, one a command.
    TransactionApdus,
    /// `Util.arrayCopyNonAtomic` of 256 bytes.
    ArrayCopies,
}

/// How a kind of work is asked for.
pub(crate) struct Work {
    pub(crate) instruction: u8,
    /// Rounds that a count of one stands for.
    pub(crate) unit: u32,
    /// The largest count, which the card's budget for one command still lets pass.
    pub(crate) most: u16,
    pub(crate) what: &'static str,
    pub(crate) clock: Clock,
}

/// Whose time counts, and of which slices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// The world's, of the fastest slice: others may have worked in the rest.
    Wall,
    /// That of the calling thread, as `openssl speed` counts its own, of all slices: for a card in this process. The system
    /// brings it up to date every few milliseconds only.
    Processor,
}

impl Clock {
    /// Seconds by this clock. Where the system does not tell a thread's processor time, both are the world's.
    fn seconds(self, start: Instant) -> f64 {
        let processor = || -> Option<f64> {
            let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
            Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
        };
        match self {
            Self::Wall => None,
            Self::Processor => processor(),
        }
        .unwrap_or_else(|| start.elapsed().as_secs_f64())
    }
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 11] = [
        Self::EmptyApdu,
        Self::ShortLoop,
        Self::IntLoop,
        Self::BubbleSort,
        Self::VirtualCalls,
        Self::InterfaceCalls,
        Self::EcdsaSign,
        Self::AesCbc,
        Self::Transactions,
        Self::TransactionApdus,
        Self::ArrayCopies,
    ];

    fn work(self) -> Work {
        let work = |instruction, unit, most, what| Work { instruction, unit, most, what, clock: Clock::Wall };
        match self {
            Self::EmptyApdu => work(0x00, 1, 1, "empty APDUs"),
            Self::ShortLoop => work(0x10, 1000, 200, "rounds of 20 bytecodes of short arithmetic"),
            Self::IntLoop => work(0x12, 1000, 200, "rounds of 20 bytecodes of int arithmetic"),
            Self::BubbleSort => work(0x14, 1, 200, "bubble sorts of 128 bytes"),
            Self::VirtualCalls => work(0x16, 1000, 200, "virtual calls"),
            Self::InterfaceCalls => work(0x18, 1000, 200, "interface calls"),
            Self::EcdsaSign => work(0x20, 1, 200, "ECDSA P-256 SHA-256 signatures"),
            Self::AesCbc => work(0x22, 1, 5000, "AES-128-CBC of 256 bytes"),
            Self::Transactions => work(0x30, 1, 5000, "committed transactions of 64 bytes"),
            Self::TransactionApdus => work(0x30, 1, 1, "commands with a committed transaction of 64 bytes"),
            Self::ArrayCopies => work(0x32, 1, 5000, "array copies of 256 bytes"),
        }
    }

    /// What one round is.
    #[must_use]
    pub fn what(self) -> &'static str {
        self.work().what
    }
}

/// One kind of work, measured.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Which.
    pub kind: Kind,
    /// What one round is.
    pub what: &'static str,
    /// Rounds in the fastest slice.
    pub rounds: u64,
    /// Seconds of that slice.
    pub seconds: f64,
    /// Rounds a second.
    pub per_second: f64,
}

impl Row {
    /// Seconds that so many rounds take.
    #[must_use]
    pub fn seconds_for(&self, rounds: u32) -> f64 {
        f64::from(rounds) / self.per_second
    }
}

/// Measures the kinds of work that are wanted, each for about `time`, on a card where the applet is selected.
///
/// # Errors
/// [`BenchError::Refused`]; [`BenchError::Link`].
pub fn measure<E: Element + ?Sized>(
    card: &mut E,
    wanted: &[Kind],
    time: Duration,
) -> Result<Vec<Row>, BenchError> {
    wanted.iter().map(|kind| measure_one(card, *kind, time / SLICES)).collect()
}

/// The value that a loop ends with, which depends on all of its rounds; `None` for work that has none.
///
/// # Errors
/// [`BenchError::Refused`]; [`BenchError::Link`].
pub fn result<E: Element + ?Sized>(card: &mut E, kind: Kind, count: u16) -> Result<Option<u16>, BenchError> {
    let work = kind.work();
    let mut answer = Vec::new();
    run(card, &work, &command(&work, count), &mut answer)?;
    Ok(match kind {
        Kind::ShortLoop | Kind::IntLoop | Kind::BubbleSort | Kind::VirtualCalls | Kind::InterfaceCalls => {
            answer.first_chunk::<2>().map(|bytes| u16::from_be_bytes(*bytes))
        }
        Kind::EmptyApdu
        | Kind::EcdsaSign
        | Kind::AesCbc
        | Kind::Transactions
        | Kind::TransactionApdus
        | Kind::ArrayCopies => None,
    })
}

fn measure_one<E: Element + ?Sized>(card: &mut E, kind: Kind, slice: Duration) -> Result<Row, BenchError> {
    let work = kind.work();
    let (rounds, seconds) = measure_work(card, &work, slice)?;
    Ok(Row { kind, what: work.what, rounds, seconds, per_second: rounds as f64 / seconds })
}

/// Rounds of work, and the seconds they took.
pub(crate) fn measure_work<E: Element + ?Sized>(
    card: &mut E,
    work: &Work,
    slice: Duration,
) -> Result<(u64, f64), BenchError> {
    let mut count = 1;
    let mut command = command(work, count);
    let mut answer = Vec::new();
    // A slow card gets small counts, so that no command takes longer than a slice.
    loop {
        let start = Instant::now();
        run(card, work, &command, &mut answer)?;
        if start.elapsed() * 4 > slice || count == work.most {
            break;
        }
        count = work.most.min(count * 2);
        command = self::command(work, count);
    }
    let (mut commands, mut seconds) = (0, 0.0);
    for _ in 0..SLICES {
        let (made, taken) = measure_slice(card, work, &command, slice)?;
        match work.clock {
            Clock::Processor => (commands, seconds) = (commands + made, seconds + taken),
            Clock::Wall if commands == 0 || made as f64 / taken > commands as f64 / seconds => {
                (commands, seconds) = (made, taken);
            }
            Clock::Wall => {}
        }
    }
    Ok((commands * u64::from(count) * u64::from(work.unit), seconds))
}

/// Commands that were answered in about the time given, and the seconds that they took.
fn measure_slice<E: Element + ?Sized>(
    card: &mut E,
    work: &Work,
    command: &[u8; 5],
    slice: Duration,
) -> Result<(u64, f64), BenchError> {
    let mut answer = Vec::new();
    let start = Instant::now();
    let before = work.clock.seconds(start);
    let (mut commands, mut batch) = (0, 1);
    while start.elapsed() < slice {
        for _ in 0..batch {
            run(card, work, command, &mut answer)?;
        }
        commands += batch;
        // The clock is asked once in a while: reading it costs as much as a fast command.
        if start.elapsed() * 16 < slice {
            batch = 64.min(batch * 2);
        }
    }
    Ok((commands, work.clock.seconds(start) - before))
}

fn command(work: &Work, count: u16) -> [u8; 5] {
    let [high, low] = count.to_be_bytes();
    [0x80, work.instruction, high, low, 0]
}

fn run<E: Element + ?Sized>(
    card: &mut E,
    work: &Work,
    command: &[u8; 5],
    answer: &mut Vec<u8>,
) -> Result<(), BenchError> {
    // A command without an answer has no Le.
    let command =
        if work.instruction == 0 { command.first_chunk::<4>().map_or(&command[..], |c| c) } else { command };
    card.transmit_into(command, answer)?;
    if answer.ends_with(&[0x90, 0x00]) {
        return Ok(());
    }
    let status = Response::parse(answer).map_err(|_| card_link::LinkError::Malformed(answer.len()))?.status;
    Err(BenchError::Refused { work: work.what, status })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BASE, provisioned, select};
    use card_link::StatusWord;

    #[test]
    fn every_kind_of_work_is_done() {
        let (mut card, _keys) = provisioned(&BASE).unwrap();
        select(&mut card, &BASE).unwrap();
        let rows = measure(&mut card, &Kind::ALL, Duration::from_millis(20)).unwrap();
        assert_eq!(rows.iter().map(|row| row.kind).collect::<Vec<_>>(), Kind::ALL);
        for row in rows {
            assert!(row.rounds > 0 && row.per_second > 0.0, "{row:?}");
        }
    }

    #[test]
    fn a_card_without_the_applet_is_named_so() {
        let keys = card_link::CardKeys::random().unwrap();
        let mut card = card_link::InProcess::create(keys.card_options()).unwrap();
        assert!(matches!(select(&mut card, &BASE), Err(BenchError::NoApplet(StatusWord(0x6A82)))));
    }
}
