//! ADT and PCIM: what each event needs, what is read of it, and what is refused where.

use clinical::account::{Fate, Place, Reason};
use clinical::adt::{self, Change, Notice, Trigger};
use clinical::hl7::{Message, Zone, parse_time};
use clinical::pcim::{self, Act, Standing};
use clinical::person::{Identifier, Said, Sex};
use clinical::validate::{ErrorKind, Finding};

fn admission(trigger: &str, version: &str) -> String {
    format!(
        "MSH|^~\\&|HIS|HOSP|MEDSEAL|WARD|20240301101500+0100||ADT^{trigger}|M1|P|{version}\r\
         EVN|{trigger}|202403011014|||NURSE1|20240301101000\r\
         PID|1||4711^^^HOSP&1.2.3&ISO^MR~X-9^^^&1.9&ISO^SS~^^^NOBODY||O'Brien&van^Zo\\S\\e^Maria^^^^L||19600229|F||||||||||ACC7^^^HOSP^AN\r\
         PD1||||\r\
         NK1|1|Brien^Pat\r\
         PV1|1|I|ICU^12^3^HOSP&9&L||EM1|WARD3^1^2|||||||||||||V100^^^HOSP^VN|||||||||||||||||||||||||20240301|20240305\r"
    )
}

fn read(text: &str) -> Result<Notice, Finding> {
    adt::read(&Message::parse(text).unwrap(), &Zone::UTC)
}

fn id(id: &str, authority: &str, kind: &str) -> Identifier {
    Identifier { id: id.into(), authority: authority.into(), kind: kind.into() }
}

#[test]
fn all_that_a_gateway_needs_is_read() {
    for version in ["2.3", "2.3.1", "2.4", "2.5.1", "2.6", "2.8"] {
        let notice = read(&admission("A01^ADT_A01", version)).unwrap();
        assert_eq!((notice.header.control_id.as_str(), notice.header.version.as_str()), ("M1", version));
        assert_eq!(notice.remarks, []);
        let [event] = notice.events.as_slice() else { panic!("{:?}", notice.events) };
        let person = &event.person;
        assert_eq!(person.identifiers, [id("4711", "HOSP", "MR"), id("X-9", "1.9", "SS")]);
        assert_eq!(person.identifier().unwrap().id, "4711");
        assert_eq!(
            (&person.family, &person.given),
            (&Said::This("O'Brien".into()), &Said::This("Zo^e Maria".into()))
        );
        assert_eq!(person.born.value().unwrap().to_string(), "1960-02-29");
        assert_eq!(
            (&person.sex, &person.account),
            (&Said::This(Sex::Female), &Some(id("ACC7", "HOSP", "AN")))
        );
        // EVN-6, which has no offset, is of MSH-7's.
        assert_eq!(event.at, parse_time("20240301091000").ok());
        let Change::Admit(visit) = &event.change else { panic!("{:?}", event.change) };
        let (location, prior) = (visit.location.as_ref().unwrap(), visit.prior.as_ref().unwrap());
        assert_eq!((location.to_string(), prior.to_string()), ("ICU^12^3^HOSP".into(), "WARD3^1^2".into()));
        assert_eq!((visit.class.as_str(), &visit.number), ("I", &Some(id("V100", "HOSP", "VN"))));
        assert_eq!(visit.admitted, parse_time("20240229230000").ok());
        assert_eq!(visit.discharged, parse_time("20240304230000").ok());
        let fates: Vec<_> = notice.account.entries().iter().map(|entry| (entry.name(), entry.fate)).collect();
        let kept = Fate::Kept(Reason::NoPlace);
        let mapped = Fate::Mapped;
        assert_eq!(
            fates,
            [
                ("MSH", mapped(Place::Header)),
                ("EVN", mapped(Place::Event)),
                ("PID", mapped(Place::Patient)),
                ("PD1", Fate::Kept(Reason::Empty)),
                ("NK1", kept),
                ("PV1", mapped(Place::Visit)),
            ]
        );
    }
}

