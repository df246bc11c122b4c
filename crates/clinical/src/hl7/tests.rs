use super::*;
use proptest::prelude::*;

const PCD01: &str = include_str!("../../../../testdata/hl7/pcd01.hl7");

fn get(message: &Message<'_>, path: &str) -> Option<String> {
    message.get(&path.parse().unwrap()).map(|element| element.text().into_owned())
}

#[test]
fn elements_are_found_by_their_path() {
    let message = Message::parse(PCD01).unwrap();
    for (path, text) in [
        ("MSH-1", Some("|")),
        ("MSH-2", Some(r"^~\&")),
        ("MSH-3", Some("MINDRAY_VS900")),
        ("MSH-3.3", Some("EUI-64")),
        ("MSH-9.3", Some("ORU_R01")),
        ("MSH-18", Some("UNICODE UTF-8")),
        ("MSH-21.2", Some("IHE PCD")),
        ("PID-3.1", Some("MRN100234")),
        ("PID-5.2.1", Some("Jane")),
        ("PID-5(2)", None),
        ("OBX[11]-5", Some("37.1")),
        ("OBX[13]-5", None),
        ("OBX-2", None),
        ("ZZZ-1", None),
    ] {
        assert_eq!(get(&message, path).as_deref(), text, "{path}");
    }
    let last = message.segments().last().unwrap();
    assert_eq!(
        (last.number(), last.name(), PCD01.get(last.offset()..last.offset() + 7)),
        (16, "OBX", Some("OBX|12|"))
    );
}

#[test]
fn segment_ends_of_all_kinds_are_taken() {
    let lines = PCD01.trim_end();
    for end in ["\r", "\n", "\r\n", "\r\r"] {
        let text = lines.replace('\r', end);
        assert_eq!(Message::parse(&text).unwrap().segments().len(), 16, "{end:?}");
    }
}

#[test]
fn fields_found_in_one_pass_are_those_found_one_by_one() {
    let long = format!("OBX{}", "|x".repeat(40));
    for line in [
        "OBX",
        "OBX|",
        "OBX|1|NM||4",
        "OBX|1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17|18|19|20",
        "OBX||é|ë|",
        &long,
    ] {
        let text = format!("MSH|^~\\&|A\r{line}");
        let message = Message::parse(&text).unwrap();
        let segment = message.segments()[1];
        let first = segment.first_fields::<20>();
        for number in 0..=18 {
            assert_eq!(first.field(number).raw(), segment.field(number).raw(), "{line} {number}");
        }
    }
}

#[test]
fn other_separators_are_taken_from_the_header() {
    let message = Message::parse("MSH$%*!@$A$$$$$$ORU%R01%ORU_R01\rPID$$$1%%%H*2%%%I$x@y!S!").unwrap();
    assert_eq!(get(&message, "MSH-9.2").as_deref(), Some("R01"));
    assert_eq!(get(&message, "PID-3(2).4").as_deref(), Some("I"));
    assert_eq!(get(&message, "PID-4.1.2").as_deref(), Some("y%"));
}

#[test]
fn malformed_messages_are_refused_with_the_place() {
    for (text, error) in [
        ("", Hl7Error::NoHeader),
        ("PID|1", Hl7Error::NoHeader),
        ("\rMSH|^~\\&|", Hl7Error::NoHeader),
        ("MSH|^~\\|A", Hl7Error::Separators { offset: 4 }),
        ("MSH|^^\\&|A", Hl7Error::Separators { offset: 4 }),
        ("MSHA^~\\&A", Hl7Error::Separators { offset: 4 }),
        ("MSH|^~\\&|A\rpid|", Hl7Error::SegmentName { segment: 2, offset: 11 }),
        ("MSH|^~\\&|A\r\rPIDX|", Hl7Error::SegmentName { segment: 2, offset: 12 }),
        ("MSH|^~\\&|A\rPë", Hl7Error::SegmentName { segment: 2, offset: 11 }),
    ] {
        assert_eq!(Message::parse(text).err(), Some(error), "{text:?}");
    }
    let many = format!("MSH|^~\\&|A{}", "\rNTE".repeat(crate::limits::MOST_SEGMENTS));
    assert_eq!(Message::parse(&many).err(), Some(Hl7Error::TooManySegments { segment: 10_000 }));
    let long = format!("MSH|^~\\&|{}", "x".repeat(crate::limits::LONGEST_MESSAGE));
    assert!(matches!(Message::parse(&long), Err(Hl7Error::TooLong { .. })));
}

#[test]
fn written_values_cannot_break_out_of_their_field() {
    let hostile = "a|b^c~d\\e&f\rOBX|99\nx";
    let mut writer = MessageWriter::new();
    writer.segment("MSH", |msh| msh.field(3, "A"));
    writer.segment("PID", |pid| pid.components(5, &[hostile, "", hostile, ""]));
    let text = writer.finish();
    let message = Message::parse(&text).unwrap();
    assert_eq!(message.segments().len(), 2);
    assert_eq!(get(&message, "PID-5.1").as_deref(), Some(hostile));
    assert_eq!(get(&message, "PID-5.3").as_deref(), Some(hostile));
    assert_eq!(get(&message, "PID-6"), None);
}

/// Reads everything there is in `text`.
fn read_all(text: &str) {
    let Ok(message) = Message::parse(text) else { return };
    for segment in message.segments() {
        for component in segment.fields().flat_map(|field| field.repetitions().flat_map(|it| it.components()))
        {
            let _ = (component.text(), component.subcomponent(2).text());
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(text) = decode(&bytes) {
            read_all(&text);
        }
        let mut headed = b"MSH|^~\\&|".to_vec();
        headed.extend_from_slice(&bytes);
        if let Ok(text) = decode(&headed) {
            read_all(&text);
        }
    }

    #[test]
    fn a_mutated_message_is_read_or_refused(changes in proptest::collection::vec((0..1600_usize, any::<u8>()), 1..20), cut in 0..1600_usize) {
        let mut bytes = PCD01.as_bytes().to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        bytes.truncate(cut);
        if let Ok(text) = decode(&bytes) {
            read_all(&text);
        }
    }
}
