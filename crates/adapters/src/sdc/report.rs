//! Reports of a provider (IEEE 11073-10207, annex A.3): states of metrics and alerts, and waveforms.

use std::collections::HashMap;

use clinical::alarm::Priority;
use clinical::nomenclature;
use seal::{Code, Decimal, Flags, Micros, NO_SAMPLE, Reading, Unit};

use super::mdib::{Descriptor, Kind, Version};
use super::xml::{Element, Ns};
use crate::decoded::{Metric, Place};
use crate::{Alert, Condition, Number, Problem, Refusal, Said, Sheet, clock};

/// MDC's events that say no more than that a value is too high or too low, or that there is an alarm.
const GENERIC: [u32; 3] = [196_648, 196_670, 196_616];

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Something that was measured, or an alert.
    Measured,
    /// The answer to who asked how all alerts are.
    Alerts,
    /// The descriptions changed: they have to be fetched again.
    Described,
    /// Contexts, components, operations: nothing that was measured.
    Else,
}

/// A report as an element.
#[derive(Debug)]
pub(super) struct Report<'a> {
    pub(super) content: Content,
    pub(super) version: Version,
    element: &'a Element,
}

impl<'a> Report<'a> {
    /// A report, if the body of a message is one.
    pub(super) fn of(element: &'a Element) -> Option<Result<Self, Refusal>> {
        let content = match (element.ns, element.name.as_str()) {
            (
                Ns::Message,
                "EpisodicMetricReport"
                | "PeriodicMetricReport"
                | "EpisodicAlertReport"
                | "PeriodicAlertReport"
                | "WaveformStream",
            ) => Content::Measured,
            (Ns::Message, "GetMdStateResponse") => Content::Alerts,
            (Ns::Message, "DescriptionModificationReport") => Content::Described,
            (Ns::Message, name) if name.ends_with("Report") => Content::Else,
            _ => return None,
        };
        Some(Version::of(element).map(|version| Self { content, version, element }))
    }

    /// The states in it, in their order.
    fn states(&self) -> impl Iterator<Item = &'a Element> {
        let parts =
            self.element.children.iter().filter(|part| {
                part.ns == Ns::Message && matches!(part.name.as_str(), "ReportPart" | "MdState")
            });
        let parts = parts.flat_map(|part| &part.children);
        let all = self.element.children.iter().chain(parts);
        all.filter(|state| state.attribute("DescriptorHandle").is_some())
    }

    /// The descriptors that it is about.
    pub(super) fn handles(&self) -> impl Iterator<Item = &'a str> {
        self.states().filter_map(|state| state.attribute("DescriptorHandle"))
    }

    /// The values in it, by their handles.
    pub(super) fn values(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.states().filter_map(|state| {
            let value = state.child(Ns::Participant, "MetricValue").filter(|it| is_worth_telling(it))?;
            Some((state.attribute("DescriptorHandle")?, value.attribute("Value")?))
        })
    }

    /// Writes what it says; states without a time of their own are timed by `received`.
    pub(super) fn read<'r>(
        &'r self,
        known: &'r HashMap<String, Descriptor>,
        received: Option<Micros>,
    ) -> Page<'r> {
        let mut page =
            Page { sheet: Sheet::new(), received, is_untimed: false, known, values: self.values().collect() };
        let is_answer = self.content == Content::Alerts;
        if is_answer {
            // Conditions may be as they are for hours: only when this was answered says when it was so.
            received.into_iter().for_each(|time| page.sheet.see(time));
            page.sheet.tells_all_alerts();
        }
        for state in self.states() {
            let handle = state.attribute("DescriptorHandle").unwrap_or_default();
            let value = state.child(Ns::Participant, "MetricValue").unwrap_or(state);
            determined(value).into_iter().for_each(|time| page.sheet.see(time));
            match known.get(handle) {
                Some(of) if is_answer && !matches!(of.kind, Kind::Alert | Kind::Signal) => {
                    page.sheet.kept(
                        state.at,
                        handle,
                        "asked for because of an alert; its reports are charted",
                    );
                }
                Some(descriptor) => page.state(state, descriptor),
                None => {
                    let problem =
                        Problem::Unknown { what: "descriptor", found: handle.chars().take(60).collect() };
                    page.sheet.reported(state.at, handle, problem);
                }
            }
        }
        page.is_untimed |= is_answer || !page.sheet.has_seen_time();
        page
    }
}

