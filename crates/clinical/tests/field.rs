//! PCD-01 as the field sends it: one message a deviation, and what is to be made of it. `docs/hl7-deviations.md` names each case by its key.

use clinical::account::{Fate, Place, Reason};
use clinical::hl7::{Message, Zone, decode, parse_time};
use clinical::pcd::{self, Decoded, ResultStatus};
use clinical::validate::{ErrorKind, Finding};
use seal::{Code, Flags, Micros, Reading};

const PCD01: &str = include_str!("../../../testdata/hl7/pcd01.hl7");

fn decoded(text: &str) -> Result<Decoded, Finding> {
    pcd::readings(&Message::parse(text).unwrap(), &Zone::UTC)
}

fn shown(reading: &Reading) -> String {
    let (code, flags) = (reading.code(), reading.flags().0);
    match reading {
        Reading::Value { unit, value, dt_us, .. } => format!("{code} {value} {unit} {dt_us} {flags}"),
        Reading::Text { text, dt_us, .. } => format!("{code} {text:?} {dt_us} {flags}"),
        Reading::Wave { unit, period_us, scale, offset, samples, dt_us, .. } => {
            format!("{code} {samples:?} * {scale} + {offset} {unit} every {period_us} {dt_us} {flags}")
        }
    }
}

#[test]
fn a_monitors_message_is_read_whole() {
    let found = decoded(PCD01).unwrap();
    assert_eq!(found.patient.identifier().unwrap().id, "MRN100234");
    assert_eq!(found.location.as_ref().unwrap().to_string(), "ICU^2^23^Hospital");
    assert_eq!(found.device().key(), "00A0370098007A80");
    assert_eq!(found.device().kind, Some(Code(69_965)));
    assert_eq!((found.devices.len(), &found.seal, found.remarks.as_slice()), (1, &None, [].as_slice()));
    assert_eq!(found.time, parse_time("20191206113452").unwrap());
    let shown: Vec<_> = found.readings.iter().map(shown).collect();
    assert_eq!(
        shown,
        [
            "150456 97 % 0 0",
            "149530 94 /min 0 0",
            "150488 0.94 % 0 0",
            "147842 93 /min 0 0",
            "151562 18 /min 0 0",
            "150021 147 mm[Hg] -1476000000 0",
            "150022 90 mm[Hg] -1476000000 0",
            "150023 109 mm[Hg] -1476000000 0",
            "150344 37.1 Cel -37000000 0",
            "150087 8 mm[Hg] 0 0",
        ]
    );
    assert_eq!(found.origins[0].segment, 7);
    let batch = found.batch("monitor-7".parse().unwrap());
    assert_eq!(seal::Batch::decode(&batch.encode()), Ok(batch));
}

/// A message of one order with these rows.
fn rows(rows: &str) -> String {
    let [msh, pid, pv1, obr] =
        ["MSH", "PID", "PV1", "OBR"].map(|name| PCD01.split('\r').find(|it| it.starts_with(name)).unwrap());
    format!("{msh}\r{pid}\r{pv1}\r{obr}\r{rows}")
}

