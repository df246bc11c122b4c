//! Files of the extended form on a card: several packages, one context, static resources, and another file that uses
//! what is public of it. The sources are those of the converter's tests.

use std::path::{Path, PathBuf};

use card_image::api::ApiVersion;
use card_image::cap::{CapFile, PackageInfo, StaticResource, Version};
use card_image::convert::{
    AppletRequest, ConvertRequest, DebugInformation, ExtendedRequest, Extras, IntSupport, PackageRequest,
    Visibility, convert, convert_extended,
};
use card_image::export::ExportSet;
use card_link::gp::Session;
use card_link::{Aid, CardFile, CardKeys, Element, InProcess};

use crate::common::{class_files, send};

const FILE: &str = "F0657874656E";
const STORE: &str = "F0657874656E01";
const CLIENT: (&str, &str) = ("F0636C69656E74", "F0636C69656E7401");

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../card-image/tests/extended")
}

fn info(aid: &str) -> PackageInfo {
    PackageInfo { version: Version { major: 1, minor: 0 }, aid: aid.parse().unwrap() }
}

/// The extended file and the file that uses it.
fn files() -> (CapFile, CapFile) {
    let (_kept, classes) = class_files(&sources(), ApiVersion::V3_1, &[]);
    let mut exports = ExportSet::platform(ApiVersion::V3_1);
    let public = |aid| Visibility::Public(info(aid));
    let packages = [
        PackageRequest { name: "app", visibility: public("F0657874656E03") },
        PackageRequest { name: "inner", visibility: Visibility::Private },
        PackageRequest { name: "lib", visibility: public("F0657874656E02") },
    ];
    let applet = |aid: &str, class: &str| AppletRequest { aid: aid.parse().unwrap(), class: class.into() };
    let int = IntSupport::Never;
    let (file, applets) = (info(FILE), [applet(STORE, "app.Store")]);
    let request = ExtendedRequest {
        classes: &classes,
        file,
        packages: &packages,
        applets: &applets,
        exports: &exports,
        int,
    };
    let long = vec![0x5A; 200];
    let resources =
        [StaticResource { id: 7, bytes: b"seven".to_vec() }, StaticResource { id: 8, bytes: long }];
    let extras = Extras { resources: &resources, debug: DebugInformation::LeftOut };
    let extended = convert_extended(&request, extras).unwrap();
    extended.exports.into_iter().for_each(|export| exports.add(export));
    let client = convert(&ConvertRequest {
        classes: &classes,
        package: "client",
        aid: CLIENT.0.parse().unwrap(),
        version: Version { major: 1, minor: 0 },
        applets: &[applet(CLIENT.1, "client.Client")],
        exports: &exports,
        int,
    });
    (extended.cap, client.unwrap().cap)
}

fn provision(card: &mut impl Element, keys: &CardKeys, cap: &CapFile, package: &str, applet: &str) {
    let loaded = Session::open(card, keys).unwrap().load_cap(cap);
    assert!(loaded.is_ok(), "{loaded:?}: {:?}", card.diagnosis());
    let (package, applet): (Aid, Aid) = (package.parse().unwrap(), applet.parse().unwrap());
    let installed = Session::open(card, keys).unwrap().install(&package, &applet, &applet, &[]);
    assert!(installed.is_ok(), "{installed:?}: {:?}", card.diagnosis());
}

fn select(card: &mut impl Element, applet: &str) {
    let answer = send(card, &format!("00A40400{:02X}{applet}", applet.len() / 2));
    assert_eq!(answer, "9000", "{:?}", card.diagnosis());
}

#[test]
fn packages_of_one_file_call_one_another_and_read_their_resources() {
    let keys = CardKeys::random().unwrap();
    let mut card = InProcess::create(keys.card_options()).unwrap();
    let (extended, _) = files();
    provision(&mut card, &keys, &extended, FILE, STORE);
    select(&mut card, STORE);
    // Worker.step: 10 + 5; Full is thrown in lib and caught in inner
    assert_eq!(send(&mut card, "80100500"), "000F9000");
    assert_eq!(send(&mut card, "80106500"), "FFFF9000");
    // lib's hidden() and inner's are two methods: 15 + 1, and 1000 + kept; last is what Full told
    assert_eq!(send(&mut card, "80120000"), "001003F90065169000");
    assert_eq!(send(&mut card, "80140000"), "0102040810419000");
    assert_eq!(send(&mut card, "801A0000"), "00019000");
    assert_eq!(send(&mut card, "80160700"), "0005736576656E9000");
    assert_eq!(send(&mut card, "80160800"), format!("00C8{}9000", "5A".repeat(200)));
    // no such resource; a view is for reading
    assert_eq!(send(&mut card, "80160900"), "6F00");
    assert_eq!(send(&mut card, "80180700"), "6F00");
}

#[test]
fn another_file_extends_a_class_and_calls_an_applet_of_an_extended_file() {
    let keys = CardKeys::random().unwrap();
    let mut card = InProcess::create(keys.card_options()).unwrap();
    let (extended, client) = files();
    let refused = Session::open(&mut card, &keys).unwrap().load_cap(&client);
    assert!(refused.is_err(), "what it imports is not there yet");
    provision(&mut card, &keys, &extended, FILE, STORE);
    provision(&mut card, &keys, &client, CLIENT.0, CLIENT.1);
    select(&mut card, CLIENT.1);
    // 3 + 1 + 6; kept + value; Store's value + 6
    assert_eq!(send(&mut card, "80000600"), "000A001400109000");
    // what others import stays
    let file: Aid = FILE.parse().unwrap();
    let deleted = Session::open(&mut card, &keys).unwrap().delete(&file, card_link::gp::Related::Instances);
    assert!(deleted.is_err(), "{deleted:?}");
}

#[test]
fn an_extended_file_comes_back_with_the_card() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card");
    let keys = CardKeys::random().unwrap();
    let (extended, client) = files();
    {
        let mut card = CardFile::create(&path, keys.card_options()).unwrap();
        provision(&mut card, &keys, &extended, FILE, STORE);
        provision(&mut card, &keys, &client, CLIENT.0, CLIENT.1);
        select(&mut card, STORE);
        assert_eq!(send(&mut card, "80100500"), "000F9000");
        assert_eq!(send(&mut card, "80160700"), "0005736576656E9000");
    }
    let mut card = CardFile::open(&path).unwrap();
    select(&mut card, STORE);
    assert_eq!(send(&mut card, "80100500"), "00149000");
    assert_eq!(send(&mut card, "80160700"), "0005736576656E9000");
    select(&mut card, CLIENT.1);
    assert_eq!(send(&mut card, "80000600"), "000A0014001A9000");
}
