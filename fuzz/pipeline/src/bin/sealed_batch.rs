//! Sealed batches: what is parsed is put together to the same bytes from its parts, and proves nothing by itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seal::{SealedBatch, VerifyingKey};

/// A point of P-256: twice its base point.
const POINT: &str = "047cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978\
07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1";

fuzz_target!(|bytes: &[u8]| {
    let Ok(sealed) = SealedBatch::parse(bytes) else { return };
    let joined = SealedBatch::join(&sealed.seal().to_bytes(), sealed.batch_bytes());
    assert_eq!(joined.as_ref(), Ok(&sealed));
    let mut point = [0; 65];
    hex::decode_to_slice(POINT, &mut point).expect("hex");
    let key = VerifyingKey::from_sec1_point("monitor-1".parse().expect("an id"), &point).expect("a point");
    assert!(key.verify(sealed).is_err());
});