/// What a report says.
pub(super) struct Page<'a> {
    pub(super) sheet: Sheet,
    known: &'a HashMap<String, Descriptor>,
    /// What the report itself says of sources.
    values: HashMap<&'a str, &'a str>,
    received: Option<Micros>,
    /// Whether something in it has no time of its own.
    pub(super) is_untimed: bool,
}

/// What a value is worth (`MeasurementValidity`).
enum Worth {
    Value(Flags),
    Above,
    Below,
    None,
}

impl Page<'_> {
    fn state(&mut self, state: &Element, of: &Descriptor) {
        match of.kind {
            Kind::Alert => self.condition(state, of),
            Kind::Signal => self.signal(state, of),
            Kind::Number | Kind::Text | Kind::Samples => self.metric(state, of),
            Kind::Other => self.sheet.kept(state.at, &of.handle, "says nothing of what was measured"),
        }
    }

    fn metric(&mut self, state: &Element, of: &Descriptor) {
        let Some(value) = state.child(Ns::Participant, "MetricValue") else {
            return self.sheet.kept(state.at, &of.handle, "the device has no value for it");
        };
        let Some(code) = of.code.map(Code) else {
            let problem = Problem::Unknown { what: "code, which is not MDC:", found: of.said.clone() };
            return self.sheet.reported(state.at, &of.handle, problem);
        };
        let Some(place) = self.place(value) else {
            return self.sheet.reported(value.at, &of.handle, Problem::Time("nothing".into()));
        };
        match (worth(value), of.kind) {
            (Worth::None, _) => self.sheet.kept(value.at, &of.handle, "the device says that it is not valid"),
            (Worth::Above, _) => self.number(place, of, code, Number::Above, Flags::NONE),
            (Worth::Below, _) => self.number(place, of, code, Number::Below, Flags::NONE),
            (Worth::Value(flags), Kind::Samples) => self.samples(place, of, code, value, flags),
            (Worth::Value(flags), Kind::Text) => match value.attribute("Value") {
                Some(text) => self.sheet.text(place, &of.handle, code, text.to_owned(), flags),
                None => self.sheet.kept(value.at, &of.handle, "the device has no value for it"),
            },
            (Worth::Value(flags), Kind::Number | Kind::Alert | Kind::Signal | Kind::Other) => {
                match value.attribute("Value") {
                    None => self.sheet.kept(value.at, &of.handle, "the device has no value for it"),
                    Some(text) => match decimal(text) {
                        Ok(number) => self.number(place, of, code, Number::Finite(number), flags),
                        Err(problem) => self.sheet.reported(value.at, &of.handle, problem),
                    },
                }
            }
        }
    }

    fn number(&mut self, place: Place, of: &Descriptor, code: Code, number: Number, flags: Flags) {
        let unit = of.unit.and_then(|unit| nomenclature::unit(Code(unit)));
        let said = of.unit.map_or_else(String::new, |unit| format!("(MDC {unit})"));
        self.sheet.number(place, &of.handle, Metric { code, unit, said: &said }, number, flags);
    }

    /// When a state or its value was determined; else when it came.
    fn place(&mut self, element: &Element) -> Option<Place> {
        let own = determined(element);
        self.is_untimed |= own.is_none();
        own.or(self.received).map(|time| Place { at: element.at, time })
    }

    /// A condition holds while it is present and the device looks for it (A.2, AlertConditionState).
    fn condition(&mut self, state: &Element, of: &Descriptor) {
        let Some(place) = self.place(state) else {
            return self.sheet.reported(state.at, &of.handle, Problem::Time("nothing".into()));
        };
        let Some(priority) = priority(state.attribute("ActualPriority").unwrap_or(&of.priority)) else {
            return self.sheet.kept(state.at, &of.handle, "the device says that it is no alarm");
        };
        let is_on = state.attribute("ActivationState").is_none_or(|activation| activation == "On");
        let limits = state.child(Ns::Participant, "Limits");
        let bound = |name: &str| decimal(limits?.attribute(name)?).ok();
        let source = of.sources.iter().find_map(|handle| self.known.get(handle));
        let own = of.code.map(Code);
        let source_code = source.and_then(|source| source.code).map(Code);
        let text = match own {
            _ if !of.name.is_empty() => of.name.clone(),
            Some(code) => nomenclature::refid(code).to_owned(),
            None if of.said.is_empty() => of.handle.clone(),
            None => of.said.clone(),
        };
        let said = Said::Condition(Box::new(Condition {
            holds: is_on && state.attribute("Presence") == Some("true"),
            priority,
            code: own.filter(|code| !GENERIC.contains(&code.0)).or(source_code).or(own),
            text,
            time: place.time,
            value: source.and_then(|source| self.value(source)),
            low: bound("Lower"),
            high: bound("Upper"),
        }));
        self.sheet.alert(state.at, &of.handle, Alert { name: of.handle.clone(), said });
    }

    /// The newest value of what a condition is about.
    fn value(&self, of: &Descriptor) -> Option<(Decimal, Option<Unit>)> {
        let said = self.values.get(of.handle.as_str()).copied().unwrap_or(&of.value);
        let unit = of.unit.and_then(|unit| nomenclature::unit(Code(unit)));
        (of.kind == Kind::Number).then(|| decimal(said).ok()).flatten().map(|value| (value, unit))
    }

    /// Of signals only that somebody has acknowledged one says more than its condition (A.2, AlertSignalPresence).
    fn signal(&mut self, state: &Element, of: &Descriptor) {
        match state.attribute("Presence") {
            Some("Ack") => {
                let alert = Alert { name: of.signals.clone(), said: Said::Acknowledged };
                self.sheet.alert(state.at, &of.handle, alert);
            }
            _ => self.sheet.kept(state.at, &of.handle, "a signal, of which its condition tells"),
        }
    }

    /// Samples in steps of the resolution. The time of the value is that of the last sample (A.2, SampleArrayValue): the first is so much earlier.
    fn samples(&mut self, place: Place, of: &Descriptor, code: Code, value: &Element, flags: Flags) {
        let (Some(period_us), Ok(scale)) = (of.period_us, decimal(&of.resolution)) else {
            return self.sheet.reported(
                value.at,
                &of.handle,
                Problem::Unknown { what: "sample period", found: String::new() },
            );
        };
        let Some(unit) = of.unit.and_then(|unit| nomenclature::unit(Code(unit))) else {
            return self.sheet.reported(
                value.at,
                &of.handle,
                Problem::Unknown { what: "unit", found: of.said.clone() },
            );
        };
        let words = value.attribute("Samples").unwrap_or_default().split_ascii_whitespace();
        let read = words
            .map(|word| decimal(word).and_then(|sample| steps(sample, scale)))
            .collect::<Result<Vec<i16>, _>>();
        match read {
            Err(problem) => self.sheet.reported(value.at, &of.handle, problem),
            Ok(samples) if samples.is_empty() => self.sheet.kept(value.at, &of.handle, "no samples"),
            Ok(samples) => {
                let back = i64::from(period_us).saturating_mul(samples.len() as i64 - 1);
                let place = Place { time: place.time.plus(-back), ..place };
                let offset = Decimal { mantissa: 0, exponent: 0 };
                let wave = Reading::Wave { code, unit, dt_us: 0, period_us, scale, offset, samples, flags };
                self.sheet.wave(place, &of.handle, wave);
            }
        }
    }
}

