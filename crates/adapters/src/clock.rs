//! What a device's clock shows, as a moment.

use clinical::hl7::Zone;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use seal::Micros;

/// The moment of a clock's face in `zone`; of a face that the zone's clocks show twice, the earlier one.
pub(crate) fn moment(face: DateTime, zone: &Zone) -> Option<Micros> {
    let in_zone = |zone: &TimeZone| zone.to_ambiguous_timestamp(face).compatible().ok();
    let micros = match zone {
        Zone::Named(zone) => in_zone(zone)?.as_microsecond(),
        Zone::Offset(seconds) => in_zone(&TimeZone::UTC)?
            .as_microsecond()
            .checked_sub(i64::from(*seconds).checked_mul(1_000_000)?)?,
    };
    within(Micros(micros))
}

/// A moment that a record may bear: not before 1970, not after 9999.
pub(crate) fn within(time: Micros) -> Option<Micros> {
    (0..=seal::limits::TIME).contains(&time.0).then_some(time)
}
