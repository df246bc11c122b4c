//! Dialects: every built-in one writes messages that two readers understand, errors point at their lines, and no value breaks out of its field.

use clinical::dialect::{Dialect, LeftOut, Problem, Sending, Status, Value, Vouched, rows, write};
use clinical::hl7::{Message, Zone, decode};
use clinical::pcd::{self, Processing};
use clinical::person::{Location, Patient, Sex};
use proptest::prelude::*;
use seal::{Batch, Code, Flags, Micros, Reading};

fn patient(family: &str) -> Patient {
    Patient {
        id: "7".into(),
        identifier: "4711".into(),
        authority: "HOSP".into(),
        family: family.into(),
        given: "Zoë".into(),
        born: Some("1960-02-29".parse().unwrap()),
        sex: Sex::Female,
    }
}

fn value(code: u32, unit: &str, dt_us: i64, value: &str, flags: Flags) -> Reading {
    Reading::Value {
        code: Code(code),
        unit: unit.parse().unwrap(),
        dt_us,
        value: value.parse().unwrap(),
        flags,
    }
}

fn batch() -> Batch {
    let readings = vec![
        value(147_842, "/min", 0, "80", Flags::NONE),
        value(147_842, "/min", 10_000_000, "83", Flags::NONE),
        value(150_456, "%", 0, "97.25", Flags::QUESTIONABLE),
        Reading::Text {
            code: Code(184_327),
            dt_us: 0,
            text: "sinus | \"rhythm\"".into(),
            flags: Flags::NONE,
        },
        value(150_344, "Cel", 0, "37.1", Flags::SIMULATED),
    ];
    Batch { device: "monitor-1".parse().unwrap(), time: Micros(1_575_632_092_000_000), readings }
}

fn sending<'a>(patient: &'a Patient, location: &'a Location) -> Sending<'a> {
    Sending {
        application: "MEDSEAL",
        facility: "Ward & Co",
        receiving_application: "EHR",
        receiving_facility: "Hospital",
        control_id: "c-1",
        sent: Micros(1_575_632_093_000_000),
        processing: Processing::Production,
        patient,
        account: "",
        visit: "V100",
        location,
        device: "monitor-1",
        order: "17",
        vouched: Vouched::Sealed,
    }
}

fn text(dialect: &Dialect, family: &str) -> (String, Vec<(usize, LeftOut)>) {
    let (patient, location) =
        (patient(family), Location { unit: "ICU".into(), bed: "3".into(), ..Location::default() });
    let written = write(dialect, &sending(&patient, &location), &rows(&batch()));
    (decode(&dialect.encode(&written.message.unwrap())).unwrap().into_owned(), written.left_out)
}

