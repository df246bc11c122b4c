//! What the time stamps beside a ledger's entries show, and what is wrong with them.
//!
//! A stamp is over an entry's file, and an entry names the one before it, so a stamp shows that its entry *and all before
//! it* were there at its time. None of them may say that it was written later than that, but for the difference of two
//! clocks ([`limits::CLOCKS`]); and since only the last entry is ever stamped, a later entry's stamp is not earlier. A
//! stamp without its entry is what is left of a ledger that was cut short.

use super::check::{Fault, Source};
use super::digest::Digest;
use super::entry::Entry;
use super::limits;
use super::stamp::{Query, StampError, TimeStamp};
use std::collections::BTreeMap;

/// Holds each stamp against its entry, its request, and the entries and stamps before it.
pub(super) fn stamped(
    source: &dyn Source,
    entries: &BTreeMap<u64, Entry>,
) -> (BTreeMap<u64, TimeStamp>, Vec<Fault>) {
    let (mut stamps, mut faults) = (BTreeMap::new(), Vec::new());
    for number in source.stamps() {
        match one(source, number) {
            Ok(stamp) => {
                faults.extend(times(number, &stamp, entries, &stamps));
                stamps.insert(number, stamp);
            }
            Err(fault) => faults.push(fault),
        }
    }
    (stamps, faults)
}

/// A stamp by itself: its form, what it is about, what it answers.
fn one(source: &dyn Source, number: u64) -> Result<TimeStamp, Fault> {
    let malformed = |error: StampError| Fault::StampMalformed { number, why: error.to_string() };
    let stamp = TimeStamp::parse(&source.stamp(number).unwrap_or_default()).map_err(malformed)?;
    let entry = source.entry(number).ok_or(Fault::StampWithoutEntry { number })?;
    if stamp.imprint != Digest::of(&entry) {
        return Err(Fault::StampOfOther { number });
    }
    match source.query(number).map(|query| Query::parse(&query)) {
        // Asked for by other means than ours: there is nothing to compare.
        None => Ok(stamp),
        Some(Ok(query)) if stamp.answers(&query) => Ok(stamp),
        Some(_) => Err(Fault::StampUnasked { number }),
    }
}

fn times(
    number: u64,
    stamp: &TimeStamp,
    entries: &BTreeMap<u64, Entry>,
    stamps: &BTreeMap<u64, TimeStamp>,
) -> Option<Fault> {
    let latest = stamp.at.saturating_add(limits::CLOCKS).unwrap_or(stamp.at);
    let later = entries.range(..=number).find(|(_, entry)| entry.body().at > latest);
    if let Some((entry, _)) = later {
        return Some(Fault::StampTooEarly { number, entry: *entry });
    }
    let before = stamps.iter().next_back().filter(|(_, before)| before.at > latest);
    before.map(|(before, _)| Fault::StampOutOfOrder { number, before: *before })
}
