//! Packages that use one another: libraries, and applets that share objects. Cards verify all of it.

use std::path::Path;

use card_image::cap::{CapFile, Version};
use card_link::gp::{GpError, Related, Session};
use card_link::{Aid, CardFile, CardKeys, Element, InProcess};

use crate::common::{Built, build, send};

const LIB: &str = "F05348415245";
const DEEP: &str = "F0534841524544";
const USER: (&str, &str) = ("F0534841524555", "F053484152455501");
const SERVER: (&str, &str) = ("F0534841524553", "F053484152455301");
const CLIENT: (&str, &str) = ("F0534841524543", "F053484152454300");

struct Packages {
    lib: Built,
    deep: Built,
    user: Built,
}

fn sources(package: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/element/java/sharing").join(package)
}

fn lib() -> Built {
    build(&sources("lib"), "lib", LIB, &[], &[])
}

fn packages() -> Packages {
    let lib = lib();
    let deep = build(&sources("deep"), "deep", DEEP, &[], &[&lib]);
    let user = build(&sources("user"), "user", USER.0, &[(USER.1, "user.User")], &[&lib, &deep]);
    Packages { lib, deep, user }
}

fn aid(text: &str) -> Aid {
    text.parse().unwrap()
}

fn load(card: &mut impl Element, keys: &CardKeys, cap: &CapFile) {
    let loaded = Session::open(card, keys).unwrap().load_cap(cap);
    assert!(loaded.is_ok(), "{loaded:?}: {:?}", card.diagnosis());
}

fn install(card: &mut impl Element, keys: &CardKeys, (package, applet): (&str, &str)) {
    let applet = aid(applet);
    let installed = Session::open(card, keys).unwrap().install(&aid(package), &applet, &applet, &[]);
    assert!(installed.is_ok(), "{installed:?}: {:?}", card.diagnosis());
}

fn select(card: &mut impl Element, applet: &str) {
    assert_eq!(send(card, &format!("00A4040008{applet}")), "9000", "{:?}", card.diagnosis());
}

/// The status word of a refusal.
fn refusal<T>(result: Result<T, GpError>) -> u16 {
    match result {
        Err(GpError::Refused { status, .. }) => status.0,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was not refused"),
    }
}

fn new_card() -> (InProcess, CardKeys) {
    let keys = CardKeys::random().unwrap();
    (InProcess::create(keys.card_options()).unwrap(), keys)
}

/// What the applet that uses two libraries answers, one command after another.
fn use_libraries(card: &mut impl Element) {
    select(card, USER.1);
    for (command, answer) in [
        ("80010000", "002A"), // a static method
        ("80010000", "002A"),
        ("80020000", "0002"), // a static field that it counts in
        ("80030102", "0006"), // the buffer in a static method's hands: 03 01 02
        ("80040500", "000F"), // a method of a class two packages above
        ("80050000", "002D"), // which calls what the class between overrides
        ("80060000", "0010"),
        ("80070000", "0000"), // from now on it listens to itself
        ("80060000", "0011"),
        ("80070000", "0011"), // and was told
        ("80080000", "0008"), // an object of a library's class
        ("80090000", "0009"),
        ("800A0000", "0000"), // sets the static field
        ("80020000", "0064"),
    ] {
        assert_eq!(send(card, &format!("{command}00")), format!("{answer}9000"), "{:?}", card.diagnosis());
    }
}

#[test]
fn an_applet_uses_libraries_that_are_on_the_card() {
    let Packages { lib, deep, user } = packages();
    let (mut card, keys) = new_card();
    for package in [&lib, &deep, &user] {
        load(&mut card, &keys, &package.converted.cap);
    }
    install(&mut card, &keys, USER);
    use_libraries(&mut card);
}

#[test]
fn libraries_are_bound_again_when_the_card_is_powered_up() {
    let Packages { lib, deep, user } = packages();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card");
    let keys = CardKeys::random().unwrap();
    let mut card = CardFile::create(&path, keys.card_options()).unwrap();
    for package in [&lib, &deep, &user] {
        load(&mut card, &keys, &package.converted.cap);
    }
    install(&mut card, &keys, USER);
    drop(card);
    let mut card = CardFile::open(&path).unwrap();
    use_libraries(&mut card);
    drop(card);
    let mut card = CardFile::open(&path).unwrap();
    select(&mut card, USER.1);
    assert_eq!(send(&mut card, "8002000000"), "00649000");
    assert_eq!(send(&mut card, "8006000000"), "00129000");
}

#[test]
fn a_package_is_refused_while_what_it_imports_is_missing_or_too_old() {
    let Packages { lib, deep, user } = packages();
    let (mut card, keys) = new_card();
    let load_refused = |card: &mut InProcess, cap: &CapFile| {
        let refused = refusal(Session::open(card, &keys).unwrap().load_cap(cap));
        (refused, card.diagnosis().unwrap_or_default())
    };
    let (status, why) = load_refused(&mut card, &deep.converted.cap);
    assert_eq!(status, 0x6A80);
    assert!(why.contains(LIB) && why.contains("known package"), "{why}");
    load(&mut card, &keys, &lib.converted.cap);

    for (version, refused) in [((1, 1), true), ((2, 0), true), ((0, 9), true), ((1, 0), false)] {
        let mut cap = deep.converted.cap.clone();
        let imports = &mut cap.import.packages;
        let import = imports.iter_mut().find(|import| import.aid == aid(LIB)).unwrap();
        import.version = Version { major: version.0, minor: version.1 };
        if refused {
            let (status, why) = load_refused(&mut card, &cap);
            assert_eq!(status, 0x6A80);
            assert!(why.contains(LIB) && why.contains("1.0"), "{why}");
        } else {
            load(&mut card, &keys, &cap);
        }
    }
    load(&mut card, &keys, &user.converted.cap);
}

