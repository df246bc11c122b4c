//! Any bytes as an HL7 v2 message: decoded, parsed, and every element of it read.

#![no_main]

use clinical::hl7::{Message, decode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = decode(bytes) else { return };
    let Ok(message) = Message::parse(&text) else { return };
    for segment in message.segments() {
        assert!(text.get(segment.offset()..).is_some_and(|rest| rest.starts_with(segment.name())));
        for component in segment.fields().flat_map(|field| field.repetitions().flat_map(|it| it.components()))
        {
            let _ = (component.text(), component.subcomponent(2).text());
        }
    }
});
