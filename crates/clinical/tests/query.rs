//! Demographics queries of both forms, and their answers.

use clinical::hl7::Message;
use clinical::person::{Location, Patient, Sex};
use clinical::query::{self, Criteria, Form, Found, Outcome, Query};
use clinical::validate::{ErrorKind, Finding};
use seal::Micros;

const ORIGINAL: &str = "MSH|^~\\&|MON|ICU|MEDSEAL|HOSP|20240301101500||QRY^A19|Q1|P|2.3\rQRD|20240301101500|R|I|TAG1|||1^RD|4711|DEM\r";
const BY_PARAMETER: &str = "MSH|^~\\&|MON|ICU|MEDSEAL|HOSP|20240301101500||QBP^Q22^QBP_Q21|Q2|P|2.5\r\
     QPD|IHE PDQ Query|TAG2|@PID.3.1^4711~@PID.3.4.1^HOSP~@PID.5.1^O\\S\\Brien~@PID.7^19600229~@PV1.3.3^3\rRCP|I\r";

fn read(text: &str) -> Result<Query, Finding> {
    query::read(&Message::parse(text).unwrap())
}

fn patient() -> Patient {
    Patient {
        id: "7".into(),
        identifier: "4711".into(),
        authority: "HOSP".into(),
        family: "O^Brien".into(),
        given: "Zoë".into(),
        born: Some("1960-02-29".parse().unwrap()),
        sex: Sex::Female,
    }
}

#[test]
fn queries_of_both_forms_are_read() {
    let original = read(ORIGINAL).unwrap();
    assert_eq!((original.form, original.tag.as_str()), (Form::Original, "TAG1"));
    assert_eq!(original.criteria, Criteria { identifier: Some("4711".into()), ..Criteria::default() });
    let asked = read(BY_PARAMETER).unwrap();
    assert_eq!((asked.form, asked.tag.as_str()), (Form::ByParameter, "TAG2"));
    let expected = Criteria {
        identifier: Some("4711".into()),
        authority: Some("HOSP".into()),
        family: Some("O^Brien".into()),
        born: Some("1960-02-29".parse().unwrap()),
        bed: Some("3".into()),
        ..Criteria::default()
    };
    assert_eq!(asked.criteria, expected);
}

#[test]
fn a_query_that_is_not_understood_is_refused_with_its_place() {
    for (text, from, to, at, kind) in [
        (ORIGINAL, "QRY^A19", "QRY^A20", "MSH-9.1", ErrorKind::MessageType),
        (ORIGINAL, "\rQRD|", "\rZRD|", "QRD-1", ErrorKind::SegmentSequence),
        (ORIGINAL, "|4711|", "||", "QRD-8", ErrorKind::RequiredField),
        (BY_PARAMETER, "@PV1.3.3", "@PID.11.1", "QPD-3(5).1", ErrorKind::UnknownKey),
        (BY_PARAMETER, "19600229", "1960", "QPD-3(4).2", ErrorKind::DataType),
        (BY_PARAMETER, "\rQPD|", "\rZPD|", "QPD-1", ErrorKind::SegmentSequence),
    ] {
        assert!(text.contains(from));
        let read = read(&text.replace(from, to));
        assert_eq!(read.err(), Some(Finding::at(at.parse().unwrap(), kind)), "{to}");
    }
}

#[test]
fn answers_repeat_the_query_and_name_who_was_found() {
    let (patient, location) =
        (patient(), Location { unit: "ICU".into(), bed: "3".into(), ..Location::default() });
    let found = [Found { patient: &patient, location: Some(&location), visit: Some("V100") }];
    for (text, outcome, kind, status) in [
        (ORIGINAL, Outcome::Patients(&found), "ADR^A19^ADR_A19", None),
        (ORIGINAL, Outcome::Patients(&[]), "ADR^A19^ADR_A19", None),
        (BY_PARAMETER, Outcome::Patients(&found), "RSP^K22^RSP_K21", Some("OK")),
        (BY_PARAMETER, Outcome::Patients(&[]), "RSP^K22^RSP_K21", Some("NF")),
        (BY_PARAMETER, Outcome::Failed, "RSP^K22^RSP_K21", Some("AE")),
    ] {
        let message = Message::parse(text).unwrap();
        let asked = query::read(&message).unwrap();
        let written = query::answer(&message, &asked, outcome, "R1", Micros(0));
        let answer = Message::parse(&written).unwrap();
        let get = |path: &str| answer.get(&path.parse().unwrap()).map(|it| it.text().into_owned());
        assert_eq!(answer.segment("MSH").unwrap().field(9).raw(), kind);
        assert_eq!((get("MSH-5"), get("MSA-2")), (Some("MON".into()), Some(asked.header.control_id.clone())));
        assert_eq!(get("QAK-2").as_deref(), status);
        let (repeated, name) = if status.is_some() { ("QPD-2", "QPD") } else { ("QRD-4", "QRD") };
        assert_eq!(get(repeated), Some(asked.tag.clone()));
        let fields = |message: &Message<'_>| {
            message.segment(name).unwrap().fields().map(|it| it.raw().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(fields(&answer), fields(&message));
        let all = matches!(outcome, Outcome::Patients([_, ..]));
        assert_eq!(get("PID-5.1").is_some(), all, "{written}");
        if all {
            assert_eq!(
                (get("PID-3.1").as_deref(), get("PID-5.1").as_deref()),
                (Some("4711"), Some("O^Brien"))
            );
            assert_eq!((get("PV1-3.3").as_deref(), get("PV1-19").as_deref()), (Some("3"), Some("V100")));
        }
    }
}

#[test]
fn a_query_with_separators_of_its_own_is_repeated_with_the_standard_ones() {
    let text = "MSH$%*!@$MON$ICU$$$$$QBP%Q22%QBP_Q21$Q2$P$2.5\rQPD$Q22$TAG$@PID.3.1%47~11\r";
    // The subcomponent separator is @ here, so parameters are to be escaped.
    let text = text.replace("@PID", "!T!PID");
    let message = Message::parse(&text).unwrap();
    let asked = query::read(&message).unwrap();
    assert_eq!(asked.criteria.identifier.as_deref(), Some("47~11"));
    let answer = query::answer(&message, &asked, Outcome::Patients(&[]), "R1", Micros(0));
    assert!(answer.contains("\rQPD|Q22|TAG|@PID.3.1^47\\R\\11\r"), "{answer}");
}