/// `DeterminationTime`: milliseconds since 1970.
fn determined(element: &Element) -> Option<Micros> {
    let millis: i64 = element.attribute("DeterminationTime")?.parse().ok()?;
    clock::within(Micros(millis.checked_mul(1000)?))
}

/// `AlertConditionPriority`; `None` when it is no alarm.
fn priority(said: &str) -> Option<Priority> {
    match said {
        "None" => None,
        "Lo" => Some(Priority::Low),
        "Me" => Some(Priority::Medium),
        "Hi" => Some(Priority::High),
        _ => Some(Priority::Unknown),
    }
}

fn is_worth_telling(value: &Element) -> bool {
    matches!(worth(value), Worth::Value(_))
}

fn worth(value: &Element) -> Worth {
    let quality = value.child(Ns::Participant, "MetricQuality");
    let said = |name: &str| quality.and_then(|quality| quality.attribute(name)).unwrap_or_default();
    let mode = match said("Mode") {
        "Demo" => Flags::SIMULATED,
        "Test" => Flags::TEST,
        _ => Flags::NONE,
    };
    match said("Validity") {
        "Vld" | "Vldated" => Worth::Value(mode),
        "Qst" => Worth::Value(mode | Flags::QUESTIONABLE),
        "Calib" => Worth::Value(mode | Flags::CALIBRATING),
        "Oflw" => Worth::Above,
        "Uflw" => Worth::Below,
        // Inv, NA, Ong, and what is not known: no value that could be charted.
        _ => Worth::None,
    }
}

