//! Applets that never end are ended, soon, and the card goes on: `java/endless` has a loop of each kind.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::common::{compile, send};
use card_link::gp::Session;
use card_link::{CardFile, CardKeys, Element};

const PACKAGE: &str = "F0454E444C455353";
const APPLET: &str = "F0454E444C45535301";
/// A release build takes less than two seconds for the slowest of them; tests run unoptimised, many at a time.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 2 });

#[test]
fn an_endless_loop_is_ended_soon_and_the_card_goes_on() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/element/java/endless");
    let cap = compile(&sources, "endless", PACKAGE, &[(APPLET, "endless.Endless")]);
    let folder = tempfile::tempdir().unwrap();
    let keys = CardKeys::random().unwrap();
    let mut card = CardFile::create(&folder.path().join("card"), keys.card_options()).unwrap();
    Session::open(&mut card, &keys).unwrap().load_cap(&cap).unwrap();
    let (package, applet) = (PACKAGE.parse().unwrap(), APPLET.parse().unwrap());
    Session::open(&mut card, &keys).unwrap().install(&package, &applet, &applet, &[]).unwrap();
    for instruction in
        [0x00_u8, 0x01, 0x02, 0x03, 0x04, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A]
    {
        assert_eq!(send(&mut card, &format!("00A4040009{APPLET}")), "9000", "before {instruction:02X}");
        let start = Instant::now();
        let answer = send(&mut card, &format!("80{instruction:02X}0000"));
        let took = start.elapsed();
        assert_eq!(answer, "6F00", "{instruction:02X}: {:?}", card.diagnosis());
        assert!(took < PATIENCE, "{instruction:02X} took {took:?}");
    }
}
