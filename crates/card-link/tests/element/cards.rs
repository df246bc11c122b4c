//! Cards in memory with an applet of a test.

use std::path::Path;

use card_image::api::ApiVersion;
use card_image::cap::CapFile;
use card_link::gp::Session;
use card_link::{Aid, CardKeys, Element, InProcess};

use crate::common::build_for;

/// Compiles and converts the sources of one package for the newest release of the API.
pub(crate) fn compile_newest(sources: &Path, package: &str, aid: &str, applets: &[(&str, &str)]) -> CapFile {
    build_for(ApiVersion::V3_2, sources, package, aid, applets, &[]).converted.cap
}

/// A card in memory with one package and an instance of each of its applets.
pub(crate) fn card_with(cap: &CapFile, package: &str, applets: &[&str]) -> (InProcess, CardKeys) {
    let keys = CardKeys::random().unwrap();
    let mut card = InProcess::create(keys.card_options()).unwrap();
    let loaded = Session::open(&mut card, &keys).unwrap().load_cap(cap);
    assert!(loaded.is_ok(), "{loaded:?}: {:?}", card.diagnosis());
    let package: Aid = package.parse().unwrap();
    for applet in applets {
        let applet: Aid = applet.parse().unwrap();
        let installed = Session::open(&mut card, &keys).unwrap().install(&package, &applet, &applet, &[]);
        assert!(installed.is_ok(), "{installed:?}: {:?}", card.diagnosis());
    }
    (card, keys)
}
