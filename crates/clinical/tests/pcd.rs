//! PCD-01 there and back, its conformance checks and answers, with an independent parser beside ours.

use clinical::ack::{self, Verdict};
use clinical::hl7::{Message, decode};
use clinical::pcd::{
    Acknowledgements, Attempt, Envelope, Observed, Outgoing, Processing, Report, ResultStatus, Waves,
    messages,
};
use clinical::person::{Patient, Sex};
use clinical::proof::{Proof, Sealed, Standing, Unsealed};
use clinical::validate::{self, ErrorKind};
use seal::{Batch, Code, Counter, Decimal, Flags, KeyId, Micros, NO_SAMPLE, Reading, SealHash};

const PCD01: &str = include_str!("../../../testdata/hl7/pcd01.hl7");

fn envelope(processing: Processing) -> Envelope {
    Envelope {
        application: "MEDSEAL".into(),
        facility: "Ward & Co".into(),
        receiving_application: "EHR".into(),
        receiving_facility: "Hospital".into(),
        processing,
        acknowledgements: Acknowledgements::OnStorage,
        waves: Waves::Leave,
    }
}

fn patient() -> Patient {
    Patient {
        id: "7".into(),
        identifier: "MRN|1".into(),
        authority: "Hospital".into(),
        family: "O^Brien".into(),
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

fn batch(readings: Vec<Reading>) -> Batch {
    Batch { device: "monitor-1".parse().unwrap(), time: Micros(1_575_632_092_000_000), readings }
}

const SEALED: Proof<'static> =
    Proof::Sealed(Sealed { hash: SealHash([0xab; 32]), counter: Counter(42), key: KeyId([1; 16]) });

fn send(envelope: &Envelope, batch: &Batch) -> Vec<String> {
    send_as(envelope, batch, SEALED, Standing::Current)
}

fn send_as(envelope: &Envelope, batch: &Batch, proof: Proof<'_>, standing: Standing) -> Vec<String> {
    let outgoing = Outgoing {
        control_id: "f-1",
        sent: Micros(1_575_632_093_000_000),
        patient: &patient(),
        bed: "3",
        batch,
        proof,
        standing,
        attempt: Attempt::First,
    };
    messages(envelope, &outgoing).into_iter().map(|sent| sent.text).collect()
}

fn readings() -> Vec<Reading> {
    vec![
        value(147_842, "/min", 0, "93", Flags::NONE),
        value(150_456, "%", 0, "97.0", Flags::QUESTIONABLE),
        value(151_562, "/min", 0, "18", Flags::NONE),
        value(150_344, "Cel", -17_000_000, "37.1", Flags::EARLY),
        value(999_999, "furlong", 0, "-0.005", Flags::CALIBRATING),
        Reading::Text {
            code: Code(184_327),
            dt_us: 0,
            text: "sinus | \"rhythm\"".into(),
            flags: Flags::NONE,
        },
    ]
}

#[test]
fn a_batch_comes_back_as_it_was_sent() {
    let batch = batch(readings());
    let sent = send(&envelope(Processing::Production), &batch);
    assert_eq!(sent.len(), 1);
    let message = Message::parse(&sent[0]).unwrap();
    assert_eq!(validate::pcd01(&message), []);
    let report = Report::read(&message).unwrap();
    assert_eq!((report.control_id, report.processing), ("f-1", Some(Processing::Production)));
    assert_eq!((report.patient.as_ref(), report.device.as_ref()), ("MRN|1", "monitor-1"));
    let seal = report.seal.unwrap();
    assert_eq!((seal.hash, seal.device, seal.counter), ("ab".repeat(32).as_str(), "monitor-1", Some(42)));

    let metrics: Vec<_> =
        report.observations.iter().filter(|row| !row.containment.unwrap().is_device_level()).collect();
    assert_eq!(metrics.len(), batch.readings.len());
    for (row, (index, reading)) in metrics.iter().zip(batch.readings.iter().enumerate()) {
        assert_eq!(
            (row.code, row.flags, row.status),
            (reading.code(), reading.flags(), Some(ResultStatus::Unverified))
        );
        assert_eq!(row.time, Some(Micros(batch.time.0 + reading.dt_us())));
        assert_eq!(row.containment.unwrap().levels()[3] as usize, index + 1);
        match (reading, &row.value) {
            (Reading::Value { value, .. }, Observed::Number(number)) => assert_eq!(value, number),
            (Reading::Text { text, .. }, Observed::Text(read)) => assert_eq!(text, read),
            other => panic!("{other:?}"),
        }
    }
    let units: Vec<_> = metrics.iter().map(|row| row.unit.map(|unit| unit.0)).collect();
    assert_eq!(units, [Some(264_864), Some(262_688), Some(264_928), Some(268_192), None, None]);
}

#[test]
fn the_first_reading_is_written_as_the_profile_says() {
    let sent = send(&envelope(Processing::Production), &batch(readings()));
    let expected = include_str!("data/pcd01_sent.hl7").replace('\n', "\r");
    assert_eq!(sent[0], expected, "\n{}", sent[0].replace('\r', "\n"));
}

#[test]
fn simulated_and_test_readings_never_go_out_as_real() {
    let mixed = batch(vec![
        value(147_842, "/min", 0, "93", Flags::NONE),
        value(150_456, "%", 0, "97", Flags::SIMULATED),
        value(150_021, "mm[Hg]", 0, "120", Flags::TEST | Flags::QUESTIONABLE),
    ]);
    let sent = send(&envelope(Processing::Production), &mixed);
    let reports: Vec<(String, Vec<u32>)> = sent
        .iter()
        .map(|text| {
            let message = Message::parse(text).unwrap();
            assert_eq!(validate::pcd01(&message), []);
            let report = Report::read(&message).unwrap();
            let codes = report.observations.iter().filter(|row| row.status != Some(ResultStatus::NoValue));
            (
                format!("{} {:?}", report.control_id, report.processing.unwrap()),
                codes.map(|row| row.code.0).collect(),
            )
        })
        .collect();
    assert_eq!(
        reports,
        [("f-1 Production".into(), vec![147_842]), ("f-1-T Training".into(), vec![150_456, 150_021])]
    );
    assert!(sent[1].contains("|DEMO|") && sent[1].contains("|QUES~TEST|"));
    assert_eq!(send(&envelope(Processing::Training), &mixed).len(), 1);
}

#[test]
fn waveforms_go_out_only_when_asked_for_and_as_physical_values() {
    let wave = Reading::Wave {
        code: Code(131_329),
        unit: "mV".parse().unwrap(),
        dt_us: -1_000_000,
        period_us: 4_000,
        scale: Decimal { mantissa: 5, exponent: -3 },
        offset: Decimal { mantissa: 1, exponent: 0 },
        samples: vec![0, 1, -200, NO_SAMPLE, 3],
        flags: Flags::NONE,
    };
    let batch = batch(vec![wave]);
    assert_eq!(send(&envelope(Processing::Training), &batch), [""; 0]);
    let sent = send(&Envelope { waves: Waves::Send, ..envelope(Processing::Training) }, &batch);
    let message = Message::parse(&sent[0]).unwrap();
    assert_eq!(validate::pcd01(&message), []);
    let report = Report::read(&message).unwrap();
    let row = report.observations.last().unwrap();
    let number = |mantissa| Some(Decimal { mantissa, exponent: -3 });
    assert_eq!(row.value, Observed::Samples(vec![number(1000), number(1005), number(0), None, number(1015)]));
    assert_eq!(row.time, Some(Micros(batch.time.0 - 1_000_000)));
    let obr = message.segment("OBR").unwrap();
    assert_eq!((obr.field(4).component(1).raw(), obr.field(8).raw()), ("69121", "20191206113451.020+0000"));
}

#[test]
fn a_monitors_message_is_read() {
    let report_text = decode(PCD01.as_bytes()).unwrap();
    let message = Message::parse(&report_text).unwrap();
    assert_eq!(validate::pcd01(&message), []);
    let report = Report::read(&message).unwrap();
    assert_eq!(
        (report.observations.len(), report.device.as_ref(), report.seal),
        (12, "00A0370098007A80", None)
    );
    let temperature = report.observations.iter().find(|row| row.code == Code(150_344)).unwrap();
    assert_eq!(temperature.value, Observed::Number(Decimal { mantissa: 371, exponent: -1 }));
    assert_eq!(temperature.time, Some(Micros(1_575_632_055_000_000)));
}

#[test]
fn each_deviation_is_found_at_its_place() {
    // replaced text, its replacement, where the error is, its kind
    let cases = [
        ("ORU^R01^ORU_R01", "ADT^A01^ADT_A01", "MSH^1^9^1^1", ErrorKind::MessageType, Verdict::Rejected),
        ("ORU^R01^ORU_R01", "ORU^R40^ORU_R40", "MSH^1^9^1^2", ErrorKind::EventCode, Verdict::Rejected),
        ("|1914|P|", "|1914|X|", "MSH^1^11", ErrorKind::ProcessingId, Verdict::Rejected),
        ("|P|2.6|", "|P|2.3|", "MSH^1^12", ErrorKind::Version, Verdict::Rejected),
        ("|1914|P|", "||P|", "MSH^1^10", ErrorKind::RequiredField, Verdict::Error),
        (
            "IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO",
            "LAB^X^1.2.3^ISO",
            "MSH^1^21",
            ErrorKind::TableValue,
            Verdict::Error,
        ),
        ("|20191206113452.000+0000||ORU", "|yesterday||ORU", "MSH^1^7", ErrorKind::DataType, Verdict::Error),
        ("\rPID|||MRN100234^", "\rPID|||^", "PID^1^3^1^1", ErrorKind::RequiredField, Verdict::Error),
        ("\rPID|", "\rZID|", "PID^1^3", ErrorKind::SegmentSequence, Verdict::Error),
        ("\rOBR|", "\rZBR|", "OBX^1^1", ErrorKind::SegmentSequence, Verdict::Error),
        ("|||20191206113452.000+0000\r", "\r", "OBR^1^7", ErrorKind::RequiredField, Verdict::Error),
        ("150344^MDC_TEMP^MDC", "MDC_TEMP", "OBX^11^3^1^1", ErrorKind::DataType, Verdict::Error),
        ("|1.2.5.1|", "|head|", "OBX^11^4", ErrorKind::DataType, Verdict::Error),
        ("|37.1|", "|37,1|", "OBX^11^5", ErrorKind::DataType, Verdict::Error),
        ("268192^MDC_DIM_DEGC^MDC", "", "OBX^11^6", ErrorKind::RequiredField, Verdict::Error),
        ("OBX|11|NM|", "OBX|11|QQ|", "OBX^11^2", ErrorKind::TableValue, Verdict::Error),
        (
            "|||||R|||20191206113415",
            "|||||Z|||20191206113415",
            "OBX^11^11",
            ErrorKind::TableValue,
            Verdict::Error,
        ),
        ("20191206113415", "20191306113415", "OBX^11^14", ErrorKind::DataType, Verdict::Error),
    ];
    for (from, to, at, kind, verdict) in cases {
        assert!(PCD01.contains(from), "{from}");
        let text = PCD01.replacen(from, to, 1);
        let message = Message::parse(&text).unwrap();
        let findings = validate::pcd01(&message);
        let first = findings.first().unwrap_or_else(|| panic!("{to}: nothing found"));
        assert_eq!((first.at.unwrap().error_location().as_str(), first.kind), (at, kind), "{to}");
        assert_eq!(Verdict::of(&findings), verdict, "{to}");
    }
}

#[test]
fn answers_are_those_asked_for() {
    // MSH-15, MSH-16, answers when all is well, when it is wrong
    for (storage, application, well, wrong) in [
        ("", "", vec!["AA"], vec!["AE"]),
        ("AL", "NE", vec!["CA"], vec!["CE"]),
        ("NE", "AL", vec!["AA"], vec!["AE"]),
        ("AL", "AL", vec!["CA", "AA"], vec!["CE", "AE"]),
        ("ER", "SU", vec!["AA"], vec!["CE"]),
        ("NE", "NE", vec![], vec![]),
        ("AL", "", vec!["CA"], vec!["CE"]),
    ] {
        let text = PCD01.replacen("|AL|NE|", &format!("|{storage}|{application}|"), 1);
        let message = Message::parse(&text).unwrap();
        let letters =
            |verdict| ack::asked_for(&message, verdict).iter().map(|code| code.letters()).collect::<Vec<_>>();
        assert_eq!(
            (letters(Verdict::Accepted), letters(Verdict::Error)),
            (well, wrong),
            "{storage} {application}"
        );
    }
}

#[test]
fn an_answer_names_message_and_error() {
    let text = PCD01.replacen("|37.1|", "|warm|", 1);
    let message = Message::parse(&text).unwrap();
    let findings = validate::pcd01(&message);
    let text = ack::answer(&message, ack::Code::ApplicationError, &findings, "a-1", Micros(0));
    let answer = Message::parse(&text).unwrap();
    assert_eq!(answer.segment("MSH").unwrap().field(5).raw(), "MINDRAY_VS900^00A0370098007A80^EUI-64");
    assert_eq!(answer.segment("ERR").unwrap().field(3).raw(), "102^Data type error^HL70357");
    let read = ack::read(&answer).unwrap();
    assert_eq!(
        (read.code, read.control_id.as_str(), read.reason.as_str()),
        (ack::Code::ApplicationError, "1914", "OBX^11^5: Data type error")
    );
    assert!(ack::read(&message).is_err());

    let unreadable = Message::parse("PID|1").unwrap_err();
    let text = ack::answer_unreadable(&unreadable, "a-2", Micros(0));
    let read = ack::read(&Message::parse(&text).unwrap()).unwrap();
    assert_eq!(
        (read.code, read.reason.as_str()),
        (ack::Code::ApplicationReject, "Segment sequence error: no MSH segment at the start")
    );
}

#[test]
fn what_bears_no_seal_or_was_another_patients_says_so() {
    let batch = batch(vec![value(147_842, "/min", 0, "93", Flags::NONE)]);
    let unsealed = Proof::Unsealed(Unsealed { source: "icu-2", digest: &[0xcd; 32] });
    let text = send_as(&envelope(Processing::Production), &batch, unsealed, Standing::Current).remove(0);
    assert!(text.contains(&format!("|unsealed-{}^monitor-1|", "cd".repeat(32))), "{text}");
    assert!(text.contains("NTE|1|L|not-sealed source=icu-2\r"), "{text}");
    let message = Message::parse(&text).unwrap();
    assert_eq!(Report::read(&message).unwrap().seal, None);
    let text = send_as(&envelope(Processing::Production), &batch, SEALED, Standing::WrongPatient).remove(0);
    let message = Message::parse(&text).unwrap();
    let status: Vec<_> = Report::read(&message).unwrap().observations.iter().map(|row| row.status).collect();
    assert_eq!(status.last(), Some(&Some(ResultStatus::WrongPatient)));
    assert_eq!(validate::pcd01(&message), []);
}
