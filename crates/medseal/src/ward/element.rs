//! A monitor's secure element: a virtual Java Card with the identity applet.

use crate::exit::{Outcome, Problem, write_secret};
use card_image::cap::CapFile;
use card_link::{CardFile, CardKeys, Durability};
use device::element::{Applet, SharedElement};
use device::element::{Pin, install, provision as make_keys};
use device::maker::MakerCa;
use gateway::registry::NewDevice;
use seal::DeviceId;
use std::path::{Path, PathBuf};

/// The identity applet as `cargo xtask applets` built it.
const IDENTITY: &[u8] = include_bytes!("../../../../applets/identity/identity.cap");

/// Where a monitor's card lies.
pub(super) fn card(home: &Path) -> PathBuf {
    home.join("element.card")
}

/// A monitor's element and what enrols it.
pub(super) struct Made {
    pub(super) element: SharedElement,
    pub(super) certificates: NewDevice,
    /// The point of the key that signs its assertions.
    pub(super) token_key: [u8; 65],
}

/// Makes a card with keys of its own in `home`, loads and installs the applet over SCP03, has it make its keys and has the
/// maker certify them. The card's keys and the applet's PIN stay beside it, as the maker would keep them.
pub(super) fn provision(device: &DeviceId, home: &Path, maker: &MakerCa) -> Outcome<Made> {
    let failed = |error: &dyn std::fmt::Display| Problem::Machine(format!("{device}: {error}"));
    std::fs::create_dir_all(home).map_err(|error| failed(&error))?;
    let image = card(home);
    let keys = CardKeys::random().map_err(|error| failed(&error))?;
    keys.save(&CardKeys::path_beside(&image)).map_err(|error| failed(&error))?;
    let pin = Pin::random().map_err(|error| failed(&error))?;
    write_secret(&home.join("element.pin"), pin.expose_secret())?;

    // A power cut here only means to begin anew, so the steps are not forced to disk one by one.
    let mut link = CardFile::create_with(&image, keys.card_options(), Durability::Process)
        .map_err(|error| failed(&error))?;
    let cap = CapFile::from_jar(IDENTITY).map_err(|error| failed(&error))?;
    let load_file = cap.to_load_file().map_err(|error| failed(&error))?;
    install(&mut link, &keys, &load_file, &pin).map_err(|error| failed(&error))?;
    let mut applet = Applet::select(link).map_err(|error| failed(&error))?;
    let made = make_keys(&mut applet, &keys, &pin, maker, device).map_err(|error| failed(&error))?;
    drop(applet);

    let certificates =
        NewDevice { seal_certificate: made.seal_certificate, tls_certificate: made.tls_certificate };
    Ok(Made { element: open(device, &image)?, certificates, token_key: made.token_key })
}

/// Powers a monitor's card up and selects the applet; from here on each answer waits for the disk.
pub(crate) fn open(device: &DeviceId, image: &Path) -> Outcome<SharedElement> {
    let failed = |error: &dyn std::fmt::Display| Problem::Machine(format!("{device}: {error}"));
    let link = CardFile::open(image).map_err(|error| failed(&error))?;
    Ok(SharedElement::new(Applet::select(link).map_err(|error| failed(&error))?))
}
