//! PCD-04 from senders of several habits, and there and back.

use clinical::account::{Fate, Place};
use clinical::alarm::{self, Alarm, Inactivation, Kind, Measured, Notice, Outgoing, Phase, Priority, State};
use clinical::hl7::{Message, Zone, parse_time};
use clinical::pcd::{Acknowledgements, Envelope, Processing, Waves};
use clinical::person::{Patient, Sex};
use clinical::validate::{ErrorKind, Finding};
use proptest::prelude::*;
use seal::{Code, Micros};

fn read(text: &str) -> Result<Notice, Finding> {
    alarm::read(&Message::parse(text).unwrap(), &Zone::UTC)
}

fn received(rows: &[&str]) -> String {
    let head = "MSH|^~\\&|MON^00A0370098007A80^EUI-64|ICU|||20240301101500+0100||ORU^R40^ORU_R40|9|P|2.6|||AL|NE|||||IHE_PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.4.1^ISO\r\
                PID|||4711^^^HOSP^MR\rPV1||I|ICU^12^3\r\
                OBR|1||AL-2^MON|196616^MDC_EVT_ALARM^MDC|||20240301101400+0100||||||||||||||||||||||^AL-1&MON\r";
    format!("{head}{}", rows.join("\r"))
}

fn low_saturation() -> Alarm {
    Alarm {
        id: "AL-2".into(),
        instance: "AL-1".into(),
        event: Code(196_670),
        text: "SpO2 low".into(),
        source: Some(Code(150_456)),
        measured: Some(Measured { value: "88".parse().unwrap(), unit: Some("%".parse().unwrap()) }),
        limits: "90-100".into(),
        phase: Phase::Start,
        state: Some(State::Active),
        inactivation: vec![Inactivation::AudioPaused, Inactivation::Acknowledged],
        priority: Some(Priority::Medium),
        kind: Some(Kind::Physiological),
        time: parse_time("20240301091400").ok(),
    }
}

#[test]
fn one_alarm_is_read_from_each_way_of_writing_it() {
    let tail = [
        "OBX|3|ST|68481^MDC_ATTR_EVENT_PHASE^MDC|1.3.1.150456.3|start||||||F",
        "OBX|4|ST|68482^MDC_ATTR_ALARM_STATE^MDC|1.3.1.150456.4|active||||||F",
        "OBX|5|ST|68483^MDC_ATTR_ALARM_INACTIVATION_STATE^MDC|1.3.1.150456.5|audio-paused~alert-acknowledged||||||F",
    ];
    let value = "OBX|2|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.3.1.150456.2|88|262688^MDC_DIM_PERCENT^MDC|90-100||||F|||20240301101400+0100";
    let ways: [&[&str]; 4] = [
        // The event in OBX-3, the words in OBX-5.
        &[
            "OBX|1|ST|196670^MDC_EVT_LO^MDC|1.3.1.150456.1|SpO2 low||||||F|||||||MON-1",
            value,
            "OBX|6|ST|68484^MDC_ATTR_ALARM_PRIORITY^MDC|1.3.1.150456.6|PM||||||F",
            "OBX|7|ST|68485^MDC_ATTR_ALERT_TYPE^MDC|1.3.1.150456.7|SP||||||F",
        ],
        // The event in OBX-5; priority and type in OBX-8.
        &[
            "OBX|1|CWE|196616^MDC_EVT_ALARM^MDC|1.3.1.150456.1|196670^SpO2 low^MDC|||A~PM~SP|||F|||||||MON-1",
            value,
        ],
        // The source in OBX-5 of the event, the words in a row of their own; the attributes' codes of before.
        &[
            "OBX|1|CWE|196670^MDC_EVT_LO^MDC|1.3.1.150456.1|150456^MDC_PULS_OXIM_SAT_O2^MDC||||||F|||||||MON-1",
            value,
            "OBX|6|ST|68168^MDC_ATTR_ALARM_PRIORITY^MDC|1.0.0.0.6|PM||||||F",
            "OBX|7|ST|68485^MDC_ATTR_ALERT_TYPE^MDC|1.0.0.0.7|SP||||||F",
            "OBX|8|ST|68546^MDC_ATTR_ALERT_TEXT^MDC|1.0.0.0.8|SpO2 low||||||F",
        ],
        // The attributes by name alone.
        &[
            "OBX|1|ST|196670^MDC_EVT_LO^MDC|1.3.1.150456.1|SpO2 low||||||F|||||||MON-1",
            value,
            "OBX|6|ST|0^MDC_ATTR_ALARM_PRIORITY^MDC|1.3.1.150456.6|PM||||||F",
            "OBX|7|ST|0^MDC_ATTR_ALERT_TYPE^MDC|1.3.1.150456.7|SP||||||F",
        ],
    ];
    for way in ways {
        let rows: Vec<&str> = way.iter().take(2).chain(&tail).chain(way.iter().skip(2)).copied().collect();
        let notice = read(&received(&rows)).unwrap();
        assert_eq!(notice.alarms, [low_saturation()], "{rows:#?}");
        assert_eq!(
            (notice.patient.identifier().unwrap().id.as_str(), notice.device.key()),
            ("4711", "MON-1")
        );
        assert_eq!(notice.remarks, []);
        assert!(
            notice.account.entries().iter().all(|entry| matches!(entry.fate, Fate::Mapped(_))),
            "{:?}",
            notice.account
        );
    }
}

