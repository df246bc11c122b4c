//! Digests of messages around the lengths where padding takes another block.

use super::Peer;
use crate::desk::{Desk, openssl};

/// `MessageDigest.ALG_*` and OpenSSL's name.
const DIGESTS: &[(u8, &str)] = &[
    (1, "sha1"),
    (2, "md5"),
    (3, "ripemd160"),
    (4, "sha256"),
    (5, "sha384"),
    (6, "sha512"),
    (7, "sha224"),
    (8, "sha3-224"),
    (9, "sha3-256"),
    (10, "sha3-384"),
    (11, "sha3-512"),
    (12, "sm3"),
];
const LENGTHS: [usize; 12] = [0, 1, 55, 56, 63, 64, 65, 111, 112, 135, 144, 5_000];

#[test]
fn digests() {
    let (mut desk, mut peer) = (Desk::new(), Peer::new());
    let messages: Vec<Vec<u8>> =
        LENGTHS.iter().map(|length| (0..*length).map(|at| (at * 7) as u8).collect()).collect();
    let files: Vec<String> =
        (0..).zip(&messages).map(|(at, message): (u32, _)| peer.put(&format!("m{at}"), message)).collect();
    for (algorithm, name) in DIGESTS {
        let option = format!("-{name}");
        let mut arguments = vec!["dgst", "-r", &option];
        arguments.extend(files.iter().map(String::as_str));
        let lines = String::from_utf8(openssl(&arguments, &[])).unwrap();
        let theirs: Vec<&str> = lines.lines().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(theirs.len(), messages.len());
        for (message, there) in messages.iter().zip(theirs) {
            let here = desk.must(0x70, *algorithm, 0, message);
            assert_eq!(hex::encode(here), there, "{name} of {} bytes", message.len());
            peer.both(name);
        }
    }
    peer.report();
}
