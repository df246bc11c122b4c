//! The vectors of `testdata/seal`, read by our code and, as ordinary COSE and CBOR, by independent libraries.

use std::path::PathBuf;

use ::seal::{Batch, ChainHead, Counter, KeyId, SealHash, SealedBatch, VerifyingKey, sha256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use coset::{CoseSign1, Label, RegisteredLabelWithPrivate, TaggedCborSerializable, iana};
use serde::Deserialize;

#[derive(Deserialize)]
struct Chain {
    device: String,
    public_key: String,
    seals: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    about: String,
    counter: Counter,
    kid: KeyId,
    previous: SealHash,
    hash: SealHash,
    batch: String,
    sealed: String,
}

fn testdata(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/seal").join(name);
    std::fs::read_to_string(path).unwrap()
}

fn chain() -> Chain {
    serde_json::from_str(&testdata("chain.json")).unwrap()
}

#[test]
fn the_chain_is_verified() {
    let chain = chain();
    let point: [u8; 65] = hex::decode(&chain.public_key).unwrap().try_into().unwrap();
    let key = VerifyingKey::from_sec1_point(chain.device.parse().unwrap(), &point).unwrap();
    let mut head = ChainHead::START;
    for vector in &chain.seals {
        let sealed = SealedBatch::parse(&hex::decode(&vector.sealed).unwrap()).unwrap();
        assert_eq!(sealed.claims().kid, vector.kid, "{}", vector.about);
        let verified = key.verify(sealed).unwrap();
        assert_eq!((verified.counter(), verified.previous()), (vector.counter, vector.previous));
        assert_eq!(hex::encode(verified.batch().encode()), vector.batch);
        head = head.next(&verified).unwrap();
        assert_eq!(head.hash, vector.hash);
    }
    assert_eq!(head.counter, Counter(3));
}

/// RFC 9052 and RFC 9995 as an independent library understands them.
#[test]
fn a_seal_is_an_ordinary_cose_sign1() {
    let chain = chain();
    let point = hex::decode(&chain.public_key).unwrap();
    for vector in &chain.seals {
        let sealed = hex::decode(&vector.sealed).unwrap();
        let parts: Vec<ciborium::Value> =
            ciborium::from_reader::<ciborium::Value, _>(sealed.as_slice()).unwrap().into_array().unwrap();
        let [seal, batch] = parts.try_into().unwrap();
        let (seal, batch) = (seal.into_bytes().unwrap(), batch.into_bytes().unwrap());
        assert_eq!(hex::encode(&batch), vector.batch);
        assert_eq!(SealHash(sha256(&seal)), vector.hash);

        let cose = CoseSign1::from_tagged_slice(&seal).unwrap();
        let header = &cose.protected.header;
        assert_eq!(header.alg, Some(RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ES256)));
        assert_eq!(header.key_id, vector.kid.0);
        let rest = |label| {
            let found = header.rest.iter().find(|(one, _)| *one == Label::Int(label));
            found.map(|(_, value)| value.clone()).unwrap()
        };
        assert_eq!(rest(258).as_integer(), Some((-16).into()));
        assert_eq!(rest(-65537).as_integer(), Some(vector.counter.0.into()));
        assert_eq!(rest(-65538).as_bytes().map(Vec::as_slice), Some(vector.previous.0.as_slice()));
        assert_eq!(header.rest.len(), 3);
        assert!(cose.unprotected.is_empty());
        assert_eq!(cose.payload.as_deref(), Some(sha256(&batch).as_slice()));
        cose.verify_signature(b"", |signature, signed| {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).verify(signed, signature)
        })
        .unwrap();
    }
}

/// Each line of `invalid.tsv`: what it is, `batch` or `sealed`, hex, offset and words of the error.
#[test]
fn what_is_outside_the_format_is_refused_where_it_begins() {
    let table = testdata("invalid.tsv");
    let mut lines = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let [about, kind, bytes, offset, words] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let bytes = hex::decode(bytes.replace(' ', "")).unwrap();
        let error = match kind {
            "batch" => Batch::decode(&bytes).unwrap_err(),
            "sealed" => SealedBatch::parse(&bytes).unwrap_err(),
            other => panic!("kind {other}"),
        };
        assert_eq!(error.to_string(), format!("at byte {offset}: {words}"), "{about}");
        lines += 1;
    }
    assert!(lines >= 30, "{lines}");
}