#[test]
fn what_an_alarm_lacks_is_refused_or_reported_with_its_place() {
    let event = "OBX|1|ST|196670^MDC_EVT_LO^MDC|1.3.1.1.1|low||||||F";
    let phase = "OBX|2|ST|68481^MDC_ATTR_EVENT_PHASE^MDC|1.3.1.1.3|start||||||F";
    for (text, at, kind) in [
        (received(&[phase]), "OBX-3", ErrorKind::SegmentSequence),
        (received(&[event]), "OBX-5", ErrorKind::SegmentSequence),
        (received(&[event, phase]).replace("AL-2^MON", "^MON"), "OBR-3.1", ErrorKind::RequiredField),
        (received(&[event, phase]).replace("\rOBR|", "\rZBR|"), "OBR-3", ErrorKind::SegmentSequence),
        (received(&[event, phase]).replace("ORU^R40", "ORU^R41"), "MSH-9.1", ErrorKind::MessageType),
    ] {
        assert_eq!(read(&text).err(), Some(Finding::at(at.parse().unwrap(), kind)), "{text}");
    }
    let odd = "OBX|3|ST|68484^MDC_ATTR_ALARM_PRIORITY^MDC|1.3.1.1.6|20||||||R";
    let notice = read(&received(&[event, phase, odd])).unwrap();
    assert_eq!(notice.remarks[0].to_string(), "OBX[3]-5: Table value not found");
    assert_eq!((notice.alarms[0].priority, notice.account.reported().count()), (None, 1));
}

#[test]
fn a_heartbeat_and_a_technical_alarm_are_alarms_too() {
    let notice = read(&received(&[
        "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||MON-1",
        "OBX|2|CWE|196616^MDC_EVT_ALARM^MDC|1.1.0.0.1|196882^MDC_EVT_LEADS_OFF^MDC||||||F",
        "OBX|3|CWE|68480^MDC_ATTR_ALERT_SOURCE^MDC|1.1.0.0.2|69642^MDC_DEV_ANALY_SAT_O2_VMD^MDC||||||F",
        "OBX|4|ST|68481^MDC_ATTR_EVENT_PHASE^MDC|1.1.0.0.3|tpoint||||||F",
    ]))
    .unwrap();
    let one = &notice.alarms[0];
    assert_eq!(
        (one.event, one.source, one.measured, one.phase),
        (Code(196_882), Some(Code(69_642)), None, Phase::TimePoint)
    );
    assert_eq!(notice.account.entries()[4].fate, Fate::Mapped(Place::Device(0)));
}

fn envelope() -> Envelope {
    Envelope {
        application: "MEDSEAL".into(),
        facility: "Ward".into(),
        receiving_application: "AC".into(),
        receiving_facility: "Hospital".into(),
        processing: Processing::Production,
        acknowledgements: Acknowledgements::OnStorage,
        waves: Waves::Leave,
    }
}

fn write(alarm: &Alarm) -> String {
    let envelope = envelope();
    let patient = Patient {
        id: "7".into(),
        identifier: "4711".into(),
        authority: "HOSP".into(),
        family: "Doe".into(),
        given: "Jane".into(),
        born: None,
        sex: Sex::Unknown,
    };
    let (sent, processing) = (Micros(1_709_284_500_000_000), Processing::Production);
    let (patient, bed, device) = (Some(&patient), "3", "MON-1");
    alarm::message(&envelope, &Outgoing { control_id: "c-1", sent, processing, patient, bed, device, alarm })
}

#[test]
fn an_alarm_comes_back_as_it_was_sent() {
    let technical = Alarm {
        source: Some(Code(69_642)),
        measured: None,
        limits: String::new(),
        text: "leads | off ~ now".into(),
        instance: "AL-2".into(),
        inactivation: vec![Inactivation::Enabled],
        ..low_saturation()
    };
    for sent in [low_saturation(), technical] {
        let text = write(&sent);
        let notice = read(&text).unwrap();
        assert_eq!(
            (notice.alarms.as_slice(), notice.device.key()),
            ([sent].as_slice(), "MON-1"),
            "{}",
            text.replace('\r', "\n")
        );
        assert!(notice.account.entries().iter().all(|entry| matches!(entry.fate, Fate::Mapped(_))));
        assert_eq!(notice.remarks, []);
    }
}

#[test]
fn an_alarm_of_a_device_that_is_with_nobody_names_nobody() {
    let envelope = envelope();
    let (sent, processing, alarm) = (Micros(1_709_284_500_000_000), Processing::Production, low_saturation());
    let outgoing = Outgoing {
        control_id: "c",
        sent,
        processing,
        patient: None,
        bed: "",
        device: "MON-1",
        alarm: &alarm,
    };
    let text = alarm::message(&envelope, &outgoing);
    assert!(!text.contains("\rPID") && !text.contains("\rPV1"), "{text}");
    let notice = read(&text).unwrap();
    assert_eq!((notice.alarms, notice.patient.identifiers.len()), (vec![alarm], 0));
}

#[test]
fn every_word_is_read_as_it_is_written() {
    assert!(Phase::ALL.iter().all(|it| Phase::parse(it.word()) == Some(*it)));
    assert!(State::ALL.iter().all(|it| State::parse(it.word()) == Some(*it)));
    assert!(Inactivation::ALL.iter().all(|it| Inactivation::parse(it.word()) == Some(*it)));
    assert!(Priority::ALL.iter().all(|it| Priority::parse(it.word()) == Some(*it)));
    assert!(Kind::ALL.iter().all(|it| Kind::parse(it.word()) == Some(*it)));
}

proptest! {
    #[test]
    fn any_words_come_back(text in "\\PC{1,30}", limits in "[0-9]{1,3}-[0-9]{1,3}", state in 0..State::ALL.len()) {
        prop_assume!(text.parse::<u32>().is_err() && !text.trim().is_empty());
        let sent = Alarm { text, limits, state: Some(State::ALL[state]), ..low_saturation() };
        prop_assert_eq!(read(&write(&sent)).unwrap().alarms, [sent]);
    }
}
