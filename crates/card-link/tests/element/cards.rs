//! Cards in memory with an applet of a test.

use card_image::cap::CapFile;
use card_link::gp::Session;
use card_link::{Aid, CardKeys, Element, InProcess};

/// A card in memory with one package and an instance of each of its applets.
pub(crate) fn card_with(cap: &CapFile, package: &str, applets: &[&str]) -> (InProcess, CardKeys) {
    let keys = CardKeys::random().unwrap();
    let mut card = InProcess::create(keys.card_options()).unwrap();
    add(&mut card, &keys, cap, package, applets);
    (card, keys)
}

/// Another package and an instance of each of its applets.
pub(crate) fn add(card: &mut InProcess, keys: &CardKeys, cap: &CapFile, package: &str, applets: &[&str]) {
    let loaded = Session::open(card, keys).unwrap().load_cap(cap);
    assert!(loaded.is_ok(), "{loaded:?}: {:?}", card.diagnosis());
    let package: Aid = package.parse().unwrap();
    for applet in applets {
        let applet: Aid = applet.parse().unwrap();
        let installed = Session::open(card, keys).unwrap().install(&package, &applet, &applet, &[]);
        assert!(installed.is_ok(), "{installed:?}: {:?}", card.diagnosis());
    }
}