/// `xsd:decimal`: a sign, digits, a point.
fn decimal(text: &str) -> Result<Decimal, Problem> {
    let plain = text.trim().trim_start_matches('+');
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |digits| ("-", digits));
    // A point may stand before or behind all digits.
    let digits = digits.strip_suffix('.').unwrap_or(digits);
    let zero = if digits.starts_with('.') { "0" } else { "" };
    format!("{sign}{zero}{digits}")
        .parse()
        .map_err(|error: seal::DecimalError| Problem::Syntax(error.to_string()))
}

/// How many steps of `scale` a sample is: a whole number of them that 16 bits hold.
fn steps(sample: Decimal, scale: Decimal) -> Result<i16, Problem> {
    let out = || Problem::Range(format!("{sample} in steps of {scale}"));
    let low = sample.exponent.min(scale.exponent);
    let wide = |it: Decimal| {
        let power = u32::from((it.exponent - low).unsigned_abs());
        i128::from(it.mantissa).checked_mul(10_i128.checked_pow(power)?)
    };
    let (sample, scale) =
        (wide(sample).ok_or_else(out)?, wide(scale).filter(|scale| *scale > 0).ok_or_else(out)?);
    // Nearest step; a device's samples may be finer than the resolution that it states.
    let steps = (2 * sample + scale).div_euclid(2 * scale);
    i16::try_from(steps).ok().filter(|steps| *steps != NO_SAMPLE).ok_or_else(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_and_steps() {
        let number = |text: &str| decimal(text).unwrap();
        for (text, shown) in [("97", "97"), ("+1.50", "1.50"), ("-.5", "-0.5"), ("5.", "5")] {
            assert_eq!(number(text).to_string(), shown);
        }
        assert!(decimal("1e3").is_err() && decimal("").is_err());
        let step = |sample: &str, scale: &str| steps(number(sample), number(scale));
        assert_eq!(step("1.25", "0.01"), Ok(125));
        assert_eq!(step("-1.256", "0.01"), Ok(-126));
        assert_eq!(step("7", "2"), Ok(4));
        assert!(step("400", "0.01").is_err() && step("1", "0").is_err() && step("-327.68", "0.01").is_err());
    }
}
