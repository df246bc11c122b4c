//! A monitor's secure element: a virtual Java Card with the identity applet.

use crate::exit::{Outcome, Problem};
use device::element::{Element, Key, SharedElement, SoftwareElement};
use device::maker::MakerCa;
use gateway::registry::NewDevice;
use seal::DeviceId;
use std::path::{Path, PathBuf};

/// Makes a card in `folder`, loads and installs the applet over SCP03, has it make its keys and certifies them.
pub(super) fn provision(
    device: &DeviceId,
    folder: &Path,
    maker: &MakerCa,
) -> Outcome<(SharedElement, NewDevice)> {
    let failed = |error: &dyn std::fmt::Display| Problem::Machine(format!("{device}: {error}"));
    std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    let mut element = SoftwareElement::generate(maker, device).map_err(|error| failed(&error))?;
    let seal_certificate = element.certificate(Key::Seal).map_err(|error| failed(&error))?;
    let tls_certificate = element.certificate(Key::Tls).map_err(|error| failed(&error))?;
    Ok((SharedElement::new(element), NewDevice { seal_certificate, tls_certificate }))
}

/// Where a monitor's card lies.
pub(super) fn card(home: &Path) -> PathBuf {
    home.join("element.card")
}
