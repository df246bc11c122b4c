//! `medseal adapter test`: a capture through an adapter, as a gateway would take it.

use crate::exit::{Outcome, Problem, read};
use crate::print;
use adapters::replay::{self, Entry, Report};
use adapters::{Alert, Decoded, Fate, Said, Settings, capture};
use clap::Args;
use clinical::nomenclature;
use gateway::record::ClockZone;
use seal::{Decimal, Micros, Reading};
use serde_json::{Value, json};
use std::path::PathBuf;

/// What to replay.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The adapter: one of those that `medseal adapter list` shows
    #[arg(value_name = "NAME")]
    name: String,
    /// What the device sent: bytes, or text that begins with `# medseal capture` and holds pairs of hexadecimal digits
    #[arg(value_name = "CAPTURE")]
    capture: PathBuf,
    /// The file that configures the adapter, such as a mapping
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The device, where the capture does not say which
    #[arg(long, value_name = "WORD")]
    device: Option<String>,
    /// Where the device's clock is set, for stamps that do not say so: +01:00, or a place such as Europe/Zurich
    #[arg(long, value_name = "ZONE", default_value = "+00:00")]
    zone: String,
    /// When it came, for what has no time of its own; now, if nothing is said
    #[arg(long, value_name = "TIME")]
    at: Option<jiff::Timestamp>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  medseal adapter test gatt thermometer.hex
  medseal adapter test mapped results.csv --config analyser.toml --zone Europe/Zurich

Exit code: 0 all of it is taken; 1 something is not, with the offset of its byte and what to do; 2 the configuration or the capture has a fault.";

/// Replays.
pub(super) fn run(options: &Options) -> Outcome {
    let adapter = adapters::by_name(&options.name).ok_or_else(|| {
        let names: Vec<_> = adapters::all().iter().map(|adapter| adapter.name()).collect();
        Problem::Input(format!("no adapter {:?}: there are {}", options.name, names.join(", ")))
    })?;
    let zone: ClockZone = options.zone.parse().map_err(|error| Problem::Input(format!("{error}")))?;
    let config = options.config.as_deref().map(read).transpose()?;
    let config = config.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let file = read(&options.capture)?;
    let placed =
        |error: &dyn std::fmt::Display| Problem::Input(format!("{}: {error}", options.capture.display()));
    let bytes = capture::bytes(&file).map_err(|error| placed(&error))?;
    let at = Micros(options.at.unwrap_or_else(jiff::Timestamp::now).as_microsecond());
    let settings = Settings { config: config.as_deref(), device: options.device.as_deref() };
    let report = replay::replay(adapter, &settings, &bytes, 4096, (at, zone.zone())).map_err(|error| {
        let file = options.config.as_ref().map(|path| format!("{}: ", path.display())).unwrap_or_default();
        Problem::Input(format!("{file}{error}"))
    })?;
    if options.json {
        print::json(&object(&report));
    } else {
        shown(&report, &bytes);
    }
    match report.wrong().count() {
        0 => Ok(()),
        count => Err(Problem::No(format!("{count} refused"))),
    }
}

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const YELLOW: &str = "\x1b[33m";
const PLAIN: &str = "\x1b[0m";

fn shown(report: &Report, bytes: &[u8]) {
    for entry in &report.entries {
        let place = format!("{:>6} {:>5}", entry.span.at, entry.span.length);
        match &entry.outcome {
            replay::Outcome::Kept(why) => {
                print::result(&format!("{place}  {DIM}{}: {why}{PLAIN}", words(&entry.what)));
            }
            replay::Outcome::Refused { at, problem } => {
                let line = line_of(bytes, *at);
                print::result(&format!(
                    "{place}  {YELLOW}{} at byte {at}{line}: {}{PLAIN}",
                    words(&entry.what),
                    words(&problem.to_string())
                ));
                print::result(&format!("{:>14}{}", "", problem.remedy()));
            }
            replay::Outcome::Stored(both) => {
                let decoded = &both.1;
                print::result(&format!(
                    "{place}  {BOLD}{}{PLAIN} at {}",
                    words(&decoded.device),
                    moment(decoded.time)
                ));
                decoded.parts.iter().for_each(|part| {
                    let (at, what) = (part.at, words(&part.what));
                    match &part.fate {
                        Fate::Mapped(index) => {
                            let said = decoded
                                .readings
                                .get(*index)
                                .map(|reading| said(reading, decoded))
                                .unwrap_or_default();
                            print::result(&format!("{at:>12}  {what} -> {said}"));
                        }
                        Fate::Alert(index) => {
                            let alert = decoded.alerts.told.get(*index).map(alarm).unwrap_or_default();
                            print::result(&format!("{at:>12}  {what} -> {BOLD}{}{PLAIN}", words(&alert)));
                        }
                        Fate::Kept(why) => print::result(&format!("{at:>12}  {DIM}{what}: {why}{PLAIN}")),
                        Fate::Reported(problem) => {
                            let line = line_of(bytes, at as u64);
                            print::result(&format!(
                                "{at:>12}  {YELLOW}{what}{line}: {}{PLAIN}",
                                words(&problem.to_string())
                            ));
                            print::result(&format!("{:>14}{}", "", problem.remedy()));
                        }
                    }
                });
            }
        }
    }
    let (stored, readings) =
        (report.decoded().count(), report.decoded().map(|decoded| decoded.readings.len()).sum::<usize>());
    print::result(&format!(
        "{} bytes, all accounted for: {stored} records with {readings} readings",
        report.length
    ));
}

