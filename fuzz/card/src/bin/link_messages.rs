//! What comes from the other end of a way: messages of a TCP card, answers to reset.
#![no_main]

use card_link::atr::Atr;
use card_link::tcp::Message;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    while let Ok(Some(message)) = Message::read(&mut rest) {
        let mut written = Vec::new();
        message.write(&mut written).expect("what was read can be written");
        assert_eq!(Message::read(&mut written.as_slice()).ok(), Some(Some(message)));
    }
    let _parsed = Atr::parse(bytes);
});