#[test]
fn every_built_in_dialect_writes_what_two_readers_understand() {
    for name in Dialect::built_in_names() {
        let dialect = Dialect::parse(Dialect::built_in_text(name).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((dialect.name.as_str(), dialect.tested), (name, name.starts_with("flat")));
        assert!(!dialect.source.is_empty() && (dialect.tested || !dialect.assumed.is_empty()), "{name}");
        let (text, left_out) = text(&dialect, "O^Brien");
        assert_eq!(left_out, [(4, LeftOut::Staged)], "{name}");
        let message = Message::parse(&text).unwrap();
        let berlin = Zone::Named(jiff::tz::TimeZone::get("Europe/Berlin").unwrap());
        let found = pcd::readings(&message, &berlin).unwrap();
        assert_eq!(found.account.reported().count(), 0, "{name}: {text}");
        assert_eq!(found.time, Micros(1_575_632_092_000_000), "{name}");
        let codes: Vec<u32> = found.readings.iter().map(|reading| reading.code().0).collect();
        assert_eq!(codes, [147_842, 147_842, 150_456, 184_327], "{name}");
        assert_eq!(found.patient.family.value().unwrap(), "O^Brien");
        assert_eq!(found.patient.given.value().unwrap(), "Zoë");

        let other = hl7_parser::Message::parse(text.trim_end()).unwrap();
        let values: Vec<_> = other
            .segments()
            .filter(|it| it.name == "OBX")
            .map(|obx| obx.field(5).unwrap().raw_value())
            .collect();
        assert_eq!(values, ["80", "83", "97.25", "sinus \\F\\ \"rhythm\""], "{name}");
    }
}

const SITE: &str = r#"
name = "site"
extends = "flat"
version = "2.3"
charset = "8859/1"
zone = "Europe/Berlin"
offset = false
interval = 60
averaging = "last"
unlisted = "leave"

[[code]]
mdc = 147842
code = "HR"
name = "Heart rate"
system = "L"
unit = "bpm"
places = 0
averaging = "mean"

[[code]]
mdc = 150456
code = "SPO2"
places = 1
"#;

#[test]
fn a_sites_codes_units_times_and_averages_are_its_own() {
    let dialect = Dialect::parse(SITE).unwrap();
    let (patient, location) = (patient("Doe"), Location::default());
    let mut condensed = dialect.condense(&rows(&batch()));
    assert_eq!(condensed[0].value, Value::Number("82".parse().unwrap()));
    condensed[1].status = Status::Corrected;
    let sending = Sending { vouched: Vouched::NotSealed("icu"), ..sending(&patient, &location) };
    let written = write(&dialect, &sending, &condensed);
    assert_eq!(written.left_out, [(2, LeftOut::Unlisted), (3, LeftOut::Staged)]);
    let message = written.message.unwrap();
    let bytes = dialect.encode(&message);
    assert!(bytes.windows(3).any(|window| window == b"Zo\xeb"));
    let text = decode(&bytes).unwrap();
    let lines: Vec<&str> = text.split('\r').collect();
    assert_eq!(
        lines,
        [
            "MSH|^~\\&|MEDSEAL|Ward \\T\\ Co|EHR|Hospital|20191206123453||ORU^R01^ORU_R01|c-1|P|2.3||||||8859/1",
            "PID|1||4711^^^HOSP^MR||Doe^Zoë||19600229|F",
            "PV1|1|I|||||||||||||||||V100",
            "OBR|1||17^monitor-1|182777000^monitoring of patient^SCT|||20191206123452|20191206123502|||||||||||||||||C",
            "OBX|1|NM|HR^Heart rate^L|147842|82|bpm|||||R|||20191206123502||||monitor-1",
            "NTE|1|L|mean of 2 since 20191206123452; not sealed, source icu",
            "OBX|2|NM|SPO2|150456|97.3|%||QUES|||C|||20191206123452||||monitor-1",
            "NTE|1|L|last of 1 since 20191206123452; not sealed, source icu",
            "",
        ]
    );
}

#[test]
fn two_values_of_a_code_are_told_apart() {
    let (text, _) = text(&Dialect::built_in("flat").unwrap(), "Doe");
    let message = Message::parse(&text).unwrap();
    let subs: Vec<_> = message
        .segments()
        .iter()
        .filter(|it| it.name() == "OBX")
        .map(|obx| obx.field(4).component(1).text().into_owned())
        .collect();
    assert_eq!(subs, ["147842", "147842.2", "150456", "184327"]);
}

#[test]
fn nothing_is_sent_when_nothing_is_left() {
    let dialect = Dialect::parse("name = \"x\"\nextends = \"flat\"\nunlisted = \"leave\"").unwrap();
    let (patient, location) = (patient("Doe"), Location::default());
    let written = write(&dialect, &sending(&patient, &location), &rows(&batch()));
    assert_eq!((written.message, written.left_out.len()), (None, 5));
}

#[test]
fn each_error_points_at_its_line() {
    let head = "name = \"x\"\n[[segment]]\nname = \"MSH\"\n";
    let cases = [
        ("name = \"x\"\nextends = \"flat\"\ncolour = 3".to_owned(), 3, None),
        ("name = ".to_owned(), 1, None),
        ("name = \"x\"\nextends = \"flat\"\ninterval = 90000".to_owned(), 3, Some(Problem::Interval(90_000))),
        ("name = \"x\"".to_owned(), 1, Some(Problem::NoSegment)),
        ("name = \"x\"\nextends = \"flatter\"".to_owned(), 2, Some(Problem::Base("flatter".into()))),
        ("name = \"x\"\nextends = \"epic\"".to_owned(), 2, Some(Problem::Base("epic".into()))),
        ("name = \"x\"\nextends = \"flat\"\nzone = \"Atlantis\"".to_owned(), 3, Some(Problem::Zone("Atlantis".into()))),
        ("name = \"x\"\n[[segment]]\nname = \"PID\"\nfields = { 3 = \"{patient}\" }".to_owned(), 2, Some(Problem::Header)),
        (format!("{head}fields = {{ 2 = \"x\" }}"), 4, Some(Problem::Field("2".into()))),
        (format!("{head}fields = {{ 3.1 = \"x\" }}"), 4, None),
        (format!("{head}fields = {{ 3 = \"a\", 03 = \"b\" }}"), 4, Some(Problem::Field("3".into()))),
        (format!("{head}fields = {{ 3 = \"{{nobody}}\" }}"), 4, Some(Problem::Variable("nobody".into()))),
        (format!("{head}fields = {{ 3 = \"{{value}}\" }}"), 4, Some(Problem::OfReading("value".into()))),
        (format!("{head}fields = {{ 3 = \"{{now\" }}"), 4, Some(Problem::Brace)),
        (format!("{head}fields = {{ 3 = \"now}}\" }}"), 4, Some(Problem::Brace)),
        (format!("{head}fields = {{ 3 = \"a|b\" }}"), 4, Some(Problem::Character('|'))),
        (format!("{head}fields = {{ 3 = \"a\\\\rb\" }}"), 4, Some(Problem::Character('\\'))),
        (format!("{head}fields = {{}}\n[[segment]]\nname = \"MSA\"\nfields = {{}}"), 5, Some(Problem::Segment("MSA".into()))),
        (
            format!("{head}fields = {{}}\n[[segment]]\nname = \"OBX\"\nper = \"reading\"\nfields = {{}}\n[[segment]]\nname = \"OBR\"\nfields = {{}}\n[[segment]]\nname = \"NTE\"\nper = \"reading\"\nfields = {{}}"),
            12,
            Some(Problem::Scattered),
        ),
        (
            "name = \"x\"\nextends = \"flat\"\n[[code]]\nmdc = 1\ncode = \"a\"\n[[code]]\nmdc = 1\ncode = \"b\"".to_owned(),
            6,
            Some(Problem::Twice(1)),
        ),
    ];
    for (text, line, problem) in cases {
        let error = Dialect::parse(&text).unwrap_err();
        assert_eq!(error.line, line, "{text}\n{error}");
        match problem {
            Some(problem) => assert_eq!(error.problem, problem, "{text}"),
            None => assert!(matches!(error.problem, Problem::Syntax(_)), "{text}\n{error}"),
        }
    }
}

proptest! {
    #[test]
    fn no_value_breaks_out_of_its_field(family in "\\PC{0,20}|[|^~&\\\\\r\n\u{0b}\u{1c}{}]{1,10}") {
        let (text, _) = text(&Dialect::built_in("flat").unwrap(), &family);
        let message = Message::parse(&text).unwrap();
        prop_assert_eq!(message.segments().len(), 8);
        let found = message.get(&"PID-5.1".parse().unwrap()).map(|it| it.text().into_owned());
        prop_assert_eq!(found.unwrap_or_default(), family);
    }

    #[test]
    fn a_mutated_dialect_is_read_or_refused(changes in proptest::collection::vec((0..2000_usize, any::<char>()), 1..6)) {
        let mut characters: Vec<char> = Dialect::built_in_text("flat").unwrap().chars().collect();
        let length = characters.len();
        for (at, character) in changes {
            characters[at % length] = character;
        }
        if let Ok(dialect) = Dialect::parse(&characters.into_iter().collect::<String>()) {
            let (patient, location) = (patient("Doe"), Location::default());
            let written = write(&dialect, &sending(&patient, &location), &rows(&batch()));
            if let Some(message) = written.message {
                prop_assert!(message.starts_with("MSH"));
            }
        }
    }
}
