//! X.509 certificates (RFC 5280, 4.1) in DER (X.690, 10), read strictly: what has more than one encoding is refused in all but
//! one, so a certificate means the same here and to whoever signed it.
//!
//! [`Certificate`] is a map of the bytes: where each part stands. It owns none of them, and nothing in it was verified but the
//! form. Algorithms and curves that the card does not have are no error: such a certificate can be read, not checked.

mod certificate;
mod der;
mod names;

pub use certificate::{Certificate, Extension, Field, SubjectKey, signature_bits};
pub use der::{Span, X509Error};
pub use names::Scheme;