#[test]
fn each_trigger_is_its_change() {
    type Case = (&'static str, fn(&Change) -> bool);
    let cases: [Case; 11] = [
        ("A01", |it| matches!(it, Change::Admit(_))),
        ("A02", |it| matches!(it, Change::Transfer(visit) if visit.prior.is_some())),
        ("A03", |it| matches!(it, Change::Discharge(_))),
        ("A04", |it| matches!(it, Change::Register(_))),
        ("A08", |it| matches!(it, Change::Update(Some(_)))),
        ("A11", |it| matches!(it, Change::CancelAdmit(_))),
        ("A12", |it| matches!(it, Change::CancelTransfer(_))),
        ("A13", |it| matches!(it, Change::CancelDischarge(_))),
        ("A28", |it| matches!(it, Change::AddPerson)),
        ("A31", |it| matches!(it, Change::UpdatePerson)),
        ("A40", |it| matches!(it, Change::Merge { retired } if *retired == [id("OLD", "HOSP", "MR")])),
    ];
    for (trigger, is_right) in cases {
        let text = admission(trigger, "2.6").replace("PV1|", "MRG|OLD^^^HOSP^MR\rPV1|");
        let notice = read(&text).unwrap();
        assert!(is_right(&notice.events[0].change), "{trigger}: {:?}", notice.events);
        assert_eq!(Trigger::parse(trigger).unwrap().code(), trigger);
        let mrg = notice.account.entries().iter().find(|entry| entry.name() == "MRG").unwrap();
        let is_merge = trigger == "A40";
        assert_eq!(mrg.fate == Fate::Mapped(Place::Merged), is_merge, "{trigger}: {}", mrg.fate);
    }
}

#[test]
fn one_message_merges_several_pairs() {
    let text = "MSH|^~\\&|A||B||20240101000000||ADT^A40^ADT_A39|1|P|2.5\rEVN||20240101000000\r\
                PID|||1^^^H^MR\rMRG|2^^^H^MR~3^^^H^MR\rPV1||I\rPID|||4^^^H^MR\rPD1\rMRG|5^^^H^MR";
    let notice = read(text).unwrap();
    let pairs = notice.events.iter().map(|event| match &event.change {
        Change::Merge { retired } => (event.person.identifiers[0].id.clone(), retired.len()),
        other => panic!("{other:?}"),
    });
    assert_eq!(pairs.collect::<Vec<_>>(), [("1".into(), 2), ("4".into(), 1)]);
}

#[test]
fn what_an_event_lacks_is_refused_with_its_place() {
    for (trigger, from, to, at, kind) in [
        ("A01", "ADT^", "ORM^", "MSH-9.1", ErrorKind::MessageType),
        ("A01", "ADT^A01", "ADT^A99", "MSH-9.2", ErrorKind::EventCode),
        ("A01", "\rPID|", "\rZID|", "PID-3", ErrorKind::SegmentSequence),
        ("A01", "4711^^^HOSP&1.2.3&ISO^MR~X-9^", "~^", "PID-3.1", ErrorKind::RequiredField),
        ("A03", "\rPV1|", "\rZV1|", "PV1-2", ErrorKind::SegmentSequence),
        ("A40", "none", "none", "MRG-1", ErrorKind::SegmentSequence),
        ("A40", "\rNK1|", "\rMRG|^^^HOSP\rNK1|", "MRG-1.1", ErrorKind::RequiredField),
    ] {
        let text = admission(trigger, "2.6").replacen(from, to, 1);
        assert_eq!(read(&text), Err(Finding::at(at.parse().unwrap(), kind)), "{trigger} {to}");
    }
}

#[test]
fn what_an_event_can_do_without_is_remarked_on() {
    let text = admission("A08", "2.6")
        .replace("|19600229|F|", "|1960|X|")
        .replace("|20240301|20240305", "|\"\"|soon")
        .replace("O'Brien&van", "\"\"");
    let notice = read(&text).unwrap();
    let person = &notice.events[0].person;
    assert_eq!((&person.born, &person.sex, &person.family), (&Said::Nothing, &Said::Nothing, &Said::None));
    let places: Vec<_> = notice.remarks.iter().map(ToString::to_string).collect();
    assert_eq!(places, ["PID-7: Data type error", "PID-8: Table value not found", "PV1-45: Data type error"]);
    let without_visit = admission("A08", "2.6").replace("PV1|", "ZV1|");
    assert_eq!(read(&without_visit).unwrap().events[0].change, Change::Update(None));
}

fn association(profile: &str, service: &str) -> String {
    format!(
        "MSH|^~\\&|SCANNER||MEDSEAL||20240301101500+0100||ORU^R01^ORU_R01|7|P|2.6|||AL|AL|||||{profile}\r\
         PID|||4711^^^HOSP^MR||Doe^Jane\rPV1||I|ICU^12^3\r\
         OBR|1||A-1^SCANNER|{service}^MDC_OBS_ASSOCIATION_PATIENT_DEVICE^MDC|||20240301101000\r\
         OBX|1|CWE|68487^MDC_ATTR_EVT_COND^MDC|0.0.0.0|198332^MDC_EVT_ASSOCIATION_PATIENT_DEVICE^MDC||||||F\r\
         PRT|1|AD||EQUIP|||||ICU^12^4|PUMP-9^^00A0370098007A80^EUI-64\r\
         PRT|2|AD||AUT|N77^Nurse\r\
         PRT|3|AD||RO|||||\r"
    )
}

#[test]
fn associations_are_read_whatever_msh_21_says() {
    for (profile, service) in [
        ("IHE_PCIM^IHE PCD^1.3.6.1.4.1.19376.1.6.1.51.1^ISO", "69136"),
        ("IHE_PCIM^IHE PCD^1.3.6.1.4.1.19376.1.6.4.51.1^ISO", "69136"),
        ("IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO", "69136"),
    ] {
        let text = association(profile, service);
        let notice = pcim::read(&Message::parse(&text).unwrap(), &Zone::UTC).unwrap();
        assert_eq!(notice.patient.identifier().unwrap().id, "4711");
        let [one] = notice.associations.as_slice() else { panic!("{:?}", notice.associations) };
        assert_eq!((one.id.as_str(), one.act, one.standing), ("A-1", Act::Associate, Standing::Validated));
        assert_eq!((one.devices[0].key(), one.devices[0].entity.as_str()), ("00A0370098007A80", "PUMP-9"));
        assert_eq!(one.location.as_ref().unwrap().bed, "4");
        assert_eq!(
            (one.from, one.until, one.author.as_deref()),
            (parse_time("20240301091000").ok(), None, Some("N77"))
        );
        let kept: Vec<_> =
            notice.account.entries().iter().filter(|it| !matches!(it.fate, Fate::Mapped(_))).collect();
        assert_eq!(kept.iter().map(|it| it.segment).collect::<Vec<_>>(), [8], "the recorder of PRT 3");
    }
}

#[test]
fn an_association_that_says_too_little_is_refused_with_its_place() {
    let whole = association("IHE_PCIM^^1.3.6.1.4.1.19376.1.6.1.51.1^ISO", "69136");
    for (from, to, at, kind) in [
        ("\rPID|", "\rZID|", "PID-3", ErrorKind::SegmentSequence),
        ("4711^^^HOSP^MR", "", "PID-3.1", ErrorKind::RequiredField),
        ("A-1^SCANNER", "^SCANNER", "OBR-3.1", ErrorKind::RequiredField),
        ("198332^", "198333^", "OBX-5", ErrorKind::TableValue),
        ("198332^MDC_EVT_ASSOCIATION_PATIENT_DEVICE^MDC", "", "OBX-5", ErrorKind::RequiredField),
        ("68487^", "68488^", "OBX-3", ErrorKind::SegmentSequence),
        ("PUMP-9^^00A0370098007A80^EUI-64", "", "PRT-10", ErrorKind::RequiredField),
        ("|69136^", "|69137^", "OBR-4", ErrorKind::SegmentSequence),
        ("ORU^R01", "ORU^R30", "MSH-9.1", ErrorKind::MessageType),
    ] {
        assert!(whole.contains(from));
        let text = whole.replacen(from, to, 1);
        let read = pcim::read(&Message::parse(&text).unwrap(), &Zone::UTC);
        assert_eq!(read.err(), Some(Finding::at(at.parse().unwrap(), kind)), "{to}");
    }
    let ended = whole
        .replace("198332^", "198334^")
        .replace("PRT|1|AD||EQUIP|||||ICU^12^4|PUMP-9^^00A0370098007A80^EUI-64\r", "")
        .replace("||||||F\r", "||||||R\r")
        .replace("|||20240301101000\r", "||||20240301111000|||||||||||||||||||||^A-0&SCANNER\r");
    let notice = pcim::read(&Message::parse(&ended).unwrap(), &Zone::UTC).unwrap();
    let one = &notice.associations[0];
    assert_eq!(
        (one.act, one.standing, one.parent.as_deref()),
        (Act::Disassociate, Standing::NeedsValidation, Some("A-0"))
    );
    assert_eq!((one.from, one.until), (None, parse_time("20240301101000").ok()));
    assert_eq!(one.location.as_ref().unwrap().bed, "3");
}
