//! `X509Certificate`: what was kept of a certificate.
//!
//! Hidden references: the key, and a persistent array of bytes. That array is a sequence of records: of a field, 0, its
//! number in two bytes, its length in two bytes, the field; of an extension, 1 or (critical) 2, the length of its object
//! identifier in two bytes, that, the length of its value in two bytes, that. Hidden word: the version.

use alloc::vec::Vec;

use card_vm::heap::{Atomicity, Memory};
use card_vm::{Args, Layout, Ref, Stop, Value};

use super::handler::Handler;
use super::{Chosen, Misuse, Read, X509_DER, verify};
use crate::natives::call::Call;
use crate::natives::names;
use crate::natives::table::{Fields, Row, fields, row};
use crate::x509::Field;

const CERTIFICATE: &[&str] =
    &["javacardx/security/cert/Certificate", "javacardx/security/cert/X509Certificate"];
const X509: &[&str] = &["javacardx/security/cert/X509Certificate"];

const KEY: u16 = 0;
const RECORDS: u16 = 1;
const VERSION: u16 = 2;

const FIELD: u8 = 0;
const EXTENSION: u8 = 1;
const CRITICAL: u8 = 2;

pub(in crate::natives) const ROWS: &[Row] = &[
    row(CERTIFICATE, "getType", "()S", |_, _| Ok(Value::Short(X509_DER))),
    row(CERTIFICATE, "getPublicKey", "()Ljavacard/security/PublicKey;", public_key),
    row(CERTIFICATE, "verify", "(Ljavacard/security/PublicKey;)Z", verify_with),
    row(X509, "getVersion", "()S", version),
    row(X509, "getField", "(S)[B", field),
    row(X509, "getExtension", "([BSS)[B", extension),
    row(X509, "getExtensions", "(Ljavacardx/security/cert/X509Certificate$ExtensionHandler;)V", extensions),
];

pub(super) const FIELDS: Fields =
    fields("javacardx/security/cert/X509Certificate", Layout { references: 2, words: 1 });

/// One record.
enum Record<'a> {
    Field(i16, &'a [u8]),
    Extension { oid: &'a [u8], critical: bool, value: &'a [u8] },
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    // No part is longer than the array that the whole came in.
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

fn taken<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let (part, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *bytes = rest;
    Some(part)
}

fn next<'a>(bytes: &mut &'a [u8]) -> Option<Record<'a>> {
    let (kind, rest) = bytes.split_first()?;
    *bytes = rest;
    if *kind == FIELD {
        let (number, rest) = bytes.split_first_chunk::<2>()?;
        *bytes = rest;
        return Some(Record::Field(i16::from_be_bytes(*number), taken(bytes)?));
    }
    Some(Record::Extension { oid: taken(bytes)?, critical: *kind == CRITICAL, value: taken(bytes)? })
}

fn records(mut bytes: &[u8]) -> impl Iterator<Item = Record<'_>> {
    core::iter::from_fn(move || next(&mut bytes))
}

/// Makes a certificate of what was chosen.
pub(super) fn make(call: &mut Call<'_, '_>, read: &Read, chosen: &Chosen) -> Result<Ref, Stop> {
    let mut out = Vec::new();
    for (field, span) in &chosen.fields {
        out.push(FIELD);
        out.extend_from_slice(&(*field as i16).to_be_bytes());
        put(&mut out, span.of(&read.bytes));
    }
    for extension in &chosen.extensions {
        out.push(if extension.critical { CRITICAL } else { EXTENSION });
        put(&mut out, extension.oid.of(&read.bytes));
        put(&mut out, extension.value.of(&read.bytes));
    }
    let length = i16::try_from(out.len()).map_err(|_| Misuse::InvalidParam)?;
    let array = call.new_bytes(length.unsigned_abs(), Memory::Persistent)?;
    call.vm.jcre().write(array, 0, &out, Atomicity::Transactional)?;
    let object = call.new_instance(names::X509_CERTIFICATE)?;
    call.set_hidden(object, KEY, chosen.key)?;
    call.set_hidden(object, RECORDS, array)?;
    call.set_word(object, VERSION, i16::from(read.certificate.version))?;
    Ok(object)
}

fn kept(call: &mut Call<'_, '_>, object: Ref) -> Result<Vec<u8>, Stop> {
    let array = call.hidden(object, RECORDS)?;
    Ok(call.hidden_bytes(array)?.to_vec())
}

fn field_of(kept: &[u8], wanted: Field) -> Option<&[u8]> {
    records(kept).find_map(|record| match record {
        Record::Field(number, bytes) => (number == wanted as i16).then_some(bytes),
        Record::Extension { .. } => None,
    })
}

fn public_key(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.hidden(args.reference(0), KEY).map(Value::Ref)
}

/// Needs what was signed, the algorithm and the signature: MISSING_DATA when one of them was not kept.
fn verify_with(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let kept = kept(call, args.reference(0))?;
    let part = |field| field_of(&kept, field).ok_or(Misuse::MissingData);
    let (signed, algorithm) = (part(Field::Signed)?, part(Field::OuterAlgorithm)?);
    let signature = part(Field::Signature)?;
    verify::verify(call, signed, algorithm, signature, args.reference(1)).map(Value::from)
}

fn version(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), VERSION).map(Value::Short)
}

/// A view for the caller, or null.
fn lent(call: &mut Call<'_, '_>, bytes: Option<&[u8]>) -> Result<Value, Stop> {
    let owner = call.vm.active();
    bytes.map_or(Ok(Value::Ref(Ref::NULL)), |bytes| call.vm.lend_bytes(bytes, owner).map(Value::Ref))
}

fn field(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let wanted = Field::of(args.short(1)).ok_or(Misuse::InvalidParam)?;
    let kept = kept(call, args.reference(0))?;
    lent(call, field_of(&kept, wanted))
}

/// The value of the extension of an object identifier, given as its content or as the whole element.
fn extension(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let wanted = call.vm.caller().bytes(args.reference(1), args.short(2), args.short(3))?.to_vec();
    let kept = kept(call, args.reference(0))?;
    let content = match wanted.as_slice() {
        [0x06, length, content @ ..] if usize::from(*length) == content.len() => content,
        content => content,
    };
    if content.is_empty() {
        return Err(Misuse::InvalidParam.into());
    }
    let found = records(&kept).find_map(|record| match record {
        Record::Extension { oid, value, .. } => (oid == content).then_some(value),
        Record::Field(..) => None,
    });
    lent(call, found)
}

/// Every extension that was kept; what the handler answers changes nothing.
fn extensions(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let handler = Handler::of(call, args.reference(1))?;
    let kept = kept(call, args.reference(0))?;
    for record in records(&kept).filter(|_| handler.takes_extensions()) {
        match record {
            Record::Extension { oid, critical, value } => {
                handler.offer(call, oid, critical, value)?;
            }
            Record::Field(..) => {}
        }
    }
    Ok(Value::Void)
}