/// Line and column of a byte, where the capture is text.
fn line_of(bytes: &[u8], at: u64) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return String::new() };
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return String::new();
    }
    let before = usize::try_from(at).ok().and_then(|at| text.get(..at)).unwrap_or(text);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!(" (line {}, column {column})", before.matches('\n').count() + 1)
}

fn moment(time: Micros) -> String {
    jiff::Timestamp::from_microsecond(time.0).map_or_else(|_| time.0.to_string(), |time| time.to_string())
}

/// A reading in words.
fn said(reading: &Reading, decoded: &Decoded) -> String {
    let name = nomenclature::refid(reading.code());
    let code =
        if name.is_empty() { reading.code().to_string() } else { format!("{} {name}", reading.code()) };
    let value = match reading {
        Reading::Value { value, unit, .. } => format!("{value} {unit}"),
        Reading::Text { text, .. } => words(&format!("{text:?}")),
        Reading::Wave { samples, unit, period_us, .. } => {
            format!("{} samples of {unit}, {period_us} us apart", samples.len())
        }
    };
    let flags =
        if reading.flags().0 == 0 { String::new() } else { format!(" (flags {})", reading.flags().0) };
    let time = if reading.dt_us() == 0 {
        String::new()
    } else {
        format!(" at {}", moment(decoded.time.plus(reading.dt_us())))
    };
    format!("{BOLD}{value}{PLAIN} {code}{flags}{time}")
}

/// What is said of an alarm in words: `alarm, high: SpO2 low, 85 %, limits 90-`.
fn alarm(alert: &Alert) -> String {
    let condition = match &alert.said {
        Said::Acknowledged => return "acknowledged at the device".into(),
        Said::Condition(condition) => condition,
    };
    let state = if condition.holds { "alarm" } else { "no alarm" };
    let mut said = format!("{state}, {}: {}", condition.priority.word(), condition.text);
    if let Some((value, unit)) = condition.value {
        said.push_str(&format!(", {value} {}", unit.map(|unit| unit.to_string()).unwrap_or_default()));
    }
    if condition.low.is_some() || condition.high.is_some() {
        let bound = |bound: Option<Decimal>| bound.map(|bound| bound.to_string()).unwrap_or_default();
        said.push_str(&format!(", limits {}-{}", bound(condition.low), bound(condition.high)));
    }
    said
}

fn alert_object(alert: &Alert) -> Value {
    match &alert.said {
        Said::Acknowledged => json!({ "name": alert.name, "acknowledged": true }),
        Said::Condition(condition) => json!({
            "name": alert.name,
            "holds": condition.holds,
            "priority": condition.priority.word(),
            "code": condition.code.map(|code| code.0),
            "text": condition.text,
            "time": moment(condition.time),
            "value": condition.value.map(|(value, _)| value.to_string()),
            "unit": condition.value.and_then(|(_, unit)| unit).map(|unit| unit.to_string()),
            "low": condition.low.map(|low| low.to_string()),
            "high": condition.high.map(|high| high.to_string()),
        }),
    }
}

/// Without control characters that would move the terminal's cursor.
fn words(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect()
}

fn object(report: &Report) -> Value {
    let entries: Vec<Value> = report.entries.iter().map(stretch).collect();
    json!({ "bytes": report.length, "refused": report.wrong().count(), "entries": entries })
}

fn stretch(entry: &Entry) -> Value {
    let mut object = json!({ "at": entry.span.at, "length": entry.span.length, "what": entry.what });
    let more = match &entry.outcome {
        replay::Outcome::Kept(why) => json!({ "fate": "kept", "why": why }),
        replay::Outcome::Refused { at, problem } => {
            json!({ "fate": "refused", "byte": at, "problem": problem.to_string(), "remedy": problem.remedy() })
        }
        replay::Outcome::Stored(both) => {
            let (record, decoded) = both.as_ref();
            let readings: Vec<Value> =
                decoded.readings.iter().map(|reading| reading_object(reading, decoded)).collect();
            let parts: Vec<Value> = decoded.parts.iter().map(part_object).collect();
            let alerts: Vec<Value> = decoded.alerts.told.iter().map(alert_object).collect();
            let fate = if decoded.reported().next().is_some() { "stored in part" } else { "stored" };
            json!({ "fate": fate, "device": record.device, "time": moment(decoded.time), "readings": readings, "alerts": alerts, "parts": parts })
        }
    };
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    object
}

fn part_object(part: &adapters::Part) -> Value {
    match &part.fate {
        Fate::Mapped(index) => {
            json!({ "byte": part.at, "what": part.what, "fate": "mapped", "reading": index })
        }
        Fate::Alert(index) => json!({ "byte": part.at, "what": part.what, "fate": "alert", "alert": index }),
        Fate::Kept(why) => json!({ "byte": part.at, "what": part.what, "fate": "kept", "why": why }),
        Fate::Reported(problem) => {
            json!({ "byte": part.at, "what": part.what, "fate": "reported", "problem": problem.to_string(), "remedy": problem.remedy() })
        }
    }
}

fn reading_object(reading: &Reading, decoded: &Decoded) -> Value {
    let time = moment(decoded.time.plus(reading.dt_us()));
    let mut object = json!({ "code": reading.code().0, "name": nomenclature::refid(reading.code()), "time": time, "flags": reading.flags().0 });
    let (key, value) = match reading {
        Reading::Value { value, .. } => ("value", Value::from(value.to_string())),
        Reading::Text { text, .. } => ("text", Value::from(text.as_str())),
        Reading::Wave { samples, .. } => ("samples", Value::from(samples.len())),
    };
    if let Some(members) = object.as_object_mut() {
        members.insert(key.into(), value);
        if let Some(unit) = reading.unit() {
            members.insert("unit".into(), Value::from(unit.to_string()));
        }
    }
    object
}
