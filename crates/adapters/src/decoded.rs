//! What a record says.

use clinical::nomenclature;
use seal::{Code, Decimal, Flags, Micros, Reading, Unit};

use crate::{Alert, Alerts, Fate, Number, Part, Problem, limits};

/// The readings of a record, and what became of each of its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// By which the device is told from others of the same source.
    pub device: String,
    /// The time that the readings' times count from: of the first.
    pub time: Micros,
    /// What was measured.
    pub readings: Vec<Reading>,
    /// What the device says of its alarms.
    pub alerts: Alerts,
    /// What became of each part, in the order in which they stand there.
    pub parts: Vec<Part>,
}

impl Decoded {
    /// Those parts that should have been mapped and could not be.
    pub fn reported(&self) -> impl Iterator<Item = (&Part, &Problem)> {
        self.parts.iter().filter_map(|part| match &part.fate {
            Fate::Reported(problem) => Some((part, problem)),
            Fate::Mapped(_) | Fate::Alert(_) | Fate::Kept(_) => None,
        })
    }
}

/// Where an adapter writes what it finds in a record, part by part, each with its own time. Limits of a batch are kept here.
#[derive(Debug, Default)]
pub struct Sheet {
    rows: Vec<Row>,
    seen: Option<Micros>,
    alerts_are_all: bool,
}

#[derive(Debug)]
struct Row {
    at: usize,
    what: String,
    found: Found,
}

#[derive(Debug)]
enum Found {
    Reading(Micros, Reading),
    Alert(Box<Alert>),
    Kept(&'static str),
    Reported(Problem),
}

/// Where a part stands and when it was measured.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Offset in the original.
    pub at: usize,
    /// When it was measured.
    pub time: Micros,
}

impl Sheet {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a time that the record tells, for when no reading comes of it.
    pub fn see(&mut self, time: Micros) {
        self.seen.get_or_insert(time);
    }

    /// Whether the record told any time.
    #[must_use]
    pub fn has_seen_time(&self) -> bool {
        self.seen.is_some()
    }

    /// A number. Without a unit that is known as UCUM it becomes a text that holds number and `said`, the unit as it was sent, so that nothing
    /// computes with a unit that it does not know.
    pub fn value(&mut self, place: Place, what: &str, of: Metric<'_>, value: Decimal, flags: Flags) {
        let Metric { code, unit, said } = of;
        let reading = match unit {
            Some(unit) => Reading::Value { code, unit, dt_us: 0, value, flags },
            None => {
                Reading::Text { code, dt_us: 0, text: format!("{value} {said}").trim_end().to_owned(), flags }
            }
        };
        self.push(place, what, Found::Reading(place.time, reading));
    }

    /// A number of a medical device, or what it sends in a number's place (ISO/IEEE 11073-20601, annex F).
    pub fn number(&mut self, place: Place, what: &str, of: Metric<'_>, number: Number, flags: Flags) {
        match number {
            Number::Finite(value) => self.value(place, what, of, value, flags),
            Number::Above | Number::Below => {
                let words = if number == Number::Above {
                    "above the device's range"
                } else {
                    "below the device's range"
                };
                self.text(place, what, of.code, words.to_owned(), flags | Flags::QUESTIONABLE);
            }
            Number::NotANumber => self.kept(place.at, what, "the device has no value for it"),
            Number::NoResolution => self.kept(place.at, what, "the device's resolution does not suffice"),
            Number::Reserved => {
                let found = "a reserved bit pattern".to_owned();
                self.reported(
                    place.at,
                    what,
                    Problem::Value { what: "the number", found, wanted: "a number" },
                );
            }
            Number::OutOfRange { mantissa, exponent } => {
                self.reported(place.at, what, Problem::Range(format!("{mantissa}e{exponent}")));
            }
        }
    }

    /// Words.
    pub fn text(&mut self, place: Place, what: &str, code: Code, text: String, flags: Flags) {
        if text.len() > seal::limits::TEXT {
            let problem = Problem::Limit { what: "bytes of a text", most: seal::limits::TEXT };
            return self.reported(place.at, what, problem);
        }
        self.push(place, what, Found::Reading(place.time, Reading::Text { code, dt_us: 0, text, flags }));
    }

    /// A stretch of a waveform, whose first sample was taken at the place's time.
    pub fn wave(&mut self, place: Place, what: &str, wave: Reading) {
        self.push(place, what, Found::Reading(place.time, wave));
    }