#[test]
fn what_others_refer_to_is_not_deleted() {
    let Packages { lib, deep, user } = packages();
    let (mut card, keys) = new_card();
    for package in [&lib, &deep, &user] {
        load(&mut card, &keys, &package.converted.cap);
    }
    install(&mut card, &keys, USER);
    let delete = |card: &mut InProcess, name: &str, related| {
        let end = Session::open(card, &keys).unwrap().delete(&aid(name), related);
        (end.map_err(|error| refusal::<()>(Err(error))), card.diagnosis().unwrap_or_default())
    };
    for name in [LIB, DEEP] {
        for related in [Related::Nothing, Related::Instances] {
            let (end, why) = delete(&mut card, name, related);
            assert_eq!(end, Err(0x6985));
            assert!(why.contains("import"), "{why}");
        }
    }
    use_libraries(&mut card);
    card.reset().unwrap();
    assert_eq!(delete(&mut card, USER.0, Related::Nothing).0, Err(0x6985), "it has an instance");
    // The other way round it goes.
    assert_eq!(delete(&mut card, USER.0, Related::Instances).0, Ok(()));
    assert_eq!(delete(&mut card, LIB, Related::Nothing).0, Err(0x6985));
    assert_eq!(delete(&mut card, DEEP, Related::Nothing).0, Ok(()));
    assert_eq!(delete(&mut card, LIB, Related::Nothing).0, Ok(()));
    for package in [&lib, &deep, &user] {
        load(&mut card, &keys, &package.converted.cap);
    }
    install(&mut card, &keys, USER);
    use_libraries(&mut card);
}

/// A card with a server and a client, both installed.
fn server_and_client() -> (InProcess, CardKeys) {
    let lib = lib();
    let server = build(&sources("server"), "server", SERVER.0, &[(SERVER.1, "server.Server")], &[&lib]);
    let client =
        build(&sources("client"), "client", CLIENT.0, &[(CLIENT.1, "client.Client")], &[&lib, &server]);
    let (mut card, keys) = new_card();
    for package in [&lib, &server, &client] {
        load(&mut card, &keys, &package.converted.cap);
    }
    install(&mut card, &keys, SERVER);
    install(&mut card, &keys, CLIENT);
    (card, keys)
}

/// An answer in the words of `answers.txt`.
fn words(answer: &str) -> String {
    let (data, status) = answer.split_at(answer.len() - 4);
    if status != "9000" {
        return format!("status {status}");
    }
    let exceptions = [
        "SecurityException",
        "ClassCastException",
        "ArrayStoreException",
        "ArrayIndexOutOfBoundsException",
        "ArithmeticException",
        "NegativeArraySizeException",
        "NullPointerException",
        "TransactionException",
        "SystemException",
        "ISOException",
        "CardRuntimeException",
    ];
    let bytes = hex::decode(data).unwrap();
    let [kind, thrown, high, low] = bytes[..] else { return format!("bytes {data}") };
    let value = i16::from_be_bytes([high, low]);
    match (kind, usize::from(thrown), value) {
        (0, 0, value) => format!("value {value}"),
        (1, thrown, 0) => exceptions[thrown - 1].to_owned(),
        (1, thrown, reason) => format!("{} {reason}", exceptions[thrown - 1]),
        _ => format!("bytes {data}"),
    }
}

#[test]
fn applets_come_to_what_the_reference_implementation_comes_to() {
    let (mut card, _) = server_and_client();
    let mut wrong = Vec::new();
    let lines = include_str!("java/sharing/answers.txt").lines();
    let cases: Vec<&str> = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(cases.len(), 39);
    for case in cases {
        let columns: Vec<&str> = case.split('|').map(str::trim).collect();
        let [about, steps, expected] = columns[..] else { panic!("{case}") };
        select(&mut card, CLIENT.1);
        let mut answers = Vec::new();
        for step in steps.split(' ') {
            match step {
                "client" => select(&mut card, CLIENT.1),
                "server" => select(&mut card, SERVER.1),
                instruction => answers.push(words(&send(&mut card, &format!("80{instruction}000000")))),
            }
        }
        let found = answers.join(", ");
        if found != expected {
            wrong.push(format!("{about}: {found}, expected {expected}; {:?}", card.diagnosis()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_applet_whose_object_another_keeps_is_not_deleted() {
    let (mut card, keys) = server_and_client();
    select(&mut card, CLIENT.1);
    assert_eq!(words(&send(&mut card, "804A000000")), "value 1", "the client keeps an object of the server");
    let mut session = Session::open(&mut card, &keys).unwrap();
    assert_eq!(refusal(session.delete(&aid(SERVER.1), Related::Nothing)), 0x6985);
    let mut session = Session::open(&mut card, &keys).unwrap();
    assert_eq!(refusal(session.delete(&aid(SERVER.0), Related::Instances)), 0x6985);
    select(&mut card, CLIENT.1);
    assert_eq!(words(&send(&mut card, "8040000000")), "value 42", "the server is there as it was");
    let mut session = Session::open(&mut card, &keys).unwrap();
    session.delete(&aid(CLIENT.0), Related::Instances).unwrap();
    let mut session = Session::open(&mut card, &keys).unwrap();
    session.delete(&aid(SERVER.0), Related::Instances).unwrap();
}
