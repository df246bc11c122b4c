//! A card in the test's own process with one of the applets of the tree, and talking to it.

use card_image::cap::CapFile;
use card_link::gp::{GpError, Session};
use card_link::{Aid, CardKeys, Element, InProcess};

/// An applet of the tree: its CAP file, and the AIDs it is installed by.
pub(crate) struct Applet {
    pub(crate) cap: &'static [u8],
    pub(crate) package: &'static str,
    pub(crate) class: &'static str,
    pub(crate) instance: &'static str,
}

/// Makes a card that has the applet.
pub(crate) fn card_with(applet: &Applet, parameters: &[u8]) -> (InProcess, CardKeys) {
    let keys = CardKeys::random().unwrap();
    let mut card = InProcess::create(keys.card_options()).unwrap();
    let installed = install(&mut card, &keys, applet, parameters);
    assert!(installed.is_ok(), "{installed:?}: {:?}", card.diagnosis());
    (card, keys)
}

/// Loads the applet's package and makes an instance.
pub(crate) fn install(
    card: &mut impl Element,
    keys: &CardKeys,
    applet: &Applet,
    parameters: &[u8],
) -> Result<(), GpError> {
    let cap = CapFile::from_jar(applet.cap).unwrap();
    let aid = |text: &str| -> Aid { text.parse().unwrap() };
    Session::open(card, keys)?.load_cap(&cap)?;
    Session::open(card, keys)?.install(
        &aid(applet.package),
        &aid(applet.class),
        &aid(applet.instance),
        parameters,
    )
}

/// Sends a command and gives data and status word in hexadecimal; blanks in the command are let pass.
pub(crate) fn send(card: &mut impl Element, command: &str) -> String {
    let command = hex::decode(command.replace(' ', "")).unwrap();
    hex::encode_upper(card.transmit(&command).unwrap())
}

/// Sends each line's command and compares; a line is `command | answer | why`, `*` before the answer lets anything stand
/// before it.
pub(crate) fn follow(card: &mut impl Element, script: &str) {
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut columns = line.split('|').map(str::trim);
        let (command, expected) = (columns.next().unwrap(), columns.next().unwrap());
        let answer = send(card, command);
        let right = match expected.strip_prefix('*') {
            Some(end) => answer.ends_with(end),
            None => answer == expected.replace(' ', ""),
        };
        assert!(right, "{line}: {answer}, {:?}", card.diagnosis());
    }
}
