//! The procedures, one file each. Adding one is adding its file, its `mod` and its line of the table.

mod a01_interfaces;
mod a02_tls;
mod a03_canaries;
mod a04_credentials;
mod a07_access;
mod a08_update;
mod a09_documents;
mod a10_disclosure;
mod a12_components;

use super::contract::Procedure;

/// All procedures, in the order in which they are carried out.
pub const PROCEDURES: &[Procedure] = &[
    a01_interfaces::PROCEDURE,
    a02_tls::PROCEDURE,
    a03_canaries::PROCEDURE,
    a04_credentials::PROCEDURE,
    a07_access::PROCEDURE,
    a08_update::PROCEDURE,
    a09_documents::PROCEDURE,
    a10_disclosure::PROCEDURE,
    a12_components::PROCEDURE,
];

/// The functional check units that no procedure decides, and why a person with a guided form does.
pub const BY_HAND: [(&str, &str); 6] = [
    ("5.1-1-2b", "what the first set-up forces shows only to who walks through it"),
    ("5.3-16-2a", "the designation is read off the label or page that is declared, with a photograph"),
    ("5.6-3-2a", "openings and connectors are seen on the unit, with a photograph"),
    ("5.6-3-2c", "whether a radio is silent needs a receiver for it beside the unit"),
    ("5.6-4-2a", "debug pins are reached with probes on the opened unit"),
    ("6-5-2d", "how, by whom and why stands in sentences, whose words alone any page may have"),
];