    /// What is said of an alarm.
    pub fn alert(&mut self, at: usize, what: &str, alert: Alert) {
        let found = match self.rows.iter().filter(|row| matches!(row.found, Found::Alert(_))).count() {
            count if count < limits::ALERTS => Found::Alert(Box::new(alert)),
            _ => Found::Reported(Problem::Limit { what: "alerts", most: limits::ALERTS }),
        };
        self.rows.push(Row { at, what: what.to_owned(), found });
    }

    /// The record tells of all alarms that the device has: those it does not name are over.
    pub fn tells_all_alerts(&mut self) {
        self.alerts_are_all = true;
    }

    /// A part of which nothing was to be mapped.
    pub fn kept(&mut self, at: usize, what: &str, why: &'static str) {
        self.rows.push(Row { at, what: what.to_owned(), found: Found::Kept(why) });
    }

    /// A part that should have been mapped and could not be.
    pub fn reported(&mut self, at: usize, what: &str, problem: Problem) {
        self.rows.push(Row { at, what: what.to_owned(), found: Found::Reported(problem) });
    }

    fn push(&mut self, place: Place, what: &str, found: Found) {
        let readings = self.rows.iter().filter(|row| matches!(row.found, Found::Reading(..))).count();
        let found = match readings < seal::limits::BATCH_READINGS {
            true => found,
            false => Found::Reported(Problem::Limit { what: "readings", most: seal::limits::BATCH_READINGS }),
        };
        self.rows.push(Row { at: place.at, what: what.to_owned(), found });
    }

    /// What the record says; `time` is for one that tells none itself.
    #[must_use]
    pub fn decoded(self, device: &str, time: Micros) -> Decoded {
        let first = self.rows.iter().find_map(|row| match &row.found {
            Found::Reading(time, _) => Some(*time),
            Found::Alert(_) | Found::Kept(_) | Found::Reported(_) => None,
        });
        let time = first.or(self.seen).unwrap_or(time);
        let (mut readings, mut parts) = (Vec::new(), Vec::with_capacity(self.rows.len()));
        let mut alerts = Alerts { told: Vec::new(), are_all: self.alerts_are_all };
        for Row { at, what, found } in self.rows {
            let fate = match found {
                Found::Kept(why) => Fate::Kept(why),
                Found::Alert(alert) => {
                    alerts.told.push(*alert);
                    Fate::Alert(alerts.told.len() - 1)
                }
                Found::Reported(problem) => Fate::Reported(problem),
                Found::Reading(own, reading) => {
                    let dt = own.0.saturating_sub(time.0);
                    if dt.unsigned_abs() > seal::limits::DT.unsigned_abs() {
                        Fate::Reported(Problem::TooFar)
                    } else {
                        readings.push(moved(reading, dt));
                        Fate::Mapped(readings.len() - 1)
                    }
                }
            };
            parts.push(Part { at, what, fate });
        }
        Decoded { device: device.to_owned(), time, readings, alerts, parts }
    }
}

fn moved(reading: Reading, to: i64) -> Reading {
    match reading {
        Reading::Value { code, unit, value, flags, .. } => {
            Reading::Value { code, unit, dt_us: to, value, flags }
        }
        Reading::Text { code, text, flags, .. } => Reading::Text { code, dt_us: to, text, flags },
        Reading::Wave { code, unit, period_us, scale, offset, samples, flags, .. } => {
            Reading::Wave { code, unit, dt_us: to, period_us, scale, offset, samples, flags }
        }
    }
}

/// What a number is of.
#[derive(Debug, Clone, Copy)]
pub struct Metric<'a> {
    /// What was measured.
    pub code: Code,
    /// Its unit, if it is known.
    pub unit: Option<Unit>,
    /// The unit as it was sent.
    pub said: &'a str,
}

impl Metric<'static> {
    /// A metric in a UCUM unit; a text that is none leaves it unknown.
    #[must_use]
    pub fn ucum(code: u32, unit: &'static str) -> Self {
        Self { code: Code(code), unit: unit.parse().ok(), said: unit }
    }
}

impl<'a> Metric<'a> {
    /// A metric in an MDC unit of partition 4 (dimensions), with its digits for when it is not known.
    #[must_use]
    pub fn mdc(code: Code, unit: u16, digits: &'a str) -> Self {
        const DIMENSIONS: u32 = 4 << 16;
        Self { code, unit: nomenclature::unit(Code(DIMENSIONS | u32::from(unit))), said: digits }
    }
}
