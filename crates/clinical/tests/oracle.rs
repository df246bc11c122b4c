//! Our HL7 parser beside an independent one (`hl7-parser`): every element of every message, and the meaning of every escape.

use clinical::hl7::Message;
use clinical::hl7::Separators;
use proptest::prelude::*;

const PCD01: &str = include_str!("../../../testdata/hl7/pcd01.hl7");
const SENT: &str = include_str!("data/pcd01_sent.hl7");

/// Compares all elements of a message that both accept; false when the other refuses it.
fn compare(text: &str) -> bool {
    let ours = Message::parse(text).unwrap();
    let Ok(theirs) = hl7_parser::Message::parse(text) else { return false };
    let theirs: Vec<_> = theirs.segments().collect();
    assert_eq!(ours.segments().len(), theirs.len(), "{text:?}");
    for (ours, theirs) in ours.segments().iter().zip(theirs) {
        assert_eq!(ours.name(), theirs.name);
        let fields: Vec<_> = theirs.fields().collect();
        for (number, theirs) in (1..).zip(fields) {
            // The separators themselves have no structure.
            if ours.name() == "MSH" && number <= 2 {
                continue;
            }
            let ours = ours.field(number);
            assert_eq!(ours.raw(), theirs.raw_value(), "field {number} of {text:?}");
            for (ours, theirs) in ours.repetitions().zip(theirs.repeats()) {
                assert_eq!(ours.raw(), theirs.raw_value());
                for (component, theirs) in (1..).zip(theirs.components()) {
                    assert_eq!(ours.component(component).raw(), theirs.raw_value());
                    for (subcomponent, theirs) in (1..).zip(theirs.subcomponents()) {
                        let ours = ours.component(component).subcomponent(subcomponent);
                        assert_eq!(ours.raw(), theirs.raw_value());
                    }
                }
            }
        }
    }
    true
}

#[test]
fn whole_messages_have_the_same_elements() {
    for text in [PCD01, &SENT.replace('\n', "\r")] {
        assert!(compare(text.trim_end()));
    }
}

#[test]
fn escapes_mean_the_same() {
    let standard = Separators::STANDARD;
    let theirs = hl7_parser::message::Separators::default();
    for raw in [r"a\F\b", r"\S\\T\\R\\E\", "plain", r"\E\F\E\"] {
        let decoded = theirs.decode(raw).to_string();
        assert_eq!(clinical::hl7::unescape(raw, standard), decoded, "{raw}");
    }
}

proptest! {
    #[test]
    fn made_up_messages_have_the_same_elements(fields in proptest::collection::vec("[a-zë0-9 ^~&.]{0,12}", 1..20)) {
        let text = format!("MSH|^~\\&|{}\rPID|{}\rOBX|1|{}", fields.join("|"), fields.join("|"), fields.join("|"));
        prop_assert!(compare(&text));
    }
}