/// What a row becomes: a reading as shown, or the fate of its segment.
const ROWS: &[(&str, &str, &str)] = &[
    ("three-levels", "OBX|1|NM|150456^^MDC|1.1.1|97|262688|||||R", "150456 97 % 0 0"),
    ("all-ones", "OBX|1|NM|150456^^MDC|1.1.1.1|97|262688|||||R", "150456 97 % 0 0"),
    ("no-place", "OBX|1|NM|150456^^MDC||97|262688|||||R", "150456 97 % 0 0"),
    ("code-in-level-4", "OBX|1|NM|SPO2^SpO2^99LOCAL|1.3.1.150456|97|262688|||||R", "150456 97 % 0 0"),
    (
        "code-in-second-triplet",
        "OBX|1|NM|SPO2^SpO2^99LOCAL^150456^MDC_PULS_OXIM_SAT_O2^MDC|1.3.1.1|97|262688|||||R",
        "150456 97 % 0 0",
    ),
    ("loinc", "OBX|1|NM|8867-4^Heart rate^LN|1.3.1.1|80|/min^^UCUM|||||R", "147842 80 /min 0 0"),
    ("name-without-number", "OBX|1|NM|MDC_TEMP^Temp^MDC|1.3.1.1|37.1|268192|||||R", "150344 37.1 Cel 0 0"),
    (
        "blanks-around-names",
        "OBX|1|NM|150344^ MDC_TEMP^MDC |1.3.1.1| 37.1 |268192|||||R",
        "150344 37.1 Cel 0 0",
    ),
    (
        "code-of-a-vendor",
        "OBX|1|NM|SPO2^SpO2^99LOCAL|1.3.1.1|97|262688|||||R",
        "not mapped: OBX-3 is no known code",
    ),
    ("unknown-mdc-code", "OBX|1|NM|199999^^MDC|1.3.1.1|97|262688|||||R", "199999 97 % 0 0"),
    ("status-left-out", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688", "150456 97 % 0 0"),
    ("status-final", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688|||||F", "150456 97 % 0 0"),
    ("status-corrected", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688|||||C", "150456 97 % 0 0"),
    ("status-no-value", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688|||||X", "kept: says that there is no value"),
    ("status-pending", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688|||||I", "kept: not a result"),
    ("status-wrong-patient", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688|||||W", "values taken back"),
    ("status-deleted", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688|||||D", "values taken back"),
    (
        "sentinel-8388607",
        "OBX|1|NM|150456^^MDC|1.3.1.1|8388607|262688|||||R",
        "kept: a number that stands for no value",
    ),
    (
        "sentinel-minus-100",
        "OBX|1|NM|150456^^MDC|1.3.1.1|-100|262688|||||R",
        "kept: a number that stands for no value",
    ),
    ("minus-100-microvolts", "OBX|1|NM|131841^^MDC|1.3.1.1|-100|266419|||||R", "131841 -100 uV 0 0"),
    ("dashes", "OBX|1|NM|150456^^MDC|1.3.1.1|---|262688|||||R", "kept: a number that stands for no value"),
    (
        "explicit-null",
        "OBX|1|NM|150456^^MDC|1.3.1.1|\"\"|262688|||||R",
        "kept: a number that stands for no value",
    ),
    ("empty", "OBX|1|NM|150456^^MDC|1.3.1.1||262688||NAV|||X", "kept: says that there is no value"),
    ("flag-invalid", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688||INV|||R", "kept: says that there is no value"),
    ("flag-busy", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688||BUSY|||R", "kept: says that there is no value"),
    ("flag-off", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688||OFF|||R", "kept: says that there is no value"),
    ("flag-doubtful", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688||QUES|||R", "150456 97 % 0 1"),
    ("flag-demo", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688||DEMO|||R", "150456 97 % 0 2"),
    ("flag-test", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688||TEST|||R", "150456 97 % 0 4"),
    ("flag-calibrating", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688||CAL|||R", "150456 97 % 0 8"),
    ("flag-early", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688||EARLY|||R", "150456 97 % 0 16"),
    ("flag-alarm", "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688||ALACT~H|||R", "150456 97 % 0 0"),
    ("flag-off-scale", "OBX|1|NM|150456^^MDC|1.3.1.1|50|262688||<|||R", "150456 50 % 0 1"),
    ("bound-in-nm", "OBX|1|NM|150456^^MDC|1.3.1.1|<50|262688|||||R", "150456 50 % 0 1"),
    ("structured-number", "OBX|1|SN|150456^^MDC|1.3.1.1|=^97|262688|||||R", "150456 97 % 0 0"),
    ("structured-bound", "OBX|1|SN|150456^^MDC|1.3.1.1|>^97|262688|||||R", "150456 97 % 0 1"),
    ("structured-ratio", "OBX|1|SN|151594^^MDC|1.3.1.1|^1^:^2||||||R", "151594 \"1:2\" 0 0"),
    ("number-as-string", "OBX|1|ST|150456^^MDC|1.3.1.1|97|%|||||R", "150456 97 % 0 0"),
    (
        "comma-for-point",
        "OBX|1|NM|150344^^MDC|1.3.1.1|37,1|268192|||||R",
        "not mapped: OBX-5 is not what OBX-2 says",
    ),
    (
        "text",
        "OBX|1|ST|184327^^MDC|1.3.1.1|sinus \\T\\ ectopic~second line||||||R",
        "184327 \"sinus & ectopic\\nsecond line\" 0 0",
    ),
    ("coded", "OBX|1|CWE|184327^^MDC|1.3.1.1|1^Sinus rhythm^99LOCAL||||||R", "184327 \"Sinus rhythm\" 0 0"),
    ("picture", "OBX|1|ED|184327^^MDC|1.3.1.1|^IM^PNG^Base64^AAAA||||||R", "kept: no place in the model"),
    ("unit-by-name", "OBX|1|NM|150456^^MDC|1.3.1.1|97|MDC_DIM_PERCENT|||||R", "150456 97 % 0 0"),
    ("unit-spelled", "OBX|1|NM|147842^^MDC|1.3.1.1|80|bpm|||||R", "147842 80 /min 0 0"),
    (
        "unit-in-second-triplet",
        "OBX|1|NM|147842^^MDC|1.3.1.1|80|beats^^99LOCAL^264864^^MDC|||||R",
        "147842 80 /min 0 0",
    ),
    ("unit-unknown", "OBX|1|NM|147842^^MDC|1.3.1.1|80|furlong|||||R", "147842 \"80 furlong\" 0 0"),
    ("unit-left-out", "OBX|1|NM|147842^^MDC|1.3.1.1|80||||||R", "147842 \"80\" 0 0"),
    (
        "time-of-its-own",
        "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688|||||R|||20191206113451",
        "150456 97 % -1000000 0",
    ),
    (
        "time-to-the-minute",
        "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688|||||R|||201912061134",
        "150456 97 % -52000000 0",
    ),
    (
        "time-of-another-zone",
        "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688|||||R|||20191206123451+0100",
        "150456 97 % -1000000 0",
    ),
    (
        "time-that-is-none",
        "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688|||||R|||yesterday",
        "not mapped: not a moment",
    ),
    (
        "time-of-last-month",
        "OBX|1|NM|150456^^MDC|1.3.1.1|97|262688|||||R|||20191106113451",
        "not mapped: too far from the message's time",
    ),
    (
        "alarm-facet",
        "OBX|1|ST|68481^MDC_ATTR_EVENT_PHASE^MDC|1.3.1.1.3|start||||||R",
        "kept: a facet with no place in the model",
    ),
    ("part-of-a-device", "OBX|1||69642^^MDC|1.3.0.0|||||||X", "kept: names a part of the device"),
    (
        "wave-with-a-rate",
        "OBX|1|NA|131329^^MDC|1.1.1.1001|0.10^0.25^^-0.05|266418|||||R\rOBX|2|NM|0^MDC_ATTR_SAMP_RATE^MDC|1.1.1.1001.1|250.0|264608|||||R",
        "131329 [10, 25, -32768, -5] * 0.01 + 0.00 mV every 4000 0 0",
    ),
    (
        "wave-with-a-rate-beside-it",
        "OBX|1|NA|131329^^MDC|1|1^2|266418|||||R\rOBX|2|NM|0^MDC_ATTR_SAMP_RATE^MDC |1|200|264608|||||R",
        "131329 [1, 2] * 1 + 0 mV every 5000 0 0",
    ),
    (
        "wave-without-a-rate",
        "OBX|1|NA|131329^^MDC|1.1.1.1001|0.10^0.25|266418|||||R",
        "not mapped: a waveform without a rate",
    ),
];

#[test]
fn each_deviation_of_a_row_is_taken_as_the_table_says() {
    for (key, text, expected) in ROWS {
        let found = decoded(&rows(text)).unwrap_or_else(|error| panic!("{key}: {error}"));
        let entry = found.account.entries()[4];
        let became = match entry.fate {
            Fate::Mapped(Place::Reading(index)) => shown(&found.readings[index]),
            other => other.to_string(),
        };
        assert_eq!(became, *expected, "{key}");
    }
}

#[test]
fn the_waves_of_an_order_fill_its_time() {
    let text = rows("OBX|1|NA|131329^^MDC|1.1.1.1|1^2^3^4|266418||||||R").replacen(
        "|||20191206113452.000+0000\r",
        "|||20191206113452.000+0000|20191206113452.040+0000\r",
        1,
    );
    assert_eq!(shown(&decoded(&text).unwrap().readings[0]), "131329 [1, 2, 3, 4] * 1 + 0 mV every 10000 0 0");
}

/// A change to the whole message, and what is then different of it.
type Whole = (&'static str, &'static [(&'static str, &'static str)], fn(&Decoded) -> bool);
const WHOLE: &[Whole] = &[
    ("version-2.3", &[("|P|2.6|", "|P|2.3|"), ("ORU^R01^ORU_R01", "ORU^R01")], |it| {
        it.header.version == "2.3" && it.readings.len() == 10
    }),
    ("version-2.8", &[("|P|2.6|", "|P|2.8|")], |it| it.readings.len() == 10),
    ("version-with-components", &[("|P|2.6|", "|P|2.5.1^DEU|")], |it| {
        it.header.version == "2.5.1" && it.readings.len() == 10
    }),
    (
        "profile-pcd-dec-001",
        &[(
            "IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO",
            "PCD_DEC_001^IHE^1.3.6.1.4.1.19376.1.6.1.1.1^ISO",
        )],
        |it| it.readings.len() == 10,
    ),
    ("profile-left-out", &[("IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO", "")], |it| {
        it.readings.len() == 10
    }),
    ("ends-lf", &[("\r", "\n")], |it| it.readings.len() == 10),
    ("ends-crlf", &[("\r", "\r\n")], |it| it.readings.len() == 10),
    ("training", &[("|1914|P|", "|1914|T|")], |it| it.readings.iter().all(|one| one.flags() == Flags::TEST)),
    ("debugging", &[("|1914|P|", "|1914|D|")], |it| it.readings.iter().all(|one| one.flags() == Flags::TEST)),
    ("nobody", &[("MRN100234^^^Hospital^MR", "^^^Hospital^MR")], |it| {
        it.patient.identifiers.is_empty() && it.readings.len() == 10
    }),
    ("no-pid", &[("\rPID|", "\rZPD|")], |it| it.patient.identifiers.is_empty() && it.readings.len() == 10),
    ("no-pv1", &[("\rPV1|", "\rZPV|")], |it| it.location.is_none() && it.readings.len() == 10),
    ("no-order-time", &[("SCT|||20191206113452.000+0000", "SCT|||")], |it| {
        it.time == parse_time("20191206113452").unwrap() && it.remarks.is_empty()
    }),
    ("no-order", &[("\rOBR|", "\rZBR|")], |it| {
        it.readings.len() == 10 && it.remarks[0].to_string() == "OBX-1: Segment sequence error"
    }),
    (
        "offset-of-msh-7-is-the-default",
        &[
            ("20191206113452.000+0000||ORU", "20191206123452.000+0100||ORU"),
            ("SCT|||20191206113452.000+0000", "SCT|||20191206123452"),
        ],
        |it| it.time == parse_time("20191206113452").unwrap(),
    ),
    ("device-by-serial-number", &[("00A0370098007A80^^00A0370098007A80^EUI-64", "SN-42")], |it| {
        it.device().key() == "SN-42"
    }),
    (
        "device-on-a-part",
        &[
            ("|||||||X|||||||00A0370098007A80^^00A0370098007A80^EUI-64", "|||||||X"),
            ("|1.3.0.0|||||||X", "|1.3.0.0|||||||X|||||||SAT-1"),
        ],
        |it| it.device().key() == "SAT-1",
    ),
    ("device-unnamed", &[("00A0370098007A80^^00A0370098007A80^EUI-64", "")], |it| {
        it.device().key() == "00A0370098007A80" && it.device().namespace == "MINDRAY_VS900"
    }),
    (
        "two-devices",
        &[
            ("|1.13.2.1|", "|2.1.1.1|"),
            ("OBX|12|", "OBX|13||69986^^MDC|2.0.0.0|||||||X|||||||PUMP-2\rOBX|12|"),
        ],
        |it| it.devices.len() == 2 && it.devices[1].key() == "PUMP-2" && it.origins[9].device == 1,
    ),
    ("latin-1", &[("UNICODE UTF-8", "8859/1")], |it| it.readings.len() == 10),
    ("unknown-segment", &[("\rOBX|12|", "\rZQQ|anything\rOBX|12|")], |it| {
        it.account.entries()[15].fate == Fate::Kept(Reason::NoPlace)
    }),
];

#[test]
fn each_deviation_of_a_message_is_taken_as_the_table_says() {
    for (key, changes, is_right) in WHOLE {
        let text = changes.iter().fold(PCD01.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{key}: {from}");
            text.replace(from, to)
        });
        let text = decode(text.as_bytes()).unwrap();
        let found = decoded(&text).unwrap_or_else(|error| panic!("{key}: {error}"));
        assert!(is_right(&found), "{key}: {found:#?}");
        assert_eq!(found.account.entries().len(), Message::parse(&text).unwrap().segments().len(), "{key}");
        assert_eq!(found.origins.len(), found.readings.len(), "{key}");
    }
}

#[test]
fn the_documented_deviations_are_these() {
    let documented = include_str!("../../../docs/hl7-deviations.md");
    let keys = documented.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let mut documented: Vec<&str> =
        keys.flat_map(|keys| keys.split(", ").map(|key| key.trim_matches('`'))).collect();
    let mut tested: Vec<&str> =
        ROWS.iter().map(|row| row.0).chain(WHOLE.iter().map(|whole| whole.0)).collect();
    documented.sort_unstable();
    tested.sort_unstable();
    assert_eq!(documented, tested);
}

#[test]
fn what_cannot_be_read_at_all_is_refused_with_its_place() {
    for (from, to, at, kind) in [
        ("ORU^R01^ORU_R01", "ADT^A01^ADT_A01", "MSH-9.1", ErrorKind::MessageType),
        ("ORU^R01^ORU_R01", "ORU^R40^ORU_R40", "MSH-9.2", ErrorKind::EventCode),
        ("\rOBR|", "\rPID|||SOMEBODY^^^ELSE\rOBR|", "PID[2]-3", ErrorKind::SegmentSequence),
    ] {
        let read = decoded(&PCD01.replacen(from, to, 1));
        assert_eq!(read.err(), Some(Finding::at(at.parse().unwrap(), kind)), "{to}");
    }
    let timeless = PCD01.replace("20191206113452.000+0000", "");
    assert_eq!(
        decoded(&timeless).err(),
        Some(Finding::at("OBR-7".parse().unwrap(), ErrorKind::RequiredField))
    );
}

#[test]
fn values_taken_back_name_what_they_were() {
    let text = PCD01.replacen("||||R\rOBX|4|", "||||W\rOBX|4|", 1);
    let found = decoded(&text).unwrap();
    let [one] = found.withdrawn.as_slice() else { panic!("{:?}", found.withdrawn) };
    assert_eq!(
        (one.code, one.status, one.time),
        (Code(150_456), ResultStatus::WrongPatient, Micros(1_575_632_092_000_000))
    );
    assert_eq!(found.readings.len(), 9);
}
