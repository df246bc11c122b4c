//! Codecs and mappings between what the gateway stores and what hospitals speak: HL7 v2, MLLP, IHE PCD-01 and FHIR R4.
//!
//! What this crate is not: it opens no connection, reads no file and no clock; who sends, waits and stores is the gateway.
//!
//! Its principles:
//! 1. *The seal is the record.* A message or resource made here is a projection of a sealed batch and names it.
//! 2. *Nothing simulated passes as real.* A reading's flags go into every format in the way its receivers understand.
//! 3. *Form before meaning.* [`hl7::Message`] proves that the form is right; [`validate`] and [`pcd`] look at what it says.
//! 4. *Standards are data.* Codes and units come from one table ([`nomenclature`]), each with how sure it is.
//! 5. *Bytes from outside are hostile.* Limits stand in [`limits`], errors name the place, nothing panics.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod mllp;

pub mod hl7;

pub mod header;

pub mod ack;
pub mod validate;

pub mod account;
pub mod adt;
pub mod pcd;

pub mod alarm;
pub mod dialect;
pub mod pcim;
pub mod query;

pub mod fhir;

pub mod nomenclature;
pub mod person;
pub mod proof;

mod demographics;

pub mod limits;
