//! OpenSSL's side: files for its command, what is asked of it, and what was done with whom.

use std::collections::BTreeMap;

use tempfile::TempDir;

use crate::desk::{der, element, openssl, public_info};

/// How often each direction was gone.
#[derive(Clone, Copy, Default)]
struct Count {
    from_card: u32,
    from_openssl: u32,
}

/// OpenSSL, with a folder for its files, and the count of what was done.
pub(super) struct Peer {
    folder: TempDir,
    counts: BTreeMap<String, Count>,
}

impl Peer {
    pub(super) fn new() -> Peer {
        Peer { folder: tempfile::tempdir().unwrap(), counts: BTreeMap::new() }
    }

    /// Writes a file, and gives its path.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    /// OpenSSL took what the card made.
    pub(super) fn took(&mut self, algorithm: &str) {
        self.counts.entry(algorithm.to_owned()).or_default().from_card += 1;
    }

    /// The card took what OpenSSL made.
    pub(super) fn gave(&mut self, algorithm: &str) {
        self.counts.entry(algorithm.to_owned()).or_default().from_openssl += 1;
    }

    /// Both gave the same, each from what the other made.
    pub(super) fn both(&mut self, algorithm: &str) {
        self.took(algorithm);
        self.gave(algorithm);
    }

    /// Prints the counts. Every algorithm must have gone both ways.
    pub(super) fn report(&self) {
        assert!(!self.counts.is_empty());
        for (algorithm, Count { from_card, from_openssl }) in &self.counts {
            println!("{algorithm}: {from_card} from the card, {from_openssl} from OpenSSL");
            assert!(*from_card > 0 && *from_openssl > 0, "{algorithm} went one way only");
        }
    }

    /// A new private key of OpenSSL's, as a file.
    pub(super) fn new_key(&self, arguments: &[&str]) -> String {
        self.put("theirs.pem", &openssl(&[&["genpkey"], arguments].concat(), &[]))
    }

    /// The SubjectPublicKeyInfo of a private key.
    pub(super) fn public_of(&self, private: &str) -> Vec<u8> {
        openssl(&["pkey", "-in", private, "-pubout", "-outform", "DER"], &[])
    }

    /// Checks a signature with `openssl dgst`.
    pub(super) fn verify(&self, public: &[u8], signature: &[u8], message: &[u8], more: &[&str]) {
        let key = self.put("public.der", public);
        let signature = self.put("signature", signature);
        let message = self.put("message", message);
        let first = ["dgst", "-verify", &key, "-keyform", "DER", "-signature", &signature];
        openssl(&[&first[..], more, &[&message]].concat(), &[]);
    }

    /// Signs with `openssl dgst`.
    pub(super) fn sign(&self, private: &str, message: &[u8], more: &[&str]) -> Vec<u8> {
        let message = self.put("message", message);
        openssl(&[&["dgst", "-sign", private][..], more, &[&message]].concat(), &[])
    }

    /// The secret that a private key of OpenSSL's shares with a public one.
    pub(super) fn derive(&self, private: &str, public: &[u8]) -> Vec<u8> {
        let public = self.put("ours.der", public);
        openssl(&["pkeyutl", "-derive", "-inkey", private, "-peerkey", &public, "-peerform", "DER"], &[])
    }

    /// Runs `openssl pkeyutl` with a key and options `name:value`.
    pub(super) fn with_key(&self, what: &[&str], key: &str, options: &[&str], input: &[u8]) -> Vec<u8> {
        let mut arguments = [&["pkeyutl"], what, &["-inkey", key]].concat();
        options.iter().for_each(|option| arguments.extend(["-pkeyopt", option]));
        openssl(&arguments, input)
    }
}

/// The bits of a SubjectPublicKeyInfo.
pub(super) fn bits_of(public: &[u8]) -> Vec<u8> {
    let (_, rest) = element(element(public).0);
    element(rest).0[1..].to_vec()
}

/// An INTEGER.
pub(super) fn integer(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len() - 1);
    let sign: &[u8] = if number[start] & 0x80 != 0 { &[0] } else { &[] };
    der(2, &[sign, &number[start..]])
}

/// The numbers of a SEQUENCE of INTEGERs, without signs.
pub(super) fn numbers(mut sequence: &[u8]) -> Vec<Vec<u8>> {
    let mut numbers = Vec::new();
    while !sequence.is_empty() {
        let (number, rest) = element(sequence);
        numbers.push(number.strip_prefix(&[0]).unwrap_or(number).to_vec());
        sequence = rest;
    }
    numbers
}

/// SubjectPublicKeyInfo of a modulus and an exponent.
pub(super) fn rsa_info(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    const RSA_ENCRYPTION: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    public_info(&[RSA_ENCRYPTION], &der(0x30, &[&integer(modulus), &integer(exponent)]))
}
