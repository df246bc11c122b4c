//! Algorithms with public and secret keys through an applet on the card, by APDU: published vectors, samples of standards, every
//! misuse, and both ways with OpenSSL.

#[path = "../element/cards.rs"]
mod cards;
mod certificates;
#[path = "../element/common.rs"]
#[expect(dead_code, reason = "what the tests of elements need besides")]
mod common;
mod derivation;
mod desk;
mod generator;
mod guards;
mod interplay;
mod misuse;
mod modes;
mod numbers;
mod policy;
mod samples;
mod secret;
mod vectors;
