//! Certificates as an applet hands them to the card: whatever is read lies within its bytes and in their order, and reading it
//! again gives the same.
#![no_main]

use card_runtime::x509::{Certificate, Field, Scheme, signature_bits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(certificate) = Certificate::parse(bytes) else { return };
    assert_eq!(Certificate::parse(bytes).as_ref(), Ok(&certificate));
    let mut before = 0;
    for (field, span) in &certificate.fields {
        assert!(span.start < span.end && span.end <= bytes.len());
        if *field != Field::Signed {
            assert!(span.start >= before);
            before = span.end;
        }
    }
    for extension in &certificate.extensions {
        assert!(extension.oid.end <= extension.value.start && extension.value.end <= bytes.len());
    }
    let part = |field| certificate.field(field).map_or(&[][..], |span| span.of(bytes));
    let _scheme = Scheme::of(part(Field::OuterAlgorithm));
    assert!(signature_bits(part(Field::Signature)).is_some());
});
