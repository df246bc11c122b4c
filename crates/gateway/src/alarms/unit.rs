//! Values in the unit of a limit: the few pairs in which one quantity is measured in two units at a bedside.

use clinical::nomenclature::plain_unit;
use seal::{Decimal, Unit};

/// The value in the unit `to`; `None` when it does not convert.
pub(super) fn in_unit(value: Decimal, unit: Unit, to: &str) -> Option<f64> {
    let value = value.to_f64();
    let from = unit.as_str();
    if from == to {
        return Some(value);
    }
    match (&*plain_unit(from), to) {
        (plain, to) if plain == to => Some(value),
        // ITS-90 and the definitions of the units: exact.
        ("[degF]", "Cel") => Some((value - 32.0) / 1.8),
        ("K", "Cel") => Some(value - 273.15),
        // 1 mmHg is 133.322 Pa (ISO 80000-4).
        ("kPa", "mm[Hg]") => Some(value / 0.133_322),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_quantity_in_two_units_is_compared() {
        for (value, unit, to, expected) in [
            ("98.6", "[degF]", "Cel", Some(37.0)),
            ("310.15", "K", "Cel", Some(37.0)),
            ("12", "kPa", "mm[Hg]", Some(90.007)),
            ("60", "{beats}/min", "/min", Some(60.0)),
            ("60", "/min", "/min", Some(60.0)),
            ("5", "mmol/L", "mg/dL", None),
        ] {
            let found = in_unit(value.parse().unwrap(), unit.parse().unwrap(), to);
            match (found, expected) {
                (Some(found), Some(expected)) => {
                    assert!((found - expected).abs() < 0.001, "{found} {expected}");
                }
                (found, expected) => assert_eq!(found, expected),
            }
        }
    }
}
