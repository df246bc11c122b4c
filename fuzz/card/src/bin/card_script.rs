//! Scripts of commands: any text is a script or has a wrong line, and running one does no harm.
#![no_main]

use card_link::script::{Pattern, Script, run};
use card_link::{Element, LinkError};
use libfuzzer_sys::fuzz_target;

/// Answers with what it was sent.
struct Echo;

impl Element for Echo {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        Ok([command, &[0x90, 0x00]].concat())
    }

    fn atr(&self) -> Vec<u8> {
        vec![0x3B, 0x00]
    }

    fn reset(&mut self) -> Result<(), LinkError> {
        Ok(())
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(pattern) = Pattern::parse(text) {
        assert_eq!(Pattern::parse(&pattern.to_string()), Ok(pattern));
    }
    match Script::parse(text) {
        Ok(script) => {
            let _ended = run(&script, &mut Echo, None, |answered| assert!(answered.line >= 1));
        }
        Err(error) => assert!(error.line >= 1 && error.line <= text.lines().count()),
    }
});
